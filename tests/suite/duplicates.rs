//! The same request gives the same bytes, kept once.

use crate::home::Home;

#[test]
fn two_assets_of_the_same_bytes_share_one_file_and_are_found_across_libraries() {
    let home = Home::new();
    home.ok(&["library", "create", "Other"]);
    let generate = |library: &str| {
        let told = home.json(&[
            "generate",
            "a lighthouse",
            "--width",
            "320",
            "--height",
            "200",
            "--seed",
            "7",
            "--library",
            library,
        ]);
        told[0]["asset_id"].as_str().unwrap().to_owned()
    };
    home.ok(&["library", "create", "One"]);
    let (one, other) = (generate("One"), generate("Other"));
    assert_eq!(home.content(&one), home.content(&other));
    // One file and one preview.
    assert_eq!(home.blobs().len(), 2);
    let groups = home.json(&["asset", "duplicates"]);
    assert_eq!(groups.len(), 1);
    let ids: Vec<_> = groups[0]["assets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|asset| asset["asset_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, [one, other]);
}
