//! Every provider crate has the same files, so that the tenth is read in five minutes.

use toml::{Table, Value};

use crate::finding::Finding;
use crate::workspace::{EdgeKind, Member, Workspace};

const FILES: [&str; 5] =
    ["src/lib.rs", "src/settings.rs", "src/factory.rs", "src/capability.rs", "tests/conformance.rs"];

/// One of these holds the operation itself.
const OPERATIONS: [&str; 2] = ["src/generate.rs", "src/export.rs"];

/// What a provider that speaks to a vendor has besides.
const NETWORKED: [&str; 4] = ["src/wire.rs", "src/mapping.rs", "src/error.rs", "src/health.rs"];

pub(crate) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.members.iter().filter(|member| member.name.starts_with("media-provider-")).flat_map(adapter).collect()
}

fn adapter(member: &Member) -> Vec<Finding> {
    let networked = member.edges.iter().any(|edge| edge.name == "media-http" && edge.kind == EdgeKind::Normal);
    let needed = FILES.iter().chain(NETWORKED.iter().filter(|_| networked));
    let mut problems: Vec<String> =
        needed.filter(|file| !member.has_file(file)).map(|file| format!("{file} is missing")).collect();
    if !OPERATIONS.iter().any(|file| member.has_file(file)) {
        problems.push(format!("neither of {} is there", OPERATIONS.join(" and ")));
    }
    if !runs_own_main(member, "conformance") {
        problems.push("`[[test]] name = \"conformance\" harness = false` is missing".into());
    }
    if !has_supports_table(member.documents.get("README.md").map_or("", String::as_str)) {
        problems.push("README.md has no table under a heading that says what it supports".into());
    }
    problems.into_iter().map(|problem| Finding::new(&member.manifest_path(), 1, "adapter-shape", problem)).collect()
}

fn runs_own_main(member: &Member, name: &str) -> bool {
    let manifest: Table = member.manifest.parse().unwrap_or_default();
    let tests = manifest.get("test").and_then(Value::as_array);
    tests.into_iter().flatten().any(|test| {
        let text = |key: &str| test.get(key).and_then(Value::as_str);
        let named = text("name") == Some(name) || text("path") == Some(&format!("tests/{name}.rs"));
        named && test.get("harness").and_then(Value::as_bool) == Some(false)
    })
}

fn has_supports_table(readme: &str) -> bool {
    let mut under_heading = false;
    for line in readme.lines() {
        if line.starts_with('#') {
            under_heading = line.to_lowercase().contains("support");
        } else if under_heading && line.trim_start().starts_with('|') {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Edge;

    const README: &str = "# media-provider-x\n\n## Supports\n\n| operation | |\n|---|---|\n";

    fn whole(networked: bool) -> Member {
        let edge = |name: &str| Edge { name: name.into(), kind: EdgeKind::Normal, has_path: true, has_version: true };
        let files = FILES.iter().chain(&OPERATIONS[..1]).chain(NETWORKED.iter().filter(|_| networked));
        Member {
            name: "media-provider-x".into(),
            edges: if networked { vec![edge("media-http")] } else { vec![edge("media-ports")] },
            manifest: "[[test]]\nname = \"conformance\"\nharness = false\n".into(),
            documents: [("README.md".to_owned(), README.to_owned())].into(),
            files: files.map(ToString::to_string).collect(),
            ..Member::default()
        }
    }

    #[test]
    fn whole_adapters_have_no_finding() {
        for networked in [false, true] {
            assert_eq!(adapter(&whole(networked)), []);
        }
    }

    #[test]
    fn each_missing_file_is_found() {
        for file in &whole(true).files {
            let mut member = whole(true);
            member.files.retain(|other| other != file);
            assert_eq!(adapter(&member).len(), 1, "{file}");
        }
    }

    #[test]
    fn an_exporter_needs_no_generator() {
        let mut member = whole(true);
        member.files.retain(|file| file != "src/generate.rs");
        member.files.push("src/export.rs".into());
        assert_eq!(adapter(&member), []);
    }

    #[test]
    fn the_conformance_test_and_the_table_are_asked_for() {
        for manifest in ["", "[[test]]\nname = \"conformance\"\n", "[[test]]\nname = \"other\"\nharness = false\n"] {
            assert_eq!(adapter(&Member { manifest: manifest.into(), ..whole(false) }).len(), 1, "{manifest}");
        }
        for readme in ["# media-provider-x\n| a |\n", "## Supports\n\nimages\n\n## Other\n| a |\n"] {
            let documents = [("README.md".to_owned(), readme.to_owned())].into();
            assert_eq!(adapter(&Member { documents, ..whole(false) }).len(), 1, "{readme}");
        }
    }
}
