//! Documents of the proxy's, and the adapter in front of a transport.

use std::sync::Arc;

use media_domain::JobHandle;
use media_http::Transport;
use media_ports::MediaGeneratorProvider;
use media_provider_midjourney::MidjourneyFactory;
use media_testkit::factory::build_provider;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

/// The secret that may be told to nobody.
pub(crate) const SECRET: &str = "mj-secret-do-not-tell";

/// Where the proxy is.
pub(crate) const BASE_URL: &str = "https://mj.example.org/mj";

/// The task that draws the grid, and the one that takes a picture out of it.
pub(crate) const GRID: &str = "1763640000000123";
pub(crate) const PICTURE: &str = "1763640000000456";

/// Builds a provider with a proxy and a secret, on a transport.
pub(crate) fn provider(transport: Arc<dyn Transport>, settings: Value) -> MediaGeneratorProvider {
    let credentials = [("base_url", BASE_URL), ("api_key", SECRET)];
    build_provider(&MidjourneyFactory::new(transport), settings, &credentials).unwrap()
}

pub(crate) fn trueai() -> Value {
    json!({ "dialect": "trueai", "upscale": 2 })
}

pub(crate) fn grid_only() -> Value {
    json!({ "upscale": false })
}

pub(crate) fn imagine() -> Exchange {
    Exchange::post("/mj/submit/imagine")
}

pub(crate) fn change() -> Exchange {
    Exchange::post("/mj/submit/change")
}

pub(crate) fn action() -> Exchange {
    Exchange::post("/mj/submit/action")
}

pub(crate) fn fetch(id: &str) -> Exchange {
    Exchange::get(format!("/mj/task/{id}/fetch"))
}

pub(crate) fn cancel(id: &str) -> Exchange {
    Exchange::post(format!("/mj/task/{id}/cancel"))
}

pub(crate) fn queue() -> Exchange {
    Exchange::get("/mj/task/queue")
}

/// What the proxy says to an order that it takes.
pub(crate) fn taken(id: &str) -> Value {
    json!({ "code": 1, "description": "提交成功", "result": id, "properties": {} })
}

/// What the proxy says to an order that it does not take.
pub(crate) fn refused(code: i64, description: &str) -> Value {
    json!({ "code": code, "description": description, "result": null, "properties": {} })
}

pub(crate) fn running(id: &str, status: &str) -> Value {
    json!({
        "id": id, "action": "IMAGINE", "status": status, "progress": "45%", "prompt": "a lighthouse at dusk --ar 1:1",
        "promptEn": "a lighthouse at dusk --ar 1:1", "submitTime": 1_763_640_000_000_i64, "startTime": null,
        "imageUrl": "https://cdn.discordapp.com/attachments/1/2/preview_45.webp?ex=6", "failReason": null
    })
}

pub(crate) fn failed(id: &str, reason: &str) -> Value {
    let mut task = running(id, "FAILURE");
    task["failReason"] = json!(reason);
    task
}

pub(crate) fn url(id: &str) -> String {
    format!("https://cdn.discordapp.com/attachments/1/2/somebody_{id}.png?ex=67&is=68&hm=signature")
}

/// A finished task, with the buttons that trueai's proxy lists.
pub(crate) fn done(id: &str) -> Value {
    let mut task = running(id, "SUCCESS");
    task["progress"] = json!("100%");
    task["imageUrl"] = json!(url(id));
    task["properties"] = json!({ "finalPrompt": "a lighthouse at dusk --ar 1:1 --v 7.0", "messageHash": "3dbbd469" });
    let button = |n: u8| {
        let custom_id = format!("MJ::JOB::upsample::{n}::3dbbd469-36af-4a0f-8f02-df6c579e7011");
        json!({ "customId": custom_id, "emoji": "", "label": format!("U{n}"), "type": 2, "style": 2 })
    };
    task["buttons"] = (1..=4).map(button).collect();
    task
}

/// The handle of the grid's task, when a size has been fitted and a picture is wanted.
pub(crate) fn grid_handle(upscale: Option<u8>, side: u32) -> JobHandle {
    let upscale = upscale.map(|picture| format!(r#""upscale":{picture},"#)).unwrap_or_default();
    JobHandle::new(format!(r#"{{"stage":"imagine","id":"{GRID}",{upscale}"width":{side},"height":{side}}}"#))
}
