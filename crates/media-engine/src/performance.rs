//! How assets perform.

use chrono::{DateTime, Utc};
use media_domain::text::{Campaign, Channel};
use media_domain::{
    AssetId, MediaPerformance, PerformanceCounts, PerformanceId, PerformanceRates, UsageEvent, VariantId,
};
use media_ports::{BestPerformer, Change, ChangeSet, PerformanceGroup, PerformanceQuery, TotalsBy};

use crate::engine::MediaEngine;
use crate::error::{EngineError, OrNotFound, Subject, refused};

/// A measurement to be tracked.
#[derive(Debug, Clone)]
pub struct TrackPerformance {
    /// The asset measured.
    pub asset_id: AssetId,
    /// The variant measured, if it was one.
    pub variant_id: Option<VariantId>,
    /// The campaign it ran in.
    pub campaign: Campaign,
    /// The channel it ran on.
    pub channel: Channel,
    /// What was counted.
    pub counts: PerformanceCounts,
    /// When it was measured; now when absent.
    pub recorded_at: Option<DateTime<Utc>>,
    /// The contact it was shown to, where one is known.
    pub contact_id: Option<String>,
}

/// How an asset performs, over all of its measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct PerformanceReport {
    /// The sum of all measurements.
    pub total: PerformanceCounts,
    /// The rates of the sum.
    pub rates: PerformanceRates,
    /// Measurements, newest first.
    pub records: Vec<MediaPerformance>,
    /// Sums by channel.
    pub channels: Vec<PerformanceGroup>,
    /// Sums by campaign.
    pub campaigns: Vec<PerformanceGroup>,
}

/// Most measurements that a report lists.
const REPORT_RECORDS: usize = 1_000;

impl MediaEngine {
    /// Keeps a measurement and counts a use of the asset in the campaign. Tracking twice keeps two.
    ///
    /// # Errors
    /// `Counts` for counts that cannot be, `NotFound` for the asset or the variant.
    #[tracing::instrument(skip_all)]
    pub async fn track_asset_performance(&self, track: TrackPerformance) -> Result<MediaPerformance, EngineError> {
        let counts = track.counts.checked()?;
        if self.asset(track.asset_id).await?.is_deleted() {
            return Err(EngineError::Invalid(format!(
                "asset {} is deleted: restore it before tracking it",
                track.asset_id
            )));
        }
        if let Some(variant_id) = track.variant_id {
            let variant = self.parts.assets.variant(variant_id).await?;
            let of_asset = variant.filter(|variant| variant.asset_id == track.asset_id);
            of_asset.or_not_found(Subject::Variant, variant_id)?;
        }
        let record = MediaPerformance {
            performance_id: PerformanceId::from_uuid(self.new_uuid()),
            asset_id: track.asset_id,
            variant_id: track.variant_id,
            campaign: track.campaign.clone(),
            channel: track.channel,
            counts,
            recorded_at: track.recorded_at.unwrap_or_else(|| self.now()),
            source: None,
        };
        let usage = UsageEvent { campaign: track.campaign, contact_id: track.contact_id, used_at: record.recorded_at };
        let changes = ChangeSet::from(Change::RecordPerformance(record.clone()))
            .with(Change::RecordUsage { asset_id: track.asset_id, usage });
        self.parts.writer.commit(changes).await.map_err(|error| refused(error, Subject::Asset, track.asset_id))?;
        Ok(record)
    }

    /// How an asset performs: sums, rates, history.
    ///
    /// # Errors
    /// `NotFound`.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn asset_performance(&self, asset_id: AssetId) -> Result<PerformanceReport, EngineError> {
        self.asset(asset_id).await?;
        let query = PerformanceQuery { asset_id: Some(asset_id), ..PerformanceQuery::default() };
        let channels = self.parts.performance.performance_totals(&query, TotalsBy::Channel).await?;
        let campaigns = self.parts.performance.performance_totals(&query, TotalsBy::Campaign).await?;
        let records = self.parts.performance.performance(&query, REPORT_RECORDS).await?;
        let total: PerformanceCounts = channels.iter().map(|group| group.counts).sum();
        Ok(PerformanceReport { total, rates: total.calculate_rates(), records, channels, campaigns })
    }

    /// The sum of an asset's measurements.
    pub(crate) async fn performance_total(&self, asset_id: AssetId) -> Result<PerformanceCounts, EngineError> {
        let query = PerformanceQuery { asset_id: Some(asset_id), ..PerformanceQuery::default() };
        let totals = self.parts.performance.performance_totals(&query, TotalsBy::Everything).await?;
        Ok(totals.into_iter().map(|group| group.counts).sum())
    }

    /// Sums of measurements by what they have in common, to compare assets, variants, channels or formats.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn compare_performance(
        &self,
        query: &PerformanceQuery,
        by: TotalsBy,
    ) -> Result<Vec<PerformanceGroup>, EngineError> {
        Ok(self.parts.performance.performance_totals(query, by).await?)
    }

    /// The assets of the highest click-through rate, each once; in one campaign or over all, 5 by default.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn best_performing_assets(
        &self,
        campaign: Option<Campaign>,
        limit: Option<usize>,
    ) -> Result<Vec<BestPerformer>, EngineError> {
        Ok(self.parts.performance.best_performing(campaign, limit.unwrap_or(5)).await?)
    }
}
