//! Checking the data.

use bytes::Bytes;
use media_ports::BlobStore;

use crate::setup::{engine, picture};

#[tokio::test]
async fn a_missing_and_a_damaged_file_are_found_and_a_stray_one_is_counted() {
    let setup = engine(vec![]);
    let (lost, damaged) = (setup.added(picture(1)).await, setup.added(picture(2)).await);
    setup.engine.settle().await;
    let before = setup.engine.verify().await.unwrap();
    assert_eq!((before.blobs_checked, before.blobs_unreferenced, before.findings.len()), (4, 0, 0));
    setup.blobs.delete_blob(lost.content_hash).await.unwrap();
    setup.blobs.corrupt(damaged.content_hash, Bytes::from_static(b"something else"));
    let stray = Bytes::from_static(b"left behind");
    setup.blobs.put_blob(media_domain::ContentHash::of(&stray), stray).await.unwrap();
    let after = setup.engine.verify().await.unwrap();
    let subjects: Vec<_> = after.findings.iter().map(|finding| finding.subject.clone()).collect();
    assert_eq!(subjects.len(), 2);
    for asset in [lost, damaged] {
        assert!(subjects.contains(&format!("blob {}", asset.content_hash)));
    }
    assert_eq!(after.blobs_unreferenced, 1);
}
