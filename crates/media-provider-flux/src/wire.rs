//! The vendor's answers, as far as they are used.

use media_http::lenient;
use serde::Deserialize;
use serde_json::Value;

/// The answer to an order. Only the address, without which nobody finds the task again, has to be of the right type.
#[derive(Debug, Deserialize)]
pub(crate) struct Accepted {
    pub(crate) polling_url: String,
    /// In credits, of which each is one US cent.
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) cost: Option<f64>,
}

/// What is told of a task. Only the state has to be of the right type: an oddity in anything else must neither lose what has
/// been paid for, nor make a task that has ended look as if it were at work.
#[derive(Debug, Deserialize)]
pub(crate) struct Task {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) id: Option<String>,
    pub(crate) status: String,
    /// `sample`, where the file can be fetched for ten minutes, and beside it what differs from model to model.
    #[serde(default)]
    pub(crate) result: Option<Value>,
    /// Why it ended without a result: an object, as far as is known.
    #[serde(default)]
    pub(crate) details: Value,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) cost: Option<f64>,
}

/// How a task is getting on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// At work; so is a task in a state that nobody knows, for the vendor adds some from time to time.
    Running,
    /// Done.
    Ready,
    /// The prompt or a picture given was refused.
    RequestModerated,
    /// What was drawn was refused.
    ContentModerated,
    /// It failed.
    Failed,
    /// The vendor does not know the task (any more).
    NotFound,
}

impl Task {
    pub(crate) fn state(&self) -> State {
        match self.status.as_str() {
            "Ready" => State::Ready,
            "Request Moderated" => State::RequestModerated,
            "Content Moderated" => State::ContentModerated,
            "Error" => State::Failed,
            "Task not found" => State::NotFound,
            // "Pending", "Reasoning", "Generating".
            _ => State::Running,
        }
    }

    /// Why it ended without a result: the state, and what the vendor says besides.
    pub(crate) fn reason(&self) -> String {
        let told = self.details.get("error").filter(|error| error.is_string()).unwrap_or(&self.details);
        match told {
            Value::Null => self.status.clone(),
            Value::Object(fields) if fields.is_empty() => self.status.clone(),
            Value::String(text) => format!("{}: {text}", self.status),
            other => format!("{}: {other}", self.status),
        }
    }
}

/// An answer without success: what is wrong with the request, or a task after all.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum ErrorDocument {
    Refusal { detail: Detail },
    Task(Task),
}

/// What is wrong, in words or field by field.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Detail {
    Text(String),
    Fields(Vec<FieldError>),
    Other(Value),
}

/// What is wrong with one field.
#[derive(Debug, Deserialize)]
pub(crate) struct FieldError {
    #[serde(default)]
    loc: Vec<Value>,
    #[serde(default)]
    msg: String,
}

impl Detail {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Fields(fields) => fields.iter().map(FieldError::text).collect::<Vec<_>>().join("; "),
            Self::Other(value) => value.to_string(),
        }
    }
}

impl FieldError {
    fn text(&self) -> String {
        // The first part says where the field was ("body").
        let parts = self.loc.iter().skip(1);
        let place: Vec<String> =
            parts.map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned)).collect();
        if place.is_empty() { self.msg.clone() } else { format!("{}: {}", place.join("."), self.msg) }
    }
}

/// The balance.
#[derive(Debug, Deserialize)]
pub(crate) struct Credits {
    pub(crate) credits: f64,
}
