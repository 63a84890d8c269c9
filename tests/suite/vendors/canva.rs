//! Canva as the place that assets are exported to.

use media_testkit::loopback::{Behaviour, LoopbackServer};
use serde_json::{Value, json};

use crate::home::Home;

const UPLOAD: &str = "7b1c54ab-1111-4c3d-8f2a-0e1ce492ac72";

/// A server that takes files and makes designs.
fn server() -> LoopbackServer {
    let server = LoopbackServer::start().unwrap();
    let running = json!({ "job": { "id": UPLOAD, "status": "in_progress" } });
    let asset = json!({ "id": "Msd59349ff", "type": "image", "name": "a lighthouse", "tags": [] });
    let done = json!({ "job": { "id": UPLOAD, "status": "success", "asset": asset } });
    let urls =
        json!({ "edit_url": "https://www.canva.com/api/design/eyJ/edit", "view_url": "https://www.canva.com/v" });
    let design = json!({ "design": { "id": "DAGdesign1", "title": "Autumn", "urls": urls } });
    server.route("POST /rest/v1/asset-uploads", Behaviour::json(200, &running));
    server.route(&format!("GET /rest/v1/asset-uploads/{UPLOAD}"), Behaviour::json(200, &done));
    server.route("POST /rest/v1/designs", Behaviour::json(200, &design));
    server
}

fn home(server: &LoopbackServer) -> Home {
    let base_url = server.base_url();
    Home::with_config(&format!(
        "dry_run = false\n[multi_provider_config.media_generation]\nproviders = [\"noop_media\"]\n\
         [providers.canva_api]\nbase_url = \"{base_url}/rest/v1\"\napi_key = \"canva-test\"\n"
    ))
}

fn made(home: &Home) -> String {
    home.json(&["generate", "a lighthouse"])[0]["asset_id"].as_str().unwrap().to_owned()
}

#[test]
fn an_asset_is_uploaded_and_made_into_a_design() {
    let server = server();
    let home = home(&server);
    let asset_id = made(&home);
    let design_type = r#"design_type={"type": "preset", "name": "presentation"}"#;
    let told = &home.json(&["export", "canva", &asset_id, "--title", "Autumn", "--option", design_type])[0];
    assert_eq!((&told["provider_name"], &told["dry_run"]), (&json!("canva_api"), &json!(false)), "{told}");
    assert_eq!(told["result"]["canva_asset_id"], "Msd59349ff", "{told}");
    assert_eq!(told["result"]["canva_design_id"], "DAGdesign1", "{told}");
    let shown = &home.json(&["asset", "show", &asset_id])[0];
    assert!(shown["tags"].as_array().unwrap().contains(&json!("canva_exported")), "{shown}");
    assert_eq!(shown["exports"].as_array().unwrap().len(), 1);
    let requests = server.requests();
    assert_eq!(requests[0].body, home.content(&asset_id), "the file goes as it is");
    assert!(requests.iter().all(|request| request.headers["authorization"] == "Bearer canva-test"));
    let design: Value = serde_json::from_slice(&requests.last().unwrap().body).unwrap();
    assert_eq!((&design["title"], &design["design_type"]["name"]), (&json!("Autumn"), &json!("presentation")));
}

#[test]
fn without_a_title_it_is_only_uploaded() {
    let server = server();
    let home = home(&server);
    let told = &home.json(&["export", "canva", &made(&home)])[0];
    assert!(told["result"]["canva_design_id"].is_null(), "{told}");
    assert!(server.requests().iter().all(|request| !request.target.ends_with("/designs")));
}

#[test]
fn without_access_the_export_names_the_variable() {
    let home = Home::with_config("dry_run = false");
    let said = home.run(&["export", "canva", &made(&home)]);
    assert_eq!(said.code, 6, "{said:?}");
    assert!(said.err.contains("CANVA_API_KEY is not set"), "{}", said.err);
}
