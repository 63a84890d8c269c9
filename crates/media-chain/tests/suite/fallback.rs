//! Order, passing over, preference, deadlines, health.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use media_chain::{ChainErrorKind, ChainMember, ChainPolicy, Onward};
use media_domain::capabilities::SizeRule;
use media_domain::generation::AttemptOutcome;
use media_domain::{Capabilities, Compatibility, MediaDimensions, ProviderErrorKind as Kind};
use media_ports::{Clock, GenerationAnswer, ProviderError};
use media_testkit::fakes::{FakeOutcome, FakeProvider};
use media_testkit::sample;

use crate::setup::{chain, chain_of, chain_with, request};

fn down() -> ProviderError {
    ProviderError::new(Kind::Unavailable, "it is down").with_http_status(500)
}

#[tokio::test(start_paused = true)]
async fn the_first_success_in_order_is_the_answer() {
    let chain = chain(vec![
        FakeProvider::new("first").then(FakeOutcome::fail(down()).after(Duration::from_millis(250))),
        FakeProvider::new("second").then(FakeOutcome::Image.after(Duration::from_secs(2))),
        FakeProvider::new("third"),
    ]);
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!(answer.provider.as_str(), "second");
    assert_eq!(chain.calls(), [1, 1, 0]);
    let told: Vec<_> = answer.attempts.iter().map(|a| (a.provider.as_str(), a.outcome, a.duration_ms)).collect();
    assert_eq!(told, [("first", AttemptOutcome::Failed, 250), ("second", AttemptOutcome::Succeeded, 2_000)]);
    assert_eq!(answer.processing_time, Duration::from_millis(2_250));
}

#[tokio::test(start_paused = true)]
async fn who_lacks_the_operation_or_is_unready_is_passed_over_with_the_reason() {
    let (lacking, _) = FakeProvider::new("lacking").without_generation().build();
    let (unready, unready_fake) = FakeProvider::new("unready").build();
    let (well, _) = FakeProvider::new("well").build();
    let unready = ChainMember::unready(unready.descriptor, "SDXL_API_KEY is not set");
    let members = vec![ChainMember::ready(lacking), unready, ChainMember::ready(well)];
    let (chain, clock) = chain_of(ChainPolicy::default(), members);
    let setup = crate::setup::Chain { chain, fakes: vec![unready_fake], clock };
    let answer = setup.chain.execute_generate_image(&setup.context(), &request()).await.unwrap();
    let told: Vec<_> = answer.skipped.iter().map(|s| (s.provider.as_str(), s.reason.as_str())).collect();
    assert_eq!(told, [("lacking", "it does not generate images"), ("unready", "SDXL_API_KEY is not set")]);
    assert_eq!((answer.attempts.len(), setup.calls()), (1, vec![0]));
}

#[tokio::test(start_paused = true)]
async fn all_failed_tells_every_provider_in_order() {
    let chain = chain(vec![
        FakeProvider::new("first").then_fail(down()),
        FakeProvider::new("second").then_fail(ProviderError::new(Kind::Unauthenticated, "the key is wrong")),
    ]);
    let failure = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
    assert_eq!(failure.kind, ChainErrorKind::AllFailed);
    let kinds: Vec<_> = failure.attempts.iter().map(|a| (a.provider.as_str(), a.error_kind)).collect();
    assert_eq!(kinds, [("first", Some(Kind::Unavailable)), ("second", Some(Kind::Unauthenticated))]);
    assert_eq!(failure.last.as_ref().map(|error| error.kind), Some(Kind::Unauthenticated));
    assert!(failure.source().is_none(), "the reasons are told once");
}

#[tokio::test(start_paused = true)]
async fn nobody_to_call_is_an_error_of_its_own() {
    let chain = chain(vec![FakeProvider::new("lacking").without_generation()]);
    let failure = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
    assert_eq!((failure.kind, failure.attempts.len(), failure.skipped.len()), (ChainErrorKind::NoneAvailable, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_moves_on() {
    let empty = GenerationAnswer::new(sample::provider("empty"), Vec::new());
    let chain =
        chain(vec![FakeProvider::new("empty").then(FakeOutcome::Answer(Box::new(empty))), FakeProvider::new("well")]);
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!(answer.provider.as_str(), "well");
    assert_eq!(answer.attempts[0].error_kind, Some(Kind::MalformedResponse));
}

#[tokio::test(start_paused = true)]
async fn the_preferred_provider_is_tried_first_and_an_unknown_one_changes_nothing() {
    for (preferred, first) in [("third", "third"), ("second", "second"), ("unheard_of", "first")] {
        let chain = chain(["first", "second", "third"].map(FakeProvider::new).into());
        let mut context = chain.context();
        context.preferences.provider = Some(sample::provider(preferred));
        let answer = chain.chain.execute_generate_image(&context, &request()).await.unwrap();
        assert_eq!(answer.provider.as_str(), first);
        assert_eq!(answer.skipped.len(), usize::from(preferred == "unheard_of"));
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_preferred_provider_the_order_goes_on() {
    let chain = chain(vec![
        FakeProvider::new("first").then_fail(down()),
        FakeProvider::new("second"),
        FakeProvider::new("third").then_fail(down()),
    ]);
    let mut context = chain.context();
    context.preferences.provider = Some(sample::provider("third"));
    let answer = chain.chain.execute_generate_image(&context, &request()).await.unwrap();
    let order: Vec<_> = answer.attempts.iter().map(|a| a.provider.as_str()).collect();
    assert_eq!(order, ["third", "first", "second"]);
}

#[tokio::test(start_paused = true)]
async fn who_was_found_unhealthy_is_passed_over_for_a_minute() {
    let chain = chain(vec![FakeProvider::new("ill").unhealthy("the key is wrong"), FakeProvider::new("well")]);
    let reports = chain.chain.check_health(&chain.context()).await;
    assert_eq!(reports.len(), 2);
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!((answer.provider.as_str(), chain.calls()), ("well", vec![0, 1]));
    assert_eq!(answer.skipped[0].reason, "unhealthy: the key is wrong");

    tokio::time::advance(Duration::from_secs(61)).await;
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!(answer.provider.as_str(), "ill");
}

#[tokio::test(start_paused = true)]
async fn after_the_deadline_only_what_is_local_and_free_is_called() {
    for with_local in [true, false] {
        let mut providers = vec![FakeProvider::new("first"), FakeProvider::new("second")];
        providers.extend(with_local.then(|| FakeProvider::new("local").local_and_free()));
        let chain = chain(providers);
        let mut context = chain.context();
        context.deadline = chain.clock.now();
        match chain.chain.execute_generate_image(&context, &request()).await {
            Ok(answer) => assert_eq!((answer.provider.as_str(), chain.calls()), ("local", vec![0, 0, 1])),
            Err(failure) => assert_eq!((failure.kind, chain.calls()), (ChainErrorKind::DeadlinePassed, vec![0, 0])),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_for_the_whole_call() {
    let policy = ChainPolicy { deadline: Duration::from_secs(10), ..ChainPolicy::default() };
    let slow = |id| FakeProvider::new(id).then(FakeOutcome::fail(down()).after(Duration::from_secs(4)));
    let chain = chain_with(policy, vec![slow("first"), slow("second"), slow("third"), FakeProvider::new("fourth")]);
    let started = tokio::time::Instant::now();
    let failure = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
    // The third was under way when the deadline came: what became of it nobody knows, and nobody else is asked.
    assert_eq!((failure.kind, chain.calls()), (ChainErrorKind::Unknown, vec![1, 1, 1, 0]));
    assert!(started.elapsed() <= Duration::from_secs(11));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_ignores_its_deadline_is_cut_off_and_its_outcome_is_unknown() {
    let policy = ChainPolicy { attempt_timeout: Duration::from_secs(5), ..ChainPolicy::default() };
    let chain = chain_with(policy, vec![FakeProvider::new("hung").then(FakeOutcome::Hang), FakeProvider::new("other")]);
    let started = tokio::time::Instant::now();
    let failure = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
    assert_eq!((failure.kind, chain.calls()), (ChainErrorKind::Unknown, vec![1, 0]));
    assert!(started.elapsed() <= Duration::from_secs(6));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_cancelled_before_it_began_asks_nobody() {
    let chain = chain(vec![FakeProvider::new("first")]);
    let context = chain.context();
    context.cancellation.cancel();
    let failure = chain.chain.execute_generate_image(&context, &request()).await.unwrap_err();
    assert_eq!((failure.kind, chain.calls()), (ChainErrorKind::Cancelled, vec![0]));
}

fn square_only() -> Capabilities {
    let sizes = SizeRule::OneOf(vec![MediaDimensions::new(1024, 1024)]);
    Capabilities { sizes, seed: false, ..Capabilities::permissive() }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_fit_is_mapped_and_the_answer_says_so() {
    let chain = chain(vec![FakeProvider::new("square").with_capabilities(square_only())]);
    let mut wide = request();
    wide.dimensions = MediaDimensions::new(1000, 1010);
    wide.options.seed = Some(7);
    let answer = chain.chain.execute_generate_image(&chain.context(), &wide).await.unwrap();
    let told: Vec<_> = answer.adaptations.iter().map(|a| (a.field.as_str(), a.used.as_deref())).collect();
    assert_eq!(told, [("size", Some("1024x1024")), ("seed", None)]);
    let sent = chain.fakes[0].calls();
    assert_eq!((sent[0].dimensions, sent[0].options.seed), (MediaDimensions::new(1024, 1024), None));
}

#[tokio::test(start_paused = true)]
async fn strict_passes_over_who_would_have_to_adapt() {
    let policy = ChainPolicy { compatibility: Compatibility::Strict, ..ChainPolicy::default() };
    let providers = || vec![FakeProvider::new("square").with_capabilities(square_only()), FakeProvider::new("any")];
    let mut wide = request();
    wide.dimensions = MediaDimensions::new(1000, 1010);

    let chain = chain_with(policy, providers());
    let answer = chain.chain.execute_generate_image(&chain.context(), &wide).await.unwrap();
    assert_eq!((answer.provider.as_str(), chain.calls()), ("any", vec![0, 1]));
    assert_eq!(answer.skipped[0].provider.as_str(), "square");

    // The caller's own wish overrides the policy.
    let chain = chain_with(ChainPolicy::default(), providers());
    let mut context = chain.context();
    context.preferences.compatibility = Some(Compatibility::Strict);
    let answer = chain.chain.execute_generate_image(&context, &wide).await.unwrap();
    assert_eq!(answer.provider.as_str(), "any");
}

#[tokio::test(start_paused = true)]
async fn many_calls_at_once_do_not_disturb_each_other() {
    let setup = Arc::new(chain(vec![
        FakeProvider::new("first").otherwise(FakeOutcome::fail(down()).after(Duration::from_millis(5))),
        FakeProvider::new("second").otherwise(FakeOutcome::Image.after(Duration::from_millis(5))),
    ]));
    let calls = (0..200).map(|_| {
        let setup = setup.clone();
        tokio::spawn(async move { setup.chain.execute_generate_image(&setup.context(), &request()).await })
    });
    for answer in futures::future::join_all(calls).await {
        let answer = answer.unwrap().unwrap();
        assert_eq!((answer.provider.as_str(), answer.attempts.len()), ("second", 2));
    }
    assert_eq!(setup.calls(), [200, 200]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_longer_than_all_time_moves_on() {
    let forever = ProviderError::new(Kind::RateLimited, "come back later").again(Some(Duration::MAX));
    let chain = chain(vec![FakeProvider::new("busy").then_fail(forever), FakeProvider::new("well")]);
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!(answer.provider.as_str(), "well");
}

#[tokio::test(start_paused = true)]
async fn what_an_adapter_refuses_for_good_is_told_with_its_reason() {
    let opaque = ProviderError::new(Kind::InvalidRequest, "the mask has no transparency").never().here();
    let chain = chain(vec![FakeProvider::new("first").then_fail(opaque), FakeProvider::new("second")]);
    let failure = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
    assert_eq!((failure.kind, chain.calls()), (ChainErrorKind::Refused, vec![1, 0]));
    let reasons: Vec<_> = failure.reasons().map(|(provider, reason)| (provider.to_owned(), reason)).collect();
    assert_eq!(reasons, [("first".to_owned(), "skipped, the mask has no transparency".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_fits_nobody_is_refused_and_no_outage() {
    let square = Capabilities { sizes: SizeRule::OneOf(Vec::new()), ..Capabilities::permissive() };
    let chain = chain(vec![
        FakeProvider::new("unfit").with_capabilities(square),
        FakeProvider::new("lacking").without_generation(),
    ]);
    let failure = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
    assert_eq!((failure.kind, failure.skipped.len()), (ChainErrorKind::Refused, 2));
}

#[tokio::test(start_paused = true)]
async fn what_was_paid_for_on_the_way_comes_with_the_failure() {
    let spoilt = |bytes: &'static str| ProviderError::new(Kind::MalformedResponse, "spoilt").billed(Some(bytes.into()));
    let policy = ChainPolicy { on_billed_failure: Onward::Next, ..ChainPolicy::default() };
    let providers =
        vec![FakeProvider::new("first").then_fail(spoilt("one")), FakeProvider::new("second").then_fail(spoilt("two"))];
    let chain = chain_with(policy, providers);
    let failure = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
    let salvaged: Vec<_> = failure.salvaged.iter().map(|file| file.bytes().clone()).collect();
    assert_eq!(salvaged, ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_more_than_five_minutes_is_told_and_not_waited_for() {
    for (seconds, waits) in [(300, true), (301, false)] {
        let pause = ProviderError::new(Kind::RateLimited, "slow down").again(Some(Duration::from_secs(seconds)));
        let chain = chain(vec![FakeProvider::new("only").then_fail(pause)]);
        let outcome = chain.chain.execute_generate_image(&chain.context(), &request()).await;
        assert_eq!((outcome.is_ok(), chain.calls()), (waits, vec![1 + usize::from(waits)]), "{seconds} s");
    }
}
