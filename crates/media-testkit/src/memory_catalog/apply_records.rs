//! Changes to measurements, suggestions, exports and events.

use chrono::{DateTime, Utc};
use media_domain::{AssetId, DesignExportRecord, Event, MediaOptimizationSuggestion, MediaPerformance, SuggestionId};
use media_ports::{CommitReceipt, StoreError};

use super::state::{ImportKey, State, conflict, missing, taken};

impl State {
    pub(crate) fn record_performance(&mut self, record: MediaPerformance) -> Result<(), StoreError> {
        self.existing_asset(record.asset_id)?;
        if let Some(variant_id) = record.variant_id {
            let variant = self.variants.get(&variant_id).filter(|variant| variant.asset_id == record.asset_id);
            variant.ok_or_else(|| missing("variant", format!("{variant_id} of asset {}", record.asset_id)))?;
        }
        let key = ImportKey::of(&record);
        if let Some(earlier) = key.as_ref().and_then(|key| self.imports.get(key)).copied() {
            self.performance.remove(&earlier);
        }
        if self.performance.contains(&record.performance_id) {
            return Err(taken("measurement", record.performance_id));
        }
        if let Some(key) = key {
            self.imports.put(key, record.performance_id);
        }
        self.performance.put(record.performance_id, record);
        Ok(())
    }

    pub(crate) fn open_suggestion(
        &mut self,
        suggestion: MediaOptimizationSuggestion,
        receipt: &mut CommitReceipt,
    ) -> Result<(), StoreError> {
        self.existing_asset(suggestion.asset_id)?;
        let suggestion_id = suggestion.suggestion_id;
        let is_open = |(_, other): &(u64, MediaOptimizationSuggestion)| {
            other.asset_id == suggestion.asset_id && other.kind == suggestion.kind && !other.is_applied
        };
        if self.suggestions.values().any(is_open) {
            return Ok(());
        }
        if self.suggestions.contains(&suggestion_id) {
            return Err(taken("suggestion", suggestion_id));
        }
        let number = self.next_number();
        self.suggestions.put(suggestion_id, (number, suggestion));
        receipt.suggestions_opened.push(suggestion_id);
        Ok(())
    }

    pub(crate) fn apply_suggestion(
        &mut self,
        suggestion_id: SuggestionId,
        applied_at: DateTime<Utc>,
        new_asset_id: Option<AssetId>,
    ) -> Result<(), StoreError> {
        if let Some(new_asset_id) = new_asset_id {
            self.existing_asset(new_asset_id)?;
        }
        let stored = self.suggestions.get(&suggestion_id).ok_or_else(|| missing("suggestion", suggestion_id))?;
        let (number, mut suggestion) = stored.clone();
        suggestion.apply(applied_at, new_asset_id).map_err(|error| conflict(error.to_string()))?;
        self.suggestions.put(suggestion_id, (number, suggestion));
        Ok(())
    }

    pub(crate) fn record_export(&mut self, export: DesignExportRecord) -> Result<(), StoreError> {
        self.existing_asset(export.asset_id)?;
        if self.exports.values().any(|known| known.export_id == export.export_id) {
            return Err(taken("export", export.export_id));
        }
        let number = self.next_number();
        self.exports.put(number, export);
        Ok(())
    }

    pub(crate) fn append_event(&mut self, event: Event) -> Result<(), StoreError> {
        self.existing_asset(event.asset_id)?;
        let number = self.next_number();
        self.events.put(number, event);
        Ok(())
    }
}
