//! Holds what the adapters send against the vendors' OpenAPI documents.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

use crate::Outcome;
use crate::command;
use crate::workspace::Workspace;

/// The variable that tells the adapters' tests where to leave their exchanges behind.
const FOLDER_VARIABLE: &str = "MEDIA_CONTRACT_DIR";

/// What every adapter's tests begin with: those that play with scripted vendors. The target `live` buys, and is not theirs.
const TESTS: [&str; 6] = ["test", "--quiet", "--test", "conformance", "--test", "suite"];

/// The files of an adapter that name variables with keys.
const NAMING_KEYS: [&str; 2] = ["/src/factory.rs", "/tests/live.rs"];

/// Runs the adapters' tests, collects what they send, and checks it against the documents in a folder; without the
/// folder nothing is run, which is no failure and said to be none.
///
/// # Errors
/// When the workspace cannot be read, a folder cannot be made or cargo not be started.
pub(crate) fn run(arguments: &[&str], out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let ["--specs", specs] = arguments else {
        return Ok(Outcome::Usage("contract needs --specs FOLDER, where the vendors' documents are".to_owned()));
    };
    let Ok(specs) = fs::canonicalize(specs) else {
        writeln!(out, "contract: not run (there is no folder {specs})")?;
        return Ok(Outcome::Passed);
    };
    let workspace = Workspace::load()?;
    let exchanges = emptied(workspace.root.join("target").join("contract"))?;
    let adapters = adapters(&workspace);
    writeln!(out, "== tests of {} adapters, with their exchanges in {}", adapters.len(), exchanges.display())?;
    out.flush()?;
    if !command::succeeds(tests(&workspace, &adapters).env(FOLDER_VARIABLE, &exchanges).stdout(Stdio::null()))? {
        return Ok(Outcome::Failed);
    }
    writeln!(out, "\n== contract")?;
    out.flush()?;
    let check = ["run", "--quiet", "--package", "media-contract", "--"];
    let passed = command::succeeds(command::cargo(&workspace.root, &check).args([specs, exchanges]))?;
    Ok(if passed { Outcome::Passed } else { Outcome::Failed })
}

fn adapters(workspace: &Workspace) -> Vec<&str> {
    let names = workspace.members.iter().map(|member| member.name.as_str());
    names.filter(|name| name.starts_with("media-provider-")).collect()
}

/// The adapters' tests, without anything in the environment that a vendor would take money for.
fn tests(workspace: &Workspace, adapters: &[&str]) -> Command {
    let packages = adapters.iter().flat_map(|name| ["--package", name]);
    let arguments: Vec<&str> = TESTS.into_iter().chain(packages).collect();
    let mut command = command::cargo(&workspace.root, &arguments);
    for variable in live_variables(workspace) {
        command.env_remove(variable);
    }
    command
}

/// The variables from which the adapters, or their live tests, take a key or an address.
fn live_variables(workspace: &Workspace) -> BTreeSet<&str> {
    let naming = workspace.sources.iter().filter(|source| {
        source.package.starts_with("media-provider-") && NAMING_KEYS.iter().any(|end| source.path.ends_with(end))
    });
    let literals = naming.flat_map(|source| source.rust.literals.iter().map(|literal| literal.text.as_str()));
    literals.filter(|text| is_variable(text)).collect()
}

fn is_variable(text: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    text.contains('_') && text.bytes().all(letters)
}

/// A folder without the files of an earlier run.
fn emptied(folder: PathBuf) -> anyhow::Result<PathBuf> {
    let shown = |path: &Path| path.display().to_string();
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| shown(&folder))?;
    }
    fs::create_dir_all(&folder).with_context(|| shown(&folder))?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_documents_nothing_is_called_passed() {
        let mut out = Vec::new();
        let outcome = run(&["--specs", "/no/such/folder"], &mut out).expect("nothing to run");
        assert_eq!(outcome, Outcome::Passed);
        assert_eq!(String::from_utf8_lossy(&out), "contract: not run (there is no folder /no/such/folder)\n");
    }

    #[test]
    fn nothing_that_buys_is_run_and_no_key_is_handed_on() {
        let workspace = Workspace::load().expect("the workspace can be read");
        let adapters = adapters(&workspace);
        assert!(adapters.contains(&"media-provider-openai"), "{adapters:?}");
        let command = tests(&workspace, &adapters);
        let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
        let targets: Vec<_> = arguments.windows(2).filter(|pair| pair[0] == "--test").map(|pair| &*pair[1]).collect();
        assert_eq!(targets, ["conformance", "suite"]);
        let all = ["--tests", "--all-targets", "--workspace"];
        assert!(!all.iter().any(|option| arguments.iter().any(|argument| argument == option)), "{arguments:?}");
        let removed = |name: &str| command.get_envs().any(|(key, value)| key == name && value.is_none());
        for name in ["OPENAI_API_KEY", "BFL_API_KEY", "REPLICATE_API_TOKEN", "STABILITY_API_KEY", "A1111_URL"] {
            assert!(removed(name), "{name} is handed on");
        }
        let live: Vec<_> = workspace.sources.iter().filter(|source| source.path.ends_with("/tests/live.rs")).collect();
        assert!(!live.is_empty());
        for source in live {
            let names = source.rust.literals.iter().any(|literal| is_variable(&literal.text) && removed(&literal.text));
            assert!(names, "{} names no variable that is known", source.path);
        }
    }

    #[test]
    fn the_folder_has_to_be_named() {
        for words in [&[][..], &["--specs"], &["--documents", "specs"]] {
            assert!(matches!(run(words, &mut Vec::new()), Ok(Outcome::Usage(_))), "{words:?}");
        }
    }
}
