//! Prints how fast the catalogue takes assets in and finds them: `cargo bench -p media-store-sqlite`.
//!
//! Looks up among 100,000 assets, or as many as are asked for: `cargo bench -p media-store-sqlite -- 1000000`.
//! The catalogue lies in the build folder, whose disk decides what a synced commit costs.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::error::Error;
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use media_domain::{Category, LibraryId, MediaAsset, OwnerId, Tag};
use media_ports::change::InsertAsset;
use media_ports::{
    AssetQuery, AssetReader, CatalogWriter, Change, ChangeSet, LibraryReader, PerformanceReader, StoreError,
};
use media_store_sqlite::{Durability, SqliteStore, SqliteStoreOptions};
use media_testkit::sample;
use tempfile::TempDir;
use uuid::Uuid;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Assets that the look-ups search among when nobody says otherwise.
const ASSETS: u32 = 100_000;
const BATCH: u32 = 1_000;
const COMMITTERS: u32 = 64;
const LIBRARIES: [&str; 4] = ["spring", "summer", "autumn", "winter"];
/// Most of each kind of label.
const TAGS: u32 = 200;
const CATEGORIES: u32 = 20;
/// One asset of so many has a measurement.
const MEASURED: u32 = 5;

fn main() -> Outcome {
    let assets = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(ASSETS).max(BATCH);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        for durability in [Durability::Power, Durability::Process] {
            insert_rates(durability).await?;
        }
        look_ups(assets).await
    })
}

/// A catalogue of its own in the build folder.
struct Catalogue {
    store: Arc<SqliteStore>,
    _folder: TempDir,
}

impl Catalogue {
    async fn with_libraries(durability: Durability) -> Outcome<Self> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let owner_id = OwnerId::from_uuid(Uuid::from_u128(1));
        let options = SqliteStoreOptions { durability, ..SqliteStoreOptions::new(folder.path(), owner_id) };
        let store = Arc::new(SqliteStore::open(options)?);
        let libraries = LIBRARIES.iter().map(|name| Change::CreateLibrary(sample::library(name)));
        store.commit(ChangeSet { changes: libraries.collect() }).await?;
        Ok(Self { store, _folder: folder })
    }
}

async fn insert_rates(durability: Durability) -> Outcome {
    let catalogue = Catalogue::with_libraries(durability).await?;
    let store = &catalogue.store;
    let mut numbers = 0..;
    let mut next = |count: u32| -> Vec<u32> { numbers.by_ref().take(count as usize).collect() };

    let mut rates = Vec::new();
    for _ in 0..7 {
        let sets = next(if durability == Durability::Power { 100 } else { 1_000 }).into_iter().map(inserting);
        rates.push(rate(sets.collect(), |sets| one_by_one(store, sets)).await?);
    }
    print_rate(durability, "one asset a commit, one after the other", rates, None);

    let mut rates = Vec::new();
    for _ in 0..7 {
        let sets: Vec<_> = next(COMMITTERS * 50).into_iter().map(inserting).collect();
        rates.push(rate(sets, |sets| side_by_side(store, sets)).await?);
    }
    print_rate(durability, "one asset a commit, 64 at once", rates, None);

    let mut rates = Vec::new();
    for _ in 0..7 {
        let sets: Vec<_> = (0..5).map(|_| batch(&next(BATCH))).collect();
        rates.push(rate(sets, |sets| one_by_one(store, sets)).await?);
    }
    print_rate(durability, "1,000 assets a commit", rates, Some(20_000.0));
    Ok(())
}

/// Assets a second; what is to be written has been made before.
async fn rate<F: Future<Output = Result<(), StoreError>>>(
    sets: Vec<ChangeSet>,
    commit: impl FnOnce(Vec<ChangeSet>) -> F,
) -> Outcome<f64> {
    let assets: usize = sets.iter().map(|set| set.changes.len()).sum();
    let begun = Instant::now();
    commit(sets).await?;
    Ok(assets as f64 / begun.elapsed().as_secs_f64())
}

async fn one_by_one(store: &SqliteStore, sets: Vec<ChangeSet>) -> Result<(), StoreError> {
    for set in sets {
        store.commit(set).await?;
    }
    Ok(())
}

async fn side_by_side(store: &SqliteStore, mut sets: Vec<ChangeSet>) -> Result<(), StoreError> {
    let share = sets.len().div_ceil(COMMITTERS as usize);
    let mut shares = Vec::new();
    while !sets.is_empty() {
        let rest = sets.split_off(share.min(sets.len()));
        shares.push(one_by_one(store, std::mem::replace(&mut sets, rest)));
    }
    try_join_all(shares).await.map(drop)
}

async fn look_ups(assets: u32) -> Outcome {
    let catalogue = Catalogue::with_libraries(Durability::Process).await?;
    let store = &catalogue.store;
    for first in (0..assets).step_by(BATCH as usize) {
        let numbers: Vec<_> = (first..first + BATCH).collect();
        store.commit(batch(&numbers)).await?;
        store.commit(ChangeSet { changes: measurements(first..first + BATCH).collect() }).await?;
    }
    println!("look-ups among {assets} assets, median (fastest):");
    let every_tag: Vec<Tag> = (0..TAGS).filter_map(tag).collect();
    look_up("an asset by id", 5_000, 50, |call| {
        let id = sample::asset_id(scattered(call, assets));
        async move { Ok(usize::from(store.asset(id).await?.is_some())) }
    })
    .await?;
    look_up("the assets with the same bytes", 5_000, 50, |call| {
        let hash = sample::hash(&format!("asset {}", scattered(call, assets)));
        async move { Ok(store.assets_by_hash(hash).await?.len()) }
    })
    .await?;
    look_up("a page of 50 by tag", 1_000, 1_000, |call| {
        let tags = every_tag.get(call as usize % every_tag.len()).cloned();
        let query = AssetQuery { tags: tags.into_iter().collect(), ..AssetQuery::all() };
        async move { Ok(store.assets(&query).await?.items.len()) }
    })
    .await?;
    look_up("the statistics of a library", 500, 5_000, |call| {
        let library_id = library_of(call);
        async move { Ok(store.library_statistics(library_id).await?.asset_count as usize) }
    })
    .await?;
    look_up("the 10 best performers of a campaign", 500, 5_000, |_| async {
        Ok(store.best_performing(Some(sample::campaign("spring")), 10).await?.len())
    })
    .await
}

/// Times calls one after the other; `limit_us` is for the median.
async fn look_up<F: Future<Output = Result<usize, StoreError>>>(
    name: &str,
    calls: u32,
    limit_us: u64,
    call: impl Fn(u32) -> F,
) -> Outcome {
    const WARM_UP: u32 = 200;
    let mut times = Vec::new();
    for number in 0..calls + WARM_UP {
        let begun = Instant::now();
        let found = call(number).await?;
        let took = begun.elapsed();
        if found == 0 {
            return Err(format!("{name}: nothing was found").into());
        }
        if number >= WARM_UP {
            times.push(took);
        }
    }
    times.sort_unstable();
    let micros = |time: Duration| time.as_nanos() as f64 / 1_000.0;
    let (best, median) = (micros(times[0]), micros(times[times.len() / 2]));
    let share = median / limit_us as f64;
    println!("  {name:<50} {median:>8.1} us ({best:.1}); {share:.2} of at most {limit_us} us");
    Ok(())
}

fn print_rate(durability: Durability, name: &str, mut rates: Vec<f64>, floor: Option<f64>) {
    rates.sort_by(f64::total_cmp);
    let (median, best) = (rates[rates.len() / 2], rates[rates.len() - 1]);
    let beside = floor.map(|floor| format!("; {:.2} times the {floor:.0} at least", median / floor));
    let name = format!("{durability:?}: {name}").to_lowercase();
    println!("{name:<52} {median:>8.0} assets/s (best {best:.0}){}", beside.unwrap_or_default());
}

fn batch(numbers: &[u32]) -> ChangeSet {
    ChangeSet { changes: numbers.iter().flat_map(|number| inserting(*number).changes).collect() }
}

/// A change set that adds the asset of a number, with four labels and a library.
fn inserting(number: u32) -> ChangeSet {
    let tags = [number % TAGS, number / TAGS % TAGS, number / 7 % 31].into_iter().filter_map(tag).collect();
    let categories = Category::parse(format!("category-{}", number % CATEGORIES)).into_iter().collect();
    let asset = MediaAsset { tags, categories, ..sample::asset(number) };
    Change::from(InsertAsset { asset, generation: None, library_ids: vec![library_of(number)] }).into()
}

fn measurements(numbers: Range<u32>) -> impl Iterator<Item = Change> {
    numbers.filter(|number| number % MEASURED == 0).map(|number| {
        let impressions = 1_000 + u64::from(number % 977);
        Change::RecordPerformance(sample::performance(number, number, impressions, u64::from(number % 311)))
    })
}

fn library_of(number: u32) -> LibraryId {
    sample::library_id(LIBRARIES[number as usize % LIBRARIES.len()])
}

fn tag(number: u32) -> Option<Tag> {
    Tag::parse(format!("tag-{number}")).ok()
}

/// Numbers of assets in an order that no cache foresees.
fn scattered(call: u32, assets: u32) -> u32 {
    (u64::from(call) * 7_919 % u64::from(assets)) as u32
}
