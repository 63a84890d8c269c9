//! What the chain tells the outside: metrics, spans, log.

use std::collections::BTreeMap;
use std::time::Duration;

use media_chain::{BreakerBoard, ChainPolicy, ProviderPolicy, telemetry};
use media_domain::{JobHandle, Phase, ProviderErrorKind as Kind};
use media_ports::ProviderError;
use media_testkit::fakes::{FakeOutcome, FakeProvider};
use media_testkit::sample;
use tracing::Level;

use crate::accounting::per_image;
use crate::recorder::{Log, Readings};
use crate::setup::{Chain, guarded, guarded_with, request};

fn down() -> ProviderError {
    ProviderError::new(Kind::Unavailable, "it is down")
}

async fn call(chain: &Chain) {
    let _ = chain.chain.execute_generate_image(&chain.context(), &request()).await;
}

fn counts<const N: usize>(expected: [(&str, u64); N]) -> BTreeMap<String, u64> {
    expected.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[tokio::test(start_paused = true)]
async fn attempts_fallbacks_and_settlements_are_counted() {
    let readings = Readings::default();
    let _guard = metrics::set_default_local_recorder(&readings);
    let policy = || ProviderPolicy { prices: per_image(40_000), ..ProviderPolicy::default() };
    let slow = FakeProvider::new("well").otherwise(FakeOutcome::Image.after(Duration::from_secs(2)));
    let providers = vec![(FakeProvider::new("down").otherwise(FakeOutcome::fail(down())), policy()), (slow, policy())];
    let chain = guarded_with(ChainPolicy::default(), providers, |clock| BreakerBoard::in_memory(clock));
    call(&chain).await;
    call(&chain).await;
    assert_eq!(
        readings.counted(),
        counts([
            ("media_attempts_total{provider=down,model=,outcome=failed}", 2),
            ("media_attempts_total{provider=well,model=,outcome=succeeded}", 2),
            ("media_credits_total{provider=well,model=,chain=media_generation}", 2),
            ("media_fallbacks_total{provider=down,reason=unavailable}", 2),
            ("media_spend_micros_total{provider=well,model=,chain=media_generation}", 80_000),
        ])
    );
    let name = format!("{}{{provider=well,model=,outcome=succeeded}}", telemetry::ATTEMPT_DURATION);
    assert_eq!(readings.histogram(&name), [2.0, 2.0]);
}

#[tokio::test(start_paused = true)]
async fn what_was_paid_in_vain_counts_as_spent_and_what_is_unknown_does_not() {
    let readings = Readings::default();
    let _guard = metrics::set_default_local_recorder(&readings);
    for error in [
        ProviderError::new(Kind::MalformedResponse, "spoilt").billed(None),
        ProviderError::new(Kind::Timeout, "lost").uncertain(Phase::Submit, None),
    ] {
        let policy = ProviderPolicy { prices: per_image(40_000), ..ProviderPolicy::default() };
        let providers = vec![(FakeProvider::new("only").then_fail(error), policy)];
        call(&guarded_with(ChainPolicy::default(), providers, |clock| BreakerBoard::in_memory(clock))).await;
    }
    assert_eq!(
        readings.counted(),
        counts([
            ("media_attempts_total{provider=only,model=,outcome=billed}", 1),
            ("media_attempts_total{provider=only,model=,outcome=unknown}", 1),
            ("media_credits_total{provider=only,model=,chain=media_generation}", 1),
            ("media_spend_micros_total{provider=only,model=,chain=media_generation}", 40_000),
        ])
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_counted_even_if_its_caller_goes_away() {
    const UNDER_WAY: &str = "media_attempts_in_flight{provider=slow,model=}";
    let readings = Readings::default();
    let _guard = metrics::set_default_local_recorder(&readings);
    let chain = guarded(vec![FakeProvider::new("slow").otherwise(FakeOutcome::Hang)]);
    {
        let (one, other) = (Box::pin(call(&chain)), Box::pin(call(&chain)));
        let both_called = Box::pin(async {
            while chain.calls() != [2] {
                tokio::task::yield_now().await;
            }
        });
        let calls = futures::future::join(one, other);
        let _calls = futures::future::select(Box::pin(calls), both_called).await;
        assert_eq!(readings.gauge(UNDER_WAY), 2.0);
    }
    assert_eq!(readings.gauge(UNDER_WAY), 0.0);
}

#[tokio::test(start_paused = true)]
async fn the_breaker_tells_its_state_and_every_change_of_it() {
    const STATE: &str = "media_breaker_state{provider=dead,model=}";
    let readings = Readings::default();
    let _guard = metrics::set_default_local_recorder(&readings);
    let mut dead = FakeProvider::new("dead");
    for _ in 0..6 {
        dead = dead.then_fail(down());
    }
    let chain = guarded(vec![dead]);
    let mut seen = Vec::new();
    for pause in [0, 0, 0, 0, 0, 60, 60, 0] {
        tokio::time::advance(Duration::from_secs(pause)).await;
        call(&chain).await;
        seen.push(readings.gauge(STATE));
    }
    // Five failures open it, the first probe fails, the second succeeds.
    assert_eq!(seen, [0.0, 0.0, 0.0, 0.0, 3.0, 3.0, 0.0, 0.0]);
    let mut counted = readings.counted();
    counted.retain(|name, _| name.starts_with(telemetry::BREAKER_TRANSITIONS));
    assert_eq!(
        counted,
        counts([
            ("media_breaker_transitions_total{provider=dead,model=,status=closed}", 1),
            ("media_breaker_transitions_total{provider=dead,model=,status=half_open}", 2),
            ("media_breaker_transitions_total{provider=dead,model=,status=open}", 2),
        ])
    );
}

/// A chain of which the first provider quotes the prompt in its refusal, with a handle that is a key.
async fn told(level: Level) -> String {
    let log = Log::capture(level);
    let quoting = ProviderError::new(Kind::Timeout, "no answer for \"a lighthouse at dusk\"")
        .uncertain(Phase::Running, Some(JobHandle::new("https://vendor.example/jobs/1?key=hunter2")));
    let refusing = ProviderError::new(Kind::InvalidRequest, "style \"in the manner of a friend\" is unknown");
    let policy = ChainPolicy { on_uncertain: media_chain::Onward::Next, ..ChainPolicy::default() };
    let providers = vec![
        FakeProvider::new("first").then_fail(refusing),
        FakeProvider::new("second").then_fail(quoting),
        FakeProvider::new("third").then_fail(down()),
    ];
    let providers = providers.into_iter().map(|provider| (provider, ProviderPolicy::default())).collect();
    let chain = guarded_with(policy, providers, |clock| BreakerBoard::in_memory(clock));
    let mut wordy = request();
    wordy.options.style = Some("in the manner of a friend".to_owned());
    wordy.options.negative_prompt = Some("seagulls".to_owned());
    let mut context = chain.context();
    context.preferences.provider = Some(sample::provider("second"));
    chain.chain.execute_generate_image(&context, &wordy).await.unwrap_err();
    log.text()
}

#[tokio::test(start_paused = true)]
async fn the_log_names_request_provider_and_attempt_and_nothing_that_was_written() {
    let text = told(Level::INFO).await;
    for word in ["lighthouse", "friend", "seagulls", "hunter2"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    for word in ["chain{", "request_id=", "provider=first", "moving on", "kind=timeout", "not generated"] {
        assert!(text.contains(word), "no {word} in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn not_even_the_finest_log_tells_a_secret() {
    let text = told(Level::TRACE).await;
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("in the manner of a friend"), "what a vendor said is there to be found: {text}");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_bears_the_names_of_the_convention() {
    let log = Log::capture(Level::INFO);
    let (mut provider, _) = FakeProvider::new("chatty").build();
    let mut descriptor = (*provider.descriptor).clone();
    descriptor.model = Some("model-1".to_owned());
    provider.descriptor = std::sync::Arc::new(descriptor);
    provider.generator = Some(std::sync::Arc::new(crate::setup::Chatty));
    let member = media_chain::ChainMember::ready(provider);
    let (chain, clock) = crate::setup::chain_of(ChainPolicy::default(), vec![member]);
    call(&Chain { chain, fakes: Vec::new(), clock }).await;
    let text = log.text();
    for field in [
        "provider{provider=chatty}",
        "gen_ai.operation.name=\"generate_content\"",
        "gen_ai.provider.name=\"chatty\"",
        "gen_ai.request.model=\"model-1\"",
        "gen_ai.output.type=\"image\"",
    ] {
        assert!(text.contains(field), "no {field} in {text}");
    }
}
