//! The whole way, from a prompt to a measured and improved asset.

use media_domain::{MediaStatus, OptimizationKind};
use media_engine::{LibraryRef, Move, NewLibrary};
use media_ports::AssetQuery;
use media_testkit::fakes::FakeProvider;
use media_testkit::sample;

use crate::performance::track;
use crate::setup::{engine, generation};

#[tokio::test]
async fn generated_approved_published_measured_improved_and_found_again() {
    let setup = engine(vec![FakeProvider::new("only")]);
    let library = setup.engine.create_library(NewLibrary::named(sample::name("Campaigns"))).await.unwrap();
    let mut call = generation();
    call.library = Some(LibraryRef::Id(library.library_id));
    let asset_id = setup.engine.generate_asset_from_prompt(call).await.unwrap().assets[0].asset_id;
    let user = sample::user("anna");
    for step in [Move::Approve { notes: String::new(), force: false }, Move::Publish] {
        setup.engine.move_asset(asset_id, &user, &step).await.unwrap();
    }
    setup.engine.track_asset_performance(track(asset_id, "summer", 20_000, 400)).await.unwrap();
    let kinds: Vec<_> =
        setup.engine.auto_suggest_optimizations(asset_id).await.unwrap().iter().map(|s| s.kind).collect();
    assert_eq!(kinds, [OptimizationKind::RefreshDesign, OptimizationKind::ConvertToWebp]);
    let found = setup
        .engine
        .assets(&AssetQuery {
            text: Some("lighthouse".to_owned()),
            status: Some(MediaStatus::Published),
            ..AssetQuery::all()
        })
        .await
        .unwrap();
    assert_eq!(found.items[0].asset_id, asset_id);
    let most_used = setup.engine.most_used_assets(library.library_id, None).await.unwrap();
    assert_eq!((most_used.len(), most_used[0].usage_count), (1, 1));
    let figures = setup.engine.library_statistics(library.library_id).await.unwrap();
    assert_eq!((figures.total_usage, figures.campaign_count, figures.average_click_through_rate), (1, 1, 0.02));
}
