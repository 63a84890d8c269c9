//! The life of variants.

use media_domain::PerformanceCounts;
use media_engine::{EngineError, TrackPerformance};
use media_testkit::{pictures, sample};

use crate::performance::track;
use crate::setup::{engine, picture};

#[tokio::test]
async fn variants_are_made_listed_scored_replaced_and_removed() {
    let setup = engine(vec![]);
    let asset_id = setup.added(picture(1)).await.asset_id;
    let small = setup.engine.create_variant(asset_id, sample::name("small"), pictures::png(8, 8, 1)).await.unwrap();
    setup.engine.create_variant(asset_id, sample::name("large"), pictures::png(80, 80, 2)).await.unwrap();
    let taken = setup.engine.create_variant(asset_id, sample::name("small"), pictures::png(9, 9, 3)).await.unwrap_err();
    assert!(matches!(taken, EngineError::AlreadyExists { .. }), "{taken}");

    let measured = TrackPerformance {
        variant_id: Some(small.variant_id),
        counts: PerformanceCounts { impressions: 1_000, clicks: 40, engagements: 60, ..PerformanceCounts::default() },
        ..track(asset_id, "summer", 0, 0)
    };
    setup.engine.track_asset_performance(measured).await.unwrap();
    let scores: Vec<_> = setup
        .engine
        .asset_variants(asset_id)
        .await
        .unwrap()
        .into_iter()
        .map(|variant| (variant.name.to_string(), variant.performance_score.map(|score| score.value())))
        .collect();
    assert_eq!(scores, [("large".to_owned(), None), ("small".to_owned(), Some(5.0))]);

    let replaced = setup.engine.replace_variant(small.variant_id, pictures::png(16, 16, 4)).await.unwrap();
    assert_eq!((replaced.name.as_str(), replaced.dimensions.width), ("small", 16));
    setup.engine.remove_variant(small.variant_id).await.unwrap();
    assert_eq!(setup.engine.asset_variants(asset_id).await.unwrap().len(), 1);
    let gone = setup.engine.remove_variant(small.variant_id).await.unwrap_err();
    assert!(matches!(gone, EngineError::NotFound { .. }), "{gone}");
}

#[tokio::test]
async fn a_variant_of_another_asset_is_not_tracked() {
    let setup = engine(vec![]);
    let (one, other) = (setup.added(picture(1)).await.asset_id, setup.added(picture(2)).await.asset_id);
    let variant = setup.engine.create_variant(one, sample::name("small"), pictures::png(8, 8, 1)).await.unwrap();
    let wrong = TrackPerformance { variant_id: Some(variant.variant_id), ..track(other, "summer", 10, 1) };
    let refused = setup.engine.track_asset_performance(wrong).await.unwrap_err();
    assert!(matches!(refused, EngineError::NotFound { .. }), "{refused}");
}
