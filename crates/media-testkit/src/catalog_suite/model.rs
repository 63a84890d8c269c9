//! Compares a catalogue with the one in memory over random changes.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use std::future::Future;
use std::sync::Arc;

use chrono::TimeDelta;
use media_domain::{
    AssetId, BreakerState, EventKind, FileSize, IdempotencyClaim, IdempotencyKey, Job, JobAttempt, JobHandle, JobId,
    JobState, LibraryId, MediaAsset, MediaPerformance, MediaVariant, OptimizationKind, ProviderErrorKind,
    RequestFingerprint, Resolution, Usage,
};
use media_ports::{AssetOrder, AssetQuery, Change, ChangeSet, JobQuery, PerformanceQuery, StoreErrorKind, TotalsBy};

use super::CaseTime;
use super::subject::{CatalogUnderTest, Owners, everything, insert};
use crate::cases::Cases;
use crate::clock::SplitMix;
use crate::harness::Suite;
use crate::memory_catalog::MemoryCatalog;
use crate::sample;

/// Change sets in one run.
const STEPS: u32 = 80;

/// Compares a catalogue with [`MemoryCatalog`] over random change sets, many of them refused: answers, and all that can
/// be read afterwards, must be the same. `make` opens an empty catalogue for every case.
pub fn model_suite<F, Fut>(name: &'static str, time: CaseTime, make: F) -> Suite
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = CatalogUnderTest> + Send + 'static,
{
    let cases = Cases::new(name, time, make);
    let seeds = 1..=12_u64;
    let add = |cases: Cases<CatalogUnderTest>, seed| {
        cases.case(&format!("agrees_with_the_model_on_seed_{seed}"), move |catalog| agrees(catalog, seed))
    };
    seeds.fold(cases, add).suite
}

async fn agrees(catalog: CatalogUnderTest, seed: u64) {
    let model = MemoryCatalog::new();
    model.set_owner_alive(catalog.owners.dead, false);
    let model = CatalogUnderTest::new(Arc::new(model), catalog.owners, ());
    for subject in [&catalog, &model] {
        subject.with_libraries(["library 0"]).await;
    }
    let mut random = Random(SplitMix::new(seed));
    for step in 1..=STEPS {
        let set = random_set(&mut random, &model, step).await;
        let expected = outcome(&model, set.clone()).await;
        assert_eq!(outcome(&catalog, set.clone()).await, expected, "step {step}: {set:?}");
        assert_same(&catalog, &model, &format!("after step {step}: {set:?}")).await;
    }
    assert_eq!(recovery(&catalog).await, recovery(&model).await);
}

/// What a recovery closes, and how the jobs stand after it; when it did so is the catalogue's own affair.
async fn recovery(catalog: &CatalogUnderTest) -> (Vec<JobId>, Vec<String>, String) {
    let mut recovered = catalog.maintenance.recover_abandoned_jobs().await.unwrap();
    recovered.sort_unstable();
    let jobs = catalog.jobs.jobs(&JobQuery { states: Vec::new(), limit: 100 }).await.unwrap();
    let told = |job: &Job| {
        let attempts: Vec<_> = job.attempts.iter().map(|attempt| (attempt.number, attempt.state)).collect();
        format!("{} {} {attempts:?}", job.job_id, job.state)
    };
    (recovered, jobs.iter().map(told).collect(), catalog.books().await)
}

/// Compares line by line, so that a failure shows the line and not the catalogue.
async fn assert_same(catalog: &CatalogUnderTest, model: &CatalogUnderTest, when: &str) {
    let (found, expected) = (told(catalog).await, told(model).await);
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected, "{when}");
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{when}");
}

async fn outcome(catalog: &CatalogUnderTest, set: ChangeSet) -> Result<String, StoreErrorKind> {
    let receipt = catalog.writer.commit(set).await.map_err(|error| error.kind)?;
    Ok(format!("{receipt:?}"))
}

/// Everything that can be read, the ways of finding it included.
async fn told(catalog: &CatalogUnderTest) -> String {
    let mut told = catalog.everything().await;
    let groups = catalog.assets.duplicate_groups(None, 100).await.unwrap();
    told += &format!("{groups:?}\n");
    for (user, key) in [("anna", "key-0"), ("anna", "key-1"), ("bert", "key-0"), ("bert", "key-1")] {
        let key = IdempotencyKey::parse(key).unwrap();
        let holder = catalog.jobs.job_by_key(sample::user(user), key).await.unwrap();
        told += &format!("{user} {:?}\n", holder.map(|job| job.job_id));
    }
    for campaign in [None, Some("spring"), Some("summer")] {
        let best = catalog.performance.best_performing(campaign.map(sample::campaign), 10).await.unwrap();
        told += &format!("{best:?}\n");
    }
    for by in [TotalsBy::Everything, TotalsBy::Asset, TotalsBy::Variant, TotalsBy::Campaign, TotalsBy::Channel] {
        let totals = catalog.performance.performance_totals(&PerformanceQuery::default(), by).await.unwrap();
        told += &format!("{totals:?}\n");
    }
    for query in [
        AssetQuery { order: AssetOrder::MostUsedFirst, ..everything() },
        AssetQuery { tags: sample::tags(["tag 1"]), ..everything() },
        AssetQuery { text: Some("tag described".to_owned()), ..everything() },
        AssetQuery { library_id: Some(library_id(1)), tags: sample::tags(["tag 2"]), ..everything() },
    ] {
        told += &format!("{:?}\n", catalog.find(query).await);
    }
    told
}

async fn random_set(random: &mut Random, model: &CatalogUnderTest, step: u32) -> ChangeSet {
    let mut set = ChangeSet::default();
    for place in 0..=random.below(3) {
        let number = step * 10 + place;
        let change = match random.below(6) {
            0 => asset_change(random, model).await,
            1 => record_change(random, number),
            2 => shelf_change(random),
            3 => shared_change(random, model).await,
            _ => job_change(random, model, number).await,
        };
        set.push(change);
    }
    set
}

async fn asset_change(random: &mut Random, model: &CatalogUnderTest) -> Change {
    let number = 1 + random.below(5);
    match model.assets.asset(sample::asset_id(number)).await.unwrap() {
        Some(asset) if random.below(8) > 0 => edit(random, asset),
        _ => {
            let bytes = format!("bytes {}", random.below(3));
            let asset = MediaAsset { content_hash: sample::hash(&bytes), ..sample::asset(number) };
            let libraries: Vec<_> = (0..random.below(3)).map(|_| library_id(random.below(4))).collect();
            insert(asset, &libraries)
        }
    }
}

fn edit(random: &mut Random, mut asset: MediaAsset) -> Change {
    let asset_id = asset.asset_id;
    match random.below(8) {
        0 => asset.tags = sample::tags(["tag 1", "tag 2"]),
        1 => asset.tags = sample::tags(["tag 2"]),
        2 => asset.categories = sample::categories(["one", "two"]),
        3 => asset.metadata.file_size = FileSize::from_bytes(random.below(1_000_000).into()),
        4 => asset.content_hash = sample::hash("bytes 0"),
        5 => asset.description = "described".to_owned(),
        6 if asset.is_deleted() => drop(asset.restore()),
        6 => drop(asset.delete()),
        _ => {
            let (content_hash, thumbnail_hash) = (sample::hash("bytes 1"), sample::hash("thumbnail"));
            return Change::SetThumbnail { asset_id, content_hash, thumbnail_hash };
        }
    }
    // One in ten has read too early.
    let expected_version = asset.version - u64::from(random.below(10) == 0);
    Change::UpdateAsset { asset: Box::new(asset), expected_version }
}

fn record_change(random: &mut Random, number: u32) -> Change {
    let asset = 1 + random.below(5);
    let asset_id = sample::asset_id(asset);
    let campaign = if random.below(2) == 0 { "spring" } else { "summer" };
    match random.below(8) {
        0 | 1 => Change::RecordUsage { asset_id, usage: sample::usage(campaign, number) },
        2..=4 => Change::RecordPerformance(measurement(random, number, asset, campaign)),
        5 => {
            let kind = OptimizationKind::ALL[random.below(3) as usize];
            Change::OpenSuggestion(sample::suggestion(number, asset, kind))
        }
        6 => Change::AppendEvent(sample::event(number, asset, EventKind::AssetEdited)),
        _ => Change::RecordExport(sample::export(number, asset)),
    }
}

fn measurement(random: &mut Random, number: u32, asset: u32, campaign: &str) -> MediaPerformance {
    let impressions = u64::from(random.below(1_000));
    MediaPerformance {
        campaign: sample::campaign(campaign),
        variant_id: (random.below(3) == 0).then(|| sample::variant_id(1 + random.below(4))),
        source: (random.below(2) == 0).then(|| "report.csv".to_owned()),
        ..sample::performance(number, asset, impressions, impressions / (1 + u64::from(random.below(20))))
    }
}

fn shelf_change(random: &mut Random) -> Change {
    let (library_id, asset_id) = (library_id(random.below(4)), sample::asset_id(1 + random.below(5)));
    let variant = MediaVariant {
        name: sample::name(&format!("variant {}", random.below(3))),
        ..sample::variant(1 + random.below(4), 1 + random.below(5), "any")
    };
    match random.below(7) {
        0 | 1 => Change::CreateLibrary(sample::library(&format!("library {}", random.below(4)))),
        2 => Change::LinkAsset { library_id, asset_id },
        3 => Change::UnlinkAsset { library_id, asset_id },
        4 => Change::InsertVariant(variant),
        5 => Change::ReplaceVariant(variant),
        _ => Change::RemoveVariant(variant.variant_id),
    }
}

async fn job_change(random: &mut Random, model: &CatalogUnderTest, number: u32) -> Change {
    let job = 1 + random.below(6);
    let (job_id, at) = (sample::job_id(job), sample::at_minute(number));
    match random.below(11) {
        0 | 1 => Change::PlanJob(Box::new(planned(random, model.owners, job))),
        2 | 3 => Change::DispatchAttempt { job_id, attempt: Box::new(claiming(random, number)) },
        4 => {
            let attempt = any_attempt(random, model, job_id).await.map_or(number, |attempt| attempt.number);
            Change::AcceptAttempt { job_id, number: attempt, handle: JobHandle::new(format!("handle {number}")), at }
        }
        5 => Change::AnswerJob { job_id, content_hashes: vec![sample::hash("answer")], at },
        6 | 7 => {
            let attempt = any_attempt(random, model, job_id).await;
            let attempt = ended(random, attempt.unwrap_or_else(|| sample::attempt(number, "flux", number)));
            Change::EndAttempt { job_id, attempt: Box::new(attempt) }
        }
        8 => {
            let state = JobState::ALL[random.below(JobState::ALL.len() as u32) as usize];
            Change::EndJob { job_id, state, asset_ids: Vec::<AssetId>::new(), failure: None, at }
        }
        9 => Change::AddJobAssets { job_id, asset_ids: sample::asset_ids(1..=random.below(3)), at },
        _ => {
            let resolution = Resolution::ALL[random.below(2) as usize];
            Change::ResolveJob { job_id, resolution, asset_ids: Vec::new(), at }
        }
    }
}

async fn any_attempt(random: &mut Random, model: &CatalogUnderTest, job_id: JobId) -> Option<JobAttempt> {
    let mut attempts = model.jobs.job(job_id).await.unwrap()?.attempts;
    let place = random.below(attempts.len().max(1) as u32) as usize;
    (place < attempts.len()).then(|| attempts.swap_remove(place))
}

fn planned(random: &mut Random, owners: Owners, job: u32) -> Job {
    let owner = if random.below(2) == 0 { owners.living } else { owners.dead };
    let sample = sample::job(job, owner, library_id(0));
    let idempotency = (random.below(2) == 0).then(|| IdempotencyClaim {
        key: IdempotencyKey::parse(format!("key-{}", random.below(2))).unwrap(),
        fingerprint: RequestFingerprint::of(&sample.chain, &sample.request, None),
    });
    // Half of them come more than a day after the others.
    let created_at = sample.created_at + TimeDelta::hours(if random.below(2) == 0 { 0 } else { 25 });
    Job { user_id: sample::user(user(random)), idempotency, created_at, updated_at: created_at, ..sample }
}

/// An attempt that claims nothing, credits, money, or both, near the limits.
fn claiming(random: &mut Random, number: u32) -> JobAttempt {
    let mut attempt = sample::attempt_of_credits(number, provider(random), number, random.below(5).into(), 8);
    match random.below(4) {
        0 => attempt.reservation.quota = None,
        1 => attempt.reservation.quota.as_mut().unwrap().limit = None,
        _ => {}
    }
    for period in [sample::day(), sample::month()] {
        if random.below(2) == 0 {
            let claim = sample::budget_claim("media_generation", period, random.below(50_000).into(), 120_000);
            attempt.reservation.budgets.push(claim);
        }
    }
    attempt
}

fn ended(random: &mut Random, attempt: JobAttempt) -> JobAttempt {
    let state = [JobState::Settled, JobState::Failed, JobState::Unknown][random.below(3) as usize];
    let error_kind =
        (state != JobState::Settled || random.below(4) == 0).then_some(ProviderErrorKind::MalformedResponse);
    let cost_micros = (random.below(3) > 0).then(|| random.below(60_000).into());
    let usage = Usage { credits: random.below(6), cost_micros, ..Usage::default() };
    let ended_at = Some(attempt.dispatched_at + TimeDelta::milliseconds(random.below(60_000).into()));
    // One in ten is not the last one.
    let number = attempt.number - u32::from(random.below(10) == 0);
    JobAttempt { number, state, error_kind, usage, ended_at, ..attempt }
}

async fn shared_change(random: &mut Random, model: &CatalogUnderTest) -> Change {
    if random.below(2) == 0 {
        let credits = (random.below(3) > 0).then(|| random.below(12).into());
        let (user_id, provider) = (sample::user(user(random)), sample::provider(provider(random)));
        return Change::SetQuotaLimit { user_id, provider, credits };
    }
    let key = sample::breaker_key(provider(random));
    let kept = model.breakers.breaker_states(0).await.unwrap();
    let kept = kept.iter().find(|kept| kept.key == key).map_or(0, |kept| kept.state.version);
    // One in four builds upon another version.
    let expected_version = kept + u64::from(random.below(4) == 0);
    let state = BreakerState { version: kept + 1 + u64::from(random.below(3)), ..BreakerState::default() };
    Change::SaveBreaker { key, state, expected_version }
}

fn user(random: &mut Random) -> &'static str {
    ["anna", "bert"][random.below(2) as usize]
}

fn provider(random: &mut Random) -> &'static str {
    ["flux", "sdxl"][random.below(2) as usize]
}

fn library_id(number: u32) -> LibraryId {
    sample::library_id(&format!("library {number}"))
}

struct Random(SplitMix);

impl Random {
    /// A number from zero to below the bound.
    fn below(&mut self, bound: u32) -> u32 {
        (self.0.next() % u64::from(bound)) as u32
    }
}
