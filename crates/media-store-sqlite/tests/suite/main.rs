//! The store on real files: what it promises to callers, to neighbours in a group commit, and to other processes.

#![expect(clippy::unwrap_used, reason = "a test that does not hold should end at once")]

mod books;
mod breakers;
mod catalogue;
mod counters;
mod grouping;
mod keys;
mod listing;
mod maintenance;
mod opening;
mod processes;
mod samples;
