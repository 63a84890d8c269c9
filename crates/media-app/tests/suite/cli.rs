//! The command line: what parses, and into what.

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use media_app::cli::{AssetCommand, Cli, Command, ExportCommand, JobsCommand, Picture};
use media_app::report::{EXIT_CODES_HELP, ExitCode};
use media_domain::EditKind;
use serde_json::json;

fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(["media-app"].iter().chain(arguments))
}

const ID: &str = "01a1f89c-09ff-72e9-b711-574120525961";

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_parses() {
    for arguments in [
        &["generate", "a prompt", "--width", "64", "--count", "8", "--out", "x.png", "--strict"][..],
        &[
            "generate",
            "a prompt",
            "--quality",
            "hd",
            "--background",
            "transparent",
            "--format",
            "webp",
            "--cfg-scale",
            "7.5",
        ],
        &["library", "create", "Summer", "--owner", "anna"],
        &["library", "list"],
        &["library", "show", ID],
        &["library", "stats", "Summer"],
        &["asset", "add", "a.png", "b.png", "--tag", "hero,banner", "--category", "web", "--type", "banner"],
        &["asset", "list", "--tag", "hero", "--status", "draft", "--format", "mp4", "--most-used", "--after", "c"],
        &["asset", "show", ID],
        &["asset", "get", ID, "--out", "-"],
        &["asset", "tag", ID, "hero", "banner"],
        &["asset", "categorize", ID, "web", "--remove"],
        &["asset", "approve", ID, "--by", "anna", "--notes", "fine", "--force"],
        &["asset", "publish", ID],
        &["asset", "archive", ID],
        &["asset", "withdraw", ID],
        &["asset", "delete", ID],
        &["asset", "restore", ID],
        &["asset", "link", ID, "Summer"],
        &["asset", "unlink", ID, "Summer"],
        &["asset", "variants", ID],
        &["asset", "duplicates"],
        &["performance", "record", ID, "--campaign", "summer_2024", "--channel", "email", "--impressions", "50000"],
        &["performance", "show", ID],
        &["performance", "best", "--campaign", "summer_2024", "--limit", "3"],
        &["suggest", ID],
        &["export", "figma", ID, "--file-key", "k", "--page-id", "1:2"],
        &[
            "export",
            "figma",
            ID,
            "--file-key",
            "k",
            "--link",
            "https://media.example/a",
            "--option",
            "attach_as=comment",
        ],
        &["export", "canva", ID],
        &["providers", "check", "--fresh"],
        &["edit", ID, "at night", "--mask", "mask.png", "--reference", "a.png", "--reference", ID, "-n", "2"],
        &["edit", "a.png", "--kind", "remove-background", "--out", "b.png", "--format", "webp"],
        &[
            "edit",
            "a.png",
            "--left",
            "64",
            "--up",
            "32",
            "--library",
            "Summer",
            "--chain",
            "edits",
            "--provider",
            "flux",
        ],
        &["edit", "a.png", "at night", "--width", "64", "--height", "64", "--seed", "7"],
        &["export", "canva", ID, "--title", "Autumn", "--user", "anna"],
        &["auth", "canva", "--provider", "canva_team", "--redirect-port", "8931", "--wait-s", "60"],
        &["auth", "status"],
        &["generate", "a prompt", "--idempotency-key", "order-4711/1"],
        &["generate", "a prompt", "--retain", "none", "--out", "x.png"],
        &["providers"],
        &["providers", "check"],
        &["providers", "force", "flux", "open"],
        &["providers", "force", "flux", "automatic"],
        &["quota"],
        &["quota", "show", "--user", "anna", "--provider", "flux"],
        &["quota", "set", "anna", "flux", "100"],
        &["quota", "set", "anna", "flux", "default"],
        &["jobs", "reconcile", ID],
        &["jobs", "reconcile", "--all"],
        &["jobs", "list", "--state", "unknown,failed"],
        &["jobs", "show", ID],
        &["jobs", "resolve", ID, "--not-billed"],
        &["backup", "copy"],
        &["verify"],
        &["config", "show"],
        &["config", "check"],
    ] {
        parse(arguments).unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (arguments, kind) in [
        (&["generate"][..], ErrorKind::MissingRequiredArgument),
        (&["generate", "  "], ErrorKind::ValueValidation),
        (&["generate", "x", "--steps", "0"], ErrorKind::ValueValidation),
        (&["generate", "x", "--count", "0"], ErrorKind::ValueValidation),
        (&["generate", "x", "--count", "101"], ErrorKind::ValueValidation),
        (&["generate", "x", "--live", "--dry-run"], ErrorKind::ArgumentConflict),
        (&["generate", "x", "--provider", "Open AI"], ErrorKind::ValueValidation),
        (&["asset", "add"], ErrorKind::MissingRequiredArgument),
        (&["asset", "show", "not-an-id"], ErrorKind::ValueValidation),
        (&["asset", "tag", ID, " "], ErrorKind::ValueValidation),
        (&["jobs", "resolve", ID], ErrorKind::MissingRequiredArgument),
        (&["jobs", "resolve", ID, "--billed", "--not-billed"], ErrorKind::ArgumentConflict),
        (&["jobs", "reconcile"], ErrorKind::MissingRequiredArgument),
        (&["jobs", "reconcile", ID, "--all"], ErrorKind::ArgumentConflict),
        (&["generate", "x", "--idempotency-key", "two words"], ErrorKind::ValueValidation),
        (&["providers", "force", "flux", "ajar"], ErrorKind::InvalidValue),
        (&["quota", "set", "anna", "flux", "-1"], ErrorKind::UnknownArgument),
        (&["quota", "set", "anna", "flux", "some"], ErrorKind::ValueValidation),
        (&["performance", "record", ID, "--channel", "web"], ErrorKind::MissingRequiredArgument),
        (&["generate", "x", "--retain", "some"], ErrorKind::ValueValidation),
        (&["export", "figma", ID], ErrorKind::MissingRequiredArgument),
        (&["export", "canva", ID, "--option", "=1"], ErrorKind::ValueValidation),
        (&["export", "canva", ID, "--link", "not an address"], ErrorKind::ValueValidation),
        (&["auth", "canva", "--redirect-port", "70000"], ErrorKind::ValueValidation),
        (&["edit", "a.png", "x", "--kind", "blur"], ErrorKind::ValueValidation),
        (&["edit", "a.png", "x", "--width", "64"], ErrorKind::MissingRequiredArgument),
        (&["frobnicate"], ErrorKind::InvalidSubcommand),
    ] {
        let refused = parse(arguments).err().unwrap_or_else(|| panic!("{arguments:?} was taken"));
        assert_eq!(refused.kind(), kind, "{arguments:?}");
    }
}

#[test]
fn global_flags_stand_before_or_behind_the_command() {
    for arguments in [["--json", "--live", "providers"], ["providers", "--json", "--live"]] {
        let cli = parse(&arguments).expect("sound");
        assert!(cli.global.json);
        assert_eq!(cli.global.config_flags().dry_run, Some(false));
    }
    assert_eq!(parse(&["providers", "--dry-run"]).expect("sound").global.config_flags().dry_run, Some(true));
    assert_eq!(parse(&["providers"]).expect("sound").global.config_flags().dry_run, None);
}

#[test]
fn lists_are_taken_apart_at_commas() {
    let Command::Asset(AssetCommand::Add(add)) =
        parse(&["asset", "add", "a.png", "--tag", "Hero, banner", "--tag", "homepage"]).expect("sound").command
    else {
        panic!("another command");
    };
    assert_eq!(add.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(), ["hero", "banner", "homepage"]);
    let Command::Jobs(JobsCommand::List(list)) =
        parse(&["jobs", "list", "--state", "unknown,failed"]).expect("sound").command
    else {
        panic!("another command");
    };
    assert_eq!(list.states.len(), 2);
}

#[test]
fn exit_codes_are_told_in_help_and_readme() {
    let readme = include_str!("../../README.md");
    for code in ExitCode::ALL {
        let number = code.number().to_string();
        assert!(EXIT_CODES_HELP.lines().any(|line| line.trim_start().starts_with(&format!("{number}  "))), "{code:?}");
        assert!(readme.lines().any(|line| line.starts_with(&format!("| {number} |"))), "{code:?}");
    }
}

#[test]
fn an_option_of_a_tool_is_json_or_a_text() {
    for (written, key, value) in [
        ("attach_as=comment", "attach_as", json!("comment")),
        ("depth=2", "depth", json!(2)),
        (r#"design_type={"name": "doc"}"#, "design_type", json!({ "name": "doc" })),
        ("note=a=b", "note", json!("a=b")),
    ] {
        let cli = parse(&["export", "canva", ID, "--option", written]).expect("sound");
        let Command::Export(ExportCommand::Canva { export, .. }) = cli.command else { panic!("another command") };
        assert_eq!((export.options[0].key.as_str(), &export.options[0].value), (key, &value), "{written}");
    }
}

#[test]
fn the_kind_of_an_edit_is_told_by_what_is_given() {
    for (given, kind) in [
        (&["at night"][..], EditKind::Edit),
        (&["at night", "--mask", "m.png"], EditKind::Inpaint),
        (&["--mask", "m.png", "--kind", "erase"], EditKind::Erase),
        (&["--down", "8"], EditKind::Outpaint),
        (&["--kind", "remove_background"], EditKind::RemoveBackground),
    ] {
        let cli = parse(&[&["edit", ID], given].concat()).expect("sound");
        let Command::Edit(args) = cli.command else { panic!("another command") };
        assert_eq!((args.edit_kind(), args.image), (kind, Picture::Asset(ID.parse().expect("an id"))), "{given:?}");
    }
    let cli = parse(&["edit", "./picture.png", "at night"]).expect("sound");
    assert!(matches!(cli.command, Command::Edit(args) if args.image == Picture::File("./picture.png".into())));
}

#[test]
fn a_seed_is_counted_on_with_the_images() {
    let cli = parse(&["generate", "x", "--seed", "7", "--count", "3"]).expect("it parses");
    let Command::Generate(args) = cli.command else { panic!("another command") };
    assert_eq!([0, 1, 2].map(|index| args.picture.options(index).seed), [Some(7), Some(8), Some(9)]);
    let last = parse(&["edit", "a.png", "x", "--seed", "18446744073709551615"]).expect("it parses");
    let Command::Edit(args) = last.command else { panic!("another command") };
    assert_eq!(args.picture.options(1).seed, Some(u64::MAX));
}

#[test]
fn no_video_is_generated() {
    assert_eq!(
        parse(&["generate", "x", "--type", "video"]).expect_err("no picture").kind(),
        ErrorKind::ValueValidation
    );
    parse(&["generate", "x", "--type", "icon"]).expect("a picture");
}
