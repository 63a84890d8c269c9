//! Variants of assets.

use media_domain::{MediaVariant, VariantId};
use rusqlite::{Connection, ToSql};

use super::{asset_key, execute};
use crate::failure::Failure;

const INSERT: &str = "INSERT INTO variants
        (variant_id, asset_key, name, width, height, format, content_hash, performance_score)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const REPLACE: &str = "UPDATE variants SET name = ?3, width = ?4, height = ?5, format = ?6,
        content_hash = ?7, performance_score = ?8
    WHERE variant_id = ?1 AND asset_key = ?2";

/// Makes a variant.
pub(super) fn insert(connection: &Connection, variant: &MediaVariant) -> Result<(), Failure> {
    write(connection, INSERT, variant).map(drop)
}

/// Replaces a variant of the same id and asset.
pub(super) fn replace(connection: &Connection, variant: &MediaVariant) -> Result<(), Failure> {
    match write(connection, REPLACE, variant)? {
        0 => Err(Failure::not_found("variant", variant.variant_id)),
        _ => Ok(()),
    }
}

/// Removes a variant; its measurements stay.
pub(super) fn remove(connection: &Connection, variant_id: VariantId) -> Result<(), Failure> {
    let id = variant_id.as_uuid().into_bytes();
    match execute(connection, "DELETE FROM variants WHERE variant_id = ?1", &[&id])? {
        0 => Err(Failure::not_found("variant", variant_id)),
        _ => Ok(()),
    }
}

fn write(connection: &Connection, sql: &str, variant: &MediaVariant) -> Result<usize, Failure> {
    let values: [&dyn ToSql; 8] = [
        &variant.variant_id.as_uuid().into_bytes(),
        &asset_key(connection, variant.asset_id)?,
        &variant.name.as_str(),
        &variant.dimensions.width,
        &variant.dimensions.height,
        &variant.format.as_str(),
        variant.content_hash.as_bytes(),
        &variant.performance_score.map(media_domain::PerformanceScore::value),
    ];
    execute(connection, sql, &values).map_err(|failure| {
        failure.or_taken(|| {
            format!("keep variant {:?} of asset {}: its name or id is taken", variant.name.as_str(), variant.asset_id)
        })
    })
}
