//! Suggestions to improve assets.

use media_domain::event::EventKind;
use media_domain::rules::RuleFinding;
use media_domain::{AssetId, MediaOptimizationSuggestion, OptimizationKind, SuggestionId, SuggestionPriority, UserId};
use media_ports::{Change, ChangeSet};
use serde_json::json;

use crate::engine::MediaEngine;
use crate::error::{EngineError, OrNotFound, Subject, refused};

/// A suggestion that a person makes.
#[derive(Debug, Clone)]
pub struct NewSuggestion {
    /// The asset it is about.
    pub asset_id: AssetId,
    /// What is suggested.
    pub kind: OptimizationKind,
    /// What to do and why.
    pub description: String,
    /// How much it matters.
    pub priority: SuggestionPriority,
    /// Improvement to expect, in per cent.
    pub estimated_improvement_percent: f64,
}

impl MediaEngine {
    /// Keeps a suggestion of a person's.
    ///
    /// # Errors
    /// `NotFound` for the asset; `AlreadyExists` when one of the kind is open for it; `Invalid` for an improvement that
    /// is no number.
    #[tracing::instrument(skip_all)]
    pub async fn suggest_optimization(&self, new: NewSuggestion) -> Result<MediaOptimizationSuggestion, EngineError> {
        if !new.estimated_improvement_percent.is_finite() {
            return Err(EngineError::Invalid("the estimated improvement is not a number".to_owned()));
        }
        self.asset(new.asset_id).await?;
        let kind = new.kind;
        let suggestion = MediaOptimizationSuggestion {
            suggestion_id: SuggestionId::from_uuid(self.new_uuid()),
            asset_id: new.asset_id,
            kind,
            description: new.description,
            priority: new.priority,
            estimated_improvement_percent: new.estimated_improvement_percent,
            finding: None,
            created_at: self.now(),
            is_applied: false,
            applied_at: None,
            new_asset_id: None,
        };
        let opened = self.open_suggestions(vec![suggestion]).await?;
        let taken = || EngineError::AlreadyExists { subject: Subject::Suggestion, name: kind.to_string() };
        opened.into_iter().next().ok_or_else(taken)
    }

    /// Applies the rules to an asset and keeps what they find; a finding that is open already is not kept again. Answers
    /// what is new.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a deleted asset.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn auto_suggest_optimizations(
        &self,
        asset_id: AssetId,
    ) -> Result<Vec<MediaOptimizationSuggestion>, EngineError> {
        let asset = self.asset(asset_id).await?;
        if asset.is_deleted() {
            return Err(EngineError::Invalid(format!("asset {asset_id} is deleted: restore it before improving it")));
        }
        let counts = self.performance_total(asset_id).await?;
        let findings = self.parts.settings.rules.findings(&asset, &counts);
        let suggestions = findings.into_iter().map(|finding| self.found(asset_id, finding)).collect();
        self.open_suggestions(suggestions).await
    }

    fn found(&self, asset_id: AssetId, found: RuleFinding) -> MediaOptimizationSuggestion {
        MediaOptimizationSuggestion {
            suggestion_id: SuggestionId::from_uuid(self.new_uuid()),
            asset_id,
            kind: found.kind,
            description: found.description,
            priority: found.priority,
            estimated_improvement_percent: found.estimated_improvement_percent,
            finding: Some(found.finding),
            created_at: self.now(),
            is_applied: false,
            applied_at: None,
            new_asset_id: None,
        }
    }

    /// Keeps suggestions in one commit; answers those of which no open one was there.
    async fn open_suggestions(
        &self,
        suggestions: Vec<MediaOptimizationSuggestion>,
    ) -> Result<Vec<MediaOptimizationSuggestion>, EngineError> {
        if suggestions.is_empty() {
            return Ok(suggestions);
        }
        let changes = ChangeSet { changes: suggestions.iter().cloned().map(Change::OpenSuggestion).collect() };
        let receipt = self.parts.writer.commit(changes).await?;
        let is_new =
            |suggestion: &MediaOptimizationSuggestion| receipt.suggestions_opened.contains(&suggestion.suggestion_id);
        Ok(suggestions.into_iter().filter(is_new).collect())
    }

    /// The suggestions for an asset, oldest first.
    ///
    /// # Errors
    /// `NotFound`.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn suggestions(&self, asset_id: AssetId) -> Result<Vec<MediaOptimizationSuggestion>, EngineError> {
        self.asset(asset_id).await?;
        Ok(self.parts.suggestions.suggestions(asset_id).await?)
    }

    /// Marks a suggestion carried out, with the asset that came of it.
    ///
    /// # Errors
    /// `NotFound`, `AlreadyApplied`.
    #[tracing::instrument(skip_all, fields(%suggestion_id))]
    pub async fn mark_suggestion_applied(
        &self,
        suggestion_id: SuggestionId,
        user_id: &UserId,
        new_asset_id: Option<AssetId>,
    ) -> Result<MediaOptimizationSuggestion, EngineError> {
        let mut suggestion =
            self.parts.suggestions.suggestion(suggestion_id).await?.or_not_found(Subject::Suggestion, suggestion_id)?;
        let applied_at = self.now();
        suggestion.apply(applied_at, new_asset_id)?;
        let details = json!({ "suggestion_id": suggestion_id, "kind": suggestion.kind });
        let event = self.event(EventKind::SuggestionApplied, suggestion.asset_id, user_id, details);
        let changes = ChangeSet::from(Change::ApplySuggestion { suggestion_id, applied_at, new_asset_id }).with(event);
        self.parts.writer.commit(changes).await.map_err(|error| refused(error, Subject::Suggestion, suggestion_id))?;
        Ok(suggestion)
    }
}
