//! Replicate alone has a key, and stands behind others in the default list.

use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::pictures;
use serde_json::json;

use crate::home::{Home, orders};

/// A server that delivers this picture at once, and a home in which Replicate is there.
fn delivering(picture: &[u8]) -> (LoopbackServer, Home) {
    let server = LoopbackServer::start().unwrap();
    let at = |path: &str| format!("{}{path}", server.base_url());
    let prediction = json!({
        "id": "q7kx2v9m4hrgc0cn5d8t3wzy1e",
        "model": "stability-ai/sdxl",
        "input": {},
        "output": [at("/files/out-0.png")],
        "status": "succeeded",
        "metrics": { "predict_time": 4.5 },
        "urls": { "get": at("/v1/predictions/q7kx2v9m4hrgc0cn5d8t3wzy1e") },
    });
    server.route("POST /v1/predictions", Behaviour::json(201, &prediction));
    server.route("GET /files/out-0.png", Behaviour::respond(200, "image/png", picture.to_vec()));
    let base_url = at("/v1");
    let home = Home::with_config(&format!("dry_run = false\n[providers.replicate_sdxl]\nbase_url = \"{base_url}\"\n"));
    (server, home)
}

#[test]
fn the_only_one_with_a_key_answers_after_those_before_it_were_passed_over() {
    let picture = pictures::png(64, 48, 1);
    let (server, home) = delivering(&picture);
    let output = home
        .command(&["--json", "generate", "a lighthouse at dusk"])
        .env("REPLICATE_API_TOKEN", "r8_test")
        .output()
        .unwrap();
    let said = crate::home::Said::of(output);
    assert_eq!(said.code, 0, "{said:?}");
    let told = &said.json()[0];
    assert_eq!((&told["placeholder"], orders(&server)), (&json!(false), 1), "{told}");
    assert!(told["tags"].as_array().unwrap().contains(&json!("generated-replicate_sdxl")), "{told}");
    let passed_over: Vec<_> = told["generation"]["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|skipped| (skipped["provider"].as_str().unwrap(), skipped["reason"].as_str().unwrap()))
        .collect();
    let expected = [
        ("sdxl", "SDXL_API_KEY is not set"),
        ("openai_images", "OPENAI_API_KEY is not set"),
        ("flux", "BFL_API_KEY is not set"),
    ];
    assert_eq!(passed_over, expected);
    assert_eq!(home.content(told["asset_id"].as_str().unwrap()), picture);
    let order = &server.requests()[0];
    assert_eq!(order.headers["authorization"], "Bearer r8_test");
}

#[test]
fn every_image_of_a_seed_is_another_one() {
    let (server, home) = delivering(&pictures::png(64, 48, 1));
    let mut command = home.command(&["generate", "a lighthouse at dusk", "--seed", "7", "--count", "3"]);
    let said = crate::home::Said::of(command.env("REPLICATE_API_TOKEN", "r8_test").output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    let requests = server.requests();
    let sent = requests.iter().filter(|request| request.method == "POST");
    let seed = |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).unwrap()["input"]["seed"].as_u64();
    let seeds: std::collections::BTreeSet<_> = sent.filter_map(|request| seed(&request.body)).collect();
    assert_eq!(seeds, [7, 8, 9].into(), "orders of one seed would bring the same picture");
}

#[test]
fn a_table_below_the_providers_own_has_keys_of_its_own() {
    let home = Home::with_config("[providers.replicate_sdxl.inputs]\nsteps = \"steps\"\npromt = \"text\"\n");
    let said = home.run(&["config", "check"]);
    assert_eq!(said.code, 3, "{said:?}");
    let told = "`providers.replicate_sdxl.inputs.promt`: unknown key, did you mean `prompt`?; known: ";
    assert!(said.err.contains(told) && said.err.contains("(file media.toml)"), "{}", said.err);
    assert!(!said.err.contains("dry_run") && !said.err.contains("api_key"), "{}", said.err);
}
