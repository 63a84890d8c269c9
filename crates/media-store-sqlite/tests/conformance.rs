//! The SQLite store passes the suite that every catalogue must pass, whatever its durability, and does as the model does.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use media_domain::OwnerId;
use media_store_sqlite::{Durability, SqliteStore, SqliteStoreOptions};
use media_testkit::catalog_suite::{CaseTime, CatalogAbilities, CatalogUnderTest, Owners, catalog_suite, model_suite};
use media_testkit::sample;
use tempfile::TempDir;

fn main() -> ExitCode {
    let abilities = CatalogAbilities { time: CaseTime::Real, backup: true };
    catalog_suite("sqlite_process", abilities, || async { empty(Durability::Process) })
        .and(catalog_suite("sqlite_power", abilities, || async { empty(Durability::Power) }))
        .and(model_suite("sqlite_model", CaseTime::Real, || async { empty(Durability::Process) }))
        .run()
}

fn empty(durability: Durability) -> CatalogUnderTest {
    under_test(tempfile::tempdir().unwrap(), durability)
}

/// The catalogue in a folder. The living owner is the store itself; the dead one has come and gone.
fn under_test(folder: TempDir, durability: Durability) -> CatalogUnderTest {
    let owners = Owners { living: sample::owner_id(1), dead: sample::owner_id(2) };
    drop(open(folder.path(), owners.dead, durability));
    let store = Arc::new(open(folder.path(), owners.living, durability));
    let mut catalog = CatalogUnderTest::new(store, owners, folder);
    catalog.open_backup = Some(Box::new(move |file: PathBuf| Box::pin(async move { restored(&file, durability) })));
    catalog
}

fn open(data_dir: &Path, owner_id: OwnerId, durability: Durability) -> SqliteStore {
    let options = SqliteStoreOptions::new(data_dir, owner_id);
    SqliteStore::open(SqliteStoreOptions { durability, ..options }).unwrap()
}

fn restored(backup: &Path, durability: Durability) -> CatalogUnderTest {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(backup, folder.path().join(SqliteStore::FILE_NAME)).unwrap();
    under_test(folder, durability)
}
