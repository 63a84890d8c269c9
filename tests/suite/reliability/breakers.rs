//! Breakers that outlive processes and are shared by them.

use std::process::Stdio;

use media_testkit::loopback::Behaviour;
use serde_json::json;

use super::{breaker, works};
use crate::home::{Home, ORDERS, is_broken, kill, orders, server_that, wait_for_orders};

/// Opens at the first failure, for a minute.
const TOUCHY: &str = "[providers.first.policy.breaker]\nconsecutive_failures = 1\n";

#[test]
fn an_open_breaker_survives_a_restart() {
    let (first, second) = (server_that(is_broken()), server_that(works()));
    let home = Home::live_with(&[("first", &first), ("second", &second)], TOUCHY);
    home.ok(&["generate", "a lighthouse"]);
    let told = &home.json(&["generate", "a lighthouse"])[0]["generation"];
    assert_eq!((orders(&first), orders(&second)), (1, 2));
    assert_eq!(told["skipped"][0]["provider"], "first");
    assert!(told["skipped"][0]["reason"].as_str().unwrap().contains("breaker is open"), "{told}");
    let state = breaker(&home, "first");
    assert_eq!((&state["status"], &state["cause"]), (&"open".into(), &"consecutive_failures".into()));
    assert_eq!(state["last_failure"], "unavailable");
    assert!((1..=60).contains(&state["next_try_in_s"].as_u64().unwrap()), "{state}");
    assert_eq!(breaker(&home, "second")["status"], "closed");
}

#[test]
fn a_person_decides_over_the_breaker() {
    let (first, second) = (server_that(is_broken()), server_that(works()));
    let home = Home::live_with(&[("first", &first), ("second", &second)], TOUCHY);
    home.ok(&["generate", "a lighthouse"]);
    for (decision, status, placed) in
        [("closed", "forced_closed", 2), ("open", "forced_open", 2), ("automatic", "closed", 3)]
    {
        let forced = &home.json(&["providers", "force", "first", decision])[0];
        assert_eq!(forced["breaker"]["status"], status);
        assert_eq!(breaker(&home, "first")["status"], status);
        home.ok(&["generate", "a lighthouse"]);
        assert_eq!(orders(&first), placed, "{decision}");
    }
    assert_eq!(home.run(&["providers", "force", "nobody", "open"]).code, 4);
    assert_eq!(home.run(&["providers", "force", "first", "open", "--dry-run"]).code, 5);
}

#[test]
fn one_probe_between_two_processes() {
    let first = server_that(is_broken());
    let policy =
        format!("{TOUCHY}open_for_s = 0.05\n[chain_defaults]\nattempt_timeout_s = 20\n[generation]\nconcurrency = 8\n");
    let home = Home::live_with(&[("first", &first)], &policy);
    assert_eq!(home.run(&["generate", "a lighthouse"]).code, 6);
    while breaker(&home, "first")["status"] != "half_open" {}
    first.route(ORDERS, Behaviour::NeverAnswer);
    let mut children: Vec<_> = (0..2)
        .map(|_| {
            let mut command = home.command(&["generate", "a lighthouse", "--count", "8"]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    wait_for_orders(&first, 2);
    // Who does not hold the probe is refused eight times and ends; the other goes on.
    let ended = loop {
        if let Some(index) = children.iter_mut().position(|child| child.try_wait().unwrap().is_some()) {
            break children.remove(index).wait().unwrap();
        }
        std::thread::yield_now();
    };
    assert_eq!((ended.code(), orders(&first)), (Some(6), 2));
    let state = breaker(&home, "first");
    assert_eq!(state["status"], "half_open");
    assert!(state["next_try_in_s"].as_u64().unwrap() > 500, "the probe has its lease: {state}");
    children.into_iter().for_each(kill);
    assert_eq!(orders(&first), 2, "one that failed, and one probe");
}

#[test]
fn a_pause_that_was_asked_for_holds_in_other_processes() {
    let busy = json!({ "error": { "message": "slow down", "type": "requests", "code": "rate_limit_exceeded" } });
    let first = server_that(Behaviour::json(429, &busy).with_header("retry-after", "120"));
    let second = server_that(works());
    let home = Home::live(&[("first", &first), ("second", &second)]);
    home.ok(&["generate", "a lighthouse"]);
    let told = &home.json(&["generate", "a lighthouse"])[0]["generation"];
    assert_eq!((orders(&first), orders(&second)), (1, 2));
    assert!(told["skipped"][0]["reason"].as_str().unwrap().contains("asked for a pause"), "{told}");
    let state = breaker(&home, "first");
    assert_eq!(state["status"], "cooling");
    assert!((100..=120).contains(&state["next_try_in_s"].as_u64().unwrap()), "{state}");
}

#[test]
fn a_refused_key_takes_itself_out_and_no_other() {
    let wrong =
        json!({ "error": { "message": "wrong key", "type": "invalid_request_error", "code": "invalid_api_key" } });
    let (first, second) = (server_that(Behaviour::json(401, &wrong)), server_that(works()));
    let home = Home::live(&[("first", &first), ("second", &second)]);
    home.ok(&["generate", "a lighthouse"]);
    home.ok(&["generate", "a lighthouse"]);
    assert_eq!(orders(&first), 1);
    let state = breaker(&home, "first");
    assert_eq!((&state["cause"], &state["last_failure"]), (&"taken_out".into(), &"unauthenticated".into()));
    home.change_config("sk-test", "sk-mended");
    assert_eq!(breaker(&home, "first")["status"], "closed");
    home.ok(&["generate", "a lighthouse"]);
    assert_eq!(orders(&first), 2);
    for file in std::fs::read_dir(home.path("media-data")).unwrap().flatten().filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(7).any(|seven| seven == b"sk-test"), "{:?}", file.path());
    }
}
