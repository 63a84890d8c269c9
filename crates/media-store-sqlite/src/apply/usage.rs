//! Uses of assets, and the campaigns they were used in.

use media_domain::text::Campaign;
use media_domain::{AssetId, MediaAsset, UsageEvent};
use rusqlite::{Connection, OptionalExtension};

use super::{execute, first_integer};
use crate::columns::micros;
use crate::failure::Failure;
use crate::figures::Figures;
use crate::ledger::Ledger;

/// Counts one use.
pub(super) fn record(
    connection: &Connection,
    ledger: &mut Ledger,
    asset_id: AssetId,
    usage: &UsageEvent,
) -> Result<(), Failure> {
    const SQL: &str = "UPDATE assets
        SET usage_count = usage_count + 1, last_used_at = max(coalesce(last_used_at, ?2), ?2)
        WHERE asset_id = ?1 RETURNING asset_key, status <> 'deleted'";
    let (asset_key, visible): (i64, bool) = connection
        .prepare_cached(SQL)?
        .query_row((asset_id.as_uuid().into_bytes(), micros(usage.used_at)), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| Failure::not_found("asset", asset_id))?;
    let campaign_key = campaign_key(connection, &usage.campaign)?;
    insert_event(connection, asset_key, campaign_key, usage)?;
    let campaign_is_new = insert_campaign(connection, asset_key, campaign_key)?;
    if !visible {
        return Ok(());
    }
    let campaigns = if campaign_is_new { vec![campaign_key] } else { Vec::new() };
    Figures { usage: 1, campaigns, ..Figures::default() }.add_to_libraries_of(connection, ledger, asset_key)
}

/// Writes the uses that a new asset brings along, whose row has their count; returns the keys of its campaigns.
pub(super) fn insert_history(connection: &Connection, asset_key: i64, asset: &MediaAsset) -> Result<Vec<i64>, Failure> {
    for usage in asset.usage_history.iter().rev() {
        let campaign_key = campaign_key(connection, &usage.campaign)?;
        insert_event(connection, asset_key, campaign_key, usage)?;
    }
    let campaigns = asset.campaigns_used_in.iter().map(|campaign| {
        let campaign_key = campaign_key(connection, campaign)?;
        insert_campaign(connection, asset_key, campaign_key)?;
        Ok(campaign_key)
    });
    campaigns.collect()
}

/// The key of a campaign, which is made when it is new.
pub(super) fn campaign_key(connection: &Connection, campaign: &Campaign) -> Result<i64, Failure> {
    let name = campaign.as_str();
    match first_integer(connection, "SELECT campaign_key FROM campaigns WHERE name = ?1", &[&name])? {
        Some(key) => Ok(key),
        None => Ok(connection.prepare_cached("INSERT INTO campaigns (name) VALUES (?1)")?.insert([name])?),
    }
}

fn insert_event(connection: &Connection, asset_key: i64, campaign_key: i64, usage: &UsageEvent) -> Result<(), Failure> {
    const SQL: &str = "INSERT INTO usage_events (asset_key, used_at, campaign_key, contact_id) VALUES (?1, ?2, ?3, ?4)";
    execute(connection, SQL, &[&asset_key, &micros(usage.used_at), &campaign_key, &usage.contact_id])?;
    Ok(())
}

/// Tells whether the campaign is new to the asset.
fn insert_campaign(connection: &Connection, asset_key: i64, campaign_key: i64) -> Result<bool, Failure> {
    const SQL: &str = "INSERT INTO asset_campaigns (asset_key, campaign_key) VALUES (?1, ?2)
        ON CONFLICT (asset_key, campaign_key) DO NOTHING";
    Ok(execute(connection, SQL, &[&asset_key, &campaign_key])? > 0)
}
