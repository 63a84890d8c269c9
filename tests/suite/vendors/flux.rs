//! Black Forest Labs: an order that is asked after.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::pictures;
use serde_json::json;

use super::wait_for;
use crate::home::{Home, interrupt, kill, orders};

/// A vendor that has taken an order and says nothing more, and the home whose program was killed over it.
fn killed_while_asking(generate: &[&str]) -> (LoopbackServer, Home) {
    let server = LoopbackServer::start().unwrap();
    let at = |path: &str| format!("{}{path}", server.base_url());
    let accepted = json!({ "id": "task-7", "polling_url": at("/v1/get_result?id=task-7"), "cost": 3.0 });
    server.route("POST /v1/flux-2-pro", Behaviour::json(200, &accepted));
    server.route("GET /v1/get_result", Behaviour::NeverAnswer);
    let base_url = server.base_url();
    let home = Home::with_config(&format!(
        "dry_run = false\n[multi_provider_config.media_generation]\nproviders = [\"flux\"]\n\
         [providers.flux]\nbase_url = \"{base_url}\"\napi_key = \"bfl-test\"\n"
    ));
    home.ok(&["library", "create", "Summer"]);
    let mut command = home.command(&[&["generate", "a lighthouse at dusk"], generate].concat());
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&server, "GET", "/v1/get_result");
    kill(child);
    (server, home)
}

/// The vendor has drawn it by now.
fn deliver(server: &LoopbackServer, picture: &[u8]) {
    let sample = format!("{}/sample.png", server.base_url());
    let ready = json!({ "id": "task-7", "status": "Ready", "result": { "sample": sample, "seed": 7 } });
    server.route("GET /v1/get_result", Behaviour::json(200, &ready));
    server.route("GET /sample.png", Behaviour::respond(200, "image/png", picture.to_vec()));
}

#[test]
fn an_order_whose_asker_was_killed_is_filed_by_reconciling() {
    let (server, home) = killed_while_asking(&["--library", "Summer"]);
    let picture = pictures::png(64, 48, 1);
    let jobs = home.json(&["jobs", "list"]);
    assert_eq!((jobs.len(), &jobs[0]["state"]), (1, &json!("unknown")));

    deliver(&server, &picture);
    let learnt = &home.json(&["jobs", "reconcile", "--all"])[0];
    assert_eq!((&learnt["outcome"], &learnt["closed"]), (&json!("delivered"), &json!(true)), "{learnt}");
    let assets = home.json(&["asset", "list", "--library", "Summer"]);
    assert_eq!(assets.len(), 1, "it is where it was meant to go");
    assert_eq!(home.content(assets[0]["asset_id"].as_str().unwrap()), picture);
    assert_eq!(orders(&server), 1, "nothing is ordered twice");
}

#[test]
fn an_order_of_which_nothing_is_kept_is_told_as_billed() {
    let once = ["--retain", "none", "--out", "a.png", "--idempotency-key", "order-4711"];
    let (server, home) = killed_while_asking(&once);
    deliver(&server, &pictures::png(64, 48, 1));
    let said = home.ok(&["jobs", "reconcile", "--all"]);
    assert!(said.out.contains("billed; nothing of it is retained"), "{}", said.out);
    assert!(home.json(&["asset", "list"]).is_empty() && home.blobs().is_empty());
}

#[test]
fn a_question_to_a_vendor_is_given_up_by_the_second_ctrl_c_only() {
    let (server, home) = killed_while_asking(&[]);
    let asked = server.requests().len();
    let mut command = home.command(&["jobs", "reconcile", "--all"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while server.requests().len() == asked {
        std::thread::yield_now();
    }
    interrupt(&child);
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(told.any(|line| line.unwrap().contains("Ctrl-C again gives it up")), "it is told to wait");
    assert!(child.try_wait().unwrap().is_none(), "the question is still open");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(home.json(&["jobs", "list"])[0]["state"], json!("unknown"), "nothing was decided");
}
