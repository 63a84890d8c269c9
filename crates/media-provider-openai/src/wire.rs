//! The wire types of the vendor, as far as they are used: for the check against the vendor's own documents, and for those who
//! talk to the vendor themselves. Source: OpenAI OpenAPI document 2.3.0, read 2026-11-20.

use chrono::NaiveDate;
use media_http::Base64Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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

/// The answer to an order, for images and edits alike; pictures stay where they are, in the body.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Images {
    /// When it was made, in seconds since 1970.
    pub created: Option<Value>,
    /// The images.
    pub data: Vec<Image>,
    /// The background drawn.
    pub background: Option<String>,
    /// The file format.
    pub output_format: Option<String>,
    /// `WIDTHxHEIGHT`, in pixels.
    pub size: Option<String>,
    /// The quality drawn.
    pub quality: Option<String>,
    /// The tokens used, see [`Tokens`].
    pub usage: Option<Value>,
}

/// One image of an answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Image {
    /// The file, as Base64.
    pub b64_json: Option<Base64Text>,
    /// Where the file is; compatible servers only.
    pub url: Option<String>,
    /// The prompt as the model has put it.
    pub revised_prompt: Option<String>,
    /// The vendor's name for the image; 2.6 only.
    pub generation_id: Option<String>,
}

/// The data of one event of a streamed answer: `image_generation.partial_image` and `image_generation.completed`, the same of
/// `image_edit`, and `error`. One type for all, so that a server that leaves a field out is understood.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ImageEvent {
    /// What the event is; where it is absent, the name of the event tells.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The file, finished or not, as Base64.
    pub b64_json: Option<Base64Text>,
    /// Which unfinished state of the image it is, from zero.
    pub partial_image_index: Option<u32>,
    /// When it was made, in seconds since 1970.
    pub created_at: Option<Value>,
    /// The background drawn.
    pub background: Option<String>,
    /// The file format.
    pub output_format: Option<String>,
    /// `WIDTHxHEIGHT`, in pixels.
    pub size: Option<String>,
    /// The quality drawn.
    pub quality: Option<String>,
    /// The prompt as the model has put it.
    pub revised_prompt: Option<String>,
    /// The vendor's name for the image; 2.6 only.
    pub generation_id: Option<String>,
    /// The tokens used, see [`Tokens`]; of a finished image only.
    pub usage: Option<Value>,
    /// Why the order is refused after all.
    pub error: Option<ErrorBody>,
    /// The same in words, where the event is the error itself.
    pub message: Option<String>,
    /// A word for it, where the event is the error itself.
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
        }
    }

    /// What the event says of an error: either in a part of its own, or as the error itself.
    pub fn into_error(self) -> ErrorBody {
        let Self { message, code, .. } = self;
        self.error.unwrap_or(ErrorBody::Parts { message, kind: None, code })
    }
}

/// The tokens that an order used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Tokens {
    /// Tokens read: prompt and pictures.
    pub input_tokens: Option<u64>,
    /// Tokens written: the image.
    pub output_tokens: Option<u64>,
    /// What was read, by kind.
    pub input_tokens_details: Option<InputTokens>,
}

/// Tokens read, by kind.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct InputTokens {
    /// Tokens of the prompt.
    pub text_tokens: u64,
    /// Tokens of pictures.
    pub image_tokens: u64,
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
        #[serde(default)]
        message: Option<String>,
        /// The kind of error.
        #[serde(default, rename = "type")]
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

/// The list of models: the answer to `GET /models`.
#[derive(Debug, Deserialize)]
pub struct Models {
    /// The models.
    pub data: Vec<Model>,
}

/// A model of the list.
#[derive(Debug, Deserialize)]
pub struct Model {
    /// Its name.
    pub id: String,
    /// The last day on which it answers; absent or null while none is set.
    #[serde(default)]
    pub shutdown_date: Option<NaiveDate>,
}
