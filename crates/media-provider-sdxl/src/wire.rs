//! The error documents of all four forms; what else each form says, stands beside it.

use media_http::lenient::Told;
use serde::Deserialize;
use serde_json::Value;

/// An error document: `{id, name, message}` of v1, `{id, name, errors}` of v2beta, `{error, detail, errors}` of the web
/// UI, `{detail}` of FastAPI, which most flat endpoints are built on, and `{error}` or `{message}` of the others.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorDocument {
    name: Told<String>,
    id: Told<String>,
    message: Told<String>,
    errors: Value,
    error: Value,
    detail: Value,
}

impl ErrorDocument {
    /// Reads a body, if anything in it says that it is an error document.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().filter(Self::is_one)
    }

    fn is_one(&self) -> bool {
        let said = [&self.errors, &self.error, &self.detail].into_iter().any(|value| !value.is_null());
        said || self.message.0.is_some() || (self.id.0.is_some() && self.name.0.is_some())
    }

    /// Whether it is of Stability AI's shape: `{id, name, message}` or `{id, name, errors}`.
    pub(crate) fn is_of_stability(&self) -> bool {
        let (id, name) = (self.id.0.is_some(), self.name.0.is_some());
        let says = self.message.0.is_some() || self.errors.is_array();
        (id && name) || (says && (id || name))
    }

    /// The vendor's name for the error; empty when there is none.
    pub(crate) fn name(&self) -> &str {
        self.name.0.as_deref().unwrap_or_default()
    }

    /// Whether it says in so many words that there was an error.
    pub(crate) fn says_error(&self) -> bool {
        match &self.error {
            Value::Null | Value::Bool(false) => false,
            Value::Bool(true) => true,
            Value::Number(code) => code.as_f64() != Some(0.0),
            Value::String(text) => !text.trim().is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(parts) => !parts.is_empty(),
        }
    }

    /// Whether the server says in the words of FastAPI that it has no such path.
    pub(crate) fn is_no_such_path(&self) -> bool {
        self.detail == "Not Found" && self.name.0.is_none() && self.error.is_null()
    }

    /// Everything that it says, in its own order.
    pub(crate) fn text(&self) -> String {
        let mut texts: Vec<String> = self.name.0.iter().chain(&self.message.0).cloned().collect();
        texts.extend([&self.error, &self.detail, &self.errors].into_iter().filter_map(text_of));
        texts.join(": ")
    }
}

/// A text as it is, what stands in a list or an object as JSON.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(_) => None,
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            Some(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "))
        }
        Value::Object(parts) => {
            parts.get("message").and_then(text_of).or_else(|| Some(Value::Object(parts.clone()).to_string()))
        }
        other => Some(other.to_string()),
    }
}
