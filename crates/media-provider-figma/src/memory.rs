//! What has been asked already: the vendor counts questions by the month, so none is asked twice without need.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use media_domain::ImageFormat;
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

/// How long the address of a render is handed out; it ends after 30 days. Figma REST API document 0.37.0, `getImages`,
/// read 2026-11-20.
const RENDER_BELIEVED_FOR: Duration = Duration::from_secs(29 * 86_400);

/// What one provider has learnt; it is lost with the process.
#[derive(Debug)]
pub(crate) struct Memory {
    /// Versions of files, by key.
    pub(crate) versions: Remembered<String, Option<String>>,
    /// Sizes of nodes, by file and node.
    pub(crate) sizes: Remembered<(String, String), NodeSize>,
    /// First pages of files, by key.
    pub(crate) first_pages: Remembered<String, String>,
    /// Addresses of renders.
    pub(crate) renders: Remembered<RenderKey, String>,
    turn: tokio::sync::Mutex<()>,
}

/// What makes two renders the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RenderKey {
    /// Key of the file.
    pub(crate) file: String,
    /// Its version.
    pub(crate) version: String,
    /// The node.
    pub(crate) node: String,
    /// The format.
    pub(crate) format: ImageFormat,
    /// The scale in ten-thousandths; none for shapes.
    pub(crate) scale: Option<u32>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            versions: Remembered::new(VERSION_BELIEVED_FOR),
            sizes: Remembered::new(SIZE_BELIEVED_FOR),
            first_pages: Remembered::new(FIRST_PAGE_BELIEVED_FOR),
            renders: Remembered::new(RENDER_BELIEVED_FOR),
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
pub(crate) struct Remembered<K, V> {
    lifetime: Duration,
    entries: Mutex<VecDeque<(K, V, Instant)>>,
}

impl<K: PartialEq, V: Clone> Remembered<K, V> {
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

impl<K, V> fmt::Debug for Remembered<K, V> {
    /// Shows nothing of what is remembered: addresses of renders open them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_give_way_and_nothing_is_believed_for_ever() {
        let start = Instant::now();
        let remembered = Remembered::new(Duration::from_secs(10));
        for key in 0..=CAPACITY {
            remembered.put(key, key, start);
        }
        assert_eq!((remembered.get(&0, start), remembered.get(&1, start)), (None, Some(1)));
        remembered.put(1, 7, start + Duration::from_secs(5));
        assert_eq!(remembered.get(&1, start + Duration::from_secs(14)), Some(7));
        assert_eq!(remembered.get(&1, start + Duration::from_secs(15)), None);
        assert_eq!(remembered.get(&2, start), Some(2), "putting anew costs nobody a place");
    }
}
