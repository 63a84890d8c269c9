//! Works out what a call may use, has it set aside, and tells what it did use.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use media_domain::budget::BudgetLimit;
use media_domain::period::BudgetCycle;
use media_domain::price::{Price, PricedWork};
use media_domain::{BudgetClaim, Period, ProviderErrorKind, ProviderId, QuotaClaim, Reservation, RetryClass};
use media_ports::{CallContext, Clock, GenerationAnswer, ProviderError};

use crate::image_request::ImageRequest;
use crate::models::Models;
use crate::policy::Unpriced;
use crate::provider_policy::ProviderPolicy;
use crate::service::Service;
use crate::telemetry::{self, CHAIN, MODEL, PROVIDER};

/// Puts the claim for credits and money into the call's context, where it is set aside with the dispatch, and settles
/// what the answer used.
#[derive(Debug)]
pub struct Accounting<R: ImageRequest> {
    inner: Arc<dyn Service<R>>,
    rules: AccountingRules,
    clock: Arc<dyn Clock>,
    meters: OnceLock<Meters>,
}

/// The metrics of what is settled.
#[derive(Debug)]
struct Meters {
    credits: metrics::Counter,
    spend: metrics::Counter,
}

/// What a call asks for, as far as its cost depends on it.
#[derive(Clone, Copy)]
struct Asked<'a> {
    /// The model whose price counts.
    model: &'a str,
    work: PricedWork,
    /// Credits of one image.
    credits_each: u64,
}

/// What a call is counted by.
#[derive(Debug, Clone)]
pub struct AccountingRules {
    /// The provider.
    pub provider: ProviderId,
    /// The models whose prices count.
    pub models: Models,
    /// The provider's weights, limits and prices.
    pub policy: Arc<ProviderPolicy>,
    /// The chain whose budgets count.
    pub chain: String,
    /// The chain's budgets.
    pub budgets: Vec<BudgetLimit>,
    /// What to do with a call that has no price.
    pub unpriced: Unpriced,
}

impl<R: ImageRequest> Accounting<R> {
    /// Wraps an operation.
    pub fn new(inner: Arc<dyn Service<R>>, rules: AccountingRules, clock: Arc<dyn Clock>) -> Self {
        Self { inner, rules, clock, meters: OnceLock::new() }
    }

    fn claim(&self, asked: Asked<'_>) -> Result<Reservation, ProviderError> {
        let AccountingRules { provider, policy, chain, budgets, unpriced, .. } = &self.rules;
        let micros = match policy.prices.maximum(asked.model, asked.work) {
            Price::Known { micros } => micros,
            Price::Unpriced if *unpriced == Unpriced::Allow => 0,
            Price::Unpriced => {
                let message =
                    format!("no price is known of model {:?}, and the chain refuses what has none", asked.model);
                return Err(ProviderError::new(ProviderErrorKind::ConfigInvalid, message).here());
            }
        };
        let now = self.clock.utc_now();
        let quota = QuotaClaim {
            provider: provider.clone(),
            period: Period::of(BudgetCycle::Month, now),
            credits: asked.credits(),
            limit: policy.monthly_credits,
        };
        let budget = |budget: &BudgetLimit| BudgetClaim {
            chain: chain.clone(),
            period: budget.period_of(now),
            micros,
            limit_micros: budget.micros,
        };
        Ok(Reservation { quota: Some(quota), budgets: budgets.iter().map(budget).collect() })
    }

    /// Counts the images that came, not those that were asked for.
    fn settle(&self, asked: Asked<'_>, answer: &mut GenerationAnswer) {
        let made = Asked { work: PricedWork { images: answer.images.len() as u32, ..asked.work }, ..asked };
        answer.usage.credits = u32::try_from(made.credits()).unwrap_or(u32::MAX);
        if answer.usage.cost_micros.is_none() {
            let settled = self.rules.policy.prices.settled(made.model, made.work, &answer.usage);
            answer.usage.cost_micros = settled.micros();
        }
        self.count(answer.usage.credits.into(), answer.usage.cost_micros);
    }

    /// Counts what was paid in vain: the journal settles it as it was set aside.
    fn settle_failure(&self, asked: Asked<'_>, error: &ProviderError) {
        if error.retry == RetryClass::Billed {
            let cost_micros = self.rules.policy.prices.maximum(asked.model, asked.work).micros();
            self.count(asked.credits(), cost_micros);
        }
    }

    fn count(&self, credits: u64, cost_micros: Option<u64>) {
        let meters = self.meters.get_or_init(|| Meters::of(&self.rules));
        meters.credits.increment(credits);
        meters.spend.increment(cost_micros.unwrap_or_default());
    }
}

impl Asked<'_> {
    fn credits(&self) -> u64 {
        self.credits_each.saturating_mul(u64::from(self.work.images))
    }
}

impl Meters {
    fn of(rules: &AccountingRules) -> Self {
        let AccountingRules { provider, models, chain, .. } = rules;
        let labels = [(PROVIDER, provider.to_string()), (MODEL, models.own.clone()), (CHAIN, chain.clone())];
        Self {
            credits: metrics::counter!(telemetry::CREDITS, &labels),
            spend: metrics::counter!(telemetry::SPEND, &labels),
        }
    }
}

#[async_trait]
impl<R: ImageRequest> Service<R> for Accounting<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<GenerationAnswer, ProviderError> {
        let work = request.work();
        let model = request.model_of(&self.rules.models);
        let asked = Asked { model, work, credits_each: self.rules.policy.credits.credits_each(work.quality) };
        let context = CallContext { reservation: self.claim(asked)?, ..context.clone() };
        let mut result = self.inner.call(&context, request).await;
        match &mut result {
            Ok(answer) => self.settle(asked, answer),
            Err(error) => self.settle_failure(asked, error),
        }
        result
    }
}
