//! The use cases, over in-memory stores and fake providers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that does not hold should end at once")]

mod assets;
mod coalescing;
mod cut_short;
mod duplicates;
mod edits;
mod exact_size;
mod exports;
mod generate;
mod idempotency;
mod jobs;
mod libraries;
mod maintenance;
mod never_lost;
mod parts;
mod performance;
mod process;
mod reconcile;
mod retention;
mod setup;
mod suggestions;
mod telemetry;
mod variants;
mod workflow;
