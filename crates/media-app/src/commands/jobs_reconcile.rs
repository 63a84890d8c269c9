//! `jobs reconcile`: asks the vendors what became of unknown jobs.

use media_domain::{JobId, JobState, Retain};
use media_engine::{EngineError, Reconciled};
use serde::Serialize;

use super::Desk;
use super::interruption::Stopping;
use crate::cli::ReconcileArgs;
use crate::report::{ExitCode, Failure, list_of};

/// Most jobs that one command asks about.
const MOST_JOBS: usize = 1_000;

/// What was learnt of one job.
#[derive(Debug, Serialize)]
struct Learnt {
    job_id: JobId,
    /// `delivered`, `still_running`, `failed` or `forgotten`.
    outcome: &'static str,
    /// Why it failed, in the vendor's words.
    reason: Option<String>,
    /// Whether the vendor billed it, as far as it tells.
    billed: Option<bool>,
    /// The assets that came of it.
    asset_ids: Vec<String>,
    /// Whether nothing of it is kept, as it asked.
    #[serde(skip)]
    is_unkept: bool,
    /// Whether the job is closed.
    closed: bool,
}

/// Carries out the command; what cannot be learnt of one job stops no other.
pub(super) async fn run(desk: &Desk<'_>, args: ReconcileArgs) -> Result<ExitCode, Failure> {
    let jobs = if args.all {
        desk.engine.reconcilable_jobs(MOST_JOBS).await?.into_iter().map(|job| job.job_id).collect()
    } else {
        args.jobs
    };
    if jobs.is_empty() {
        desk.output.note("there is no unknown job that a vendor can be asked about");
    }
    let asked = jobs.len();
    let (mut failures, mut is_whole, stopping) = (Vec::new(), true, Stopping::default());
    for job_id in jobs {
        if stopping.is_asked_for() {
            is_whole = false;
            break;
        }
        match stopping.unless_insisted(desk.output, desk.engine.reconcile_job(job_id)).await {
            Some(Ok(reconciled)) => tell(desk, &learnt(job_id, reconciled))?,
            Some(Err(error)) => failures.push(failure_of(desk, error)),
            None => is_whole = false,
        }
    }
    let exit_code = match failures.last() {
        _ if !is_whole => ExitCode::Interrupted,
        None => ExitCode::Success,
        Some(last) if failures.len() == asked => last.exit_code,
        Some(_) => ExitCode::Partial,
    };
    failures.iter().for_each(|failure| desk.output.failure(failure));
    Ok(exit_code)
}

fn failure_of(desk: &Desk<'_>, error: EngineError) -> Failure {
    let nobody = matches!(error, EngineError::NobodyToAsk { .. });
    let failure = Failure::from(error);
    if nobody && desk.session.settings.dry_run { failure.with_hint("--live asks the real providers") } else { failure }
}

fn learnt(job_id: JobId, reconciled: Reconciled) -> Learnt {
    let nothing = Learnt {
        job_id,
        outcome: "",
        reason: None,
        billed: None,
        asset_ids: Vec::new(),
        is_unkept: false,
        closed: false,
    };
    match reconciled {
        Reconciled::Delivered(job) => Learnt {
            outcome: "delivered",
            billed: Some(true),
            asset_ids: job.asset_ids.iter().map(ToString::to_string).collect(),
            is_unkept: job.retain == Retain::Nothing,
            closed: job.state != JobState::Unknown,
            ..nothing
        },
        Reconciled::StillRunning => Learnt { outcome: "still_running", ..nothing },
        Reconciled::Failed { reason, billed } => {
            Learnt { outcome: "failed", reason: Some(reason), billed, closed: billed.is_some(), ..nothing }
        }
        Reconciled::Forgotten => Learnt { outcome: "forgotten", ..nothing },
    }
}

fn tell(desk: &Desk<'_>, learnt: &Learnt) -> Result<(), Failure> {
    desk.output.result(learnt, || {
        let Learnt { job_id, outcome, reason, billed, asset_ids, .. } = learnt;
        let close = format!("close it with `media-app jobs resolve {job_id} --billed` or `--not-billed`");
        let told = match (*outcome, billed) {
            ("delivered", _) if learnt.is_unkept => "billed; nothing of it is retained".to_owned(),
            ("delivered", _) => format!("delivered: {}", list_of(asset_ids)),
            ("still_running", _) => "the vendor is still at work: ask again later".to_owned(),
            ("forgotten", _) => format!("the vendor does not know it any more: {close}"),
            (_, Some(true)) => "failed, and was billed".to_owned(),
            (_, Some(false)) => "failed, and was not billed".to_owned(),
            (_, None) => format!("failed, and the vendor does not tell whether it was billed: {close}"),
        };
        let told = match (*outcome, learnt.closed) {
            ("delivered", false) => format!("{told}; what became of another part of it is still unknown"),
            _ => told,
        };
        let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("job {job_id}: {told}{reason}")
    })
}
