//! Pictures that are changed.

use media_testkit::loopback::LoopbackServer;
use media_testkit::pictures;
use serde_json::json;

use crate::home::{Home, delivers, orders};

/// A server that edits, in the place of the chain.
fn live() -> (LoopbackServer, Home) {
    let server = LoopbackServer::start().unwrap();
    server.route("POST /v1/images/edits", delivers(&pictures::png(64, 48, 9)));
    let home = Home::live_with(&[("only", &server)], "[multi_provider_config.media_editing]\nproviders = [\"only\"]\n");
    std::fs::write(home.path("a.png"), pictures::png(64, 48, 1)).unwrap();
    std::fs::write(home.path("small.png"), pictures::png(8, 8, 1)).unwrap();
    (server, home)
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[test]
fn an_asset_is_edited_into_another_one_and_stays_as_it_is() {
    let (server, home) = live();
    home.ok(&["library", "create", "Summer"]);
    let added = home.json(&["asset", "add", "a.png", "--library", "Summer"]);
    let source = added[0]["asset_id"].as_str().unwrap();
    let told = &home.json(&["edit", source, "the same at night", "--out", "night.png"])[0];
    assert_eq!(told["generation"]["edit"]["parent_asset_id"], json!(source), "{told}");
    let tags = told["tags"].as_array().unwrap();
    assert!(tags.contains(&json!("edited")) && tags.contains(&json!("edited-only")), "{told}");
    assert_eq!(std::fs::read(home.path("night.png")).unwrap(), pictures::png(64, 48, 9));
    assert_eq!(home.content(source), pictures::png(64, 48, 1));
    let sent = &server.requests()[0].body;
    assert!(holds(sent, &pictures::png(64, 48, 1)) && holds(sent, b"the same at night"));
    assert_eq!(home.json(&["asset", "list", "--library", "Summer"]).len(), 2, "it goes where its source is");
}

#[test]
fn a_file_is_edited_without_becoming_an_asset() {
    let (server, home) = live();
    home.ok(&["edit", "a.png", "the same at night", "--retain", "none", "--out", "night.png"]);
    assert_eq!(std::fs::read(home.path("night.png")).unwrap(), pictures::png(64, 48, 9));
    assert!(home.json(&["asset", "list"]).is_empty() && home.blobs().is_empty());
    assert_eq!(orders(&server), 1);
}

#[test]
fn what_cannot_be_edited_is_told_before_anything_is_ordered() {
    let (server, home) = live();
    std::fs::write(home.path("text.png"), "no picture").unwrap();
    for (arguments, code) in [
        (&["edit", "missing.png", "at night"][..], 4),
        (&["edit", "01a1f89c-09ff-72e9-b711-574120525961", "at night"], 4),
        (&["edit", "text.png", "at night"], 5),
        (&["edit", "a.png"], 5),
        (&["edit", "a.png", "at night", "--mask", "small.png"], 5),
        (&["edit", "a.png", "--kind", "outpaint"], 5),
        (&["edit", "a.png", "at night", "--retain", "none"], 2),
    ] {
        let said = home.run(arguments);
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn an_edit_that_nobody_is_set_up_for_says_where_to_look() {
    let home = Home::new();
    std::fs::write(home.path("a.png"), pictures::png(64, 48, 1)).unwrap();
    let remove_background = ["edit", "a.png", "--kind", "remove-background"];
    let said = home.run(&remove_background);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(said.err.contains("hint: no provider of the chain `media_editing`"), "{}", said.err);
    assert!(said.err.contains("docs/PROVIDERS.md"), "{}", said.err);
    std::fs::write(home.path("media.toml"), "[providers.sdxl]\napi = \"v2beta\"\n").unwrap();
    home.ok(&remove_background);
}

#[test]
fn in_dry_run_a_placeholder_of_the_right_size_comes() {
    let home = Home::new();
    std::fs::write(home.path("a.png"), pictures::png(64, 48, 1)).unwrap();
    let told = &home.json(&["edit", "a.png", "the same at night"])[0];
    assert_eq!(told["dimensions"], json!({ "width": 64, "height": 48 }), "{told}");
    assert_eq!((&told["placeholder"], &told["generation"]["dry_run"]), (&json!(true), &json!(true)));
}
