//! The cases that a generator is put through.

use std::time::Duration;

use media_domain::{
    GenerationRequest, ImageContent, ImageFormat, JobHandle, MediaDimensions, ProviderErrorKind, RetryClass,
};
use media_ports::GenerationAnswer;
use tokio::time::Instant;

use super::GeneratorUnderTest;
use super::checks::{assert_sound, expect_error, unexpected};
use super::requests::{context, context_until, plain_request};
use crate::pictures;
use crate::vendor_script::Scenario;

pub(super) async fn answers_with_an_image(generator: GeneratorUnderTest) {
    let subject = generator.subject(Some(Scenario::Ok));
    let request = subject.fitting(plain_request());
    let answer = subject.generate(&request).await.unwrap_or_else(|error| unexpected(&error));
    assert_sound(&answer, 1);
    subject.assert_exhausted();
}

pub(super) async fn several_images(generator: GeneratorUnderTest, count: u32) {
    let subject = generator.subject(Some(Scenario::SeveralImages));
    let request = subject.fitting(GenerationRequest { count, ..plain_request() });
    let answer = subject.generate(&request).await.unwrap_or_else(|error| unexpected(&error));
    assert_sound(&answer, count as usize);
    subject.assert_exhausted();
}

pub(super) async fn seed_is_repeatable(generator: GeneratorUnderTest) {
    let mut request = plain_request();
    request.options.seed = Some(4_711);
    let mut pictures = Vec::new();
    for _ in 0..2 {
        let subject = generator.subject(Some(Scenario::Ok));
        let answer = subject.generate(&subject.fitting(request.clone())).await;
        pictures.push(answer.unwrap_or_else(|error| unexpected(&error)).images.remove(0).content);
    }
    assert_eq!(pictures[0], pictures[1], "the same seed should give the same bytes");
}

pub(super) async fn seed_is_sent(generator: GeneratorUnderTest) {
    let subject = generator.subject(Some(Scenario::Ok));
    let mut request = subject.fitting(plain_request());
    request.options.seed = Some(471_120);
    subject.generate(&request).await.unwrap_or_else(|error| unexpected(&error));
    let sent = subject.transport.as_ref().map(|transport| transport.requests()).unwrap_or_default();
    let named = sent.iter().any(|request| String::from_utf8_lossy(&request.body).contains("471120"));
    assert!(named, "the seed should be in the request");
}

pub(super) async fn exact_size(generator: GeneratorUnderTest, size: MediaDimensions) {
    let subject = generator.subject(Some(Scenario::Ok));
    let request = subject.fitting(GenerationRequest { dimensions: size, ..plain_request() });
    let answer = subject.generate(&request).await.unwrap_or_else(|error| unexpected(&error));
    let image = &answer.images[0];
    assert_eq!((image.width, image.height), (size.width, size.height));
    if let (ImageContent::Bytes(bytes), ImageFormat::Png) = (&image.content, image.format) {
        assert_eq!(pictures::png_size(bytes), Some((size.width, size.height)), "the file's own header tells");
    }
}

pub(super) async fn cancelled_before(generator: GeneratorUnderTest) {
    let subject = generator.subject(None);
    let context = context();
    context.cancellation.cancel();
    let outcome = subject.generator.generate_image(&context, &subject.fitting(plain_request())).await;
    let error = expect_error(outcome);
    assert_eq!((error.kind, &error.retry), (ProviderErrorKind::Cancelled, &RetryClass::Never));
    subject.assert_no_call();
}

pub(super) async fn deadline_passed(generator: GeneratorUnderTest) {
    let subject = generator.subject(None);
    let context = context_until(Instant::now());
    tokio::time::sleep(Duration::from_millis(2)).await;
    let outcome = subject.generator.generate_image(&context, &subject.fitting(plain_request())).await;
    let error = expect_error(outcome);
    assert_eq!(error.kind, ProviderErrorKind::Timeout);
    let open = matches!(error.retry, RetryClass::Uncertain { .. } | RetryClass::Billed);
    assert!(!open, "nothing was sent, so nothing is open: {:?}", error.retry);
    subject.assert_no_call();
}

pub(super) async fn answers_after_the_deadline(generator: GeneratorUnderTest) {
    let subject = generator.subject(None);
    let context = context_until(Instant::now());
    tokio::time::sleep(Duration::from_millis(2)).await;
    let outcome = subject.generator.generate_image(&context, &subject.fitting(plain_request())).await;
    assert_sound(&outcome.unwrap_or_else(|error| unexpected(&error)), 1);
}

/// What the model does not know is refused before anything is sent, or left out and told.
pub(super) async fn refused_or(
    generator: GeneratorUnderTest,
    request: GenerationRequest,
    sound: impl Fn(&GenerationAnswer) -> bool,
) {
    let subject = generator.subject(None);
    let size = subject.generator.capabilities().sizes.nearest(request.dimensions).unwrap_or(request.dimensions);
    match subject.generate(&GenerationRequest { dimensions: size, ..request }).await {
        Ok(answer) => assert!(sound(&answer), "it was neither refused nor told: {:?}", answer.adaptations),
        Err(error) => {
            let refused = matches!(error.kind, ProviderErrorKind::Unsupported | ProviderErrorKind::InvalidRequest);
            assert!(refused, "refused as {}", error.kind);
            subject.assert_no_call();
        }
    }
}

pub(super) async fn resolve_unsupported(generator: GeneratorUnderTest) {
    let subject = generator.subject(None);
    match subject.generator.resolve(&context(), &JobHandle::new("a-job")).await {
        Ok(answer) => unexpected(&format!("{answer:?}")),
        Err(error) => assert_eq!(error.kind, ProviderErrorKind::Unsupported),
    }
    subject.assert_no_call();
}
