//! The command line: what parses, and into what.

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use media_app::cli::{AssetCommand, Cli, Command, JobsCommand};
use media_app::report::{EXIT_CODES_HELP, ExitCode};

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
        &["providers"],
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
        (&["performance", "record", ID, "--channel", "web"], ErrorKind::MissingRequiredArgument),
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
