//! Which attempt of the journal is which call that a vendor got.

use media_domain::{Job, JobAttempt, JobState};

use crate::truth::Call;

/// The attempts of a job in order, each with its call: none for one that was kept back at the last moment, nor for one
/// whose process died before it was sent.
pub(crate) fn pairs<'a>(job: &'a Job, calls: &[&'a Call]) -> Vec<(&'a JobAttempt, Option<&'a Call>)> {
    let mut calls = calls.iter().copied();
    let pair = |attempt: &'a JobAttempt| (attempt, if is_kept_back(attempt) { None } else { calls.next() });
    job.attempts.iter().map(pair).collect()
}

/// Whether an attempt was written down, and then nothing sent: by the chain, whose breaker opened or was asked for a pause
/// meanwhile, and by an adapter, whose caller had given up.
pub(crate) fn is_kept_back(attempt: &JobAttempt) -> bool {
    attempt.state == JobState::Cancelled
}
