//! What every error kind under every retry class says of a provider.

use std::time::Duration;

use media_domain::FailureWeight::{self, CoolDown, Failure, Nothing, Success, TakeOut};
use media_domain::{Phase, ProviderErrorKind as Kind, RetryClass, counts_as_failure};

const TOLD: Duration = Duration::from_secs(7);

fn classes() -> [RetryClass; 7] {
    [
        RetryClass::Never,
        RetryClass::Elsewhere,
        RetryClass::Again { after: None },
        RetryClass::Again { after: Some(TOLD) },
        RetryClass::Uncertain { phase: Phase::Submit, handle: None },
        RetryClass::Uncertain { phase: Phase::Running, handle: None },
        RetryClass::Billed,
    ]
}

/// One row per kind, one column per class of [`classes`].
const TABLE: [(Kind, [FailureWeight; 7]); 14] = {
    let untold = CoolDown(None);
    let told = CoolDown(Some(TOLD));
    [
        (Kind::Unsupported, [Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing]),
        (Kind::InvalidRequest, [Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing]),
        (Kind::Unauthenticated, [Nothing, TakeOut, TakeOut, TakeOut, TakeOut, TakeOut, TakeOut]),
        (Kind::PermissionDenied, [Nothing, TakeOut, TakeOut, TakeOut, TakeOut, TakeOut, TakeOut]),
        (Kind::NotFound, [Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing]),
        (Kind::ContentRejected, [Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, Success]),
        (Kind::RateLimited, [Nothing, untold, untold, told, untold, untold, untold]),
        (Kind::QuotaExhausted, [Nothing, TakeOut, TakeOut, told, TakeOut, TakeOut, TakeOut]),
        (Kind::Timeout, [Nothing, Failure, Failure, Failure, Failure, Failure, Failure]),
        (Kind::Unavailable, [Nothing, Failure, Failure, Failure, Failure, Failure, Failure]),
        (Kind::MalformedResponse, [Nothing, Failure, Failure, Failure, Failure, Failure, Failure]),
        (Kind::ConfigInvalid, [Nothing, TakeOut, TakeOut, TakeOut, TakeOut, TakeOut, TakeOut]),
        (Kind::Cancelled, [Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing]),
        (Kind::Unexpected, [Nothing, Failure, Failure, Failure, Failure, Failure, Failure]),
    ]
};

#[test]
fn every_kind_under_every_class() {
    assert_eq!(TABLE.map(|(kind, _)| kind).as_slice(), Kind::ALL, "each kind once, none forgotten");
    for (kind, row) in TABLE {
        for (class, weight) in classes().iter().zip(row) {
            assert_eq!(counts_as_failure(kind, class), weight, "{kind}, {class:?}");
        }
    }
}
