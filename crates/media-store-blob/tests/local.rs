//! What a local blob store does on the disk, beyond the suite of all blob stores.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::future::join_all;
use media_domain::ContentHash;
use media_ports::{BlobStore, StoreErrorKind};
use media_store_blob::{Durability, LocalBlobStore};

const PICTURE: Bytes = Bytes::from_static(b"a picture of some bytes");

fn open(folder: &Path) -> LocalBlobStore {
    LocalBlobStore::open(folder, Durability::Power).unwrap()
}

fn file_of(folder: &Path, hash: ContentHash) -> PathBuf {
    let digits = hash.to_string();
    folder.join("sha256").join(&digits[..2]).join(&digits[2..4]).join(&digits)
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}

/// Puts something in the place of a blob before it is put, and returns the folder.
fn with_file_in_place(content: &[u8]) -> (tempfile::TempDir, ContentHash) {
    let folder = tempfile::tempdir().unwrap();
    let hash = ContentHash::of(&PICTURE);
    let place = file_of(folder.path(), hash);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, content).unwrap();
    (folder, hash)
}

#[tokio::test]
async fn a_blob_is_one_file_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let hash = ContentHash::of(&PICTURE);
    open(folder.path()).put_blob(hash, PICTURE).await.unwrap();
    assert_eq!(files(folder.path()), [file_of(folder.path(), hash)]);
    assert_eq!(fs::read(file_of(folder.path(), hash)).unwrap(), PICTURE);
}

#[tokio::test]
async fn blobs_outlive_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let hash = ContentHash::of(&PICTURE);
    open(folder.path()).put_blob(hash, PICTURE).await.unwrap();
    let again = open(folder.path());
    assert_eq!(again.get_blob(hash).await.unwrap(), PICTURE);
    assert!(!again.put_blob(hash, PICTURE).await.unwrap());
}

#[tokio::test]
async fn changed_bytes_are_corrupt() {
    for content in [&b"a picture of same bytes"[..], b"", b"a picture of some bytes and more"] {
        let (folder, hash) = with_file_in_place(content);
        let error = open(folder.path()).get_blob(hash).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Corrupt);
    }
}

#[tokio::test]
async fn put_replaces_what_is_not_the_blob() {
    for content in [&b"a picture of same bytes"[..], b"", b"a picture of some bytes and more"] {
        let (folder, hash) = with_file_in_place(content);
        let store = open(folder.path());
        assert!(store.put_blob(hash, PICTURE).await.unwrap());
        assert_eq!(store.get_blob(hash).await.unwrap(), PICTURE);
        assert_eq!(files(folder.path()).len(), 1);
    }
}

#[tokio::test]
async fn put_leaves_the_file_of_an_existing_blob_alone() {
    let (folder, hash) = with_file_in_place(&PICTURE);
    let place = file_of(folder.path(), hash);
    let before = fs::metadata(&place).unwrap().modified().unwrap();
    assert!(!open(folder.path()).put_blob(hash, PICTURE).await.unwrap());
    assert_eq!(fs::metadata(&place).unwrap().modified().unwrap(), before);
}

#[tokio::test]
async fn put_notices_a_file_changed_since_the_last_put() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let hash = ContentHash::of(&PICTURE);
    for _ in 0..3 {
        store.put_blob(hash, PICTURE).await.unwrap();
    }
    let place = file_of(folder.path(), hash);
    fs::write(&place, "a picture of same bytes").unwrap();
    let later = fs::metadata(&place).unwrap().modified().unwrap() + std::time::Duration::from_secs(1);
    fs::File::options().write(true).open(&place).unwrap().set_modified(later).unwrap();
    assert!(store.put_blob(hash, PICTURE).await.unwrap());
    assert_eq!(store.get_blob(hash).await.unwrap(), PICTURE);
    fs::remove_file(&place).unwrap();
    assert!(store.put_blob(hash, PICTURE).await.unwrap());
}

#[tokio::test]
async fn half_written_and_foreign_files_are_no_blobs() {
    let (folder, hash) = with_file_in_place(&PICTURE);
    let place = file_of(folder.path(), hash);
    fs::write(format!("{}#1", place.display()), "a pict").unwrap();
    fs::write(place.with_file_name("notes.txt"), "foreign").unwrap();
    fs::write(folder.path().join("sha256/ab"), "foreign").unwrap();
    fs::create_dir_all(folder.path().join("sha256/xy/zz")).unwrap();
    fs::write(folder.path().join("sha256/xy/zz").join(hash.to_string()), "in the wrong place").unwrap();

    let store = open(folder.path());
    let listed = store.list_blobs(None, 100).await.unwrap();
    assert_eq!(listed.iter().map(|info| info.hash).collect::<Vec<_>>(), [hash]);
}

#[tokio::test]
async fn put_succeeds_beside_what_a_killed_writer_left() {
    let folder = tempfile::tempdir().unwrap();
    let hash = ContentHash::of(&PICTURE);
    let place = file_of(folder.path(), hash);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(format!("{}#1", place.display()), "a pict").unwrap();
    let store = open(folder.path());
    assert!(!store.has_blob(hash).await.unwrap());
    assert!(store.put_blob(hash, PICTURE).await.unwrap());
    assert_eq!(store.get_blob(hash).await.unwrap(), PICTURE);
}

#[tokio::test]
async fn a_failed_put_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let hash = ContentHash::of(&PICTURE);
    // A folder that is not empty cannot be replaced by a file.
    let place = file_of(folder.path(), hash);
    fs::create_dir_all(place.join("in the way")).unwrap();
    let store = open(folder.path());
    assert_eq!(store.put_blob(hash, PICTURE).await.unwrap_err().kind, StoreErrorKind::Unavailable);
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
    assert!(!store.has_blob(hash).await.unwrap());
}

#[tokio::test]
async fn a_file_in_the_way_of_the_folder_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("blobs");
    fs::write(&place, "in the way").unwrap();
    let error = LocalBlobStore::open(&place, Durability::Power).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn a_folder_removed_under_the_store_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let hash = ContentHash::of(&PICTURE);
    store.put_blob(hash, PICTURE).await.unwrap();
    fs::remove_dir_all(folder.path().join("sha256")).unwrap();
    assert_eq!(store.list_blobs(None, 10).await.unwrap(), []);
    assert!(store.put_blob(hash, PICTURE).await.unwrap());
    assert_eq!(store.get_blob(hash).await.unwrap(), PICTURE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_stores_on_one_folder_agree_on_who_was_first() {
    // Stores share nothing but the folder, as processes do.
    for durability in [Durability::Power, Durability::Process] {
        let folder = tempfile::tempdir().unwrap();
        let put = |_| {
            let folder = folder.path().join("data/blobs");
            tokio::spawn(async move {
                let store = LocalBlobStore::open(folder, durability).unwrap();
                store.put_blob(ContentHash::of(&PICTURE), PICTURE).await.unwrap()
            })
        };
        let answers = join_all((0..32).map(put)).await;
        assert_eq!(answers.into_iter().filter(|is_new| *is_new.as_ref().unwrap()).count(), 1);
        assert_eq!(files(folder.path()).len(), 1);
    }
}
