//! Prints what taking in a picture of 1.4 MB costs, step by step: `cargo bench -p media-engine`.
//!
//! The stores lie in the build folder, whose disk decides what a synced step costs.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use bytes::Bytes;
use media_domain::{ContentHash, Event, EventKind, MediaAsset, MediaType, RuleSet};
use media_engine::{AddAsset, AddOutcome, EngineParts, EngineSettings, LibraryRef, MediaEngine};
use media_http::decode_base64;
use media_imaging::ImagingService;
use media_ports::change::InsertAsset;
use media_ports::mocks::MockContentFetcher;
use media_ports::{BlobStore, CatalogWriter, Change, ChangeSet, ImageProcessor};
use media_store_blob::LocalBlobStore;
use media_store_sqlite::{SqliteStore, SqliteStoreOptions};
use media_testkit::clock::{SequentialIds, TestClock};
use media_testkit::{pictures, sample};
use tempfile::TempDir;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Pictures taken in for each figure that needs new ones.
const PICTURES: u32 = 25;
/// Longer side of a preview, as the program has it.
const THUMBNAIL_SIDE: u32 = 256;
const LIBRARY: &str = "Default";

fn main() -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let pictures: Vec<Bytes> = (1..=PICTURES).map(|seed| pictures::grey_png(1_184, 1_184, seed.into())).collect();
        println!("a PNG of {} bytes, median (fastest):", pictures[0].len());
        without_disk(&pictures[0]).await?;
        for durability in [Durability::Power, Durability::Process] {
            on_disk(durability, &pictures).await?;
        }
        Ok(())
    })
}

/// The steps that only compute.
async fn without_disk(picture: &Bytes) -> Outcome {
    let text = base64::engine::general_purpose::STANDARD.encode(picture);
    let imaging = ImagingService::default();
    let images = vec![picture.clone(); 41];
    measure("decode from Base64", &images, |_| async { Ok(decode_base64(black_box(&text))?) }).await?;
    measure("inspect, SHA-256 included", &images, |picture| {
        let inspected = imaging.inspect(picture.clone().into());
        async { Ok(inspected.await?) }
    })
    .await?;
    measure("SHA-256 alone", &images, |picture| {
        let picture = picture.clone();
        async move { Ok(ContentHash::of(black_box(&picture))) }
    })
    .await?;
    measure("thumbnail, behind the answer", &images, |picture| {
        let drawn = imaging.thumbnail(picture.clone(), THUMBNAIL_SIDE);
        async { Ok(drawn.await?) }
    })
    .await
}

/// The steps that write, and the whole of them.
async fn on_disk(durability: Durability, pictures: &[Bytes]) -> Outcome {
    let home = Home::open(durability).await?;
    let hashed: Vec<_> = pictures.iter().map(|picture| (ContentHash::of(picture), picture.clone())).collect();
    measure(&format!("{durability:?}: put the blob").to_lowercase(), &hashed, |(hash, picture)| {
        let put = home.blobs.put_blob(*hash, picture.clone());
        async { Ok(put.await?) }
    })
    .await?;
    let sets: Vec<_> = (1..=PICTURES).map(inserting).collect();
    measure(&format!("{durability:?}: commit to the catalogue").to_lowercase(), &sets, |set| {
        let commit = home.store.commit(set.clone());
        async { Ok(commit.await?) }
    })
    .await?;
    drop(home);

    let home = Home::open(durability).await?;
    let engine = home.engine();
    let adds: Vec<_> = (1..).zip(pictures).map(|(number, picture)| adding(number, picture)).collect();
    measure(&format!("{durability:?}: add_asset as a whole").to_lowercase(), &adds, |add| {
        let (engine, add) = (engine.clone(), add.clone());
        async move {
            match engine.add_asset(add).await? {
                AddOutcome::Added(asset) => Ok(asset.asset_id),
                AddOutcome::AlreadyThere(_) => Err("the picture is there already".into()),
            }
        }
    })
    .await?;
    engine.settle().await;
    Ok(())
}

/// Times the work on each item and prints the middle and the shortest time; the first items warm up.
async fn measure<I, T, F: Future<Output = Outcome<T>>>(name: &str, items: &[I], work: impl Fn(&I) -> F) -> Outcome {
    const WARM_UP: usize = 3;
    let mut times = Vec::new();
    for item in items {
        let begun = Instant::now();
        black_box(work(item).await?);
        times.push(begun.elapsed());
        // What goes on behind an answer belongs to that answer, not to the next.
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    let mut times = times.split_off(WARM_UP.min(items.len() - 1));
    times.sort_unstable();
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!("  {name:<40} {:>8.3} ms ({:.3})", millis(times[times.len() / 2]), millis(times[0]));
    Ok(())
}

/// What a finished write survives, in both stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Durability {
    Power,
    Process,
}

/// Stores in a folder of their own.
struct Home {
    store: Arc<SqliteStore>,
    blobs: Arc<LocalBlobStore>,
    _folder: TempDir,
}

impl Home {
    async fn open(durability: Durability) -> Outcome<Self> {
        let (of_store, of_blobs) = match durability {
            Durability::Power => (media_store_sqlite::Durability::Power, media_store_blob::Durability::Power),
            Durability::Process => (media_store_sqlite::Durability::Process, media_store_blob::Durability::Process),
        };
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let options = SqliteStoreOptions::new(folder.path(), sample::owner_id(1));
        let store = Arc::new(SqliteStore::open(SqliteStoreOptions { durability: of_store, ..options })?);
        store.commit(Change::CreateLibrary(sample::library(LIBRARY)).into()).await?;
        let blobs = Arc::new(LocalBlobStore::open(folder.path().join("blobs"), of_blobs)?);
        Ok(Self { store, blobs, _folder: folder })
    }

    fn engine(&self) -> Arc<MediaEngine> {
        MediaEngine::new(EngineParts {
            assets: self.store.clone(),
            libraries: self.store.clone(),
            performance: self.store.clone(),
            suggestions: self.store.clone(),
            jobs: self.store.clone(),
            ledger: self.store.clone(),
            writer: self.store.clone(),
            maintenance: self.store.clone(),
            blobs: self.blobs.clone(),
            images: Arc::new(ImagingService::default()),
            fetcher: Arc::new(MockContentFetcher::new()),
            clock: Arc::new(TestClock::new()),
            ids: Arc::new(SequentialIds::default()),
            chains: BTreeMap::new(),
            settings: EngineSettings {
                owner_id: sample::owner_id(1),
                default_user: sample::user("anna"),
                rules: RuleSet::default(),
                thumbnail_side: THUMBNAIL_SIDE,
            },
        })
    }
}

/// What adding a file commits.
fn inserting(number: u32) -> ChangeSet {
    let asset = MediaAsset { tags: sample::tags(["hero", "sea"]), ..sample::asset(number) };
    let event: Event = sample::event(number, number, EventKind::AssetAdded);
    let insert = InsertAsset { asset, generation: None, library_ids: vec![sample::library_id(LIBRARY)] };
    ChangeSet::default().with(insert).with(event)
}

fn adding(number: u32, picture: &Bytes) -> AddAsset {
    AddAsset {
        bytes: picture.clone(),
        name: sample::name(&format!("Picture {number}")),
        description: String::new(),
        media_type: MediaType::Image,
        tags: sample::tags(["hero", "sea"]),
        categories: Vec::new(),
        library: Some(LibraryRef::Id(sample::library_id(LIBRARY))),
        allow_duplicate: false,
        user_id: sample::user("anna"),
    }
}
