//! Opening folders: new, used, foreign and too new.

use media_domain::*;
use media_ports::*;
use media_store_sqlite::{Durability, SqliteStore, SqliteStoreOptions};
use rusqlite::Connection;

use crate::samples::*;

#[tokio::test]
async fn both_durabilities_keep_what_was_committed() {
    for durability in [Durability::Power, Durability::Process] {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("made").join("on demand");
        let options =
            |number| SqliteStoreOptions { data_dir: data_dir.clone(), durability, owner_id: owner(number), readers: 0 };
        let store = SqliteStore::open(options(1)).unwrap();
        store.commit(insert(asset(1), []).into()).await.unwrap();
        drop(store);
        let store = SqliteStore::open(options(1)).unwrap();
        assert_eq!(store.asset(asset_id(1)).await.unwrap(), Some(asset(1)));
    }
}

#[test]
fn a_newer_schema_is_refused_with_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let file = folder.path().join(SqliteStore::FILE_NAME);
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 4_711).unwrap();
    let error = try_open(folder.path(), owner(1)).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::TooNew);
    assert!(error.message.contains("version 4711") && error.message.contains("up to 2"), "{}", error.message);
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    for foreign in ["database", "text"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(SqliteStore::FILE_NAME);
        match foreign {
            "database" => Connection::open(&file).unwrap().execute_batch("CREATE TABLE mine (a)").unwrap(),
            _ => std::fs::write(&file, "my notes, which are longer than a hundred bytes. ".repeat(20)).unwrap(),
        }
        assert_eq!(try_open(folder.path(), owner(1)).unwrap_err().kind, StoreErrorKind::Corrupt, "{foreign}");
    }
}

#[test]
fn an_owner_id_is_used_by_one_store_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = try_open(folder.path(), owner(1)).unwrap();
    assert_eq!(try_open(folder.path(), owner(1)).unwrap_err().kind, StoreErrorKind::Conflict);
    drop(first);
    try_open(folder.path(), owner(1)).unwrap();
}

#[tokio::test]
async fn two_stores_on_one_folder_see_each_other() {
    let place = Place::new();
    let other = open(place.folder.path());
    for number in 1..=20 {
        let writer = if number % 2 == 0 { &other } else { &place.store };
        writer.commit(insert(asset(number), []).into()).await.unwrap();
    }
    let numbers = |page: Page<MediaAsset>| page.items.len();
    assert_eq!(numbers(other.assets(&AssetQuery::all()).await.unwrap()), 20);
    assert_eq!(numbers(place.store.assets(&AssetQuery::all()).await.unwrap()), 20);
}
