//! Credits of users.

use super::{credits, works};
use crate::home::{Home, orders, server_that};

const THREE_A_MONTH: &str = "[providers.only.policy]\nmonthly_credits = 3\n";

#[test]
fn a_months_credits_are_counted_and_then_used_up() {
    let server = server_that(works());
    let home = Home::live_with(&[("only", &server)], THREE_A_MONTH);
    home.ok(&["generate", "a lighthouse", "--quality", "hd"]);
    let line = credits(&home, "only");
    assert_eq!((&line["used"], &line["limit"], &line["remaining"]), (&2.into(), &3.into(), &1.into()));
    let said = home.run(&["generate", "a lighthouse", "--quality", "hd"]);
    assert_eq!((said.code, orders(&server)), (10, 1), "{said:?}");
    assert!(said.err.contains("monthly quota exceeded"), "{}", said.err);
    assert!(said.err.contains(line["resets_at"].as_str().unwrap().split('T').next().unwrap()), "{}", said.err);
    home.ok(&["generate", "a lighthouse"]);
    assert_eq!(home.run(&["generate", "a lighthouse"]).code, 10);
}

#[test]
fn a_limit_of_ones_own_overrides_the_configured_one() {
    let server = server_that(works());
    let home = Home::live_with(&[("only", &server)], THREE_A_MONTH);
    let set = &home.json(&["quota", "set", "anna", "only", "1"])[0];
    assert_eq!((&set["limit"], &set["own_limit"]), (&1.into(), &true.into()));
    home.ok(&["generate", "a lighthouse", "--user", "anna"]);
    assert_eq!(home.run(&["generate", "a lighthouse", "--user", "anna"]).code, 10);
    home.ok(&["generate", "a lighthouse", "--user", "bert"]);
    home.ok(&["quota", "set", "anna", "only", "default"]);
    home.ok(&["generate", "a lighthouse", "--user", "anna"]);
    assert_eq!(orders(&server), 3);
    assert_eq!(home.run(&["quota", "set", "anna", "nobody", "1"]).code, 4);
}

#[test]
fn a_placeholder_does_not_hide_that_credits_are_used_up() {
    let server = server_that(works());
    let home = Home::live_with(&[("only", &server)], "[providers.only.policy]\nmonthly_credits = 0\n");
    home.change_config("providers = [\"only\"]", "providers = [\"only\", \"noop_media\"]");
    assert_eq!(home.run(&["generate", "a lighthouse"]).code, 10);
}

#[test]
fn dry_run_uses_no_credits() {
    let server = server_that(works());
    let home = Home::live_with(&[("only", &server)], THREE_A_MONTH);
    for _ in 0..4 {
        home.ok(&["generate", "a lighthouse", "--dry-run"]);
    }
    let line = credits(&home, "only");
    assert_eq!((&line["used"], &line["reserved"]), (&0.into(), &0.into()));
    assert_eq!(orders(&server), 0);
}
