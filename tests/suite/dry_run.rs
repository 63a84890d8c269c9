//! Dry run calls nobody.

use std::collections::BTreeSet;

use media_testkit::loopback::LoopbackServer;
use media_testkit::pictures;
use serde_json::json;

use crate::home::{Home, delivers, orders, server_that};

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
fn a_seed_is_counted_on_with_the_images() {
    let told = Home::new().json(&["generate", "a lighthouse", "--seed", "7", "--count", "3"]);
    let seeds: BTreeSet<_> =
        told.iter().filter_map(|one| one["generation"]["request"]["options"]["seed"].as_u64()).collect();
    assert_eq!(seeds, [7, 8, 9].into());
    let files: BTreeSet<_> = told.iter().map(|one| one["content_hash"].as_str().unwrap()).collect();
    assert_eq!(files.len(), 3, "{told:?}");
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

#[test]
fn one_provider_in_dry_run_answers_in_a_live_chain_and_is_never_called() {
    let (first, second) = (server_that(delivers(&pictures::png(64, 48, 1))), LoopbackServer::start().unwrap());
    let home = Home::live_with(&[("first", &first), ("second", &second)], "");
    home.change_config("[providers.second]\n", "[providers.second]\ndry_run = true\n");
    let told = &home.json(&["generate", "a lighthouse", "--provider", "second"])[0];
    assert_eq!(
        (&told["placeholder"], &told["generation"]["metadata"]["dry_run"]),
        (&json!(true), &json!(true)),
        "{told}"
    );
    assert_eq!(told["generation"]["provider_name"], "second");
    assert!(told["tags"].as_array().unwrap().contains(&json!("dry_run")), "{told}");
    let said = home.ok(&["generate", "a lighthouse", "--provider", "second"]);
    assert!(said.err.contains("second is in dry run"), "{}", said.err);
    let lines = home.json(&["providers"]);
    let standing = |id: &str| lines.iter().find(|line| line["provider"] == id).unwrap()["standing"].clone();
    assert_eq!((standing("first"), standing("second")), (json!("ready"), json!("dry_run")));
    home.ok(&["generate", "a lighthouse"]);
    assert_eq!((orders(&first), second.connections()), (1, 0), "the rest of the chain is live");
}
