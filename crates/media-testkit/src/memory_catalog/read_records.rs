//! Reads measurements, suggestions and jobs.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use async_trait::async_trait;
use media_domain::text::Campaign;
use media_domain::{
    AssetId, IdempotencyKey, Job, JobId, MediaOptimizationSuggestion, MediaPerformance, PerformanceCounts,
    SuggestionId, UserId,
};
use media_ports::{
    BestPerformer, JobQuery, JobReader, PerformanceGroup, PerformanceQuery, PerformanceReader, StoreError,
    SuggestionReader, TotalsBy,
};

use super::MemoryCatalog;
use super::state::State;

#[async_trait]
impl PerformanceReader for MemoryCatalog {
    async fn performance(&self, query: &PerformanceQuery, limit: usize) -> Result<Vec<MediaPerformance>, StoreError> {
        let state = self.state();
        let mut records: Vec<_> = state.measurements(query).cloned().collect();
        records.sort_by_key(|record| Reverse((record.recorded_at, record.performance_id)));
        records.truncate(limit);
        Ok(records)
    }

    async fn performance_totals(
        &self,
        query: &PerformanceQuery,
        by: TotalsBy,
    ) -> Result<Vec<PerformanceGroup>, StoreError> {
        let state = self.state();
        let mut groups: BTreeMap<String, PerformanceGroup> = BTreeMap::new();
        for record in state.measurements(query) {
            let key = state.group_key(record, by);
            let group = groups.entry(key.clone());
            let group =
                group.or_insert_with(|| PerformanceGroup { key, records: 0, counts: PerformanceCounts::default() });
            group.records += 1;
            group.counts = group.counts.saturating_add(record.counts);
        }
        Ok(groups.into_values().collect())
    }

    async fn best_performing(
        &self,
        campaign: Option<Campaign>,
        limit: usize,
    ) -> Result<Vec<BestPerformer>, StoreError> {
        let state = self.state();
        let mut sums: BTreeMap<AssetId, PerformanceCounts> = BTreeMap::new();
        for record in state.measurements(&PerformanceQuery { campaign, ..PerformanceQuery::default() }) {
            let sum = sums.entry(record.asset_id).or_default();
            *sum = sum.saturating_add(record.counts);
        }
        let mut ranking: Vec<_> = sums
            .into_iter()
            .filter(|(_, counts)| counts.impressions > 0)
            .filter_map(|(asset_id, counts)| Some((state.assets.get(&asset_id)?, counts)))
            .filter(|(asset, _)| !asset.is_deleted())
            .collect();
        let rate = |counts: &PerformanceCounts| counts.calculate_rates().click_through_rate;
        ranking.sort_by(|(a_asset, a), (b_asset, b)| {
            let by_rate = rate(b).total_cmp(&rate(a));
            by_rate.then(b.impressions.cmp(&a.impressions)).then(a_asset.asset_id.cmp(&b_asset.asset_id))
        });
        ranking.truncate(limit);
        let best = |(asset, counts)| BestPerformer { asset: state.with_recent_uses(asset), counts };
        Ok(ranking.into_iter().map(best).collect())
    }
}

impl State {
    /// The measurements that a query finds.
    fn measurements<'a>(&'a self, query: &'a PerformanceQuery) -> impl Iterator<Item = &'a MediaPerformance> {
        self.performance.values().filter(|record| {
            query.asset_id.is_none_or(|asset_id| record.asset_id == asset_id)
                && query.variant_id.is_none_or(|variant_id| record.variant_id == Some(variant_id))
                && query.campaign.as_ref().is_none_or(|campaign| record.campaign == *campaign)
                && query.channel.as_ref().is_none_or(|channel| record.channel == *channel)
                && query.since.is_none_or(|since| record.recorded_at >= since)
                && query.until.is_none_or(|until| record.recorded_at < until)
        })
    }

    fn group_key(&self, record: &MediaPerformance, by: TotalsBy) -> String {
        match by {
            TotalsBy::Everything => String::new(),
            TotalsBy::Asset => record.asset_id.to_string(),
            TotalsBy::Variant => record.variant_id.map(|variant_id| variant_id.to_string()).unwrap_or_default(),
            TotalsBy::Campaign => record.campaign.to_string(),
            TotalsBy::Channel => record.channel.to_string(),
            TotalsBy::Format => {
                self.assets.get(&record.asset_id).map(|asset| asset.metadata.format.to_string()).unwrap_or_default()
            }
        }
    }
}

#[async_trait]
impl SuggestionReader for MemoryCatalog {
    async fn suggestions(&self, asset_id: AssetId) -> Result<Vec<MediaOptimizationSuggestion>, StoreError> {
        let state = self.state();
        let mut found: Vec<_> = state.suggestions.values().filter(|(_, s)| s.asset_id == asset_id).collect();
        found.sort_by_key(|(number, suggestion)| (suggestion.created_at, *number));
        Ok(found.into_iter().map(|(_, suggestion)| suggestion.clone()).collect())
    }

    async fn suggestion(&self, suggestion_id: SuggestionId) -> Result<Option<MediaOptimizationSuggestion>, StoreError> {
        Ok(self.state().suggestions.get(&suggestion_id).map(|(_, suggestion)| suggestion.clone()))
    }
}

#[async_trait]
impl JobReader for MemoryCatalog {
    async fn job(&self, job_id: JobId) -> Result<Option<Job>, StoreError> {
        Ok(self.state().jobs.get(&job_id).cloned())
    }

    async fn job_by_key(&self, user_id: UserId, key: IdempotencyKey) -> Result<Option<Job>, StoreError> {
        Ok(self.state().key_holder(user_id, key).cloned())
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Vec<Job>, StoreError> {
        let state = self.state();
        let wanted = |job: &&Job| query.states.is_empty() || query.states.contains(&job.state);
        let mut jobs: Vec<_> = state.jobs.values().filter(wanted).collect();
        jobs.sort_by_key(|job| Reverse((job.created_at, job.job_id)));
        Ok(jobs.into_iter().take(query.limit).cloned().collect())
    }
}
