//! Unfinished pictures, from a server that sends its answer as events.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use base64::Engine;
use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::pictures;
use serde_json::{Value, json};

use crate::home::{Home, delivers, kill, orders, server_that};

const GENERATE: [&str; 6] = ["generate", "a lighthouse", "--width", "1024", "--height", "1024"];

/// A picture, told apart from others by its number.
fn picture(number: u64) -> Vec<u8> {
    pictures::png(1024, 1024, number).to_vec()
}

fn event(operation: &str, what: &str, number: u64, more: &[(&str, Value)]) -> Vec<u8> {
    let name = format!("{operation}.{what}");
    let b64_json = base64::engine::general_purpose::STANDARD.encode(picture(number));
    let mut data = json!({ "type": name, "b64_json": b64_json, "created_at": 1, "output_format": "png" });
    more.iter().for_each(|(key, value)| data[*key] = value.clone());
    format!("event: {name}\ndata: {data}\n\n").into_bytes()
}

fn unfinished(operation: &str, number: u64) -> Vec<u8> {
    event(operation, "partial_image", number, &[("partial_image_index", json!(number))])
}

/// Two unfinished pictures and the finished one.
fn in_steps(operation: &str) -> Behaviour {
    let pieces = [unfinished(operation, 0), unfinished(operation, 1), event(operation, "completed", 9, &[])];
    Behaviour::RespondWithEvents { pieces: pieces.map(Into::into).into(), ends: true }
}

fn home(server: &LoopbackServer) -> Home {
    let home = Home::live_with(&[("only", server)], "[multi_provider_config.media_editing]\nproviders = [\"only\"]\n");
    home.change_config("api_key", "partial_images = 2\napi_key");
    home
}

/// What was asked of the server first.
fn asked(server: &LoopbackServer) -> Value {
    serde_json::from_slice(&server.requests()[0].body).unwrap()
}

#[test]
fn unfinished_pictures_are_written_beside_the_finished_one() {
    let server = server_that(in_steps("image_generation"));
    let home = home(&server);
    let files = ["--out", "a.png", "--partial-out", "a.png"];
    let said = home.ok(&[&GENERATE[..], &files].concat());
    assert_eq!((&asked(&server)["stream"], &asked(&server)["partial_images"]), (&json!(true), &json!(2)));
    for (file, number) in [("a.partial-0.png", 0), ("a.partial-1.png", 1), ("a.png", 9)] {
        assert_eq!(std::fs::read(home.path(file)).unwrap(), picture(number), "{file}");
    }
    assert!(said.err.contains("unfinished picture: a.partial-0.png\nunfinished picture: a.partial-1.png"), "{said:?}");
    assert_eq!(home.json(&["asset", "list"]).len(), 1, "what is unfinished is no asset");
    let kept: Vec<_> = home.blobs().iter().map(|blob| std::fs::read(blob).unwrap()).collect();
    assert!(kept.contains(&picture(9)) && !kept.contains(&picture(1)));
}

#[test]
fn they_come_while_the_provider_is_at_work() {
    let pieces = vec![unfinished("image_generation", 0).into()];
    let server = server_that(Behaviour::RespondWithEvents { pieces, ends: false });
    let home = home(&server);
    let mut command = home.command(&[&GENERATE[..], &["--partial-out", "a"]].concat());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(told.next().unwrap().unwrap(), "unfinished picture: a.partial-0.png");
    assert_eq!(std::fs::read(home.path("a.partial-0.png")).unwrap(), picture(0));
    assert!(child.try_wait().unwrap().is_none(), "it waits for the rest");
    kill(child);
}

#[test]
fn each_image_has_its_own_and_edits_have_them_too() {
    let server = server_that(in_steps("image_generation"));
    server.route("POST /v1/images/edits", in_steps("image_edit"));
    let home = home(&server);
    home.ok(&[&GENERATE[..], &["-n", "2", "--partial-out", "a.png"]].concat());
    home.ok(&["edit", "a.partial-0.png", "the same at night", "--partial-out", "b.png"]);
    for file in ["a.partial-1.png", "a-2.partial-1.png", "b.partial-1.png"] {
        assert_eq!(std::fs::read(home.path(file)).unwrap(), picture(1), "{file}");
    }
}

#[test]
fn nothing_is_streamed_unless_it_is_asked_for_and_that_none_came_is_told() {
    let server = server_that(delivers(&picture(9)));
    let home = home(&server);
    home.ok(&GENERATE);
    assert!(asked(&server)["stream"].is_null());
    let watching = [&GENERATE[..], &["--partial-out", "a.png"]].concat();
    home.change_config("partial_images = 2", "partial_images = 0");
    let said = home.ok(&watching);
    assert!(said.err.contains("no unfinished picture came"), "{}", said.err);
    assert!(!home.path("a.partial-0.png").exists());
    let said = home.run(&[&GENERATE[..], &["--partial-out", "nowhere/a.png"]].concat());
    assert_eq!((said.code, orders(&server)), (2, 2), "{said:?}");
    assert!(said.err.contains("--partial-out"), "{}", said.err);
}

#[test]
fn what_cannot_be_written_takes_nothing_from_the_picture() {
    let server = server_that(in_steps("image_generation"));
    let home = home(&server);
    std::fs::create_dir_all(home.path("a.partial-0.png/in-the-way")).unwrap();
    let said = home.ok(&[&GENERATE[..], &["--out", "a.png", "--partial-out", "a.png"]].concat());
    assert!(said.err.contains("warning: an unfinished picture is lost"), "{}", said.err);
    assert_eq!(std::fs::read(home.path("a.partial-1.png")).unwrap(), picture(1));
    assert_eq!(std::fs::read(home.path("a.png")).unwrap(), picture(9));
}
