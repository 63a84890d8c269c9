//! An attempt as the answer tells of it.

use std::time::Duration;

use media_domain::generation::AttemptOutcome;
use media_domain::{AttemptRecord, ProviderId, RetryClass};
use media_ports::ProviderError;

/// Takes down how an attempt ended; without a failure, with images.
pub(crate) fn attempt_record(
    provider: ProviderId,
    duration: Duration,
    failure: Option<&ProviderError>,
) -> AttemptRecord {
    let phase = failure.and_then(|error| match &error.retry {
        RetryClass::Uncertain { phase, .. } => Some(*phase),
        _ => None,
    });
    AttemptRecord {
        provider,
        outcome: failure.map_or(AttemptOutcome::Succeeded, outcome_of),
        error_kind: failure.map(|error| error.kind),
        message: failure.map(ToString::to_string),
        phase,
        duration_ms: duration.as_millis() as u64,
    }
}

pub(crate) fn outcome_of(error: &ProviderError) -> AttemptOutcome {
    match error.retry {
        RetryClass::Uncertain { .. } => AttemptOutcome::Unknown,
        RetryClass::Billed => AttemptOutcome::Billed,
        RetryClass::Never | RetryClass::Elsewhere | RetryClass::Again { .. } => AttemptOutcome::Failed,
    }
}
