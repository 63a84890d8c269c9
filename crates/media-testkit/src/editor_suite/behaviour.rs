//! The cases that an editor is put through.

use std::time::Duration;

use media_domain::{EditRequest, ImageContent, ImageFormat, ProviderErrorKind, RetryClass};
use media_ports::GenerationAnswer;
use tokio::time::Instant;

use super::{EditorUnderTest, carries};
use crate::generator::{assert_sound, assert_sound_pictures, context, context_until, expect_error, unexpected};
use crate::pictures;

/// Checks what every edited picture must be. Who hands on an address may not know the size of what is behind it.
#[track_caller]
pub(super) fn assert_sound_edit(answer: &GenerationAnswer, request: &EditRequest) {
    let count = request.count as usize;
    match answer.images.iter().all(|image| matches!(image.content, ImageContent::Bytes(_))) {
        true => assert_sound(answer, count),
        false => assert_sound_pictures(answer, count),
    }
}

pub(super) async fn edits(editor: EditorUnderTest, request: EditRequest) {
    let subject = editor.subject(Some(&request));
    let answer = subject.editor.edit_image(&context(), &request).await.unwrap_or_else(|error| unexpected(&error));
    assert_sound_edit(&answer, &request);
    if subject.transport.is_none() {
        assert_header_agrees(&answer);
    }
    subject.assert_exhausted();
}

/// What an editor draws by itself is of the size that it tells.
#[track_caller]
fn assert_header_agrees(answer: &GenerationAnswer) {
    for image in &answer.images {
        if let (ImageContent::Bytes(bytes), ImageFormat::Png) = (&image.content, image.format) {
            assert_eq!(pictures::png_size(bytes), Some((image.width, image.height)), "the file's own header tells");
        }
    }
}

/// The picture, the mask and the references are in what is sent.
pub(super) async fn carries_pictures(editor: EditorUnderTest, request: EditRequest) {
    let subject = editor.subject(Some(&request));
    subject.editor.edit_image(&context(), &request).await.unwrap_or_else(|error| unexpected(&error));
    let sent = subject.transport.as_ref().map(|transport| transport.requests()).unwrap_or_default();
    let mask = request.mask.as_ref().filter(|_| !editor.translates_masks());
    let pictures = [("picture", Some(&request.source)), ("mask", mask)];
    let pictures = pictures.into_iter().chain(request.references.iter().map(|image| ("reference", Some(image))));
    for (name, picture) in pictures {
        let Some(picture) = picture else { continue };
        assert!(sent.iter().any(|request| carries(request, picture)), "the {name} should be in what is sent");
    }
}

/// What cannot be is refused before anything is sent.
pub(super) async fn refused(editor: EditorUnderTest, request: EditRequest) {
    let subject = editor.subject(None);
    let error = expect_error(subject.editor.edit_image(&context(), &request).await);
    assert_refusal(error.kind);
    let open = matches!(error.retry, RetryClass::Uncertain { .. } | RetryClass::Billed);
    assert!(!open, "nothing was sent, so nothing is open: {error:?}");
    subject.assert_no_call();
}

#[track_caller]
fn assert_refusal(kind: ProviderErrorKind) {
    let refused = matches!(kind, ProviderErrorKind::Unsupported | ProviderErrorKind::InvalidRequest);
    assert!(refused, "refused as {kind}");
}

/// What the model does not know is refused before anything is sent, or left out and told.
pub(super) async fn refused_or_told(
    editor: EditorUnderTest,
    request: EditRequest,
    told: impl Fn(&GenerationAnswer) -> bool,
) {
    let subject = editor.subject(Some(&request));
    match subject.editor.edit_image(&context(), &request).await {
        Ok(answer) => assert!(told(&answer), "it was neither refused nor told: {:?}", answer.adaptations),
        Err(error) => {
            assert_refusal(error.kind);
            subject.assert_no_call();
        }
    }
}

pub(super) async fn seed_is_sent(editor: EditorUnderTest, request: EditRequest) {
    let subject = editor.subject(Some(&request));
    subject.editor.edit_image(&context(), &request).await.unwrap_or_else(|error| unexpected(&error));
    let sent = subject.transport.as_ref().map(|transport| transport.requests()).unwrap_or_default();
    let seed = request.options.seed.unwrap_or_default().to_string();
    let named = sent.iter().any(|request| String::from_utf8_lossy(&request.body).contains(&seed));
    assert!(named, "the seed should be in the request");
}

pub(super) async fn seed_is_repeatable(editor: EditorUnderTest, request: EditRequest) {
    let mut pictures = Vec::new();
    for _ in 0..2 {
        let subject = editor.subject(Some(&request));
        let answer = subject.editor.edit_image(&context(), &request).await;
        pictures.push(answer.unwrap_or_else(|error| unexpected(&error)).images.remove(0).content);
    }
    assert_eq!(pictures[0], pictures[1], "the same seed should give the same bytes");
}

pub(super) async fn cancelled_before(editor: EditorUnderTest, request: EditRequest) {
    let subject = editor.subject(None);
    let context = context();
    context.cancellation.cancel();
    let error = expect_error(subject.editor.edit_image(&context, &request).await);
    assert_eq!((error.kind, &error.retry), (ProviderErrorKind::Cancelled, &RetryClass::Never));
    subject.assert_no_call();
}

pub(super) async fn deadline_passed(editor: EditorUnderTest, request: EditRequest) {
    let subject = editor.subject(None);
    let context = context_until(Instant::now());
    tokio::time::sleep(Duration::from_millis(2)).await;
    let error = expect_error(subject.editor.edit_image(&context, &request).await);
    assert_eq!(error.kind, ProviderErrorKind::Timeout);
    let open = matches!(error.retry, RetryClass::Uncertain { .. } | RetryClass::Billed);
    assert!(!open, "nothing was sent, so nothing is open: {:?}", error.retry);
    subject.assert_no_call();
}

pub(super) async fn answers_after_the_deadline(editor: EditorUnderTest, request: EditRequest) {
    let subject = editor.subject(None);
    let context = context_until(Instant::now());
    tokio::time::sleep(Duration::from_millis(2)).await;
    let outcome = subject.editor.edit_image(&context, &request).await;
    assert_sound_edit(&outcome.unwrap_or_else(|error| unexpected(&error)), &request);
}
