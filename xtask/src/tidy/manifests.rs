//! What every manifest carries, so that another team can depend on any of the crates.

use toml::{Table, Value};

use crate::finding::Finding;
use crate::source_file::SourceFile;
use crate::workspace::{Member, Workspace};

/// Keys of `[package]` that come from the workspace.
const INHERITED: [&str; 4] = ["version", "edition", "rust-version", "license"];

/// The line that makes the README the documentation of the crate.
const README_IS_DOC: &str = "#![doc = include_str!(\"../README.md\")]";

const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

pub(crate) fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in &workspace.members {
        let sources: Vec<&SourceFile> =
            workspace.sources.iter().filter(|source| source.package == member.name).collect();
        match member.manifest.parse::<Table>() {
            Ok(manifest) => findings.extend(manifest_problems(member, &manifest)),
            Err(error) => findings.push(at(member, "", format!("not readable as TOML: {}", error.message()))),
        }
        findings.extend(readme_problem(member, &sources));
    }
    findings
}

fn at(member: &Member, line: &str, message: String) -> Finding {
    Finding::new(&member.manifest_path(), member.manifest_line(line), "manifest", message)
}

fn manifest_problems(member: &Member, manifest: &Table) -> Vec<Finding> {
    let package = manifest.get("package").and_then(Value::as_table).cloned().unwrap_or_default();
    let mut findings = Vec::new();
    for key in INHERITED {
        if !is_inherited(package.get(key)) {
            findings.push(at(member, key, format!("`{key}.workspace = true` is missing")));
        }
    }
    if package.get("description").and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
        findings.push(at(member, "[package]", "`description` is missing".into()));
    }
    if !is_inherited(manifest.get("lints")) {
        findings.push(at(member, "[lints]", "`[lints] workspace = true` is missing".into()));
    }
    if member.layer() != "e2e" {
        if package.get("keywords").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            findings.push(at(member, "[package]", "`keywords` are missing".into()));
        }
        if package.get("readme").and_then(Value::as_str) != Some("README.md") {
            findings.push(at(member, "[package]", "`readme = \"README.md\"` is missing".into()));
        }
    }
    findings.extend(own_versions(member, manifest));
    findings
}

fn is_inherited(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

/// Dependencies whose version stands in the member instead of the workspace.
fn own_versions(member: &Member, manifest: &Table) -> Vec<Finding> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = std::iter::once(manifest).chain(targets.filter_map(Value::as_table));
    let mut findings = Vec::new();
    for table in tables {
        for section in DEPENDENCIES {
            let listed = table.get(section).and_then(Value::as_table).into_iter().flatten();
            for (name, _) in listed.filter(|(_, value)| !is_inherited(Some(value))) {
                findings.push(at(member, name, format!("`{name}` does not come from [workspace.dependencies]")));
            }
        }
    }
    findings
}

fn readme_problem(member: &Member, sources: &[&SourceFile]) -> Option<Finding> {
    if member.layer() == "e2e" {
        return None;
    }
    let readme = member.documents.get("README.md").is_some_and(|text| !text.trim().is_empty());
    if !readme {
        return Some(at(member, "[package]", "README.md is missing or empty".into()));
    }
    let root_path = |name: &str| format!("{}/src/{name}.rs", member.folder);
    let find = |name: &str| sources.iter().find(|source| source.path == root_path(name));
    let root = find("lib").or_else(|| find("main"))?;
    (!root.text.contains(README_IS_DOC))
        .then(|| root.finding(1, "manifest", format!("the crate documentation is not the README: `{README_IS_DOC}`")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_file::Part;

    const WHOLE: &str = "[package]\nname = \"media-x\"\ndescription = \"d\"\nkeywords = [\"k\"]\nreadme = \"README.md\"\n\
        version.workspace = true\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n\
        [dependencies]\nserde.workspace = true\n[lints]\nworkspace = true\n";

    fn member(manifest: &str) -> Member {
        let documents = [("README.md".to_owned(), "# media-x".to_owned())].into();
        Member { folder: "crates/media-x".into(), manifest: manifest.into(), documents, ..Member::default() }
    }

    fn problems(manifest: &str) -> Vec<Finding> {
        manifest_problems(&member(manifest), &manifest.parse().expect("valid TOML"))
    }

    #[test]
    fn a_whole_manifest_has_no_finding() {
        assert_eq!(problems(WHOLE), []);
    }

    #[test]
    fn each_missing_key_is_found_once() {
        for (line, replacement) in [
            ("version.workspace = true", "version = \"1.0.0\""),
            ("edition.workspace = true\n", ""),
            ("rust-version.workspace = true\n", ""),
            ("license.workspace = true\n", ""),
            ("description = \"d\"", "description = \" \""),
            ("keywords = [\"k\"]", "keywords = []"),
            ("readme = \"README.md\"\n", ""),
            ("[lints]\nworkspace = true\n", ""),
            ("serde.workspace = true", "serde = \"1\""),
            ("[dependencies]", "[target.'cfg(unix)'.dev-dependencies]\nlibc = \"0.2\"\n[dependencies]"),
        ] {
            assert_eq!(problems(&WHOLE.replacen(line, replacement, 1)).len(), 1, "{line}");
        }
    }

    #[test]
    fn findings_name_their_line() {
        assert_eq!(problems(&WHOLE.replace("serde.workspace = true", "serde = \"1\""))[0].line, 11);
    }

    #[test]
    fn the_readme_is_the_crate_documentation() {
        let library = |text: &str| SourceFile::new("crates/media-x/src/lib.rs", "media-x", "", Part::Production, text);
        assert!(readme_problem(&member(WHOLE), &[&library(README_IS_DOC)]).is_none());
        assert!(readme_problem(&member(WHOLE), &[&library("//! Something else.")]).is_some());
        let without = Member { documents: Default::default(), ..member(WHOLE) };
        assert!(readme_problem(&without, &[&library(README_IS_DOC)]).is_some());
    }
}
