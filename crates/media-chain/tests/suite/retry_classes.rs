//! The table of retry classes: every kind of error, in every class, at every place in the chain, under every policy.

use std::time::Duration;

use media_chain::{ChainErrorKind, ChainPolicy, Onward};
use media_domain::generation::AttemptOutcome;
use media_domain::{JobHandle, MediaDimensions, Phase, ProviderErrorKind as Kind, RetryClass};
use media_ports::ProviderError;
use media_testkit::fakes::FakeProvider;

use crate::setup::{chain_with, request};

/// How long a server asks to be left alone, where it says so.
const PAUSE: Duration = Duration::from_secs(60);

/// Where the failure happens: all before it are down, all behind it would deliver.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    First,
    Middle,
    Last,
    BeforeNoop,
}

fn classes() -> [RetryClass; 7] {
    [
        RetryClass::Never,
        RetryClass::Elsewhere,
        RetryClass::Again { after: None },
        RetryClass::Again { after: Some(PAUSE) },
        RetryClass::Uncertain { phase: Phase::Submit, handle: None },
        RetryClass::Uncertain { phase: Phase::Running, handle: Some(JobHandle::new("job-1")) },
        RetryClass::Billed,
    ]
}

fn policies() -> impl Iterator<Item = ChainPolicy> {
    let both = [Onward::Stop, Onward::Next];
    both.into_iter().flat_map(move |on_uncertain| {
        both.into_iter().flat_map(move |on_billed_failure| {
            both.into_iter().map(move |on_content_rejected| ChainPolicy {
                on_uncertain,
                on_billed_failure,
                on_content_rejected,
                ..ChainPolicy::default()
            })
        })
    })
}

/// The table: what the chain comes to when it stops here; `None` when it moves on.
fn stops(kind: Kind, class: &RetryClass, policy: &ChainPolicy) -> Option<ChainErrorKind> {
    let stays = |onward: Onward, as_kind| (onward == Onward::Stop).then_some(as_kind);
    let by_class = match class {
        RetryClass::Never if kind == Kind::ContentRejected => None,
        RetryClass::Never if kind == Kind::Cancelled => Some(ChainErrorKind::Cancelled),
        RetryClass::Never => Some(ChainErrorKind::Refused),
        RetryClass::Elsewhere | RetryClass::Again { .. } => None,
        RetryClass::Uncertain { .. } => stays(policy.on_uncertain, ChainErrorKind::Unknown),
        RetryClass::Billed => stays(policy.on_billed_failure, ChainErrorKind::Billed),
    };
    let refused = kind == Kind::ContentRejected;
    by_class.or_else(|| stays(policy.on_content_rejected, ChainErrorKind::ContentRejected).filter(|_| refused))
}

async fn check(kind: Kind, class: RetryClass, place: Place, policy: ChainPolicy) {
    let position = match place {
        Place::First => 0,
        Place::Middle => 1,
        Place::Last | Place::BeforeNoop => 2,
    };
    let error = || {
        let mut error = ProviderError::new(kind, "no");
        error.retry = class.clone();
        error
    };
    let mut providers: Vec<_> = (0..3)
        .map(|index| {
            let fake = FakeProvider::new(["first", "second", "third"][index]);
            match index.cmp(&position) {
                std::cmp::Ordering::Less => fake.then_fail(ProviderError::new(Kind::Unavailable, "it is down")),
                std::cmp::Ordering::Equal => fake.then_fail(error()),
                std::cmp::Ordering::Greater => fake,
            }
        })
        .collect();
    providers.extend((place == Place::BeforeNoop).then(|| FakeProvider::new("noop").local_and_free()));
    let stops = stops(kind, &class, &policy);
    // Alone with a pause that the server asked for, the chain waits and asks again.
    let waits = place == Place::Last && kind == Kind::RateLimited && class == RetryClass::Again { after: Some(PAUSE) };

    let chain = chain_with(policy.clone(), providers);
    let started = tokio::time::Instant::now();
    let mut small = request();
    small.dimensions = MediaDimensions::new(8, 8);
    let result = chain.chain.execute_generate_image(&chain.context(), &small).await;
    let case = format!("{kind} {class:?} {place:?} {policy:?}");
    let attempts = match &result {
        Ok(answer) => answer.attempts.len(),
        Err(failure) => failure.attempts.len(),
    };
    assert_eq!(attempts, chain.calls().iter().sum::<usize>(), "every attempt is told: {case}");
    let expected = match (stops, place) {
        (Some(kind), _) => (Err(kind), position + 1),
        // That all the others failed does not make known what became of this one.
        (None, Place::Last) if matches!(class, RetryClass::Uncertain { .. }) => {
            (Err(ChainErrorKind::Unknown), position + 1)
        }
        (None, Place::Last) if !waits => (Err(ChainErrorKind::AllFailed), position + 1),
        (None, _) => (Ok(()), position + 2),
    };
    assert_eq!((result.map(drop).map_err(|failure| failure.kind), attempts), expected, "{case}");
    assert_eq!(started.elapsed(), if waits { PAUSE } else { Duration::ZERO }, "{case}");
}

#[tokio::test(start_paused = true)]
async fn every_kind_in_every_class_at_every_place_under_every_policy() {
    for kind in Kind::ALL {
        for class in classes() {
            for place in [Place::First, Place::Middle, Place::Last, Place::BeforeNoop] {
                for policy in policies() {
                    check(*kind, class.clone(), place, policy).await;
                }
            }
        }
    }
}

fn definite(kind: Kind) -> ProviderError {
    ProviderError::new(kind, "no")
}

#[tokio::test(start_paused = true)]
async fn the_attempt_tells_kind_phase_and_outcome() {
    let policy = ChainPolicy { on_uncertain: Onward::Next, on_billed_failure: Onward::Next, ..ChainPolicy::default() };
    let chain = chain_with(
        policy,
        vec![
            FakeProvider::new("lost").then_fail(definite(Kind::Timeout).uncertain(Phase::Running, None)),
            FakeProvider::new("spoilt").then_fail(definite(Kind::MalformedResponse).billed(None)),
            FakeProvider::new("well"),
        ],
    );
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    let told: Vec<_> =
        answer.attempts.iter().map(|a| (a.provider.as_str(), a.outcome, a.error_kind, a.phase)).collect();
    assert_eq!(
        told,
        [
            ("lost", AttemptOutcome::Unknown, Some(Kind::Timeout), Some(Phase::Running)),
            ("spoilt", AttemptOutcome::Billed, Some(Kind::MalformedResponse), None),
            ("well", AttemptOutcome::Succeeded, None, None),
        ]
    );
}
