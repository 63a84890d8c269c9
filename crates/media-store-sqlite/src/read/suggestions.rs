//! Reading suggestions.

use async_trait::async_trait;
use media_domain::{AssetId, MediaOptimizationSuggestion, SuggestionId};
use media_ports::{StoreError, SuggestionReader};

use super::{first, rows};
use crate::columns::Columns;
use crate::failure::Failure;
use crate::store::SqliteStore;

macro_rules! suggestions_where {
    ($rest:literal) => {
        concat!(
            "SELECT s.suggestion_id, a.asset_id, s.kind, s.description, s.priority, s.estimated_improvement_percent,
                s.finding, s.created_at, s.is_applied, s.applied_at, s.new_asset_id
            FROM suggestions s JOIN assets a ON a.asset_key = s.asset_key ",
            $rest
        )
    };
}

const OF_ASSET: &str = suggestions_where!("WHERE a.asset_id = ?1 ORDER BY s.created_at, s.suggestion_key");
const BY_ID: &str = suggestions_where!("WHERE s.suggestion_id = ?1");

#[async_trait]
impl SuggestionReader for SqliteStore {
    async fn suggestions(&self, asset_id: AssetId) -> Result<Vec<MediaOptimizationSuggestion>, StoreError> {
        let id = asset_id.as_uuid().into_bytes();
        self.readers
            .read("read the suggestions for an asset", move |connection| {
                rows(connection, OF_ASSET, &[&id], suggestion_of)
            })
            .await
    }

    async fn suggestion(&self, suggestion_id: SuggestionId) -> Result<Option<MediaOptimizationSuggestion>, StoreError> {
        let id = suggestion_id.as_uuid().into_bytes();
        self.readers.read("read a suggestion", move |connection| first(connection, BY_ID, &[&id], suggestion_of)).await
    }
}

fn suggestion_of(columns: &mut Columns<'_, '_>) -> Result<MediaOptimizationSuggestion, Failure> {
    Ok(MediaOptimizationSuggestion {
        suggestion_id: SuggestionId::from_uuid(columns.uuid()?),
        asset_id: AssetId::from_uuid(columns.uuid()?),
        kind: columns.parsed()?,
        description: columns.value()?,
        priority: columns.parsed()?,
        estimated_improvement_percent: columns.value()?,
        finding: columns.optional_json()?,
        created_at: columns.time()?,
        is_applied: columns.value()?,
        applied_at: columns.optional_time()?,
        new_asset_id: columns.optional_uuid()?.map(AssetId::from_uuid),
    })
}
