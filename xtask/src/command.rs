//! Runs cargo as a child process.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;

/// A cargo command in the root of the workspace, without standard input.
///
/// Variables that describe xtask itself as a package are taken out of its environment: some build scripts watch them and
/// would run again, with everything that depends on them.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(describes_package) {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a command to its end with its output passed through; whether it succeeded.
///
/// # Errors
/// When the program cannot be started.
pub(crate) fn succeeds(command: &mut Command) -> anyhow::Result<bool> {
    let status = command.status().with_context(|| format!("failed to start {}", command.get_program().display()))?;
    Ok(status.success())
}

/// Whether cargo has this subcommand, asked by its version.
pub(crate) fn has_subcommand(root: &Path, name: &str) -> bool {
    cargo(root, &[name, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn describes_package(variable: &str) -> bool {
    const PREFIXES: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    PREFIXES.iter().any(|prefix| variable.starts_with(prefix)) || variable == "CARGO_PRIMARY_PACKAGE"
}
