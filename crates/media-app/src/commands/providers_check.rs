//! `providers check`: asks every provider how it is.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use media_chain::{ChainMember, Standing};
use media_domain::{ProviderId, RequestId};
use media_ports::{CallContext, HealthReport, HealthStatus, IdSource, MediaGeneratorProvider};
use serde::Serialize;
use tokio::time::timeout;

use super::health_told::{CheckedRow, lay_out, warnings};
use super::on_runtime;
use crate::report::{ExitCode, Failure, Output};
use crate::session::Session;
use crate::wiring::{HealthMemory, LastHealth, RandomIds};

/// Longest time for one check: before the question itself, a token may have to be renewed.
const LONGEST: Duration = Duration::from_secs(45);
/// How long what was told is good enough.
const STILL_TRUE: TimeDelta = TimeDelta::seconds(60);

/// What earlier checks have told, by how each provider is configured.
type Known = BTreeMap<(ProviderId, String), LastHealth>;

/// What a check of one provider told.
#[derive(Debug, Serialize)]
struct Checked {
    provider: ProviderId,
    model: Option<String>,
    /// Whether it answers; absent when it cannot be asked.
    healthy: Option<bool>,
    /// Why it does not, or cannot be asked.
    reason: Option<String>,
    latency_ms: Option<u64>,
    /// What the vendor tells besides.
    detail: Option<String>,
    /// The day after which the model is gone.
    model_shutdown_date: Option<chrono::NaiveDate>,
    /// When it was asked; absent when it was not.
    checked_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    health: Option<LastHealth>,
    /// What tells this configuration of the provider from another.
    #[serde(skip)]
    fingerprint: Option<String>,
}

/// Carries out the command: all at the same time, none of which buys anything. Who was asked a moment ago is not asked
/// again, unless that is wanted.
pub(super) fn run(session: &Session, fresh: bool, output: &Output) -> Result<ExitCode, Failure> {
    if session.settings.dry_run {
        let failure = Failure::new(ExitCode::Refused, "in dry run nobody is asked anything");
        return Err(failure.with_hint("--live asks the real providers; it costs nothing"));
    }
    let chains = session.chains(session.breakers(None))?;
    let members = chains.values().flat_map(|chain| chain.members());
    let members: BTreeMap<_, _> = members.map(|member| (member.id().clone(), member)).collect();
    let known = if fresh { Known::new() } else { HealthMemory::of(&session.settings).recall() };
    let started = session.clock().utc_now();
    let checks = members.into_values().map(|member| check(member, &known, session));
    let checked = on_runtime(true, async { Ok(join_all(checks).await) })?;
    remember(session, output, &checked);
    let rows: Vec<_> = checked.iter().map(Checked::row).collect();
    output.results(&checked, || lay_out(&rows, session.clock().utc_now()))?;
    warnings(&rows).iter().for_each(|warning| output.warn(warning));
    if checked.iter().any(|one| one.checked_at.is_some_and(|checked_at| checked_at < started)) {
        output.note("who was asked within the last minute was not asked again; --fresh asks everybody");
    }
    let asked = checked.iter().filter_map(|one| one.healthy);
    let (healthy, ill): (Vec<_>, Vec<_>) = asked.partition(|healthy| *healthy);
    Ok(match (healthy.len(), ill.len()) {
        (_, 0) => ExitCode::Success,
        (0, _) => ExitCode::ProvidersFailed,
        _ => ExitCode::Partial,
    })
}

/// Keeps what was told for `providers`; that it could not be kept takes nothing away from it.
fn remember(session: &Session, output: &Output, checked: &[Checked]) {
    let told = checked.iter().filter_map(|one| {
        let (health, fingerprint) = (one.health.clone()?, one.fingerprint.clone()?);
        Some((one.provider.clone(), fingerprint, health))
    });
    if let Err(error) = HealthMemory::of(&session.settings).remember(told) {
        output.warn(&format!("what the providers have told cannot be kept in the data folder: {error}"));
    }
}

async fn check(member: &ChainMember, known: &Known, session: &Session) -> Checked {
    let unasked = Checked {
        provider: member.id().clone(),
        model: member.descriptor.model.clone(),
        healthy: None,
        reason: None,
        latency_ms: None,
        detail: None,
        model_shutdown_date: None,
        checked_at: None,
        health: None,
        fingerprint: member.state.as_ref().map(|state| state.breaker().key().fingerprint.clone()),
    };
    let provider = match &member.standing {
        Standing::Ready(provider) => provider,
        _ if member.dry_run.is_some() => return Checked { reason: Some("it is in dry run".to_owned()), ..unasked },
        Standing::Unready(reason) => return Checked { reason: Some(reason.clone()), ..unasked },
        Standing::Described => return unasked,
    };
    let known = unasked.fingerprint.clone().and_then(|fingerprint| known.get(&(unasked.provider.clone(), fingerprint)));
    let health = match known.filter(|known| is_still_true(known, session.clock().utc_now())) {
        Some(known) => known.clone(),
        None => ask(provider, session).await,
    };
    Checked {
        checked_at: Some(health.checked_at),
        healthy: Some(health.healthy),
        latency_ms: health.latency_ms,
        detail: health.detail.clone(),
        model_shutdown_date: health.model_shutdown_date,
        reason: health.reason.clone(),
        health: Some(health),
        ..unasked
    }
}

/// Whether what was told is young enough; what claims to come from the future is not.
fn is_still_true(known: &LastHealth, now: DateTime<Utc>) -> bool {
    (TimeDelta::zero()..STILL_TRUE).contains(&(now - known.checked_at))
}

async fn ask(provider: &MediaGeneratorProvider, session: &Session) -> LastHealth {
    let clock = session.clock();
    let started = clock.now();
    let request_id = RequestId::from_uuid(RandomIds.next_uuid());
    let context = CallContext::new(started + LONGEST, request_id, session.settings.default_user.clone());
    let report = timeout(LONGEST, provider.health.check_health(&context)).await;
    let report =
        report.unwrap_or_else(|_| HealthReport::unhealthy(format!("it did not answer within {} s", LONGEST.as_secs())));
    let took = report.latency.unwrap_or_else(|| clock.now().saturating_duration_since(started));
    LastHealth {
        checked_at: clock.utc_now(),
        healthy: report.is_healthy(),
        latency_ms: u64::try_from(took.as_millis()).ok(),
        detail: report.detail,
        model_shutdown_date: report.model_shutdown_date,
        reason: match report.status {
            HealthStatus::Healthy => None,
            HealthStatus::Unhealthy(reason) => Some(reason),
        },
    }
}

impl Checked {
    fn row(&self) -> CheckedRow<'_> {
        CheckedRow {
            provider: self.provider.as_str(),
            model: self.model.as_deref(),
            health: self.health.as_ref(),
            unasked: self.reason.as_deref().filter(|_| self.health.is_none()),
        }
    }
}
