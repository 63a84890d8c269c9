//! A live chain against servers on loopback.

use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::pictures;
use serde_json::json;

use crate::home::{Home, delivers, is_broken, large_picture, orders};

#[test]
fn the_second_delivers_what_the_first_could_not() {
    let (first, second) = (LoopbackServer::start().unwrap(), LoopbackServer::start().unwrap());
    let picture = large_picture();
    assert!(picture.len() > 1_400_000);
    first.route("POST /v1/images/generations", is_broken());
    second.route("POST /v1/images/generations", delivers(&picture));
    let home = Home::live(&[("first", &first), ("second", &second)]);

    let told = &home.json(&["generate", "a lighthouse at dusk"])[0];
    let asset_id = told["asset_id"].as_str().unwrap();
    assert_eq!(home.content(asset_id), picture, "the bytes are the server's");
    let tags: Vec<_> = told["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
    assert_eq!(tags, ["generated", "generated-second"]);
    let attempts: Vec<_> = told["generation"]["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| (a["provider"].as_str().unwrap(), a["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(attempts, [("first", "failed"), ("second", "succeeded")]);
    assert_eq!((orders(&first), orders(&second)), (1, 1));
    let order: serde_json::Value = serde_json::from_slice(&second.requests()[0].body).unwrap();
    assert_eq!((&order["prompt"], &order["size"]), (&json!("a lighthouse at dusk"), &json!("1024x1024")));
    assert_eq!(second.requests()[0].headers["authorization"], "Bearer sk-test");
}

#[test]
fn an_order_whose_answer_is_lost_is_placed_once_and_listed_as_unknown() {
    let (first, second) = (LoopbackServer::start().unwrap(), LoopbackServer::start().unwrap());
    first.route("POST /v1/images/generations", Behaviour::TakeAndDrop);
    second.route("POST /v1/images/generations", delivers(&pictures::png(8, 8, 1)));
    let home = Home::live(&[("first", &first), ("second", &second)]);

    let said = home.run(&["generate", "a lighthouse at dusk"]);
    assert_eq!(said.code, 7, "{said:?}");
    assert!(!said.err.contains("sk-test"), "{}", said.err);
    assert_eq!((orders(&first), orders(&second)), (1, 0));
    let jobs = home.json(&["jobs", "list"]);
    assert_eq!((jobs.len(), &jobs[0]["state"]), (1, &json!("unknown")));

    let job_id = jobs[0]["job_id"].as_str().unwrap();
    home.ok(&["jobs", "resolve", job_id, "--billed"]);
    let closed = &home.json(&["jobs", "show", job_id])[0];
    assert_eq!((&closed["state"], &closed["resolution"]), (&json!("resolved"), &json!("billed")));
    let twice = home.run(&["jobs", "resolve", job_id, "--not-billed"]);
    assert_eq!(twice.code, 5, "{twice:?}");
    assert_eq!(orders(&first), 1, "nothing is repeated");
}

#[test]
fn a_job_is_listed_with_the_provider_whose_end_nobody_knows() {
    let (first, second) = (LoopbackServer::start().unwrap(), LoopbackServer::start().unwrap());
    first.route("POST /v1/images/generations", Behaviour::TakeAndDrop);
    second.route("POST /v1/images/generations", delivers(&pictures::png(8, 8, 1)));
    let onward = "[chain_defaults]\non_uncertain = \"next\"\n";
    let home = Home::live_with(&[("first", &first), ("second", &second)], onward);
    home.ok(&["generate", "a lighthouse at dusk"]);
    let listed = home.ok(&["jobs", "list"]).out;
    let line = listed.lines().find(|line| line.contains("unknown")).unwrap();
    assert!(line.contains(" first ") && !line.contains(" second "), "{listed}");
}

#[test]
fn who_was_passed_over_is_told_on_success_too() {
    let (first, second) = (LoopbackServer::start().unwrap(), LoopbackServer::start().unwrap());
    second.route("POST /v1/images/generations", delivers(&pictures::png(8, 8, 1)));
    let tables = "[providers.second.capabilities]\nseed = true\n";
    let home = Home::live_with(&[("unready", &first), ("first", &first), ("second", &second)], tables);
    home.change_config(
        "[providers.unready]\nkind = \"openai_images\"\n",
        "[providers.unready]\nkind = \"openai_images\"\norganization = { env = \"NO_SUCH_ORG\" }\n",
    );
    let generate = ["generate", "a lighthouse", "--strict", "--seed", "7"];
    let said = home.ok(&generate);
    assert!(said.err.contains("first was passed over: "), "{}", said.err);
    assert!(!said.err.contains("unready was"), "{}", said.err);
    let said = home.ok(&[&generate[..], &["--provider", "unready"]].concat());
    let wanted = "warning: unready was asked for and passed over: NO_SUCH_ORG is not set";
    assert!(said.err.contains(wanted), "{}", said.err);
    assert_eq!((orders(&first), orders(&second)), (0, 2));
}

#[test]
fn who_delivers_when_asked_again_did_deliver() {
    let server = LoopbackServer::start().unwrap();
    let busy = json!({ "error": { "message": "slow down", "type": "requests" } });
    server.push(Behaviour::json(429, &busy).with_header("retry-after", "0"));
    server.route("POST /v1/images/generations", delivers(&pictures::png(8, 8, 1)));
    let said = Home::live(&[("only", &server)]).ok(&["generate", "a lighthouse"]);
    assert!(said.err.contains("only was asked twice: "), "{}", said.err);
    assert!(!said.err.contains("did not deliver"), "{}", said.err);
}

#[test]
fn all_failed_names_every_provider_and_stores_nothing() {
    let first = LoopbackServer::start().unwrap();
    first.route("POST /v1/images/generations", is_broken());
    let home = Home::live(&[("first", &first)]);
    let said = home.run(&["generate", "a lighthouse at dusk"]);
    assert_eq!(said.code, 6, "{said:?}");
    assert!(said.err.contains("first") && said.err.contains("500"), "{}", said.err);
    assert!(home.blobs().is_empty());
    assert!(home.json(&["asset", "list"]).is_empty());
}

#[test]
fn a_refusal_goes_to_nobody_else() {
    let (first, second) = (LoopbackServer::start().unwrap(), LoopbackServer::start().unwrap());
    let refusal = json!({ "error": { "message": "refused", "type": "image_generation_user_error", "code": "moderation_blocked" } });
    first.route("POST /v1/images/generations", Behaviour::json(400, &refusal));
    let home = Home::live(&[("first", &first), ("second", &second)]);
    let said = home.run(&["generate", "a lighthouse at dusk"]);
    assert_eq!((said.code, orders(&first), orders(&second)), (5, 1, 0), "{said:?}");
}

#[test]
fn no_key_at_all_ends_at_the_placeholder_with_a_reason_for_each() {
    let home = Home::new();
    let output = home.command(&["generate", "a lighthouse at dusk"]).env("DRY_RUN_MODE", "false").output().unwrap();
    let said = crate::home::Said::of(output);
    assert_eq!(said.code, 0, "{said:?}");
    let reasons: Vec<_> = said.err.lines().filter(|line| line.contains("was passed over")).collect();
    let missing = [
        ("sdxl", "SDXL_API_KEY"),
        ("openai_images", "OPENAI_API_KEY"),
        ("flux", "BFL_API_KEY"),
        ("replicate_sdxl", "REPLICATE_API_KEY"),
        ("figma_api", "FIGMA_API_TOKEN"),
        ("canva_api", "CANVA_API_KEY"),
    ];
    let expected = missing.map(|(provider, variable)| format!("{provider} was passed over: {variable} is not set"));
    assert_eq!(reasons, expected, "one line each");
    assert!(said.out.contains("generated-noop_media") && said.out.contains("placeholder"), "{}", said.out);
    let strict = home.run(&["generate", "x", "--live", "--fail-on-placeholder"]);
    assert_eq!(strict.code, 6, "{strict:?}");
    for (provider, variable) in missing {
        assert!(strict.err.contains(&format!("\n    {provider}: skipped, {variable} is not set")), "{}", strict.err);
    }
    assert!(strict.err.contains("hint: set a variable that is named above"), "{}", strict.err);
}

#[test]
fn a_configured_server_may_answer_with_an_address_of_its_own() {
    let server = LoopbackServer::start().unwrap();
    let picture = pictures::png(64, 48, 1);
    let url = format!("{}/files/a.png", server.base_url());
    server.route("POST /v1/images/generations", Behaviour::json(200, &json!({ "data": [{ "url": url }] })));
    server.route("GET /files/a.png", Behaviour::respond(200, "image/png", picture.clone()));
    let home = Home::live(&[("only", &server)]);
    let told = &home.json(&["generate", "a lighthouse at dusk"])[0];
    assert_eq!(home.content(told["asset_id"].as_str().unwrap()), picture);
}
