//! Money that processes share.

use std::process::Stdio;
use std::time::Duration;

use media_testkit::loopback::Behaviour;

use super::{budget, works};
use crate::home::{Home, Said, orders, server_that};

const PRICED: &str = r#"
[generation]
concurrency = 64
[providers.only]
model = "house"
[prices.house]
source = "the contract"
as_of = "2026-11-20"
per_image = [{ usd = "0.013" }]
"#;

/// A home whose only provider charges 0.013 dollars an image, with this budget.
fn home(server: &media_testkit::loopback::LoopbackServer, chain: &str) -> Home {
    let home = Home::live_with(&[("only", server)], &PRICED.replace("[providers.only]\n", ""));
    home.change_config("model = \"house\"\n", chain);
    home.change_config("kind = \"openai_images\"\n", "kind = \"openai_images\"\nmodel = \"house\"\n");
    home
}

#[test]
fn two_processes_spend_one_budget_and_never_a_micro_more() {
    // Slow enough for the calls of both to overlap.
    let server = server_that(Behaviour::After(Duration::from_millis(50), Box::new(works())));
    let home = home(&server, "[chain_defaults]\nbudgets = [{ period = \"month\", usd = \"0.50\" }]\n");
    let children: Vec<_> = (0..2)
        .map(|_| {
            let mut command = home.command(&["--json", "generate", "a lighthouse", "--count", "64"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let said: Vec<_> = children.into_iter().map(|child| Said::of(child.wait_with_output().unwrap())).collect();
    let delivered: usize = said.iter().map(|said| said.out.lines().count()).sum();
    // 38 times 0.013 is 0.494, and once more would be 0.507.
    assert_eq!((delivered, orders(&server)), (38, 38));
    assert!(said.iter().all(|said| [8, 10].contains(&said.code)), "{said:?}");
    let budget = budget(&home);
    assert_eq!((&budget["used_micros"], &budget["reserved_micros"]), (&494_000.into(), &0.into()));
    assert_eq!(budget["remaining_micros"], 6_000);
}

#[test]
fn a_spent_budget_is_an_exit_code_of_its_own_and_calls_nobody() {
    let server = server_that(works());
    let home = home(&server, "[chain_defaults]\nbudgets = [{ period = \"day\", micros = 20_000 }]\n");
    home.ok(&["generate", "a lighthouse"]);
    let said = home.run(&["generate", "a lighthouse"]);
    assert_eq!((said.code, orders(&server)), (10, 1), "{said:?}");
    assert!(said.err.contains("budget exceeded"), "{}", said.err);
}

#[test]
fn a_model_without_a_price_is_refused_where_the_chain_says_so() {
    let server = server_that(works());
    let home = home(&server, "[chain_defaults]\nunpriced = \"refuse\"\n");
    home.ok(&["generate", "a lighthouse"]);
    home.change_config("model = \"house\"", "model = \"stranger\"");
    let said = home.run(&["generate", "a lighthouse"]);
    assert_eq!((said.code, orders(&server)), (6, 1), "{said:?}");
    assert!(said.err.contains("no price is known"), "{}", said.err);
}

#[test]
fn the_cheapest_is_asked_first() {
    let (dear, cheap) = (server_that(works()), server_that(works()));
    let home = Home::live_with(
        &[("dear", &dear), ("cheap", &cheap)],
        r#"
[chain_defaults]
strategy = "cheapest"
[prices.gold]
source = "the contract"
as_of = "2026-11-20"
per_image = [{ usd = 1 }]
[prices.tin]
source = "the contract"
as_of = "2026-11-20"
per_image = [{ usd = 0.01 }]
"#,
    );
    home.change_config("[providers.dear]", "[providers.dear]\nmodel = \"gold\"");
    home.change_config("[providers.cheap]", "[providers.cheap]\nmodel = \"tin\"");
    home.ok(&["generate", "a lighthouse"]);
    assert_eq!((orders(&dear), orders(&cheap)), (0, 1));
}
