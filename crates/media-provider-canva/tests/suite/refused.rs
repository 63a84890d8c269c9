//! Tokens that the vendor refuses before their time, and consents that have ended.

use std::sync::Arc;

use media_domain::{Phase, ProviderErrorKind, RetryClass};
use media_ports::{ExportDestination, MediaGeneratorProvider, ProviderError, ResolveAnswer, TokenSet, TokenStore};
use media_provider_canva::CanvaFactory;
use media_testkit::exporter_suite::export_request;
use media_testkit::factory::build_provider;
use media_testkit::memory_tokens::MemoryTokenStore;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::json;

use crate::renewal::{CLIENT, bearer, bought, exchange, id, kept, noon, pair, store_with};
use crate::{context, request, vendor, whole};

const FIRST: &str = "access-1-do-not-tell";
const SECOND: &str = "access-2-do-not-tell";

fn refused(exchange: Exchange) -> Exchange {
    exchange.answers_json(401, &vendor::error("invalid_access_token", "Access token is invalid"))
}

fn ended() -> Exchange {
    exchange().answers_json(400, &vendor::error("invalid_grant", "Invalid refresh token"))
}

fn provider(
    store: &MemoryTokenStore,
    credentials: &[(&str, &str)],
    exchanges: Vec<Exchange>,
) -> (Arc<ScriptedTransport>, MediaGeneratorProvider) {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let factory = CanvaFactory::new(Arc::clone(&transport) as _, Arc::new(store.clone()));
    let table = json!({ "brand_template_id": vendor::TEMPLATE });
    (transport, build_provider(&factory, table, credentials).unwrap())
}

/// One generation with a consent: how it ended, and what was sent.
async fn generate(
    store: &MemoryTokenStore,
    exchanges: Vec<Exchange>,
) -> (Result<(), ProviderError>, Vec<RecordedRequest>) {
    let (transport, provider) = provider(store, &CLIENT, exchanges);
    let outcome = provider.generator.unwrap().generate_image(&context(), &request()).await;
    transport.assert_exhausted();
    (outcome.map(drop), transport.recorded())
}

/// A generation whose exchange of this index is refused the first time, and what goes on from another after the renewal.
fn interrupted_at(index: usize, refused: Exchange, from: usize) -> Vec<Exchange> {
    let before = whole(1).into_iter().take(index);
    before.chain([refused, bought(2)]).chain(whole(1).into_iter().skip(from)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_before_its_time_is_renewed_wherever_that_is() {
    let capabilities = Exchange::get("/rest/v1/users/me/capabilities");
    let cases = [
        interrupted_at(0, refused(capabilities), 0),
        interrupted_at(1, refused(vendor::autofills()), 1),
        interrupted_at(2, refused(vendor::autofill()), 2),
        interrupted_at(3, refused(vendor::exports()), 3),
        interrupted_at(4, refused(vendor::export()), 4),
    ];
    for (index, exchanges) in cases.into_iter().enumerate() {
        let store = store_with(&pair(1, 7_200)).await;
        let (outcome, sent) = generate(&store, exchanges).await;
        outcome.unwrap();
        assert!(sent[..=index].iter().all(|request| bearer(request) == FIRST));
        assert!(sent[index + 2..].iter().all(|request| bearer(request) == SECOND));
        let orders = sent.iter().filter(|request| request.url.path().ends_with("/autofills")).count();
        assert_eq!(orders, if index == 1 { 2 } else { 1 }, "only an order that was refused is given again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewed_token_that_is_refused_is_not_renewed_again() {
    let store = store_with(&pair(1, 7_200)).await;
    let exchanges = vec![vendor::capabilities(), refused(vendor::autofills()), bought(2), refused(vendor::autofills())];
    let error = generate(&store, exchanges).await.0.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::Unauthenticated, RetryClass::Elsewhere));
}

#[tokio::test(start_paused = true)]
async fn what_another_process_has_renewed_is_not_renewed_again() {
    let store = store_with(&pair(1, 7_200)).await;
    let (kept_by_other, other) = (store.clone(), pair(2, 14_400));
    let meanwhile = Exchange::get("/rest/v1/users/me/capabilities").expecting(move |_| {
        use futures::FutureExt;
        kept_by_other.save(&id(), &other).now_or_never().unwrap().unwrap();
    });
    let exchanges = [refused(meanwhile)].into_iter().chain(whole(1)).collect();
    let (outcome, sent) = generate(&store, exchanges).await;
    outcome.unwrap();
    assert!(sent[1..].iter().all(|request| bearer(request) == SECOND));
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_not_made_again_for_the_sake_of_its_design() {
    let store = store_with(&pair(1, 7_200)).await;
    let exchanges = vec![
        vendor::uploads().answers_json(200, &vendor::running(vendor::UPLOAD)),
        vendor::upload().answers_json(200, &vendor::uploaded()),
        refused(vendor::designs()),
        bought(2),
        vendor::designs().answers_json(200, &json!({ "design": vendor::design() })),
    ];
    let (transport, provider) = provider(&store, &CLIENT, exchanges);
    let destination = ExportDestination::Canva { design_title: Some("Autumn".to_owned()) };
    provider.exporter.unwrap().export_design(&context(), &export_request(destination)).await.unwrap();
    transport.assert_exhausted();
}

#[tokio::test(start_paused = true)]
async fn a_job_stays_open_when_its_token_cannot_be_renewed() {
    let store = store_with(&pair(1, 7_200)).await;
    let before = whole(1).into_iter().take(2);
    let exchanges = before.chain([refused(vendor::autofill()), ended()]).collect();
    let error = generate(&store, exchanges).await.0.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unauthenticated);
    let handle = Some(vendor::autofill_handle());
    assert_eq!(error.retry, RetryClass::Uncertain { phase: Phase::Running, handle });
    assert!(kept(&store).await.refresh_token.is_none(), "the consent has ended");

    // With a new consent the job is asked after as if nothing had been.
    store.save(&id(), &pair(2, 7_200)).await.unwrap();
    let rest = whole(1).into_iter().skip(2).collect();
    let (transport, provider) = provider(&store, &CLIENT, rest);
    let answer = provider.generator.unwrap().resolve(&context(), &vendor::autofill_handle()).await.unwrap();
    assert!(matches!(answer, ResolveAnswer::Done(_)));
    transport.assert_exhausted();
}

#[tokio::test(start_paused = true)]
async fn where_a_consent_has_ended_the_bare_token_serves() {
    let credentials = [CLIENT[0], CLIENT[1], ("api_key", vendor::KEY)];
    let with_key = |sent: &[RecordedRequest]| sent.iter().all(|request| bearer(request) == vendor::KEY);
    let early = interrupted_at(0, refused(Exchange::get("/rest/v1/users/me/capabilities")), 0);
    let early = early.into_iter().enumerate().map(|(index, each)| if index == 1 { ended() } else { each }).collect();
    let soon_over = [ended()].into_iter().chain(whole(1)).collect();
    for (seconds, exchanges, before) in [(0, soon_over, 1), (7_200, early, 2)] {
        let store = store_with(&pair(1, seconds)).await;
        let (transport, provider) = provider(&store, &credentials, exchanges);
        let generator = provider.generator.unwrap();
        generator.generate_image(&context(), &request()).await.unwrap();
        assert!(with_key(&transport.recorded()[before..]));
        // It is known from now on.
        let sent = transport.recorded().len();
        whole(1).into_iter().skip(1).for_each(|exchange| transport.push(exchange));
        generator.generate_image(&context(), &request()).await.unwrap();
        assert!(with_key(&transport.recorded()[sent..]));
        transport.assert_exhausted();
    }
}

#[tokio::test(start_paused = true)]
async fn a_kept_token_that_is_refused_and_cannot_be_renewed_has_ended() {
    let store = store_with(&TokenSet { refresh_token: None, ..pair(1, 7_200) }).await;
    let exchanges = vec![refused(Exchange::get("/rest/v1/users/me/capabilities"))];
    let error = generate(&store, exchanges).await.0.unwrap_err();
    assert_eq!((error.kind, error.retry.as_str()), (ProviderErrorKind::Unauthenticated, "elsewhere"));
    assert!(error.message.contains("media-app auth canva"), "{error}");
    assert!(kept(&store).await.expires_at <= noon());
}
