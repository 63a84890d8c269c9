//! Counts calls over a sliding window, in a fixed number of steps and without allocating.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::RateTrip;

const STEPS: usize = 10;

/// The calls of the last steps, each under the number of its step since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Window {
    steps: [Step; STEPS],
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Step {
    number: i64,
    calls: u32,
    failures: u32,
}

impl Window {
    pub(super) fn count(&mut self, window: Duration, now: DateTime<Utc>, failed: bool) {
        let number = step_number(window, now);
        let step = &mut self.steps[place(number)];
        if step.number != number {
            *step = Step { number, ..Step::default() };
        }
        step.calls = step.calls.saturating_add(1);
        step.failures = step.failures.saturating_add(u32::from(failed));
    }

    /// Whether enough calls were counted, and too many of them failed.
    pub(super) fn exceeds(&self, rate: &RateTrip, now: DateTime<Utc>) -> bool {
        let last = step_number(rate.window, now);
        let recent = self.steps.iter().filter(|step| (0..STEPS as i64).contains(&last.saturating_sub(step.number)));
        let (calls, failures) = recent.fold((0_u64, 0_u64), |(calls, failures), step| {
            (calls + u64::from(step.calls), failures + u64::from(step.failures))
        });
        calls >= u64::from(rate.minimum_calls.max(1)) && failures as f64 >= rate.threshold * calls as f64
    }
}

fn step_number(window: Duration, now: DateTime<Utc>) -> i64 {
    let step_ms = i64::try_from(window.as_millis()).unwrap_or(i64::MAX) / STEPS as i64;
    now.timestamp_millis().div_euclid(step_ms.max(1))
}

fn place(number: i64) -> usize {
    usize::try_from(number.rem_euclid(STEPS as i64)).unwrap_or_default()
}
