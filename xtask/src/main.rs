#![doc = include_str!("../README.md")]

mod bench;
mod check;
mod command;
mod contract;
mod finding;
mod rust_text;
mod simulate;
mod source_file;
mod tidy;
mod workspace;

use std::io::Write;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  tidy                         check the rules of this repository; print every finding, then fail
  check [--fast]               run all release checks; --fast: formatting, clippy, tidy
  bench [CRATE...] [-- ARGS]   run the benchmark programs of all crates, or of those named
  contract --specs FOLDER      hold what the adapters send against the vendors' OpenAPI documents
  simulate [--seed N | --seeds N [--first S]] [--requests R] [--trace]
                               run the simulation of the gateway: one seed, or N seeds from S on
  help                         print this text

Exit codes: 0 passed, 1 something failed, 2 the command line is wrong.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout();
    match run(&arguments, &mut out) {
        Ok(Outcome::Passed) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::FAILURE,
        Ok(Outcome::Usage(problem)) => {
            let _ = write!(std::io::stderr(), "error: {problem}\n\n{HELP}");
            ExitCode::from(2)
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Usage(String),
}

fn run(arguments: &[String], out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let passed = match words.as_slice() {
        [] | ["help" | "--help" | "-h"] | [_, "--help" | "-h"] => {
            out.write_all(HELP.as_bytes())?;
            true
        }
        ["tidy"] => tidy::run(out)?,
        ["check"] => check::run(check::Scope::Full, out)?,
        ["check", "--fast"] => check::run(check::Scope::Fast, out)?,
        ["bench", rest @ ..] => return bench::run(rest, out),
        ["contract", rest @ ..] => return contract::run(rest, out),
        ["simulate", rest @ ..] => return simulate::run(rest, out),
        ["tidy" | "check", rest @ ..] => return Ok(Outcome::Usage(format!("unexpected argument: {}", rest.join(" ")))),
        [other, ..] => return Ok(Outcome::Usage(format!("unknown command: {other}"))),
    };
    Ok(if passed { Outcome::Passed } else { Outcome::Failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(words: &[&str]) -> (Outcome, String) {
        let arguments: Vec<String> = words.iter().map(ToString::to_string).collect();
        let mut out = Vec::new();
        let outcome = run(&arguments, &mut out).expect("no I/O fails here");
        (outcome, String::from_utf8(out).expect("text"))
    }

    #[test]
    fn help_lists_the_commands() {
        for words in [&[][..], &["--help"], &["check", "--help"]] {
            let (result, text) = outcome(words);
            assert_eq!(result, Outcome::Passed);
            for command in ["tidy", "check", "bench", "contract", "simulate"] {
                assert!(text.contains(command), "{words:?}");
            }
        }
    }

    #[test]
    fn an_unknown_word_is_a_usage_error() {
        for words in [&["polish"][..], &["tidy", "--fix"], &["check", "--quick"], &["simulate", "--often"]] {
            assert!(matches!(outcome(words).0, Outcome::Usage(_)), "{words:?}");
        }
    }
}
