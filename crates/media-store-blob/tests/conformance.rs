//! The local store passes the suite of blob stores under both promises.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::ExitCode;
use std::sync::Arc;

use media_store_blob::{Durability, LocalBlobStore};
use media_testkit::blob_suite::{BlobsUnderTest, CaseTime, blob_suite};

fn main() -> ExitCode {
    blob_suite("local_power", CaseTime::Real, || open(Durability::Power))
        .and(blob_suite("local_process", CaseTime::Real, || open(Durability::Process)))
        .run()
}

async fn open(durability: Durability) -> BlobsUnderTest {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalBlobStore::open(folder.path().join("data/blobs"), durability).unwrap();
    BlobsUnderTest { store: Arc::new(store), keep: Box::new(folder) }
}
