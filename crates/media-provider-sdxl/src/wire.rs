//! The error documents of all four forms; what else each form says, stands beside it.

use serde::Deserialize;
use serde_json::Value;

/// An error document: `{id, name, message}` of v1, `{id, name, errors}` of v2beta, `{error, detail, errors}` of the web
/// UI, `{detail}` of FastAPI, which most flat endpoints are built on, and `{error}` or `{message}` of the others.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorDocument {
    pub(crate) name: Option<String>,
    id: Option<String>,
    message: Option<String>,
    errors: Value,
    error: Value,
    detail: Value,
}

impl ErrorDocument {
    /// Whether anything in it says that this is an error document.
    pub(crate) fn is_one(&self) -> bool {
        let said = [&self.errors, &self.error, &self.detail].into_iter().any(|value| !value.is_null());
        said || self.message.is_some() || (self.id.is_some() && self.name.is_some())
    }

    /// Whether the server says in the words of FastAPI that it has no such path.
    pub(crate) fn is_no_such_path(&self) -> bool {
        self.detail == "Not Found" && self.name.is_none() && self.error.is_null()
    }

    /// Everything that it says, in its own order.
    pub(crate) fn text(&self) -> String {
        let mut texts: Vec<String> = self.name.iter().chain(&self.message).cloned().collect();
        texts.extend([&self.error, &self.detail, &self.errors].into_iter().filter_map(text_of));
        texts.join(": ")
    }
}

/// A text as it is, what stands in a list or an object as JSON.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
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
