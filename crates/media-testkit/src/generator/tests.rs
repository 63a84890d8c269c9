//! Generators that do wrong are caught.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures::FutureExt;
use media_domain::{
    Capabilities, GeneratedImage, GenerationRequest, ImageContent, ImageFormat, JobHandle, MediaDimensions, ProviderId,
};
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};

use super::GeneratorUnderTest;
use super::behaviour::*;
use super::requests::{context, options_beyond};
use crate::fakes::{FakeGenerator, FakeOutcome};
use crate::pictures;

/// Calls the generator inside whatever its own context and capabilities say.
#[derive(Debug)]
struct Careless(FakeGenerator, Capabilities);

#[async_trait]
impl ImageGenerator for Careless {
    fn capabilities(&self) -> &Capabilities {
        &self.1
    }

    async fn generate_image(
        &self,
        _context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        self.0.generate_image(&context(), request).await
    }

    async fn resolve(&self, _: &CallContext, _: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Ok(ResolveAnswer::Gone)
    }
}

fn fake() -> FakeGenerator {
    FakeGenerator::new(ProviderId::parse("fake").unwrap())
}

fn careless() -> GeneratorUnderTest {
    GeneratorUnderTest::local(|| {
        let fake = fake();
        let capabilities = Capabilities { seed: false, ..fake.capabilities().clone() };
        Careless(fake, capabilities)
    })
}

/// Answers with one picture of 8×8, after a change for the worse.
fn answering(spoil: impl Fn(&mut GenerationAnswer) + Send + Sync + 'static) -> GeneratorUnderTest {
    GeneratorUnderTest::local(move || {
        let id = ProviderId::parse("fake").unwrap();
        let image = GeneratedImage {
            content: ImageContent::Bytes(pictures::png(8, 8, 1).into()),
            format: ImageFormat::Png,
            width: 8,
            height: 8,
            metadata: serde_json::Map::new(),
            provider_name: id.clone(),
        };
        let mut answer = GenerationAnswer::new(id, vec![image]);
        spoil(&mut answer);
        fake().otherwise(FakeOutcome::Answer(Box::new(answer)))
    })
}

async fn caught(case: impl Future<Output = ()>) -> bool {
    AssertUnwindSafe(case).catch_unwind().await.is_err()
}

#[tokio::test(start_paused = true)]
async fn a_generator_that_ignores_its_context_is_caught() {
    assert!(caught(cancelled_before(careless())).await);
    assert!(caught(deadline_passed(careless())).await);
    assert!(caught(resolve_unsupported(careless())).await);
}

#[tokio::test(start_paused = true)]
async fn a_generator_that_swallows_an_option_is_caught() {
    let (option, request) = options_beyond(&careless().capabilities()).remove(0);
    assert_eq!(option, "seed");
    assert!(caught(refused_or(careless(), request, |answer| !answer.adaptations.is_empty())).await);
}

#[tokio::test(start_paused = true)]
async fn unsound_answers_are_caught() {
    assert!(!caught(answers_with_an_image(answering(|_| {}))).await);
    assert!(caught(answers_with_an_image(answering(|answer| answer.images.clear()))).await);
    assert!(caught(answers_with_an_image(answering(|answer| answer.images[0].format = ImageFormat::Jpeg))).await);
    assert!(caught(answers_with_an_image(answering(|answer| answer.images[0].width = 0))).await);
    let another = ProviderId::parse("another").unwrap();
    let misnamed = answering(move |answer| answer.images[0].provider_name = another.clone());
    assert!(caught(answers_with_an_image(misnamed)).await);
    assert!(caught(several_images(answering(|_| {}), 2)).await);
    assert!(caught(exact_size(answering(|_| {}), MediaDimensions::new(9, 9))).await);
    let mislabelled = answering(|answer| (answer.images[0].width, answer.images[0].height) = (9, 9));
    assert!(caught(exact_size(mislabelled, MediaDimensions::new(9, 9))).await);
}

#[tokio::test(start_paused = true)]
async fn a_seed_without_effect_is_caught() {
    let counter = AtomicU64::new(0);
    let moody = answering(move |answer| {
        let seed = counter.fetch_add(1, Ordering::Relaxed);
        answer.images[0].content = ImageContent::Bytes(pictures::png(8, 8, seed).into());
    });
    assert!(caught(seed_is_repeatable(moody)).await);
}
