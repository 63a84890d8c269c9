//! Every provider crate has the same files, so that the tenth is read in five minutes.

use toml::{Table, Value};

use crate::finding::Finding;
use crate::rust_text::find_word;
use crate::workspace::{EdgeKind, Member, Workspace};

const FILES: [&str; 5] =
    ["src/lib.rs", "src/settings.rs", "src/factory.rs", "src/capability.rs", "tests/conformance.rs"];

/// One of these holds the operation itself.
const OPERATIONS: [&str; 2] = ["src/generate.rs", "src/export.rs"];

/// What a provider that speaks to a vendor has besides.
const NETWORKED: [&str; 4] = ["src/wire.rs", "src/mapping.rs", "src/error.rs", "src/health.rs"];

/// Which suite an operation has to pass.
const SUITES: [(&str, &str); 4] = [
    ("src/generate.rs", "generator_suite("),
    ("src/edit.rs", "editor_suite("),
    ("src/export.rs", "exporter_suite("),
    ("src/health.rs", "health_suite("),
];

pub(crate) fn check(workspace: &Workspace) -> Vec<Finding> {
    let adapters = workspace.members.iter().filter(|member| member.name.starts_with("media-provider-"));
    adapters.flat_map(|member| adapter(member, conformance(workspace, member))).collect()
}

/// The code of an adapter's conformance test.
fn conformance<'a>(workspace: &'a Workspace, member: &Member) -> &'a str {
    let path = format!("{}/tests/conformance.rs", member.folder);
    workspace.sources.iter().find(|source| source.path == path).map_or("", |source| &source.rust.code)
}

fn adapter(member: &Member, conformance: &str) -> Vec<Finding> {
    let networked = member.edges.iter().any(|edge| edge.name == "media-http" && edge.kind == EdgeKind::Normal);
    let needed = FILES.iter().chain(NETWORKED.iter().filter(|_| networked));
    let mut problems: Vec<String> =
        needed.filter(|file| !member.has_file(file)).map(|file| format!("{file} is missing")).collect();
    if !OPERATIONS.iter().any(|file| member.has_file(file)) {
        problems.push(format!("neither of {} is there", OPERATIONS.join(" and ")));
    }
    let not_run = SUITES.iter().filter(|(file, call)| member.has_file(file) && !calls(conformance, call));
    problems.extend(not_run.map(|(file, call)| format!("{file} is there, and tests/conformance.rs calls no {call}…)")));
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

fn calls(code: &str, call: &str) -> bool {
    !find_word(code, call).is_empty()
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

    const CONFORMANCE: &str = "generator_suite(a).and(editor_suite(b)).and(exporter_suite(c)).and(health_suite(d))";

    fn found(member: &Member) -> Vec<Finding> {
        adapter(member, CONFORMANCE)
    }

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
            assert_eq!(found(&whole(networked)), []);
        }
    }

    #[test]
    fn each_missing_file_is_found() {
        for file in &whole(true).files {
            let mut member = whole(true);
            member.files.retain(|other| other != file);
            assert_eq!(found(&member).len(), 1, "{file}");
        }
    }

    #[test]
    fn an_exporter_needs_no_generator() {
        let mut member = whole(true);
        member.files.retain(|file| file != "src/generate.rs");
        member.files.push("src/export.rs".into());
        assert_eq!(found(&member), []);
    }

    #[test]
    fn the_conformance_test_and_the_table_are_asked_for() {
        for manifest in ["", "[[test]]\nname = \"conformance\"\n", "[[test]]\nname = \"other\"\nharness = false\n"] {
            assert_eq!(found(&Member { manifest: manifest.into(), ..whole(false) }).len(), 1, "{manifest}");
        }
        for readme in ["# media-provider-x\n| a |\n", "## Supports\n\nimages\n\n## Other\n| a |\n"] {
            let documents = [("README.md".to_owned(), readme.to_owned())].into();
            assert_eq!(found(&Member { documents, ..whole(false) }).len(), 1, "{readme}");
        }
    }

    #[test]
    fn every_operation_has_to_pass_its_suite() {
        let mut member = whole(true);
        member.files.extend(["src/edit.rs".into(), "src/export.rs".into()]);
        assert_eq!(found(&member), []);
        for (file, call) in SUITES {
            let without = CONFORMANCE.replace(call, "other(");
            assert_eq!(adapter(&member, &without).len(), 1, "{file}");
            let beside = CONFORMANCE.replace(call, &format!("local_{call}"));
            assert_eq!(adapter(&member, &beside).len(), 1, "{file}: a suite of another name is another suite");
        }
    }
}
