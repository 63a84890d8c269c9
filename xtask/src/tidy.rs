//! The rules of this repository: every check collects all its findings.

mod absences;
mod adapters;
mod clocks;
mod documents;
mod layers;
mod manifests;
mod provider_names;
mod sources;

use std::io::Write;

use crate::finding::Finding;
use crate::workspace::Workspace;

/// A named group of rules.
type Check = (&'static str, fn(&Workspace) -> Vec<Finding>);

const CHECKS: [Check; 8] = [
    ("layers", layers::check),
    ("absences", absences::check),
    ("clocks", clocks::check),
    ("provider-names", provider_names::check),
    ("manifests", manifests::check),
    ("adapters", adapters::check),
    ("documents", documents::check),
    ("sources", sources::check),
];

/// Prints every finding; whether there was none.
///
/// # Errors
/// When the workspace cannot be read or the output not written.
pub(crate) fn run(out: &mut dyn Write) -> anyhow::Result<bool> {
    let workspace = Workspace::load()?;
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|(_, check)| check(&workspace)).collect();
    findings.sort();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    let (files, crates) = (workspace.sources.len(), workspace.members.len());
    match findings.len() {
        0 => writeln!(out, "tidy: {crates} crates, {files} source files, nothing found")?,
        count => writeln!(out, "tidy: {crates} crates, {files} source files, {count} findings")?,
    }
    Ok(findings.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_none(name: &str) {
        let (_, check) = CHECKS.iter().find(|(known, _)| *known == name).expect("a known check");
        let workspace = Workspace::load().expect("the workspace can be read");
        assert!(workspace.members.len() > 1 && !workspace.sources.is_empty(), "something was looked at");
        let findings: Vec<String> = check(&workspace).iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    }

    #[test]
    fn layers_hold() {
        assert_none("layers");
    }

    #[test]
    fn absences_hold() {
        assert_none("absences");
    }

    #[test]
    fn clocks_are_ports() {
        assert_none("clocks");
    }

    #[test]
    fn nothing_matches_on_a_provider() {
        assert_none("provider-names");
    }

    #[test]
    fn manifests_are_complete() {
        assert_none("manifests");
    }

    #[test]
    fn adapters_have_one_shape() {
        assert_none("adapters");
    }

    #[test]
    fn documents_name_what_exists() {
        assert_none("documents");
    }

    #[test]
    fn sources_are_in_order() {
        assert_none("sources");
    }
}
