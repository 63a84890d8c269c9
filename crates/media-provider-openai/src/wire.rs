//! The vendor's documents, as far as they are used.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::settings::Moderation;

/// An order for images. `response_format` and `style` are left out on purpose: GPT models refuse them.
#[derive(Debug, Serialize)]
pub(crate) struct Order<'a> {
    pub(crate) model: &'a str,
    pub(crate) prompt: &'a str,
    pub(crate) n: u32,
    pub(crate) size: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) quality: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) background: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output_format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) moderation: Option<Moderation>,
}

/// The answer to an order; pictures stay where they are, in the body.
#[derive(Debug, Deserialize)]
pub(crate) struct Images<'a> {
    #[serde(default)]
    pub(crate) created: Option<Value>,
    #[serde(borrow, default)]
    pub(crate) data: Vec<Image<'a>>,
    #[serde(default)]
    pub(crate) background: Option<String>,
    #[serde(default)]
    pub(crate) output_format: Option<String>,
    #[serde(default)]
    pub(crate) size: Option<String>,
    #[serde(default)]
    pub(crate) quality: Option<String>,
    #[serde(default)]
    pub(crate) usage: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Image<'a> {
    #[serde(borrow, default)]
    pub(crate) b64_json: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) url: Option<Text<'a>>,
    #[serde(default)]
    pub(crate) revised_prompt: Option<String>,
    #[serde(default)]
    pub(crate) generation_id: Option<String>,
}

/// A text that is borrowed unless it has escapes in it; behind an `Option` only a type of its own does that.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// The tokens that an order used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tokens {
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    pub(crate) input_tokens_details: Option<InputTokens>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct InputTokens {
    pub(crate) text_tokens: u64,
    pub(crate) image_tokens: u64,
}

/// An error document.
#[derive(Debug, Deserialize)]
pub(crate) struct ErrorDocument {
    pub(crate) error: ErrorBody,
}

/// What stands in it; compatible servers write a plain text there.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum ErrorBody {
    Parts {
        #[serde(default)]
        message: Option<String>,
        #[serde(default, rename = "type")]
        kind: Option<String>,
        /// A word; some servers put a number here.
        #[serde(default)]
        code: Option<Value>,
    },
    Text(String),
}

impl ErrorBody {
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Parts { message, .. } => message.as_deref().unwrap_or_default(),
            Self::Text(text) => text,
        }
    }

    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::Parts { kind, .. } => kind.as_deref().unwrap_or_default(),
            Self::Text(_) => "",
        }
    }

    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Parts { code, .. } => code.as_ref().and_then(Value::as_str).unwrap_or_default(),
            Self::Text(_) => "",
        }
    }
}

/// The list of models.
#[derive(Debug, Deserialize)]
pub(crate) struct Models {
    pub(crate) data: Vec<Model>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Model {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) shutdown_date: Option<NaiveDate>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_borrowed_unless_they_have_escapes() {
        let images: Images<'_> =
            serde_json::from_str(r#"{"data": [{"b64_json": "aGk"}, {"b64_json": "a\/k"}, {"url": "https://a"}]}"#)
                .unwrap();
        let [plain, escaped, address] = &images.data[..] else { panic!("three images") };
        assert!(matches!(&plain.b64_json, Some(Text(Cow::Borrowed("aGk")))));
        assert!(matches!(&escaped.b64_json, Some(Text(Cow::Owned(text))) if text == "a/k"));
        assert!(matches!(&address.url, Some(Text(Cow::Borrowed("https://a")))));
    }
}
