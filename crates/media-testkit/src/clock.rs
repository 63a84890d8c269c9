//! Time and identifiers for tests.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use media_ports::{Clock, IdSource};
use uuid::Uuid;

/// Tokio's clock: paused in a [`Suite`](crate::harness::Suite) case, so that waiting takes no time. The calendar starts
/// at a fixed moment.
#[derive(Debug, Clone)]
pub struct TestClock {
    started: tokio::time::Instant,
    calendar_start: DateTime<Utc>,
}

impl TestClock {
    /// Starts on 20 November 2026 at noon UTC; needs a tokio runtime.
    pub fn new() -> Self {
        let calendar_start = DateTime::from_timestamp(1_795_176_000, 0).unwrap_or_default();
        Self { started: tokio::time::Instant::now(), calendar_start }
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn utc_now(&self) -> DateTime<Utc> {
        self.calendar_start + TimeDelta::from_std(self.started.elapsed()).unwrap_or_default()
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        Box::pin(tokio::time::sleep_until(deadline.into()))
    }
}

/// Counts up from one, so that a test sees the same identifiers every time.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl IdSource for SequentialIds {
    fn next_uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}
