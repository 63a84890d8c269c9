//! Lets one task at a time write a given blob, so that equal bytes put at once are written once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use media_domain::ContentHash;
use tokio::sync::OwnedMutexGuard;

type Turn = Arc<tokio::sync::Mutex<()>>;

/// The blobs being written by this process; different blobs never wait for each other.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<ContentHash, Turn>>);

/// The right to write one blob, until it is dropped.
#[derive(Debug)]
pub(crate) struct TurnGuard<'a> {
    turns: &'a Turns,
    hash: ContentHash,
    held: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits until nobody else writes the blob.
    pub(crate) async fn take(&self, hash: ContentHash) -> TurnGuard<'_> {
        let turn = self.entries().entry(hash).or_default().clone();
        // The guard exists before the wait: a caller that gives up while waiting leaves no entry behind.
        let mut guard = TurnGuard { turns: self, hash, held: None };
        guard.held = Some(turn.lock_owned().await);
        guard
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<ContentHash, Turn>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TurnGuard<'_> {
    fn drop(&mut self) {
        let mut entries = self.turns.entries();
        self.held = None;
        if entries.get(&self.hash).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            entries.remove(&self.hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn one_blob_has_one_writer_and_others_do_not_wait() {
        let turns = Turns::default();
        let first = turns.take(ContentHash::of(b"a")).await;
        assert!(turns.take(ContentHash::of(b"a")).now_or_never().is_none());
        assert!(turns.take(ContentHash::of(b"b")).now_or_never().is_some());
        drop(first);
        assert!(turns.take(ContentHash::of(b"a")).now_or_never().is_some());
        assert!(turns.entries().is_empty());
    }
}
