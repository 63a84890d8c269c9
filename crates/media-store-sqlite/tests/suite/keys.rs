//! Idempotency keys: who holds one, and for how long.

use chrono::{DateTime, TimeDelta, Utc};
use media_domain::*;
use media_ports::*;

use crate::samples::*;

const DAY_SECONDS: i64 = 24 * 60 * 60;

fn key() -> IdempotencyKey {
    IdempotencyKey::parse("order-4711/1").unwrap()
}

/// A planned job of a user that claims the key.
fn keyed(number: u128, user: &str, created_at: DateTime<Utc>) -> Job {
    let planned = job(number, owner(1), JobState::Planned);
    let fingerprint = RequestFingerprint::of(CHAIN, &planned.request, Some(planned.library_id));
    let idempotency = Some(IdempotencyClaim { key: key(), fingerprint });
    Job { user_id: UserId::parse(user).unwrap(), idempotency, created_at, ..planned }
}

async fn holder(place: &Place, user: &str) -> Option<JobId> {
    let job = place.store.job_by_key(UserId::parse(user).unwrap(), key()).await.unwrap();
    job.map(|job| job.job_id)
}

async fn is_taken(place: &Place, job: Job) -> bool {
    match place.commit([plan(job)]).await {
        Ok(_) => false,
        Err(error) => {
            assert_eq!(error.kind, StoreErrorKind::AlreadyExists, "{error}");
            true
        }
    }
}

#[tokio::test]
async fn a_key_is_held_by_one_job_of_a_user_for_a_day() {
    let place = Place::for_jobs().await;
    let first = keyed(1, "anna", at(0));
    place.commit([plan(first.clone()), dispatch(1, attempt(1, JobState::Dispatched))]).await.unwrap();
    place.commit([end_job(1, JobState::Settled)]).await.unwrap();
    let stored = place.store.job_by_key(first.user_id.clone(), key()).await.unwrap().unwrap();
    assert_eq!((stored.job_id, stored.idempotency), (first.job_id, first.idempotency));

    assert!(!is_taken(&place, keyed(2, "bert", at(0))).await, "another user's key is another key");
    assert!(is_taken(&place, keyed(3, "anna", at(0))).await);
    assert!(is_taken(&place, keyed(3, "anna", at(DAY_SECONDS) - TimeDelta::microseconds(1))).await);
    assert_eq!(holder(&place, "anna").await, Some(job_id(1)), "nobody has asked for it yet");
    assert!(!is_taken(&place, keyed(3, "anna", at(DAY_SECONDS))).await);
    assert_eq!(holder(&place, "anna").await, Some(job_id(3)));
    assert_eq!(holder(&place, "bert").await, Some(job_id(2)));
}

#[tokio::test]
async fn a_job_that_runs_or_is_unknown_holds_its_key_however_long_that_takes() {
    let place = Place::for_jobs().await;
    let late = || keyed(2, "anna", at(1_000 * DAY_SECONDS));
    place.commit([plan(keyed(1, "anna", at(0)))]).await.unwrap();
    assert!(is_taken(&place, late()).await);
    place.commit([dispatch(1, attempt(1, JobState::Dispatched))]).await.unwrap();
    assert!(is_taken(&place, late()).await);
    place.store.recover_abandoned_jobs().await.unwrap();
    assert!(is_taken(&place, late()).await);
    place.commit([resolve(1, Resolution::NotBilled)]).await.unwrap();
    assert_eq!(holder(&place, "anna").await, Some(job_id(1)));
    assert!(is_taken(&place, keyed(2, "anna", at(1))).await, "what is resolved is remembered for its day");
    assert!(!is_taken(&place, late()).await);
}

#[tokio::test]
async fn a_job_that_sent_nothing_frees_its_key() {
    let sent = || dispatch(1, attempt(1, JobState::Dispatched));
    for (changes, free) in [
        (vec![end_job(1, JobState::Cancelled)], true),
        (vec![end_job(1, JobState::Failed)], true),
        (vec![sent(), end_job(1, JobState::Cancelled)], true),
        (vec![sent(), end_job(1, JobState::Failed)], false),
        (vec![sent(), end_job(1, JobState::Settled)], false),
        (vec![sent(), end_job(1, JobState::Unknown)], false),
    ] {
        let place = Place::for_jobs().await;
        place.commit([plan(keyed(1, "anna", at(0)))]).await.unwrap();
        place.commit(changes.clone()).await.unwrap();
        assert_eq!(holder(&place, "anna").await.is_none(), free, "{changes:?}");
        assert_eq!(is_taken(&place, keyed(2, "anna", at(1))).await, !free, "{changes:?}");
        let job = place.store.job(job_id(1)).await.unwrap().unwrap();
        assert!(job.idempotency.is_some(), "what was claimed is still told");
    }
}

#[tokio::test]
async fn a_job_that_was_abandoned_before_it_sent_anything_frees_its_key() {
    let place = Place::for_jobs().await;
    place.commit([plan(keyed(1, "anna", at(0)))]).await.unwrap();
    assert_eq!(place.store.recover_abandoned_jobs().await.unwrap(), []);
    assert_eq!(holder(&place, "anna").await, None);
    assert!(!is_taken(&place, keyed(2, "anna", at(1))).await);
}

#[tokio::test]
async fn a_job_for_a_library_that_is_not_there_claims_nothing() {
    let place = Place::new();
    let error = place.commit([plan(keyed(1, "anna", at(0)))]).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::NotFound);
    assert_eq!(holder(&place, "anna").await, None);
}
