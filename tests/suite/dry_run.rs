//! Dry run calls nobody.

use media_testkit::loopback::LoopbackServer;

use crate::home::Home;

#[test]
fn a_listener_behind_every_base_url_sees_no_connection() {
    let server = LoopbackServer::start().unwrap();
    let kinds = ["sdxl", "openai_images", "flux", "replicate_sdxl", "figma_api", "canva_api"];
    let tables: String = kinds
        .iter()
        .map(|kind| format!("[providers.{kind}]\nbase_url = \"{}\"\napi_key = \"k\"\n", server.base_url()))
        .collect();
    let home = Home::with_config(&tables);
    home.ok(&["generate", "a lighthouse at dusk", "--count", "3"]);
    for kind in kinds {
        home.ok(&["generate", "a lighthouse at dusk", "--provider", kind]);
    }
    home.ok(&["providers"]);
    let asset_id = home.json(&["asset", "list"])[0]["asset_id"].as_str().unwrap().to_owned();
    home.ok(&["export", "figma", &asset_id, "--file-key", "FILE"]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_main_command_needs_nothing_and_says_how_to_go_live() {
    let home = Home::new();
    let said = home.ok(&["generate", "A beautiful sunset over the sea"]);
    for told in ["id", "file", "size", "provider", "tags", "1024x1024", "generated-sdxl"] {
        assert!(said.out.contains(told), "{told}: {}", said.out);
    }
    assert_eq!(said.err.matches("DRY_RUN_MODE=false").count(), 1, "{}", said.err);
    let listed = home.json(&["asset", "list"]);
    assert_eq!(listed.len(), 1, "a second process sees it");
    assert!(home.path("media-data").is_dir());
}

#[test]
fn an_export_without_its_token_is_an_error_even_in_dry_run() {
    let home = Home::new();
    let asset_id = home.json(&["generate", "a lighthouse"])[0]["asset_id"].as_str().unwrap().to_owned();
    let said = home.run(&["export", "figma", &asset_id, "--file-key", "FILE"]);
    assert_eq!(said.code, 6, "{said:?}");
    assert!(said.err.contains("FIGMA_API_TOKEN"), "{}", said.err);
}

#[test]
fn a_word_that_is_neither_yes_nor_no_is_refused() {
    let home = Home::new();
    let output = home.command(&["providers"]).env("DRY_RUN_MODE", "maybe").output().unwrap();
    let said = crate::home::Said::of(output);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("DRY_RUN_MODE") && said.err.contains("maybe"), "{}", said.err);
}
