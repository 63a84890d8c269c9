//! Behaviour of the program's parts through their public seams, and of the program as its users see it.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod cli;
mod commands;
mod config;
mod config_setup;
mod credentials;
mod policies;
mod report;
mod session;
