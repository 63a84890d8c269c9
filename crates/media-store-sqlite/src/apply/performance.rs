//! Measurements and their sums.

use media_domain::{MediaPerformance, PerformanceCounts};
use rusqlite::{Connection, OptionalExtension, ToSql};

use super::usage::campaign_key;
use super::{execute, first_integer};
use crate::columns::{Columns, integer, micros};
use crate::failure::Failure;
use crate::figures::{EVERY_CAMPAIGN, Figures};
use crate::ledger::Ledger;

const MICROS_PER_DAY: i64 = 86_400_000_000;

const INSERT: &str =
    "INSERT INTO performance (performance_id, asset_key, variant_id, campaign_key, channel, impressions,
        clicks, engagements, conversions, shares, comments, recorded_at, source, day)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
const REPLACE: &str = "UPDATE performance SET performance_id = ?1, impressions = ?6, clicks = ?7, engagements = ?8,
        conversions = ?9, shares = ?10, comments = ?11, recorded_at = ?12
    WHERE asset_key = ?2 AND ifnull(variant_id, x'') = ifnull(?3, x'') AND campaign_key = ?4 AND channel = ?5
        AND source = ?13 AND day = ?14";
const EARLIER: &str = "SELECT impressions, clicks, engagements, conversions, shares, comments FROM performance
    WHERE asset_key = ?1 AND ifnull(variant_id, x'') = ifnull(?2, x'') AND campaign_key = ?3 AND channel = ?4
        AND day = ?5 AND source = ?6";
const ADD_TOTALS: &str =
    "INSERT INTO performance_totals (campaign_key, asset_key, asset_id, records, impressions, clicks,
        engagements, conversions, shares, comments)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (campaign_key, asset_key) DO UPDATE SET records = records + ?4, impressions = impressions + ?5,
        clicks = clicks + ?6, engagements = engagements + ?7, conversions = conversions + ?8, shares = shares + ?9,
        comments = comments + ?10";

/// Keeps a measurement; one of the same source and key takes the place of the earlier one.
pub(super) fn record(
    connection: &Connection,
    ledger: &mut Ledger,
    performance: &MediaPerformance,
) -> Result<(), Failure> {
    let (asset_key, visible) = measured_asset(connection, performance)?;
    let campaign_key = campaign_key(connection, &performance.campaign)?;
    let counts = columns_of(&performance.counts)?;
    let variant_id = performance.variant_id.map(|id| id.as_uuid().into_bytes());
    let recorded_at = micros(performance.recorded_at);
    let day = recorded_at.div_euclid(MICROS_PER_DAY);
    let channel = performance.channel.as_str();
    let earlier = match &performance.source {
        Some(source) => earlier(connection, &[&asset_key, &variant_id, &campaign_key, &channel, &day, source])?,
        None => None,
    };
    let id = performance.performance_id.as_uuid().into_bytes();
    let [impressions, clicks, engagements, conversions, shares, comments] = &counts;
    let values: [&dyn ToSql; 14] = [
        &id,
        &asset_key,
        &variant_id,
        &campaign_key,
        &channel,
        impressions,
        clicks,
        engagements,
        conversions,
        shares,
        comments,
        &recorded_at,
        &performance.source,
        &day,
    ];
    execute(connection, if earlier.is_some() { REPLACE } else { INSERT }, &values).map_err(|failure| {
        failure.or_taken(|| format!("keep measurement {}: its id is taken", performance.performance_id))
    })?;
    let records = i64::from(earlier.is_none());
    let before = earlier.unwrap_or_default();
    // Neither is negative, so the difference of two stored counts fits.
    let added: [i64; 6] = std::array::from_fn(|index| counts[index] - before[index]);
    let asset_id = performance.asset_id.as_uuid().into_bytes();
    for key in [campaign_key, EVERY_CAMPAIGN] {
        add_totals(connection, key, asset_key, asset_id, records, added)?;
    }
    if !visible {
        return Ok(());
    }
    let [impressions, clicks, ..] = added;
    Figures { impressions, clicks, ..Figures::default() }.add_to_libraries_of(connection, ledger, asset_key)
}

/// The asset's key, and whether it is not deleted; the variant must be one of its own.
fn measured_asset(connection: &Connection, performance: &MediaPerformance) -> Result<(i64, bool), Failure> {
    const SQL: &str = "SELECT asset_key, status <> 'deleted' FROM assets WHERE asset_id = ?1";
    let (asset_key, visible) = connection
        .prepare_cached(SQL)?
        .query_row([performance.asset_id.as_uuid().into_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| Failure::not_found("asset", performance.asset_id))?;
    if let Some(variant_id) = performance.variant_id {
        const OWNER: &str = "SELECT asset_key FROM variants WHERE variant_id = ?1";
        let owner = first_integer(connection, OWNER, &[&variant_id.as_uuid().into_bytes()])?
            .ok_or_else(|| Failure::not_found("variant", variant_id))?;
        if owner != asset_key {
            return Err(Failure::not_found(&format!("variant {variant_id} of asset"), performance.asset_id));
        }
    }
    Ok((asset_key, visible))
}

fn earlier(connection: &Connection, key: &[&dyn ToSql]) -> Result<Option<[i64; 6]>, Failure> {
    let mut statement = connection.prepare_cached(EARLIER)?;
    let mut rows = statement.query(key)?;
    match rows.next()? {
        Some(row) => columns_of(&Columns::of(row).counts()?).map(Some),
        None => Ok(None),
    }
}

fn columns_of(counts: &PerformanceCounts) -> Result<[i64; 6], Failure> {
    Ok([
        integer("number of impressions", counts.impressions)?,
        integer("number of clicks", counts.clicks)?,
        integer("number of engagements", counts.engagements)?,
        integer("number of conversions", counts.conversions)?,
        integer("number of shares", counts.shares)?,
        integer("number of comments", counts.comments)?,
    ])
}

fn add_totals(
    connection: &Connection,
    campaign_key: i64,
    asset_key: i64,
    asset_id: [u8; 16],
    records: i64,
    [impressions, clicks, engagements, conversions, shares, comments]: [i64; 6],
) -> Result<(), Failure> {
    let values: [&dyn ToSql; 10] = [
        &campaign_key,
        &asset_key,
        &asset_id,
        &records,
        &impressions,
        &clicks,
        &engagements,
        &conversions,
        &shares,
        &comments,
    ];
    execute(connection, ADD_TOTALS, &values).map(drop)
}
