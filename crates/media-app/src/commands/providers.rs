//! `providers`: who is asked, who can be, and how each has done.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use media_domain::price::Price;
use media_domain::{BudgetCycle, Period, ProviderId};
use media_engine::EngineError;
use media_ports::{LedgerReader, ProviderFigures, StoreError};

use super::health_told::{self, CheckedRow};
use super::{on_runtime, providers_check, providers_force};
use crate::cli::{ProvidersArgs, ProvidersCommand};
use crate::config::{ProviderSetup, Settings};
use crate::report::{Column, ExitCode, Failure, Output, list_of, percent, table};
use crate::session::Session;
use crate::wiring::{
    BreakerLine, FiguresLine, HealthMemory, KnownOfProviders, OpenCatalogue, ProviderLine, provider_lines,
};

/// How far back figures look.
const FIGURES_SINCE: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// Carries out the command.
pub(super) fn run(session: &Session, args: ProvidersArgs, output: &Output) -> Result<ExitCode, Failure> {
    match args.command {
        None => list(session, output),
        Some(ProvidersCommand::Check { fresh }) => providers_check::run(session, fresh, output),
        Some(ProvidersCommand::Force { provider, decision }) => {
            providers_force::run(session, provider, decision, output)
        }
    }
}

/// Lists every provider of every chain; nobody is called, and no store is made.
fn list(session: &Session, output: &Output) -> Result<ExitCode, Failure> {
    // In dry run there is nothing in it to tell.
    let catalogue = if session.settings.dry_run { None } else { OpenCatalogue::open_existing(&session.settings)? };
    let breakers = session.breakers(catalogue.as_ref());
    let chains = session.chains(breakers.clone())?;
    let now = session.clock().utc_now();
    let figures = match &catalogue {
        None => BTreeMap::new(),
        Some(catalogue) => on_runtime(false, async {
            breakers.refresh().await.map_err(EngineError::from)?;
            Ok(figures(&session.settings, catalogue, now).await.map_err(EngineError::from)?)
        })?,
    };
    let known = KnownOfProviders {
        figures,
        health: HealthMemory::of(&session.settings).recall(),
        hindrances: on_runtime(false, async { Ok(session.hindrances().await) })?,
    };
    let lines = provider_lines(chains.values(), &known, now);
    let checked = checked(&lines);
    output.results(&lines, || {
        let mut tables = vec![standings(&lines)];
        if lines.iter().any(|line| line.breaker.is_some()) {
            tables.push(how_they_do(&lines));
        }
        if !checked.is_empty() {
            tables.push(health_told::lay_out(&checked, now));
        }
        tables.join("\n\n")
    })?;
    health_told::warnings(&checked).iter().for_each(|warning| output.warn(warning));
    Ok(ExitCode::Success)
}

/// How each provider has done, and what it has cost today.
async fn figures(
    settings: &Settings,
    catalogue: &OpenCatalogue,
    now: DateTime<Utc>,
) -> Result<BTreeMap<ProviderId, FiguresLine>, StoreError> {
    let midnight = Period::of(BudgetCycle::Day, now).starts_at();
    let today = catalogue.store.provider_figures(midnight).await?;
    let cost: BTreeMap<_, _> = today.iter().map(|figures| (&figures.provider, cost_of(settings, figures))).collect();
    let lately = catalogue.store.provider_figures(now - FIGURES_SINCE).await?;
    let line =
        |figures: &ProviderFigures| FiguresLine::new(figures, cost.get(&figures.provider).copied().unwrap_or(Some(0)));
    Ok(lately.iter().map(|figures| (figures.provider.clone(), line(figures))).collect())
}

/// What a provider has cost, as far as that is known. Successes that cost nothing were free if the model has a price,
/// and without a price otherwise.
fn cost_of(settings: &Settings, figures: &ProviderFigures) -> Option<u64> {
    let has_price = |setup: &ProviderSetup| {
        let model = setup.descriptor.model.as_deref().unwrap_or_default();
        setup.descriptor.local_and_free || setup.policy.prices.models.contains_key(model)
    };
    let is_unpriced = figures.cost_micros == 0
        && figures.succeeded > 0
        && !settings.providers.get(&figures.provider).is_some_and(has_price);
    (!is_unpriced).then_some(figures.cost_micros)
}

fn standings(lines: &[ProviderLine]) -> String {
    let rows = lines.iter().map(|line| {
        vec![
            line.chain.clone(),
            line.position.to_string(),
            line.provider.clone(),
            line.model.clone().unwrap_or_else(|| "-".to_owned()),
            list_of(&line.operations),
            match &line.reason {
                Some(reason) => format!("{}: {reason}", line.standing),
                None => line.standing.to_owned(),
            },
        ]
    });
    let columns = [
        Column::Text("chain"),
        Column::Number("#"),
        Column::Text("provider"),
        Column::Text("model"),
        Column::Text("operations"),
        Column::Text("standing"),
    ];
    table(&columns, rows.collect(), "no chain is configured")
}

/// One line for each provider that can be called, however many chains name it, and one for its exports where these are
/// held back.
fn how_they_do(lines: &[ProviderLine]) -> String {
    let mut told = BTreeSet::new();
    let told_once = lines.iter().filter(|line| line.breaker.is_some() && told.insert(&line.provider));
    let nothing = || vec!["-".to_owned(); 5];
    let rows = told_once.flat_map(|line| {
        let figures = line.figures.as_ref().map_or_else(nothing, figure_cells);
        let whole = line.breaker.as_ref().map(|breaker| row_of(line.provider.clone(), breaker, figures));
        let exports = line.export_breaker.as_ref();
        let exports = exports.map(|breaker| row_of(format!("{} (export)", line.provider), breaker, nothing()));
        whole.into_iter().chain(exports)
    });
    let columns = [
        Column::Text("provider"),
        Column::Text("breaker"),
        Column::Text("why"),
        Column::Number("next try"),
        Column::Number("success, 24 h"),
        Column::Number("p50"),
        Column::Number("p95"),
        Column::Number("in flight"),
        Column::Number("cost today"),
    ];
    table(&columns, rows.collect(), "")
}

fn row_of(name: String, breaker: &BreakerLine, figures: Vec<String>) -> Vec<String> {
    [vec![name, breaker.status.to_string(), why(breaker), next_try(breaker)], figures].concat()
}

/// What the last checks have told, once for each provider.
fn checked(lines: &[ProviderLine]) -> Vec<CheckedRow<'_>> {
    let mut told = BTreeSet::new();
    let known = lines.iter().filter(|line| line.health.is_some() && told.insert(&line.provider));
    let rows = known.map(|line| CheckedRow {
        provider: &line.provider,
        model: line.model.as_deref(),
        health: line.health.as_ref(),
        unasked: None,
    });
    rows.collect()
}

/// Why a breaker is not closed, in words.
pub(super) fn why(breaker: &BreakerLine) -> String {
    match (breaker.cause, breaker.last_failure) {
        (Some(cause), Some(failure)) => {
            let probes = match breaker.failed_probes {
                0 => String::new(),
                failed => format!(", {failed} failed probes"),
            };
            format!("{}: {failure}{probes}", cause.to_string().replace('_', " "))
        }
        _ => "-".to_owned(),
    }
}

/// When a call may pass again, in words.
pub(super) fn next_try(breaker: &BreakerLine) -> String {
    breaker.next_try_in_s.map_or_else(|| "-".to_owned(), |seconds| format!("in {seconds} s"))
}

fn figure_cells(figures: &FiguresLine) -> Vec<String> {
    let ended = figures.succeeded + figures.failed + figures.unknown;
    let success = figures.success_rate.map(|rate| format!("{} of {ended}", percent(rate)));
    let latency = |millis: Option<u64>| millis.map(|millis| format!("{:.2} s", millis as f64 / 1_000.0));
    let dash = || "-".to_owned();
    vec![
        success.unwrap_or_else(dash),
        latency(figures.latency_p50_ms).unwrap_or_else(dash),
        latency(figures.latency_p95_ms).unwrap_or_else(dash),
        figures.in_flight.to_string(),
        figures.cost_today_micros.map_or(Price::Unpriced, |micros| Price::Known { micros }).to_string(),
    ]
}
