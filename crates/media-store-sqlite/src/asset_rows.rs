//! Assets as rows, and everything that is read along with a page of them.

use std::collections::HashMap;

use media_domain::{AssetId, MediaAsset, MediaDimensions, UsageEvent};
use rusqlite::Connection;
use rusqlite::ToSql;

use crate::columns::{Columns, to_json};
use crate::failure::Failure;

/// The columns that [`asset_of`] reads, of the table named `a`.
macro_rules! asset_columns {
    () => {
        "a.asset_key, a.asset_id, a.name, a.description, a.media_type, a.width, a.height, a.metadata, a.content_hash,
        a.thumbnail_hash, a.uploaded_at, a.status, a.deleted_from, a.approval, a.tags, a.categories, a.usage_count,
        a.last_used_at, a.provider, a.placeholder, a.processing_errors, a.version"
    };
}
pub(crate) use asset_columns;

/// An asset without its uses, and its key.
pub(crate) struct AssetRow {
    key: i64,
    asset: MediaAsset,
}

/// The most recent uses of each asset; the subquery walks no further than it must.
const RECENT_USES: &str = "SELECT k.value, c.name, u.contact_id, u.used_at
    FROM json_each(?1) k
    CROSS JOIN usage_events u ON u.usage_key IN (
        SELECT recent.usage_key FROM usage_events recent WHERE recent.asset_key = k.value
        ORDER BY recent.used_at DESC, recent.usage_key DESC LIMIT ?2)
    JOIN campaigns c ON c.campaign_key = u.campaign_key
    ORDER BY u.used_at DESC, u.usage_key DESC";
const CAMPAIGNS: &str = "SELECT ac.asset_key, c.name
    FROM json_each(?1) k
    CROSS JOIN asset_campaigns ac ON ac.asset_key = k.value
    JOIN campaigns c ON c.campaign_key = ac.campaign_key";

/// Reads assets in the statement's order, with their uses: three queries, however many assets there are.
pub(crate) fn assets_of(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
) -> Result<Vec<MediaAsset>, Failure> {
    let rows = {
        let mut statement = connection.prepare_cached(sql)?;
        statement.query_and_then(parameters, |row| asset_of(&mut Columns::of(row)))?.collect::<Result<Vec<_>, _>>()?
    };
    with_uses(connection, rows)
}

/// Reads an asset's columns; its uses are still missing.
pub(crate) fn asset_of(columns: &mut Columns<'_, '_>) -> Result<AssetRow, Failure> {
    let key = columns.value()?;
    let asset = MediaAsset {
        asset_id: AssetId::from_uuid(columns.uuid()?),
        name: columns.parsed()?,
        description: columns.value()?,
        media_type: columns.parsed()?,
        dimensions: MediaDimensions { width: columns.value()?, height: columns.value()? },
        metadata: columns.json()?,
        content_hash: columns.hash()?,
        thumbnail_hash: columns.optional_hash()?,
        uploaded_at: columns.time()?,
        status: columns.parsed()?,
        deleted_from: columns.optional_parsed()?,
        approval: columns.optional_json()?,
        tags: columns.json()?,
        categories: columns.json()?,
        usage_count: columns.count()?,
        usage_history: Vec::new(),
        campaigns_used_in: std::collections::BTreeSet::new(),
        last_used_at: columns.optional_time()?,
        provider_name: columns.optional_parsed()?,
        placeholder: columns.value()?,
        processing_errors: columns.optional_json()?.unwrap_or_default(),
        version: columns.count()?,
    };
    Ok(AssetRow { key, asset })
}

/// Adds the recent uses and the campaigns of a page of assets.
pub(crate) fn with_uses(connection: &Connection, rows: Vec<AssetRow>) -> Result<Vec<MediaAsset>, Failure> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<i64> = rows.iter().map(|row| row.key).collect();
    let index: HashMap<i64, usize> = keys.iter().enumerate().map(|(index, key)| (*key, index)).collect();
    let keys = to_json(&keys)?;
    let mut assets: Vec<MediaAsset> = rows.into_iter().map(|row| row.asset).collect();
    let mut statement = connection.prepare_cached(RECENT_USES)?;
    let mut uses = statement.query((&keys, crate::columns::limit(MediaAsset::RECENT_USES)))?;
    while let Some(row) = uses.next()? {
        let mut columns = Columns::of(row);
        if let Some(index) = index.get(&columns.value()?) {
            assets[*index].usage_history.push(usage_of(&mut columns)?);
        }
    }
    let mut statement = connection.prepare_cached(CAMPAIGNS)?;
    let mut campaigns = statement.query([&keys])?;
    while let Some(row) = campaigns.next()? {
        let mut columns = Columns::of(row);
        if let Some(index) = index.get(&columns.value()?) {
            assets[*index].campaigns_used_in.insert(columns.parsed()?);
        }
    }
    Ok(assets)
}

/// Reads a use: campaign, contact, time.
pub(crate) fn usage_of(columns: &mut Columns<'_, '_>) -> Result<UsageEvent, Failure> {
    Ok(UsageEvent { campaign: columns.parsed()?, contact_id: columns.value()?, used_at: columns.time()? })
}
