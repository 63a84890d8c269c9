//! Documents of the vendor's, and the adapter in front of a transport.

use std::sync::Arc;

use media_http::Transport;
use media_ports::MediaGeneratorProvider;
use media_provider_flux::FluxFactory;
use media_testkit::factory::build_provider;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

/// The key that may be told to nobody.
pub(crate) const KEY: &str = "bfl-test-do-not-tell";

/// Where the vendor tells of the task: in another region than the one that took the order.
pub(crate) const POLLING_URL: &str = "https://api.eu2.bfl.ai/v1/get_result?id=task-7";

/// Where the picture is.
pub(crate) const SAMPLE: &str = "https://delivery-eu2.bfl.ai/results/7/sample.png?se=2026-11-20T12%3A10%3A00Z&sig=x";

/// Builds a provider with a key, on a transport.
pub(crate) fn provider(transport: Arc<dyn Transport>, settings: Value) -> MediaGeneratorProvider {
    build_provider(&FluxFactory::new(transport), settings, &[("api_key", KEY)]).unwrap()
}

/// An order to a model, without an outcome.
pub(crate) fn order(model: &str) -> Exchange {
    Exchange::post(format!("/v1/{model}")).expecting(|request| {
        assert_eq!(request.url.host_str(), Some("api.bfl.ai"));
        assert_eq!(request.headers["x-key"], KEY);
        assert!(request.headers["x-key"].is_sensitive());
    })
}

/// The order that became a task.
pub(crate) fn accepted(model: &str) -> Exchange {
    order(model).answers_json(
        200,
        &json!({"id": "task-7", "polling_url": POLLING_URL, "cost": 3.0, "input_mp": 0.0, "output_mp": 0.07}),
    )
}

/// One look at the task, without an outcome.
pub(crate) fn look() -> Exchange {
    Exchange::get("/v1/get_result").expecting(|request| {
        assert_eq!(request.url.as_str(), POLLING_URL);
        assert_eq!(request.headers["x-key"], KEY);
    })
}

/// A task in a state, without a result.
pub(crate) fn task(status: &str) -> Value {
    json!({"id": "task-7", "status": status, "result": null, "progress": null, "details": null, "preview": null})
}

/// A task that ended without a result, with the reason.
pub(crate) fn ended(status: &str, details: Value) -> Value {
    let mut task = task(status);
    task["details"] = details;
    task
}

/// A task whose picture is ready.
pub(crate) fn ready() -> Value {
    let mut task = task("Ready");
    task["result"] = json!({
        "sample": SAMPLE,
        "prompt": "a lighthouse at nightfall",
        "seed": 471_120,
        "start_time": 1_795_176_000.5,
        "end_time": 1_795_176_006.5,
        "duration": 6.0
    });
    task
}

/// The look at which the picture is ready.
pub(crate) fn done() -> Exchange {
    look().answers_json(200, &ready())
}

/// A refusal in words.
pub(crate) fn detail(text: &str) -> Value {
    json!({ "detail": text })
}

/// A refusal of one field.
pub(crate) fn field(name: &str, message: &str) -> Value {
    json!({"detail": [{"loc": ["body", name], "msg": message, "type": "value_error"}]})
}
