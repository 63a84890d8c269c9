//! A refusal of content is not an outage: who may be asked after it.

use media_chain::{ChainErrorKind, ChainPolicy, Onward};
use media_domain::ProviderErrorKind as Kind;
use media_ports::ProviderError;
use media_testkit::fakes::FakeProvider;
use media_testkit::sample;

use crate::setup::{chain_with, request};

fn refusing(id: &str) -> FakeProvider {
    FakeProvider::new(id).then_fail(ProviderError::new(Kind::ContentRejected, "not this"))
}

/// Goes on after a refusal, to those named alone.
fn onward_to(named: &[&str]) -> ChainPolicy {
    let content_rejected_to = named.iter().map(|id| sample::provider(id)).collect();
    ChainPolicy { on_content_rejected: Onward::Next, content_rejected_to, ..ChainPolicy::default() }
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_reaches_only_those_named() {
    type Case = (&'static [&'static str], Result<&'static str, ChainErrorKind>, &'static [usize]);
    let cases: [Case; 5] = [
        (&["third"], Ok("third"), &[1, 0, 1, 0]),
        (&["second", "third"], Ok("second"), &[1, 1, 0, 0]),
        // Nobody named is everybody.
        (&[], Ok("second"), &[1, 1, 0, 0]),
        // Whoever comes before it has had its turn.
        (&["first"], Err(ChainErrorKind::ContentRejected), &[1, 0, 0, 0]),
        (&["elsewhere"], Err(ChainErrorKind::ContentRejected), &[1, 0, 0, 0]),
    ];
    for (named, expected, calls) in cases {
        let providers = vec![
            refusing("first"),
            FakeProvider::new("second"),
            FakeProvider::new("third"),
            FakeProvider::new("noop").local_and_free(),
        ];
        let chain = chain_with(onward_to(named), providers);
        let result = chain.chain.execute_generate_image(&chain.context(), &request()).await;
        let skipped = result.as_ref().map_or_else(|failure| &failure.skipped, |answer| &answer.skipped);
        assert!(skipped.iter().all(|skipped| skipped.reason.starts_with("the content was refused")), "{skipped:?}");
        let told = result.as_ref().map(|answer| answer.provider.as_str()).map_err(|failure| failure.kind);
        assert_eq!((told, chain.calls()), (expected, calls.to_vec()), "{named:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn before_anybody_refused_everybody_is_asked() {
    let down = FakeProvider::new("first").then_fail(ProviderError::new(Kind::Unavailable, "it is down"));
    let chain = chain_with(onward_to(&["third"]), vec![down, refusing("second"), FakeProvider::new("third")]);
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!((answer.provider.as_str(), chain.calls()), ("third", vec![1, 1, 1]));
}

#[tokio::test(start_paused = true)]
async fn the_refusal_holds_for_the_rest_of_the_call() {
    let down = FakeProvider::new("second").then_fail(ProviderError::new(Kind::Unavailable, "it is down"));
    let providers = vec![refusing("first"), down, FakeProvider::new("third")];
    let chain = chain_with(onward_to(&["second"]), providers);
    let failure = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
    assert_eq!((failure.kind, chain.calls()), (ChainErrorKind::ContentRejected, vec![1, 1, 0]));
    assert_eq!(failure.skipped[0].provider.as_str(), "third");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_was_billed_needs_leave_for_both() {
    let billed = || ProviderError::new(Kind::ContentRejected, "not this, and paid for").billed(None);
    for (on_billed_failure, on_content_rejected, expected) in [
        (Onward::Stop, Onward::Stop, Some(ChainErrorKind::Billed)),
        (Onward::Stop, Onward::Next, Some(ChainErrorKind::Billed)),
        (Onward::Next, Onward::Stop, Some(ChainErrorKind::ContentRejected)),
        (Onward::Next, Onward::Next, None),
    ] {
        let policy = ChainPolicy { on_billed_failure, on_content_rejected, ..ChainPolicy::default() };
        let chain =
            chain_with(policy, vec![FakeProvider::new("first").then_fail(billed()), FakeProvider::new("second")]);
        let result = chain.chain.execute_generate_image(&chain.context(), &request()).await;
        assert_eq!(result.err().map(|failure| failure.kind), expected);
    }
}
