//! The proxy's documents. Contract of midjourney-proxy, after the controllers of novicezk/midjourney-proxy and
//! trueai-org/midjourney-proxy, read 2026-11-20. What is odd in them is taken for absent: no ornament may lose a task.

use media_http::lenient;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `POST submit/imagine`.
#[derive(Debug, Serialize)]
pub(crate) struct Imagine<'a> {
    pub(crate) prompt: &'a str,
    /// Comes back with the task, so that an order whose answer was lost can be found in the proxy's list.
    pub(crate) state: String,
}

/// `POST submit/change`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change<'a> {
    pub(crate) task_id: &'a str,
    pub(crate) action: &'static str,
    pub(crate) index: u8,
}

/// `POST submit/action`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Action<'a> {
    pub(crate) task_id: &'a str,
    pub(crate) custom_id: &'a str,
}

/// What the proxy says to an order, whatever the HTTP status.
#[derive(Debug, Deserialize)]
pub(crate) struct SubmitResult {
    pub(crate) code: i64,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) description: Option<String>,
    /// The task; some builds write it as a number.
    #[serde(default)]
    result: Value,
    #[serde(default)]
    properties: Value,
}

impl SubmitResult {
    /// The task's identifier, if there is one.
    pub(crate) fn task_id(&self) -> Option<String> {
        match &self.result {
            Value::String(id) => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        }
    }

    /// The word that the proxy does not let through.
    pub(crate) fn banned_word(&self) -> Option<&str> {
        self.properties.get("bannedWord")?.as_str()
    }
}

/// `GET task/{id}/fetch`. Everything may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Task {
    #[serde(deserialize_with = "lenient::field")]
    pub(crate) status: Option<String>,
    #[serde(deserialize_with = "lenient::field")]
    pub(crate) prompt_en: Option<String>,
    #[serde(deserialize_with = "lenient::field")]
    pub(crate) image_url: Option<String>,
    #[serde(deserialize_with = "lenient::field")]
    pub(crate) fail_reason: Option<String>,
    properties: Value,
    buttons: Value,
}

impl Task {
    /// The prompt as Midjourney was given it, with its flags.
    pub(crate) fn final_prompt(&self) -> Option<&str> {
        let told = self.properties.get("finalPrompt").and_then(Value::as_str);
        told.or(self.prompt_en.as_deref()).filter(|prompt| !prompt.is_empty())
    }

    /// The button that takes a picture out of the grid.
    pub(crate) fn upscale_button(&self, picture: u8) -> Option<&str> {
        let wanted = format!("MJ::JOB::upsample::{picture}::");
        let buttons = self.buttons.as_array().into_iter().flatten();
        buttons.filter_map(|button| button.get("customId")?.as_str()).find(|id| id.starts_with(&wanted))
    }
}

/// `GET task/queue`: only how many there are is of interest.
pub(crate) type Queue = Vec<serde::de::IgnoredAny>;
