//! Time, identifiers and chance, which the layers above the adapters only get through these ports.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Tells the time, and waits.
///
/// ```
/// use std::time::Instant;
/// use media_ports::Clock;
///
/// fn has_passed(clock: &dyn Clock, deadline: Instant) -> bool {
///     clock.now() >= deadline
/// }
/// ```
pub trait Clock: Debug + Send + Sync + 'static {
    /// The monotonic time, for durations and deadlines.
    fn now(&self) -> Instant;

    /// The calendar time, for records.
    fn utc_now(&self) -> DateTime<Utc>;

    /// Completes once `now` has reached the deadline.
    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>>;
}

/// Makes identifiers and random numbers.
pub trait IdSource: Debug + Send + Sync + 'static {
    /// A UUID that nobody has seen before; version 7 in production, so that stores stay in order.
    fn next_uuid(&self) -> Uuid;

    /// A random number from 0 up to, but not including, 1.
    fn random_unit(&self) -> f64;
}
