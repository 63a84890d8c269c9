//! `providers force`: a person decides whether calls pass.

use media_chain::{ChainMember, Standing};
use media_domain::{Breaker, ProviderId};
use media_engine::EngineError;
use serde::Serialize;

use super::on_runtime;
use super::providers::{next_try, why};
use crate::cli::Decision;
use crate::report::{ExitCode, Failure, Output};
use crate::session::Session;
use crate::wiring::{BreakerLine, OpenCatalogue};

/// What holds for a provider from now on.
#[derive(Debug, Serialize)]
struct Forced {
    provider: ProviderId,
    breaker: BreakerLine,
}

/// Carries out the command; every process on the data folder hears of it.
pub(super) fn run(
    session: &Session,
    provider: ProviderId,
    decision: Decision,
    output: &Output,
) -> Result<ExitCode, Failure> {
    if session.settings.dry_run {
        let failure = Failure::new(ExitCode::Refused, "in dry run nobody is called, so there is nothing to force");
        return Err(failure.with_hint("--live decides for the real providers; it calls nobody"));
    }
    let provider = session.provider_named(provider);
    let catalogue = OpenCatalogue::open(&session.settings)?;
    let breakers = session.breakers(Some(&catalogue));
    let chains = session.chains(breakers.clone())?;
    let mut members = chains.values().flat_map(|chain| chain.members());
    let member = members.find(|member| *member.id() == provider).ok_or_else(|| unknown(&provider))?;
    let state = member.state.as_ref().ok_or_else(|| unready(member))?;
    let decide = |breaker: &mut Breaker, now| match decision {
        Decision::Open => breaker.force_open(now),
        Decision::Closed => breaker.force_closed(now),
        Decision::Automatic => breaker.force_automatic(now),
    };
    on_runtime(false, async {
        for breaker in [state.breaker(), state.export_breaker()] {
            breakers.decide(breaker, decide).await.map_err(EngineError::from)?;
        }
        Ok(())
    })?;
    let breaker = BreakerLine::of(&state.breaker().state(), session.clock().utc_now());
    let forced = Forced { provider, breaker };
    output.result(&forced, || in_words(&forced))?;
    Ok(ExitCode::Success)
}

fn in_words(forced: &Forced) -> String {
    let Forced { provider, breaker } = forced;
    let status = breaker.status.to_string().replace('_', " ");
    match breaker.next_try_at {
        Some(_) => format!("the breaker of {provider} is {status} ({}), next try {}", why(breaker), next_try(breaker)),
        None => format!("the breaker of {provider} is {status}"),
    }
}

fn unknown(provider: &ProviderId) -> Failure {
    Failure::new(ExitCode::NotFound, format!("no chain has a provider `{provider}`"))
        .with_hint("`media-app providers` shows the chains")
}

fn unready(member: &ChainMember) -> Failure {
    let reason = match &member.standing {
        Standing::Unready(reason) => format!("cannot be called anyway: {reason}"),
        Standing::Described => "is in dry run, so it is never called".to_owned(),
        Standing::Ready(_) => "has no breaker, since it is local and free".to_owned(),
    };
    Failure::new(ExitCode::Refused, format!("provider `{}` {reason}", member.id()))
}
