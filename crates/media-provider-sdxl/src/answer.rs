//! What a success holds, and what is made of it.

use bytes::Bytes;
use media_domain::{
    Adaptation, FileBytes, GeneratedImage, GenerationRequest, ImageContent, ImageFormat, ProviderErrorKind, ProviderId,
};
use media_http::{HttpResponse, Redactor, picture_format};
use media_ports::{GenerationAnswer, ProviderError};
use serde_json::{Map, Value};

use crate::form::Expected;
use crate::mapping::keep;
use crate::seed::Seed;
use crate::wire::ErrorDocument;

/// What a success holds.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) pictures: Vec<Picture>,
    /// Pictures that the vendor blurred or withheld because of what they show.
    pub(crate) filtered: usize,
    /// Pictures that the vendor says it failed to draw.
    pub(crate) failed: usize,
    /// Pictures that cannot be read.
    pub(crate) unreadable: usize,
    /// What else was in the body.
    pub(crate) rest: Bytes,
    /// Where what was drawn differs from what was asked for.
    pub(crate) adaptations: Vec<Adaptation>,
    /// What the user can do when there is no picture: empty, or a fragment such as "; see `answer` in the settings".
    pub(crate) advice: &'static str,
}

#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) content: ImageContent,
    pub(crate) metadata: Map<String, Value>,
}

impl Answer {
    /// Reads a body that is itself a picture, whatever was asked for: some servers heed no `Accept`. What is told of it
    /// stands in the headers (v1 reference, read 2026-11-20).
    pub(crate) fn of_body(response: &HttpResponse) -> Option<Self> {
        picture_format(&response.body)?;
        let header = |name| response.headers.get(name).and_then(|value| value.to_str().ok());
        let seed = header("seed").map(Seed::of_text).unwrap_or_default();
        let mut read = Self::default();
        let reason = header("finish-reason").map(str::to_owned);
        read.take_finished(reason, seed, || Some(response.body.share().into()));
        Some(read)
    }

    /// Takes a picture up; one that cannot be read does not lose the others, which have been paid for too.
    pub(crate) fn take(&mut self, file: Option<FileBytes>, metadata: Map<String, Value>) {
        match file {
            Some(file) => self.pictures.push(Picture { content: ImageContent::Bytes(file), metadata }),
            None => self.unreadable += 1,
        }
    }

    /// Takes a picture of Stability AI's up. `CONTENT_FILTERED` marks a blurred one and `ERROR` one that failed, with status
    /// 200 (v1 reference, read 2026-11-20; the v2beta document, saved 2026-09-22, knows the first alone).
    pub(crate) fn take_finished(
        &mut self,
        reason: Option<String>,
        seed: Seed,
        file: impl FnOnce() -> Option<FileBytes>,
    ) {
        match reason.as_deref() {
            Some("CONTENT_FILTERED") => self.filtered += 1,
            Some("ERROR") => self.failed += 1,
            _ => {
                let mut metadata = Map::new();
                keep(&mut metadata, "seed", seed.0);
                keep(&mut metadata, "finish_reason", reason);
                self.take(file(), metadata);
            }
        }
    }

    /// Heeds an error that stands where pictures should: some servers of one's own answer their failures with 200. Nothing
    /// was drawn then, and nothing is paid.
    pub(crate) fn heed_error(&mut self) {
        let nothing = self.pictures.is_empty() && self.unreadable == 0;
        if nothing && ErrorDocument::read(&self.rest).is_some_and(|document| document.says_error()) {
            self.failed += 1;
        }
    }

    /// The answer to a call.
    ///
    /// # Errors
    /// When there is no picture: `malformed_response` of class `billed`, with the body kept aside, unless every picture was
    /// filtered (`content_rejected`) or the vendor failed to draw (`unavailable`).
    pub(crate) fn into_generation(
        self,
        expected: Expected,
        provider: &ProviderId,
        doing: &str,
        redactor: &Redactor,
    ) -> Result<GenerationAnswer, ProviderError> {
        if self.pictures.is_empty() {
            return Err(self.nothing_to_show(doing, redactor));
        }
        // What the service tells comes before what it was asked for: some web UIs ignore the checkpoint.
        let told = self.pictures.first().and_then(|picture| picture.metadata.get("model"));
        let model = told.or(expected.metadata.get("model")).and_then(Value::as_str).map(str::to_owned);
        let shortfall = self.shortfall(expected.count);
        let pictures = self.pictures.into_iter().take(GenerationRequest::MAX_COUNT as usize);
        let images = pictures.map(|picture| generated_image(picture, &expected, provider)).collect();
        let mut made = GenerationAnswer::new(provider.clone(), images);
        made.model = model;
        made.adaptations = expected.adaptations.into_iter().chain(self.adaptations).chain(shortfall).collect();
        made.salvaged = if self.unreadable > 0 { vec![self.rest] } else { Vec::new() };
        Ok(made)
    }

    /// What to tell when fewer pictures came than were asked for.
    fn shortfall(&self, asked: u32) -> Option<Adaptation> {
        let drawn = self.pictures.len();
        if drawn >= asked as usize {
            return None;
        }
        let answered = drawn + self.filtered + self.failed + self.unreadable;
        let causes = [
            (self.filtered, "blurred by the vendor's filter"),
            (self.failed, "given up by the vendor, which says that it failed"),
            (self.unreadable, "answered in a way that cannot be read"),
        ];
        let told: Vec<_> = causes
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{number} of {answered} {} {what}", if number == 1 { "was" } else { "were" }))
            .collect();
        let reason = if told.is_empty() { "the vendor answered no more".to_owned() } else { told.join("; ") };
        let used = Some(drawn.to_string());
        Some(Adaptation { field: "count".to_owned(), requested: asked.to_string(), used, reason })
    }

    fn nothing_to_show(self, doing: &str, redactor: &Redactor) -> ProviderError {
        let said = ErrorDocument::read(&self.rest).map(|document| redactor.clean(&document.text()));
        let said = said.filter(|said| !said.is_empty()).map(|said| format!("; it says {said:?}")).unwrap_or_default();
        let error = |kind, what: &str| ProviderError::new(kind, format!("{doing}: {what}{said}")).with_http_status(200);
        match () {
            () if self.unreadable == 0 && self.filtered > 0 => {
                error(ProviderErrorKind::ContentRejected, "the vendor blurred what it drew, because its filter was met")
            }
            () if self.unreadable == 0 && self.failed > 0 => {
                error(ProviderErrorKind::Unavailable, "the vendor answered that it failed to draw")
            }
            () => {
                let what = format!("the answer holds no image that can be read{}", self.advice);
                error(ProviderErrorKind::MalformedResponse, &what).billed(Some(self.rest))
            }
        }
    }
}

fn generated_image(picture: Picture, expected: &Expected, provider: &ProviderId) -> GeneratedImage {
    let told = match &picture.content {
        ImageContent::Bytes(bytes) => picture_format(bytes),
        ImageContent::Url(_) => None,
    };
    let mut metadata = expected.metadata.clone();
    metadata.extend(picture.metadata);
    GeneratedImage {
        content: picture.content,
        format: told.or(expected.format).unwrap_or(ImageFormat::Png),
        width: expected.dimensions.width,
        height: expected.dimensions.height,
        metadata,
        provider_name: provider.clone(),
    }
}
