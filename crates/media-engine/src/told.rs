//! Attempts of the journal as answers and errors tell of them.

use media_domain::generation::AttemptOutcome;
use media_domain::{AttemptRecord, JobAttempt, JobState};

/// An attempt as it is told; the one of the number given has delivered after all.
pub(crate) fn as_told(attempt: &JobAttempt, delivered: Option<u32>) -> AttemptRecord {
    let outcome = match attempt.state {
        _ if Some(attempt.number) == delivered => AttemptOutcome::Succeeded,
        JobState::Settled if attempt.error_kind.is_none() => AttemptOutcome::Succeeded,
        JobState::Settled => AttemptOutcome::Billed,
        JobState::Unknown => AttemptOutcome::Unknown,
        _ => AttemptOutcome::Failed,
    };
    let failed = outcome != AttemptOutcome::Succeeded;
    let took = attempt.ended_at.map_or(0, |ended_at| (ended_at - attempt.dispatched_at).num_milliseconds());
    AttemptRecord {
        provider: attempt.provider.clone(),
        outcome,
        error_kind: attempt.error_kind.filter(|_| failed),
        message: attempt.message.clone().filter(|_| failed),
        phase: None,
        duration_ms: u64::try_from(took).unwrap_or(0),
    }
}
