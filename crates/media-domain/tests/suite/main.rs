//! The domain, seen through its public interface.

#![expect(clippy::unwrap_used, reason = "tests; what they share stands outside test functions, where the lint looks")]

mod assets;
mod capabilities;
mod dimensions;
mod enumerations;
mod identifiers;
mod labels;
mod libraries;
mod lifecycle;
mod metadata;
mod options;
mod performance;
mod requests;
mod rules;
mod serialised;
mod sizes;
mod statistics;
mod suggestions;
mod support;
mod variants;
