//! Keys by which a repeated request is known.

use std::process::Stdio;
use std::time::Duration;

use media_testkit::loopback::{Behaviour, LoopbackServer};
use serde_json::Value;

use super::{budget, credits, works};
use crate::home::{Home, Said, kill, orders, server_that, wait_for_orders};

const KEYED: [&str; 4] = ["generate", "a lighthouse", "--idempotency-key", "order-1"];

#[test]
fn the_same_key_gets_the_first_answer() {
    let server = server_that(works());
    let home = Home::live(&[("only", &server)]);
    let (first, second) = (home.json(&KEYED).remove(0), home.json(&KEYED).remove(0));
    assert_eq!(first["asset_id"], second["asset_id"]);
    assert_eq!((&first["replayed"], &second["replayed"]), (&false.into(), &true.into()));
    assert_eq!((orders(&server), home.json(&["asset", "list"]).len()), (1, 1));
    let told = home.ok(&KEYED);
    assert!(told.out.contains("nothing was ordered"), "{told:?}");
}

#[test]
fn the_same_key_for_another_request_is_refused() {
    let server = server_that(works());
    let home = Home::live(&[("only", &server)]);
    home.ok(&KEYED);
    let said = home.run(&["generate", "a windmill", "--idempotency-key", "order-1"]);
    assert_eq!((said.code, orders(&server)), (5, 1), "{said:?}");
    assert!(said.err.contains("order-1"), "{}", said.err);
    // Another user's key of the same name is another key.
    home.ok(&["generate", "a windmill", "--idempotency-key", "order-1", "--user", "anna"]);
}

#[test]
fn each_of_several_images_has_a_key_of_its_own() {
    let server = server_that(works());
    let home = Home::live(&[("only", &server)]);
    let several = ["generate", "a lighthouse", "--count", "3", "--idempotency-key", "order-1"];
    let ids = |told: Vec<Value>| {
        let mut ids: Vec<_> =
            told.iter().map(|one| (one["image_index"].to_string(), one["asset_id"].to_string())).collect();
        ids.sort();
        ids
    };
    let first = ids(home.json(&several));
    assert_eq!(ids(home.json(&several)), first);
    assert_eq!((first.len(), orders(&server)), (3, 3));
}

#[test]
fn two_processes_with_one_key_place_one_order() {
    let server = server_that(Behaviour::After(Duration::from_millis(200), Box::new(works())));
    let home = Home::live(&[("only", &server)]);
    let children: Vec<_> = (0..2)
        .map(|_| {
            let mut command = home.command(&["--json"]);
            command.args(KEYED).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let told: Vec<Value> = children
        .into_iter()
        .map(|child| {
            let said = Said::of(child.wait_with_output().unwrap());
            assert_eq!(said.code, 0, "{said:?}");
            said.json().remove(0)
        })
        .collect();
    assert_eq!(told[0]["asset_id"], told[1]["asset_id"]);
    assert_eq!(orders(&server), 1);
}

/// A home in which a process was killed after its order had been sent, and the id of its job.
fn killed_in_flight() -> (LoopbackServer, Home, String) {
    let server = server_that(Behaviour::NeverAnswer);
    let tables =
        "[chain_defaults]\nbudgets = [{ period = \"month\", usd = 5 }]\n[providers.only.policy]\nmonthly_credits = 3\n";
    let home = Home::live_with(&[("only", &server)], tables);
    let child = home.command(&KEYED).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for_orders(&server, 1);
    kill(child);
    let said = home.run(&KEYED);
    assert_eq!((said.code, orders(&server)), (7, 1), "{said:?}");
    let jobs = home.json(&["jobs", "list"]);
    assert_eq!((jobs.len(), &jobs[0]["state"]), (1, &"unknown".into()));
    let job_id = jobs[0]["job_id"].as_str().unwrap().to_owned();
    assert!(said.err.contains(&format!("jobs resolve {job_id}")), "{}", said.err);
    (server, home, job_id)
}

/// Money of the only chain: spent and set aside.
fn money(home: &Home) -> (u64, u64) {
    let budget = budget(home);
    (budget["used_micros"].as_u64().unwrap(), budget["reserved_micros"].as_u64().unwrap())
}

/// Credits at the only provider: used and set aside.
fn spent(home: &Home) -> (u64, u64) {
    let credits = credits(home, "only");
    (credits["used"].as_u64().unwrap(), credits["reserved"].as_u64().unwrap())
}

#[test]
fn what_was_sent_and_killed_is_held_until_it_is_resolved_as_billed() {
    let (server, home, job_id) = killed_in_flight();
    let (used, held) = money(&home);
    assert!(used == 0 && held > 0, "{used} {held}");
    assert_eq!(spent(&home), (0, 1));
    let shown = home.ok(&["jobs", "show", &job_id]).out;
    assert!(shown.contains("order-1") && shown.contains("1 credit") && shown.contains("USD"), "{shown}");
    home.ok(&["jobs", "resolve", &job_id, "--billed"]);
    assert_eq!((money(&home), spent(&home)), ((held, 0), (1, 0)));
    assert_eq!((home.run(&KEYED).code, orders(&server)), (6, 1));
}

#[test]
fn what_was_sent_and_killed_is_released_when_it_was_not_billed() {
    let (server, home, job_id) = killed_in_flight();
    home.ok(&["jobs", "resolve", &job_id, "--not-billed"]);
    assert_eq!((money(&home), spent(&home)), ((0, 0), (0, 0)));
    assert_eq!((home.run(&KEYED).code, orders(&server)), (6, 1));
}

#[test]
fn a_vendor_without_handles_cannot_be_asked() {
    let (server, home, job_id) = killed_in_flight();
    let said = home.run(&["jobs", "reconcile", &job_id]);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(said.err.contains("no handle"), "{}", said.err);
    assert!(home.json(&["jobs", "reconcile", "--all"]).is_empty());
    assert_eq!(orders(&server), 1);
}
