//! `auth`: a person's consent, asked for in the browser and kept.

use std::time::Duration;

use chrono::{DateTime, Utc};
use media_domain::{ProviderId, RequestId};
use media_engine::EngineError;
use media_ports::{CallContext, IdSource, ProviderError, StoreError, StoreErrorKind};
use serde::Serialize;

use super::auth_redirect::Redirect;
use super::on_runtime;
use crate::cli::{AuthCommand, ConsentArgs};
use crate::config::ProviderSetup;
use crate::report::{Column, ExitCode, Failure, Output, list_of, table};
use crate::session::Session;
use crate::wiring::{RandomIds, WiringError, random_bytes};

/// Longest time for the exchange of the answer.
const EXCHANGE: Duration = Duration::from_secs(60);

/// Under which name the provider keeps an access token that came without a consent.
const BARE_TOKEN: &str = "api_key";

/// A question that waits for its answer.
#[derive(Debug, Serialize)]
struct Asked<'a> {
    provider: &'a ProviderId,
    /// The page on which the person agrees.
    open: &'a str,
    /// Where the browser comes back to.
    redirect_uri: &'a str,
}

/// A consent as it is kept.
#[derive(Debug, Serialize)]
struct Kept<'a> {
    provider: &'a ProviderId,
    /// Whether there is one, be it one that has ended.
    kept: bool,
    /// When the access token ends, or ended.
    expires_at: Option<DateTime<Utc>>,
    /// Whether it is renewed without the person; if not, the consent ends with the access token.
    renews: bool,
    /// Whether a bare access token serves where no consent does.
    bare_token: bool,
}

/// Carries out the command.
pub(super) fn run(session: &Session, command: AuthCommand, output: &Output) -> Result<ExitCode, Failure> {
    on_runtime(false, async {
        match command {
            AuthCommand::Canva(args) => ask(session, &args, output).await,
            AuthCommand::Status => status(session, output).await,
        }
    })
}

async fn ask(session: &Session, args: &ConsentArgs, output: &Output) -> Result<ExitCode, Failure> {
    if session.settings.dry_run {
        let failure = Failure::new(ExitCode::Refused, "in dry run nobody is asked anything");
        return Err(failure.with_hint("--live asks for consent; it costs nothing"));
    }
    let setup = asking_provider(session, args.provider.as_ref())?;
    let redirect = Redirect::listen(args.redirect_port).await.map_err(|error| port_taken(args.redirect_port, error))?;
    let asked = session.ask_for_consent(setup, redirect.uri(), random_bytes());
    let pending = asked.map_err(|source| WiringError::Provider { provider: setup.id.to_string(), source })?;
    let question = Asked { provider: &setup.id, open: pending.page().as_str(), redirect_uri: redirect.uri().as_str() };
    output.result(&question, || {
        format!("open this page in a browser on this machine, and agree:\n\n{}\n", question.open)
    })?;
    output.note(&format!("waiting for the browser at {}; Ctrl-C gives it up", question.redirect_uri));
    let answered = tokio::select! {
        answered = redirect.answer(|query| pending.is_answered_by(query)) => answered,
        () = tokio::time::sleep(Duration::from_secs(args.wait_s)) => return Err(nobody_came(args.wait_s, question.redirect_uri)),
        _ = tokio::signal::ctrl_c() => return Ok(ExitCode::Interrupted),
    };
    let request_id = RequestId::from_uuid(RandomIds.next_uuid());
    let user_id = session.settings.default_user.clone();
    let context = CallContext::new(session.clock().now() + EXCHANGE, request_id, user_id);
    let ended = pending.complete(&context, &answered.query).await;
    answered.tell(ended.is_ok()).await;
    ended.map_err(exchange_failed)?;
    let kept = kept(session, setup).await?;
    output.result(&kept, || in_words(&kept, session.clock().utc_now()))?;
    Ok(ExitCode::Success)
}

/// The provider that is to act for the person: as named, else the only one that needs a consent.
fn asking_provider<'a>(session: &'a Session, named: Option<&ProviderId>) -> Result<&'a ProviderSetup, Failure> {
    let candidates: Vec<_> = session.with_consent().collect();
    let ids = || list_of(candidates.iter().map(|setup| &setup.id));
    match (named, candidates.as_slice()) {
        (Some(named), all) => all.iter().find(|setup| setup.id == *named).copied().ok_or_else(|| {
            let failure = Failure::new(ExitCode::NotFound, format!("no provider `{named}` asks for this consent"));
            failure.with_hint(format!("providers that do: {}", ids()))
        }),
        (None, [only]) => Ok(only),
        (None, []) => {
            let failure = Failure::new(ExitCode::NotFound, "no provider that is configured asks for this consent");
            Err(failure.with_hint("list one in a chain, or give it a table under `providers`"))
        }
        (None, _) => {
            let failure = Failure::new(ExitCode::Usage, format!("several providers ask for this consent: {}", ids()));
            Err(failure.with_hint("name one with --provider"))
        }
    }
}

async fn status(session: &Session, output: &Output) -> Result<ExitCode, Failure> {
    let mut all = Vec::new();
    for setup in session.with_consent() {
        all.push(kept(session, setup).await?);
    }
    output.results(&all, || {
        let now = session.clock().utc_now();
        let rows = all.iter().map(|kept| vec![kept.provider.to_string(), standing(kept, now)]);
        table(&[Column::Text("provider"), Column::Text("consent")], rows.collect(), "no provider asks for consent")
    })?;
    Ok(ExitCode::Success)
}

async fn kept<'a>(session: &Session, setup: &'a ProviderSetup) -> Result<Kept<'a>, Failure> {
    let tokens = session.tokens().load(&setup.id).await.map_err(unreadable)?;
    Ok(Kept {
        provider: &setup.id,
        kept: tokens.is_some(),
        expires_at: tokens.as_ref().map(|tokens| tokens.expires_at),
        renews: tokens.is_some_and(|tokens| tokens.refresh_token.is_some()),
        bare_token: setup.credentials.get(BARE_TOKEN).is_some(),
    })
}

/// A file of tokens is nothing that a backup or the catalogue's own check could help with.
fn unreadable(error: StoreError) -> Failure {
    match error.kind {
        StoreErrorKind::Corrupt => Failure::doing(ExitCode::Store, "the consent that is kept cannot be read", error)
            .with_hint("remove the file that is named, and give consent again with `media-app auth canva`"),
        _ => EngineError::from(error).into(),
    }
}

fn in_words(kept: &Kept<'_>, now: DateTime<Utc>) -> String {
    format!("{}: {}", kept.provider, standing(kept, now))
}

fn standing(kept: &Kept<'_>, now: DateTime<Utc>) -> String {
    let bare = if kept.bare_token { "; the access token in CANVA_API_KEY serves, as long as it lasts" } else { "" };
    let Some(expires_at) = kept.expires_at else { return format!("none{bare}") };
    let (day, is_over) = (expires_at.format("%Y-%m-%d %H:%M UTC"), expires_at <= now);
    match (kept.renews, is_over) {
        (true, false) => format!("given; the token lasts until {day} and is renewed by itself"),
        (true, true) => format!("given; the token lasted until {day} and is renewed by itself when it is needed"),
        (false, false) => format!("given; the token lasts until {day} and cannot be renewed"),
        (false, true) => format!("ended on {day}: give it again{bare}"),
    }
}

fn port_taken(port: u16, error: std::io::Error) -> Failure {
    let what = format!("port {port} of this machine cannot be listened on");
    Failure::doing(ExitCode::Internal, what, error)
        .with_hint("choose another with --redirect-port, and name it at the vendor")
}

fn nobody_came(seconds: u64, redirect_uri: &str) -> Failure {
    let failure = Failure::new(ExitCode::Refused, format!("no consent was given within {seconds} s"));
    failure.with_hint(format!(
        "the integration must name {redirect_uri} among its redirect addresses, and the page be opened on this machine"
    ))
}

fn exchange_failed(error: ProviderError) -> Failure {
    Failure::doing(ExitCode::ProvidersFailed, "the consent is not kept", error)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_consent_is_told_as_it_stands() {
        let (provider, now) = (ProviderId::parse("canva_api").unwrap(), DateTime::UNIX_EPOCH);
        let cases = [
            (None, false, false, "none"),
            (None, false, true, "none; the access token in CANVA_API_KEY serves, as long as it lasts"),
            (Some(60), true, true, "given; the token lasts until 1970-01-01 00:01 UTC and is renewed by itself"),
            (
                Some(0),
                true,
                false,
                "given; the token lasted until 1970-01-01 00:00 UTC and is renewed by itself when it is needed",
            ),
            (Some(60), false, false, "given; the token lasts until 1970-01-01 00:01 UTC and cannot be renewed"),
            (Some(0), false, false, "ended on 1970-01-01 00:00 UTC: give it again"),
        ];
        for (ends, renews, bare_token, told) in cases {
            let expires_at = ends.map(|seconds| now + TimeDelta::seconds(seconds));
            let kept = Kept { provider: &provider, kept: ends.is_some(), expires_at, renews, bare_token };
            assert_eq!(standing(&kept, now), told);
        }
    }

    #[test]
    fn a_spoilt_file_of_tokens_is_no_matter_for_a_backup() {
        let failure = unreadable(StoreError::new(StoreErrorKind::Corrupt, "read the tokens of `canva_api`"));
        assert_eq!(failure.exit_code, ExitCode::Store);
        assert!(failure.hint.unwrap().contains("media-app auth canva"));
    }
}
