//! Reading measurements.

use async_trait::async_trait;
use media_domain::text::Campaign;
use media_domain::{AssetId, MediaPerformance, PerformanceCounts, PerformanceId, VariantId};
use media_ports::{BestPerformer, PerformanceGroup, PerformanceQuery, PerformanceReader, StoreError, TotalsBy};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

use super::first;
use crate::asset_rows::{asset_columns, asset_of, with_uses};
use crate::columns::{Columns, limit as limit_of, micros};
use crate::failure::Failure;
use crate::figures::EVERY_CAMPAIGN;
use crate::store::SqliteStore;

const CAMPAIGN_KEY: &str = "SELECT campaign_key FROM campaigns WHERE name = ?1";

const BEST: &str = concat!(
    "SELECT t.impressions, t.clicks, t.engagements, t.conversions, t.shares, t.comments, ",
    asset_columns!(),
    " FROM performance_totals t INDEXED BY performance_ranking CROSS JOIN assets a ON a.asset_key = t.asset_key
        WHERE t.campaign_key = ?1 AND t.impressions > 0 AND a.status <> 'deleted'
        ORDER BY t.click_rate DESC, t.impressions DESC, t.asset_id LIMIT ?2"
);

/// Each sum in two halves, which no number of measurements makes overflow.
const SUMS: &str = "count(*),
    sum(p.impressions >> 32), sum(p.impressions & 4294967295), sum(p.clicks >> 32), sum(p.clicks & 4294967295),
    sum(p.engagements >> 32), sum(p.engagements & 4294967295), sum(p.conversions >> 32),
    sum(p.conversions & 4294967295), sum(p.shares >> 32), sum(p.shares & 4294967295), sum(p.comments >> 32),
    sum(p.comments & 4294967295)";

const FROM: &str = "FROM performance p JOIN assets a ON a.asset_key = p.asset_key
    JOIN campaigns c ON c.campaign_key = p.campaign_key";
/// The asset leads: it has fewer measurements than the campaign that may be asked for along with it.
const FROM_ASSET: &str = "FROM assets a CROSS JOIN performance p ON p.asset_key = a.asset_key
    CROSS JOIN campaigns c ON c.campaign_key = p.campaign_key";

#[async_trait]
impl PerformanceReader for SqliteStore {
    async fn performance(&self, query: &PerformanceQuery, limit: usize) -> Result<Vec<MediaPerformance>, StoreError> {
        let query = query.clone();
        self.readers.read("read measurements", move |connection| records(connection, &query, limit)).await
    }

    async fn performance_totals(
        &self,
        query: &PerformanceQuery,
        by: TotalsBy,
    ) -> Result<Vec<PerformanceGroup>, StoreError> {
        let query = query.clone();
        self.readers.read("add up measurements", move |connection| totals(connection, &query, by)).await
    }

    async fn best_performing(
        &self,
        campaign: Option<Campaign>,
        limit: usize,
    ) -> Result<Vec<BestPerformer>, StoreError> {
        self.readers.read("find the best performers", move |connection| best(connection, campaign, limit)).await
    }
}

fn records(connection: &Connection, query: &PerformanceQuery, limit: usize) -> Result<Vec<MediaPerformance>, Failure> {
    let (condition, mut values) = conditions(query);
    values.push(limit_of(limit).into());
    let sql = format!(
        "SELECT p.performance_id, a.asset_id, p.variant_id, c.name, p.channel, p.impressions, p.clicks, p.engagements,
            p.conversions, p.shares, p.comments, p.recorded_at, p.source
        {} WHERE {condition} ORDER BY p.recorded_at DESC, p.performance_key DESC LIMIT ?{}",
        source(query),
        values.len()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_and_then(params_from_iter(values), |row| record_of(&mut Columns::of(row)))?.collect()
}

fn totals(connection: &Connection, query: &PerformanceQuery, by: TotalsBy) -> Result<Vec<PerformanceGroup>, Failure> {
    let key = match by {
        TotalsBy::Everything => "''",
        TotalsBy::Asset => "lower(hex(a.asset_id))",
        TotalsBy::Variant => "lower(hex(ifnull(p.variant_id, x'')))",
        TotalsBy::Campaign => "c.name",
        TotalsBy::Channel => "p.channel",
        TotalsBy::Format => "a.format",
    };
    let (condition, values) = conditions(query);
    let from = source(query);
    let sql = format!("SELECT {key} AS key, {SUMS} {from} WHERE {condition} GROUP BY key ORDER BY key");
    let mut statement = connection.prepare_cached(&sql)?;
    let groups = statement.query_and_then(params_from_iter(values), |row| {
        let group = group_of(&mut Columns::of(row))?;
        Ok(match by {
            TotalsBy::Asset | TotalsBy::Variant => PerformanceGroup { key: hyphenated(group.key), ..group },
            _ => group,
        })
    })?;
    groups.collect()
}

fn best(connection: &Connection, campaign: Option<Campaign>, limit: usize) -> Result<Vec<BestPerformer>, Failure> {
    let campaign_key = match campaign {
        Some(campaign) => first(connection, CAMPAIGN_KEY, &[&campaign.as_str()], |columns| columns.value())?,
        None => Some(EVERY_CAMPAIGN),
    };
    let Some(campaign_key) = campaign_key else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(BEST)?;
    let ranked = statement
        .query_and_then((campaign_key, limit_of(limit)), |row| {
            let mut columns = Columns::of(row);
            Ok((columns.counts()?, asset_of(&mut columns)?))
        })?
        .collect::<Result<Vec<_>, Failure>>()?;
    let (counts, rows): (Vec<_>, Vec<_>) = ranked.into_iter().unzip();
    let assets = with_uses(connection, rows)?;
    Ok(assets.into_iter().zip(counts).map(|(asset, counts)| BestPerformer { asset, counts }).collect())
}

fn source(query: &PerformanceQuery) -> &'static str {
    if query.asset_id.is_some() { FROM_ASSET } else { FROM }
}

/// The conditions of a query, and their values.
fn conditions(query: &PerformanceQuery) -> (String, Vec<Value>) {
    let uuid = |uuid: Uuid| Value::from(uuid.into_bytes().to_vec());
    let wanted = [
        ("a.asset_id =", query.asset_id.map(|id| uuid(id.as_uuid()))),
        ("p.variant_id =", query.variant_id.map(|id| uuid(id.as_uuid()))),
        ("c.name =", query.campaign.as_ref().map(|campaign| campaign.as_str().to_owned().into())),
        ("p.channel =", query.channel.as_ref().map(|channel| channel.as_str().to_owned().into())),
        ("p.recorded_at >=", query.since.map(|since| micros(since).into())),
        ("p.recorded_at <", query.until.map(|until| micros(until).into())),
    ];
    let mut condition = "true".to_owned();
    let mut values = Vec::new();
    for (test, value) in wanted {
        if let Some(value) = value {
            values.push(value);
            condition.push_str(&format!(" AND {test} ?{}", values.len()));
        }
    }
    (condition, values)
}

fn record_of(columns: &mut Columns<'_, '_>) -> Result<MediaPerformance, Failure> {
    Ok(MediaPerformance {
        performance_id: PerformanceId::from_uuid(columns.uuid()?),
        asset_id: AssetId::from_uuid(columns.uuid()?),
        variant_id: columns.optional_uuid()?.map(VariantId::from_uuid),
        campaign: columns.parsed()?,
        channel: columns.parsed()?,
        counts: columns.counts()?,
        recorded_at: columns.time()?,
        source: columns.value()?,
    })
}

fn group_of(columns: &mut Columns<'_, '_>) -> Result<PerformanceGroup, Failure> {
    let key = columns.value()?;
    let records = columns.count()?;
    let mut sum = || -> Result<u64, Failure> {
        let (high, low) = (u128::from(columns.count()?), u128::from(columns.count()?));
        Ok(u64::try_from((high << 32) + low).unwrap_or(u64::MAX))
    };
    let counts = PerformanceCounts {
        impressions: sum()?,
        clicks: sum()?,
        engagements: sum()?,
        conversions: sum()?,
        shares: sum()?,
        comments: sum()?,
    };
    Ok(PerformanceGroup { key, records, counts })
}

/// A UUID as it is printed elsewhere; an empty key stays empty.
fn hyphenated(hexadecimal: String) -> String {
    Uuid::try_parse(&hexadecimal).map_or(hexadecimal, |uuid| uuid.to_string())
}
