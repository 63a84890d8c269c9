//! Suggestions to improve assets.

use chrono::{DateTime, Utc};
use media_domain::{AssetId, MediaOptimizationSuggestion, SuggestionId};
use media_ports::StoreErrorKind;
use rusqlite::{Connection, ToSql};

use super::{asset_key, execute, first_integer};
use crate::columns::{micros, to_json};
use crate::failure::Failure;

/// Keeps a suggestion; tells whether it was kept, which it is not beside an open one of the same asset and kind.
pub(super) fn open(connection: &Connection, suggestion: &MediaOptimizationSuggestion) -> Result<bool, Failure> {
    const SQL: &str = "INSERT INTO suggestions (suggestion_id, asset_key, kind, description, priority,
            estimated_improvement_percent, finding, created_at, is_applied, applied_at, new_asset_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT (asset_key, kind) WHERE is_applied = 0 DO NOTHING";
    let values: [&dyn ToSql; 11] = [
        &suggestion.suggestion_id.as_uuid().into_bytes(),
        &asset_key(connection, suggestion.asset_id)?,
        &suggestion.kind.as_str(),
        &suggestion.description,
        &suggestion.priority.as_str(),
        &suggestion.estimated_improvement_percent,
        &suggestion.finding.as_ref().map(to_json).transpose()?,
        &micros(suggestion.created_at),
        &suggestion.is_applied,
        &suggestion.applied_at.map(micros),
        &suggestion.new_asset_id.map(|id| id.as_uuid().into_bytes()),
    ];
    let kept = execute(connection, SQL, &values).map_err(|failure| {
        failure.or_taken(|| format!("keep suggestion {}: its id is taken", suggestion.suggestion_id))
    })?;
    Ok(kept > 0)
}

/// Marks an open suggestion carried out.
pub(super) fn apply(
    connection: &Connection,
    suggestion_id: SuggestionId,
    applied_at: DateTime<Utc>,
    new_asset_id: Option<AssetId>,
) -> Result<(), Failure> {
    const SQL: &str = "UPDATE suggestions SET is_applied = 1, applied_at = ?2, new_asset_id = ?3
        WHERE suggestion_id = ?1 AND is_applied = 0";
    if let Some(asset_id) = new_asset_id {
        asset_key(connection, asset_id)?;
    }
    let id = suggestion_id.as_uuid().into_bytes();
    let new_asset_id = new_asset_id.map(|asset_id| asset_id.as_uuid().into_bytes());
    if execute(connection, SQL, &[&id, &micros(applied_at), &new_asset_id])? > 0 {
        return Ok(());
    }
    let known = first_integer(connection, "SELECT 1 FROM suggestions WHERE suggestion_id = ?1", &[&id])?;
    Err(match known {
        Some(_) => {
            Failure::new(StoreErrorKind::Conflict, format!("suggestion {suggestion_id} has been carried out already"))
        }
        None => Failure::not_found("suggestion", suggestion_id),
    })
}
