//! What a chain does: order, retry classes, deadlines, journal, money, breakers, dry run, telemetry.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that does not hold should end at once")]

mod accounting;
mod breaker;
mod breaker_sharing;
mod dry_run;
mod editing;
mod exports;
mod fallback;
mod journal;
mod limits;
mod notes;
mod parts;
mod recorder;
mod refusals;
mod retry;
mod retry_classes;
mod setup;
mod telemetry;
