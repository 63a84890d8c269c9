//! Libraries and their figures.

use media_domain::LibraryId;
use media_engine::{EngineError, LibraryRef, Move, NewLibrary};
use media_testkit::sample;

use crate::setup::{engine, picture};

#[tokio::test]
async fn names_are_unique_and_libraries_are_found_by_name_and_id() {
    let setup = engine(vec![]);
    let new = NewLibrary {
        owner: "marketing".to_owned(),
        project: Some("summer".to_owned()),
        ..NewLibrary::named(sample::name("Heroes"))
    };
    let library = setup.engine.create_library(new.clone()).await.unwrap();
    let taken = setup.engine.create_library(new).await.unwrap_err();
    assert!(matches!(taken, EngineError::AlreadyExists { .. }), "{taken}");
    for reference in ["Heroes".to_owned(), library.library_id.to_string()] {
        assert_eq!(setup.engine.library(&reference.parse::<LibraryRef>().unwrap()).await.unwrap(), library);
    }
}

#[tokio::test]
async fn an_asset_may_be_in_several_libraries_and_removing_it_only_unlinks() {
    let setup = engine(vec![]);
    let asset = setup.added(picture(1)).await;
    let other = setup.engine.create_library(NewLibrary::named(sample::name("Other"))).await.unwrap().library_id;
    setup.engine.add_asset_to_library(other, asset.asset_id).await.unwrap();
    setup.engine.add_asset_to_library(other, asset.asset_id).await.unwrap();
    let names: Vec<_> =
        setup.engine.libraries_of(asset.asset_id).await.unwrap().into_iter().map(|l| l.name.to_string()).collect();
    assert_eq!(names, ["Default", "Other"]);
    setup.engine.remove_asset_from_library(other, asset.asset_id).await.unwrap();
    assert_eq!(setup.engine.library_statistics(other).await.unwrap().asset_count, 0);
    assert!(setup.engine.asset(asset.asset_id).await.is_ok());
    let twice = setup.engine.remove_asset_from_library(other, asset.asset_id).await.unwrap_err();
    assert!(matches!(twice, EngineError::NotFound { .. }), "{twice}");
    let nowhere = LibraryId::from_uuid(uuid::Uuid::from_u128(99));
    let unknown = setup.engine.add_asset_to_library(nowhere, asset.asset_id).await.unwrap_err();
    assert!(matches!(unknown, EngineError::NotFound { .. }), "{unknown}");
}

#[tokio::test]
async fn figures_leave_deleted_assets_out() {
    let setup = engine(vec![]);
    let mut assets = Vec::new();
    for seed in 0..3 {
        let mut add = picture(seed);
        add.tags = sample::tags(["hero"]);
        assets.push(setup.added(add).await);
    }
    let library = setup.engine.libraries().await.unwrap()[0].library_id;
    let size = assets.iter().map(|asset| asset.metadata.file_size.bytes()).sum::<u64>();
    let before = setup.engine.library_statistics(library).await.unwrap();
    assert_eq!((before.asset_count, before.total_size.bytes(), before.tags[0].count), (3, size, 3));
    setup.engine.move_asset(assets[0].asset_id, &sample::user("anna"), &Move::Delete).await.unwrap();
    let after = setup.engine.library_statistics(library).await.unwrap();
    assert_eq!((after.asset_count, after.tags[0].count), (2, 2));
    setup.engine.move_asset(assets[0].asset_id, &sample::user("anna"), &Move::Restore).await.unwrap();
    assert_eq!(setup.engine.library_statistics(library).await.unwrap(), before);
}
