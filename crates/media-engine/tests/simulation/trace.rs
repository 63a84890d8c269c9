//! What happened, in order, so that two runs can be compared and a failed one read.

use std::fmt::Display;
use std::sync::Mutex;

use media_domain::ContentHash;

use crate::invariants::{Invariant, Violation};
use crate::time::{Millis, Timeline};

/// Takes down what happens, and what must not.
#[derive(Debug)]
pub(crate) struct Trace {
    timeline: Timeline,
    entries: Mutex<Vec<(Millis, String, String)>>,
    violations: Mutex<Vec<Violation>>,
}

impl Trace {
    pub(crate) fn new(timeline: Timeline) -> Self {
        Self { timeline, entries: Mutex::default(), violations: Mutex::default() }
    }

    pub(crate) fn note(&self, actor: impl Display, text: impl Display) {
        self.entries.lock().unwrap().push((self.timeline.now(), actor.to_string(), text.to_string()));
    }

    pub(crate) fn violated(&self, invariant: Invariant, message: impl Display) {
        self.note("INVARIANT", format!("{invariant:?}: {message}"));
        let at = self.timeline.now();
        self.violations.lock().unwrap().push(Violation { invariant, at, message: message.to_string() });
    }

    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.violations.lock().unwrap().clone()
    }

    /// The lines by time and actor. Who comes first within a millisecond is left to the runtime, which wakes those that
    /// wait for the same event in any order.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut entries = self.entries.lock().unwrap().clone();
        entries.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        entries.into_iter().map(|(at, actor, text)| format!("{:>10.3}s {actor}: {text}", at as f64 / 1e3)).collect()
    }

    pub(crate) fn hash(&self) -> ContentHash {
        ContentHash::of(self.lines().join("\n").as_bytes())
    }
}
