//! Files that are not what they seem.

use std::path::PathBuf;

use media_testkit::pictures;

use crate::home::Home;

fn written(home: &Home, name: &str, bytes: &[u8]) -> PathBuf {
    let path = home.path(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A JPEG, made by the program itself.
fn jpeg(home: &Home) -> Vec<u8> {
    let out = home.path("made.jpg");
    home.ok(&[
        "generate",
        "a lighthouse",
        "--width",
        "64",
        "--height",
        "48",
        "--format",
        "jpeg",
        "--provider",
        "noop_media",
        "--out",
        out.to_str().unwrap(),
    ]);
    std::fs::read(out).unwrap()
}

#[test]
fn a_jpeg_named_png_is_filed_as_jpeg() {
    let (maker, home) = (Home::new(), Home::new());
    let file = written(&home, "picture.png", &jpeg(&maker));
    let added = home.json(&["asset", "add", file.to_str().unwrap()]);
    assert_eq!(added[0]["metadata"]["format"], "jpeg");
}

#[test]
fn what_is_no_picture_is_refused_and_leaves_nothing_behind() {
    let png = pictures::png(64, 48, 1);
    let mut bomb = png.to_vec();
    // Width and height of the header; its check sum is no excuse to decode first.
    bomb[16..24].copy_from_slice(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
    let cases: [(&str, &[u8]); 4] = [
        ("text.png", b"this is a text file"),
        ("truncated.png", &png[..png.len() - 30]),
        ("bomb.png", &bomb),
        ("empty.png", b""),
    ];
    let home = Home::new();
    for (name, bytes) in cases {
        let file = written(&home, name, bytes);
        let said = home.run(&["asset", "add", file.to_str().unwrap()]);
        assert_eq!(said.code, 5, "{name}: {said:?}");
        assert!(said.err.contains(name) || said.err.contains(name.trim_end_matches(".png")), "{name}: {}", said.err);
    }
    let missing = home.run(&["asset", "add", "nowhere.png"]);
    assert_ne!(missing.code, 0);
    assert!(home.blobs().is_empty());
    assert!(home.json(&["asset", "list"]).is_empty());
}
