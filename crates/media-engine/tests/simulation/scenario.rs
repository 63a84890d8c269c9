//! What a seed decides before anything happens: vendors, chains, policies, crashes.

use std::collections::{BTreeMap, BTreeSet};
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use media_chain::{ChainPolicy, Onward, ProviderPolicy, Unpriced};
use media_domain::breaker::RateTrip;
use media_domain::budget::BudgetLimit;
use media_domain::period::BudgetCycle;
use media_domain::price::{ModelPrice, PriceBasis, PriceTable, SizeClass};
use media_domain::rate_limit::RateLimit;
use media_domain::retry_plan::RetryPlan;
use media_domain::{BreakerSettings, ProviderId, Strategy};

use crate::dice::Dice;
use crate::sabotage::Sabotage;
use crate::time::Millis;

/// What a seed decides before anything happens.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) requests: usize,
    /// From here on every vendor works, and no request comes any more.
    pub(crate) calm_from: Millis,
    pub(crate) calendar_start: DateTime<Utc>,
    pub(crate) vendors: Vec<VendorScript>,
    pub(crate) chains: Vec<ChainScript>,
    pub(crate) crashes: Vec<Crash>,
    pub(crate) sabotage: Option<Sabotage>,
}

/// One vendor, and how it is treated.
#[derive(Debug)]
pub(crate) struct VendorScript {
    pub(crate) name: &'static str,
    pub(crate) policy: ProviderPolicy,
    /// What an image costs there; the chain may not know it.
    pub(crate) micros_per_image: u64,
    pub(crate) is_priced: bool,
    pub(crate) latency_ms: (u64, u64),
    /// Whether it gives handles, by which an order can be asked for later.
    pub(crate) gives_handles: bool,
    /// Whether its adapter obeys deadline and cancellation.
    pub(crate) obeys: bool,
    /// Most calls in a minute, and whether a refusal says how long to wait.
    pub(crate) rate: Option<(usize, bool)>,
    pub(crate) outages: Vec<Outage>,
    /// How often something goes wrong apart from outages.
    pub(crate) trouble: f64,
    /// Runs in the process and costs nothing.
    pub(crate) is_local: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Outage {
    pub(crate) from: Millis,
    pub(crate) to: Millis,
    pub(crate) manner: Manner,
}

/// How a vendor is out of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Nothing can be sent.
    Unreachable,
    /// 500 with an error of the vendor's own.
    ServerError,
    /// 504 from something in between; the order may have been accepted.
    GatewayTimeout,
    /// Takes the order and never answers.
    Silence,
    /// 200 with something else in it.
    Garbage,
    /// 401.
    BadKey,
}

/// One chain.
#[derive(Debug)]
pub(crate) struct ChainScript {
    pub(crate) name: &'static str,
    pub(crate) members: Vec<usize>,
    pub(crate) policy: ChainPolicy,
}

/// A process dies and is started again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crash {
    pub(crate) at: Millis,
    pub(crate) slot: usize,
    pub(crate) back_after: Duration,
}

pub(crate) const SLOTS: usize = 2;
pub(crate) const LOCAL: &str = "sketch";
/// The chain for the questions asked in the calm; it has every vendor and no budget.
pub(crate) const CALM_CHAIN: &str = "calm";
const HOUR: Millis = 3_600_000;

impl Scenario {
    pub(crate) fn of(seed: u64, requests: usize, sabotage: Option<Sabotage>) -> Self {
        let mut dice = Dice::of(seed, "scenario", 0);
        let calm_from = HOUR + dice.within(0..=5) * HOUR / 2;
        let mut vendors: Vec<_> = ["alder", "birch", "cedar", "dogwood"]
            .into_iter()
            .map(|name| VendorScript::of(name, calm_from, &mut Dice::of(seed, name, 0)))
            .collect();
        vendors.push(VendorScript::local());
        let crashes = (0..dice.within(0..=2)).map(|_| Crash {
            at: dice.within(calm_from / 10..=calm_from * 9 / 10),
            slot: dice.within(0..=SLOTS as u64 - 1) as usize,
            back_after: dice.millis(1_000..=60_000),
        });
        let crashes = crashes.collect();
        // A while before the year ends, so that days and months change under way.
        let calendar_start = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap().and_hms_opt(22, 0, 0).unwrap().and_utc();
        let chains = chains(&mut dice, vendors.len() - 1, requests);
        Self { seed, requests, calm_from, calendar_start, vendors, chains, crashes, sabotage }
    }

    pub(crate) fn vendor(&self, name: &str) -> Option<usize> {
        self.vendors.iter().position(|vendor| vendor.name == name)
    }

    pub(crate) fn chain(&self, name: &str) -> &ChainScript {
        self.chains.iter().find(|chain| chain.name == name).unwrap()
    }

    /// The longest time for which a call may go on.
    pub(crate) fn longest_call(&self) -> Duration {
        self.chains.iter().map(|chain| chain.policy.deadline).max().unwrap_or_default()
    }
}

fn chains(dice: &mut Dice, vendors: usize, requests: usize) -> Vec<ChainScript> {
    let mut shuffled: Vec<usize> = (0..vendors).collect();
    for place in (1..vendors).rev() {
        shuffled.swap(place, dice.within(0..=place as u64) as usize);
    }
    let bounded = |dice: &mut Dice| ChainPolicy {
        deadline: dice.millis(45_000..=120_000),
        attempt_timeout: dice.millis(15_000..=40_000),
        ..ChainPolicy::default()
    };
    let spending = |dice: &mut Dice, period, share: u64| BudgetLimit {
        micros: requests as u64 * 40_000 * dice.within(share..=share * 4) / 100,
        period,
    };
    let with_local = |members: &[usize], dice: &mut Dice| {
        let local = dice.chance(0.5).then_some(vendors);
        members.iter().copied().chain(local).collect::<Vec<_>>()
    };
    let careful = ChainPolicy { budgets: vec![spending(dice, BudgetCycle::Day, 10)], ..bounded(dice) };
    let bold = ChainPolicy {
        on_uncertain: Onward::Next,
        on_billed_failure: Onward::Next,
        on_content_rejected: Onward::Next,
        content_rejected_to: named(dice),
        strategy: Strategy::Fastest,
        ..bounded(dice)
    };
    let thrifty = ChainPolicy {
        strategy: Strategy::Cheapest,
        unpriced: Unpriced::Refuse,
        budgets: vec![spending(dice, BudgetCycle::Day, 3), spending(dice, BudgetCycle::Month, 4)],
        ..bounded(dice)
    };
    // Long enough for the slowest vendor.
    let calm = ChainPolicy { attempt_timeout: Duration::from_secs(40), ..bounded(dice) };
    vec![
        ChainScript { name: "media_generation", members: with_local(&shuffled[..3], dice), policy: careful },
        ChainScript { name: "bold", members: with_local(&shuffled[1..], dice), policy: bold },
        ChainScript { name: "thrifty", members: with_local(&shuffled, dice), policy: thrifty },
        ChainScript { name: CALM_CHAIN, members: shuffled, policy: calm },
    ]
}

/// Whom a refused request may be passed on to; often everybody.
fn named(dice: &mut Dice) -> BTreeSet<ProviderId> {
    let names = dice.pick(&[&[][..], &["birch"], &["alder", "dogwood"]]);
    names.iter().map(|name| ProviderId::parse(*name).unwrap()).collect()
}

impl VendorScript {
    fn of(name: &'static str, calm_from: Millis, dice: &mut Dice) -> Self {
        let fastest = dice.within(20..=4_000);
        let is_priced = dice.chance(0.8);
        let micros_per_image = 1_000 * dice.within(5..=60);
        Self {
            name,
            policy: provider_policy(name, is_priced.then_some(micros_per_image), dice),
            micros_per_image,
            is_priced,
            latency_ms: (fastest, fastest * dice.within(1..=5)),
            gives_handles: dice.chance(0.5),
            obeys: dice.chance(0.75),
            rate: dice.chance(0.4).then(|| (dice.within(5..=40) as usize, dice.chance(0.5))),
            outages: outages(calm_from, dice),
            trouble: if dice.chance(0.3) { 0.0 } else { dice.unit() * 0.3 },
            is_local: false,
        }
    }

    /// Draws placeholders, always.
    fn local() -> Self {
        Self {
            name: LOCAL,
            policy: ProviderPolicy::default(),
            micros_per_image: 0,
            is_priced: false,
            latency_ms: (0, 0),
            gives_handles: false,
            obeys: true,
            rate: None,
            outages: Vec::new(),
            trouble: 0.0,
            is_local: true,
        }
    }
}

fn outages(calm_from: Millis, dice: &mut Dice) -> Vec<Outage> {
    const MANNERS: [Manner; 6] = [
        Manner::Unreachable,
        Manner::ServerError,
        Manner::GatewayTimeout,
        Manner::Silence,
        Manner::Garbage,
        Manner::BadKey,
    ];
    let mut outages = Vec::new();
    let mut from = dice.within(0..=calm_from / 2);
    while outages.len() < 4 {
        let to = from + dice.within(20_000..=15 * 60_000);
        if to >= calm_from {
            break;
        }
        outages.push(Outage { from, to, manner: dice.pick(&MANNERS) });
        from = to + dice.within(60_000..=30 * 60_000);
    }
    outages
}

fn provider_policy(name: &str, micros_per_image: Option<u64>, dice: &mut Dice) -> ProviderPolicy {
    let breaker = BreakerSettings {
        consecutive_failures: dice.within(2..=6) as u32,
        failure_rate: dice.chance(0.3).then(RateTrip::default),
        open_for: dice.millis(10_000..=90_000),
        ..BreakerSettings::default()
    };
    let retry = if dice.chance(0.5) { RetryPlan::never() } else { RetryPlan::default() };
    let per_minute = NonZeroU32::new(dice.within(10..=60) as u32).unwrap();
    let line = |amount| SizeClass { up_to_pixels: None, quality: None, amount };
    let price = |amount| ModelPrice {
        source: "the simulation".to_owned(),
        as_of: NaiveDate::default(),
        basis: PriceBasis::PerImage(vec![line(amount)]),
    };
    ProviderPolicy {
        breaker,
        retry,
        concurrency: if dice.chance(0.4) { NonZeroUsize::new(dice.within(1..=4) as usize) } else { None },
        rate: dice.chance(0.3).then(|| RateLimit::new(per_minute, Duration::from_secs(60))),
        monthly_credits: dice.chance(0.4).then(|| dice.within(10..=200)),
        prices: PriceTable { models: BTreeMap::from_iter(micros_per_image.map(|micros| (model(name), price(micros)))) },
        ..ProviderPolicy::default()
    }
}

/// The one model of a vendor.
pub(crate) fn model(vendor: &str) -> String {
    format!("{vendor}-1")
}
