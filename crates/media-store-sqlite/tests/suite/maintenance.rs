//! Recovery, verification, backups, and the files that the catalogue names.

use std::sync::Arc;

use media_domain::*;
use media_ports::*;
use media_store_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::samples::*;

#[tokio::test]
async fn jobs_of_owners_that_are_gone_are_closed_and_those_of_the_living_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let states = [JobState::Planned, JobState::Dispatched, JobState::Accepted, JobState::Answered, JobState::Settled];
    let store = try_open(folder.path(), owner(1)).unwrap();
    make_library_for_jobs(&store).await;
    let living = try_open(folder.path(), owner(2)).unwrap();
    let gone = try_open(folder.path(), owner(3)).unwrap();
    for (index, state) in (0..).zip(states) {
        // The fourth owner never had a lock file.
        for number in 1..=4 {
            let job = job(number * 100 + index, owner(number), state);
            store.commit(Change::PlanJob(Box::new(job)).into()).await.unwrap();
        }
    }
    drop(gone);
    let unknown = store.recover_abandoned_jobs().await.unwrap();
    let expected: Vec<_> = [301, 401, 302, 402, 303, 403].map(uuid).map(JobId::from_uuid).to_vec();
    assert_eq!(unknown, expected);
    for (index, state) in (0..).zip(states) {
        for (number, expected) in [(1, state), (2, state), (3, state.abandoned()), (4, state.abandoned())] {
            let job = store.job(JobId::from_uuid(uuid(number * 100 + index))).await.unwrap().unwrap();
            let attempt = job.attempts.last().map(|attempt| attempt.state);
            assert_eq!(job.state, expected);
            assert_eq!(attempt.unwrap_or(expected), expected);
        }
    }
    assert_eq!(store.recover_abandoned_jobs().await.unwrap(), []);
    let files = std::fs::read_dir(folder.path().join("owners")).unwrap().count();
    assert_eq!(files, 2, "the lock files of the two living owners");
    drop(living);
}

#[tokio::test]
async fn a_job_walks_through_its_states() {
    let place = Place::for_jobs().await;
    let job_id = job_id(1);
    let content_hashes = vec![ContentHash::of(b"picture")];
    let mut ended = attempt(1, JobState::Settled);
    ended.usage = Usage { credits: 2, cost_micros: Some(u64::MAX), ..Usage::default() };
    ended.ended_at = Some(at(5));
    let end = |state| Change::EndJob { job_id, state, asset_ids: vec![asset_id(1)], failure: None, at: at(6) };
    let steps = [
        Change::PlanJob(Box::new(job(1, owner(1), JobState::Planned))),
        Change::DispatchAttempt { job_id, attempt: Box::new(attempt(1, JobState::Dispatched)) },
        Change::AcceptAttempt { job_id, number: 1, handle: JobHandle::new("https://vendor/1?key=k"), at: at(2) },
        Change::AnswerJob { job_id, content_hashes: content_hashes.clone(), at: at(3) },
        Change::EndAttempt { job_id, attempt: Box::new(ended.clone()) },
        end(JobState::Settled),
    ];
    let states = ["planned", "dispatched", "accepted", "answered", "answered", "settled"];
    for (step, state) in steps.into_iter().zip(states) {
        place.commit([step.clone()]).await.unwrap();
        assert_eq!(place.store.job(job_id).await.unwrap().unwrap().state.as_str(), state, "{step:?}");
    }
    let settled = place.store.job(job_id).await.unwrap().unwrap();
    assert_eq!((settled.content_hashes, settled.asset_ids), (content_hashes, vec![asset_id(1)]));
    assert_eq!((settled.attempts, settled.updated_at), (vec![ended], at(6)));

    let late = [
        Change::DispatchAttempt { job_id, attempt: Box::new(attempt(2, JobState::Dispatched)) },
        resolve(1, Resolution::Billed),
        end(JobState::Failed),
    ];
    for change in late {
        assert_eq!(place.commit([change.clone()]).await.unwrap_err().kind, StoreErrorKind::Conflict, "{change:?}");
    }
    assert_eq!(place.commit([end(JobState::Planned)]).await.unwrap_err().kind, StoreErrorKind::Invalid);
}

#[tokio::test]
async fn an_unknown_job_is_resolved_once() {
    let place = Place::for_jobs().await;
    let job_id = job_id(1);
    let resolve = || resolve(1, Resolution::NotBilled);
    let planned = Change::PlanJob(Box::new(job(1, owner(1), JobState::Dispatched)));
    let end = Change::EndJob { job_id, state: JobState::Unknown, asset_ids: vec![], failure: None, at: at(6) };
    place.commit([planned, end, resolve()]).await.unwrap();
    let query = JobQuery { states: vec![JobState::Resolved], limit: 5 };
    let resolved = place.store.jobs(&query).await.unwrap();
    assert_eq!((resolved.len(), resolved[0].resolution), (1, Some(Resolution::NotBilled)));
    assert_eq!(place.commit([resolve()]).await.unwrap_err().kind, StoreErrorKind::Conflict);
    assert_eq!(place.store.jobs(&JobQuery { states: vec![JobState::Unknown], limit: 5 }).await.unwrap(), []);
}

#[tokio::test]
async fn every_file_that_is_named_is_listed_once_in_order() {
    let place = Place::for_jobs().await;
    let mut deleted = asset(1);
    deleted.thumbnail_hash = Some(ContentHash::of(b"small"));
    deleted.delete().unwrap();
    let variant = MediaVariant {
        variant_id: VariantId::from_uuid(uuid(1)),
        asset_id: asset_id(1),
        name: Name::parse("small").unwrap(),
        dimensions: MediaDimensions::new(1, 1),
        format: ImageFormat::Webp.into(),
        content_hash: ContentHash::of(b"variant"),
        performance_score: None,
    };
    let job_with = |number, state, bytes: &[u8]| {
        let job = Job { content_hashes: vec![ContentHash::of(bytes)], ..job(number, owner(1), state) };
        Change::PlanJob(Box::new(job))
    };
    let same_bytes = MediaAsset { content_hash: asset(1).content_hash, ..asset(2) };
    place
        .commit([
            insert(deleted.clone(), []),
            insert(same_bytes, []),
            Change::InsertVariant(variant),
            job_with(1, JobState::Answered, b"answered"),
            job_with(2, JobState::Settled, b"settled"),
        ])
        .await
        .unwrap();
    let mut expected = vec![
        deleted.content_hash,
        ContentHash::of(b"small"),
        ContentHash::of(b"variant"),
        ContentHash::of(b"answered"),
    ];
    expected.sort();
    assert_eq!(place.store.referenced_blobs(None, 10).await.unwrap(), expected);
    assert_eq!(place.store.referenced_blobs(Some(expected[0]), 2).await.unwrap(), expected[1..3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_while_others_write_is_whole() {
    let place = Arc::new(Place::new());
    place.commit([Change::CreateLibrary(library(1, "Default"))]).await.unwrap();
    let writing = Arc::clone(&place);
    let writer = tokio::spawn(async move {
        for number in 1..=200 {
            writing.commit([insert(tagged(number, &["new"]), [1]), usage(number, "spring", 1)]).await.unwrap();
        }
    });
    let restored = tempfile::tempdir().unwrap();
    let destination = restored.path().join(SqliteStore::FILE_NAME);
    place.store.backup_to(destination.clone()).await.unwrap();
    writer.await.unwrap();

    let again = place.store.backup_to(destination).await.unwrap_err();
    assert_eq!(again.kind, StoreErrorKind::AlreadyExists);
    let files: Vec<_> = std::fs::read_dir(restored.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, [SqliteStore::FILE_NAME]);
    let copy = open(restored.path());
    assert_eq!(copy.check_integrity().await.unwrap(), []);
    let statistics = copy.library_statistics(library_id(1)).await.unwrap();
    assert_eq!(statistics.asset_count, statistics.total_usage);
}

#[tokio::test]
async fn a_backup_that_cannot_be_written_leaves_nothing() {
    let place = Place::new();
    let missing = place.folder.path().join("missing").join("copy.db");
    assert_eq!(place.store.backup_to(missing).await.unwrap_err().kind, StoreErrorKind::Unavailable);
    assert!(!place.folder.path().join("missing").exists());
}

#[tokio::test]
async fn a_figure_that_was_tampered_with_is_found() {
    let tampering = [
        "UPDATE libraries SET size_bytes = size_bytes + 1",
        "UPDATE library_tags SET asset_count = 7",
        "DELETE FROM library_campaigns",
        "UPDATE performance_totals SET clicks = clicks + 1 WHERE campaign_key <> 0",
        "UPDATE assets SET tags = '[]'",
        "UPDATE tags SET asset_count = 9",
        "UPDATE assets SET uploaded_at = uploaded_at + 1",
        "DELETE FROM asset_search",
        "PRAGMA foreign_keys = OFF; DELETE FROM campaigns",
        "UPDATE budget_tallies SET reserved = reserved + 1",
        "DELETE FROM budget_tallies",
        "UPDATE job_attempts SET hold = 'released'",
    ];
    for sql in tampering {
        let place = Place::new();
        let changes = [
            Change::CreateLibrary(library(1, "Default")),
            insert(tagged(1, &["hero"]), [1]),
            usage(1, "spring", 0),
            Change::RecordPerformance(measurement(1, 1, "spring", 10, 1)),
            plan(job(1, owner(1), JobState::Planned)),
            dispatch(1, costly(1_000)),
        ];
        place.commit(changes).await.unwrap();
        assert_eq!(place.store.check_integrity().await.unwrap(), []);
        Connection::open(place.folder.path().join(SqliteStore::FILE_NAME)).unwrap().execute_batch(sql).unwrap();
        assert!(!place.store.check_integrity().await.unwrap().is_empty(), "{sql}");
    }
}
