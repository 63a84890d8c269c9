//! The vendor's documents, as far as they are used. What it answers is public: for the check of our reading against its own
//! examples, and for those who talk to it themselves.

use std::collections::BTreeMap;

use media_http::PollStep;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An order to fill in a template.
#[derive(Debug, Serialize)]
pub(crate) struct Autofill<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) brand_template_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<&'a str>,
    pub(crate) data: BTreeMap<&'a str, FieldValue<'a>>,
}

impl Autofill<'_> {
    pub(crate) const KIND: &'static str = "create_from_brand_template";
}

/// What goes into a field of a template.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum FieldValue<'a> {
    Text { text: &'a str },
    Image { asset_id: &'a str },
}

/// An order to write a design to files.
#[derive(Debug, Serialize)]
pub(crate) struct Export<'a> {
    pub(crate) design_id: &'a str,
    pub(crate) format: ExportFormat,
}

/// How a design is written to files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ExportFormat {
    Png {
        #[serde(skip_serializing_if = "Option::is_none")]
        export_quality: Option<String>,
        width: u32,
        height: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        transparent_background: Option<bool>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pages: Vec<u32>,
    },
    Jpg {
        #[serde(skip_serializing_if = "Option::is_none")]
        export_quality: Option<String>,
        quality: u8,
        width: u32,
        height: u32,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pages: Vec<u32>,
    },
}

/// What tells of an upload, in a header.
#[derive(Debug, Serialize)]
pub(crate) struct UploadMetadata {
    pub(crate) name_base64: String,
}

/// An order to make a design out of an asset.
#[derive(Debug, Serialize)]
pub(crate) struct NewDesign<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) asset_id: &'a str,
    pub(crate) title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) design_type: Option<DesignType>,
}

impl NewDesign<'_> {
    pub(crate) const KIND: &'static str = "type_and_asset";
}

/// What kind of design is made; the options of an export are read as this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum DesignType {
    Preset { name: PresetName },
    Custom { width: u32, height: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PresetName {
    Doc,
    Email,
    Presentation,
    Whiteboard,
}

/// The answer that names a job, and the answer to asking after it.
#[derive(Debug, Deserialize)]
pub struct JobDocument<T> {
    /// The job.
    pub job: Job<T>,
}

/// A job of the vendor.
#[derive(Debug, Deserialize)]
pub struct Job<T> {
    /// Its id.
    pub id: String,
    /// `in_progress`, `success`, `failed`, or what the vendor may add.
    pub status: String,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<JobError>,
    /// What came of it.
    #[serde(flatten)]
    pub result: T,
}

impl<T> Job<T> {
    /// How the job stands: at work, or ended well or not. A status that is not known counts as at work.
    pub(crate) fn step(self) -> PollStep<Result<T, JobError>> {
        match self.status.as_str() {
            "success" => PollStep::Done(Ok(self.result)),
            "failed" => PollStep::Done(Err(self.error.unwrap_or_default())),
            _ => PollStep::RUNNING,
        }
    }
}

/// Why a job failed.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct JobError {
    /// The vendor's code.
    #[serde(default)]
    pub code: String,
    /// The vendor's words.
    #[serde(default)]
    pub message: String,
}

/// What a filled-in template came to.
#[derive(Debug, Default, Deserialize)]
pub struct AutofillResult {
    /// What came of it.
    #[serde(default)]
    pub result: Option<AutofillDesign>,
}

/// The design that came of a template.
#[derive(Debug, Deserialize)]
pub struct AutofillDesign {
    /// The design.
    pub design: Design,
}

/// What an export came to: one address per page.
#[derive(Debug, Default, Deserialize)]
pub struct ExportResult {
    /// Where it is found, for a while.
    #[serde(default)]
    pub urls: Vec<String>,
}

/// What an upload came to.
#[derive(Debug, Default, Deserialize)]
pub struct UploadResult {
    /// The asset, once it is there.
    #[serde(default)]
    pub asset: Option<Asset>,
}

/// A file among the user's.
#[derive(Debug, Deserialize)]
pub struct Asset {
    /// Its id.
    pub id: String,
}

/// The answer to an order for a design.
#[derive(Debug, Deserialize)]
pub struct DesignDocument {
    /// The design.
    pub design: Design,
}

/// A design.
#[derive(Debug, Clone, Deserialize)]
pub struct Design {
    /// Its id.
    pub id: String,
    /// Its title.
    #[serde(default)]
    pub title: Option<String>,
    /// Where it is found, for a while.
    #[serde(default)]
    pub urls: Option<DesignLinks>,
}

/// Addresses that last 30 days, for the user who asked.
#[derive(Debug, Clone, Deserialize)]
pub struct DesignLinks {
    /// Where it is edited.
    #[serde(default)]
    pub edit_url: Option<String>,
}

/// What the user may use of the API.
#[derive(Debug, Deserialize)]
pub struct UserCapabilities {
    /// Their names.
    #[serde(default)]
    pub capabilities: Vec<String>,
}

/// Who the user is.
#[derive(Debug, Deserialize)]
pub struct UsersMe {
    /// The user in a team.
    pub team_user: TeamUser,
}

/// A user in a team.
#[derive(Debug, Deserialize)]
pub struct TeamUser {
    /// The user.
    pub user_id: String,
    /// The team.
    pub team_id: String,
}

/// A new pair of tokens.
#[derive(Deserialize)]
pub(crate) struct TokenAnswer {
    pub(crate) access_token: String,
    #[serde(default)]
    pub(crate) refresh_token: Option<String>,
    /// Seconds, if they are told.
    #[serde(default, deserialize_with = "seconds")]
    pub(crate) expires_in: Option<f64>,
}

/// Reads a number, or the text of one. What is neither tells nothing: a pair of tokens is not thrown away for it.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let told = match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Ok(told.filter(|seconds: &f64| seconds.is_finite()))
}

/// An error document; where tokens are exchanged, the vendor's document has both shapes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum ErrorDocument {
    /// Of the API.
    Api {
        /// The vendor's code.
        code: String,
        /// The vendor's words.
        #[serde(default)]
        message: String,
    },
    /// Of the exchange of tokens.
    OAuth {
        /// The code.
        error: String,
        /// The vendor's words.
        #[serde(default)]
        error_description: String,
    },
}

impl ErrorDocument {
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Api { code, .. } | Self::OAuth { error: code, .. } => code,
        }
    }

    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Api { message, .. } | Self::OAuth { error_description: message, .. } => message,
        }
    }
}
