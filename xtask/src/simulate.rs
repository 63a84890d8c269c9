//! Runs the simulation of the gateway over seeds of one's choice.

use std::io::Write;

use crate::Outcome;
use crate::command;
use crate::workspace::Workspace;

/// The crate, the test program and the test in it that is run.
const TEST: [&str; 7] =
    ["--package", "media-engine", "--test", "simulation", "--", "--exact", "every_seed_keeps_every_promise"];

/// What the test reads from its environment.
#[derive(Debug, Default, PartialEq, Eq)]
struct Choice {
    first: Option<u64>,
    seeds: Option<u64>,
    requests: Option<u64>,
    trace: bool,
}

/// Runs the simulation as the arguments choose; passed when every seed keeps every promise.
///
/// # Errors
/// When the workspace cannot be read or the test program not be started.
pub(crate) fn run(arguments: &[&str], out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let choice = match Choice::parse(arguments) {
        Ok(choice) => choice,
        Err(problem) => return Ok(Outcome::Usage(problem)),
    };
    let workspace = Workspace::load()?;
    let arguments: Vec<&str> = ["test", "--quiet"].into_iter().chain(TEST).chain(["--nocapture"]).collect();
    out.flush()?;
    let succeeded = command::succeeds(command::cargo(&workspace.root, &arguments).envs(choice.variables()))?;
    Ok(if succeeded { Outcome::Passed } else { Outcome::Failed })
}

impl Choice {
    fn parse(arguments: &[&str]) -> Result<Self, String> {
        let mut choice = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut number = || {
                let text = words.next().ok_or_else(|| format!("{word} needs a number"))?;
                text.parse::<u64>().map_err(|_| format!("{word} needs a number, not {text}"))
            };
            match *word {
                "--seed" => (choice.first, choice.seeds) = (Some(number()?), Some(1)),
                "--first" => choice.first = Some(number()?),
                "--seeds" => choice.seeds = Some(number()?),
                "--requests" => choice.requests = Some(number()?),
                "--trace" => choice.trace = true,
                other => return Err(format!("unexpected argument: {other}")),
            }
        }
        Ok(choice)
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let numbers = [
            ("MEDIA_SIMULATION_FIRST", self.first),
            ("MEDIA_SIMULATION_SEEDS", self.seeds),
            ("MEDIA_SIMULATION_REQUESTS", self.requests),
            ("MEDIA_SIMULATION_TRACE", self.trace.then_some(1)),
        ];
        numbers.into_iter().filter_map(|(name, number)| Some((name, number?.to_string()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_is_replayed_with_its_trace() {
        let choice = Choice::parse(&["--seed", "7", "--requests", "40", "--trace"]).expect("well formed");
        let told: Vec<_> = choice.variables().into_iter().map(|(_, value)| value).collect();
        assert_eq!(told, ["7", "1", "40", "1"]);
    }

    #[test]
    fn many_seeds_begin_where_one_says() {
        let choice = Choice::parse(&["--seeds", "500", "--first", "1000"]).expect("well formed");
        assert_eq!((choice.first, choice.seeds, choice.trace), (Some(1000), Some(500), false));
        assert!(Choice::default().variables().is_empty());
    }

    #[test]
    fn what_is_no_number_and_what_is_unknown_is_a_usage_error() {
        for words in [&["--seeds"][..], &["--seed", "x"], &["--fast"]] {
            assert!(matches!(run(words, &mut Vec::new()), Ok(Outcome::Usage(_))), "{words:?}");
        }
    }
}
