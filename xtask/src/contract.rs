//! Holds what the adapters send against the vendors' OpenAPI documents.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::Outcome;
use crate::command;
use crate::workspace::Workspace;

/// The variable that tells the adapters' tests where to leave their exchanges behind.
const FOLDER_VARIABLE: &str = "MEDIA_CONTRACT_DIR";

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
    let adapters: Vec<&str> = workspace
        .members
        .iter()
        .map(|member| member.name.as_str())
        .filter(|name| name.starts_with("media-provider-"))
        .collect();
    let packages = adapters.iter().flat_map(|name| ["--package", name]);
    let tests: Vec<&str> = ["test", "--quiet", "--tests"].into_iter().chain(packages).collect();
    writeln!(out, "== tests of {} adapters, with their exchanges in {}", adapters.len(), exchanges.display())?;
    out.flush()?;
    if !command::succeeds(
        command::cargo(&workspace.root, &tests).env(FOLDER_VARIABLE, &exchanges).stdout(std::process::Stdio::null()),
    )? {
        return Ok(Outcome::Failed);
    }
    writeln!(out, "\n== contract")?;
    out.flush()?;
    let check = ["run", "--quiet", "--package", "media-contract", "--"];
    let passed = command::succeeds(command::cargo(&workspace.root, &check).args([specs, exchanges]))?;
    Ok(if passed { Outcome::Passed } else { Outcome::Failed })
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
    fn the_folder_has_to_be_named() {
        for words in [&[][..], &["--specs"], &["--documents", "specs"]] {
            assert!(matches!(run(words, &mut Vec::new()), Ok(Outcome::Usage(_))), "{words:?}");
        }
    }
}
