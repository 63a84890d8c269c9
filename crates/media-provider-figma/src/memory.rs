//! What has just been asked, whatever the version of the file: a batch of images asks once.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use media_ports::{CallContext, Clock};
use tokio::sync::MutexGuard;

use crate::template::NodeSize;

/// Most answers of each kind that are kept.
const CAPACITY: usize = 256;

/// How long a file is believed not to have changed: a batch of images asks once.
const VERSION_BELIEVED_FOR: Duration = Duration::from_secs(60);

/// How long the size of a template is believed; a change of size only makes the scale less fitting.
const SIZE_BELIEVED_FOR: Duration = Duration::from_secs(86_400);

/// How long a page is believed to be the first of its file.
const FIRST_PAGE_BELIEVED_FOR: Duration = Duration::from_secs(3_600);

/// What one provider has learnt, lost with the process; see [`RenderMemory`](crate::RenderMemory) for what is not.
#[derive(Debug)]
pub(crate) struct Memory {
    /// Versions of files, by key.
    pub(crate) versions: Believed<String, Option<String>>,
    /// Sizes of nodes, by file and node.
    pub(crate) sizes: Believed<(String, String), NodeSize>,
    /// First pages of files, by key.
    pub(crate) first_pages: Believed<String, String>,
    turn: tokio::sync::Mutex<()>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            versions: Believed::new(VERSION_BELIEVED_FOR),
            sizes: Believed::new(SIZE_BELIEVED_FOR),
            first_pages: Believed::new(FIRST_PAGE_BELIEVED_FOR),
            turn: tokio::sync::Mutex::default(),
        }
    }
}

impl Memory {
    /// Waits until nobody else renders, so that the same render is not ordered twice at once. Whoever gives up or is too
    /// late goes on without: nothing is sent for them.
    pub(crate) async fn turn(&self, context: &CallContext, clock: &Arc<dyn Clock>) -> Option<MutexGuard<'_, ()>> {
        tokio::select! {
            biased;
            () = context.cancellation.cancelled() => None,
            guard = self.turn.lock() => Some(guard),
            () = clock.sleep_until(context.deadline) => None,
        }
    }
}

/// Answers that are believed for a while; the oldest give way.
pub(crate) struct Believed<K, V> {
    lifetime: Duration,
    entries: Mutex<VecDeque<(K, V, Instant)>>,
}

impl<K: PartialEq, V: Clone> Believed<K, V> {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { lifetime, entries: Mutex::default() }
    }

    pub(crate) fn get(&self, key: &K, now: Instant) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, value, put) = entries.iter().find(|(known, ..)| known == key)?;
        (now.saturating_duration_since(*put) < self.lifetime).then(|| value.clone())
    }

    pub(crate) fn put(&self, key: K, value: V, now: Instant) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|(known, ..)| *known != key);
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back((key, value, now));
    }
}

impl<K, V> fmt::Debug for Believed<K, V> {
    /// Shows nothing of what is believed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Believed").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_give_way_and_nothing_is_believed_for_ever() {
        let start = Instant::now();
        let believed = Believed::new(Duration::from_secs(10));
        for key in 0..=CAPACITY {
            believed.put(key, key, start);
        }
        assert_eq!((believed.get(&0, start), believed.get(&1, start)), (None, Some(1)));
        believed.put(1, 7, start + Duration::from_secs(5));
        assert_eq!(believed.get(&1, start + Duration::from_secs(14)), Some(7));
        assert_eq!(believed.get(&1, start + Duration::from_secs(15)), None);
        assert_eq!(believed.get(&2, start), Some(2), "putting anew costs nobody a place");
    }
}
