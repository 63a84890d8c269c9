//! Runs the release checks and says what passed, what failed and what did not run.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::command;
use crate::tidy;
use crate::workspace::{self, Workspace};

/// How much is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Formatting, clippy on default features, tidy.
    Fast,
    /// Everything.
    Full,
}

/// Runs every check, failing ones too, then prints a table; whether none failed.
///
/// # Errors
/// When the workspace cannot be read or the output not written.
pub(crate) fn run(scope: Scope, out: &mut dyn Write) -> anyhow::Result<bool> {
    let root = workspace::root();
    let mut rows = Vec::new();
    for step in steps(scope, &Workspace::load()?) {
        writeln!(out, "\n== {}", step.name)?;
        out.flush()?;
        let started = Instant::now();
        let result = perform(&step, &root, out)?;
        if let Verdict::NotRun(reason) = &result {
            writeln!(out, "not run: {reason}")?;
        }
        rows.push(Row { name: step.name, verdict: result, took: started.elapsed() });
    }
    write!(out, "\n{}", table(&rows))?;
    Ok(!rows.iter().any(|row| row.verdict == Verdict::Failed))
}

/// One check.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    name: String,
    action: Action,
}

#[derive(Debug, PartialEq, Eq)]
enum Action {
    Tidy,
    Cargo {
        arguments: Vec<String>,
        environment: Option<(&'static str, &'static str)>,
    },
    /// A cargo subcommand that is not part of Rust.
    Tool {
        subcommand: &'static str,
        arguments: Vec<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
    NotRun(String),
}

struct Row {
    name: String,
    verdict: Verdict,
    took: Duration,
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => formatter.write_str("passed"),
            Self::Failed => formatter.write_str("FAILED"),
            Self::NotRun(reason) => write!(formatter, "not run ({reason})"),
        }
    }
}

fn step(name: impl Into<String>, arguments: &str) -> Step {
    let arguments = arguments.split_whitespace().map(str::to_owned).collect();
    Step { name: name.into(), action: Action::Cargo { arguments, environment: None } }
}

fn clippy(name: impl Into<String>, selection: &str) -> Step {
    step(name, &format!("clippy {selection} --all-targets -- -D warnings"))
}

fn steps(scope: Scope, workspace: &Workspace) -> Vec<Step> {
    let mut steps = vec![
        step("format", "fmt --all --check"),
        Step { name: "tidy".into(), action: Action::Tidy },
        clippy("clippy", "--workspace"),
    ];
    if scope == Scope::Fast {
        return steps;
    }
    steps.extend(feature_steps(workspace));
    steps.extend(workspace.members.iter().map(|member| {
        step(format!("alone: {}", member.name), &format!("check --all-targets --package {}", member.name))
    }));
    steps.push(tests(command::has_subcommand(&workspace.root, "nextest")));
    steps.push(step("doc tests", "test --workspace --doc"));
    let arguments = ["doc", "--no-deps", "--workspace"].map(str::to_owned).to_vec();
    let environment = Some(("RUSTDOCFLAGS", "-D warnings"));
    steps.push(Step { name: "documentation".into(), action: Action::Cargo { arguments, environment } });
    let arguments = ["--offline", "check", "bans", "licenses", "sources"].map(str::to_owned).to_vec();
    steps.push(Step { name: "licences, bans, sources".into(), action: Action::Tool { subcommand: "deny", arguments } });
    steps
}

/// Clippy for all features together and for each alone, without the default ones.
fn feature_steps(workspace: &Workspace) -> Vec<Step> {
    let mut steps = vec![clippy("clippy: all features", "--workspace --all-features")];
    for member in &workspace.members {
        let name = &member.name;
        if member.features.iter().any(|feature| feature == "default") {
            steps.push(clippy(
                format!("clippy: {name}, no features"),
                &format!("--package {name} --no-default-features"),
            ));
        }
        for feature in member.features.iter().filter(|feature| *feature != "default") {
            let selection = format!("--package {name} --no-default-features --features {feature}");
            steps.push(clippy(format!("clippy: {name}, {feature}"), &selection));
        }
    }
    steps
}

fn tests(with_nextest: bool) -> Step {
    if with_nextest {
        step("tests (nextest)", "nextest run --workspace --no-fail-fast")
    } else {
        step("tests", "test --workspace --lib --bins --tests --no-fail-fast")
    }
}

fn perform(step: &Step, root: &Path, out: &mut dyn Write) -> anyhow::Result<Verdict> {
    let passed = match &step.action {
        Action::Tidy => tidy::run(out)?,
        Action::Cargo { arguments, environment } => {
            let mut command = cargo(root, arguments);
            command.envs(environment.iter().copied());
            command::succeeds(&mut command)?
        }
        Action::Tool { subcommand, .. } if !command::has_subcommand(root, subcommand) => {
            return Ok(Verdict::NotRun(format!("cargo-{subcommand} is not installed")));
        }
        Action::Tool { subcommand, arguments } => {
            command::succeeds(cargo(root, &[subcommand.to_string()]).args(arguments))?
        }
    };
    Ok(if passed { Verdict::Passed } else { Verdict::Failed })
}

fn cargo(root: &Path, arguments: &[String]) -> std::process::Command {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    command::cargo(root, &arguments)
}

fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for row in rows {
        text.push_str(&format!("{:width$}  {:>7.1} s  {}\n", row.name, row.took.as_secs_f64(), row.verdict));
    }
    let count = |wanted: fn(&Verdict) -> bool| rows.iter().filter(|row| wanted(&row.verdict)).count();
    let passed = count(|verdict| *verdict == Verdict::Passed);
    let failed = count(|verdict| *verdict == Verdict::Failed);
    let not_run = count(|verdict| matches!(verdict, Verdict::NotRun(_)));
    text.push_str(&format!("{passed} passed, {failed} failed, {not_run} not run\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Member;

    fn names(scope: Scope) -> Vec<String> {
        let member =
            Member { name: "media-x".into(), features: vec!["default".into(), "mocks".into()], ..Member::default() };
        let workspace =
            Workspace { root: "/nowhere".into(), members: vec![member], sources: Vec::new(), lock: String::new() };
        steps(scope, &workspace).into_iter().map(|step| step.name).collect()
    }

    #[test]
    fn the_fast_scope_is_a_part_of_the_full_one() {
        let fast = names(Scope::Fast);
        assert_eq!(fast, ["format", "tidy", "clippy"]);
        assert_eq!(names(Scope::Full)[..3], fast);
    }

    #[test]
    fn each_feature_has_its_own_run() {
        let full = names(Scope::Full);
        for name in ["clippy: all features", "clippy: media-x, no features", "clippy: media-x, mocks", "alone: media-x"]
        {
            assert!(full.iter().any(|step| step == name), "{name}");
        }
    }

    #[test]
    fn what_did_not_run_is_never_called_passed() {
        let row = |name: &str, verdict| Row { name: name.into(), verdict, took: Duration::from_millis(1500) };
        let rows = [
            row("format", Verdict::Passed),
            row("clippy", Verdict::Failed),
            row("deny", Verdict::NotRun("cargo-deny is not installed".into())),
        ];
        let text = table(&rows);
        let deny = text.lines().find(|line| line.starts_with("deny")).expect("a row for each");
        assert!(deny.contains("not run") && !deny.contains("passed"));
        assert!(text.ends_with("1 passed, 1 failed, 1 not run\n"));
    }
}
