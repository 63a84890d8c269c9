//! What is told of providers.

use media_testkit::loopback::Behaviour;
use serde_json::json;

use super::works;
use crate::home::{Home, is_broken, orders, server_that};

#[test]
fn figures_are_told_of_every_provider() {
    let (first, second) = (server_that(is_broken()), server_that(works()));
    let tables =
        "[prices.gpt-image-2]\nsource = \"the contract\"\nas_of = \"2026-11-20\"\nper_image = [{ usd = 0.02 }]\n";
    let home = Home::live_with(&[("first", &first), ("second", &second)], tables);
    for _ in 0..2 {
        home.ok(&["generate", "a lighthouse"]);
    }
    let lines = home.json(&["providers"]);
    let figures = |provider: &str| lines.iter().find(|line| line["provider"] == provider).unwrap()["figures"].clone();
    let (first, second) = (figures("first"), figures("second"));
    assert_eq!((&first["failed"], &first["success_rate"]), (&2.into(), &0.0.into()), "{first}");
    assert_eq!((&second["succeeded"], &second["success_rate"]), (&2.into(), &1.0.into()), "{second}");
    assert_eq!((&second["in_flight"], &second["cost_today_micros"]), (&0.into(), &40_000.into()));
    assert!(second["latency_p50_ms"].is_u64() && second["latency_p95_ms"].is_u64(), "{second}");
    let told = home.ok(&["providers"]).out;
    assert!(told.contains("USD 0.04") && told.contains("100.00 % of 2"), "{told}");
}

#[test]
fn a_check_asks_everybody_and_orders_nothing() {
    let (first, second) = (server_that(works()), server_that(works()));
    first.route("GET /v1/models", Behaviour::json(200, &json!({ "data": [{ "id": "gpt-image-2" }] })));
    second.route("GET /v1/models", is_broken());
    let home = Home::live(&[("first", &first), ("second", &second)]);
    let said = home.run(&["--json", "providers", "check"]);
    assert_eq!(said.code, 8, "{said:?}");
    let checked: Vec<_> = said.json().into_iter().filter(|line| !line["healthy"].is_null()).collect();
    assert_eq!((&checked[0]["healthy"], &checked[1]["healthy"]), (&true.into(), &false.into()));
    assert!(checked[0]["latency_ms"].is_u64() && checked[1]["reason"].is_string(), "{checked:?}");
    assert_eq!((orders(&first), orders(&second)), (0, 0));
    assert!(!home.path("media-data").exists(), "asking makes nothing");
    assert_eq!(home.run(&["providers", "check", "--dry-run"]).code, 5);
}

#[test]
fn what_a_check_told_is_remembered_until_the_provider_is_another() {
    let server = server_that(works());
    server.route("GET /v1/models", Behaviour::json(200, &json!({ "data": [{ "id": "gpt-image-2" }] })));
    let home = Home::live(&[("only", &server)]);
    home.ok(&["library", "list"]);
    assert!(home.json(&["providers"])[0]["health"].is_null(), "nobody has asked yet");
    home.ok(&["providers", "check"]);
    let asked = server.requests().len();
    let health = |home: &Home| {
        let lines = home.json(&["providers"]);
        lines.iter().find(|line| line["provider"] == "only").unwrap()["health"].clone()
    };
    let told = health(&home);
    assert_eq!(told["healthy"], json!(true), "{told}");
    assert!(told["latency_ms"].is_u64() && told["checked_at"].is_string(), "{told}");
    assert!(home.ok(&["providers"]).out.contains("just now"));
    assert_eq!(server.requests().len(), asked, "looking asks nobody");
    home.change_config("sk-test", "sk-other");
    assert!(health(&home).is_null(), "another key, another provider");
}
