//! Whether the books of credits and money say what the vendors' books say.

use std::collections::BTreeMap;

use media_domain::{Job, JobAttempt, JobState, Period, ProviderId, RequestId, UserId};
use media_ports::LedgerReader;

use crate::invariants::Invariant;
use crate::pairing::pairs;
use crate::scenario::Scenario;
use crate::truth::{Books, Call, Told};
use crate::world::World;

/// Used and set aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Line {
    used: u64,
    reserved: u64,
}

#[derive(Debug, Default)]
struct Expected {
    money: BTreeMap<(String, Period), Line>,
    credits: BTreeMap<(Period, UserId, ProviderId), Line>,
}

/// Every line of the books is the sum of what the vendors billed and of what unknown jobs hold.
pub(crate) async fn check(world: &World, jobs: &[Job], books: &Books, calls: &BTreeMap<RequestId, Vec<&Call>>) {
    let mut expected = Expected::default();
    for job in jobs {
        let calls = calls.get(&job.request_id).map_or(&[][..], Vec::as_slice);
        for (attempt, call) in pairs(job, calls) {
            expected.add(&world.outside.scenario, books, job, attempt, call);
            if attempt.state == JobState::Failed && call.is_some_and(|call| books.billed(call)) {
                let message = format!("attempt {} of job {} was billed, and released", attempt.number, job.job_id);
                world.outside.trace.violated(Invariant::BooksMatchTheVendors, message);
            }
        }
    }
    expected.compare(world).await;
}

impl Expected {
    fn add(&mut self, scenario: &Scenario, books: &Books, job: &Job, attempt: &JobAttempt, call: Option<&Call>) {
        let is_held =
            matches!(attempt.state, JobState::Dispatched | JobState::Accepted | JobState::Answered | JobState::Unknown);
        let is_settled = attempt.state == JobState::Settled;
        let order = call.and_then(|call| books.order(call));
        let line = |claimed: u64, used: u64| Line {
            used: if is_settled { used } else { 0 },
            reserved: if is_held { claimed } else { 0 },
        };
        for claim in &attempt.reservation.budgets {
            let is_priced = call.is_some_and(|call| scenario.vendors[call.vendor].is_priced);
            let billed = order.filter(|_| is_priced).map_or(0, |order| order.billed_micros);
            // What was closed by hand, or paid for in vain, counts as it was claimed.
            let used = if attempt.usage.cost_micros.is_some() { billed } else { claim.micros };
            let account = (claim.chain.clone(), claim.period);
            self.money.entry(account).or_default().add(line(claim.micros, used));
        }
        let Some(claim) = &attempt.reservation.quota else { return };
        // Told so by the adapter, and not left open by a process that died before it could write that down.
        let paid_in_vain =
            attempt.error_kind.is_some() && call.is_some_and(|call| call.told.as_ref().is_some_and(Told::is_billed));
        let delivered = attempt.error_kind.is_none() || !job.asset_ids.is_empty();
        // What a vendor delivers later is counted as it was claimed: nobody knows any more what each image took.
        let delivered_later = call.is_some_and(|call| call.told.as_ref() != Some(&Told::Images));
        let used = match order {
            _ if paid_in_vain || delivered_later => claim.credits,
            // Credits are counted by images.
            Some(order) if delivered && attempt.usage.cost_micros.is_some() => u64::from(order.images),
            _ if attempt.usage.credits > 0 => u64::from(attempt.usage.credits),
            _ => claim.credits,
        };
        let account = (claim.period, job.user_id.clone(), claim.provider.clone());
        self.credits.entry(account).or_default().add(line(claim.credits, used));
    }

    async fn compare(&self, world: &World) {
        let (catalog, trace) = (&world.outside.catalog, &world.outside.trace);
        for ((chain, period), expected) in &self.money {
            let line = catalog.budget_line(chain.clone(), *period).await.unwrap();
            let line = Line { used: line.used_micros, reserved: line.reserved_micros };
            if line != *expected {
                let message = format!("micros of {chain} in {period}: {line:?} written, {expected:?} by the vendors");
                trace.violated(Invariant::BooksMatchTheVendors, message);
            }
        }
        for ((period, user, provider), expected) in &self.credits {
            let lines = catalog.quota_lines(Some(user.clone()), *period).await.unwrap();
            let line = lines.into_iter().find(|line| line.provider == *provider);
            let line = line.map_or_else(Line::default, |line| Line { used: line.used, reserved: line.reserved });
            if line != *expected {
                let message =
                    format!("credits of {user} at {provider} in {period}: {line:?} written, {expected:?} expected");
                trace.violated(Invariant::BooksMatchTheVendors, message);
            }
        }
    }
}

impl Line {
    fn add(&mut self, other: Self) {
        self.used += other.used;
        self.reserved += other.reserved;
    }
}
