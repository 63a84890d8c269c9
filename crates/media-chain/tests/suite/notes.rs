//! A journal that takes down what it is told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use media_domain::{JobHandle, ProviderId, Reservation, Usage};
use media_ports::{AttemptEnd, CallJournal, StoreError, StoreErrorKind};

/// Takes down what it and its parts are told, and refuses dispatches when it is broken. A line begins with the number of
/// its attempt.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    shared: Arc<Shared>,
    attempt: AtomicUsize,
    broken: bool,
}

#[derive(Debug, Default)]
struct Shared {
    lines: Mutex<Vec<String>>,
    attempts: AtomicUsize,
}

impl Notes {
    /// A journal that cannot be written to.
    pub(crate) fn broken() -> Self {
        Self { broken: true, ..Self::default() }
    }

    /// What was taken down, in order.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.shared.lines.lock().unwrap().clone()
    }

    fn line(&self, line: &str) {
        let number = self.attempt.load(Ordering::Relaxed);
        self.shared.lines.lock().unwrap().push(format!("{number} {line}"));
    }
}

#[async_trait]
impl CallJournal for Notes {
    async fn dispatched(&self, provider: &ProviderId, reservation: &Reservation) -> Result<(), StoreError> {
        if self.broken {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "the disk is full"));
        }
        self.attempt.store(self.shared.attempts.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        let claim = reservation.quota.as_ref().map(|quota| format!(" for {}", quota.credits)).unwrap_or_default();
        self.line(&format!("dispatched {provider}{claim}"));
        Ok(())
    }

    async fn accepted(&self, handle: &JobHandle) -> Result<(), StoreError> {
        self.line(&format!("accepted {}", handle.as_str()));
        Ok(())
    }

    fn answered(&self, usage: &Usage) {
        self.line(&format!("answered for {}", usage.credits));
    }

    fn part(&self) -> Arc<dyn CallJournal> {
        Arc::new(Self { shared: self.shared.clone(), attempt: AtomicUsize::default(), broken: self.broken })
    }

    async fn ended(&self, end: AttemptEnd) -> Result<(), StoreError> {
        let used = if end.usage.credits > 0 { format!(" for {}", end.usage.credits) } else { String::new() };
        self.line(&format!("{} {}{used}", end.state, end.error_kind));
        Ok(())
    }
}
