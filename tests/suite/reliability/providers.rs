//! What is told of providers.

use media_testkit::loopback::Behaviour;
use serde_json::json;

use super::works;
use crate::home::{Home, Said, is_broken, orders, server_that};

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
    let shown = home.ok(&["providers"]).out;
    assert!(shown.contains("just now") || shown.contains(" s ago"), "{shown}");
    assert_eq!(server.requests().len(), asked, "looking asks nobody");
    home.change_config("sk-test", "sk-other");
    assert!(health(&home).is_null(), "another key, another provider");
}

#[test]
fn who_was_asked_a_moment_ago_is_not_asked_again_unless_that_is_wanted() {
    let server = server_that(works());
    server.route("GET /v1/models", Behaviour::json(200, &json!({ "data": [{ "id": "gpt-image-2" }] })));
    let home = Home::live(&[("only", &server)]);
    home.ok(&["library", "list"]);
    let line = |said: &Said| said.json().into_iter().find(|line| line["provider"] == "only").unwrap();
    let first = line(&home.ok(&["--json", "providers", "check"]));
    let asked = server.requests().len();
    let mut all = vec!["--json", "providers", "check"];
    let said = home.ok(&all);
    assert_eq!(line(&said)["checked_at"], first["checked_at"], "{said:?}");
    assert!(said.err.contains("--fresh"), "{}", said.err);
    assert_eq!(server.requests().len(), asked, "nobody is asked");
    all.push("--fresh");
    let said = home.ok(&all);
    assert!(line(&said)["checked_at"].as_str() > first["checked_at"].as_str(), "{said:?}");
    assert_eq!((server.requests().len(), said.err.as_str()), (asked * 2, ""));
}

#[test]
fn what_has_no_price_is_not_told_as_free() {
    let server = server_that(works());
    let home = Home::live(&[("only", &server)]);
    home.change_config("[providers.only]\n", "[providers.only]\nmodel = \"house-model\"\n");
    home.ok(&["generate", "a lighthouse"]);
    let lines = home.json(&["providers"]);
    let figures = &lines.iter().find(|line| line["provider"] == "only").unwrap()["figures"];
    assert_eq!((&figures["succeeded"], &figures["cost_today_micros"]), (&json!(1), &json!(null)), "{figures}");
    let told = home.ok(&["providers"]).out;
    assert!(told.contains("unpriced") && !told.contains("USD 0.00"), "{told}");
}

#[test]
fn what_hinders_a_provider_that_has_its_key_is_told() {
    let home = Home::new();
    let mut command = home.command(&["--json", "providers", "--live"]);
    command.envs([("FIGMA_API_TOKEN", "figd_test"), ("CANVA_CLIENT_ID", "OC-1"), ("CANVA_CLIENT_SECRET", "cnvca-1")]);
    let said = Said::of(command.output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    let told = |said: &Said, provider: &str| {
        let line = said.json().into_iter().find(|line| line["provider"] == provider).unwrap();
        (line["standing"].clone(), line["reason"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(told(&said, "canva_api"), (json!("unready"), "no consent yet: `media-app auth canva`".to_owned()));
    let (standing, reason) = told(&said, "figma_api");
    assert_eq!(standing, "ready");
    assert!(reason.starts_with("no template"), "{reason}");
    std::fs::create_dir_all(home.path("media-data/tokens/canva_api.json")).unwrap();
    let said = Said::of(command.output().unwrap());
    assert_eq!(said.code, 0, "tokens that cannot be read hide nobody: {said:?}");
    let (standing, reason) = told(&said, "canva_api");
    assert_eq!(standing, "unready");
    assert!(reason.starts_with("the consent that is kept cannot be read"), "{reason}");
}
