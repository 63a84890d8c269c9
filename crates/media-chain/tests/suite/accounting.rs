//! Credits and money: claimed before a call, settled by what came.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::NaiveDate;
use media_chain::{BreakerBoard, ChainErrorKind, ChainPolicy, ProviderPolicy, Unpriced};
use media_domain::budget::BudgetLimit;
use media_domain::period::BudgetCycle;
use media_domain::price::{ModelPrice, PriceBasis, PriceTable, SizeClass};
use media_domain::{
    JobHandle, JobState, Phase, ProviderErrorKind as Kind, ProviderId, Quality, Reservation, Strategy, Usage,
};
use media_ports::{AttemptEnd, CallJournal, ProviderError, StoreError, StoreErrorKind};
use media_testkit::fakes::FakeProvider;

use crate::setup::{Chain, guarded_with, request};

/// Takes claims down, and refuses those of some providers.
#[derive(Debug, Default)]
struct Books {
    claims: Mutex<Vec<(String, Reservation)>>,
    ends: Mutex<Vec<AttemptEnd>>,
    used_up: &'static [&'static str],
}

#[async_trait]
impl CallJournal for Books {
    async fn dispatched(&self, provider: &ProviderId, reservation: &Reservation) -> Result<(), StoreError> {
        if self.used_up.contains(&provider.as_str()) {
            return Err(StoreError::new(StoreErrorKind::QuotaExceeded, "1 of 100 credits left, 2 needed"));
        }
        self.claims.lock().unwrap().push((provider.to_string(), reservation.clone()));
        Ok(())
    }

    async fn accepted(&self, _handle: &JobHandle) -> Result<(), StoreError> {
        Ok(())
    }

    fn answered(&self, _usage: &Usage) {}

    fn part(&self) -> Arc<dyn CallJournal> {
        Arc::new(Self { used_up: self.used_up, ..Self::default() })
    }

    async fn ended(&self, end: AttemptEnd) -> Result<(), StoreError> {
        self.ends.lock().unwrap().push(end);
        Ok(())
    }
}

pub(crate) fn per_image(micros: u64) -> PriceTable {
    let basis = PriceBasis::PerImage(vec![SizeClass { up_to_pixels: None, quality: None, amount: micros }]);
    let as_of = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    // The fakes have no model, so their price stands under the empty name.
    PriceTable { models: [(String::new(), ModelPrice { source: "a contract".to_owned(), as_of, basis })].into() }
}

fn chain(policy: ChainPolicy, providers: &[(&str, Option<u64>)]) -> Chain {
    let providers = providers.iter().map(|(id, price)| {
        let prices = price.map(per_image).unwrap_or_default();
        let fake = FakeProvider::new(id);
        let fake = if *id == "noop" { fake.local_and_free() } else { fake };
        (fake, ProviderPolicy { prices, monthly_credits: Some(100), ..ProviderPolicy::default() })
    });
    guarded_with(policy, providers.collect(), |clock| BreakerBoard::in_memory(clock))
}

#[tokio::test(start_paused = true)]
async fn the_whole_call_is_claimed_and_what_came_is_settled() {
    let budgets = vec![BudgetLimit { micros: 1_000_000, period: BudgetCycle::Day }];
    let chain = chain(ChainPolicy { budgets, ..ChainPolicy::default() }, &[("priced", Some(40_000))]);
    let books = Arc::new(Books::default());
    let mut context = chain.context();
    context.journal = books.clone();
    let mut three = request();
    three.count = 3;
    three.options.quality = Some(Quality::Hd);
    let answer = chain.chain.execute_generate_image(&context, &three).await.unwrap();
    let (_, claim) = books.claims.lock().unwrap()[0].clone();
    let quota = claim.quota.unwrap();
    assert_eq!((quota.credits, quota.limit, quota.period.to_string()), (6, Some(100), "2026-11".to_owned()));
    let budget = &claim.budgets[0];
    assert_eq!(
        (budget.micros, budget.limit_micros, budget.period.to_string()),
        (120_000, 1_000_000, "2026-11-20".to_owned())
    );
    assert_eq!((answer.usage.credits, answer.usage.cost_micros), (6, Some(120_000)));
}

#[tokio::test(start_paused = true)]
async fn used_up_credits_move_on_and_are_the_answer_when_they_left_nobody() {
    type Case = (&'static [&'static str], &'static [&'static str], Result<&'static str, ChainErrorKind>);
    let cases: [Case; 4] = [
        (&["first", "second"], &["first"], Ok("second")),
        (&["first", "second"], &["first", "second"], Err(ChainErrorKind::QuotaExceeded)),
        // A placeholder would hide it.
        (&["first", "noop"], &["first"], Err(ChainErrorKind::QuotaExceeded)),
        (&["noop"], &[], Ok("noop")),
    ];
    for (ids, used_up, expected) in cases {
        let providers: Vec<_> = ids.iter().map(|id| (*id, None)).collect();
        let chain = chain(ChainPolicy::default(), &providers);
        let mut context = chain.context();
        context.journal = Arc::new(Books { used_up, ..Books::default() });
        let result = chain.chain.execute_generate_image(&context, &request()).await;
        if let Err(failure) = &result {
            assert!(failure.skipped[0].reason.contains("2026-12-01"), "the reset date: {}", failure.skipped[0].reason);
        }
        let told = result.as_ref().map(|answer| answer.provider.as_str()).map_err(|failure| failure.kind);
        assert_eq!(told, expected, "{ids:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_no_price_is_refused_where_the_chain_says_so() {
    let policy = ChainPolicy { unpriced: Unpriced::Refuse, ..ChainPolicy::default() };
    let chain = chain(policy, &[("unpriced", None), ("priced", Some(1))]);
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!((answer.provider.as_str(), chain.calls()), ("priced", vec![0, 1]));
}

#[tokio::test(start_paused = true)]
async fn the_cheapest_comes_first_where_the_chain_says_so() {
    let policy = ChainPolicy { strategy: Strategy::Cheapest, ..ChainPolicy::default() };
    let chain = chain(policy, &[("unpriced", None), ("dear", Some(9)), ("cheap", Some(2)), ("noop", Some(0))]);
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!(answer.provider.as_str(), "cheap");
}

#[tokio::test(start_paused = true)]
async fn what_was_paid_in_vain_is_settled_as_it_was_claimed() {
    let cases = [
        (ProviderError::new(Kind::MalformedResponse, "spoilt").billed(None), JobState::Settled, 3),
        (ProviderError::new(Kind::Timeout, "lost").uncertain(Phase::Submit, None), JobState::Unknown, 0),
        (ProviderError::new(Kind::Unavailable, "down"), JobState::Failed, 0),
    ];
    for (error, state, credits) in cases {
        let policy = ProviderPolicy { prices: per_image(40_000), ..ProviderPolicy::default() };
        let providers = vec![(FakeProvider::new("only").then_fail(error), policy)];
        let chain = guarded_with(ChainPolicy::default(), providers, |clock| BreakerBoard::in_memory(clock));
        let books = Arc::new(Books::default());
        let mut context = chain.context();
        context.journal = books.clone();
        let mut three = request();
        three.count = 3;
        chain.chain.execute_generate_image(&context, &three).await.unwrap_err();
        let end = books.ends.lock().unwrap().pop().unwrap();
        // Money that nobody tells of is settled by the store as it was claimed.
        assert_eq!((end.state, end.usage.credits, end.usage.cost_micros), (state, credits, None));
    }
}
