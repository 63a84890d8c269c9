//! The free health check, and what it tells.

use std::sync::Arc;

use media_ports::{HealthReport, HealthStatus};
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, vendor};

fn me() -> Exchange {
    Exchange::get("/v1/me")
}

async fn check(settings: Value, exchange: Exchange) -> HealthReport {
    let transport = Arc::new(ScriptedTransport::new([exchange]));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let report = provider.health.check_health(&context()).await;
    transport.assert_exhausted();
    report
}

#[tokio::test(start_paused = true)]
async fn the_user_is_told_without_the_address_of_their_mail() {
    let user = json!({ "id": "1017", "handle": "Ada", "img_url": "", "email": "ada@example.org" });
    let report = check(Value::Null, me().answers_json(200, &user)).await;
    assert_eq!(report.detail.as_deref(), Some("user Ada (1017)"));
    let none = json!({ "file_key": null, "node_id": null });
    let detail = check(none, me().answers_json(200, &user)).await.detail.unwrap();
    assert!(detail.contains("no template configured: set file_key and node_id"), "{detail}");
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_told_with_its_end() {
    let limited = me().answers_json(429, &vendor::err(429, "Rate limit exceeded")).with_header("retry-after", "60");
    let HealthStatus::Unhealthy(reason) = check(Value::Null, limited).await.status else { panic!("it is limited") };
    assert!(reason.contains("blocked until 2026-11-20 12:01:00 UTC"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_may_not_ask_is_valid_and_a_bad_one_is_not() {
    for said in ["Invalid scope(s): file_content:read", "Forbidden"] {
        assert!(check(Value::Null, me().answers_json(403, &vendor::err(403, said))).await.is_healthy(), "{said}");
    }
    assert!(!check(Value::Null, me().answers_json(403, &vendor::err(403, "Invalid token"))).await.is_healthy());
}
