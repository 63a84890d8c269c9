//! Exports to design tools.

use std::sync::Arc;

use media_chain::{ChainMember, ChainPolicy};
use media_domain::export::{FigmaAttachment, FigmaExportResult};
use media_domain::{AssetId, DesignExportResult, ProviderId, Tag};
use media_engine::{EngineError, ExportAsset};
use media_ports::mocks::MockDesignExporter;
use media_ports::{ExportAnswer, ExportDestination, MediaGeneratorProvider, Operation};
use media_testkit::fakes::FakeProvider;
use media_testkit::sample;
use serde_json::{Map, Value, json};

use crate::setup::{Parts, dry_engine, engine, picture};

fn to_figma(asset_id: AssetId) -> ExportAsset {
    ExportAsset {
        asset_id,
        destination: ExportDestination::Figma { file_key: " FILE ".to_owned(), page_id: Some("0:1".to_owned()) },
        link: None,
        options: Map::new(),
        user_id: sample::user("anna"),
    }
}

#[tokio::test]
async fn an_export_is_recorded_and_tagged() {
    let setup = dry_engine(vec![FakeProvider::new("figma_api")]);
    let asset_id = setup.added(picture(1)).await.asset_id;
    let record = setup.engine.export_asset(to_figma(asset_id)).await.unwrap();
    let DesignExportResult::Figma(figma) = &record.result else { panic!("{:?}", record.result) };
    assert_eq!((figma.figma_file_key.as_str(), record.dry_run), ("FILE", true));
    assert_eq!(setup.engine.exports(asset_id).await.unwrap(), [record]);
    assert!(setup.engine.asset(asset_id).await.unwrap().tags.contains(&Tag::parse("figma_exported").unwrap()));
}

#[tokio::test]
async fn the_short_way_to_figma_is_the_same_export() {
    let setup = dry_engine(vec![FakeProvider::new("figma_api")]);
    let asset_id = setup.added(picture(1)).await.asset_id;
    let short = setup.engine.export_asset_to_figma(asset_id, "FILE", Some("0:1"), Map::new()).await.unwrap();
    let long = setup.engine.export_asset(to_figma(asset_id)).await.unwrap();
    assert_eq!(short.result, long.result);
}

#[tokio::test]
async fn an_export_that_nobody_can_do_is_an_error_and_leaves_no_record() {
    let setup = engine(vec![FakeProvider::new("only")]);
    let asset_id = setup.added(picture(1)).await.asset_id;
    let refused = setup.engine.export_asset(to_figma(asset_id)).await.unwrap_err();
    assert!(matches!(refused, EngineError::Export { .. }), "{refused}");
    assert!(setup.engine.exports(asset_id).await.unwrap().is_empty());
    let unknown = setup.engine.export_asset(to_figma(sample::asset_id(77))).await.unwrap_err();
    assert!(matches!(unknown, EngineError::NotFound { .. }), "{unknown}");
    let destination = ExportDestination::Figma { file_key: " ".to_owned(), page_id: None };
    let blank = setup.engine.export_asset(ExportAsset { destination, ..to_figma(asset_id) }).await.unwrap_err();
    assert!(matches!(blank, EngineError::Invalid(_)), "{blank}");
}

/// Answers that it has exported, if the request has this link and these options.
fn exporter_that_wants(link: Option<&'static str>, options: Value) -> MediaGeneratorProvider {
    let mut exporter = MockDesignExporter::new();
    exporter.expect_export_design().returning(move |_, request| {
        assert_eq!((request.link.as_deref(), &Value::from(request.options.clone())), (link, &options));
        let result = FigmaExportResult {
            figma_node_id: "1:2".to_owned(),
            figma_url: "https://tool.example/1:2".to_owned(),
            figma_file_key: "FILE".to_owned(),
            page_id: None,
            attached_as: FigmaAttachment::DevResource,
        };
        Ok(ExportAnswer {
            provider: ProviderId::parse("tool").unwrap(),
            result: DesignExportResult::Figma(result),
            dry_run: false,
            attempts: Vec::new(),
            skipped: Vec::new(),
        })
    });
    let (provider, _) = FakeProvider::new("tool").build();
    let mut descriptor = (*provider.descriptor).clone();
    descriptor.operations.insert(Operation::ExportFigma);
    MediaGeneratorProvider { descriptor: Arc::new(descriptor), exporter: Some(Arc::new(exporter)), ..provider }
}

#[tokio::test]
async fn a_tool_is_told_where_the_asset_is_found() {
    let (own, optional) = ("https://media.example/assets/1", "https://elsewhere.example/1");
    // The link of its own, the options, the link that arrives.
    for (link, options, arrives) in [
        (Some(own), json!({ "link": optional, "depth": 2 }), Some(own)),
        (None, json!({ "link": optional, "depth": 2 }), Some(optional)),
        (None, json!({ "depth": 2 }), None),
    ] {
        let provider = exporter_that_wants(arrives, json!({ "depth": 2 }));
        let setup = Parts::of_members(ChainPolicy::default(), vec![ChainMember::ready(provider)]).build();
        let asset_id = setup.added(picture(1)).await.asset_id;
        let options = options.as_object().cloned().unwrap();
        let export = ExportAsset { link: link.map(str::to_owned), options, ..to_figma(asset_id) };
        let record = setup.engine.export_asset(export).await.unwrap();
        assert_eq!(record.result.url(), Some("https://tool.example/1:2"));
    }
}
