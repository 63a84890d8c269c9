//! The types of the ports, seen through their public interface.

#![expect(clippy::unwrap_used, reason = "tests; what they share stands outside test functions, where the lint looks")]

mod calls;
mod changes;
mod errors;
mod factories;
mod fittings;
mod forms;
mod providers;
mod settings;
mod support;
