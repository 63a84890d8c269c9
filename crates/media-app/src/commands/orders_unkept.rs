//! Orders of images where nothing is retained: an image that is in its file and nowhere else.

use std::path::Path;

use bytes::Bytes;
use media_domain::{GenerationRecord, ImageFormat, MediaDimensions};
use media_engine::{GenerateOutcome, UnkeptImage};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::report::bytes_of;

/// One image of which nothing is kept.
#[derive(Debug, Serialize)]
pub(super) struct Unkept<'a> {
    /// Which of the images asked for, from zero.
    image_index: u32,
    /// The file that it is in.
    out: String,
    /// Width and height of that file.
    dimensions: MediaDimensions,
    /// Its format.
    pub(super) format: ImageFormat,
    file_size_bytes: u64,
    /// Whether it only stands in for a picture.
    placeholder: bool,
    /// What the provider told of it.
    metadata: &'a Map<String, Value>,
    /// Always `none`.
    retain: &'static str,
    /// Whether an attempt before it was lost, and may have been billed.
    outcome_unknown: bool,
    /// How it was made.
    generation: &'a GenerationRecord,
    #[serde(skip)]
    bytes: &'a Bytes,
}

impl<'a> Unkept<'a> {
    /// The image, in exactly the size asked for where it could be made so.
    pub(super) fn new(index: u32, out: &Path, image: &'a UnkeptImage, outcome: &'a GenerateOutcome) -> Self {
        let as_it_came = (&image.bytes, image.format, image.dimensions);
        let exact = image.exact_size.as_ref().map(|exact| (&exact.bytes, exact.format, exact.dimensions));
        let (bytes, format, dimensions) = exact.unwrap_or(as_it_came);
        Self {
            image_index: index,
            out: out.display().to_string(),
            dimensions,
            format,
            file_size_bytes: bytes.len() as u64,
            placeholder: image.placeholder,
            metadata: &image.metadata,
            retain: media_domain::Retain::Nothing.as_str(),
            outcome_unknown: outcome.outcome_unknown,
            generation: &outcome.record,
            bytes,
        }
    }

    pub(super) fn bytes(&self) -> &Bytes {
        self.bytes
    }
}

pub(super) fn in_words(unkept: &Unkept<'_>) -> String {
    super::facts(&[
        ("file", unkept.out.clone()),
        ("size", format!("{}, {}, {}", unkept.dimensions, bytes_of(unkept.file_size_bytes), unkept.format)),
        ("provider", unkept.generation.provider_name.to_string()),
        ("kept", "nothing: the file is all there is".to_owned()),
    ])
}
