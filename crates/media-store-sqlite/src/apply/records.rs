//! Records that are only ever added: exports and events.

use media_domain::{DesignExportRecord, Event};
use rusqlite::{Connection, ToSql};

use super::{asset_key, execute};
use crate::columns::{micros, to_json};
use crate::failure::Failure;

/// Keeps the record of an export.
pub(super) fn insert_export(connection: &Connection, export: &DesignExportRecord) -> Result<(), Failure> {
    const SQL: &str = "INSERT INTO design_exports (export_id, asset_key, provider, result, dry_run, exported_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let values: [&dyn ToSql; 6] = [
        &export.export_id.as_uuid().into_bytes(),
        &asset_key(connection, export.asset_id)?,
        &export.provider_name.as_str(),
        &to_json(&export.result)?,
        &export.dry_run,
        &micros(export.exported_at),
    ];
    execute(connection, SQL, &values)
        .map(drop)
        .map_err(|failure| failure.or_taken(|| format!("keep export {}: its id is taken", export.export_id)))
}

/// Appends to the event log.
pub(super) fn append_event(connection: &Connection, event: &Event) -> Result<(), Failure> {
    const SQL: &str = "INSERT INTO events (event_id, kind, asset_key, user_id, happened_at, details)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let values: [&dyn ToSql; 6] = [
        &event.event_id.as_uuid().into_bytes(),
        &event.kind.as_str(),
        &asset_key(connection, event.asset_id)?,
        &event.user_id.as_str(),
        &micros(event.at),
        &to_json(&event.details)?,
    ];
    execute(connection, SQL, &values)
        .map(drop)
        .map_err(|failure| failure.or_taken(|| format!("keep event {}: its id is taken", event.event_id)))
}
