//! What the store suites share: how time passes in a case, and how a case gets its store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::harness::Suite;

/// How time passes while a store is under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseTime {
    /// Waiting takes no time: for stores that work within the runtime.
    Paused,
    /// As on the wall: for stores with threads or sockets of their own, with which a paused clock does not mix.
    Real,
}

type Make<T> = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = T> + Send>> + Send + Sync>;

/// Adds cases that each get a fresh subject from a factory.
pub(crate) struct Cases<T> {
    pub(crate) suite: Suite,
    time: CaseTime,
    make: Make<T>,
}

impl<T: 'static> Cases<T> {
    pub(crate) fn new<F, Fut>(name: &'static str, time: CaseTime, make: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = T> + Send + 'static,
    {
        Self { suite: Suite::new(name), time, make: Arc::new(move || Box::pin(make())) }
    }

    /// Adds a case, which fails when it panics.
    pub(crate) fn case<C, Fut>(mut self, name: &str, case: C) -> Self
    where
        C: FnOnce(T) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + 'static,
    {
        let make = Arc::clone(&self.make);
        let run = move || async move { case(make().await).await };
        self.suite = match self.time {
            CaseTime::Paused => self.suite.case(name, run),
            CaseTime::Real => self.suite.real_time_case(name, run),
        };
        self
    }

    /// Lists a case that does not apply, with the reason.
    pub(crate) fn ignored(mut self, name: &str, reason: &str) -> Self {
        self.suite = self.suite.ignored(name, reason);
        self
    }
}
