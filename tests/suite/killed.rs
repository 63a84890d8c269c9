//! Killed at the worst moments.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::pictures;
use serde_json::Value;

use crate::home::{Home, delivers, kill, orders, server_that, wait_for_orders};

/// A generation that stops at a point, and is then killed.
fn kill_at(home: &Home, point: &str) {
    let mut child = home
        .command(&["generate", "a lighthouse at dusk"])
        .env("MEDIA_FAILPOINT", point)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let reached = format!("failpoint {point} reached");
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == reached), "{point} was not reached");
    kill(child);
}

fn job_states(home: &Home) -> Vec<String> {
    home.json(&["jobs", "list"]).iter().map(|job| job["state"].as_str().unwrap().to_owned()).collect()
}

fn server() -> LoopbackServer {
    server_that(delivers(&pictures::png(64, 48, 1)))
}

/// Everything the catalogue names is there with its bytes intact.
fn assert_sound(home: &Home) {
    let report = &home.json(&["verify"])[0];
    assert_eq!(report["findings"].as_array().unwrap().len(), 0, "{report}");
}

#[test]
fn after_every_state_nothing_is_lost_and_nothing_repeated() {
    // The point, what the job is afterwards, how many orders had been placed, how many assets there are.
    let cases = [
        ("planned", "cancelled", 0, 0),
        ("dispatched", "unknown", 0, 0),
        ("answered", "unknown", 1, 0),
        ("blob", "unknown", 1, 0),
        ("before_settled", "unknown", 1, 0),
        ("settled", "settled", 1, 1),
    ];
    for (point, state, placed, assets) in cases {
        let server = server();
        let home = Home::live(&[("only", &server)]);
        kill_at(&home, point);
        assert_eq!(job_states(&home), [state], "{point}");
        assert_eq!(orders(&server), placed, "{point}");
        assert_eq!(home.json(&["asset", "list"]).len(), assets, "{point}");
        assert_sound(&home);
        // The next order is placed as if nothing had happened.
        home.ok(&["generate", "another lighthouse"]);
        assert_eq!(orders(&server), placed + 1, "{point}");
        assert_sound(&home);
    }
}

#[test]
fn what_happened_to_an_order_whose_process_was_killed_is_said() {
    let server = server();
    let home = Home::live(&[("only", &server)]);
    kill_at(&home, "dispatched");
    let jobs = home.json(&["jobs", "list"]);
    let said = home.ok(&["jobs", "show", jobs[0]["job_id"].as_str().unwrap()]);
    assert!(said.out.contains("the process ended before the answer came"), "{}", said.out);
}

#[test]
fn at_random_points_every_reported_asset_is_there() {
    let server = server();
    let home = Home::live(&[("only", &server)]);
    let mut reported = Vec::new();
    for round in 0..12u64 {
        let mut child = home
            .command(&["--json", "generate", "a lighthouse at dusk", "--count", "20"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Reads some of the results, another number each round, then kills it in the midst of the others.
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines.take((round * 7 % 13) as usize) {
            let told: Value = serde_json::from_str(&line.unwrap()).unwrap();
            reported.push(told["asset_id"].as_str().unwrap().to_owned());
        }
        kill(child);
        assert_sound(&home);
    }
    assert!(!reported.is_empty());
    let there: Vec<Value> = home.json(&["asset", "list", "--limit", "1000"]);
    for asset_id in &reported {
        assert!(there.iter().any(|asset| asset["asset_id"] == asset_id.as_str()), "{asset_id}");
    }
    let placed = orders(&server);
    let known = ["settled", "unknown", "cancelled", "failed"];
    assert!(job_states(&home).iter().all(|state| known.contains(&state.as_str())));
    assert_eq!(orders(&server), placed, "looking repeats nothing");
}

#[test]
fn the_jobs_of_a_living_process_are_left_alone() {
    let server = server_that(Behaviour::NeverAnswer);
    let home = Home::live(&[("only", &server)]);
    let child =
        home.command(&["generate", "a lighthouse"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for_orders(&server, 1);
    assert_eq!(job_states(&home), ["dispatched"]);
    kill(child);
    assert_eq!(job_states(&home), ["unknown"]);
    assert_eq!(orders(&server), 1);
}
