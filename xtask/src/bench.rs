//! Runs the benchmark programs of the crates.

use std::io::Write;

use toml::{Table, Value};

use crate::Outcome;
use crate::command;
use crate::workspace::{Member, Workspace};

/// Runs the benchmark programs of the crates named before `--`, or of all, with the arguments behind it, and lists what
/// ran; passed when all succeeded.
///
/// # Errors
/// When the workspace cannot be read or the output not written.
pub(crate) fn run(arguments: &[&str], out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut parts = arguments.splitn(2, |word| *word == "--");
    let crates = parts.next().unwrap_or_default();
    let passed_on = parts.next().unwrap_or_default();
    let workspace = Workspace::load()?;
    if let Some(unknown) = crates.iter().find(|name| !workspace.members.iter().any(|member| member.name == **name)) {
        return Ok(Outcome::Usage(format!("{unknown} is not a crate of this workspace")));
    }
    let chosen = |member: &&Member| crates.is_empty() || crates.contains(&member.name.as_str());
    let mut ran = Vec::new();
    for member in workspace.members.iter().filter(chosen) {
        for bench in &member.benches {
            let verdict = run_one(&workspace, member, bench, passed_on, out)?;
            ran.push((format!("{}: {bench}", member.name), verdict));
        }
    }
    writeln!(out)?;
    for (name, verdict) in &ran {
        writeln!(out, "{name}: {verdict}")?;
    }
    if ran.is_empty() {
        writeln!(out, "no benchmark programs")?;
    }
    let passed = ran.iter().all(|(_, verdict)| *verdict == "ran");
    Ok(if passed { Outcome::Passed } else { Outcome::Failed })
}

fn run_one(
    workspace: &Workspace,
    member: &Member,
    bench: &str,
    passed_on: &[&str],
    out: &mut dyn Write,
) -> anyhow::Result<&'static str> {
    if !runs_own_main(&member.manifest, bench) {
        return Ok("not run (needs `harness = false`)");
    }
    writeln!(out, "\n== {}: {bench}", member.name)?;
    out.flush()?;
    let arguments = ["bench", "--quiet", "--package", &member.name, "--bench", bench, "--"];
    let succeeded = command::succeeds(command::cargo(&workspace.root, &arguments).args(passed_on))?;
    Ok(if succeeded { "ran" } else { "FAILED" })
}

fn runs_own_main(manifest: &str, bench: &str) -> bool {
    let manifest: Table = manifest.parse().unwrap_or_default();
    let benches = manifest.get("bench").and_then(Value::as_array);
    benches.into_iter().flatten().any(|entry| {
        entry.get("name").and_then(Value::as_str) == Some(bench)
            && entry.get("harness").and_then(Value::as_bool) == Some(false)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_have_a_main_of_their_own() {
        let manifest = "[[bench]]\nname = \"ingest\"\nharness = false\n\n[[bench]]\nname = \"other\"\n";
        assert!(runs_own_main(manifest, "ingest"));
        assert!(!runs_own_main(manifest, "other"));
        assert!(!runs_own_main("", "ingest"));
    }

    #[test]
    fn an_unknown_crate_is_a_usage_error() {
        let outcome = run(&["media-nowhere"], &mut Vec::new()).expect("the workspace can be read");
        assert!(matches!(outcome, Outcome::Usage(_)), "{outcome:?}");
    }
}
