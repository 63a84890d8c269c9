//! Tracking and ranking.

use media_domain::{AssetId, PerformanceCounts};
use media_engine::{EngineError, Move, TrackPerformance};
use media_ports::{PerformanceQuery, TotalsBy};
use media_testkit::sample;

use crate::setup::{engine, picture};

pub(crate) fn track(asset_id: AssetId, campaign: &str, impressions: u64, clicks: u64) -> TrackPerformance {
    TrackPerformance {
        asset_id,
        variant_id: None,
        campaign: sample::campaign(campaign),
        channel: sample::channel("email"),
        counts: PerformanceCounts { impressions, clicks, ..PerformanceCounts::default() },
        recorded_at: None,
        contact_id: None,
    }
}

#[tokio::test]
async fn tracking_twice_keeps_two_and_marks_the_asset_used() {
    let setup = engine(vec![]);
    let asset_id = setup.added(picture(1)).await.asset_id;
    setup.engine.track_asset_performance(track(asset_id, "summer", 1_000, 10)).await.unwrap();
    setup.engine.track_asset_performance(track(asset_id, "summer", 3_000, 110)).await.unwrap();
    let report = setup.engine.asset_performance(asset_id).await.unwrap();
    assert_eq!((report.records.len(), report.total.impressions), (2, 4_000));
    assert_eq!(report.rates.click_through_rate, 0.03, "the sum over the sum");
    let asset = setup.engine.asset(asset_id).await.unwrap();
    assert_eq!((asset.usage_count, asset.campaigns_used_in.len()), (2, 1));
    assert!(asset.last_used_at.is_some());
}

#[tokio::test]
async fn counts_that_cannot_be_leave_no_trace() {
    let setup = engine(vec![]);
    let asset_id = setup.added(picture(1)).await.asset_id;
    let refused = setup.engine.track_asset_performance(track(asset_id, "summer", 10, 11)).await.unwrap_err();
    assert!(matches!(refused, EngineError::Counts(_)), "{refused}");
    assert_eq!(setup.engine.asset(asset_id).await.unwrap().usage_count, 0);
    assert!(setup.engine.asset_performance(asset_id).await.unwrap().records.is_empty());
}

#[tokio::test]
async fn what_is_deleted_or_unknown_is_not_tracked() {
    let setup = engine(vec![]);
    let asset_id = setup.added(picture(1)).await.asset_id;
    setup.engine.move_asset(asset_id, &sample::user("anna"), &Move::Delete).await.unwrap();
    let deleted = setup.engine.track_asset_performance(track(asset_id, "summer", 10, 1)).await.unwrap_err();
    assert!(matches!(deleted, EngineError::Invalid(_)), "{deleted}");
    let unknown = setup.engine.track_asset_performance(track(sample::asset_id(77), "summer", 10, 1)).await.unwrap_err();
    assert!(matches!(unknown, EngineError::NotFound { .. }), "{unknown}");
}

#[tokio::test]
async fn the_best_are_ranked_by_rate_each_once_per_campaign_or_over_all() {
    let setup = engine(vec![]);
    let mut ids = Vec::new();
    for seed in 0..7 {
        ids.push(setup.added(picture(seed)).await.asset_id);
    }
    for (position, id) in ids.iter().enumerate() {
        setup.engine.track_asset_performance(track(*id, "summer", 1_000, 10 * position as u64)).await.unwrap();
        setup.engine.track_asset_performance(track(*id, "winter", 1_000, 100 - 10 * position as u64)).await.unwrap();
    }
    let best = async |campaign: Option<&str>, limit| {
        let best = setup.engine.best_performing_assets(campaign.map(sample::campaign), limit).await.unwrap();
        best.into_iter().map(|best| best.asset.asset_id).collect::<Vec<_>>()
    };
    assert_eq!(best(Some("summer"), Some(2)).await, [ids[6], ids[5]]);
    assert_eq!(best(Some("winter"), Some(1)).await, [ids[0]]);
    assert_eq!(best(None, None).await.len(), 5);
    let by_asset = setup.engine.compare_performance(&PerformanceQuery::default(), TotalsBy::Asset).await.unwrap();
    assert_eq!(by_asset.len(), 7);
    assert!(by_asset.iter().all(|group| group.counts.clicks == 100));
}
