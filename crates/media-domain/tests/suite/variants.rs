//! Variants of an asset, and their scores.

use media_domain::{
    AssetId, ContentHash, ImageFormat, MediaDimensions, MediaVariant, Name, PerformanceCounts, PerformanceScore,
    VariantId,
};
use proptest::prelude::*;
use serde_json::json;

use super::support::{cases, check_form, uuid};

fn variant(number: u128, name: &str) -> MediaVariant {
    MediaVariant {
        variant_id: VariantId::from_uuid(uuid(number)),
        asset_id: AssetId::from_uuid(uuid(1)),
        name: Name::parse(name).unwrap(),
        dimensions: MediaDimensions::new(300, 250),
        format: ImageFormat::Webp.into(),
        content_hash: ContentHash::of(name.as_bytes()),
        performance_score: None,
    }
}

#[test]
fn several_variants_of_one_asset() {
    let variants = [variant(10, "mobile"), variant(11, "desktop")];
    assert_eq!(variants[0].asset_id, variants[1].asset_id);
    assert_ne!(variants[0].variant_id, variants[1].variant_id);
    let mut scored = variant(10, "mobile");
    scored.performance_score = Some(PerformanceScore::new(12.5).unwrap());
    let json = serde_json::to_value(&scored).unwrap();
    assert_eq!((&json["format"], &json["performance_score"]), (&json!("webp"), &json!(12.5)));
    check_form(&scored, json);
}

#[test]
fn scores_lie_between_0_and_100() {
    for score in [0.0, 0.001, 50.0, 100.0] {
        assert_eq!(PerformanceScore::new(score).unwrap().value(), score);
    }
    for score in [-0.001, 100.001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(PerformanceScore::new(score).is_err(), "{score}");
    }
    check_form(&PerformanceScore::new(42.0).unwrap(), json!(42.0));
    assert!(serde_json::from_value::<PerformanceScore>(json!(100.5)).is_err());
}

#[test]
fn a_score_is_half_clicks_and_half_engagements_in_per_cent() {
    let counts = PerformanceCounts { impressions: 1_000, clicks: 100, engagements: 300, ..Default::default() };
    assert_eq!(PerformanceScore::measured(&counts).unwrap().value(), 20.0);
    let all = PerformanceCounts { impressions: 10, clicks: 10, engagements: 10, ..Default::default() };
    assert_eq!(PerformanceScore::measured(&all).unwrap().value(), 100.0);
    assert_eq!(PerformanceScore::measured(&PerformanceCounts::default()), None);
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_measured_score_is_always_one(impressions: u64, clicks: u64, engagements: u64) {
        let counts = PerformanceCounts { impressions, clicks, engagements, ..Default::default() };
        let score = PerformanceScore::measured(&counts);
        prop_assert_eq!(score.is_none(), impressions == 0);
        if let Some(score) = score {
            prop_assert_eq!(PerformanceScore::new(score.value()), Ok(score));
        }
    }

    #[test]
    fn any_number_is_taken_or_refused(score: f64) {
        prop_assert_eq!(PerformanceScore::new(score).is_ok(), (0.0..=100.0).contains(&score));
    }
}
