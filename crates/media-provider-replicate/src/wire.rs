//! The vendor's documents (API document 1.0.0-a1, read 2026-11-20).

use media_http::lenient;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::output::Output;

/// An order. The vendor refuses keys that it does not know.
#[derive(Debug, Serialize)]
pub(crate) struct Order<'a> {
    /// Left out for official models, which are named by the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<&'a str>,
    pub(crate) input: &'a Map<String, Value>,
}

/// A prediction: the job, and in the end its result. Only what it cannot be followed without has to be of the right type:
/// an oddity in anything else must not lose what has been paid for.
#[derive(Debug, Deserialize)]
pub(crate) struct Prediction {
    pub(crate) id: String,
    pub(crate) status: Status,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) version: Option<String>,
    /// What was ordered, until the vendor removes it.
    #[serde(default)]
    pub(crate) input: Value,
    /// Whatever the model answers.
    #[serde(default)]
    pub(crate) output: Output,
    /// Why it failed: a text, as far as is known.
    #[serde(default)]
    pub(crate) error: Value,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) logs: Option<String>,
    /// When the model began, in whatever form; null or absent as long as it has not.
    #[serde(default)]
    pub(crate) started_at: Value,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) metrics: Option<Metrics>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) data_removed: Option<bool>,
}

/// How a prediction is getting on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Succeeded,
    Failed,
    /// Stopped while it ran, or by somebody's wish.
    Canceled,
    /// Stopped before it began.
    Aborted,
    /// `starting`, `processing`, and whatever the vendor may add: a word that nobody knows ends nothing.
    #[serde(other)]
    Running,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Metrics {
    /// Seconds of the hardware, which are billed.
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) predict_time: Option<f64>,
}

impl Prediction {
    /// Whether the model had begun, as far as the vendor tells.
    pub(crate) fn has_run(&self) -> bool {
        !self.started_at.is_null() || self.predict_time().is_some_and(|seconds| seconds > 0.0)
    }

    /// Seconds of the hardware.
    pub(crate) fn predict_time(&self) -> Option<f64> {
        self.metrics?.predict_time.filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
    }

    /// The vendor's words for what went wrong; empty when there are none.
    pub(crate) fn error_text(&self) -> String {
        match &self.error {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The seed that the model used, which no field holds: stability-ai/sdxl and many others print it
    /// (replicate/cog-sdxl, predict.py, read 2026-11-21).
    pub(crate) fn logged_seed(&self) -> Option<u64> {
        let (_, rest) = self.logs.as_deref()?.split_once("Using seed: ")?;
        let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    }
}

/// An uploaded file.
#[derive(Debug, Deserialize)]
pub(crate) struct UploadedFile {
    pub(crate) urls: FileUrls,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FileUrls {
    pub(crate) get: String,
}

/// Whose key it is.
#[derive(Debug, Deserialize)]
pub(crate) struct Account {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) username: String,
}

/// An error document: `{title?, detail, status}`, in 429 with `retry_after` besides.
#[derive(Debug, Deserialize)]
pub(crate) struct ErrorDocument {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) title: Option<String>,
    pub(crate) detail: Option<Value>,
    /// Seconds to wait (nodetool-ai/nodetool#5196, 2026-08-24).
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) retry_after: Option<f64>,
}

impl ErrorDocument {
    /// Everything that it says; none when it is no error document.
    pub(crate) fn text(&self) -> Option<String> {
        let detail = self.detail.as_ref().filter(|detail| !detail.is_null()).map(|detail| match detail {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let parts: Vec<String> = self.title.iter().cloned().chain(detail).collect();
        (!parts.is_empty()).then(|| parts.join(": "))
    }
}
