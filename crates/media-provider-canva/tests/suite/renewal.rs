//! Tokens of a consent: found, renewed in turn, kept before they are used.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use media_domain::{ProviderErrorKind, ProviderId};
use media_http::{SendPhase, TransportErrorKind};
use media_ports::{
    CallContext, ImageGenerator, ProviderError, StoreError, StoreErrorKind, TokenLock, TokenSet, TokenStore,
};
use media_provider_canva::CanvaFactory;
use media_testkit::factory::build_provider;
use media_testkit::memory_tokens::MemoryTokenStore;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::{Exchange, ScriptedTransport};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::{context, request, vendor, whole};

pub(crate) const CLIENT: [(&str, &str); 2] = [("client_id", "OC-FAB12"), ("client_secret", "cnvca-do-not-tell")];

pub(crate) fn id() -> ProviderId {
    ProviderId::parse("canva_api").unwrap()
}

/// Noon on 20 November 2026, when the test clock starts.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_176_000, 0).unwrap()
}

/// The pair of a generation, with so many seconds to go at noon.
pub(crate) fn pair(generation: u32, seconds: i64) -> TokenSet {
    TokenSet {
        access_token: format!("access-{generation}-do-not-tell").into(),
        expires_at: noon() + TimeDelta::seconds(seconds),
        refresh_token: Some(format!("refresh-{generation}-do-not-tell").into()),
    }
}

pub(crate) async fn store_with(tokens: &TokenSet) -> MemoryTokenStore {
    let store = MemoryTokenStore::default();
    store.save(&id(), tokens).await.unwrap();
    store
}

pub(crate) fn exchange() -> Exchange {
    Exchange::post("/auth/v1/oauth/token")
}

pub(crate) fn bought(generation: u32) -> Exchange {
    let answer = json!({
        "access_token": format!("access-{generation}-do-not-tell"), "token_type": "Bearer", "expires_in": 14_400,
        "refresh_token": format!("refresh-{generation}-do-not-tell"), "scope": "asset:read asset:write"
    });
    exchange().answers_json(200, &answer)
}

fn generator(transport: &Arc<ScriptedTransport>, store: Arc<dyn TokenStore>) -> Arc<dyn ImageGenerator> {
    let factory = CanvaFactory::new(Arc::clone(transport) as _, store);
    let table = json!({ "brand_template_id": vendor::TEMPLATE });
    build_provider(&factory, table, &CLIENT).unwrap().generator.unwrap()
}

/// One call: how it ended, and what was sent.
async fn call(
    store: Arc<dyn TokenStore>,
    context: &CallContext,
    exchanges: Vec<Exchange>,
) -> (Result<(), ProviderError>, Vec<RecordedRequest>) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let outcome = generator(&transport, store).generate_image(context, &request()).await;
    transport.assert_exhausted();
    if let Err(error) = &outcome {
        assert!(!format!("{error} {error:?}").contains("do-not-tell"), "{error:?}");
        assert!(error.salvaged.is_none(), "tokens would be kept where anybody reads");
    }
    (outcome.map(drop), transport.requests().iter().map(RecordedRequest::of).collect())
}

fn then_whole(first: Exchange) -> Vec<Exchange> {
    [first].into_iter().chain(whole(1)).collect()
}

pub(crate) fn bearer(request: &RecordedRequest) -> &str {
    request.header("authorization").strip_prefix("Bearer ").unwrap()
}

pub(crate) async fn kept(store: &MemoryTokenStore) -> TokenSet {
    store.load(&id()).await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_token_that_lasts_is_used_as_it_is() {
    let store = store_with(&pair(1, 301)).await;
    let (outcome, sent) = call(Arc::new(store), &context(), whole(1)).await;
    outcome.unwrap();
    assert!(sent.iter().all(|request| bearer(request) == "access-1-do-not-tell"));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_soon_is_renewed_and_kept() {
    let store = store_with(&pair(1, 299)).await;
    let (outcome, sent) = call(Arc::new(store.clone()), &context(), then_whole(bought(2))).await;
    outcome.unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "refresh-1-do-not-tell")];
    assert_eq!(sent[0].form(), fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
    // OC-FAB12:cnvca-do-not-tell
    assert_eq!(sent[0].header("authorization"), "Basic T0MtRkFCMTI6Y252Y2EtZG8tbm90LXRlbGw=");
    assert!(sent[0].headers["authorization"].is_sensitive());
    assert!(sent[1..].iter().all(|request| bearer(request) == "access-2-do-not-tell"));
    let kept = kept(&store).await;
    assert_eq!(kept.refresh_token.unwrap().expose_secret(), "refresh-2-do-not-tell");
    assert_eq!(kept.expires_at, noon() + TimeDelta::seconds(14_400));
}

#[tokio::test(start_paused = true)]
async fn the_new_pair_is_kept_before_it_is_used() {
    let store = store_with(&pair(1, 0)).await;
    let mut exchanges = then_whole(bought(2));
    let (seen, at_use) = (store.clone(), exchanges[1].clone());
    exchanges[1] = at_use.expecting(move |_| {
        let kept = seen.load(&id()).now_or_never().unwrap().unwrap().unwrap();
        assert_eq!(kept.access_token.expose_secret(), "access-2-do-not-tell");
    });
    call(Arc::new(store), &context(), exchanges).await.0.unwrap();
}

#[tokio::test(start_paused = true)]
async fn two_processes_renew_once() {
    let store = store_with(&pair(1, 0)).await;
    let slow = bought(2).after(Duration::from_secs(3));
    let first = Arc::new(ScriptedTransport::new(then_whole(slow)));
    let second = Arc::new(ScriptedTransport::new(whole(1)));
    let generators = [generator(&first, Arc::new(store.clone())), generator(&second, Arc::new(store.clone()))];
    let (context, request) = (context(), request());
    let calls = generators.each_ref().map(|generator| generator.generate_image(&context, &request));
    let [one, two] = calls;
    let (one, two) = tokio::join!(one, two);
    one.unwrap();
    two.unwrap();
    first.assert_exhausted();
    second.assert_exhausted();
    assert!(second.requests().iter().all(|request| request.headers["authorization"] == "Bearer access-2-do-not-tell"));
}

#[tokio::test(start_paused = true)]
async fn a_consent_that_is_gone_needs_a_person() {
    let oauth = json!({ "error": "invalid_grant", "error_description": "refresh-1-do-not-tell was used" });
    let refusals = [
        exchange().answers_json(400, &vendor::error("invalid_grant", "Invalid refresh token refresh-1-do-not-tell")),
        exchange().answers_json(400, &oauth),
    ];
    for refusal in refusals {
        let store = store_with(&pair(1, 60)).await;
        let error = call(Arc::new(store.clone()), &context(), vec![refusal]).await.0.unwrap_err();
        assert_eq!((error.kind, error.retry.as_str()), (ProviderErrorKind::Unauthenticated, "elsewhere"));
        assert!(error.message.contains("media-app auth canva"), "{error}");
        let ended = kept(&store).await;
        assert!(ended.refresh_token.is_none() && ended.expires_at <= noon(), "it is not asked for again");
        let error = call(Arc::new(store), &context(), Vec::new()).await.0.unwrap_err();
        assert!(error.kind == ProviderErrorKind::Unauthenticated && error.raised_here);
    }
    let ended = TokenSet { refresh_token: None, ..pair(1, 0) };
    for store in [MemoryTokenStore::default(), store_with(&ended).await] {
        let error = call(Arc::new(store), &context(), Vec::new()).await.0.unwrap_err();
        assert!(error.kind == ProviderErrorKind::Unauthenticated && error.raised_here);
        assert!(error.message.contains("media-app auth canva"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_old_token_is_good_trouble_with_the_new_one_stops_nothing() {
    let troubles = [
        exchange().fails(SendPhase::Sent, TransportErrorKind::Interrupted),
        exchange().answers_json(429, &vendor::error("too_many_requests", "Too many refresh_token requests")),
        exchange().answers(200, "text/html", "<h1>hello</h1>"),
        exchange().never_answers(),
    ];
    for trouble in troubles {
        let store = store_with(&pair(1, 200)).await;
        let (outcome, sent) = call(Arc::new(store), &context(), then_whole(trouble.clone())).await;
        outcome.unwrap();
        assert_eq!(bearer(&sent[1]), "access-1-do-not-tell");

        let store = store_with(&pair(1, 0)).await;
        let error = call(Arc::new(store), &context(), vec![trouble]).await.0.unwrap_err();
        assert!(matches!(error.retry.as_str(), "again" | "elsewhere"), "nothing was ordered: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_exchange_is_cut_off_by_nobody_and_not_begun_too_late() {
    let store = store_with(&pair(1, 0)).await;
    let context = context();
    let cancellation = context.cancellation.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancellation.cancel();
    });
    let slow = bought(2).after(Duration::from_secs(5));
    let error = call(Arc::new(store.clone()), &context, vec![slow]).await.0.unwrap_err();
    assert_eq!((error.kind, error.retry.as_str()), (ProviderErrorKind::Cancelled, "never"));
    assert_eq!(kept(&store).await.access_token.expose_secret(), "access-2-do-not-tell");

    let store = store_with(&pair(1, 0)).await;
    let context = crate::context();
    tokio::time::sleep(Duration::from_secs(45)).await;
    let error = call(Arc::new(store), &context, Vec::new()).await.0.unwrap_err();
    assert_eq!((error.kind, error.retry.as_str()), (ProviderErrorKind::Timeout, "again"));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_past_the_deadline_for_another_process() {
    let store = store_with(&pair(1, 0)).await;
    let _held = store.lock(&id()).await.unwrap();
    let error = call(Arc::new(store.clone()), &context(), Vec::new()).await.0.unwrap_err();
    assert_eq!((error.kind, error.retry.as_str()), (ProviderErrorKind::Timeout, "again"));
}

#[tokio::test(start_paused = true)]
async fn a_pair_is_kept_even_if_whoever_waits_for_it_is_dropped() {
    let store = store_with(&pair(1, 0)).await;
    let transport = Arc::new(ScriptedTransport::new([bought(2).after(Duration::from_secs(5))]));
    let generator = generator(&transport, Arc::new(store.clone()));
    let (context, request) = (context(), request());
    let dropped = tokio::time::timeout(Duration::from_secs(1), generator.generate_image(&context, &request));
    dropped.await.unwrap_err();
    // The exchange holds the lock until its pair is kept.
    whole(1).into_iter().for_each(|exchange| transport.push(exchange));
    generator.generate_image(&context, &request).await.unwrap();
    transport.assert_exhausted();
    assert_eq!(kept(&store).await.refresh_token.unwrap().expose_secret(), "refresh-2-do-not-tell");
}

#[tokio::test(start_paused = true)]
async fn tokens_in_an_answer_that_cannot_be_read_are_kept_by_nobody() {
    let shapeless = json!({ "access_token": ["access-2-do-not-tell"], "refresh_token": "refresh-2-do-not-tell" });
    let answers = [
        exchange().answers_json(200, &shapeless),
        exchange().answers(200, "text/plain", r#"{"access_token": "access-2-do-not-tell"}"#),
        exchange().answers(200, "application/json", r#"{"access_token": "access-2-do-not-tell", "refr"#),
    ];
    for answer in answers {
        let store = store_with(&pair(1, 0)).await;
        let error = call(Arc::new(store), &context(), vec![answer]).await.0.unwrap_err();
        assert_eq!((error.kind, error.retry.as_str()), (ProviderErrorKind::MalformedResponse, "elsewhere"));
    }
}

#[tokio::test(start_paused = true)]
async fn no_pair_is_thrown_away_because_of_how_its_life_is_told() {
    let lives = [
        (json!(14_400), 14_400),
        (json!(3_600.9), 3_600),
        (json!("7200"), 7_200),
        (json!("soon"), 14_400),
        (Value::Null, 14_400),
        (json!(1e300), 31_536_000),
        (json!(-1), 0),
    ];
    for (told, seconds) in lives {
        let mut answer = json!({ "access_token": "access-2-do-not-tell", "refresh_token": "refresh-2-do-not-tell" });
        answer["expires_in"] = told.clone();
        if told.is_null() {
            answer.as_object_mut().unwrap().remove("expires_in");
        }
        let store = store_with(&pair(1, 0)).await;
        let bought = exchange().answers_json(200, &answer);
        call(Arc::new(store.clone()), &context(), then_whole(bought)).await.0.unwrap();
        assert_eq!(kept(&store).await.expires_at, noon() + TimeDelta::seconds(seconds), "{told}");
    }
}

/// Holds a pair, and keeps nothing.
#[derive(Debug)]
struct FullDisk(TokenSet);

#[async_trait]
impl TokenStore for FullDisk {
    async fn load(&self, _provider: &ProviderId) -> Result<Option<TokenSet>, StoreError> {
        Ok(Some(self.0.clone()))
    }

    async fn save(&self, _provider: &ProviderId, _tokens: &TokenSet) -> Result<(), StoreError> {
        Err(StoreError::new(StoreErrorKind::Unavailable, "the disk is full"))
    }

    async fn lock(&self, _provider: &ProviderId) -> Result<TokenLock, StoreError> {
        Ok(TokenLock::new(()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_is_not_spent_when_its_successor_could_not_be_kept() {
    let error = call(Arc::new(FullDisk(pair(1, 0))), &context(), Vec::new()).await.0.unwrap_err();
    assert!(error.kind == ProviderErrorKind::Unavailable && error.raised_here, "{error:?}");
    assert!(error.message.contains("the disk is full"), "{error}");
    // As long as the old one is good, nobody needs a new one.
    call(Arc::new(FullDisk(pair(1, 60))), &context(), whole(1)).await.0.unwrap();
}
