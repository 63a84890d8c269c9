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

fn web_ui(model: Option<&str>) -> Value {
    let mut settings = json!({"api": "automatic1111"});
    if let Some(model) = model {
        settings["model"] = json!(model);
    }
    settings
}

fn models(models: &Value) -> Exchange {
    Exchange::get("/sdapi/v1/sd-models").answers_json(200, models)
}

#[tokio::test(start_paused = true)]
async fn a_web_ui_needs_the_model_that_it_is_asked_for_by_one_of_its_names() {
    let list = json!([
        {"title": "xl_base.safetensors [31e35c80fc]", "model_name": "xl_base", "hash": "31e35c80fc",
         "sha256": "31e35c80fc4829d14f90", "filename": "/models/xl_base.safetensors"},
        {"title": "art\\night.ckpt [0011223344]", "model_name": "art_night", "hash": "0011223344", "sha256": null,
         "filename": "C:\\models\\art\\night.ckpt"},
        {"title": null, "filename": "/models/art/v1.5"},
    ]);
    let cases = [
        (None, true),
        (Some("xl_base"), true),
        (Some("xl_base.safetensors"), true),
        (Some("xl_base.safetensors [31e35c80fc]"), true),
        (Some("31e35c80fc"), true),
        (Some("31E35C80FC4829D14F90"), true),
        (Some("art_night"), true),
        (Some("night"), true),
        (Some("art\\night.ckpt"), true),
        (Some("v1.5"), true),
        (Some("xl"), false),
        (Some("xl_base.safetensors [31e3"), false),
        (Some("31e3"), false),
        (Some("base"), false),
        (Some("v1"), false),
        (Some("art"), false),
        (Some("another"), false),
    ];
    for (model, healthy) in cases {
        let report = check(web_ui(model), vec![models(&list)]).await;
        assert_eq!(report.is_healthy(), healthy, "{model:?}: {report:?}");
    }
    assert!(!check(web_ui(None), vec![models(&json!([]))]).await.is_healthy(), "it has no model at all");
}

#[tokio::test(start_paused = true)]
async fn a_flat_endpoint_without_a_health_path_is_not_asked_and_says_so() {
    let report = check(json!({"api": "flat", "base_url": "http://127.0.0.1:8000"}), Vec::new()).await;
    assert!(report.is_healthy() && report.latency.is_none());
    assert!(report.detail.unwrap().contains("health_path"));
}
