//! The free health checks, beyond what the suite puts every check through.

use std::sync::Arc;

use media_ports::HealthReport;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, vendor};

async fn check(settings: Value, exchanges: Vec<Exchange>) -> HealthReport {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let report = provider.health.check_health(&context()).await;
    transport.assert_exhausted();
    report
}

fn balance(credits: f64) -> Exchange {
    Exchange::get("/v1/user/balance").answers_json(200, &json!({"credits": credits}))
}

fn engines(ids: &[&str]) -> Exchange {
    let engines: Vec<_> =
        ids.iter().map(|id| json!({"id": id, "name": id, "description": "", "type": "PICTURE"})).collect();
    Exchange::get("/v1/engines/list").answers_json(200, &json!(engines))
}

#[tokio::test(start_paused = true)]
async fn the_balance_is_told_and_an_empty_one_is_unhealthy() {
    let report = check(json!({"api": "v2beta"}), vec![balance(412.5)]).await;
    assert_eq!((report.is_healthy(), report.detail.as_deref()), (true, Some("412.50 credits left")));
    for credits in [0.0, -3.5] {
        assert!(!check(json!({"api": "v2beta"}), vec![balance(credits)]).await.is_healthy());
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_gone_is_unhealthy_and_the_way_out_is_named() {
    let gone = check(json!({}), vec![balance(9.0), engines(&["another"])]).await;
    assert!(!gone.is_healthy() && format!("{gone:?}").contains("v2beta"), "{gone:?}");
    let own = check(json!({"model": "another"}), vec![balance(9.0), engines(&["another"])]).await;
    assert!(own.is_healthy());
    let list = Exchange::get("/v1/engines/list").answers_json(404, &vendor::v1_error("not_found", "no"));
    assert!(!check(json!({}), vec![balance(9.0), list]).await.is_healthy(), "v1 itself is gone");
}

#[tokio::test(start_paused = true)]
async fn a_web_ui_needs_the_model_that_it_is_asked_for() {
    let models = |names: &[&str]| {
        let models: Vec<_> = names
            .iter()
            .map(|name| json!({"title": format!("{name}.safetensors [31e3]"), "model_name": name}))
            .collect();
        Exchange::get("/sdapi/v1/sd-models").answers_json(200, &json!(models))
    };
    let settings = |model: Option<&str>| match model {
        Some(model) => json!({"api": "automatic1111", "model": model}),
        None => json!({"api": "automatic1111"}),
    };
    let cases = [
        (None, &["a", "b"][..], true),
        (None, &[][..], false),
        (Some("b"), &["a", "b"][..], true),
        (Some("b.safetensors"), &["a", "b"][..], true),
        (Some("b.safetensors [31e3]"), &["a", "b"][..], true),
        (Some("c"), &["a", "b"][..], false),
    ];
    for (model, names, healthy) in cases {
        let report = check(settings(model), vec![models(names)]).await;
        assert_eq!(report.is_healthy(), healthy, "{model:?} {names:?}: {report:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flat_endpoint_without_a_health_path_is_not_asked_and_says_so() {
    let report = check(json!({"api": "flat", "base_url": "http://127.0.0.1:8000"}), Vec::new()).await;
    assert!(report.is_healthy() && report.latency.is_none());
    assert!(report.detail.unwrap().contains("health_path"));
}
