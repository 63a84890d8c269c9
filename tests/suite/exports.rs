//! Exports: what is checked before, what is told, and what is not cut off.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use media_testkit::loopback::{Behaviour, LoopbackServer};
use serde_json::json;

use crate::home::{Home, interrupt};

const UPLOAD: &str = "7b1c54ab-1111-4c3d-8f2a-0e1ce492ac72";

/// A home in dry run that may export to Figma, and an asset.
fn dry_home() -> (Home, String) {
    let home = Home::with_config("[providers.figma_api]\napi_key = \"figd_test\"\n");
    let asset_id = home.json(&["generate", "a lighthouse"])[0]["asset_id"].as_str().unwrap().to_owned();
    (home, asset_id)
}

/// A home that exports to this server, and an asset.
fn canva(server: &LoopbackServer) -> (Home, String) {
    let base_url = server.base_url();
    let home = Home::with_config(&format!(
        "dry_run = false\n[multi_provider_config.media_generation]\nproviders = [\"noop_media\"]\n\
         [providers.canva_api]\nbase_url = \"{base_url}/rest/v1\"\napi_key = \"canva-test\"\n"
    ));
    let asset_id = home.json(&["generate", "a lighthouse"])[0]["asset_id"].as_str().unwrap().to_owned();
    (home, asset_id)
}

/// The state of an upload.
fn upload(status: &str) -> Behaviour {
    let asset = json!({ "id": "Msd59349ff", "type": "image", "name": "a lighthouse", "tags": [] });
    Behaviour::json(200, &json!({ "job": { "id": UPLOAD, "status": status, "asset": asset } }))
}

#[test]
fn what_can_be_checked_is_checked_in_dry_run_too() {
    let (home, asset_id) = dry_home();
    for arguments in [
        &["--file-key", "https://example.com/design/AbC1"][..],
        &["--file-key", "not a key"],
        &["--file-key", "AbC1", "--page-id", "Page 1"],
        &["--file-key", "AbC1", "--link", "ftp://media.example/a"],
        &["--file-key", "AbC1", "--option", "link=7"],
        &["--file-key", "AbC1", "--option", "link=nowhere"],
    ] {
        let said = home.run(&[&["export", "figma", &asset_id], arguments].concat());
        assert_eq!(said.code, 5, "{arguments:?}: {said:?}");
    }
    let address = "https://www.figma.com/design/AbC1/Cards?node-id=5-6";
    let told = &home.json(&["export", "figma", &asset_id, "--file-key", address, "--page-id", "1-2"])[0];
    assert_eq!(
        (&told["result"]["figma_file_key"], &told["result"]["page_id"]),
        (&json!("AbC1"), &json!("1:2")),
        "{told}"
    );
}

#[test]
fn an_export_without_a_link_is_warned_of_and_one_of_a_dry_run_is_marked() {
    let (home, asset_id) = dry_home();
    let export = ["export", "figma", &asset_id, "--file-key", "AbC1"];
    let is_warned = |said: &crate::home::Said| said.err.contains("only the asset's name is attached");
    assert!(is_warned(&home.ok(&export)));
    assert!(!is_warned(&home.ok(&[&export[..], &["--link", "https://media.example/a"]].concat())));
    home.change_config("[providers", "public_url = \"https://media.example\"\n[providers");
    assert!(!is_warned(&home.ok(&export)));
    let shown = home.ok(&["asset", "show", &asset_id]).out;
    assert_eq!(shown.matches("(dry run)").count(), 3, "{shown}");
}

#[test]
fn a_lost_export_does_not_speak_of_orders_and_jobs() {
    let server = LoopbackServer::start().unwrap();
    server.route("POST /rest/v1/asset-uploads", Behaviour::TakeAndDrop);
    let (home, asset_id) = canva(&server);
    let said = home.run(&["export", "canva", &asset_id]);
    assert_eq!(said.code, 7, "{said:?}");
    assert!(
        said.err.contains("may be there all the same") && said.err.contains("hint: look at the design"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("billed") && !said.err.contains("jobs"), "{}", said.err);
}

#[test]
fn ctrl_c_lets_an_export_come_to_its_end_and_the_second_gives_it_up() {
    for insists in [false, true] {
        let server = LoopbackServer::start().unwrap();
        server.route("POST /rest/v1/asset-uploads", upload("in_progress"));
        server.route(&format!("GET /rest/v1/asset-uploads/{UPLOAD}"), upload("in_progress"));
        let (home, asset_id) = canva(&server);
        let mut command = home.command(&["export", "canva", &asset_id]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while server.requests().is_empty() {
            std::thread::yield_now();
        }
        interrupt(&child);
        let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(told.any(|line| line.unwrap().contains("Ctrl-C again gives it up")), "it is told to wait");
        if insists {
            interrupt(&child);
            assert_eq!(child.wait().unwrap().code(), Some(130));
            continue;
        }
        server.route(&format!("GET /rest/v1/asset-uploads/{UPLOAD}"), upload("success"));
        assert!(child.wait().unwrap().success());
        let mut out = String::new();
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        assert!(out.contains("Msd59349ff"), "{out}");
    }
}

#[test]
fn the_breaker_of_exports_is_told_and_forced_with_the_other() {
    let server = LoopbackServer::start().unwrap();
    let refused = json!({ "code": "invalid_access_token", "message": "no" });
    server.route("POST /rest/v1/asset-uploads", Behaviour::json(401, &refused));
    let (home, asset_id) = canva(&server);
    let told = || {
        let line = home.json(&["providers"]).into_iter().find(|line| line["provider"] == "canva_api").unwrap();
        (line["breaker"]["status"].clone(), line["export_breaker"]["status"].clone())
    };
    assert_eq!(told(), (json!("closed"), json!(null)));
    let export = ["export", "canva", &asset_id];
    assert_eq!(home.run(&export).code, 6);
    assert_eq!(told(), (json!("closed"), json!("open")));
    let shown = home.ok(&["providers"]).out;
    let line = shown.lines().find(|line| line.starts_with("canva_api (export)")).unwrap();
    assert!(line.contains("taken out: unauthenticated"), "{shown}");
    let sent = server.requests().len();
    assert_eq!((home.run(&export).code, server.requests().len()), (6, sent), "it is held back");
    home.ok(&["providers", "force", "canva_api", "closed"]);
    assert_eq!(told(), (json!("forced_closed"), json!("forced_closed")));
    assert_eq!((home.run(&export).code, server.requests().len()), (6, sent + 1), "it is let through");
    home.ok(&["providers", "force", "canva_api", "automatic"]);
    assert_eq!(told(), (json!("closed"), json!(null)));
}

#[test]
fn what_hangs_on_no_node_is_told_to_be_on_the_canvas() {
    let server = LoopbackServer::start().unwrap();
    let document = json!({ "document": { "children": [{ "id": "0:1", "name": "Page 1" }] }, "version": "5" });
    server.route("GET /v1/files/AbC1", Behaviour::json(200, &document));
    server.route("GET /v1/files/AbC1/meta", Behaviour::json(200, &json!({ "version": "5" })));
    server.route("GET /v1/files/AbC1/comments", Behaviour::json(200, &json!({ "comments": [] })));
    let comment = json!({ "id": "7", "message": "a lighthouse", "client_meta": { "x": 0.0, "y": 0.0 } });
    server.route("POST /v1/files/AbC1/comments", Behaviour::json(200, &comment));
    let base_url = server.base_url();
    let home = Home::with_config(&format!(
        "dry_run = false\n[multi_provider_config.media_generation]\nproviders = [\"noop_media\"]\n\
         [providers.figma_api]\nbase_url = \"{base_url}\"\napi_key = \"figd_test\"\n"
    ));
    let asset_id = home.json(&["generate", "a lighthouse"])[0]["asset_id"].as_str().unwrap().to_owned();
    let said = home.ok(&["export", "figma", &asset_id, "--file-key", "AbC1"]);
    let node = said.out.lines().find(|line| line.starts_with("node ")).unwrap();
    assert!(node.ends_with("  on the canvas of the file"), "{}", said.out);
}
