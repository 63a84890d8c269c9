//! The domain, seen through its public interface.

#![expect(clippy::unwrap_used, reason = "tests; what they share stands outside test functions, where the lint looks")]

mod assets;
mod breaker_properties;
mod breakers;
mod capabilities;
mod choices;
mod dimensions;
mod editing;
mod enumerations;
mod failure_weights;
mod idempotency;
mod identifiers;
mod labels;
mod libraries;
mod lifecycle;
mod metadata;
mod options;
mod performance;
mod prices;
mod quotas;
mod rate_limits;
mod requests;
mod retry_plans;
mod rules;
mod serialised;
mod sizes;
mod statistics;
mod suggestions;
mod support;
mod variants;
