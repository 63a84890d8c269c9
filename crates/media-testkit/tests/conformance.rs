//! The in-memory stores pass the suites that every store must pass.

use std::process::ExitCode;
use std::sync::Arc;

use media_testkit::blob_suite::{BlobsUnderTest, blob_suite};
use media_testkit::catalog_suite::{CaseTime, CatalogAbilities, CatalogUnderTest, Owners, catalog_suite};
use media_testkit::memory_blob::MemoryBlobStore;
use media_testkit::memory_catalog::MemoryCatalog;
use media_testkit::memory_tokens::MemoryTokenStore;
use media_testkit::sample;
use media_testkit::token_store_suite::{TokensUnderTest, token_store_suite};

fn main() -> ExitCode {
    let abilities = CatalogAbilities { time: CaseTime::Paused, backup: false };
    catalog_suite("memory_catalog", abilities, memory_catalog)
        .and(blob_suite("memory_blob", CaseTime::Paused, memory_blobs))
        .and(token_store_suite("memory_tokens", CaseTime::Paused, memory_tokens))
        .run()
}

async fn memory_catalog() -> CatalogUnderTest {
    let owners = Owners { living: sample::owner_id(1), dead: sample::owner_id(2) };
    let catalog = MemoryCatalog::new();
    catalog.set_owner_alive(owners.dead, false);
    CatalogUnderTest::new(Arc::new(catalog), owners, ())
}

async fn memory_blobs() -> BlobsUnderTest {
    BlobsUnderTest { store: Arc::new(MemoryBlobStore::new()), keep: Box::new(()) }
}

async fn memory_tokens() -> TokensUnderTest {
    let store = MemoryTokenStore::default();
    TokensUnderTest { other: Arc::new(store.clone()), store: Arc::new(store), keep: Box::new(()) }
}
