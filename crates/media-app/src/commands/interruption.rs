//! What Ctrl-C means while something is under way that must not be cut off.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::report::Output;

/// Whether somebody wants the program to end.
#[derive(Debug, Default)]
pub(super) struct Stopping(AtomicBool);

impl Stopping {
    /// Whether nothing further is to be begun.
    pub(super) fn is_asked_for(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Does what must not be cut off by accident: the first Ctrl-C lets it come to its end, the second gives it up,
    /// which is answered `None`.
    pub(super) async fn unless_insisted<T>(&self, output: &Output, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = interruption() => {
                    if self.0.swap(true, Ordering::Relaxed) {
                        return None;
                    }
                    output.note("waiting for what is under way to come to its end; Ctrl-C again gives it up");
                }
            }
        }
    }
}

/// Waits for Ctrl-C; for ever, where the system has none.
pub(super) async fn interruption() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
