//! Which attempt of the journal is which call that a vendor got.

use media_domain::{Job, JobAttempt, JobState};

use crate::truth::Call;

/// How an attempt is spoken of that was written down, and then nothing was sent: by the chain, whose breaker opened or
/// was asked for a pause meanwhile, and by an adapter, whose caller had given up.
const KEPT_BACK: [&str; 2] = ["the provider is temporarily unavailable", "call the vendor: the caller gave up before"];

/// The attempts of a job in order, each with its call: none for one that was kept back at the last moment, nor for one
/// whose process died before it was sent.
pub(crate) fn pairs<'a>(job: &'a Job, calls: &[&'a Call]) -> Vec<(&'a JobAttempt, Option<&'a Call>)> {
    let mut calls = calls.iter().copied();
    let pair = |attempt: &'a JobAttempt| (attempt, if is_kept_back(attempt) { None } else { calls.next() });
    job.attempts.iter().map(pair).collect()
}

/// Whether an attempt was written down, and then nothing sent.
pub(crate) fn is_kept_back(attempt: &JobAttempt) -> bool {
    let tells = |message: &String| KEPT_BACK.iter().any(|words| message.starts_with(words));
    attempt.state == JobState::Failed && attempt.message.as_ref().is_some_and(tells)
}
