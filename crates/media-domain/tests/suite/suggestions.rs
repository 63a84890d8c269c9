//! Suggestions.

use media_domain::{
    AssetId, Evidence, Finding, Interval, MediaOptimizationSuggestion, OptimizationKind, SuggestionId,
    SuggestionPriority,
};
use serde_json::json;

use super::support::{at, check_form, uuid};

fn suggestion() -> MediaOptimizationSuggestion {
    MediaOptimizationSuggestion {
        suggestion_id: SuggestionId::from_uuid(uuid(4)),
        asset_id: AssetId::from_uuid(uuid(1)),
        kind: OptimizationKind::RemoveBg,
        description: "remove the background".to_owned(),
        priority: SuggestionPriority::default(),
        estimated_improvement_percent: 7.5,
        finding: None,
        created_at: at(0),
        is_applied: false,
        applied_at: None,
        new_asset_id: None,
    }
}

#[test]
fn applying_tells_when_and_what_came_of_it() {
    let mut suggestion = suggestion();
    let new_asset = AssetId::from_uuid(uuid(9));
    suggestion.apply(at(5), Some(new_asset)).unwrap();
    assert!(suggestion.is_applied);
    assert_eq!((suggestion.applied_at, suggestion.new_asset_id), (Some(at(5)), Some(new_asset)));
}

#[test]
fn applying_twice_is_an_error_and_changes_nothing() {
    let mut suggestion = suggestion();
    suggestion.apply(at(5), None).unwrap();
    let before = suggestion.clone();
    let error = suggestion.apply(at(6), Some(AssetId::from_uuid(uuid(9)))).unwrap_err();
    assert_eq!(error.suggestion_id, suggestion.suggestion_id);
    assert_eq!(suggestion, before);
}

#[test]
fn forms_are_stable() {
    check_form(
        &suggestion(),
        json!({
            "suggestion_id": uuid(4), "asset_id": uuid(1), "kind": "remove_bg", "description": "remove the background",
            "priority": "medium", "estimated_improvement_percent": 7.5, "created_at": "2024-06-01T12:00:00Z",
            "is_applied": false
        }),
    );
    check_form(
        &Finding {
            metric: "click_through_rate".to_owned(),
            threshold: Some(0.05),
            value: Some(0.01),
            sample_size: Some(2_000),
            interval: Some(Interval { low: 0.006, high: 0.016 }),
            evidence: Evidence::Conclusive,
        },
        json!({
            "metric": "click_through_rate", "threshold": 0.05, "value": 0.01, "sample_size": 2_000,
            "interval": { "low": 0.006, "high": 0.016 }, "evidence": "conclusive"
        }),
    );
}
