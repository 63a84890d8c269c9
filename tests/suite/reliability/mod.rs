//! Never twice, never over: keys, budgets, credits and breakers, across processes.

mod breakers;
mod budgets;
mod credits;
mod keys;
mod providers;

use media_testkit::loopback::Behaviour;
use media_testkit::pictures;
use serde_json::Value;

use crate::home::{Home, delivers};

/// What a server does that works.
fn works() -> Behaviour {
    delivers(&pictures::png(64, 48, 1))
}

/// The health of a provider, as `providers` tells it.
fn breaker(home: &Home, provider: &str) -> Value {
    let lines = home.json(&["providers"]);
    lines.iter().find(|line| line["provider"] == provider).unwrap()["breaker"].clone()
}

/// The line of `quota` about the budget of the chain that generates.
fn budget(home: &Home) -> Value {
    let lines = home.json(&["quota", "show"]);
    lines.into_iter().find(|line| line["counts"] == "budget" && line["chain"] == "media_generation").unwrap()
}

/// The line of `quota` about the default user's credits at a provider.
fn credits(home: &Home, provider: &str) -> Value {
    home.json(&["quota", "show", "--provider", provider]).remove(0)
}
