//! Time: one paused clock for everybody, and the end of a process, after which nothing it does has any effect.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use media_ports::Clock;
use tokio_util::sync::CancellationToken;

/// Milliseconds since the beginning of a run.
pub(crate) type Millis = u64;

/// When a run began, on both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeline {
    started: tokio::time::Instant,
    calendar_start: DateTime<Utc>,
}

impl Timeline {
    /// Begins now, in the calendar at the time given; needs a paused runtime.
    pub(crate) fn begin(calendar_start: DateTime<Utc>) -> Self {
        Self { started: tokio::time::Instant::now(), calendar_start }
    }

    pub(crate) fn now(&self) -> Millis {
        self.started.elapsed().as_millis() as Millis
    }

    pub(crate) fn at(&self, moment: Millis) -> tokio::time::Instant {
        self.started + Duration::from_millis(moment)
    }

    pub(crate) fn utc_now(&self) -> DateTime<Utc> {
        self.calendar_start + TimeDelta::from_std(self.started.elapsed()).unwrap_or_default()
    }

    /// A time of the calendar as a moment of the run.
    pub(crate) fn moment_of(&self, time: DateTime<Utc>) -> Millis {
        Millis::try_from((time - self.calendar_start).num_milliseconds()).unwrap_or_default()
    }
}

/// The life of a process. Everything that a process does to the outside goes through [`Life::go_on`] and stops there for
/// ever once it is dead: what `kill -9` does, seen from outside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Life(CancellationToken);

impl Life {
    pub(crate) fn end(&self) {
        self.0.cancel();
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.is_cancelled()
    }

    pub(crate) async fn ended(&self) {
        self.0.cancelled().await;
    }

    pub(crate) async fn go_on(&self) {
        if self.has_ended() {
            std::future::pending().await
        }
    }

    pub(crate) async fn sleep(&self, duration: Duration) {
        if !duration.is_zero() {
            tokio::time::sleep(duration).await;
        }
        self.go_on().await;
    }
}

/// The clock of one process.
#[derive(Debug)]
pub(crate) struct ProcessClock {
    pub(crate) timeline: Timeline,
    pub(crate) life: Life,
}

impl Clock for ProcessClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn utc_now(&self) -> DateTime<Utc> {
        self.timeline.utc_now()
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        let life = self.life.clone();
        Box::pin(async move {
            tokio::time::sleep_until(deadline.into()).await;
            life.go_on().await;
        })
    }
}
