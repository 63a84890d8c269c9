//! The program from outside.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that does not hold should end at once")]

mod chain;
mod concurrent;
mod documents;
mod dry_run;
mod duplicates;
mod files;
mod home;
mod killed;
mod worked_example;
