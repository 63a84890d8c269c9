//! Credits and money: set aside, settled, released, held.

use media_domain::*;
use media_ports::*;
use rusqlite::Connection;

use crate::samples::*;

/// A catalogue with one planned job, number 1.
async fn with_a_job() -> Place {
    let place = Place::for_jobs().await;
    place.commit([plan(job(1, owner(1), JobState::Planned))]).await.unwrap();
    place
}

/// An attempt that claims five credits, and money of the day and of the month.
fn claiming(number: u32) -> JobAttempt {
    let budgets = vec![budget_claim(day(), 300, 1_000), budget_claim(month(), 300, 5_000)];
    let reservation = Reservation { quota: Some(quota_claim(5, Some(10))), budgets };
    JobAttempt { reservation, ..attempt(number, JobState::Dispatched) }
}

fn ended(attempt: JobAttempt, state: JobState, credits: u32, cost_micros: Option<u64>) -> JobAttempt {
    let usage = Usage { credits, cost_micros, ..Usage::default() };
    JobAttempt { state, usage, ended_at: Some(at(3)), ..attempt }
}

/// Credits and money of the day and of the month, each as used and set aside; the books must be right.
async fn books(place: &Place) -> [(u64, u64); 3] {
    assert_eq!(place.store.check_integrity().await.unwrap(), []);
    let lines = place.store.quota_lines(Some(UserId::parse("anna").unwrap()), month()).await.unwrap();
    assert!(lines.len() <= 1, "{lines:?}");
    let credits = lines.first().map_or((0, 0), |line| (line.used, line.reserved));
    let [day, month] = [day(), month()].map(|period| place.store.budget_line(CHAIN.to_owned(), period));
    let (day, month) = (day.await.unwrap(), month.await.unwrap());
    [credits, (day.used_micros, day.reserved_micros), (month.used_micros, month.reserved_micros)]
}

const NOTHING: [(u64, u64); 3] = [(0, 0); 3];
const HELD: [(u64, u64); 3] = [(0, 5), (0, 300), (0, 300)];

#[tokio::test]
async fn an_attempt_is_settled_with_what_it_used_or_released_or_held() {
    let cases = [
        (JobState::Settled, 3, Some(120), [(3, 0), (120, 0), (120, 0)]),
        // More than was set aside is possible, and counts.
        (JobState::Settled, 7, Some(301), [(7, 0), (301, 0), (301, 0)]),
        (JobState::Settled, 3, None, [(3, 0), (300, 0), (300, 0)]),
        (JobState::Failed, 0, None, NOTHING),
        (JobState::Unknown, 0, None, HELD),
    ];
    for (state, credits, cost, expected) in cases {
        let place = with_a_job().await;
        place.commit([dispatch(1, claiming(1))]).await.unwrap();
        assert_eq!(books(&place).await, HELD);
        place.commit([end_attempt(1, ended(claiming(1), state, credits, cost))]).await.unwrap();
        assert_eq!(books(&place).await, expected, "{state} {credits} {cost:?}");
    }
}

#[tokio::test]
async fn what_is_settled_or_released_stays_so_and_the_reservation_is_never_rewritten() {
    for (first, later) in [(JobState::Settled, JobState::Failed), (JobState::Failed, JobState::Settled)] {
        let place = with_a_job().await;
        place.commit([dispatch(1, claiming(1))]).await.unwrap();
        place.commit([end_attempt(1, ended(claiming(1), first, 2, Some(10)))]).await.unwrap();
        let settled = books(&place).await;
        let without_claims = JobAttempt { reservation: Reservation::default(), ..claiming(1) };
        place.commit([end_attempt(1, ended(without_claims, later, 4, Some(20)))]).await.unwrap();
        assert_eq!(books(&place).await, settled);
        let stored = place.store.job(job_id(1)).await.unwrap().unwrap().attempts;
        assert_eq!(stored, [ended(claiming(1), later, 4, Some(20))]);
    }
}

#[tokio::test]
async fn a_claim_that_does_not_fit_leaves_nothing_and_says_what_is_missing() {
    let beyond = |credits, day_micros, month_micros| {
        let budgets = vec![budget_claim(day(), day_micros, 1_000), budget_claim(month(), month_micros, 5_000)];
        let reservation = Reservation { quota: Some(quota_claim(credits, Some(10))), budgets };
        JobAttempt { reservation, ..attempt(3, JobState::Dispatched) }
    };
    let place = with_a_job().await;
    place.commit([dispatch(1, claiming(1))]).await.unwrap();
    place.commit([end_attempt(1, ended(claiming(1), JobState::Settled, 3, Some(250)))]).await.unwrap();
    place.commit([dispatch(1, claiming(2))]).await.unwrap();
    let (stored, kept) = (place.store.job(job_id(1)).await.unwrap(), books(&place).await);
    assert_eq!(kept, [(3, 5), (250, 300), (250, 300)]);
    for (claim, kind, told) in [
        (beyond(3, 1, 1), StoreErrorKind::QuotaExceeded, ["3 are needed", "of 10", "3 are used", "5 set aside"]),
        (
            beyond(2, 451, 1),
            StoreErrorKind::BudgetExceeded,
            ["0.000451 are needed", "of USD 0.001", "0.00025 are used", "0.0003 set aside"],
        ),
        (
            beyond(2, 450, u64::MAX),
            StoreErrorKind::BudgetExceeded,
            ["are needed", "of USD 0.005", "0.00025 are used", "0.0003 set aside"],
        ),
    ] {
        let error = place.commit([dispatch(1, claim)]).await.unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(told.iter().all(|part| error.message.contains(part)), "{}", error.message);
        assert_eq!((place.store.job(job_id(1)).await.unwrap(), books(&place).await), (stored.clone(), kept));
    }
    place.commit([dispatch(1, beyond(2, 450, 450))]).await.unwrap();
    assert_eq!(books(&place).await, [(3, 7), (250, 750), (250, 750)]);
}

#[tokio::test]
async fn a_limit_of_the_users_own_comes_before_the_one_claimed() {
    let place = with_a_job().await;
    let (anna, flux) = (UserId::parse("anna").unwrap(), ProviderId::parse("flux").unwrap());
    let set = |credits| Change::SetQuotaLimit { user_id: anna.clone(), provider: flux.clone(), credits };
    let claim = |number, limit| {
        let reservation = Reservation { quota: Some(quota_claim(6, limit)), budgets: Vec::new() };
        dispatch(1, JobAttempt { reservation, ..attempt(number, JobState::Dispatched) })
    };
    let kind = |result: Result<CommitReceipt, StoreError>| result.map(drop).map_err(|error| error.kind);
    assert_eq!(kind(place.commit([claim(1, Some(5))]).await), Err(StoreErrorKind::QuotaExceeded));
    place.commit([set(Some(6)), claim(1, Some(5))]).await.unwrap();
    assert_eq!(kind(place.commit([claim(2, Some(100))]).await), Err(StoreErrorKind::QuotaExceeded));
    assert_eq!(kind(place.commit([claim(2, None)]).await), Err(StoreErrorKind::QuotaExceeded));
    let next_month = "2099-01".parse().unwrap();
    let line = QuotaLine { user_id: anna.clone(), provider: flux.clone(), own_limit: Some(6), used: 0, reserved: 0 };
    assert_eq!(place.store.quota_lines(None, next_month).await.unwrap(), [line]);
    place.commit([set(None), claim(2, None)]).await.unwrap();
    let line = QuotaLine { user_id: anna.clone(), provider: flux.clone(), own_limit: None, used: 0, reserved: 12 };
    assert_eq!(place.store.quota_lines(None, month()).await.unwrap(), [line]);
    assert_eq!(place.store.quota_lines(None, next_month).await.unwrap(), []);
    let bert = UserId::parse("bert").unwrap();
    assert_eq!(place.store.quota_lines(Some(bert), month()).await.unwrap(), []);
}

#[tokio::test]
async fn an_unknown_job_holds_until_it_is_resolved_one_way_or_the_other() {
    let billed = (Resolution::Billed, JobState::Settled, [(5, 0), (300, 0), (300, 0)]);
    let not_billed = (Resolution::NotBilled, JobState::Failed, NOTHING);
    for (resolution, state, expected) in [billed, not_billed] {
        let place = with_a_job().await;
        // The first attempt is settled for less than it claimed, and stays so.
        place.commit([dispatch(1, claiming(1))]).await.unwrap();
        place.commit([end_attempt(1, ended(claiming(1), JobState::Settled, 1, Some(9)))]).await.unwrap();
        let unknown = ended(claiming(2), JobState::Unknown, 0, None);
        place.commit([dispatch(1, claiming(2)), end_attempt(1, unknown)]).await.unwrap();
        let first_asset = vec![asset_id(1)];
        let end = |asset_ids| Change::EndJob {
            job_id: job_id(1),
            state: JobState::Unknown,
            asset_ids,
            failure: None,
            at: at(9),
        };
        place.commit([end(first_asset.clone())]).await.unwrap();
        assert_eq!(books(&place).await, [(1, 5), (9, 300), (9, 300)]);

        let asset_ids = vec![asset_id(1), asset_id(2)];
        let resolve = Change::ResolveJob { job_id: job_id(1), resolution, asset_ids: asset_ids.clone(), at: at(10) };
        place.commit([resolve]).await.unwrap();
        let [credits, day, month] = books(&place).await;
        let settled = [(credits.0 - 1, credits.1), (day.0 - 9, day.1), (month.0 - 9, month.1)];
        assert_eq!(settled, expected, "{resolution}");
        let job = place.store.job(job_id(1)).await.unwrap().unwrap();
        let states: Vec<_> = job.attempts.iter().map(|attempt| attempt.state).collect();
        assert_eq!((states, job.asset_ids), (vec![JobState::Settled, state], asset_ids));
    }
}

#[tokio::test]
async fn recovery_keeps_what_is_held_for_whoever_resolves_it() {
    let place = with_a_job().await;
    place.commit([dispatch(1, claiming(1))]).await.unwrap();
    assert_eq!(place.store.recover_abandoned_jobs().await.unwrap(), [job_id(1)]);
    assert_eq!(books(&place).await, HELD);
    place.commit([resolve(1, Resolution::NotBilled)]).await.unwrap();
    assert_eq!(books(&place).await, NOTHING);
}

#[tokio::test]
async fn a_cost_beyond_all_measure_is_written_down_as_the_greatest() {
    let place = with_a_job().await;
    place.commit([plan(job(2, owner(1), JobState::Planned))]).await.unwrap();
    let greatest = u64::try_from(i64::MAX).unwrap();
    for number in [1, 2] {
        place.commit([dispatch(number, costly(0))]).await.unwrap();
    }
    for number in [1, 2] {
        let absurd = ended(costly(0), JobState::Settled, 0, Some(u64::MAX));
        place.commit([end_attempt(number, absurd)]).await.unwrap();
        assert_eq!(books(&place).await[1], (greatest, 0));
    }
    let figures = place.store.provider_figures(at(0)).await.unwrap();
    assert_eq!((figures[0].succeeded, figures[0].cost_micros), (2, 2 * greatest));
}

#[tokio::test]
async fn figures_tell_how_each_provider_has_done_since() {
    let place = Place::for_jobs().await;
    let flux = |number: u32, state, seconds: i64| {
        let usage = Usage { cost_micros: Some(100), ..Usage::default() };
        let ended_at = Some(at(100 + seconds));
        JobAttempt { usage, ended_at, dispatched_at: at(100), ..attempt(number, state) }
    };
    let mut attempts: Vec<_> = (1..=20).map(|number| flux(number, JobState::Settled, number.into())).collect();
    let billed =
        JobAttempt { error_kind: Some(ProviderErrorKind::MalformedResponse), ..flux(21, JobState::Settled, 500) };
    let long_ago = JobAttempt { dispatched_at: at(99), ..flux(26, JobState::Settled, 900) };
    let sdxl = JobAttempt { provider: ProviderId::parse("sdxl").unwrap(), ..attempt(27, JobState::Unknown) };
    attempts.extend([
        billed,
        flux(22, JobState::Failed, 600),
        flux(23, JobState::Dispatched, 0),
        flux(24, JobState::Accepted, 0),
        flux(25, JobState::Answered, 0),
        long_ago,
        JobAttempt { dispatched_at: at(200), ..sdxl },
    ]);
    place.commit([plan(Job { attempts, ..job(1, owner(1), JobState::Planned) })]).await.unwrap();
    let flux = ProviderFigures {
        provider: ProviderId::parse("flux").unwrap(),
        succeeded: 20,
        failed: 2,
        unknown: 0,
        in_flight: 3,
        latency_p50_ms: Some(10_000),
        latency_p95_ms: Some(19_000),
        cost_micros: 2_100,
    };
    let sdxl = ProviderFigures {
        provider: ProviderId::parse("sdxl").unwrap(),
        succeeded: 0,
        failed: 0,
        unknown: 1,
        in_flight: 0,
        latency_p50_ms: None,
        latency_p95_ms: None,
        cost_micros: 0,
    };
    assert_eq!(place.store.provider_figures(at(100)).await.unwrap(), [flux, sdxl]);
    assert_eq!(place.store.provider_figures(at(1_000)).await.unwrap(), []);
}

#[tokio::test]
async fn a_catalogue_of_the_first_version_keeps_its_jobs_and_gets_books() {
    let folder = tempfile::tempdir().unwrap();
    let first_version = Connection::open(folder.path().join("catalogue.db")).unwrap();
    first_version.execute_batch(include_str!("../../src/migrations/0001_catalogue.sql")).unwrap();
    let request = GenerationRequest::new(text::Prompt::parse("a sunset").unwrap());
    let request = serde_json::to_string(&request).unwrap();
    first_version
        .execute_batch(&format!(
            "PRAGMA application_id = 0x4d454443;
            PRAGMA user_version = 1;
            INSERT INTO libraries (library_id, name, description, owner, created_at)
                VALUES (x'00000000000000000000000000000001', 'Default', '', '', 0);
            INSERT INTO jobs (job_id, request_id, owner, user_id, chain, request, library_id, state, content_hashes,
                asset_ids, created_at, updated_at)
            VALUES (x'00000000000000000000000000000001', zeroblob(16), zeroblob(16), 'anna', 'media_generation',
                '{request}', x'00000000000000000000000000000001', 'dispatched', '[]', '[]', 0, 0);
            INSERT INTO job_attempts (job_key, number, provider, state, usage, dispatched_at)
                VALUES (1, 1, 'flux', 'dispatched', '{{\"credits\": 2}}', 0);"
        ))
        .unwrap();
    drop(first_version);

    let place = Place { store: open(folder.path()), folder };
    let job = place.store.job(job_id(1)).await.unwrap().unwrap();
    assert_eq!((job.state, job.idempotency), (JobState::Dispatched, None));
    assert_eq!((job.attempts[0].usage.credits, job.attempts[0].reservation.is_empty()), (2, true));
    assert!(place.folder.path().join("catalogue.before-v2.db").exists());

    let settled = JobAttempt { state: JobState::Settled, ..job.attempts[0].clone() };
    place.commit([end_attempt(1, settled)]).await.unwrap();
    assert_eq!(books(&place).await, NOTHING);
    place.commit([dispatch(1, claiming(2))]).await.unwrap();
    assert_eq!(books(&place).await, HELD);
}
