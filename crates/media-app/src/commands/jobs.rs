//! `jobs`.

use media_domain::price::Price;
use media_domain::{BudgetCycle, Job, JobAttempt, JobState, Resolution};
use media_ports::JobQuery;

use super::{Desk, jobs_reconcile};
use crate::cli::{JobsCommand, JobsListArgs, ResolveArgs};
use crate::report::{Column, ExitCode, Failure, clean, list_of, table};

/// Carries out the command; jobs of processes that are gone are closed first.
pub(super) async fn run(desk: &Desk<'_>, command: JobsCommand) -> Result<ExitCode, Failure> {
    desk.engine.recover_abandoned_jobs().await?;
    match command {
        JobsCommand::List(args) => list(desk, args).await?,
        JobsCommand::Show { job } => show(desk, &desk.engine.job(job).await?)?,
        JobsCommand::Reconcile(args) => return jobs_reconcile::run(desk, args).await,
        JobsCommand::Resolve(args) => resolve(desk, args).await?,
    }
    Ok(ExitCode::Success)
}

async fn list(desk: &Desk<'_>, args: JobsListArgs) -> Result<(), Failure> {
    let jobs = desk.engine.jobs(&JobQuery { states: args.states, limit: args.limit }).await?;
    desk.output.results(&jobs, || {
        let rows = jobs.iter().map(|job| {
            vec![
                job.job_id.to_string(),
                job.state.to_string(),
                job.created_at.format("%Y-%m-%d %H:%M:%S").to_string(),
                telling(job).map_or_else(|| "-".to_owned(), |attempt| attempt.provider.to_string()),
                shortened(job.request.prompt.as_str()),
            ]
        });
        let columns = [
            Column::Text("id"),
            Column::Text("state"),
            Column::Text("made (UTC)"),
            Column::Text("provider"),
            Column::Text("prompt"),
        ];
        table(&columns, rows.collect(), "there is no such job; dry run keeps none")
    })
}

/// The attempt that tells most of a job: of an unknown one, that whose end nobody knows; else the last.
fn telling(job: &Job) -> Option<&JobAttempt> {
    let lost = job.attempts.iter().rev().find(|attempt| attempt.state == JobState::Unknown);
    lost.filter(|_| job.state == JobState::Unknown).or(job.attempts.last())
}

fn show(desk: &Desk<'_>, job: &Job) -> Result<(), Failure> {
    let key = job.idempotency.as_ref().map(|claim| claim.key.as_str().to_owned());
    desk.output.result(job, || {
        let facts = super::facts(&[
            ("id", job.job_id.to_string()),
            ("state", job.state.to_string()),
            ("chain", job.chain.clone()),
            ("user", job.user_id.to_string()),
            ("key", key.unwrap_or_else(|| "-".to_owned())),
            ("prompt", job.request.prompt.to_string()),
            ("size", job.request.dimensions.to_string()),
            ("made", job.created_at.to_rfc3339()),
            ("changed", job.updated_at.to_rfc3339()),
            ("assets", list_of(&job.asset_ids)),
            ("files", list_of(&job.content_hashes)),
            ("failure", job.failure.clone().unwrap_or_else(|| "-".to_owned())),
            ("resolution", job.resolution.map_or_else(|| "-".to_owned(), |how| how.to_string())),
        ]);
        format!("{facts}\n\n{}", attempts(job))
    })
}

fn attempts(job: &Job) -> String {
    let rows = job.attempts.iter().map(|attempt| {
        vec![
            attempt.number.to_string(),
            attempt.provider.to_string(),
            attempt.state.to_string(),
            attempt.dispatched_at.format("%H:%M:%S").to_string(),
            set_aside(attempt),
            used(attempt),
            what_happened(job, attempt),
        ]
    });
    let columns = [
        Column::Number("attempt"),
        Column::Text("provider"),
        Column::Text("state"),
        Column::Text("sent"),
        Column::Text("set aside"),
        Column::Text("used"),
        Column::Text("what happened"),
    ];
    table(&columns, rows.collect(), "nothing was sent")
}

/// How an attempt ended, in words. A lost one without any is one that nobody was left to tell of; where nothing is
/// retained, words never are.
fn what_happened(job: &Job, attempt: &JobAttempt) -> String {
    match &attempt.message {
        Some(message) => message.clone(),
        None if attempt.state == JobState::Unknown && job.retain.is_everything() => {
            "the process ended before the answer came".to_owned()
        }
        None => String::new(),
    }
}

/// What was set aside for an attempt before it was sent, and is held while its end is unknown.
fn set_aside(attempt: &JobAttempt) -> String {
    let quota = attempt.reservation.quota.iter().map(|claim| credits(claim.credits));
    let budgets = attempt.reservation.budgets.iter().map(|claim| {
        let period = match claim.period.cycle() {
            BudgetCycle::Day => "day",
            BudgetCycle::Month => "month",
        };
        format!("{} of the {period}", Price::Known { micros: claim.micros })
    });
    list_of(quota.chain(budgets))
}

/// What an attempt used, as far as that is known.
fn used(attempt: &JobAttempt) -> String {
    let is_free = attempt.usage.credits == 0 && attempt.usage.cost_micros.is_none();
    if attempt.state != JobState::Settled || is_free {
        return "-".to_owned();
    }
    let price = attempt.usage.cost_micros.map_or(Price::Unpriced, |micros| Price::Known { micros });
    format!("{}, {price}", credits(attempt.usage.credits.into()))
}

fn credits(count: u64) -> String {
    if count == 1 { "1 credit".to_owned() } else { format!("{count} credits") }
}

async fn resolve(desk: &Desk<'_>, args: ResolveArgs) -> Result<(), Failure> {
    let resolution = if args.billed { Resolution::Billed } else { Resolution::NotBilled };
    let job = desk.engine.resolve_job(args.job, resolution).await?;
    desk.output.result(&job, || format!("job {} is {}: {resolution}", job.job_id, job.state))
}

/// The beginning of a prompt, on one line.
fn shortened(prompt: &str) -> String {
    const LONGEST: usize = 60;
    let line = clean(prompt);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
