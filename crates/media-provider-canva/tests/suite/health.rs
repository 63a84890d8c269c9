//! The free health check, and what it tells of the access.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta};
use media_domain::ProviderId;
use media_ports::{HealthReport, HealthStatus, TokenSet, TokenStore};
use media_provider_canva::CanvaFactory;
use media_testkit::factory::build_provider;
use media_testkit::memory_tokens::MemoryTokenStore;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::context;

fn me() -> Exchange {
    Exchange::get("/rest/v1/users/me")
        .answers_json(200, &json!({ "team_user": { "user_id": "auDA", "team_id": "Oi2R" } }))
}

async fn check(store: MemoryTokenStore, credentials: &[(&str, &str)], exchanges: Vec<Exchange>) -> HealthReport {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let factory = CanvaFactory::new(Arc::clone(&transport) as _, Arc::new(store));
    let provider = build_provider(&factory, Value::Null, credentials).unwrap();
    let report = provider.health.check_health(&context()).await;
    transport.assert_exhausted();
    report
}

/// A web token that ends so many seconds after noon on 20 November 2026.
fn web_token(seconds: i64) -> String {
    let claims = json!({ "exp": 1_795_176_000 + seconds }).to_string();
    format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims))
}

#[tokio::test(start_paused = true)]
async fn a_bare_token_is_shown_with_its_end_where_it_tells() {
    for (token, told) in [(web_token(7_200), "ends 2026-11-20 14:00 UTC"), ("opaque".to_owned(), "does not tell")] {
        let report = check(MemoryTokenStore::default(), &[("api_key", &token)], vec![me()]).await;
        assert!(report.is_healthy());
        let detail = report.detail.unwrap();
        assert!(detail.contains(told) && detail.contains("user auDA of team Oi2R"), "{detail}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bare_token_that_has_ended_is_not_sent() {
    let report = check(MemoryTokenStore::default(), &[("api_key", &web_token(0))], Vec::new()).await;
    let HealthStatus::Unhealthy(reason) = report.status else { panic!("it has ended") };
    assert!(reason.contains("CANVA_API_KEY") && reason.contains("media-app auth canva"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_consent_comes_before_a_bare_token() {
    let credentials = [("api_key", "opaque"), ("client_id", "OC-FAB12"), ("client_secret", "cnvca")];
    let none = check(MemoryTokenStore::default(), &credentials, vec![me()]).await;
    assert!(none.detail.unwrap().contains("CANVA_API_KEY"));

    let store = MemoryTokenStore::default();
    let tokens = TokenSet {
        access_token: "access".to_owned().into(),
        expires_at: DateTime::from_timestamp(1_795_176_000, 0).unwrap() + TimeDelta::hours(3),
        refresh_token: Some("refresh".to_owned().into()),
    };
    store.save(&ProviderId::parse("canva_api").unwrap(), &tokens).await.unwrap();
    let asked = me().expecting(|request| assert_eq!(request.headers["authorization"], "Bearer access"));
    let report = check(store, &credentials, vec![asked]).await;
    assert!(report.detail.unwrap().contains("2026-11-20 15:00 UTC"));
}

#[tokio::test(start_paused = true)]
async fn an_access_token_that_has_ended_is_renewed_and_the_provider_is_healthy() {
    let client = [("client_id", "OC-FAB12"), ("client_secret", "cnvca")];
    let tokens = json!({ "access_token": "second", "refresh_token": "next", "expires_in": 14_400 });
    let bought = || Exchange::post("/auth/v1/oauth/token").answers_json(200, &tokens);
    let refused = me().answers_json(401, &json!({ "code": "invalid_access_token", "message": "no" }));
    let second = || me().expecting(|request| assert_eq!(request.headers["authorization"], "Bearer second"));
    for (hours, exchanges) in [(0, vec![bought(), second()]), (3, vec![refused, bought(), second()])] {
        let store = MemoryTokenStore::default();
        let tokens = TokenSet {
            access_token: "first".to_owned().into(),
            expires_at: DateTime::from_timestamp(1_795_176_000, 0).unwrap() + TimeDelta::hours(hours),
            refresh_token: Some("refresh".to_owned().into()),
        };
        store.save(&ProviderId::parse("canva_api").unwrap(), &tokens).await.unwrap();
        let report = check(store, &client, exchanges).await;
        assert!(report.is_healthy(), "{report:?}");
        assert!(report.detail.unwrap().contains("2026-11-20 16:00 UTC"));
    }
}

#[tokio::test(start_paused = true)]
async fn without_consent_the_report_says_how_to_give_it() {
    let client = [("client_id", "OC-FAB12"), ("client_secret", "cnvca")];
    let report = check(MemoryTokenStore::default(), &client, Vec::new()).await;
    let HealthStatus::Unhealthy(reason) = report.status else { panic!("there is no consent") };
    assert!(reason.contains("media-app auth canva"), "{reason}");
}
