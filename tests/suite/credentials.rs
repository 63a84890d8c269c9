//! Keys in files and variables.

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
