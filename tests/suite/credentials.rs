//! Keys in files and variables.

use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::pictures;
use serde_json::json;

use crate::home::{Home, Said, delivers, server_that};

#[test]
fn a_key_comes_from_a_file_and_is_shown_to_nobody() {
    let server = server_that(delivers(&pictures::png(64, 48, 1)));
    let home = Home::live(&[("only", &server)]);
    home.change_config("api_key = \"sk-test\"", "api_key = { file = \"key\" }");
    std::fs::write(home.path("key"), "sk-of-the-file\r\n").unwrap();
    home.ok(&["generate", "a lighthouse"]);
    assert_eq!(server.requests()[0].headers["authorization"], "Bearer sk-of-the-file", "without its line break");
    let shown = home.json(&["config", "show"]);
    let key = shown.iter().find(|value| value["path"] == "providers.only.api_key").unwrap();
    assert_eq!((&key["value"], &key["origin"]), (&json!("********"), &json!("file key")));
}

#[test]
fn a_file_that_holds_no_key_is_an_error_that_names_it() {
    let home = Home::with_config("[providers.flux]\napi_key = { file = \"keys/flux\" }\n");
    std::fs::create_dir(home.path("keys")).unwrap();
    let told = |why: &str| {
        let said = home.run(&["providers"]);
        assert_eq!(said.code, 3, "{said:?}");
        assert!(said.err.contains("providers.flux.api_key"), "{}", said.err);
        assert!(said.err.contains("keys/flux") && said.err.contains(why), "{}", said.err);
    };
    told("cannot be read");
    for (content, why) in
        [(vec![b' '; 3], "is empty"), (vec![b'k'; 70_000], "larger than 65536 bytes"), (vec![0xFF], "no text")]
    {
        std::fs::write(home.path("keys/flux"), content).unwrap();
        told(why);
    }
}

#[test]
fn a_provider_without_its_key_is_told_with_the_variable_to_set() {
    let home = Home::with_config("dry_run = false\n[providers.flux]\napi_key = { env = \"TEAM_A_KEY\" }\n");
    let lines = home.json(&["providers"]);
    let reason = |provider: &str| {
        let line = lines.iter().find(|line| line["provider"] == provider).unwrap();
        assert_eq!(line["standing"], "unready", "{line}");
        line["reason"].as_str().unwrap().to_owned()
    };
    for (provider, variable) in [
        ("flux", "TEAM_A_KEY"),
        ("sdxl", "SDXL_API_KEY"),
        ("openai_images", "OPENAI_API_KEY"),
        ("replicate_sdxl", "REPLICATE_API_KEY"),
        ("figma_api", "FIGMA_API_TOKEN"),
        ("canva_api", "CANVA_API_KEY"),
    ] {
        assert_eq!(reason(provider), format!("{variable} is not set"));
    }
}

#[test]
fn the_vendors_own_names_count_as_well() {
    let variables = [
        ("STABILITY_API_KEY", "sdxl"),
        ("FLUX_API_KEY", "flux"),
        ("REPLICATE_API_TOKEN", "replicate_sdxl"),
        ("FIGMA_TOKEN", "figma_api"),
    ];
    let home = Home::with_config("dry_run = false");
    let mut command = home.command(&["--json", "providers"]);
    let said = Said::of(command.envs(variables.map(|(name, _)| (name, "k-test"))).output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    for (variable, provider) in variables {
        let lines = said.json();
        let line = lines.iter().find(|line| line["provider"] == provider).unwrap();
        assert_eq!(line["standing"], "ready", "{variable}: {line}");
    }
}

#[test]
fn a_key_is_never_sent_in_the_place_of_another() {
    let server = server_that(delivers(&pictures::png(64, 48, 1)));
    let home = Home::live(&[("studio", &server)]);
    let mut before = "api_key = \"sk-test\"".to_owned();
    for (entry, reason) in [
        ("{ env = \"STUDIO_KEY\" }", "studio: skipped, STUDIO_KEY is not set"),
        ("\"\"", "studio: skipped, `providers.studio.api_key` is empty"),
    ] {
        let entry = format!("api_key = {entry}");
        home.change_config(&before, &entry);
        let mut command = home.command(&["generate", "a lighthouse"]);
        let said = Said::of(command.env("OPENAI_API_KEY", "sk-of-the-vendor").output().unwrap());
        assert_eq!(said.code, 6, "{said:?}");
        assert!(said.err.contains(reason), "{}", said.err);
        before = entry;
    }
    assert_eq!(server.connections(), 0, "nobody was called");
}

/// A server that refuses every key.
fn refuses() -> LoopbackServer {
    let wrong = json!({ "error": { "message": "no", "type": "invalid_request_error", "code": "invalid_api_key" } });
    server_that(Behaviour::json(401, &wrong))
}

#[test]
fn a_key_that_is_refused_is_told_by_where_it_stands() {
    let server = refuses();
    let home = Home::live(&[("studio", &server)]);
    std::fs::write(home.path("two.key"), "sk-of-the-file").unwrap();
    let mut before = "api_key = \"sk-test\"".to_owned();
    for (entry, place) in [
        ("api_key = \"sk-other\"", "`providers.studio.api_key`"),
        ("api_key = { env = \"STUDIO_KEY\" }", "STUDIO_KEY"),
        ("api_key = { file = \"two.key\" }", "the file two.key"),
        ("timeout_s = 60", "OPENAI_API_KEY"),
    ] {
        home.change_config(&before, entry);
        let mut command = home.command(&["generate", "a lighthouse"]);
        command.env("OPENAI_API_KEY", "sk-of-the-vendor").env("STUDIO_KEY", "sk-of-the-studio");
        let said = Said::of(command.output().unwrap());
        assert_eq!(said.code, 6, "{said:?}");
        assert!(said.err.contains(&format!("; check {place} (HTTP 401)\n")), "{place}: {}", said.err);
        assert!(!said.err.contains("sk-"), "{}", said.err);
        before = entry.to_owned();
    }
    home.change_config(&before, "");
    let mut command = home.command(&["generate", "a lighthouse"]);
    let said = Said::of(command.env("MEDIA__PROVIDERS__STUDIO__API_KEY", "sk-of-a-variable").output().unwrap());
    assert!(said.err.contains("; check MEDIA__PROVIDERS__STUDIO__API_KEY (HTTP 401)\n"), "{}", said.err);
    let sent: Vec<_> = server.requests().iter().map(|request| request.headers["authorization"].clone()).collect();
    let keys = ["other", "of-the-studio", "of-the-file", "of-the-vendor", "of-a-variable"];
    assert_eq!(sent, keys.map(|key| format!("Bearer sk-{key}")));
}

#[test]
fn a_server_of_ones_own_never_gets_the_key_of_the_vendor() {
    let server = LoopbackServer::start().unwrap();
    server.route("POST /draw", Behaviour::respond(200, "image/png", pictures::png(64, 48, 1)));
    let base_url = server.base_url();
    let flat = format!(
        "dry_run = false\n[multi_provider_config.media_generation]\nproviders = [\"mine\"]\n\
         [providers.mine]\nkind = \"sdxl\"\napi = \"flat\"\nbase_url = \"{base_url}/draw\"\n"
    );
    let sent = |key: &str, variable: (&str, &str)| {
        let home = Home::with_config(&format!("{flat}{key}"));
        let mut command = home.command(&["generate", "a lighthouse"]);
        let said = Said::of(command.envs([variable]).output().unwrap());
        assert_eq!(said.code, 0, "{said:?}");
        server.requests().pop().unwrap().headers.get("authorization").cloned()
    };
    let of_the_vendor = ("STABILITY_API_KEY", "of-the-vendor");
    assert_eq!(sent("", of_the_vendor), None);
    assert_eq!(sent("", ("SDXL_API_KEY", "of-mine")).as_deref(), Some("Bearer of-mine"));
    assert_eq!(sent("api_key = \"of-the-table\"", of_the_vendor).as_deref(), Some("Bearer of-the-table"));
    let referred = "api_key = { env = \"STABILITY_API_KEY\" }";
    assert_eq!(sent(referred, of_the_vendor).as_deref(), Some("Bearer of-the-vendor"), "whoever says so means it");
}

#[test]
fn a_key_that_no_header_may_carry_makes_its_provider_unready_and_nothing_else() {
    let server = refuses();
    let home = Home::live(&[("studio", &server)]);
    home.change_config("api_key = \"sk-test\"", "api_key = { file = \"two.key\" }");
    std::fs::write(home.path("two.key"), "one line\nanother").unwrap();
    assert!(home.json(&["asset", "list"]).is_empty());
    let lines = home.json(&["providers"]);
    let line = lines.iter().find(|line| line["provider"] == "studio").unwrap();
    assert_eq!(line["standing"], "unready", "{line}");
    let reason = line["reason"].as_str().unwrap();
    assert!(reason.contains("the file two.key") && !reason.contains("another"), "{reason}");
    let said = home.run(&["generate", "a lighthouse"]);
    assert_eq!((said.code, server.connections()), (6, 0), "{said:?}");
}
