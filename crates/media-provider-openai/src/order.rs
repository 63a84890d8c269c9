//! Sending an order and hearing its answer, whole or as events.

use std::str::FromStr;

use bytes::Bytes;
use http::StatusCode;
use media_domain::{Adaptation, ImageFormat, MediaDimensions};
use media_http::{
    ApiCall, ApiEvents, Base64Files, EventsAnswer, HttpResponse, JsonAnswer, Purpose, ResponseBody, ServerEvent,
};
use media_ports::{CallContext, GenerationAnswer, PartialImage, ProviderError};

use crate::error::read_late_refusal;
use crate::wire::{ErrorBody, ImageEvent, Images};
use crate::{OpenAiImagesAdapter, OpenAiImagesSettings, mapping};

/// What an order leads one to expect of its answer.
#[derive(Debug)]
pub(crate) struct Expected {
    /// The size, where the vendor tells none.
    pub(crate) dimensions: MediaDimensions,
    /// How many images are ordered.
    pub(crate) count: u32,
    /// The format, where the vendor tells none.
    pub(crate) format: Option<ImageFormat>,
    /// What was changed to make the order.
    pub(crate) adaptations: Vec<Adaptation>,
    /// Whether the order asks for events.
    pub(crate) as_events: bool,
}

impl OpenAiImagesAdapter {
    /// How many unfinished pictures to ask for: none where nobody wants to see them, and none of several images, since an
    /// event does not tell which of them it shows.
    pub(crate) fn partial_images_for(&self, context: &CallContext, count: u32) -> Option<u32> {
        context.partial_images.as_ref()?;
        self.settings.wanted_partial_images().filter(|_| count == 1)
    }

    /// Sends an order and reads its answer.
    ///
    /// # Errors
    /// [`ProviderError`], see the README; an order that was refused is one too.
    pub(crate) async fn place(
        &self,
        call: ApiCall<'_>,
        context: &CallContext,
        expected: Expected,
    ) -> Result<GenerationAnswer, ProviderError> {
        let started = self.client.clock().now();
        let limit = self.settings.max_response_bytes(expected.count);
        let call = call.timeout(self.settings.timeout());
        let (images, files) = if expected.as_events {
            // Each unfinished picture may be as large as the finished one.
            let pictures = u64::from(OpenAiImagesSettings::MAX_PARTIAL_IMAGES) + 1;
            match call.body_limit(limit.saturating_mul(pictures)).send_events::<Images>(limit).await? {
                EventsAnswer::Events(events) => finished(*events, context, &expected).await?,
                EventsAnswer::Whole(answer) => self.unless_refused(answer)?,
            }
        } else {
            self.unless_refused(call.body_limit(limit).send_json().await?)?
        };
        let mut answer = mapping::answer(images, files, expected, self)?;
        answer.processing_time = self.client.clock().now().saturating_duration_since(started);
        Ok(answer)
    }

    /// What a success brings. One that holds an error in place of images is a refusal all the same.
    fn unless_refused(&self, answer: JsonAnswer<Images>) -> Result<(Images, Base64Files), ProviderError> {
        let JsonAnswer { document: mut images, headers, files } = answer;
        let Some(error) = images.error.take().filter(|_| images.data.is_empty()) else { return Ok((images, files)) };
        let response = HttpResponse { status: StatusCode::OK, headers, body: ResponseBody::default() };
        let refusal = read_late_refusal(&error).with_request_id(&response, "x-request-id");
        let now = self.client.clock().utc_now().into();
        Err(refusal.into_error(&response, "order images", &Purpose::Order, self.client.redactor(), now))
    }
}

/// Hears the events until the image is finished; unfinished ones are shown to whoever wants to see them.
///
/// # Errors
/// [`ProviderError`]: `uncertain` when the events end before the image is finished, since the vendor bills it all the same.
async fn finished(
    mut events: ApiEvents<'_>,
    context: &CallContext,
    expected: &Expected,
) -> Result<(Images, Base64Files), ProviderError> {
    while let Some(event) = events.next().await? {
        match Heard::of(event) {
            Heard::Finished(images, files) => return Ok((*images, files)),
            Heard::Unfinished(image, files) => show(&image, files, context, expected),
            Heard::Refused(error) => return Err(events.refused(read_late_refusal(&error))),
            Heard::Unreadable(reason, kept) => return Err(events.unusable(&reason, kept)),
            Heard::Nothing => {}
        }
    }
    Err(events.ended_early())
}

/// What an event says.
enum Heard {
    Finished(Box<Images>, Base64Files),
    Unfinished(Box<ImageEvent>, Base64Files),
    Refused(ErrorBody),
    /// It says that the image is finished, and cannot be read.
    Unreadable(String, Bytes),
    /// Nothing that matters: other events may be added at any time.
    Nothing,
}

/// The name of an event by which the vendor refuses.
const ERROR: &str = "error";

/// Most bytes of an error that are taken for words.
const WORDS: usize = 4_096;

impl Heard {
    fn of(event: ServerEvent) -> Self {
        let name = event.name.clone();
        match event.json::<ImageEvent>() {
            Ok((image, files)) => Self::read(&name, image, files),
            Err((reason, kept)) => Self::unread(&name, reason, kept),
        }
    }

    /// Where the event has no name, or one that says nothing, the type in its data tells. That of an error's data may be the
    /// kind of the error.
    fn read(name: &str, image: ImageEvent, files: Base64Files) -> Self {
        let kind = image.kind.as_deref().unwrap_or(name);
        let refuses = name == ERROR || kind.ends_with(ERROR);
        if !refuses && kind.ends_with(".completed") {
            Self::Finished(Box::new(image.into_images()), files)
        } else if !refuses && kind.ends_with(".partial_image") {
            Self::Unfinished(Box::new(image), files)
        } else if refuses || image.error.is_some() {
            Self::Refused(image.into_error())
        } else {
            Self::Nothing
        }
    }

    /// Data that are no JSON may still be words, or a finished picture that cannot be read.
    fn unread(name: &str, reason: String, kept: Bytes) -> Self {
        if name == ERROR {
            let words = String::from_utf8_lossy(&kept[..kept.len().min(WORDS)]).into_owned();
            return Self::Refused(ErrorBody::Text(words));
        }
        // A type, since Base64 has neither dots nor quotation marks.
        let is_finished = || String::from_utf8_lossy(&kept).contains(".completed\"");
        match name.ends_with(".completed") || (!name.ends_with(".partial_image") && is_finished()) {
            true => Self::Unreadable(reason, kept),
            false => Self::Nothing,
        }
    }
}

/// Shows an unfinished picture; one that cannot be read is passed over, since the finished one is what counts.
fn show(image: &ImageEvent, mut files: Base64Files, context: &CallContext, expected: &Expected) {
    let (Some(sink), Some(text)) = (&context.partial_images, &image.b64_json) else { return };
    let Ok(bytes) = files.take(text) else { return };
    let told = image.output_format.as_deref().and_then(|word| ImageFormat::from_str(word).ok());
    sink.partial_image(PartialImage {
        image_index: 0,
        partial_index: image.partial_image_index.unwrap_or_default(),
        format: told.or(expected.format).unwrap_or(ImageFormat::Png),
        bytes,
    });
}
