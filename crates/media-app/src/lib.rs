#![doc = include_str!("../README.md")]

pub mod cli;
pub mod commands;
pub mod config;
pub mod program;
pub mod report;
pub mod session;
pub mod wiring;
