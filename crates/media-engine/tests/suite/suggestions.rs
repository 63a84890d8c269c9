//! Suggestions, found and made.

use media_domain::{Evidence, OptimizationKind, SuggestionPriority};
use media_engine::{EngineError, NewSuggestion};
use media_testkit::sample;

use crate::performance::track;
use crate::setup::{engine, picture};

#[tokio::test]
async fn a_finding_that_is_open_is_not_suggested_again_until_it_is_applied() {
    let setup = engine(vec![]);
    let asset_id = setup.added(picture(1)).await.asset_id;
    let found = setup.engine.auto_suggest_optimizations(asset_id).await.unwrap();
    assert_eq!(found.iter().map(|found| found.kind).collect::<Vec<_>>(), [OptimizationKind::ConvertToWebp]);
    assert!(setup.engine.auto_suggest_optimizations(asset_id).await.unwrap().is_empty());
    setup.engine.track_asset_performance(track(asset_id, "summer", 10_000, 100)).await.unwrap();
    let more = setup.engine.auto_suggest_optimizations(asset_id).await.unwrap();
    assert_eq!(more.iter().map(|found| found.kind).collect::<Vec<_>>(), [OptimizationKind::RefreshDesign]);
    let finding = more[0].finding.as_ref().unwrap();
    assert_eq!(
        (finding.evidence, finding.sample_size, finding.value),
        (Evidence::Conclusive, Some(10_000), Some(0.01))
    );

    let user = sample::user("anna");
    let applied = setup.engine.mark_suggestion_applied(found[0].suggestion_id, &user, None).await.unwrap();
    assert!(applied.is_applied && applied.applied_at.is_some());
    let again = setup.engine.mark_suggestion_applied(found[0].suggestion_id, &user, None).await.unwrap_err();
    assert!(matches!(again, EngineError::AlreadyApplied(_)), "{again}");
    assert_eq!(setup.engine.auto_suggest_optimizations(asset_id).await.unwrap().len(), 1);
    assert_eq!(setup.engine.suggestions(asset_id).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_person_may_suggest_once_per_kind() {
    let setup = engine(vec![]);
    let asset_id = setup.added(picture(1)).await.asset_id;
    let new = || NewSuggestion {
        asset_id,
        kind: OptimizationKind::RemoveBg,
        description: "the background is busy".to_owned(),
        priority: SuggestionPriority::default(),
        estimated_improvement_percent: 10.0,
    };
    let suggestion = setup.engine.suggest_optimization(new()).await.unwrap();
    assert_eq!((suggestion.priority, suggestion.is_applied), (SuggestionPriority::Medium, false));
    let twice = setup.engine.suggest_optimization(new()).await.unwrap_err();
    assert!(matches!(twice, EngineError::AlreadyExists { .. }), "{twice}");
    let endless = NewSuggestion { kind: OptimizationKind::Resize, estimated_improvement_percent: f64::NAN, ..new() };
    let refused = setup.engine.suggest_optimization(endless).await.unwrap_err();
    assert!(matches!(refused, EngineError::Invalid(_)), "{refused}");
}
