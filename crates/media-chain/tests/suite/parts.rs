//! More images than a model makes in one call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use media_chain::{BreakerBoard, ChainErrorKind, ChainMember, ChainPolicy, ProviderPolicy};
use media_domain::generation::AttemptOutcome;
use media_domain::{
    Capabilities, Compatibility, GenerationRequest, ImageFormat, JobHandle, MediaDimensions, Phase,
    ProviderErrorKind as Kind,
};
use media_ports::{
    CallContext, GenerationAnswer, ImageGenerator, PartialImage, PartialImageSink, ProviderError, ResolveAnswer,
};
use media_testkit::fakes::{FakeGenerator, FakeOutcome, FakeProvider};
use media_testkit::sample;

use crate::notes::Notes;
use crate::setup::{Chain, chain_of, chain_with, guarded_with, request};

fn images(count: u32) -> GenerationRequest {
    GenerationRequest { count, dimensions: MediaDimensions::new(16, 16), ..request() }
}

fn making(id: &str, max_count: u32) -> FakeProvider {
    FakeProvider::new(id).with_capabilities(Capabilities {
        max_count,
        formats: vec![ImageFormat::Png],
        ..Capabilities::permissive()
    })
}

fn guarded(providers: Vec<FakeProvider>) -> Chain {
    let providers = providers.into_iter().map(|provider| (provider, ProviderPolicy::default())).collect();
    guarded_with(ChainPolicy::default(), providers, |clock| BreakerBoard::in_memory(clock))
}

fn lost() -> ProviderError {
    ProviderError::new(Kind::Timeout, "lost").uncertain(Phase::Submit, None)
}

async fn call(chain: &Chain, request: &GenerationRequest) -> (Result<GenerationAnswer, ChainErrorKind>, Vec<String>) {
    let notes = Arc::new(Notes::default());
    let mut context = chain.context();
    context.journal = notes.clone();
    let result = chain.chain.execute_generate_image(&context, request).await;
    (result.map_err(|failure| failure.kind), notes.lines())
}

/// What became of the count: what was asked for and what was used instead.
fn counts(answer: &GenerationAnswer) -> Vec<(&str, Option<&str>)> {
    let told = answer.adaptations.iter().filter(|adaptation| adaptation.field == "count");
    told.map(|adaptation| (adaptation.requested.as_str(), adaptation.used.as_deref())).collect()
}

#[tokio::test(start_paused = true)]
async fn each_part_is_an_attempt_with_a_claim_of_its_own_and_the_answer_is_one() {
    let chain = guarded(vec![making("small", 2)]);
    let (answer, lines) = call(&chain, &images(5)).await;
    let answer = answer.unwrap();
    let sent: Vec<_> = chain.fakes[0].calls().iter().map(|call| (call.count, call.image_index)).collect();
    assert_eq!(sent, [(2, 0), (2, 2), (1, 4)]);
    let contents: Vec<_> = answer.images.iter().map(|image| image.content.clone()).collect();
    assert!((1..5).all(|index| !contents[..index].contains(&contents[index])), "five different images");
    assert_eq!((contents.len(), answer.usage.credits, answer.attempts.len()), (5, 5, 3));
    assert_eq!(counts(&answer), [("5", Some("3 calls"))]);
    assert_eq!(
        lines,
        [
            "1 dispatched small for 2",
            "1 answered for 2",
            "2 dispatched small for 2",
            "2 answered for 2",
            "3 dispatched small for 1",
            "3 answered for 1",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn after_the_first_part_four_run_side_by_side() {
    let slow = making("small", 1).otherwise(FakeOutcome::Image.after(Duration::from_secs(1)));
    let chain = guarded(vec![slow]);
    let started = tokio::time::Instant::now();
    let (answer, _) = call(&chain, &images(9)).await;
    assert_eq!((answer.unwrap().images.len(), started.elapsed().as_secs()), (9, 3));
}

#[tokio::test(start_paused = true)]
async fn when_the_first_part_fails_the_next_provider_gets_the_whole() {
    let down = making("small", 2).then_fail(ProviderError::new(Kind::Unavailable, "it is down"));
    let chain = guarded(vec![down, making("large", 10)]);
    let (answer, _) = call(&chain, &images(5)).await;
    assert_eq!((answer.unwrap().images.len(), chain.calls()), (5, vec![1, 1]));

    let chain = guarded(vec![making("small", 2).then_fail(lost()), making("large", 10)]);
    let (failure, _) = call(&chain, &images(5)).await;
    assert_eq!((failure.unwrap_err(), chain.calls()), (ChainErrorKind::Unknown, vec![1, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_later_failure_is_told_and_neither_repeated_nor_hidden() {
    let down: fn() -> ProviderError = || ProviderError::new(Kind::Unavailable, "it is down");
    let spoilt: fn() -> ProviderError = || ProviderError::new(Kind::MalformedResponse, "spoilt").billed(None);
    let cases = [
        (down, AttemptOutcome::Failed, "2 failed unavailable"),
        (lost, AttemptOutcome::Unknown, "2 unknown timeout"),
        (spoilt, AttemptOutcome::Billed, "2 settled malformed_response for 1"),
    ];
    for (error, outcome, line) in cases {
        let small = making("small", 1).then(FakeOutcome::Image).then_fail(error());
        let chain = guarded(vec![small, making("large", 20)]);
        let (answer, lines) = call(&chain, &images(12)).await;
        let answer = answer.unwrap();
        // The first, and of the four that followed it three; the seven others were never ordered.
        assert_eq!((answer.images.len(), chain.calls()), (4, vec![5, 0]), "{outcome}");
        assert_eq!(counts(&answer), [("12", Some("12 calls")), ("12", Some("4"))]);
        let told: Vec<_> = answer.attempts.iter().map(|attempt| attempt.outcome).collect();
        assert_eq!(told.iter().filter(|told| **told == outcome).count(), 1);
        assert_eq!((told.len(), answer.usage.credits), (5, 4));
        assert!(lines.iter().any(|told| told == line), "{lines:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_part_was_paid_for_in_vain_is_kept_beside_the_images() {
    let spoilt = |bytes: &'static str| {
        FakeOutcome::fail(ProviderError::new(Kind::MalformedResponse, "spoilt").billed(Some(bytes.into())))
    };
    let small = making("small", 1).then(FakeOutcome::Image).then(spoilt("half")).then(spoilt("a quarter"));
    let chain = guarded(vec![small]);
    let (answer, _) = call(&chain, &images(3)).await;
    let answer = answer.unwrap();
    assert_eq!((answer.images.len(), answer.attempts.len()), (1, 3));
    assert_eq!(answer.salvaged, [Bytes::from("half"), Bytes::from("a quarter")]);
    assert!(!format!("{answer:?}").contains("quarter"), "bytes are never shown");
}

#[tokio::test(start_paused = true)]
async fn no_part_is_begun_after_the_deadline() {
    let policy = ChainPolicy { deadline: Duration::from_secs(10), ..ChainPolicy::default() };
    let slow = making("small", 1).otherwise(FakeOutcome::Image.after(Duration::from_secs(5)));
    let chain = chain_with(policy, vec![slow, FakeProvider::new("other")]);
    let (answer, _) = call(&chain, &images(9)).await;
    let answer = answer.unwrap();
    assert_eq!((answer.images.len(), chain.calls()), (5, vec![5, 0]));
    assert_eq!(counts(&answer), [("9", Some("9 calls")), ("9", Some("5"))]);
}

#[tokio::test(start_paused = true)]
async fn strict_asks_somebody_who_makes_all_in_one_call() {
    let policy = ChainPolicy { compatibility: Compatibility::Strict, ..ChainPolicy::default() };
    let chain = chain_with(policy, vec![making("small", 2), making("large", 10)]);
    let (answer, _) = call(&chain, &images(5)).await;
    let answer = answer.unwrap();
    assert_eq!((answer.skipped[0].provider.as_str(), chain.calls()), ("small", vec![0, 1]));
    assert!(counts(&answer).is_empty());
}

/// Draws, and shows one unfinished picture of each image.
#[derive(Debug)]
struct Showing(FakeGenerator);

#[async_trait]
impl ImageGenerator for Showing {
    fn capabilities(&self) -> &Capabilities {
        self.0.capabilities()
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let answer = self.0.generate_image(context, request).await?;
        for image_index in 0..request.count {
            let bytes = Bytes::from_static(b"half a picture");
            let image = PartialImage { image_index, partial_index: 0, format: ImageFormat::Png, bytes };
            context.partial_images.iter().for_each(|sink| sink.partial_image(image.clone()));
        }
        Ok(answer)
    }

    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        self.0.resolve(context, handle).await
    }
}

#[derive(Debug, Default)]
struct Seen(Mutex<Vec<u32>>);

impl PartialImageSink for Seen {
    fn partial_image(&self, image: PartialImage) {
        self.0.lock().unwrap().push(image.image_index);
    }
}

/// Gives the call up as soon as it sees anything.
#[derive(Debug)]
struct GivingUp(CallContext);

impl PartialImageSink for GivingUp {
    fn partial_image(&self, _image: PartialImage) {
        self.0.cancellation.cancel();
    }
}

fn showing(max_count: u32) -> Chain {
    let (mut provider, _) = making("showing", max_count).build();
    let capabilities = provider.descriptor.capabilities.clone();
    let fake = FakeGenerator::new(sample::provider("showing")).with_capabilities(capabilities);
    provider.generator = Some(Arc::new(Showing(fake)));
    let (chain, clock) = chain_of(ChainPolicy::default(), vec![ChainMember::ready(provider)]);
    Chain { chain, fakes: Vec::new(), clock }
}

#[tokio::test(start_paused = true)]
async fn unfinished_pictures_are_numbered_through() {
    let (chain, seen) = (showing(2), Arc::new(Seen::default()));
    let mut context = chain.context();
    context.partial_images = Some(seen.clone());
    chain.chain.execute_generate_image(&context, &images(5)).await.unwrap();
    let mut seen = seen.0.lock().unwrap().clone();
    seen.sort_unstable();
    assert_eq!(seen, [0, 1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn no_part_is_begun_after_a_cancellation() {
    let chain = showing(1);
    let mut context = chain.context();
    context.partial_images = Some(Arc::new(GivingUp(context.clone())));
    let answer = chain.chain.execute_generate_image(&context, &images(9)).await.unwrap();
    assert_eq!((answer.images.len(), answer.attempts.len()), (1, 1));
    assert_eq!(counts(&answer), [("9", Some("9 calls")), ("9", Some("1"))]);
}
