//! The list of providers: where each stands, and how it has done.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use media_chain::{ChainMember, MediaGeneratorChain, Standing};
use media_domain::breaker::{BreakerState, BreakerStatus, TripCause};
use media_domain::{ProviderErrorKind, ProviderId};
use media_ports::{Operation, ProviderFigures};
use serde::Serialize;

use super::health_memory::LastHealth;
use super::providers::Hindrance;

/// One line of the list of providers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProviderLine {
    /// The chain.
    pub chain: String,
    /// Its place in the chain, from one.
    pub position: usize,
    /// The provider's id.
    pub provider: String,
    /// The kind of adapter.
    pub kind: String,
    /// The model it would use.
    pub model: Option<String>,
    /// The operations it has.
    pub operations: Vec<String>,
    /// `ready`, `dry_run` or `unready`.
    pub standing: &'static str,
    /// Why it is unready, or what it cannot do although it is ready.
    pub reason: Option<String>,
    /// Whether calls pass; absent in dry run, and for what is unready, or local and free.
    pub breaker: Option<BreakerLine>,
    /// Whether exports pass; absent where they do, and where there are none.
    pub export_breaker: Option<BreakerLine>,
    /// How it has done; absent when nothing was asked of it lately.
    pub figures: Option<FiguresLine>,
    /// What its last check has told; absent when it was not checked as it is configured.
    pub health: Option<LastHealth>,
}

/// Whether calls pass, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreakerLine {
    /// The state in one word.
    pub status: BreakerStatus,
    /// What opened it.
    pub cause: Option<TripCause>,
    /// What went wrong last.
    pub last_failure: Option<ProviderErrorKind>,
    /// When it opened first.
    pub since: Option<DateTime<Utc>>,
    /// Probes that failed since.
    pub failed_probes: u32,
    /// When a call may pass again; absent when one may, and when only a person can change it.
    pub next_try_at: Option<DateTime<Utc>>,
    /// Seconds until then, rounded up.
    pub next_try_in_s: Option<u64>,
}

/// How a provider has done in the last 24 hours, over all chains and processes; its cost counts from midnight UTC.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FiguresLine {
    /// Attempts that brought images.
    pub succeeded: u64,
    /// Attempts that ended without.
    pub failed: u64,
    /// Attempts that nobody knows the end of.
    pub unknown: u64,
    /// Attempts under way.
    pub in_flight: u64,
    /// Share of successes among the attempts that ended; absent when none has.
    pub success_rate: Option<f64>,
    /// Time that half of the successful attempts took at most, in milliseconds.
    pub latency_p50_ms: Option<u64>,
    /// Time that 95 of 100 successful attempts took at most, in milliseconds.
    pub latency_p95_ms: Option<u64>,
    /// Cost of what was sent since midnight UTC, as far as it is known, in millionths of a US dollar; absent when nothing
    /// that succeeded had a price.
    pub cost_today_micros: Option<u64>,
}

impl BreakerLine {
    /// Tells of a breaker as it is at a moment.
    pub fn of(state: &BreakerState, now: DateTime<Utc>) -> Self {
        let trip = state.trip();
        let next_try_at = state.refusal(now).and_then(|refusal| refusal.until);
        let seconds = |until: DateTime<Utc>| (until - now).num_milliseconds().max(0).unsigned_abs().div_ceil(1_000);
        Self {
            status: state.status(now),
            cause: trip.map(|trip| trip.cause),
            last_failure: trip.map(|trip| trip.reason),
            since: trip.map(|trip| trip.since),
            failed_probes: trip.map_or(0, |trip| trip.failed_probes),
            next_try_at,
            next_try_in_s: next_try_at.map(seconds),
        }
    }
}

impl FiguresLine {
    /// Puts the figures of a day and the cost since midnight together.
    pub fn new(figures: &ProviderFigures, cost_today_micros: Option<u64>) -> Self {
        let ended = figures.succeeded + figures.failed + figures.unknown;
        Self {
            succeeded: figures.succeeded,
            failed: figures.failed,
            unknown: figures.unknown,
            in_flight: figures.in_flight,
            success_rate: (ended > 0).then(|| figures.succeeded as f64 / ended as f64),
            latency_p50_ms: figures.latency_p50_ms,
            latency_p95_ms: figures.latency_p95_ms,
            cost_today_micros,
        }
    }
}

/// What is known of providers besides the chains themselves.
#[derive(Debug, Clone, Default)]
pub struct KnownOfProviders {
    /// How each has done.
    pub figures: BTreeMap<ProviderId, FiguresLine>,
    /// What the last check of each has told, by the fingerprint of how it is configured.
    pub health: BTreeMap<(ProviderId, String), LastHealth>,
    /// What hinders those that can be built.
    pub hindrances: BTreeMap<ProviderId, Hindrance>,
}

/// Every provider of every chain, in the order in which they are asked.
pub fn provider_lines<'a>(
    chains: impl IntoIterator<Item = &'a Arc<MediaGeneratorChain>>,
    known: &KnownOfProviders,
    now: DateTime<Utc>,
) -> Vec<ProviderLine> {
    let lines = chains.into_iter().flat_map(|chain| {
        let members = chain.members().iter().zip(1..);
        members.map(|(member, position)| provider_line(chain, position, member, known, now)).collect::<Vec<_>>()
    });
    lines.collect()
}

fn provider_line(
    chain: &MediaGeneratorChain,
    position: usize,
    member: &ChainMember,
    known: &KnownOfProviders,
    now: DateTime<Utc>,
) -> ProviderLine {
    let (standing, reason) = standing(chain, member, known.hindrances.get(member.id()));
    let breaker = member.state.as_ref().map(|state| state.breaker());
    let export_breaker = member.state.as_ref().filter(|_| exports(member)).map(|state| state.export_breaker().state());
    let configured = breaker.map(|breaker| (member.id().clone(), breaker.key().fingerprint.clone()));
    ProviderLine {
        chain: chain.name().to_owned(),
        position,
        provider: member.id().to_string(),
        kind: member.descriptor.kind.to_string(),
        model: member.descriptor.model.clone(),
        operations: member.descriptor.operations.iter().map(ToString::to_string).collect(),
        standing,
        reason,
        breaker: breaker.map(|breaker| BreakerLine::of(&breaker.state(), now)),
        export_breaker: export_breaker
            .map(|breaker| BreakerLine::of(&breaker, now))
            .filter(|breaker| breaker.status != BreakerStatus::Closed),
        figures: known.figures.get(member.id()).cloned(),
        health: configured.and_then(|configured| known.health.get(&configured).cloned()),
    }
}

fn exports(member: &ChainMember) -> bool {
    let exports = [Operation::ExportFigma, Operation::ExportCanva];
    exports.iter().any(|export| member.descriptor.operations.contains(export))
}

fn standing(
    chain: &MediaGeneratorChain,
    member: &ChainMember,
    hindrance: Option<&Hindrance>,
) -> (&'static str, Option<String>) {
    match &member.standing {
        Standing::Ready(_) => match hindrance {
            None => ("ready", None),
            Some(Hindrance::InPart(reason)) => ("ready", Some(reason.clone())),
            Some(Hindrance::Whole(reason)) => ("unready", Some(reason.clone())),
        },
        Standing::Described => ("dry_run", None),
        // In dry run it still draws; only an export asks for more.
        Standing::Unready(reason) if chain.is_dry_run() || member.dry_run.is_some() => {
            ("dry_run", Some(format!("no export: {reason}")))
        }
        Standing::Unready(reason) => ("unready", Some(reason.clone())),
    }
}
