//! Exports to Figma.

use media_engine::{EngineError, ExportAsset};
use media_testkit::fakes::FakeProvider;
use media_testkit::sample;

use crate::setup::{dry_engine, engine, picture};

fn export(asset_id: media_domain::AssetId) -> ExportAsset {
    ExportAsset {
        asset_id,
        file_key: "FILE".to_owned(),
        page_id: Some("0:1".to_owned()),
        options: serde_json::Map::new(),
        user_id: sample::user("anna"),
    }
}

#[tokio::test]
async fn an_export_is_recorded_and_tagged() {
    let setup = dry_engine(vec![FakeProvider::new("figma_api")]);
    let asset_id = setup.added(picture(1)).await.asset_id;
    let record = setup.engine.export_asset_to_figma(export(asset_id)).await.unwrap();
    assert_eq!((record.result.figma_file_key.as_str(), record.dry_run), ("FILE", true));
    assert_eq!(setup.engine.exports(asset_id).await.unwrap(), [record]);
    assert!(
        setup.engine.asset(asset_id).await.unwrap().tags.contains(&media_domain::Tag::parse("figma_exported").unwrap())
    );
}

#[tokio::test]
async fn an_export_that_nobody_can_do_is_an_error_and_leaves_no_record() {
    let setup = engine(vec![FakeProvider::new("only")]);
    let asset_id = setup.added(picture(1)).await.asset_id;
    let refused = setup.engine.export_asset_to_figma(export(asset_id)).await.unwrap_err();
    assert!(matches!(refused, EngineError::Export { .. }), "{refused}");
    assert!(setup.engine.exports(asset_id).await.unwrap().is_empty());
    let unknown = setup.engine.export_asset_to_figma(export(sample::asset_id(77))).await.unwrap_err();
    assert!(matches!(unknown, EngineError::NotFound { .. }), "{unknown}");
}
