//! Every name under which this crate tells the outside what it does: metrics, their labels, fields of spans.
//!
//! Spans: `chain` for a request, in it `provider` for each provider that is asked, in it `attempt` for each call that is
//! sent. Where OpenTelemetry's semantic conventions for generative AI have a name, an attempt uses it
//! (<https://opentelemetry.io/docs/specs/semconv/gen-ai/>, status "development", as of version 1.37.0 of 2025-08, read
//! 2026-11-21): `gen_ai.operation.name` (`generate_content`, the nearest of the well-known values, and no more than that
//! for changing pictures), `gen_ai.provider.name` (the kind of adapter), `gen_ai.request.model`,
//! `gen_ai.response.model`, `gen_ai.output.type` (`image`), `gen_ai.request.choice.count`,
//! `gen_ai.usage.input_tokens`, `gen_ai.usage.output_tokens`, `error.type` (the [error
//! kind](media_domain::ProviderErrorKind)). `server.address` belongs to the HTTP request inside. What a person wrote, and
//! what a vendor answered in words, is told at level `debug` or below only.
//!
//! Metrics go through the `metrics` facade. Handles are looked up once for each provider of a chain, at its first call:
//! whoever wants them installs the recorder before. Labels hold ids and words of fixed lists, never anything a caller wrote.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Counter: attempts that were sent, by [`PROVIDER`], [`MODEL`] and [`OUTCOME`].
pub const ATTEMPTS: &str = "media_attempts_total";
/// Histogram, in seconds: how long an attempt took, by [`PROVIDER`], [`MODEL`] and [`OUTCOME`]. The convention's
/// `gen_ai.client.operation.duration`, as Prometheus writes it.
pub const ATTEMPT_DURATION: &str = "gen_ai_client_operation_duration_seconds";
/// Gauge: attempts under way, by [`PROVIDER`] and [`MODEL`].
pub const IN_FLIGHT: &str = "media_attempts_in_flight";
/// Counter: times that a chain moved on from a provider, by [`PROVIDER`] and [`REASON`].
pub const FALLBACKS: &str = "media_fallbacks_total";
/// Gauge: how far a breaker is shut, by [`PROVIDER`] and [`MODEL`]: 0 closed (also by force), 1 half-open, 2 cooling,
/// 3 open (also by force). As of the last call or the last look at the store.
pub const BREAKER_STATE: &str = "media_breaker_state";
/// Counter: changes of a breaker, by [`PROVIDER`], [`MODEL`] and the [`STATUS`] that it changed to.
pub const BREAKER_TRANSITIONS: &str = "media_breaker_transitions_total";
/// Counter, in millionths of a US dollar: money settled, by [`PROVIDER`], [`MODEL`] and [`CHAIN`]. What was paid in vain
/// counts as it was set aside; what is unknown does not count.
pub const SPEND: &str = "media_spend_micros_total";
/// Counter: credits settled, by [`PROVIDER`], [`MODEL`] and [`CHAIN`]. What was paid in vain counts as with [`SPEND`].
pub const CREDITS: &str = "media_credits_total";

/// Target of the event by which a call tells that it waits because every provider that is left asked for a pause.
pub const PAUSE: &str = "media_chain::pause";

/// Label: the provider's id.
pub const PROVIDER: &str = "provider";
/// Label: the provider's model; empty when it has none.
pub const MODEL: &str = "model";
/// Label: the chain's name.
pub const CHAIN: &str = "chain";
/// Label: an [attempt's outcome](media_domain::generation::AttemptOutcome).
pub const OUTCOME: &str = "outcome";
/// Label: an [error kind](media_domain::ProviderErrorKind).
pub const REASON: &str = "reason";
/// Label: a [breaker's status](media_domain::BreakerStatus).
pub const STATUS: &str = "status";

/// The value of `gen_ai.operation.name`.
pub(crate) const OPERATION: &str = "generate_content";

/// Tells the recorder what each metric means and in which unit it is.
pub fn describe() {
    describe_counter!(ATTEMPTS, Unit::Count, "Attempts that were sent.");
    describe_histogram!(ATTEMPT_DURATION, Unit::Seconds, "How long an attempt took.");
    describe_gauge!(IN_FLIGHT, Unit::Count, "Attempts under way.");
    describe_counter!(FALLBACKS, Unit::Count, "Times that a chain moved on from a provider.");
    describe_gauge!(BREAKER_STATE, "How far a breaker is shut: 0 closed, 1 half-open, 2 cooling, 3 open.");
    describe_counter!(BREAKER_TRANSITIONS, Unit::Count, "Changes of a breaker's state.");
    describe_counter!(SPEND, "Money settled, in millionths of a US dollar.");
    describe_counter!(CREDITS, Unit::Count, "Credits settled.");
}
