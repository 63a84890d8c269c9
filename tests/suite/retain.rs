//! Requests of which nothing is kept.

use media_testkit::loopback::LoopbackServer;
use media_testkit::pictures;
use serde_json::json;

use crate::home::{Home, delivers, orders, server_that};

const PROMPT: &str = "a lighthouse that nobody may hear of";
const SIZE: [&str; 4] = ["--width", "64", "--height", "48"];

fn server() -> LoopbackServer {
    server_that(delivers(&pictures::png(64, 48, 1)))
}

/// Generates with these arguments besides.
fn generate<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["generate", PROMPT][..], &SIZE, more].concat()
}

/// Whether any file of the data folder holds these bytes.
fn is_kept(home: &Home, bytes: &[u8]) -> bool {
    let mut folders = vec![home.path("media-data")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if std::fs::read(entry.path()).unwrap().windows(bytes.len()).any(|window| window == bytes) {
                return true;
            }
        }
    }
    false
}

#[test]
fn the_image_is_in_its_file_and_nowhere_else() {
    let server = server();
    let home = Home::live(&[("only", &server)]);
    let told = &home.json(&generate(&["--retain", "none", "--out", "picture.png", "-n", "2"]))[0];
    let picture = pictures::png(64, 48, 1);
    for file in ["picture.png", "picture-2.png"] {
        assert_eq!(std::fs::read(home.path(file)).unwrap(), picture, "{file}");
    }
    assert_eq!((&told["retain"], &told["asset_id"]), (&json!("none"), &json!(null)), "{told}");
    assert!(home.json(&["asset", "list"]).is_empty() && home.json(&["jobs", "list"]).is_empty());
    assert!(home.blobs().is_empty());
    assert!(!is_kept(&home, PROMPT.as_bytes()) && !is_kept(&home, &picture));
    assert_eq!(orders(&server), 2);
    // The look into the files finds what is there.
    home.ok(&generate(&[]));
    assert!(is_kept(&home, PROMPT.as_bytes()) && is_kept(&home, &picture));
}

#[test]
fn without_a_file_to_hold_it_nothing_is_ordered() {
    let server = server();
    let home = Home::live(&[("only", &server)]);
    let said = home.run(&generate(&["--retain", "none"]));
    assert_eq!((said.code, orders(&server)), (2, 0), "{said:?}");
    assert!(said.err.contains("--out"), "{}", said.err);
}

#[test]
fn a_chain_may_keep_nothing_by_default() {
    let server = server();
    let home = Home::live(&[("only", &server)]);
    home.change_config("providers = [", "retain = \"none\"\nproviders = [");
    assert_eq!(home.run(&generate(&[])).code, 2, "the chain asks for a file");
    home.ok(&generate(&["--out", "picture.png"]));
    assert!(home.json(&["asset", "list"]).is_empty());
    home.ok(&generate(&["--retain", "all"]));
    assert_eq!(home.json(&["asset", "list"]).len(), 1, "a call may say otherwise");
}

#[test]
fn a_key_that_comes_again_is_told_that_nothing_is_left() {
    let server = server();
    let home = Home::live(&[("only", &server)]);
    let once = generate(&["--retain", "none", "--out", "picture.png", "--idempotency-key", "order-4711"]);
    home.ok(&once);
    let said = home.run(&once);
    assert_eq!((said.code, orders(&server)), (5, 1), "{said:?}");
    assert!(said.err.contains("nothing of it was retained") && said.err.contains("new key"), "{}", said.err);
    assert!(!is_kept(&home, PROMPT.as_bytes()));
}
