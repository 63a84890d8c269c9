//! How a provider is treated, as configuration writes it.

use std::num::NonZeroU32;
use std::time::Duration;

use media_chain::ProviderPolicy;
use media_domain::breaker::RateTrip;
use media_domain::{BreakerSettings, CreditWeights, Quality, RateLimit, RetryPlan};

use super::section::Section;

/// Longest time of anything that a policy decides: 31 days, as long as a monthly quota may keep calls away.
const LONGEST: Duration = Duration::from_secs(31 * 86_400);
/// Most calls that anybody counts, at a time or in a stretch of it.
const MOST_CALLS: u32 = 1_000_000;

/// Reads the policy of providers that do not say otherwise.
pub(super) fn read_defaults(mut section: Section<'_>) -> ProviderPolicy {
    let defaults = read(&mut section, &ProviderPolicy::default());
    section.finish();
    defaults
}

/// Reads the policy of a provider; what is missing comes from the defaults.
pub(super) fn read(section: &mut Section<'_>, defaults: &ProviderPolicy) -> ProviderPolicy {
    let concurrency = section.take_count("concurrency", MOST_CALLS).and_then(|count| count.try_into().ok());
    ProviderPolicy {
        breaker: read_breaker(section.section("breaker"), &defaults.breaker),
        retry: read_retry(section.section("retry"), &defaults.retry),
        concurrency: concurrency.or(defaults.concurrency),
        rate: if section.has("rate") { read_rate(section.section("rate")) } else { defaults.rate },
        credits: read_credits(section.section("credits"), &defaults.credits),
        monthly_credits: section.take_typed("monthly_credits").or(defaults.monthly_credits),
        prices: defaults.prices.clone(),
    }
}

fn read_breaker(mut section: Section<'_>, defaults: &BreakerSettings) -> BreakerSettings {
    let failures = section.take_count("consecutive_failures", MOST_CALLS).map(NonZeroU32::get);
    let failure_rate = match section.has("failure_rate") {
        true => Some(read_failure_rate(section.section("failure_rate"), &defaults.failure_rate.unwrap_or_default())),
        false => defaults.failure_rate,
    };
    let breaker = BreakerSettings {
        consecutive_failures: failures.unwrap_or(defaults.consecutive_failures),
        failure_rate,
        open_for: section.take_seconds("open_for_s", LONGEST).unwrap_or(defaults.open_for),
        probe_lease: section.take_seconds("probe_lease_s", LONGEST).unwrap_or(defaults.probe_lease),
        longest_hold: section.take_seconds("longest_hold_s", LONGEST).unwrap_or(defaults.longest_hold),
    };
    if let Err(error) = breaker.check() {
        section.invalid(error.name, &error.reason, None);
    }
    section.finish();
    breaker
}

fn read_failure_rate(mut section: Section<'_>, defaults: &RateTrip) -> RateTrip {
    let rate = RateTrip {
        threshold: section.take_typed("threshold").unwrap_or(defaults.threshold),
        window: section.take_seconds("window_s", LONGEST).unwrap_or(defaults.window),
        minimum_calls: section.take_count("minimum_calls", MOST_CALLS).map_or(defaults.minimum_calls, NonZeroU32::get),
    };
    section.finish();
    rate
}

fn read_retry(mut section: Section<'_>, defaults: &RetryPlan) -> RetryPlan {
    const MOST_REPEATS: u64 = 100;
    let repeats = section.take_checked("max_repeats", |repeats: &u64| match repeats {
        0..=MOST_REPEATS => Ok(()),
        other => Err(format!("{other} is not from 0 to {MOST_REPEATS}")),
    });
    let retry = RetryPlan {
        max_repeats: repeats.and_then(|repeats| repeats.try_into().ok()).unwrap_or(defaults.max_repeats),
        repeat_untold: section.take_typed("repeat_untold").unwrap_or(defaults.repeat_untold),
        base: section.take_seconds("base_s", LONGEST).unwrap_or(defaults.base),
        cap: section.take_seconds("cap_s", LONGEST).unwrap_or(defaults.cap),
        total_budget: section.take_seconds("total_budget_s", LONGEST).unwrap_or(defaults.total_budget),
        longest_wait: section.take_seconds("longest_wait_s", LONGEST).unwrap_or(defaults.longest_wait),
    };
    section.finish();
    retry
}

fn read_rate(mut section: Section<'_>) -> Option<RateLimit> {
    section.check_present("requests", "a whole number from 1 up");
    section.check_present("per_s", "a number of seconds");
    let requests = section.take_count("requests", MOST_CALLS);
    let per = section.take_seconds("per_s", LONGEST);
    let burst = section.take_count("burst", MOST_CALLS);
    if let Some((requests, burst)) = requests.zip(burst).filter(|(requests, burst)| burst > requests) {
        section.invalid("burst", &format!("{burst} is more than the {requests} requests of the whole stretch"), None);
    }
    section.finish();
    Some(RateLimit { requests: requests?, per: per?, burst: burst.unwrap_or(NonZeroU32::MIN) })
}

fn read_credits(mut section: Section<'_>, defaults: &CreditWeights) -> CreditWeights {
    let weight = |section: &mut Section<'_>, key: &str| {
        let weight = section.take_checked(key, |weight: &u64| match weight {
            0..=1_000_000 => Ok(()),
            other => Err(format!("{other} is not from 0 to 1000000")),
        });
        weight.and_then(|weight| u32::try_from(weight).ok())
    };
    let credits = CreditWeights {
        standard: weight(&mut section, "standard").unwrap_or(defaults.standard),
        hd: weight(&mut section, "hd").unwrap_or(defaults.hd),
        hd_from: section.take_member("hd_from", Quality::ALL).unwrap_or(defaults.hd_from),
    };
    section.finish();
    credits
}
