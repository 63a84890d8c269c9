//! Exchanges that a test run has left behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

/// One request of an adapter.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Exchange {
    pub(crate) provider: String,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) content_type: String,
    pub(crate) body: Body,
}

/// The body of a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Body {
    None,
    Json { value: Value },
    Form { fields: Vec<(String, String)> },
    Multipart { parts: Vec<Part> },
    Bytes {},
}

/// A part of a multipart form.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// The file's name; absent for text.
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
    /// Bytes.
    pub(crate) size: u64,
    /// The part's text; absent for a file.
    pub(crate) text: Option<String>,
}

/// What stands in a header in place of a secret, behind the scheme of the credential if there is one.
pub(crate) const MASK: &str = "[masked]";

impl Exchange {
    /// Reads every exchange in a folder, in the order of the files' names.
    pub(crate) fn read_folder(folder: &Path) -> anyhow::Result<Vec<Self>> {
        let at = || folder.display().to_string();
        let entries = fs::read_dir(folder).with_context(at)?.collect::<Result<Vec<_>, _>>().with_context(at)?;
        let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
        files.sort();
        let read = |file: &std::path::PathBuf| {
            let text = fs::read_to_string(file)?;
            serde_json::from_str(&text).with_context(|| file.display().to_string())
        };
        files.iter().map(read).collect()
    }

    /// Host and port that it went to.
    pub(crate) fn host(&self) -> &str {
        let behind_scheme = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        behind_scheme.split(['/', '?']).next().unwrap_or_default()
    }
}
