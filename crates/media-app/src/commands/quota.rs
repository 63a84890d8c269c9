//! `quota`: credits of users, money of chains.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use media_domain::period::{BudgetCycle, Period};
use media_domain::price::Price;
use media_domain::{ProviderId, UserId};
use media_ports::QuotaLine;
use serde::Serialize;

use super::Desk;
use crate::cli::{CreditLimit, QuotaArgs, QuotaCommand, QuotaShowArgs};
use crate::report::{Column, ExitCode, Failure, table};

/// Credits of one user at one provider in this month.
#[derive(Debug, Serialize)]
struct Credits {
    user_id: UserId,
    provider: ProviderId,
    /// Credits a month; absent without a limit.
    limit: Option<u64>,
    /// Whether the limit is the user's own.
    own_limit: bool,
    used: u64,
    reserved: u64,
    /// What neither is used nor set aside; absent without a limit.
    remaining: Option<u64>,
    resets_at: DateTime<Utc>,
}

/// Money of one chain in this day or month, in millionths of a US dollar.
#[derive(Debug, Serialize)]
struct Budget {
    chain: String,
    period: Period,
    limit_micros: u64,
    used_micros: u64,
    reserved_micros: u64,
    remaining_micros: u64,
    resets_at: DateTime<Utc>,
}

/// One line of what is left.
#[derive(Debug, Serialize)]
#[serde(tag = "counts", rename_all = "snake_case")]
enum Line {
    Credits(Credits),
    Budget(Budget),
}

/// Carries out the command.
pub(super) async fn run(desk: &Desk<'_>, args: QuotaArgs) -> Result<ExitCode, Failure> {
    match args.command.unwrap_or(QuotaCommand::Show(QuotaShowArgs::default())) {
        QuotaCommand::Show(args) => show(desk, args).await?,
        QuotaCommand::Set { user, provider, credits } => set(desk, user, provider, credits).await?,
    }
    Ok(ExitCode::Success)
}

async fn show(desk: &Desk<'_>, args: QuotaShowArgs) -> Result<(), Failure> {
    let provider = args.provider.map(|name| known_provider(desk, name)).transpose()?;
    let is_whole = args.user.is_none() && provider.is_none();
    let credits = credits(desk, args.user, provider).await?;
    let budgets = if is_whole { budgets(desk).await? } else { Vec::new() };
    let words = || {
        let credits = lay_out_credits(&credits);
        if budgets.is_empty() { credits } else { format!("{credits}\n\n{}", lay_out_budgets(&budgets)) }
    };
    if !desk.output.is_json() {
        return desk.output.result(&(), words);
    }
    let lines = credits.into_iter().map(Line::Credits).chain(budgets.into_iter().map(Line::Budget));
    desk.output.results(&lines.collect::<Vec<_>>(), String::new)
}

async fn set(desk: &Desk<'_>, user: UserId, provider: ProviderId, credits: CreditLimit) -> Result<(), Failure> {
    let provider = known_provider(desk, provider)?;
    desk.engine.set_quota_limit(user.clone(), provider.clone(), credits.credits()).await?;
    let lines = self::credits(desk, Some(user), Some(provider)).await?;
    if desk.output.is_json() {
        return desk.output.results(&lines.into_iter().map(Line::Credits).collect::<Vec<_>>(), String::new);
    }
    desk.output.result(&(), || lay_out_credits(&lines))
}

/// The provider of this name, an alias resolved.
fn known_provider(desk: &Desk<'_>, name: ProviderId) -> Result<ProviderId, Failure> {
    let provider = desk.session.provider_named(name);
    if desk.session.settings.providers.contains_key(&provider) {
        return Ok(provider);
    }
    let failure = Failure::new(ExitCode::NotFound, format!("there is no provider `{provider}`"));
    Err(failure.with_hint("`media-app providers` shows the providers"))
}

/// What has been counted, and for one user (the default one, unless another is asked for) what is limited too.
async fn credits(desk: &Desk<'_>, user: Option<UserId>, provider: Option<ProviderId>) -> Result<Vec<Credits>, Failure> {
    let (mut lines, resets_at) = desk.engine.quota_lines(user.clone()).await?;
    let user = user.unwrap_or_else(|| desk.engine.default_user().clone());
    let counted: BTreeSet<_> =
        lines.iter().filter(|line| line.user_id == user).map(|line| line.provider.clone()).collect();
    let setups = desk.session.settings.providers.values();
    let limited = setups.filter(|setup| setup.policy.monthly_credits.is_some() || provider.as_ref() == Some(&setup.id));
    lines.extend(limited.filter(|setup| !counted.contains(&setup.id)).map(|setup| QuotaLine {
        user_id: user.clone(),
        provider: setup.id.clone(),
        own_limit: None,
        used: 0,
        reserved: 0,
    }));
    lines.retain(|line| provider.as_ref().is_none_or(|wanted| *wanted == line.provider));
    lines.sort_by(|one, other| (&one.user_id, &one.provider).cmp(&(&other.user_id, &other.provider)));
    Ok(lines.into_iter().map(|line| with_limit(desk, line, resets_at)).collect())
}

fn with_limit(desk: &Desk<'_>, line: QuotaLine, resets_at: DateTime<Utc>) -> Credits {
    let configured = desk.session.settings.providers.get(&line.provider).and_then(|setup| setup.policy.monthly_credits);
    let limit = line.own_limit.or(configured);
    Credits {
        own_limit: line.own_limit.is_some(),
        remaining: limit.map(|limit| limit.saturating_sub(line.used.saturating_add(line.reserved))),
        limit,
        used: line.used,
        reserved: line.reserved,
        user_id: line.user_id,
        provider: line.provider,
        resets_at,
    }
}

async fn budgets(desk: &Desk<'_>) -> Result<Vec<Budget>, Failure> {
    let now = desk.session.clock().utc_now();
    let mut budgets = Vec::new();
    for (chain, settings) in &desk.session.settings.multi_provider_config {
        for budget in &settings.policy.budgets {
            let line = desk.engine.budget_line(chain, budget.period).await?;
            let spoken_for = line.used_micros.saturating_add(line.reserved_micros);
            let period = budget.period_of(now);
            budgets.push(Budget {
                chain: chain.clone(),
                period,
                limit_micros: budget.micros,
                used_micros: line.used_micros,
                reserved_micros: line.reserved_micros,
                remaining_micros: budget.micros.saturating_sub(spoken_for),
                resets_at: period.resets_at(),
            });
        }
    }
    Ok(budgets)
}

fn lay_out_credits(lines: &[Credits]) -> String {
    let rows = lines.iter().map(|line| {
        let limit = match (line.limit, line.own_limit) {
            (None, _) => "none".to_owned(),
            (Some(limit), false) => limit.to_string(),
            (Some(limit), true) => format!("{limit} (own)"),
        };
        vec![
            line.user_id.to_string(),
            line.provider.to_string(),
            line.used.to_string(),
            line.reserved.to_string(),
            limit,
            line.remaining.map_or_else(|| "-".to_owned(), |remaining| remaining.to_string()),
            line.resets_at.format("%Y-%m-%d").to_string(),
        ]
    });
    let columns = [
        Column::Text("user"),
        Column::Text("provider"),
        Column::Number("credits used"),
        Column::Number("reserved"),
        Column::Number("limit"),
        Column::Number("remaining"),
        Column::Text("starts anew (UTC)"),
    ];
    table(&columns, rows.collect(), "no credits have been used this month, and nobody has a limit")
}

fn lay_out_budgets(budgets: &[Budget]) -> String {
    let money = |micros| Price::Known { micros }.to_string();
    let rows = budgets.iter().map(|budget| {
        let cycle = match budget.period.cycle() {
            BudgetCycle::Day => "day",
            BudgetCycle::Month => "month",
        };
        vec![
            budget.chain.clone(),
            format!("{cycle} {}", budget.period),
            money(budget.used_micros),
            money(budget.reserved_micros),
            money(budget.limit_micros),
            money(budget.remaining_micros),
            budget.resets_at.format("%Y-%m-%d").to_string(),
        ]
    });
    let columns = [
        Column::Text("chain"),
        Column::Text("budget"),
        Column::Number("spent"),
        Column::Number("reserved"),
        Column::Number("limit"),
        Column::Number("remaining"),
        Column::Text("starts anew (UTC)"),
    ];
    table(&columns, rows.collect(), "")
}
