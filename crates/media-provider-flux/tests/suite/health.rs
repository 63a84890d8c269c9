//! The free health check.

use std::sync::Arc;

use media_ports::HealthReport;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, vendor};

async fn check(body: Value) -> HealthReport {
    let question = Exchange::get("/v1/credits").expecting(|request| assert_eq!(request.headers["x-key"], vendor::KEY));
    let transport = Arc::new(ScriptedTransport::new([question.answers_json(200, &body)]));
    let provider = vendor::provider(Arc::clone(&transport) as _, Value::Null);
    let report = provider.health.check_health(&context()).await;
    transport.assert_exhausted();
    report
}

#[tokio::test(start_paused = true)]
async fn the_balance_is_told() {
    let report = check(json!({"credits": 1_234.5, "plan": "new"})).await;
    assert!(report.is_healthy());
    assert_eq!(report.detail.as_deref(), Some("1234.5 credits are left (USD 12.35)"));
}

#[tokio::test(start_paused = true)]
async fn who_has_no_credits_cannot_be_used() {
    for credits in [json!(0), json!(-3.5)] {
        assert!(!check(json!({ "credits": credits })).await.is_healthy());
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_balance_is_none() {
    for body in [json!({}), json!({"credits": null}), json!([])] {
        assert!(!check(body).await.is_healthy());
    }
}
