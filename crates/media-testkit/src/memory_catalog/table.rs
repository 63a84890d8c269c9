//! An ordered table that can take back what was done to it since the last commit.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// An ordered table that can take back what was done to it since the last commit.
#[derive(Debug)]
pub(crate) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    undo: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), undo: Vec::new() }
    }
}

impl<K: Ord + Clone, V> Table<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        let before = self.rows.insert(key.clone(), value);
        self.undo.push((key, before));
    }

    /// Removes a row; tells whether it was there.
    pub(crate) fn remove(&mut self, key: &K) -> bool {
        let before = self.rows.remove(key);
        let was_there = before.is_some();
        if was_there {
            self.undo.push((key.clone(), before));
        }
        was_there
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.rows.values()
    }

    pub(crate) fn range(&self, range: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.range(range)
    }
}

/// What a commit does to every table.
pub(crate) trait Undo {
    /// Keeps what was done.
    fn keep(&mut self);
    /// Takes back what was done since the last commit.
    fn take_back(&mut self);
}

impl<K: Ord + Clone, V> Undo for Table<K, V> {
    fn keep(&mut self) {
        self.undo.clear();
    }

    fn take_back(&mut self) {
        while let Some((key, before)) = self.undo.pop() {
            match before {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_back_restores_the_last_commit() {
        let mut table = Table::default();
        table.put(1, "one");
        table.put(2, "two");
        table.keep();
        table.put(1, "uno");
        table.put(1, "eins");
        assert!(table.remove(&2));
        assert!(!table.remove(&2));
        table.put(2, "zwei");
        table.put(3, "drei");
        table.take_back();
        assert_eq!(table.range(..).collect::<Vec<_>>(), [(&1, &"one"), (&2, &"two")]);
    }
}
