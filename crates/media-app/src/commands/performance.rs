//! `performance`.

use media_domain::{AssetId, MediaPerformance, PerformanceCounts, PerformanceRates};
use media_engine::{PerformanceReport, TrackPerformance};
use media_ports::{BestPerformer, PerformanceGroup};
use serde::Serialize;

use super::Desk;
use crate::cli::{BestArgs, PerformanceCommand, RecordArgs};
use crate::report::{Column, ExitCode, Failure, percent, table};

/// A measurement with its rates.
#[derive(Debug, Serialize)]
struct Measured<'a> {
    #[serde(flatten)]
    performance: &'a MediaPerformance,
    #[serde(flatten)]
    rates: PerformanceRates,
    is_high_performing: bool,
}

/// The sum of an asset's measurements, with its parts.
#[derive(Debug, Serialize)]
struct Summed<'a> {
    asset_id: AssetId,
    #[serde(flatten)]
    total: PerformanceCounts,
    #[serde(flatten)]
    rates: PerformanceRates,
    is_high_performing: bool,
    channels: Vec<Group<'a>>,
    campaigns: Vec<Group<'a>>,
    records: Vec<Measured<'a>>,
}

/// A sum of measurements that have something in common.
#[derive(Debug, Serialize)]
struct Group<'a> {
    key: &'a str,
    records: u64,
    #[serde(flatten)]
    counts: PerformanceCounts,
    #[serde(flatten)]
    rates: PerformanceRates,
}

/// An asset in the ranking.
#[derive(Debug, Serialize)]
struct Best<'a> {
    asset_id: AssetId,
    name: &'a str,
    #[serde(flatten)]
    counts: PerformanceCounts,
    #[serde(flatten)]
    rates: PerformanceRates,
    is_high_performing: bool,
}

/// Carries out the command.
pub(super) async fn run(desk: &Desk<'_>, command: PerformanceCommand) -> Result<ExitCode, Failure> {
    match command {
        PerformanceCommand::Record(args) => record(desk, args).await?,
        PerformanceCommand::Show { asset } => show(desk, asset).await?,
        PerformanceCommand::Best(args) => best(desk, args).await?,
    }
    Ok(ExitCode::Success)
}

async fn record(desk: &Desk<'_>, args: RecordArgs) -> Result<(), Failure> {
    let track = TrackPerformance {
        asset_id: args.asset,
        variant_id: args.variant,
        campaign: args.campaign,
        channel: args.channel,
        counts: PerformanceCounts {
            impressions: args.impressions,
            clicks: args.clicks,
            engagements: args.engagements,
            conversions: args.conversions,
            shares: args.shares,
            comments: args.comments,
        },
        recorded_at: args.at,
        contact_id: args.contact,
    };
    let performance = desk.engine.track_asset_performance(track).await?;
    let measured = measured(desk, &performance);
    desk.output.result(&measured, || counts_table(&[(performance.channel.to_string(), 1, performance.counts)]))
}

async fn show(desk: &Desk<'_>, asset_id: AssetId) -> Result<(), Failure> {
    let report = desk.engine.asset_performance(asset_id).await?;
    let summed = Summed {
        asset_id,
        total: report.total,
        rates: report.rates,
        is_high_performing: report.total.is_high_performing(desk.session.settings.high_performing_ctr),
        channels: report.channels.iter().map(group).collect(),
        campaigns: report.campaigns.iter().map(group).collect(),
        records: report.records.iter().map(|performance| measured(desk, performance)).collect(),
    };
    desk.output.result(&summed, || in_words(&report))
}

async fn best(desk: &Desk<'_>, args: BestArgs) -> Result<(), Failure> {
    let ranking = desk.engine.best_performing_assets(args.campaign, Some(args.limit)).await?;
    let threshold = desk.session.settings.high_performing_ctr;
    let best: Vec<_> = ranking.iter().map(|entry| ranked(entry, threshold)).collect();
    desk.output.results(&best, || {
        let rows = best.iter().map(|entry| {
            vec![
                entry.asset_id.to_string(),
                entry.name.to_owned(),
                entry.counts.impressions.to_string(),
                entry.counts.clicks.to_string(),
                percent(entry.rates.click_through_rate),
                if entry.is_high_performing { "high performer".to_owned() } else { String::new() },
            ]
        });
        let columns = [
            Column::Text("id"),
            Column::Text("name"),
            Column::Number("impressions"),
            Column::Number("clicks"),
            Column::Number("click-through"),
            Column::Text(""),
        ];
        table(&columns, rows.collect(), "nothing has been measured yet")
    })
}

fn measured<'a>(desk: &Desk<'_>, performance: &'a MediaPerformance) -> Measured<'a> {
    Measured {
        performance,
        rates: performance.calculate_rates(),
        is_high_performing: performance.is_high_performing(desk.session.settings.high_performing_ctr),
    }
}

fn ranked(entry: &BestPerformer, threshold: f64) -> Best<'_> {
    Best {
        asset_id: entry.asset.asset_id,
        name: entry.asset.name.as_str(),
        counts: entry.counts,
        rates: entry.counts.calculate_rates(),
        is_high_performing: entry.counts.is_high_performing(threshold),
    }
}

fn group(group: &PerformanceGroup) -> Group<'_> {
    Group { key: &group.key, records: group.records, counts: group.counts, rates: group.counts.calculate_rates() }
}

fn in_words(report: &PerformanceReport) -> String {
    let groups = |groups: &[PerformanceGroup]| -> Vec<_> {
        groups.iter().map(|group| (group.key.clone(), group.records, group.counts)).collect()
    };
    let mut rows = groups(&report.channels);
    rows.extend(groups(&report.campaigns));
    rows.push(("all".to_owned(), report.records.len() as u64, report.total));
    counts_table(&rows)
}

fn counts_table(rows: &[(String, u64, PerformanceCounts)]) -> String {
    let rows = rows.iter().map(|(key, records, counts)| {
        let rates = counts.calculate_rates();
        vec![
            key.clone(),
            records.to_string(),
            counts.impressions.to_string(),
            counts.clicks.to_string(),
            counts.engagements.to_string(),
            counts.conversions.to_string(),
            percent(rates.click_through_rate),
            percent(rates.engagement_rate),
            percent(rates.conversion_rate),
        ]
    });
    let columns = [
        Column::Text("of"),
        Column::Number("records"),
        Column::Number("impressions"),
        Column::Number("clicks"),
        Column::Number("engagements"),
        Column::Number("conversions"),
        Column::Number("click-through"),
        Column::Number("engagement"),
        Column::Number("conversion"),
    ];
    table(&columns, rows.collect(), "nothing has been measured yet")
}
