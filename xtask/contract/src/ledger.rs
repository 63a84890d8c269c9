//! Counts whether what is declared here is still needed.

use std::collections::BTreeMap;
use std::io::{self, Write};

/// What is declared by hand and has to be needed, in order of rank, with what asked for it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: BTreeMap<Key, Entry>,
}

/// What is declared: its kind and which.
type Key = (&'static str, String);

#[derive(Debug)]
struct Entry {
    why: &'static str,
    count: usize,
}

impl Ledger {
    /// Declares something, for a reason or by a source.
    pub(crate) fn declare(&mut self, kind: &'static str, what: impl Into<String>, why: &'static str) {
        self.entries.insert((kind, what.into()), Entry { why, count: 0 });
    }

    /// Counts that it was needed; whether it is declared at all.
    pub(crate) fn count(&mut self, kind: &'static str, what: impl Into<String>) -> bool {
        let entry = self.entries.get_mut(&(kind, what.into()));
        let declared = entry.is_some();
        entry.into_iter().for_each(|entry| entry.count += 1);
        declared
    }

    /// What nothing has asked for.
    pub(crate) fn unused(&self) -> impl Iterator<Item = String> {
        let unused = self.entries.iter().filter(|(_, entry)| entry.count == 0);
        unused.map(|((kind, what), _)| format!("{kind} {what}: nothing needs it any more"))
    }

    /// Prints how often each was needed, and why it is there.
    pub(crate) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        for ((kind, what), Entry { why, count }) in &self.entries {
            let because = if why.is_empty() { String::new() } else { format!(" ({why})") };
            writeln!(out, "  {count:>4} x {kind} {what}{because}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_needs_is_told() {
        let mut ledger = Ledger::default();
        ledger.declare("skip", "GET /a", "a test");
        ledger.declare("skip", "GET /b", "a test");
        assert!(ledger.count("skip", "GET /a") && ledger.count("skip", "GET /a"));
        assert!(!ledger.count("skip", "GET /c") && !ledger.count("prefix", "GET /a"));
        assert_eq!(ledger.unused().collect::<Vec<_>>(), ["skip GET /b: nothing needs it any more"]);
        let mut out = Vec::new();
        ledger.print(&mut out).unwrap();
        let printed = "     2 x skip GET /a (a test)\n     0 x skip GET /b (a test)\n";
        assert_eq!(String::from_utf8_lossy(&out), printed);
    }
}
