//! Documents of the vendor, and the adapter in front of a transport.

use std::sync::Arc;

use media_http::Transport;
use media_ports::MediaGeneratorProvider;
use media_provider_replicate::ReplicateSdxlFactory;
use media_testkit::factory::build_provider;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

/// The key that may be told to nobody.
pub(crate) const KEY: &str = "r8_test_do_not_tell";
/// The identifier of every prediction.
pub(crate) const ID: &str = "q7kx2v9m4hrgc0cn5d8t3wzy1e";

/// Builds a provider with its key, on a transport.
pub(crate) fn provider(transport: Arc<dyn Transport>, settings: Value) -> MediaGeneratorProvider {
    build_provider(&ReplicateSdxlFactory::new(transport), settings, &[("api_key", KEY)]).unwrap()
}

/// The order of a version.
pub(crate) fn order() -> Exchange {
    Exchange::post("/v1/predictions").of_operation("predictions.create")
}

/// The order of an official model.
pub(crate) fn official_order(model: &str) -> Exchange {
    Exchange::post(format!("/v1/models/{model}/predictions")).of_operation("models.predictions.create")
}

/// A look at the prediction.
pub(crate) fn poll() -> Exchange {
    Exchange::get(format!("/v1/predictions/{ID}")).of_operation("predictions.get")
}

/// The wish to stop it.
pub(crate) fn cancel() -> Exchange {
    Exchange::post(format!("/v1/predictions/{ID}/cancel")).of_operation("predictions.cancel")
}

/// A prediction in a state; `with` replaces fields.
pub(crate) fn prediction(status: &str, with: Value) -> Value {
    let at = |path: &str| format!("https://api.replicate.com/v1/predictions/{ID}{path}");
    let mut document = json!({
        "id": ID,
        "model": "stability-ai/sdxl",
        "version": "7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc",
        "input": {"prompt": "a lighthouse at dusk", "width": 256, "height": 256},
        "output": null,
        "data_removed": false,
        "error": null,
        "logs": "",
        "source": "api",
        "status": status,
        "created_at": "2026-11-21T10:00:00Z",
        "urls": {"web": format!("https://replicate.com/p/{ID}"), "get": at(""), "cancel": at("/cancel")}
    });
    if let (Value::Object(document), Value::Object(with)) = (&mut document, with) {
        document.extend(with);
    }
    document
}

/// A success with so many pictures.
pub(crate) fn succeeded(count: u32) -> Value {
    let pictures: Vec<_> = (0..count).map(|at| format!("https://replicate.delivery/yhqm/{ID}/out-{at}.png")).collect();
    prediction(
        "succeeded",
        json!({
            "output": pictures,
            "logs": "Using seed: 48151\n100%|██████████| 50/50\n",
            "started_at": "2026-11-21T10:00:01Z",
            "completed_at": "2026-11-21T10:00:06Z",
            "metrics": {"predict_time": 4.5, "total_time": 6.0}
        }),
    )
}

/// A failure in the model's words.
pub(crate) fn failed(error: &str) -> Value {
    let ran = json!({"error": error, "started_at": "2026-11-21T10:00:01Z", "metrics": {"predict_time": 1.2}});
    prediction("failed", ran)
}

/// A prediction that was stopped while it ran.
pub(crate) fn canceled() -> Value {
    prediction("canceled", json!({"started_at": "2026-11-21T10:00:01Z", "metrics": {"predict_time": 1.2}}))
}

/// An error document.
pub(crate) fn error(status: u16, title: &str, detail: &str) -> Value {
    json!({"title": title, "detail": detail, "status": status})
}
