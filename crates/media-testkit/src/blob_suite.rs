//! What every blob store must do.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::join_all;
use media_domain::{ContentHash, FileSize};
use media_ports::{BlobInfo, BlobStore, StoreErrorKind};

pub use crate::cases::CaseTime;
use crate::cases::Cases;
use crate::harness::Suite;

/// An empty blob store, fresh for one case.
pub struct BlobsUnderTest {
    /// The store.
    pub store: Arc<dyn BlobStore>,
    /// What must live as long as the store, such as its folder.
    pub keep: Box<dyn Any + Send>,
}

impl fmt::Debug for BlobsUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobsUnderTest").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Checks a blob store; `make` opens an empty one for every case.
pub fn blob_suite<F, Fut>(name: &'static str, time: CaseTime, make: F) -> Suite
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = BlobsUnderTest> + Send + 'static,
{
    Cases::new(name, time, make)
        .case("put_tells_what_is_new", put_tells_what_is_new)
        .case("get_returns_the_bytes", get_returns_the_bytes)
        .case("get_of_nothing_is_not_found", get_of_nothing_is_not_found)
        .case("has_tells_what_is_there", has_tells_what_is_there)
        .case("keeps_an_empty_blob", keeps_an_empty_blob)
        .case("keeps_five_megabytes", keeps_five_megabytes)
        .case("wrong_bytes_are_never_handed_out", wrong_bytes_are_never_handed_out)
        .case("lists_nothing_when_empty", lists_nothing_when_empty)
        .case("lists_in_order_of_hashes_with_sizes", lists_in_order_of_hashes_with_sizes)
        .case("pages_without_gap_or_repetition", pages_without_gap_or_repetition)
        .case("a_page_may_start_behind_what_is_not_there", a_page_may_start_behind_what_is_not_there)
        .case("a_page_of_none_is_empty", a_page_of_none_is_empty)
        .case("delete_removes_and_may_be_repeated", delete_removes_and_may_be_repeated)
        .case("delete_leaves_the_others", delete_leaves_the_others)
        .case("put_after_delete_is_new", put_after_delete_is_new)
        .case("the_same_blob_put_at_once_is_new_once", the_same_blob_put_at_once_is_new_once)
        .case("different_blobs_put_at_once_are_all_there", different_blobs_put_at_once_are_all_there)
        .case("a_put_given_up_leaves_the_blob_whole_or_absent", a_put_given_up_leaves_the_blob_whole_or_absent)
        .suite
}

fn blob(number: u32) -> (ContentHash, Bytes) {
    let bytes = Bytes::from(format!("blob number {number}"));
    (ContentHash::of(&bytes), bytes)
}

/// Puts blobs 0 to `count`, and returns what a listing of them looks like.
async fn put_all(store: &dyn BlobStore, count: u32) -> Vec<BlobInfo> {
    let mut expected = Vec::new();
    for (hash, bytes) in (0..count).map(blob) {
        expected.push(BlobInfo { hash, size: FileSize::from_bytes(bytes.len() as u64) });
        store.put_blob(hash, bytes).await.unwrap();
    }
    expected.sort_unstable_by_key(|info| info.hash);
    expected
}

async fn put_tells_what_is_new(blobs: BlobsUnderTest) {
    let (hash, bytes) = blob(1);
    assert!(blobs.store.put_blob(hash, bytes.clone()).await.unwrap());
    assert!(!blobs.store.put_blob(hash, bytes).await.unwrap());
    let (hash, bytes) = blob(2);
    assert!(blobs.store.put_blob(hash, bytes).await.unwrap());
}

async fn get_returns_the_bytes(blobs: BlobsUnderTest) {
    let (hash, bytes) = blob(1);
    blobs.store.put_blob(hash, bytes.clone()).await.unwrap();
    assert_eq!(blobs.store.get_blob(hash).await.unwrap(), bytes);
    blobs.store.put_blob(hash, bytes.clone()).await.unwrap();
    assert_eq!(blobs.store.get_blob(hash).await.unwrap(), bytes);
}

async fn get_of_nothing_is_not_found(blobs: BlobsUnderTest) {
    put_all(&*blobs.store, 3).await;
    assert_eq!(blobs.store.get_blob(blob(9).0).await.unwrap_err().kind, StoreErrorKind::NotFound);
}

async fn has_tells_what_is_there(blobs: BlobsUnderTest) {
    put_all(&*blobs.store, 1).await;
    assert!(blobs.store.has_blob(blob(0).0).await.unwrap());
    assert!(!blobs.store.has_blob(blob(1).0).await.unwrap());
}

async fn keeps_an_empty_blob(blobs: BlobsUnderTest) {
    let hash = ContentHash::of(b"");
    assert!(blobs.store.put_blob(hash, Bytes::new()).await.unwrap());
    assert!(!blobs.store.put_blob(hash, Bytes::new()).await.unwrap());
    assert_eq!(blobs.store.get_blob(hash).await.unwrap(), Bytes::new());
    let listed = blobs.store.list_blobs(None, 10).await.unwrap();
    assert_eq!(listed, [BlobInfo { hash, size: FileSize::from_bytes(0) }]);
}

async fn keeps_five_megabytes(blobs: BlobsUnderTest) {
    let bytes: Bytes = (0..5_000_000_u32).map(|index| (index % 251) as u8).collect();
    let hash = ContentHash::of(&bytes);
    blobs.store.put_blob(hash, bytes.clone()).await.unwrap();
    assert!(blobs.store.get_blob(hash).await.unwrap() == bytes, "the bytes differ");
}

async fn wrong_bytes_are_never_handed_out(blobs: BlobsUnderTest) {
    let hash = blob(1).0;
    if blobs.store.put_blob(hash, Bytes::from_static(b"something else")).await.is_ok() {
        assert_eq!(blobs.store.get_blob(hash).await.unwrap_err().kind, StoreErrorKind::Corrupt);
    } else {
        assert!(!blobs.store.has_blob(hash).await.unwrap());
    }
}

async fn lists_nothing_when_empty(blobs: BlobsUnderTest) {
    assert_eq!(blobs.store.list_blobs(None, 10).await.unwrap(), []);
    assert_eq!(blobs.store.list_blobs(Some(blob(1).0), 10).await.unwrap(), []);
}

async fn lists_in_order_of_hashes_with_sizes(blobs: BlobsUnderTest) {
    let expected = put_all(&*blobs.store, 40).await;
    assert_eq!(blobs.store.list_blobs(None, 100).await.unwrap(), expected);
}

async fn pages_without_gap_or_repetition(blobs: BlobsUnderTest) {
    let expected = put_all(&*blobs.store, 40).await;
    for limit in [1, 7, 39, 40] {
        let mut found: Vec<BlobInfo> = Vec::new();
        loop {
            let page = blobs.store.list_blobs(found.last().map(|info| info.hash), limit).await.unwrap();
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, expected, "pages of {limit}");
    }
}

async fn a_page_may_start_behind_what_is_not_there(blobs: BlobsUnderTest) {
    let expected = put_all(&*blobs.store, 40).await;
    for start in (100..120).map(|number| blob(number).0) {
        let behind: Vec<_> = expected.iter().copied().filter(|info| info.hash > start).collect();
        assert_eq!(blobs.store.list_blobs(Some(start), 100).await.unwrap(), behind);
    }
}

async fn a_page_of_none_is_empty(blobs: BlobsUnderTest) {
    put_all(&*blobs.store, 2).await;
    assert_eq!(blobs.store.list_blobs(None, 0).await.unwrap(), []);
}

async fn delete_removes_and_may_be_repeated(blobs: BlobsUnderTest) {
    put_all(&*blobs.store, 1).await;
    let hash = blob(0).0;
    for _ in 0..2 {
        blobs.store.delete_blob(hash).await.unwrap();
        assert!(!blobs.store.has_blob(hash).await.unwrap());
        assert_eq!(blobs.store.get_blob(hash).await.unwrap_err().kind, StoreErrorKind::NotFound);
        assert_eq!(blobs.store.list_blobs(None, 10).await.unwrap(), []);
    }
}

async fn delete_leaves_the_others(blobs: BlobsUnderTest) {
    let mut expected = put_all(&*blobs.store, 5).await;
    let gone = expected.remove(2);
    blobs.store.delete_blob(gone.hash).await.unwrap();
    assert_eq!(blobs.store.list_blobs(None, 10).await.unwrap(), expected);
}

async fn put_after_delete_is_new(blobs: BlobsUnderTest) {
    let (hash, bytes) = blob(1);
    blobs.store.put_blob(hash, bytes.clone()).await.unwrap();
    blobs.store.delete_blob(hash).await.unwrap();
    assert!(blobs.store.put_blob(hash, bytes.clone()).await.unwrap());
    assert_eq!(blobs.store.get_blob(hash).await.unwrap(), bytes);
}

async fn the_same_blob_put_at_once_is_new_once(blobs: BlobsUnderTest) {
    let (hash, bytes) = blob(1);
    let put = |_| {
        let (store, bytes) = (Arc::clone(&blobs.store), bytes.clone());
        tokio::spawn(async move { store.put_blob(hash, bytes).await.unwrap() })
    };
    let answers = join_all((0..200).map(put)).await;
    assert_eq!(answers.into_iter().filter(|is_new| *is_new.as_ref().unwrap()).count(), 1);
    assert_eq!(blobs.store.get_blob(hash).await.unwrap(), bytes);
    assert_eq!(blobs.store.list_blobs(None, 10).await.unwrap().len(), 1);
}

async fn different_blobs_put_at_once_are_all_there(blobs: BlobsUnderTest) {
    let put = |(hash, bytes)| {
        let store = Arc::clone(&blobs.store);
        tokio::spawn(async move { store.put_blob(hash, bytes).await.unwrap() })
    };
    let answers = join_all((0..100).map(blob).map(put)).await;
    assert!(answers.into_iter().all(|is_new| is_new.unwrap()));
    assert_eq!(blobs.store.list_blobs(None, 1_000).await.unwrap().len(), 100);
    for (hash, bytes) in (0..100).map(blob) {
        assert_eq!(blobs.store.get_blob(hash).await.unwrap(), bytes);
    }
}

async fn a_put_given_up_leaves_the_blob_whole_or_absent(blobs: BlobsUnderTest) {
    for number in 0..20 {
        let (hash, bytes) = blob(number);
        let store = Arc::clone(&blobs.store);
        let put = tokio::spawn(async move { store.put_blob(hash, bytes).await });
        for _ in 0..number {
            tokio::task::yield_now().await;
        }
        put.abort();
        drop(put.await);
        let (hash, bytes) = blob(number);
        match blobs.store.get_blob(hash).await {
            Ok(found) => assert_eq!(found, bytes),
            Err(error) => assert_eq!(error.kind, StoreErrorKind::NotFound),
        }
        blobs.store.put_blob(hash, bytes.clone()).await.unwrap();
        assert_eq!(blobs.store.get_blob(hash).await.unwrap(), bytes);
    }
}
