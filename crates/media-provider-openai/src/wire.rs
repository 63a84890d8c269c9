//! The wire types of the vendor, as far as they are used: for the check against the vendor's own documents, and for those who
//! talk to the vendor themselves. Source: OpenAI OpenAPI document 2.3.0, read 2026-11-20.

use chrono::NaiveDate;
use media_http::{Base64Text, lenient};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::day;
use crate::settings::Moderation;

/// An order for images: the body of `POST /images/generations`. `response_format` and `style` are left out on purpose: GPT
/// models refuse them. An edit is ordered by a form of the same fields.
#[derive(Debug, Serialize)]
pub struct Order<'a> {
    /// The model.
    pub model: &'a str,
    /// What the images should show.
    pub prompt: &'a str,
    /// How many, 1 to 10.
    pub n: u32,
    /// `WIDTHxHEIGHT`, in pixels.
    pub size: String,
    /// The vendor's word for the quality.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<&'a str>,
    /// `auto`, `opaque` or `transparent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<&'static str>,
    /// `png`, `jpeg` or `webp`; 2.6 also `svg` and `gif`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_format: Option<&'static str>,
    /// How strictly contents are moderated. The form of an edit has no such field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moderation: Option<Moderation>,
    /// Whether the answer comes as events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
    /// How many unfinished pictures come at most, 0 to 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_images: Option<u32>,
}

/// The answer to an order, for images and edits alike; pictures stay where they are, in the body. What is odd beside them is
/// taken for absent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Images {
    /// When it was made, in seconds since 1970.
    pub created: Option<Value>,
    /// The images.
    #[serde(deserialize_with = "lenient::list")]
    pub data: Vec<Image>,
    /// The background drawn.
    #[serde(deserialize_with = "lenient::field")]
    pub background: Option<String>,
    /// The file format.
    #[serde(deserialize_with = "lenient::field")]
    pub output_format: Option<String>,
    /// `WIDTHxHEIGHT`, in pixels.
    #[serde(deserialize_with = "lenient::field")]
    pub size: Option<String>,
    /// The quality drawn.
    #[serde(deserialize_with = "lenient::field")]
    pub quality: Option<String>,
    /// The tokens used, see [`Tokens`].
    pub usage: Option<Value>,
    /// Why there are none: compatible servers refuse in a success, too.
    #[serde(deserialize_with = "lenient::field")]
    pub error: Option<ErrorBody>,
}

/// One image of an answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Image {
    /// The file, as Base64.
    #[serde(deserialize_with = "lenient::field")]
    pub b64_json: Option<Base64Text>,
    /// Where the file is; compatible servers only.
    #[serde(deserialize_with = "lenient::field")]
    pub url: Option<String>,
    /// The prompt as the model has put it.
    #[serde(deserialize_with = "lenient::field")]
    pub revised_prompt: Option<String>,
    /// The vendor's name for the image; 2.6 only.
    #[serde(deserialize_with = "lenient::field")]
    pub generation_id: Option<String>,
}

/// The data of one event of a streamed answer: `image_generation.partial_image` and `image_generation.completed`, the same of
/// `image_edit`, and `error`. One type for all, so that a server that leaves a field out is understood.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ImageEvent {
    /// What the event is; where it is absent, the name of the event tells.
    #[serde(rename = "type", deserialize_with = "lenient::field")]
    pub kind: Option<String>,
    /// The file, finished or not, as Base64.
    #[serde(deserialize_with = "lenient::field")]
    pub b64_json: Option<Base64Text>,
    /// Which unfinished state of the image it is, from zero.
    #[serde(deserialize_with = "lenient::field")]
    pub partial_image_index: Option<u32>,
    /// When it was made, in seconds since 1970.
    pub created_at: Option<Value>,
    /// The background drawn.
    #[serde(deserialize_with = "lenient::field")]
    pub background: Option<String>,
    /// The file format.
    #[serde(deserialize_with = "lenient::field")]
    pub output_format: Option<String>,
    /// `WIDTHxHEIGHT`, in pixels.
    #[serde(deserialize_with = "lenient::field")]
    pub size: Option<String>,
    /// The quality drawn.
    #[serde(deserialize_with = "lenient::field")]
    pub quality: Option<String>,
    /// The prompt as the model has put it.
    #[serde(deserialize_with = "lenient::field")]
    pub revised_prompt: Option<String>,
    /// The vendor's name for the image; 2.6 only.
    #[serde(deserialize_with = "lenient::field")]
    pub generation_id: Option<String>,
    /// The tokens used, see [`Tokens`]; of a finished image only.
    pub usage: Option<Value>,
    /// Why the order is refused after all.
    #[serde(deserialize_with = "lenient::field")]
    pub error: Option<ErrorBody>,
    /// The same in words, where the event is the error itself.
    #[serde(deserialize_with = "lenient::field")]
    pub message: Option<String>,
    /// A word for it, where the event is the error itself; its kind is the event's type then.
    pub code: Option<Value>,
}

impl ImageEvent {
    /// The finished image as the answer that it would have been without events.
    pub fn into_images(self) -> Images {
        let Self { b64_json, revised_prompt, generation_id, .. } = self;
        Images {
            created: self.created_at,
            data: vec![Image { b64_json, url: None, revised_prompt, generation_id }],
            background: self.background,
            output_format: self.output_format,
            size: self.size,
            quality: self.quality,
            usage: self.usage,
            error: None,
        }
    }

    /// What the event says of an error: either in a part of its own, or as the error itself.
    pub fn into_error(self) -> ErrorBody {
        let Self { error, message, kind, code, .. } = self;
        error.unwrap_or(ErrorBody::Parts { message, kind, code })
    }
}

/// The tokens that an order used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Tokens {
    /// Tokens read: prompt and pictures.
    #[serde(deserialize_with = "lenient::field")]
    pub input_tokens: Option<u64>,
    /// Tokens written: the image.
    #[serde(deserialize_with = "lenient::field")]
    pub output_tokens: Option<u64>,
    /// What was read, by kind.
    #[serde(deserialize_with = "lenient::field")]
    pub input_tokens_details: Option<InputTokens>,
}

/// Tokens read, by kind.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct InputTokens {
    /// Tokens of pictures.
    #[serde(deserialize_with = "lenient::field")]
    pub image_tokens: Option<u64>,
}

/// An error document.
#[derive(Debug, Deserialize)]
pub struct ErrorDocument {
    /// What stands in it.
    pub error: ErrorBody,
}

/// What stands in an error document; compatible servers write a plain text there.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum ErrorBody {
    /// As the vendor writes it.
    Parts {
        /// What is wrong, for people.
        #[serde(default, deserialize_with = "lenient::field")]
        message: Option<String>,
        /// The kind of error.
        #[serde(default, rename = "type", deserialize_with = "lenient::field")]
        kind: Option<String>,
        /// A word; some servers put a number here.
        #[serde(default)]
        code: Option<Value>,
    },
    /// A plain text.
    Text(String),
}

impl ErrorBody {
    /// What is wrong, for people; empty when it is not told.
    pub fn message(&self) -> &str {
        match self {
            Self::Parts { message, .. } => message.as_deref().unwrap_or_default(),
            Self::Text(text) => text,
        }
    }

    /// The kind of error; empty when it is not told.
    pub fn kind(&self) -> &str {
        match self {
            Self::Parts { kind, .. } => kind.as_deref().unwrap_or_default(),
            Self::Text(_) => "",
        }
    }

    /// The word for it; empty when there is none.
    pub fn code(&self) -> &str {
        match self {
            Self::Parts { code, .. } => code.as_ref().and_then(Value::as_str).unwrap_or_default(),
            Self::Text(_) => "",
        }
    }
}

/// What servers write that have an error document of their own, as far as it says anything.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OtherError {
    /// `error` at vLLM, which puts the parts of the error document side by side (its protocol, read 2026-11).
    #[serde(deserialize_with = "lenient::field")]
    pub object: Option<String>,
    /// What is wrong, for people.
    #[serde(deserialize_with = "lenient::field")]
    pub message: Option<String>,
    /// The kind of error.
    #[serde(rename = "type", deserialize_with = "lenient::field")]
    pub kind: Option<String>,
    /// A word or a number.
    pub code: Option<Value>,
    /// What is wrong, as FastAPI has it: a text, or a list of what is wrong with each field (its documentation, read 2026-11).
    pub detail: Option<Value>,
}

impl OtherError {
    /// The same as an error document of the vendor's, if the server says that it is one.
    pub fn into_body(self) -> Option<ErrorBody> {
        let Self { object, message, kind, code, .. } = self;
        object.filter(|object| object == "error").map(|_| ErrorBody::Parts { message, kind, code })
    }

    /// What is wrong, for people, if anything is told.
    pub fn words(&self) -> Option<String> {
        self.message.clone().or_else(|| self.detail.as_ref().and_then(detail_words))
    }
}

fn detail_words(detail: &Value) -> Option<String> {
    let of_field = |problem: &Value| problem.get("msg").and_then(Value::as_str).map(str::to_owned);
    match detail {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(problems) if problems.iter().all(|problem| of_field(problem).is_some()) => {
            Some(problems.iter().filter_map(of_field).collect::<Vec<_>>().join("; "))
        }
        other => Some(other.to_string()),
    }
}

/// The list of models: the answer to `GET /models`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Models {
    /// The models.
    #[serde(deserialize_with = "lenient::list")]
    pub data: Vec<Model>,
}

/// A model of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Model {
    /// Its name.
    pub id: String,
    /// The last day on which it answers; absent or null while none is set. Not every server writes a plain date.
    #[serde(deserialize_with = "day::lenient")]
    pub shutdown_date: Option<NaiveDate>,
}
