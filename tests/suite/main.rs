//! The program from outside.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that does not hold should end at once")]

mod chain;
mod concurrent;
mod credentials;
mod documents;
mod dry_run;
mod duplicates;
mod edits;
mod exports;
mod files;
mod home;
mod killed;
mod partial_images;
mod reliability;
mod retain;
mod vendors;
mod worked_example;
