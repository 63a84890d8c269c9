//! Credits, money and the figures of providers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use media_domain::period::BudgetCycle;
use media_domain::{Period, ProviderId, UserId};
use media_ports::{BudgetLine, Change, ProviderFigures, QuotaLine};

use crate::engine::MediaEngine;
use crate::error::EngineError;

/// How far back the figures of providers look.
const FIGURES_SINCE: Duration = Duration::from_secs(24 * 3_600);

impl MediaEngine {
    /// Credits used and set aside this month, by user and provider; of one user, or of all. With them, when the next
    /// month begins.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn quota_lines(&self, user_id: Option<UserId>) -> Result<(Vec<QuotaLine>, DateTime<Utc>), EngineError> {
        let period = Period::of(BudgetCycle::Month, self.now());
        let lines = self.parts.ledger.quota_lines(user_id, period).await?;
        Ok((lines, period.resets_at()))
    }

    /// Gives a user a limit of their own at a provider, in credits a month, or takes it away.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn set_quota_limit(
        &self,
        user_id: UserId,
        provider: ProviderId,
        credits: Option<u64>,
    ) -> Result<(), EngineError> {
        self.parts.writer.commit(Change::SetQuotaLimit { user_id, provider, credits }.into()).await?;
        self.own_limits.forget();
        Ok(())
    }

    /// Money of a chain, spent and set aside in the present day or month.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn budget_line(&self, chain: &str, cycle: BudgetCycle) -> Result<BudgetLine, EngineError> {
        Ok(self.parts.ledger.budget_line(chain.to_owned(), Period::of(cycle, self.now())).await?)
    }

    /// How each provider has done in the last 24 hours.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn provider_figures(&self) -> Result<Vec<ProviderFigures>, EngineError> {
        Ok(self.parts.ledger.provider_figures(self.now() - FIGURES_SINCE).await?)
    }
}
