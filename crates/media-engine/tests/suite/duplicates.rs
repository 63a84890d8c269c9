//! Equal bytes.

use media_domain::ContentHash;
use media_engine::{AddOutcome, LibraryRef, Move, NewLibrary};
use media_ports::BlobStore;
use media_testkit::{pictures, sample};

use crate::setup::{engine, picture};

#[tokio::test]
async fn the_existing_asset_is_offered_and_equal_bytes_are_kept_once() {
    let setup = engine(vec![]);
    let first = setup.added(picture(1)).await;
    match setup.engine.add_asset(picture(1)).await.unwrap() {
        AddOutcome::AlreadyThere(twins) => assert_eq!(twins[0].asset_id, first.asset_id),
        AddOutcome::Added(_) => panic!("the existing asset should be offered"),
    }
    setup.engine.create_library(NewLibrary::named(sample::name("Other"))).await.unwrap();
    let mut again = picture(1);
    again.allow_duplicate = true;
    again.library = Some(LibraryRef::Name(sample::name("Other")));
    let second = setup.added(again).await;
    setup.engine.settle().await;

    let hash = ContentHash::of(&pictures::png(48, 32, 1));
    let twins = setup.engine.find_duplicate_assets(hash).await.unwrap();
    assert_eq!(twins.iter().map(|asset| asset.asset_id).collect::<Vec<_>>(), [first.asset_id, second.asset_id]);
    let groups = setup.engine.duplicate_groups(None, 10).await.unwrap();
    assert_eq!((groups.len(), groups[0].content_hash, groups[0].assets.len()), (1, hash, 2));
    // One file and one preview.
    assert_eq!(setup.blobs.list_blobs(None, 10).await.unwrap().len(), 2);

    setup.engine.move_asset(second.asset_id, &sample::user("anna"), &Move::Delete).await.unwrap();
    assert!(setup.engine.duplicate_groups(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_hash_can_be_asked_for_before_an_upload() {
    let setup = engine(vec![]);
    let hash = ContentHash::of(&pictures::png(48, 32, 1));
    assert!(setup.engine.find_duplicate_assets(hash).await.unwrap().is_empty());
    setup.added(picture(1)).await;
    assert_eq!(setup.engine.find_duplicate_assets(hash).await.unwrap().len(), 1);
}
