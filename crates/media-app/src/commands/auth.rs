//! `auth`: a person's consent, asked for in the browser and kept.

use std::time::Duration;

use chrono::{DateTime, Utc};
use media_domain::{Breaker, ProviderId, RequestId};
use media_engine::EngineError;
use media_ports::{CallContext, IdSource, ProviderError, StoreError, StoreErrorKind};
use secrecy::ExposeSecret;
use serde::Serialize;

use super::auth_redirect::Redirect;
use super::on_runtime;
use crate::cli::{AuthCommand, ConsentArgs};
use crate::config::ProviderSetup;
use crate::report::{Column, ExitCode, Failure, Output, list_of, table};
use crate::session::Session;
use crate::wiring::{OpenCatalogue, RandomIds, WiringError, end_of_access_token, random_bytes};

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
#[derive(Debug, Clone, Serialize)]
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
    /// When the bare access token ends, or ended, as far as it tells.
    bare_token_expires_at: Option<DateTime<Utc>>,
    /// Where the bare access token stands.
    #[serde(skip)]
    bare_token_in: Option<String>,
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
    if let Err(failure) = begin_anew(session, &setup.id).await {
        output.warn(&format!(
            "the consent is kept, but calls may still be held back ({}): `media-app providers force {} automatic`",
            failure.error, setup.id
        ));
    }
    let kept = kept(session, setup).await?;
    output.result(&kept, || in_words(&kept, session.clock().utc_now()))?;
    Ok(ExitCode::Success)
}

/// Lets the breakers of a provider forget what they saw under the consent that was kept before.
async fn begin_anew(session: &Session, provider: &ProviderId) -> Result<(), Failure> {
    let Some(catalogue) = OpenCatalogue::open_existing(&session.settings)? else { return Ok(()) };
    let breakers = session.breakers(Some(&catalogue));
    let chains = session.chains(breakers.clone())?;
    let mut members = chains.values().flat_map(|chain| chain.members());
    let member = members.find(|member| member.id() == provider);
    let Some(state) = member.and_then(|member| member.state.as_ref()) else { return Ok(()) };
    for breaker in [state.breaker(), state.export_breaker()] {
        breakers.decide(breaker, Breaker::begin_anew).await.map_err(EngineError::from)?;
    }
    Ok(())
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
    let bare_token = setup.credentials.get(BARE_TOKEN);
    Ok(Kept {
        provider: &setup.id,
        kept: tokens.is_some(),
        expires_at: tokens.as_ref().map(|tokens| tokens.expires_at),
        renews: tokens.is_some_and(|tokens| tokens.refresh_token.is_some()),
        bare_token: bare_token.is_some(),
        bare_token_in: setup.credentials.source(BARE_TOKEN).map(ToString::to_string),
        bare_token_expires_at: bare_token.and_then(|token| end_of_access_token(token.expose_secret())),
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
    let bare = bare_token(kept, now).map(|told| format!("; {told}")).unwrap_or_default();
    let Some(expires_at) = kept.expires_at else { return format!("none{bare}") };
    let (day, is_over) = (minute_of(expires_at), expires_at <= now);
    match (kept.renews, is_over) {
        (true, false) => format!("given; the token lasts until {day} and is renewed by itself"),
        (true, true) => format!("given; the token lasted until {day} and is renewed by itself when it is needed"),
        (false, false) => format!("given; the token lasts until {day} and cannot be renewed"),
        (false, true) => format!("ended on {day}: give it again{bare}"),
    }
}

/// How it stands with an access token that came without a consent.
fn bare_token(kept: &Kept<'_>, now: DateTime<Utc>) -> Option<String> {
    let found_in = kept.bare_token_in.as_ref()?;
    Some(match kept.bare_token_expires_at {
        None => format!("the access token in {found_in} serves, as long as it lasts"),
        Some(ends) if ends > now => format!("the access token in {found_in} serves until {}", minute_of(ends)),
        Some(ends) => format!("the access token in {found_in} ended on {}, and cannot be renewed", minute_of(ends)),
    })
}

fn minute_of(moment: DateTime<Utc>) -> impl std::fmt::Display {
    moment.format("%Y-%m-%d %H:%M UTC")
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
        let at = |seconds| now + TimeDelta::seconds(seconds);
        let nothing = Kept {
            provider: &provider,
            kept: false,
            expires_at: None,
            renews: false,
            bare_token: false,
            bare_token_expires_at: None,
            bare_token_in: None,
        };
        assert_eq!(standing(&nothing, now), "none");
        let cases = [
            (60, true, "given; the token lasts until 1970-01-01 00:01 UTC and is renewed by itself"),
            (0, true, "given; the token lasted until 1970-01-01 00:00 UTC and is renewed by itself when it is needed"),
            (60, false, "given; the token lasts until 1970-01-01 00:01 UTC and cannot be renewed"),
            (0, false, "ended on 1970-01-01 00:00 UTC: give it again"),
        ];
        for (ends, renews, told) in cases {
            let kept = Kept { kept: true, expires_at: Some(at(ends)), renews, ..nothing.clone() };
            assert_eq!(standing(&kept, now), told);
        }
        let cases = [
            (None, "none; the access token in CANVA_API_KEY serves, as long as it lasts"),
            (Some(60), "none; the access token in CANVA_API_KEY serves until 1970-01-01 00:01 UTC"),
            (Some(0), "none; the access token in CANVA_API_KEY ended on 1970-01-01 00:00 UTC, and cannot be renewed"),
        ];
        for (ends, told) in cases {
            let kept = Kept {
                bare_token: true,
                bare_token_expires_at: ends.map(at),
                bare_token_in: Some("CANVA_API_KEY".to_owned()),
                ..nothing.clone()
            };
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
