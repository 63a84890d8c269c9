//! What accompanies a call, and what is shown of it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use media_domain::text::Prompt;
use media_domain::{
    GeneratedImage, GenerationRequest, ImageContent, ImageFormat, JobHandle, JobState, MediaDimensions, Name,
    ProviderErrorKind, Reservation, Usage,
};
use media_ports::{
    AttemptEnd, CallJournal, EncodedImage, ExportDestination, ExportRequest, GenerationAnswer, NoJournal, Operation,
    PartialImage, PartialImageSink, TokenLock, TokenSet,
};
use serde_json::Map;

use super::support::{context, id};

#[test]
fn a_deadline_can_only_come_nearer() {
    let context = context();
    let earlier = context.deadline.checked_sub(Duration::from_millis(1)).unwrap_or(context.deadline);
    assert_eq!(context.with_deadline(earlier).deadline, earlier);
    assert_eq!(context.with_deadline(context.deadline + Duration::from_secs(1)).deadline, context.deadline);
    assert_eq!(context.with_deadline(Instant::now()).request_id, context.request_id);
}

#[test]
fn who_gives_up_gives_up_for_every_copy() {
    let context = context();
    let narrowed = context.with_deadline(context.deadline);
    assert!(!narrowed.cancellation.is_cancelled());
    context.cancellation.cancel();
    assert!(narrowed.cancellation.is_cancelled());
    assert!(format!("{narrowed:?}").contains("cancelled: true"));
}

#[tokio::test]
async fn no_journal_takes_everything() {
    NoJournal.dispatched(&id("sdxl"), &Reservation::default()).await.unwrap();
    NoJournal.accepted(&JobHandle::new("job-7")).await.unwrap();
    let end = AttemptEnd {
        state: JobState::Failed,
        error_kind: ProviderErrorKind::Timeout,
        message: "no answer".to_owned(),
        usage: Usage::default(),
    };
    NoJournal.ended(end).await.unwrap();
    context().journal.dispatched(&id("sdxl"), &Reservation::default()).await.unwrap();
}

#[derive(Debug, Default)]
struct Collected(Mutex<Vec<PartialImage>>);

impl PartialImageSink for Collected {
    fn partial_image(&self, image: PartialImage) {
        self.0.lock().unwrap().push(image);
    }
}

#[test]
fn unfinished_pictures_go_to_whoever_wants_them() {
    let sink = Arc::new(Collected::default());
    let mut context = context();
    context.partial_images = Some(sink.clone());
    let image = PartialImage {
        image_index: 1,
        partial_index: 2,
        format: ImageFormat::Png,
        bytes: Bytes::from_static(b"secret"),
    };
    context.clone().partial_images.unwrap().partial_image(image);
    let taken = sink.0.lock().unwrap();
    assert_eq!(format!("{:?}", taken[0]), "PartialImage(1/2, png, 6 bytes)");
}

#[test]
fn a_picture_of_ours_shows_its_length_only() {
    let image = EncodedImage {
        bytes: Bytes::from_static(b"secret"),
        format: ImageFormat::Webp,
        dimensions: MediaDimensions::new(8, 9),
    };
    assert_eq!(format!("{image:?}"), "EncodedImage(webp, 8x9, 6 bytes)");
}

fn image(content: ImageContent) -> GeneratedImage {
    GeneratedImage {
        content,
        format: ImageFormat::Png,
        width: 8,
        height: 9,
        metadata: Map::new(),
        provider_name: id("sdxl"),
    }
}

#[test]
fn a_bare_provider_s_answer_counts_nothing() {
    let answer = GenerationAnswer::new(id("sdxl"), vec![image(ImageContent::Bytes(Bytes::from_static(b"png").into()))]);
    assert_eq!((answer.images.len(), answer.usage, answer.processing_time), (1, Usage::default(), Duration::ZERO));
    assert!(answer.attempts.is_empty() && answer.skipped.is_empty() && answer.adaptations.is_empty());
    let request = GenerationRequest::new(Prompt::parse("a lighthouse").unwrap());
    assert_eq!(request.count as usize, answer.images.len());
}

#[test]
fn only_an_image_whose_bytes_are_here_can_be_exported() {
    let export = |content| {
        let destination = ExportDestination::Figma { file_key: "abc".to_owned(), page_id: None };
        ExportRequest::of_image(Name::parse("hero").unwrap(), &image(content), destination)
    };
    let request = export(ImageContent::Bytes(Bytes::from_static(b"png").into())).unwrap();
    assert_eq!((request.image.as_ref(), request.format), (&b"png"[..], ImageFormat::Png));
    assert!(request.options.is_empty());
    assert!(export(ImageContent::Url("https://example.org/i.png".to_owned())).is_none());
}

#[test]
fn a_destination_names_the_operation_that_serves_it() {
    let figma = ExportDestination::Figma { file_key: "abc".to_owned(), page_id: Some("0:1".to_owned()) };
    let canva = ExportDestination::Canva { design_title: Some("Summer".to_owned()) };
    assert_eq!((figma.operation(), canva.operation()), (Operation::ExportFigma, Operation::ExportCanva));
}

#[test]
fn a_lock_is_given_back_when_it_is_dropped() {
    let held = Arc::new(());
    let lock = TokenLock::new(Arc::clone(&held));
    assert_eq!(Arc::strong_count(&held), 2);
    drop(lock);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn tokens_are_shown_to_nobody() {
    let tokens = TokenSet {
        access_token: "secret-access".to_owned().into(),
        expires_at: chrono::DateTime::UNIX_EPOCH,
        refresh_token: Some("secret-refresh".to_owned().into()),
    };
    let text = format!("{tokens:?}");
    assert!(!text.contains("secret-"), "{text}");
}
