//! Where a value came from.

use std::fmt;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The built-in defaults.
    Default,
    /// A file, by its path.
    File(String),
    /// An environment variable, by its name.
    Variable(String),
    /// A flag of the command line.
    Flag(String),
}

impl Origin {
    /// Reads back what [`Display`](fmt::Display) wrote; the merging library carries origins as text.
    pub(crate) fn from_text(text: Option<&str>) -> Self {
        match text.and_then(|text| text.split_once(' ')) {
            Some(("file", path)) => Self::File(path.to_owned()),
            Some(("variable", name)) => Self::Variable(name.to_owned()),
            Some(("flag", name)) => Self::Flag(name.to_owned()),
            _ => Self::Default,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {path}"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}
