//! What checks have told of providers, in words.

use chrono::{DateTime, TimeDelta, Utc};

use crate::report::{Column, table};
use crate::wiring::LastHealth;

/// One provider that was checked, or could not be.
pub(super) struct CheckedRow<'a> {
    pub(super) provider: &'a str,
    pub(super) model: Option<&'a str>,
    /// What the check told; absent when nobody was asked.
    pub(super) health: Option<&'a LastHealth>,
    /// Why nobody was asked.
    pub(super) unasked: Option<&'a str>,
}

/// Lays out what was told, with its age.
pub(super) fn lay_out(rows: &[CheckedRow<'_>], now: DateTime<Utc>) -> String {
    let columns = [
        Column::Text("provider"),
        Column::Text("model"),
        Column::Text("health"),
        Column::Text("checked"),
        Column::Number("latency"),
        Column::Text("told"),
    ];
    table(&columns, rows.iter().map(|row| cells(row, now)).collect(), "no chain is configured")
}

/// What to warn of: a model that will be gone.
pub(super) fn warnings(rows: &[CheckedRow<'_>]) -> Vec<String> {
    let shut_down = rows.iter().filter_map(|row| {
        let date = row.health?.model_shutdown_date?;
        Some(format!("{}: the vendor shuts down the model {} on {date}", row.provider, row.model.unwrap_or("in use")))
    });
    shut_down.collect()
}

fn cells(row: &CheckedRow<'_>, now: DateTime<Utc>) -> Vec<String> {
    let dash = || "-".to_owned();
    let health = row.health;
    let told = [row.unasked, health.and_then(|health| health.reason.as_deref()), detail(health)];
    let told: Vec<_> = told.into_iter().flatten().collect();
    let standing = match health.map(|health| health.healthy) {
        Some(true) => "healthy",
        Some(false) => "unhealthy",
        None => "not asked",
    };
    vec![
        row.provider.to_owned(),
        row.model.map_or_else(dash, str::to_owned),
        standing.to_owned(),
        health.map_or_else(dash, |health| age(now - health.checked_at)),
        health.and_then(|health| health.latency_ms).map_or_else(dash, |millis| format!("{millis} ms")),
        if told.is_empty() { dash() } else { told.join("; ") },
    ]
}

fn detail(health: Option<&LastHealth>) -> Option<&str> {
    health?.detail.as_deref()
}

fn age(age: TimeDelta) -> String {
    match (age.num_days(), age.num_hours(), age.num_minutes(), age.num_seconds()) {
        (days @ 2.., ..) => format!("{days} days ago"),
        (_, hours @ 2.., ..) => format!("{hours} h ago"),
        (_, _, minutes @ 2.., _) => format!("{minutes} min ago"),
        (.., seconds @ 5..) => format!("{seconds} s ago"),
        _ => "just now".to_owned(),
    }
}
