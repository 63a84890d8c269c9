//! Which files this process has seen whole and as durable as promised, so that bytes put again and again cost one look
//! at the folder and not a sync each.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use media_domain::ContentHash;

/// What a file looks like without being read; a file put there anew looks different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Number of bytes.
    pub(crate) length: u64,
    modified: SystemTime,
}

impl Stamp {
    /// Looks at a file; `None` when there is none. Blocks.
    pub(crate) fn of(file: &Path) -> io::Result<Option<Self>> {
        let metadata = match fs::metadata(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            metadata => metadata?,
        };
        let stamp = || Ok(Self { length: metadata.len(), modified: metadata.modified()? });
        metadata.is_file().then(stamp).transpose()
    }
}

/// The files seen, a bounded number of them.
#[derive(Debug, Default)]
pub(crate) struct KnownBlobs(Mutex<HashMap<ContentHash, Stamp>>);

impl KnownBlobs {
    /// Most files remembered; beyond, all are forgotten, which costs one more look at each.
    const LIMIT: usize = 4_096;

    /// Whether a file has been seen under the hash, unchanged or not.
    pub(crate) fn has(&self, hash: ContentHash) -> bool {
        self.stamps().contains_key(&hash)
    }

    /// Whether it was just this file that has been seen.
    pub(crate) fn is_unchanged(&self, hash: ContentHash, stamp: Stamp) -> bool {
        self.stamps().get(&hash) == Some(&stamp)
    }

    pub(crate) fn remember(&self, hash: ContentHash, stamp: Stamp) {
        let mut stamps = self.stamps();
        if stamps.len() >= Self::LIMIT {
            stamps.clear();
        }
        stamps.insert(hash, stamp);
    }

    pub(crate) fn forget(&self, hash: ContentHash) {
        self.stamps().remove(&hash);
    }

    fn stamps(&self) -> MutexGuard<'_, HashMap<ContentHash, Stamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_a_bounded_number() {
        let known = KnownBlobs::default();
        let stamp = Stamp { length: 1, modified: SystemTime::UNIX_EPOCH };
        for number in 0..=KnownBlobs::LIMIT {
            known.remember(ContentHash::of(&number.to_be_bytes()), stamp);
        }
        assert_eq!(known.stamps().len(), 1);
        let last = ContentHash::of(&KnownBlobs::LIMIT.to_be_bytes());
        assert!(known.is_unchanged(last, stamp));
        assert!(!known.is_unchanged(last, Stamp { length: 2, ..stamp }));
        known.forget(last);
        assert!(!known.has(last));
    }
}
