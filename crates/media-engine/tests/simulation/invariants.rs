//! The promises, checked against what the vendors know.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use media_chain::Onward;
use media_domain::{AssetId, Job, JobState, ProviderId, RequestId};
use media_engine::EngineError;

use crate::pairing::is_kept_back;
use crate::time::Millis;
use crate::truth::{Books, Call};
use crate::workload::{Answered, Outcome};
use crate::world::World;
use crate::{books, breakers};

/// What must hold. The module documentation of the test says exactly what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Invariant {
    NeverBilledTwice,
    RefusalsStayWhereTheyAre,
    AttemptsAreReported,
    KeysAnswerOnce,
    EveryCallEnds,
    ReservationsAreAccountedFor,
    BooksMatchTheVendors,
    BudgetNeverExceeded,
    OneProbeAtATime,
    ProbesComeBack,
    DeadProvidersCostLittle,
    ProvidersComeBack,
}

/// A promise that was broken.
#[derive(Debug, Clone)]
pub(crate) struct Violation {
    pub(crate) invariant: Invariant,
    pub(crate) at: Millis,
    pub(crate) message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:.3} s: {}", self.invariant, self.at as f64 / 1e3, self.message)
    }
}

/// What is checked once nothing is under way any more.
pub(crate) async fn after_the_storm(world: &World) {
    let jobs = world.jobs().await;
    let books = world.outside.truth.books().clone();
    let calls = calls_by_request(&books);
    for job in &jobs {
        let calls = calls.get(&job.request_id).map_or(&[][..], Vec::as_slice);
        billed_once(world, &books, job, calls);
        refusals_stay(world, job, calls);
        attempts_are_written_down(world, job, calls);
        held_by_listed(world, job);
    }
    world.with_outcomes(|outcomes| {
        for outcome in outcomes {
            attempts_are_told(world, &jobs, outcome, &calls);
            answer_makes_sense(world, outcome);
        }
        keys_answer_once(world, &books, &jobs, outcomes, &calls);
    });
    books::check(world, &jobs, &books, &calls).await;
    breakers::check(world, &books);
}

/// What is checked once a person has closed what was unknown.
pub(crate) async fn after_clearing_up(world: &World) {
    let jobs = world.jobs().await;
    let books = world.outside.truth.books().clone();
    for job in jobs.iter().filter(|job| job.state == JobState::Unknown) {
        let message = format!("job {} is unknown after it was closed", job.job_id);
        world.outside.trace.violated(Invariant::ReservationsAreAccountedFor, message);
    }
    books::check(world, &jobs, &books, &calls_by_request(&books)).await;
}

pub(crate) fn calls_by_request(books: &Books) -> BTreeMap<RequestId, Vec<&Call>> {
    let mut calls: BTreeMap<RequestId, Vec<&Call>> = BTreeMap::new();
    for call in &books.calls {
        calls.entry(call.request_id).or_default().push(call);
    }
    calls
}

fn billed_once(world: &World, books: &Books, job: &Job, calls: &[&Call]) {
    let policy = &world.outside.scenario.chain(&job.chain).policy;
    for (place, call) in calls.iter().enumerate().skip(1) {
        let before = &calls[..place];
        let lost = before.iter().any(|call| call.told.as_ref().is_none_or(|told| told.is_uncertain()));
        let paid = before.iter().any(|call| call.told.as_ref().is_some_and(|told| told.is_billed()));
        if lost && policy.on_uncertain == Onward::Stop || paid && policy.on_billed_failure == Onward::Stop {
            let message = format!("job {} was sent again after an attempt that may be billed", job.job_id);
            world.outside.trace.violated(Invariant::NeverBilledTwice, message);
        }
        // Whatever the policy says, nothing follows images, and the next is paid only for what was lost or wasted.
        let excused = before.iter().all(|earlier| {
            let told = earlier.told.as_ref();
            !books.billed(earlier) || told.is_none_or(|told| told.is_uncertain() || told.is_billed())
        });
        if books.billed(call) && !excused {
            let message = format!("job {} was billed twice", job.job_id);
            world.outside.trace.violated(Invariant::NeverBilledTwice, message);
        }
    }
}

fn refusals_stay(world: &World, job: &Job, calls: &[&Call]) {
    let policy = &world.outside.scenario.chain(&job.chain).policy;
    let Some(refused) = calls.iter().position(|call| call.refused_content) else { return };
    let later = names(world, &calls[refused + 1..]);
    let named = |provider: &ProviderId| {
        policy.on_content_rejected == Onward::Next
            && (policy.content_rejected_to.is_empty() || policy.content_rejected_to.contains(provider))
    };
    if let Some(provider) = later.iter().find(|provider| !named(provider)) {
        let message =
            format!("job {} of {} went on to {provider} after its content was refused", job.job_id, job.chain);
        world.outside.trace.violated(Invariant::RefusalsStayWhereTheyAre, message);
    }
}

fn names(world: &World, calls: &[&Call]) -> Vec<ProviderId> {
    let name = |call: &&Call| ProviderId::parse(world.outside.scenario.vendors[call.vendor].name).unwrap();
    calls.iter().map(name).collect()
}

fn attempts_are_written_down(world: &World, job: &Job, calls: &[&Call]) {
    let sent = job.attempts.iter().filter(|attempt| !is_kept_back(attempt));
    let written: Vec<_> = sent.map(|attempt| attempt.provider.clone()).collect();
    let made = names(world, calls);
    // A process that died had written the last one down before it was sent.
    let last_unsent = job.state == JobState::Unknown || job.state == JobState::Resolved;
    let all_but_last = &written[..written.len().saturating_sub(1)];
    if made != written && !(last_unsent && made == all_but_last) {
        let message = format!("job {}: {written:?} written down, {made:?} made", job.job_id);
        world.outside.trace.violated(Invariant::AttemptsAreReported, message);
    }
}

fn attempts_are_told(world: &World, jobs: &[Job], outcome: &Outcome, calls: &BTreeMap<RequestId, Vec<&Call>>) {
    let (request_id, told) = match &outcome.answer {
        Answered::Delivered { request_id, attempts, .. } => (Some(*request_id), attempts),
        Answered::NotGenerated { job_id, attempts, .. } => {
            (jobs.iter().find(|job| Some(job.job_id) == *job_id).map(|job| job.request_id), attempts)
        }
        Answered::Lost | Answered::Refused(_) => return,
    };
    let made = request_id.and_then(|request_id| calls.get(&request_id));
    let made = names(world, made.map_or(&[][..], Vec::as_slice));
    let job = jobs.iter().find(|job| Some(job.request_id) == request_id);
    let written = job.iter().flat_map(|job| &job.attempts).map(|attempt| &attempt.provider);
    if made != *told && !written.eq(told) {
        let message = format!("{:?}: {told:?} reported, {made:?} made", outcome.wish);
        world.outside.trace.violated(Invariant::AttemptsAreReported, message);
    }
}

/// Nobody is told of a thing that is missing, or of a fault in the store: neither was ever in the way.
fn answer_makes_sense(world: &World, outcome: &Outcome) {
    let Answered::Refused(error) = &outcome.answer else { return };
    let expected = matches!(
        **error,
        EngineError::UnusableResult { .. }
            | EngineError::KeyReused { .. }
            | EngineError::FailedBefore { .. }
            | EngineError::OutcomeUnknown { .. }
            | EngineError::OnlyPlaceholder { .. }
    );
    if !expected {
        world.outside.trace.violated(Invariant::EveryCallEnds, format!("{:?} ended as {error:?}", outcome.wish));
    }
}

/// Whatever is set aside belongs to an attempt that a listed unknown job holds open.
fn held_by_listed(world: &World, job: &Job) {
    let open =
        |state| matches!(state, JobState::Dispatched | JobState::Accepted | JobState::Answered | JobState::Unknown);
    let holds = job.attempts.iter().any(|attempt| open(attempt.state) && !attempt.reservation.is_empty());
    if holds && job.state != JobState::Unknown || !job.state.is_final() {
        let attempts: Vec<_> = job.attempts.iter().map(|attempt| attempt.state).collect();
        let message = format!("job {} of {} is {}, its attempts {attempts:?}", job.job_id, job.chain, job.state);
        world.outside.trace.violated(Invariant::ReservationsAreAccountedFor, message);
    }
}

fn keys_answer_once(
    world: &World,
    books: &Books,
    jobs: &[Job],
    outcomes: &[Outcome],
    calls: &BTreeMap<RequestId, Vec<&Call>>,
) {
    let mut assets: BTreeMap<(&str, &str), BTreeSet<&Vec<AssetId>>> = BTreeMap::new();
    for outcome in outcomes {
        if let (Some(key), Answered::Delivered { assets: delivered, .. }) = (&outcome.wish.key, &outcome.answer) {
            assets.entry((outcome.wish.user, key)).or_default().insert(delivered);
        }
    }
    for (key, answers) in &assets {
        let most = answers.iter().max_by_key(|answer| answer.len()).unwrap();
        if answers.iter().all(|answer| most.starts_with(answer)) {
            continue;
        }
        let message = format!("{key:?} was answered with {} different sets of assets", answers.len());
        world.outside.trace.violated(Invariant::KeysAnswerOnce, message);
    }
    let mut paid: BTreeMap<(&str, &str), BTreeSet<RequestId>> = BTreeMap::new();
    for job in jobs {
        let billed = calls.get(&job.request_id).is_some_and(|calls| calls.iter().any(|call| books.billed(call)));
        if let Some(claim) = job.idempotency.as_ref().filter(|_| billed) {
            paid.entry((job.user_id.as_str(), claim.key.as_str())).or_default().insert(job.request_id);
        }
    }
    for (key, requests) in paid.iter().filter(|(_, requests)| requests.len() > 1) {
        let message = format!("{key:?} was billed in {} requests", requests.len());
        world.outside.trace.violated(Invariant::KeysAnswerOnce, message);
    }
}
