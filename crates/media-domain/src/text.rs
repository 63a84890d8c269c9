//! Checked text: names and prompts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("the {what} is blank")]
    Blank {
        /// What the text was meant to be.
        what: &'static str,
    },
    /// Longer than allowed.
    #[error("the {what} has {length} characters, more than the {limit} allowed")]
    TooLong {
        /// What the text was meant to be.
        what: &'static str,
        /// Characters found.
        length: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// Contains control characters.
    #[error("the {what} contains control characters")]
    ControlCharacter {
        /// What the text was meant to be.
        what: &'static str,
    },
}

/// Trims `text` and checks it against `limit` characters; control characters are refused, line breaks
/// and tabs too unless `multiline`.
pub(crate) fn checked(what: &'static str, text: &str, limit: usize, multiline: bool) -> Result<String, TextError> {
    let text = text.trim();
    if is_blank(text) {
        return Err(TextError::Blank { what });
    }
    let length = text.chars().count();
    if length > limit {
        return Err(TextError::TooLong { what, length, limit });
    }
    let refused = |c: char| c.is_control() && !(multiline && matches!(c, '\n' | '\r' | '\t'));
    if text.chars().any(refused) {
        return Err(TextError::ControlCharacter { what });
    }
    Ok(text.to_owned())
}

/// Whether nothing of a text can be seen: white space, and characters of no width.
pub(crate) fn is_blank(text: &str) -> bool {
    const NO_WIDTH: &[char] =
        &['\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2060}', '\u{feff}'];
    text.chars().all(|c| c.is_whitespace() || NO_WIDTH.contains(&c))
}

/// The beginning of a text that is quoted in an error, since it may come from anywhere and be of any length.
pub(crate) fn excerpt(text: &str) -> String {
    const LIMIT: usize = 80;
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $what:literal, $limit:expr, $multiline:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Most characters allowed.
            pub const LIMIT: usize = $limit;

            /// Parses the text, trimming white space at both ends.
            ///
            /// # Errors
            /// [`TextError`] when it is blank, too long or holds control characters.
            pub fn parse(text: impl AsRef<str>) -> Result<Self, TextError> {
                checked($what, text.as_ref(), Self::LIMIT, $multiline).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}

text_type! {
    /// The name of a library, an asset or a variant: 1 to 200 characters on one line.
    Name, "name", 200, false
}

text_type! {
    /// The name of a campaign: 1 to 200 characters on one line.
    Campaign, "campaign", 200, false
}

text_type! {
    /// A channel through which assets reach people (email, web, social, display, search …), an open
    /// set: 1 to 50 characters on one line.
    Channel, "channel", 50, false
}

text_type! {
    /// What an image should show: 1 to 100,000 characters, line breaks allowed.
    ///
    /// The limit guards this program; each provider's own, lower limit is in its capabilities.
    Prompt, "prompt", 100_000, true
}

impl Prompt {
    /// Stands where a prompt was that is not kept.
    pub fn not_retained() -> Self {
        Self("(not retained)".to_owned())
    }
}
