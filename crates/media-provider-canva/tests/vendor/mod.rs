//! Documents of the vendor's, and the adapter in front of a transport.

use std::sync::Arc;

use media_domain::JobHandle;
use media_http::Transport;
use media_ports::MediaGeneratorProvider;
use media_provider_canva::CanvaFactory;
use media_testkit::factory::build_provider;
use media_testkit::memory_tokens::MemoryTokenStore;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

/// The access token that may be told to nobody.
pub(crate) const KEY: &str = "canva-access-do-not-tell";

/// The template that is filled in.
pub(crate) const TEMPLATE: &str = "DAFVztcvd9z";

/// The autofill job, the export job and the upload job.
pub(crate) const AUTOFILL: &str = "450a76e7-f96f-43ae-9c37-0e1ce492ac72";
pub(crate) const EXPORT: &str = "e08861ae-3b29-45db-8dc1-1fe0bf7f1cc8";
pub(crate) const UPLOAD: &str = "7b1c54ab-1111-4c3d-8f2a-0e1ce492ac72";

/// Builds a provider with a bare access token and a template, on a transport.
pub(crate) fn provider(transport: Arc<dyn Transport>, settings: Value) -> MediaGeneratorProvider {
    let mut table = json!({ "brand_template_id": TEMPLATE });
    table.as_object_mut().unwrap().extend(settings.as_object().cloned().unwrap_or_default());
    let factory = CanvaFactory::new(transport, Arc::new(MemoryTokenStore::default()));
    build_provider(&factory, table, &[("api_key", KEY)]).unwrap()
}

pub(crate) fn capabilities() -> Exchange {
    let all = ["analytics", "autofill", "brand_template", "export_png_transparency", "resize"];
    Exchange::get("/rest/v1/users/me/capabilities").answers_json(200, &json!({ "capabilities": all }))
}

pub(crate) fn autofills() -> Exchange {
    Exchange::post("/rest/v1/autofills")
}

pub(crate) fn autofill() -> Exchange {
    Exchange::get(format!("/rest/v1/autofills/{AUTOFILL}"))
}

pub(crate) fn exports() -> Exchange {
    Exchange::post("/rest/v1/exports")
}

pub(crate) fn export() -> Exchange {
    Exchange::get(format!("/rest/v1/exports/{EXPORT}"))
}

pub(crate) fn uploads() -> Exchange {
    Exchange::post("/rest/v1/asset-uploads")
}

pub(crate) fn upload() -> Exchange {
    Exchange::get(format!("/rest/v1/asset-uploads/{UPLOAD}"))
}

pub(crate) fn designs() -> Exchange {
    Exchange::post("/rest/v1/designs")
}

pub(crate) fn running(id: &str) -> Value {
    json!({ "job": { "id": id, "status": "in_progress" } })
}

pub(crate) fn failed(id: &str, code: &str, message: &str) -> Value {
    json!({ "job": { "id": id, "status": "failed", "error": { "code": code, "message": message } } })
}

pub(crate) fn filled_in() -> Value {
    let result = json!({
        "type": "create_design", "design": design(),
        "trial_information": { "uses_remaining": 2, "upgrade_url": "https://www.canva.com/enterprise/" }
    });
    json!({ "job": { "id": AUTOFILL, "status": "success", "result": result } })
}

/// A finished export with so many pages.
pub(crate) fn exported(pages: usize) -> Value {
    let urls: Vec<String> = (1..=pages)
        .map(|page| format!("https://export-download.canva.com/a/{page}.png?X-Amz-Signature=s{page}"))
        .collect();
    json!({ "job": { "id": EXPORT, "status": "success", "urls": urls } })
}

pub(crate) fn uploaded() -> Value {
    let asset = json!({
        "id": "Msd59349ff", "type": "image", "name": "Lighthouse at dusk", "tags": [],
        "owner": { "user_id": "auDAbliZ2rQNNOsUl5OLu", "team_id": "Oi2RJILTrKk0KRhRUZozX" },
        "created_at": 1_795_176_000, "updated_at": 1_795_176_000
    });
    json!({ "job": { "id": UPLOAD, "status": "success", "asset": asset } })
}

pub(crate) fn design() -> Value {
    json!({
        "id": "DAGdesign1", "title": "My summer holiday", "url": "https://www.canva.com/design/DAGdesign1/edit",
        "urls": {
            "edit_url": "https://www.canva.com/api/design/eyJhbGciOiJkaXIi/edit",
            "view_url": "https://www.canva.com/api/design/eyJhbGciOiJkaXIi/view"
        },
        "owner": { "user_id": "auDAbliZ2rQNNOsUl5OLu", "team_id": "Oi2RJILTrKk0KRhRUZozX" },
        "design_types": ["unknown"], "created_at": 1_795_176_000, "updated_at": 1_795_176_000
    })
}

pub(crate) fn error(code: &str, message: &str) -> Value {
    json!({ "code": code, "message": message })
}

/// The handle of the autofill job for a PNG of 256×256.
pub(crate) fn autofill_handle() -> JobHandle {
    JobHandle::new(format!(
        r#"{{"job":"autofill","id":"{AUTOFILL}","format":{{"type":"png","width":256,"height":256}}}}"#
    ))
}

pub(crate) fn upload_handle() -> JobHandle {
    JobHandle::new(format!(r#"{{"job":"upload","id":"{UPLOAD}"}}"#))
}
