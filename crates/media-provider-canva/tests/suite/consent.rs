//! From the question to a person to tokens that are kept.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use media_domain::{ProviderErrorKind, ProviderId};
use media_ports::{BuildError, TokenStore};
use media_provider_canva::{CanvaFactory, CanvaOAuth, Consent};
use media_testkit::factory::{factory_context, provider_settings};
use media_testkit::memory_tokens::MemoryTokenStore;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::{Exchange, ScriptedTransport};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::context;

const CLIENT: &[(&str, &str)] = &[("client_id", "OC-FAB12"), ("client_secret", "cnvca-do-not-tell")];

fn id() -> ProviderId {
    ProviderId::parse("canva_team").unwrap()
}

fn oauth(transport: &Arc<ScriptedTransport>, store: &MemoryTokenStore, table: Value) -> CanvaOAuth {
    let factory = CanvaFactory::new(Arc::clone(transport) as _, Arc::new(store.clone()));
    factory.oauth(&id(), &provider_settings("canva_team", table), &factory_context(CLIENT)).unwrap()
}

fn ask(oauth: &CanvaOAuth) -> Consent {
    oauth.consent(&"http://127.0.0.1:8931/callback".parse().unwrap(), std::array::from_fn(|index| index as u8))
}

fn asked(consent: &Consent, name: &str) -> String {
    let pairs: Vec<_> = consent.authorize_url().query_pairs().into_owned().filter(|(key, _)| key == name).collect();
    assert_eq!(pairs.len(), 1, "{name}");
    pairs[0].1.clone()
}

fn bought() -> Exchange {
    let tokens = json!({ "access_token": "access-do-not-tell", "refresh_token": "refresh-do-not-tell", "token_type": "Bearer", "expires_in": 14_400 });
    Exchange::post("/auth/v1/oauth/token").answers_json(200, &tokens)
}

#[tokio::test(start_paused = true)]
async fn the_question_says_who_asks_for_what() {
    let consent = ask(&oauth(&Arc::default(), &MemoryTokenStore::default(), Value::Null));
    let url = consent.authorize_url();
    assert_eq!((url.host_str(), url.path()), (Some("www.canva.com"), "/api/oauth/authorize"));
    let expected = [
        ("response_type", "code"),
        ("client_id", "OC-FAB12"),
        ("redirect_uri", "http://127.0.0.1:8931/callback"),
        ("code_challenge_method", "S256"),
        (
            "scope",
            "asset:read asset:write brandtemplate:content:read brandtemplate:meta:read design:content:read \
             design:content:write design:meta:read profile:read",
        ),
    ];
    for (name, value) in expected {
        assert_eq!(asked(&consent, name), value);
    }
    assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(asked(&consent, "state")).unwrap().len(), 16);
}

#[tokio::test(start_paused = true)]
async fn settings_say_where_and_for_what() {
    let table = json!({ "authorize_url": "https://consent.example.org/go", "scopes": ["asset:read"] });
    let consent = ask(&oauth(&Arc::default(), &MemoryTokenStore::default(), table));
    assert_eq!(consent.authorize_url().host_str(), Some("consent.example.org"));
    assert_eq!(asked(&consent, "scope"), "asset:read");
}

#[tokio::test(start_paused = true)]
async fn the_code_is_exchanged_with_proof_and_the_tokens_are_kept() {
    let (transport, store) = (Arc::new(ScriptedTransport::new([bought()])), MemoryTokenStore::default());
    let oauth = oauth(&transport, &store, Value::Null);
    let consent = ask(&oauth);
    let challenge = asked(&consent, "code_challenge");
    let query = format!("?code=the%2Fcode&state={}", asked(&consent, "state"));
    let ends = oauth.complete(&context(), consent, &query).await.unwrap();
    assert_eq!(ends.timestamp(), 1_795_176_000 + 14_400);

    let sent = RecordedRequest::of(&transport.requests()[0]);
    let field = |name: &str| sent.form().into_iter().find(|(key, _)| key == name).unwrap().1;
    assert_eq!((field("grant_type").as_str(), field("code").as_str()), ("authorization_code", "the/code"));
    assert_eq!(field("redirect_uri"), "http://127.0.0.1:8931/callback");
    let verifier = field("code_verifier");
    assert!((43..=128).contains(&verifier.len()));
    assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)), challenge);
    assert!(sent.header("authorization").starts_with("Basic "));

    let kept = store.load(&id()).await.unwrap().unwrap();
    assert_eq!(kept.access_token.expose_secret(), "access-do-not-tell");
    assert_eq!(kept.refresh_token.unwrap().expose_secret(), "refresh-do-not-tell");
}

#[tokio::test(start_paused = true)]
async fn a_person_who_turns_away_too_early_has_consented_all_the_same() {
    let slow = bought().after(Duration::from_secs(5));
    let (transport, store) = (Arc::new(ScriptedTransport::new([slow])), MemoryTokenStore::default());
    let oauth = oauth(&transport, &store, Value::Null);
    let consent = ask(&oauth);
    let query = format!("code=the-code&state={}", asked(&consent, "state"));
    let context = context();
    let dropped = tokio::time::timeout(Duration::from_secs(1), oauth.complete(&context, consent, &query));
    dropped.await.unwrap_err();
    // The exchange holds the lock until its tokens are kept.
    drop(store.lock(&id()).await.unwrap());
    assert!(store.load(&id()).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn answers_to_other_questions_and_refusals_are_exchanged_for_nothing() {
    use ProviderErrorKind as Kind;
    let (transport, store) = (Arc::new(ScriptedTransport::default()), MemoryTokenStore::default());
    let oauth = oauth(&transport, &store, Value::Null);
    let state = asked(&ask(&oauth), "state");
    let cases = [
        ("code=abc".to_owned(), Kind::InvalidRequest),
        ("code=abc&state=another".to_owned(), Kind::InvalidRequest),
        ("error=access_denied".to_owned(), Kind::InvalidRequest),
        (format!("state={state}"), Kind::InvalidRequest),
        (format!("state={state}&code="), Kind::InvalidRequest),
        (format!("state={state}&error=access_denied&error_description=no+thanks"), Kind::PermissionDenied),
    ];
    for (query, kind) in cases {
        let error = oauth.complete(&context(), ask(&oauth), &query).await.unwrap_err();
        assert_eq!(error.kind, kind, "{query}");
    }
    assert!(store.load(&id()).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn refused_exchanges_tell_no_secret() {
    let said = "the client cnvca-do-not-tell may not exchange code-do-not-tell";
    let body = json!({ "error": "invalid_client", "error_description": said });
    let refusal = Exchange::post("/auth/v1/oauth/token").answers_json(401, &body);
    let (transport, store) = (Arc::new(ScriptedTransport::new([refusal])), MemoryTokenStore::default());
    let oauth = oauth(&transport, &store, Value::Null);
    let consent = ask(&oauth);
    let query = format!("state={}&code=code-do-not-tell", asked(&consent, "state"));
    let shown = format!("{oauth:?} {consent:?}");
    let error = oauth.complete(&context(), consent, &query).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unauthenticated);
    assert!(error.message.contains("CANVA_CLIENT_SECRET"), "{error}");
    assert!(!format!("{error} {error:?} {shown} {:?}", transport.requests()).contains("do-not-tell"));
    assert!(error.salvaged.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_client_by_halves_cannot_ask() {
    let factory = CanvaFactory::new(Arc::new(ScriptedTransport::default()), Arc::new(MemoryTokenStore::default()));
    for (credentials, variable) in [(&CLIENT[..1], "CANVA_CLIENT_SECRET"), (&CLIENT[1..], "CANVA_CLIENT_ID")] {
        let outcome =
            factory.oauth(&id(), &provider_settings("canva_team", Value::Null), &factory_context(credentials));
        assert_eq!(outcome.unwrap_err(), BuildError::MissingCredential { variable: variable.to_owned() });
    }
}
