//! Figma: renders of a template, of which a plan may allow six a month, and comments on the canvas.

use std::fs;
use std::path::PathBuf;

use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::pictures;
use serde_json::json;

use crate::home::Home;

const GENERATE: [&str; 6] = ["generate", "ignored", "--width", "400", "--height", "300"];

/// A file at a version, with one node that can be rendered.
fn server() -> LoopbackServer {
    let server = LoopbackServer::start().unwrap();
    at_version(&server, "5");
    let bounds = json!({ "x": 0.0, "y": 0.0, "width": 400.0, "height": 300.0 });
    let nodes = json!({ "nodes": { "1:2": { "document": { "id": "1:2", "absoluteBoundingBox": bounds } } } });
    server.route("GET /v1/files/AbC1/nodes", Behaviour::json(200, &nodes));
    let render = format!("{}/render.png?signature=do-not-tell", server.base_url());
    server.route("GET /v1/images/AbC1", Behaviour::json(200, &json!({ "err": null, "images": { "1:2": render } })));
    server.route("GET /render.png", Behaviour::respond(200, "image/png", pictures::png(400, 300, 1)));
    server
}

fn at_version(server: &LoopbackServer, version: &str) {
    server.route("GET /v1/files/AbC1/meta", Behaviour::json(200, &json!({ "version": version })));
}

fn home(server: &LoopbackServer) -> Home {
    let base_url = server.base_url();
    Home::with_config(&format!(
        "dry_run = false\n[multi_provider_config.media_generation]\nproviders = [\"figma_api\"]\n\
         [providers.figma_api]\nbase_url = \"{base_url}\"\napi_key = \"figd_test\"\nfile_key = \"AbC1\"\n\
         node_id = \"1:2\"\n"
    ))
}

/// How often sizes and renders were asked for.
fn asked(server: &LoopbackServer) -> (usize, usize) {
    let requests = server.requests();
    let count = |path: &str| requests.iter().filter(|request| request.target.split('?').next() == Some(path)).count();
    (count("/v1/files/AbC1/nodes"), count("/v1/images/AbC1"))
}

fn remembered(home: &Home) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.path("media-data/renders")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_render_is_asked_for_once_however_many_runs_want_it() {
    let server = server();
    let home = home(&server);
    home.ok(&["providers"]);
    assert!(!home.path("media-data").exists(), "looking makes nothing");
    for _ in 0..2 {
        let told = &home.json(&GENERATE)[0];
        assert_eq!(home.content(told["asset_id"].as_str().unwrap()), pictures::png(400, 300, 1));
    }
    assert_eq!(asked(&server), (1, 1));
    at_version(&server, "6");
    home.ok(&GENERATE);
    assert_eq!(asked(&server), (2, 2), "another version is another picture");
    for file in remembered(&home) {
        fs::write(file, "{").unwrap();
    }
    home.ok(&GENERATE);
    assert_eq!(asked(&server), (3, 3), "what cannot be read was never remembered");
}

#[cfg(unix)]
#[test]
fn where_a_render_can_be_fetched_is_for_nobody_elses_eyes() {
    use std::os::unix::fs::PermissionsExt;

    let server = server();
    let home = home(&server);
    let said = home.ok(&GENERATE);
    assert!(!said.out.contains("do-not-tell") && !said.err.contains("do-not-tell"), "{said:?}");
    let files = remembered(&home);
    assert_eq!(files.len(), 2, "a size and a render: {files:?}");
    assert!(files.iter().any(|file| fs::read_to_string(file).unwrap().contains("do-not-tell")));
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.path("media-data/renders")), 0o700);
    assert!(files.iter().all(|file| mode(file) == 0o600));
}
