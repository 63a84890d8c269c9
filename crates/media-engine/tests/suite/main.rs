//! The use cases, over in-memory stores and fake providers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that does not hold should end at once")]

mod assets;
mod duplicates;
mod exports;
mod generate;
mod jobs;
mod libraries;
mod maintenance;
mod never_lost;
mod performance;
mod process;
mod setup;
mod suggestions;
mod variants;
mod workflow;
