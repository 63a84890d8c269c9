//! What a chain does: order, retry classes, deadlines, journal, dry run.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that does not hold should end at once")]

mod dry_run;
mod fallback;
mod journal;
mod retry_classes;
mod setup;
