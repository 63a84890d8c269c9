//! The rules behind automatic suggestions.

use media_domain::rules::{RuleCondition, RuleFinding};
use media_domain::{
    Evidence, ImageFormat, MediaAsset, MediaType, OptimizationKind, PerformanceCounts, RuleSet, SuggestionPriority,
    VideoFormat,
};
use proptest::prelude::*;
use serde_json::json;

use super::performance::worked_example;
use super::support::{asset, banner, cases, check_form};

const FIVE_MEGABYTES: u64 = 5 * 1_048_576;

fn clicks(clicks: u64, impressions: u64) -> PerformanceCounts {
    PerformanceCounts { impressions, clicks, ..PerformanceCounts::default() }
}

fn unmeasured() -> PerformanceCounts {
    PerformanceCounts::default()
}

/// A small WebP image, about which no rule has anything to say but by its performance.
fn webp() -> MediaAsset {
    asset(MediaType::Image, ImageFormat::Webp, 10_000)
}

fn kinds(asset: &MediaAsset, counts: &PerformanceCounts) -> Vec<OptimizationKind> {
    RuleSet::default().findings(asset, counts).into_iter().map(|finding| finding.kind).collect()
}

fn refresh_design(counts: &PerformanceCounts) -> Option<RuleFinding> {
    let found = RuleSet::default().findings(&webp(), counts);
    assert!(found.iter().all(|finding| finding.kind == OptimizationKind::RefreshDesign));
    found.into_iter().next()
}

#[test]
fn the_worked_example_gives_exactly_one() {
    assert_eq!(kinds(&banner(), &worked_example()), [OptimizationKind::ConvertToWebp]);
}

#[test]
fn each_rule_has_its_priority_and_improvement() {
    let large = asset(MediaType::Banner, ImageFormat::Png, FIVE_MEGABYTES + 1);
    let found: Vec<_> = RuleSet::default()
        .findings(&large, &clicks(4, 100))
        .into_iter()
        .map(|finding| (finding.kind, finding.priority, finding.estimated_improvement_percent))
        .collect();
    assert_eq!(
        found,
        [
            (OptimizationKind::RefreshDesign, SuggestionPriority::High, 15.0),
            (OptimizationKind::Compress, SuggestionPriority::Medium, 5.0),
            (OptimizationKind::ConvertToWebp, SuggestionPriority::Low, 3.0),
        ]
    );
}

#[test]
fn a_threshold_itself_does_not_fire() {
    assert!(refresh_design(&clicks(5, 100)).is_none());
    assert!(refresh_design(&clicks(500_000, 10_000_000)).is_none());
    assert!(refresh_design(&clicks(499_999, 10_000_000)).is_some());
    let of_size = |bytes| kinds(&asset(MediaType::Image, ImageFormat::Webp, bytes), &unmeasured());
    assert_eq!(of_size(FIVE_MEGABYTES), []);
    assert_eq!(of_size(FIVE_MEGABYTES + 1), [OptimizationKind::Compress]);
    assert_eq!(of_size(u64::MAX), [OptimizationKind::Compress]);
}

#[test]
fn without_impressions_only_size_and_format_are_judged() {
    assert!(refresh_design(&unmeasured()).is_none());
    let large = asset(MediaType::Banner, ImageFormat::Jpeg, 2 * FIVE_MEGABYTES);
    assert_eq!(kinds(&large, &unmeasured()), [OptimizationKind::Compress, OptimizationKind::ConvertToWebp]);
}

#[test]
fn only_raster_stills_become_webp() {
    for (media_type, format, expected) in [
        (MediaType::Image, ImageFormat::Jpeg, true),
        (MediaType::Infographic, ImageFormat::Png, true),
        (MediaType::Thumbnail, ImageFormat::Png, true),
        (MediaType::Banner, ImageFormat::Png, true),
        (MediaType::Icon, ImageFormat::Gif, true),
        (MediaType::Image, ImageFormat::Webp, false),
        (MediaType::Icon, ImageFormat::Svg, false),
        (MediaType::Gif, ImageFormat::Gif, false),
    ] {
        let fires = !kinds(&asset(media_type, format, 10), &unmeasured()).is_empty();
        assert_eq!(fires, expected, "{media_type} {format}");
    }
    assert_eq!(kinds(&asset(MediaType::Video, VideoFormat::Mp4, 10), &unmeasured()), []);
    let mut animated = asset(MediaType::Image, ImageFormat::Png, 10);
    animated.metadata.frame_count = Some(12);
    assert_eq!(kinds(&animated, &unmeasured()), []);
}

#[test]
fn beside_the_threshold_stands_how_sure_it_is() {
    for (counts, evidence) in [
        (clicks(0, 1), Evidence::Insufficient),
        (clicks(0, 999), Evidence::Insufficient),
        (clicks(49, 1_000), Evidence::Inconclusive),
        (clicks(10, 1_000), Evidence::Conclusive),
        (clicks(0, 1_000), Evidence::Conclusive),
    ] {
        assert_eq!(refresh_design(&counts).unwrap().finding.evidence, evidence, "{counts:?}");
    }
}

#[test]
fn a_finding_carries_its_measurement() {
    let finding = refresh_design(&clicks(10, 1_000)).unwrap().finding;
    assert_eq!(finding.metric, "click_through_rate");
    assert_eq!((finding.threshold, finding.value, finding.sample_size), (Some(0.05), Some(0.01), Some(1_000)));
    let interval = finding.interval.unwrap();
    assert!(interval.low < 0.01 && 0.01 < interval.high && interval.high < 0.05);

    let large = asset(MediaType::Image, ImageFormat::Webp, FIVE_MEGABYTES + 1);
    let finding = RuleSet::default().findings(&large, &unmeasured()).remove(0).finding;
    assert_eq!(finding.metric, "file_size_bytes");
    assert_eq!((finding.threshold, finding.value), (Some(5_242_880.0), Some(5_242_881.0)));
    assert_eq!((finding.sample_size, finding.interval, finding.evidence), (None, None, Evidence::Conclusive));

    let finding = RuleSet::default().findings(&banner(), &unmeasured()).remove(0).finding;
    assert_eq!((finding.metric.as_str(), finding.threshold, finding.value), ("format", None, None));
    assert_eq!(finding.evidence, Evidence::Conclusive);
}

#[test]
fn doubt_suppresses_only_when_configured_so() {
    let strict = RuleSet { require_conclusive: true, ..RuleSet::default() };
    for (counts, fires) in [(clicks(0, 10), false), (clicks(49, 1_000), false), (clicks(10, 1_000), true)] {
        assert!(refresh_design(&counts).is_some());
        assert_eq!(!strict.findings(&webp(), &counts).is_empty(), fires, "{counts:?}");
    }
    assert_eq!(strict.findings(&banner(), &unmeasured()).len(), 1);
}

#[test]
fn thresholds_come_from_configuration() {
    let rules: RuleSet = serde_json::from_value(json!({
        "minimum_sample_size": 10,
        "rules": [
            { "when": { "metric": "click_through_rate", "below": 0.5 }, "kind": "refresh_design", "priority": "low",
              "estimated_improvement_percent": 1.5 },
            { "when": { "metric": "file_size_bytes", "above": 100 }, "kind": "resize", "priority": "high",
              "estimated_improvement_percent": 2.0 },
            { "when": { "metric": "format", "wanted": "jpeg" }, "kind": "reformat", "priority": "medium",
              "estimated_improvement_percent": 0.0 },
        ]
    }))
    .unwrap();
    assert_eq!((rules.check(), rules.require_conclusive), (Ok(()), false));
    let found = rules.findings(&webp(), &clicks(1, 20));
    assert_eq!(
        found.iter().map(|finding| finding.kind).collect::<Vec<_>>(),
        [OptimizationKind::RefreshDesign, OptimizationKind::Resize, OptimizationKind::Reformat]
    );
    assert_eq!(found[0].finding.evidence, Evidence::Conclusive);
}

#[test]
fn the_default_form_is_stable() {
    check_form(
        &RuleSet::default(),
        json!({
            "rules": [
                { "when": { "metric": "click_through_rate", "below": 0.05 }, "kind": "refresh_design",
                  "priority": "high", "estimated_improvement_percent": 15.0 },
                { "when": { "metric": "file_size_bytes", "above": 5_242_880 }, "kind": "compress",
                  "priority": "medium", "estimated_improvement_percent": 5.0 },
                { "when": { "metric": "format", "wanted": "webp" }, "kind": "convert_to_webp",
                  "priority": "low", "estimated_improvement_percent": 3.0 },
            ],
            "minimum_sample_size": 1_000,
            "require_conclusive": false
        }),
    );
    assert_eq!(serde_json::from_value::<RuleSet>(json!({})).unwrap(), RuleSet::default());
    assert_eq!(RuleSet::default().check(), Ok(()));
}

#[test]
fn unknown_keys_are_refused() {
    for json in [
        json!({ "minimum_sample": 1 }),
        json!({ "rules": [{ "when": { "metric": "format", "wanted": "webp" }, "kind": "reformat", "priority": "low",
            "estimated_improvement_percent": 1.0, "note": "" }] }),
        json!({ "rules": [{ "when": { "metric": "format", "wanted": "webp", "below": 1 }, "kind": "reformat",
            "priority": "low", "estimated_improvement_percent": 1.0 }] }),
        json!({ "rules": [{ "when": { "metric": "age", "above": 1 }, "kind": "reformat", "priority": "low",
            "estimated_improvement_percent": 1.0 }] }),
    ] {
        assert!(serde_json::from_value::<RuleSet>(json.clone()).is_err(), "{json}");
    }
}

#[test]
fn numbers_that_make_no_sense_are_refused_and_never_fire() {
    for below in [5.0, -0.1, f64::NAN, f64::INFINITY] {
        let mut rules = RuleSet::default();
        rules.rules[0].condition = RuleCondition::ClickThroughRate { below };
        let error = rules.check().unwrap_err();
        assert_eq!((error.index, error.kind), (0, OptimizationKind::RefreshDesign), "{below}");
    }
    let mut rules = RuleSet::default();
    rules.rules[0].condition = RuleCondition::ClickThroughRate { below: f64::NAN };
    assert!(rules.findings(&webp(), &clicks(0, 5_000)).is_empty());
    for improvement in [-1.0, f64::NAN, f64::INFINITY] {
        let mut rules = RuleSet::default();
        rules.rules[1].estimated_improvement_percent = improvement;
        assert_eq!(rules.check().unwrap_err().index, 1, "{improvement}");
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn the_rate_rule_fires_exactly_below_five_per_cent(impressions in 1_u64..1_000_000_000, part: u64) {
        let counts = clicks(part % (impressions + 1), impressions);
        let fires = u128::from(counts.clicks) * 20 < u128::from(counts.impressions);
        prop_assert_eq!(refresh_design(&counts).is_some(), fires, "{:?}", counts);
    }

    #[test]
    fn any_counts_are_judged_without_a_panic(impressions: u64, clicks: u64, bytes: u64) {
        let counts = PerformanceCounts { impressions, clicks, ..PerformanceCounts::default() };
        for finding in RuleSet::default().findings(&asset(MediaType::Banner, ImageFormat::Png, bytes), &counts) {
            prop_assert!(!finding.description.is_empty());
        }
    }
}
