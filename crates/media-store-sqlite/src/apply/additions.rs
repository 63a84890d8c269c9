//! What comes to an asset after it was stored, whatever its version is by then.

use media_domain::{AssetId, ContentHash, ProcessingError};
use rusqlite::Connection;

use super::{asset_key, execute};
use crate::columns::to_json;
use crate::failure::Failure;

/// Sets the preview of these bytes; an asset that has other bytes by now stays as it is.
pub(super) fn set_thumbnail(
    connection: &Connection,
    asset_id: AssetId,
    content_hash: ContentHash,
    thumbnail_hash: ContentHash,
) -> Result<(), Failure> {
    const SQL: &str = "UPDATE assets SET thumbnail_hash = ?3 WHERE asset_key = ?1 AND content_hash = ?2";
    let asset_key = asset_key(connection, asset_id)?;
    execute(connection, SQL, &[&asset_key, content_hash.as_bytes(), thumbnail_hash.as_bytes()]).map(drop)
}

/// Adds a step that failed.
pub(super) fn add_error(connection: &Connection, asset_id: AssetId, error: &ProcessingError) -> Result<(), Failure> {
    const SQL: &str = "UPDATE assets
        SET processing_errors = json_insert(coalesce(processing_errors, '[]'), '$[#]', json(?2)) WHERE asset_key = ?1";
    let asset_key = asset_key(connection, asset_id)?;
    execute(connection, SQL, &[&asset_key, &to_json(error)?]).map(drop)
}
