//! Documents of the vendor's, and the adapter in front of a transport.

use std::sync::Arc;

use media_http::Transport;
use media_ports::MediaGeneratorProvider;
use media_provider_figma::FigmaFactory;
use media_testkit::factory::build_provider;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

/// The token that may be told to nobody.
pub(crate) const KEY: &str = "figd_do-not-tell-this";

/// The file of the template and the one that is exported to.
pub(crate) const FILE: &str = "Zk3v8QpXn2LrT5";

/// The node that is rendered, 400×300 at scale 1.
pub(crate) const NODE: &str = "12:34";

/// Where the node's render is.
pub(crate) const RENDER: &str = "https://figma-alpha-api.s3.us-west-2.amazonaws.com/images/6a1f";

/// Builds a provider with a template, on a transport.
pub(crate) fn provider(transport: Arc<dyn Transport>, settings: Value) -> MediaGeneratorProvider {
    let mut table = json!({ "file_key": FILE, "node_id": NODE });
    table.as_object_mut().unwrap().extend(settings.as_object().cloned().unwrap_or_default());
    build_provider(&FigmaFactory::new(transport), table, &[("api_key", KEY)]).unwrap()
}

pub(crate) fn file(part: &str) -> String {
    format!("/v1/files/{FILE}{part}")
}

pub(crate) fn meta() -> Exchange {
    Exchange::get(file("/meta"))
}

/// The file as it is at a version.
pub(crate) fn at_version(version: &str) -> Exchange {
    let user = json!({ "id": "1017", "handle": "Ada", "img_url": "https://s3-alpha.figma.com/profile/1017" });
    let body = json!({
        "name": "Cards", "folder_name": "Marketing", "last_touched_at": "2026-11-20T09:00:00Z", "creator": user,
        "last_touched_by": user, "editorType": "figma", "role": "editor", "link_access": "view", "version": version,
        "url": format!("https://www.figma.com/design/{FILE}")
    });
    meta().answers_json(200, &body)
}

pub(crate) fn nodes() -> Exchange {
    Exchange::get(file("/nodes"))
}

/// The node with its bounds.
pub(crate) fn measured(bounds: &Value) -> Exchange {
    nodes().answers_json(200, &of_nodes(&json!({ NODE: entry(bounds) })))
}

pub(crate) fn of_nodes(nodes: &Value) -> Value {
    json!({
        "name": "Cards", "role": "editor", "lastModified": "2026-11-20T09:00:00Z", "editorType": "figma",
        "thumbnailUrl": "https://s3-alpha.figma.com/thumbnails/1", "version": "5", "nodes": nodes
    })
}

fn entry(bounds: &Value) -> Value {
    let document = json!({
        "id": NODE, "name": "Card", "type": "FRAME", "scrollBehavior": "SCROLLS", "absoluteBoundingBox": bounds,
        "absoluteRenderBounds": bounds, "clipsContent": true, "blendMode": "PASS_THROUGH", "fills": [], "children": []
    });
    json!({ "document": document, "components": {}, "componentSets": {}, "schemaVersion": 0, "styles": {} })
}

pub(crate) fn bounds() -> Value {
    json!({ "x": -20.0, "y": 15.5, "width": 400.0, "height": 300.0 })
}

pub(crate) fn images() -> Exchange {
    Exchange::get(format!("/v1/images/{FILE}"))
}

pub(crate) fn rendered() -> Exchange {
    images().answers_json(200, &json!({ "err": null, "images": { NODE: RENDER } }))
}

/// Everything that goes over the wire for a first render.
pub(crate) fn whole() -> Vec<Exchange> {
    vec![at_version("5"), measured(&bounds()), rendered()]
}

pub(crate) fn dev_resources() -> Exchange {
    Exchange::post("/v1/dev_resources")
}

pub(crate) fn resource(node: &str) -> Value {
    json!({
        "id": "d2f6", "name": "Lighthouse at dusk", "url": "https://media.example.org/assets/7", "file_key": FILE,
        "node_id": node
    })
}

pub(crate) fn linked(node: &str) -> Exchange {
    dev_resources().answers_json(200, &json!({ "links_created": [resource(node)], "errors": [] }))
}

pub(crate) fn comments() -> Exchange {
    Exchange::get(file("/comments"))
}

/// The comments that are in the file.
pub(crate) fn said(found: &Value) -> Exchange {
    comments().answers_json(200, &json!({ "comments": found }))
}

pub(crate) fn new_comment() -> Exchange {
    Exchange::post(file("/comments"))
}

pub(crate) fn comment(node: &str, message: &str) -> Value {
    json!({
        "id": "90210", "file_key": FILE, "message": message, "created_at": "2026-11-20T09:30:00Z", "resolved_at": null,
        "user": { "id": "1017", "handle": "Ada", "img_url": "https://s3-alpha.figma.com/profile/1017" },
        "client_meta": { "node_id": node, "node_offset": { "x": 0, "y": 0 } }, "reactions": [], "order_id": "1"
    })
}

pub(crate) fn commented(node: &str) -> Exchange {
    new_comment().answers_json(200, &comment(node, "Lighthouse at dusk"))
}

/// The file's pages.
pub(crate) fn pages(ids: &[&str]) -> Exchange {
    let page = |id: &&str| {
        json!({
            "id": id, "name": "Page 1", "type": "CANVAS", "scrollBehavior": "SCROLLS", "children": [],
            "backgroundColor": { "r": 1.0, "g": 1.0, "b": 1.0, "a": 1.0 }, "prototypeStartNodeID": null,
            "flowStartingPoints": [], "prototypeDevice": { "type": "NONE", "rotation": "NONE" }
        })
    };
    let pages: Vec<Value> = ids.iter().map(page).collect();
    let document =
        json!({ "id": "0:0", "name": "Document", "type": "DOCUMENT", "scrollBehavior": "SCROLLS", "children": pages });
    let body = json!({
        "name": "Cards", "role": "editor", "lastModified": "2026-11-20T09:00:00Z", "editorType": "figma",
        "thumbnailUrl": "https://s3-alpha.figma.com/thumbnails/1", "version": "5", "document": document,
        "components": {}, "componentSets": {}, "schemaVersion": 0, "styles": {}
    });
    Exchange::get(file("")).answers_json(200, &body)
}

/// The two forms in which the vendor refuses.
pub(crate) fn err(status: u16, message: &str) -> Value {
    json!({ "status": status, "err": message })
}

pub(crate) fn error(status: u16, message: &str) -> Value {
    json!({ "error": true, "status": status, "message": message })
}
