//! The program as its users see it: processes, files, exit codes. No network, no key.

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A working directory of its own for the program.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_media-app"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// Every JSON line that a command prints; the command must succeed.
    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.path().join(name), bytes).expect("written");
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

fn text_of<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap_or_else(|| panic!("no {key} in {object}"))
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

#[test]
fn the_main_job_needs_nothing() {
    let bench = Bench::new();
    let output = bench.run(&["generate", "A beautiful sunset over the sea"]);
    assert!(output.status.success());
    let (results, messages) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for wanted in ["id ", "file ", "size ", "provider  sdxl", "generated-sdxl", "1024x1024"] {
        assert!(results.contains(wanted), "{wanted} is missing in {results}");
    }
    assert_eq!(messages.lines().filter(|line| line.contains("DRY_RUN_MODE=false")).count(), 1, "{messages}");
    let listed = bench.json(&["asset", "list"]);
    assert_eq!(listed.len(), 1);
    assert!(bench.path(text_of(&listed[0], "file")).is_file());
}

#[test]
fn several_images_are_numbered_and_told_apart() {
    let bench = Bench::new();
    let made = bench.json(&["generate", "x", "--count", "3", "--width", "64", "--height", "48", "--out", "pic.png"]);
    let mut indexes: Vec<_> = made.iter().map(|image| image["image_index"].as_u64().expect("a number")).collect();
    indexes.sort_unstable();
    assert_eq!(indexes, [0, 1, 2]);
    for name in ["pic.png", "pic-2.png", "pic-3.png"] {
        assert!(bench.path(name).is_file(), "{name}");
    }
    assert!(made.iter().all(|image| image["dimensions"]["width"] == 64 && image["placeholder"] == true));
}

#[test]
fn a_bad_place_for_the_file_costs_nothing() {
    let bench = Bench::new();
    assert_eq!(code(&bench.run(&["generate", "x", "--out", "nowhere/pic.png"])), 2);
    assert!(bench.json(&["asset", "list"]).is_empty());
}

#[test]
fn the_worked_example_holds_across_processes() {
    let bench = Bench::new();
    bench.json(&["generate", "x", "--width", "1920", "--height", "400", "--out", "hero.png"]);
    let added = bench.json(&[
        "asset",
        "add",
        "hero.png",
        "--allow-duplicate",
        "--type",
        "banner",
        "--tag",
        "hero,banner,homepage",
    ]);
    let id = text_of(&added[0], "asset_id");
    assert_eq!(added[0]["tags"], serde_json::json!(["banner", "hero", "homepage"]));
    let recorded = bench.json(&[
        "performance",
        "record",
        id,
        "--campaign",
        "summer_2024",
        "--channel",
        "email",
        "--impressions",
        "50000",
        "--clicks",
        "2500",
        "--engagements",
        "3000",
        "--conversions",
        "200",
    ]);
    let shown = bench.json(&["performance", "show", id]);
    for measured in [&recorded[0], &shown[0]] {
        assert_eq!(measured["click_through_rate"], 0.05);
        assert_eq!(measured["engagement_rate"], 0.06);
        assert_eq!(measured["conversion_rate"], 0.08);
        assert_eq!(measured["is_high_performing"], true);
    }
    let suggested = bench.json(&["suggest", id]);
    assert_eq!(suggested.iter().map(|one| text_of(one, "kind")).collect::<Vec<_>>(), ["convert_to_webp"]);
    let duplicates = bench.json(&["asset", "duplicates"]);
    assert_eq!(duplicates[0]["assets"].as_array().map(Vec::len), Some(2));
}

#[test]
fn an_asset_moves_along_its_lifecycle() {
    let bench = Bench::new();
    let made = bench.json(&["generate", "x", "--width", "64", "--height", "64"]);
    let id = text_of(&made[0], "asset_id");
    assert_eq!(code(&bench.run(&["asset", "publish", id])), 5, "a draft cannot be published");
    assert_eq!(code(&bench.run(&["asset", "approve", id])), 5, "a placeholder asks for force");
    for (step, status) in [
        (&["asset", "approve", id, "--force", "--by", "anna"][..], "approved"),
        (&["asset", "withdraw", id], "draft"),
        (&["asset", "approve", id, "--force"], "approved"),
        (&["asset", "publish", id], "published"),
        (&["asset", "archive", id], "archived"),
        (&["asset", "delete", id], "deleted"),
        (&["asset", "restore", id], "archived"),
    ] {
        assert_eq!(text_of(&bench.json(step)[0], "status"), status);
    }
}

#[test]
fn labels_libraries_and_files_can_be_changed_and_found() {
    let bench = Bench::new();
    let made = bench.json(&["generate", "lighthouse", "--width", "64", "--height", "64", "--out", "made.png"]);
    let id = text_of(&made[0], "asset_id");
    bench.json(&["library", "create", "Summer", "--owner", "anna"]);
    bench.json(&["asset", "link", id, "Summer"]);
    bench.json(&["asset", "tag", id, "Hero"]);
    bench.json(&["asset", "categorize", id, "web"]);
    let found = ["asset", "list", "--library", "Summer", "--tag", "hero", "--category", "web", "--text", "lighthouse"];
    assert_eq!(bench.json(&found).len(), 1);
    bench.json(&["asset", "tag", id, "hero", "--remove"]);
    assert!(bench.json(&found).is_empty());
    assert_eq!(bench.json(&["library", "stats", "Summer"])[0]["asset_count"], 1);
    bench.json(&["asset", "unlink", id, "Summer"]);
    assert_eq!(bench.json(&["library", "stats", "Summer"])[0]["asset_count"], 0);
    let fetched = bench.run(&["asset", "get", id, "--out", "-"]).stdout;
    assert_eq!(fetched, std::fs::read(bench.path("made.png")).expect("written"));
}

#[test]
fn unusable_files_are_refused_and_leave_nothing_behind() {
    let bench = Bench::new();
    bench.json(&["generate", "x", "--width", "64", "--height", "64", "--out", "whole.png"]);
    let whole = std::fs::read(bench.path("whole.png")).expect("written");
    bench.write("text.png", b"hello");
    bench.write("cut.png", &whole[..whole.len() / 2]);
    bench.write("empty.png", b"");
    assert_eq!(code(&bench.run(&["asset", "add", "text.png", "cut.png", "empty.png", "."])), 5);
    assert_eq!(code(&bench.run(&["asset", "add", "absent.png"])), 4);
    assert_eq!(code(&bench.run(&["asset", "add", "text.png", "whole.png"])), 8, "one of two is known");
    assert_eq!(bench.json(&["asset", "list"]).len(), 1);
    assert_eq!(bench.json(&["verify"])[0]["blobs_unreferenced"], 0);
}

#[test]
fn a_backup_is_a_data_folder() {
    let bench = Bench::new();
    bench.json(&["generate", "x", "--width", "64", "--height", "64"]);
    bench.json(&["backup", "copy"]);
    assert_eq!(bench.json(&["asset", "list", "--data-dir", "copy"]).len(), 1);
    assert_eq!(bench.json(&["verify", "--data-dir", "copy"])[0]["findings"], serde_json::json!([]));
    assert_eq!(code(&bench.run(&["backup", "copy"])), 5, "it is there already");
}

#[test]
fn a_damaged_file_is_found() {
    let bench = Bench::new();
    let made = bench.json(&["generate", "x", "--width", "64", "--height", "64"]);
    bench.write(text_of(&made[0], "file"), b"something else");
    let output = bench.run(&["verify"]);
    assert_eq!(code(&output), 9);
}

#[test]
fn what_does_not_exist_is_code_four() {
    let bench = Bench::new();
    let absent = "00000000-0000-0000-0000-000000000000";
    for arguments in [
        &["asset", "show", absent][..],
        &["library", "show", "Nope"],
        &["jobs", "show", absent],
        &["generate", "x", "--library", "Nope"],
        &["generate", "x", "--chain", "nope"],
    ] {
        assert_eq!(code(&bench.run(arguments)), 4, "{arguments:?}");
    }
}

#[test]
fn live_without_a_key_names_the_variable_and_never_crashes() {
    let bench = Bench::new();
    bench.write("media.toml", b"[multi_provider_config.media_generation]\nproviders = [\"openai_images\"]");
    let output = bench.run(&["generate", "x", "--live"]);
    assert_eq!(code(&output), 6);
    assert!(String::from_utf8_lossy(&output.stderr).contains("OPENAI_API_KEY"));
    let strict = bench.command(&["generate", "x"]).env("DRY_RUN_MODE", "perhaps").output().expect("it runs");
    assert_eq!(code(&strict), 3);
}

#[test]
fn an_export_is_never_faked() {
    let bench = Bench::new();
    let made = bench.json(&["generate", "x", "--width", "64", "--height", "64"]);
    let id = text_of(&made[0], "asset_id");
    let export = ["export", "figma", id, "--file-key", "abc", "--json"];
    let without = bench.run(&export);
    assert_eq!(code(&without), 6);
    assert!(String::from_utf8_lossy(&without.stderr).contains("FIGMA_API_TOKEN"));
    let with = bench.command(&export).env("FIGMA_API_TOKEN", "t").output().expect("it runs");
    let record: Value = serde_json::from_slice(&with.stdout).expect("JSON");
    assert_eq!((record["dry_run"].as_bool(), record["result"]["figma_file_key"].as_str()), (Some(true), Some("abc")));
    let tags = &bench.json(&["asset", "show", id])[0]["tags"];
    assert!(tags.as_array().expect("a list").contains(&"figma_exported".into()));
}

#[test]
fn configuration_is_shown_with_origins_and_without_secrets() {
    let bench = Bench::new();
    let shown = bench
        .command(&["config", "show", "--json"])
        .env("OPENAI_API_KEY", "sesame")
        .env("DRY_RUN_MODE", "false")
        .output()
        .expect("it runs");
    let text = String::from_utf8(shown.stdout).expect("text");
    assert!(!text.contains("sesame"));
    let values: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let origin = |path: &str| values.iter().find(|value| value["path"] == path).map(|value| text_of(value, "origin"));
    assert_eq!(origin("dry_run"), Some("variable DRY_RUN_MODE"));
    assert_eq!(origin("providers.openai_images.api_key"), Some("variable OPENAI_API_KEY"));
    assert_eq!(bench.json(&["config", "check"])[0]["ok"], true);
    assert!(!bench.path("media-data").exists(), "looking makes nothing");
}

#[test]
fn providers_are_listed_without_a_store() {
    let bench = Bench::new();
    let lines = bench.json(&["providers"]);
    let order: Vec<_> = lines
        .iter()
        .filter(|line| line["chain"] == "media_generation")
        .map(|line| text_of(line, "provider").to_owned())
        .collect();
    assert_eq!(order, ["sdxl", "openai_images", "flux", "replicate_sdxl", "figma_api", "canva_api", "noop_media"]);
    assert!(!bench.path("media-data").exists());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bench = Bench::new();
    let mut child =
        bench.command(&["config", "show"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    assert!(output.stderr.is_empty());
}
