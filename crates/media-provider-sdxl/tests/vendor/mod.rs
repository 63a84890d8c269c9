//! Documents of the four forms, and the adapter in front of a transport.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use media_http::Transport;
use media_ports::MediaGeneratorProvider;
use media_provider_sdxl::SdxlFactory;
use media_testkit::factory::build_provider;
use media_testkit::pictures;
use serde_json::{Value, json};

/// The key that may be told to nobody.
pub(crate) const KEY: &str = "sk-test-do-not-tell";
/// The user of a web UI.
pub(crate) const USER: &str = "painter";
/// The password that may be told to nobody.
pub(crate) const PASSWORD: &str = "pw-test-do-not-tell";

/// Builds a provider with all credentials, on a transport.
pub(crate) fn provider(transport: Arc<dyn Transport>, settings: Value) -> MediaGeneratorProvider {
    let credentials = [("api_key", KEY), ("user", USER), ("password", PASSWORD)];
    build_provider(&SdxlFactory::new(transport), settings, &credentials).unwrap()
}

/// The user and the password as they are sent.
pub(crate) fn basic() -> String {
    BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"))
}

/// A picture as Base64.
pub(crate) fn picture(seed: u64) -> String {
    BASE64_STANDARD.encode(pictures::png(64, 64, seed))
}

/// A success of v1 with so many pictures.
pub(crate) fn artifacts(count: u64) -> Value {
    let artifact = |seed| json!({"base64": picture(seed), "seed": seed, "finishReason": "SUCCESS"});
    json!({"artifacts": (1..=count).map(artifact).collect::<Vec<_>>()})
}

/// A success of v2beta.
pub(crate) fn drawn() -> Value {
    json!({"image": picture(7), "seed": 7, "finish_reason": "SUCCESS"})
}

/// A success of a web UI with so many pictures, and the grid that it puts before several.
pub(crate) fn web_ui(count: u64) -> Value {
    let grid = (count > 1).then(|| picture(99));
    let info = json!({
        "seed": 1,
        "all_seeds": (1..=count).collect::<Vec<_>>(),
        "index_of_first_image": u64::from(count > 1),
        "sd_model_name": "sd_xl_base_1.0",
        "sampler_name": "Euler a"
    });
    json!({
        "images": grid.into_iter().chain((1..=count).map(picture)).collect::<Vec<_>>(),
        "parameters": {},
        "info": info.to_string()
    })
}

/// An error document of v1.
pub(crate) fn v1_error(name: &str, message: &str) -> Value {
    json!({"id": "9160aa70", "name": name, "message": message})
}

/// An error document of v2beta.
pub(crate) fn v2beta_error(name: &str, message: &str) -> Value {
    json!({"id": "37967aac", "name": name, "errors": [message]})
}

/// An error document of a web UI.
pub(crate) fn web_ui_error(error: &str, detail: &str) -> Value {
    json!({"error": error, "detail": detail, "body": "", "errors": ""})
}
