//! Documents name what exists: crates, files, links.

use std::path::Path;

use crate::finding::Finding;
use crate::workspace::{Workspace, files_under, read};

/// Documents in which every crate that is named has to exist.
const NAME_CRATES: [&str; 3] = ["README.md", "docs/ARCHITECTURE.md", "docs/ADDING-A-PROVIDER.md"];

/// The document that names every crate.
const NAMES_ALL: &str = "docs/ARCHITECTURE.md";

/// The document that names the test behind every promise.
const NAMES_TESTS: &str = "docs/RELIABILITY.md";

/// Documents beside those under `docs/`.
const TOP_LEVEL: [&str; 3] = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"];

/// Beginnings by which the name of a crate is told from other words with a hyphen.
const CRATE_WORDS: [&str; 10] = [
    "media-app",
    "media-chain",
    "media-domain",
    "media-engine",
    "media-http",
    "media-imaging",
    "media-ports",
    "media-provider-",
    "media-store-",
    "media-testkit",
];

/// The name that guides give to a crate which the reader is about to write.
const PLACEHOLDERS: [&str; 2] = ["acme", "example"];

/// Endings of files that are looked for when a document names them.
const FILE_ENDINGS: [&str; 5] = [".rs", ".toml", ".md", ".sql", ".sh"];

/// A document: its path and its text.
struct Document {
    path: String,
    text: String,
}

pub(crate) fn check(workspace: &Workspace) -> Vec<Finding> {
    // Before there are documents, nothing can be wrong in them.
    if !workspace.root.join("docs").is_dir() {
        return Vec::new();
    }
    match documents(workspace) {
        Ok(documents) => findings(workspace, &documents),
        Err(error) => vec![Finding::new("docs", 1, "document", format!("{error:#}"))],
    }
}

fn findings(workspace: &Workspace, documents: &[Document]) -> Vec<Finding> {
    let crates: Vec<&str> = workspace.members.iter().map(|member| member.name.as_str()).collect();
    let exists = |path: &str| workspace.root.join(path).exists();
    let mut findings = Vec::new();
    for document in documents {
        if NAME_CRATES.contains(&document.path.as_str()) {
            findings.extend(unknown_crates(document, &crates));
        }
        if document.path == NAMES_ALL {
            findings.extend(unnamed_crates(document, &crates));
        }
        if document.path == NAMES_TESTS {
            let is_test = |name: &str| workspace.sources.iter().any(|source| names_test(&source.text, name));
            findings.extend(missing_tests(document, &is_test));
        }
        findings.extend(missing_targets(document, &exists));
    }
    findings
}

fn documents(workspace: &Workspace) -> anyhow::Result<Vec<Document>> {
    let root = &workspace.root;
    let beneath = files_under(&root.join("docs"))?.into_iter().map(|file| format!("docs/{file}"));
    let top = TOP_LEVEL.iter().map(ToString::to_string).filter(|file| root.join(file).exists());
    let mut documents = Vec::new();
    for path in beneath.filter(|file| file.ends_with(".md")).chain(top) {
        documents.push(Document { text: read(root, &path)?, path });
    }
    for member in &workspace.members {
        documents.extend(
            member
                .documents
                .iter()
                .map(|(file, text)| Document { path: format!("{}/{file}", member.folder), text: text.clone() }),
        );
    }
    Ok(documents)
}

fn unknown_crates(document: &Document, crates: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in document.text.lines().enumerate() {
        for word in words(line).filter(|word| is_crate_name(word) && !crates.contains(word)) {
            let message = format!("{word} is not a crate of this workspace");
            findings.push(Finding::new(&document.path, index + 1, "document-crate", message));
        }
    }
    findings
}

fn unnamed_crates(document: &Document, crates: &[&str]) -> Vec<Finding> {
    let named: Vec<&str> = document.text.lines().flat_map(words).collect();
    let missing = crates.iter().filter(|name| !named.contains(name));
    missing.map(|name| Finding::new(&document.path, 1, "document-crate", format!("{name} is not named"))).collect()
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !(letter.is_ascii_alphanumeric() || "-_*<".contains(letter)))
        .map(|word| word.trim_end_matches('-'))
}

fn is_crate_name(word: &str) -> bool {
    let plain = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let named = CRATE_WORDS.iter().any(|start| match start.strip_suffix('-') {
        Some(_) => word.len() > start.len() && word.starts_with(start),
        None => word == *start || word.strip_prefix(start).is_some_and(|rest| rest.starts_with('-')),
    });
    plain && named && !PLACEHOLDERS.iter().any(|placeholder| word.ends_with(placeholder))
}

/// Names of tests, which are long, that no source has.
fn missing_tests(document: &Document, is_test: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    const FEWEST_UNDERSCORES: usize = 3;
    let mut findings = Vec::new();
    for (index, line) in document.text.lines().enumerate() {
        let quoted = line.split('`').skip(1).step_by(2);
        let names = quoted.filter(|text| {
            let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            plain && text.matches('_').count() >= FEWEST_UNDERSCORES
        });
        for name in names.filter(|name| !is_test(name)) {
            let message = format!("there is no test {name}");
            findings.push(Finding::new(&document.path, index + 1, "document-test", message));
        }
    }
    findings
}

/// Whether a source has a test of that name, as a function or as a case of a suite.
fn names_test(text: &str, name: &str) -> bool {
    text.contains(&format!("fn {name}(")) || text.contains(&format!(".case(\"{name}\""))
}

fn missing_targets(document: &Document, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_fence = false;
    for (index, line) in document.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        }
        if in_fence {
            continue;
        }
        let mut report = |rule, target: &str| {
            findings.push(Finding::new(&document.path, index + 1, rule, format!("{target} does not exist")));
        };
        for target in link_targets(line).filter(|target| !exists(&beside(&document.path, target))) {
            report("document-link", target);
        }
        for path in named_files(line).filter(|path| !candidates(&document.path, path).iter().any(|path| exists(path))) {
            report("document-file", path);
        }
    }
    findings
}

/// Targets of links to files, without the part behind `#`.
fn link_targets(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let targets = targets.filter_map(|target| target.split([' ', '#']).next());
    targets.filter(|target| {
        !target.is_empty() && !target.contains("://") && !target.contains("::") && !target.starts_with("mailto:")
    })
}

/// Paths between backticks that name one file of the repository.
fn named_files(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter(|text| {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
        let placeholder = PLACEHOLDERS.iter().any(|placeholder| text.contains(placeholder));
        let outside = text.starts_with(['.', '/']) && !text.starts_with(".c");
        let ends = FILE_ENDINGS.iter().any(|ending| text.ends_with(ending));
        plain && ends && text.contains('/') && !placeholder && !outside
    })
}

/// Where a file that a document names may stand: from the root, beside the document, in `crates/`.
fn candidates(document: &str, path: &str) -> [String; 3] {
    [path.to_owned(), beside(document, path), format!("crates/{path}")]
}

fn beside(document: &str, target: &str) -> String {
    let folder = Path::new(document).parent().unwrap_or(Path::new(""));
    folder.join(target).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document { path: "docs/ARCHITECTURE.md".into(), text: text.into() }
    }

    #[test]
    fn crates_that_do_not_exist_are_found() {
        let text = "`media-http`, media-gone? media-store-sqlite.\nmedia-provider-* and media-data and media-provider-acme\n\
                    `media-store-lost` (media-provider-gone)\n";
        let findings = unknown_crates(&document(text), &["media-http", "media-store-sqlite"]);
        let names: Vec<(usize, &str)> =
            findings.iter().map(|finding| (finding.line, finding.message.split(' ').next().unwrap_or(""))).collect();
        assert_eq!(names, [(3, "media-store-lost"), (3, "media-provider-gone")]);
    }

    #[test]
    fn the_architecture_names_every_crate() {
        let findings = unnamed_crates(&document("media-http-more and `media-ports`"), &["media-http", "media-ports"]);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.starts_with("media-http "));
    }

    #[test]
    fn tests_that_do_not_exist_are_found() {
        let source = "async fn a_dead_one_costs_little() {}\n    .case(\"a_key_of_one_user\", of_one_user)";
        let text =
            "| a promise | `a_dead_one_costs_little`, `a_key_of_one_user`, `a_test_that_was_lost` | `on_uncertain`";
        let findings = missing_tests(&document(text), &|name| names_test(source, name));
        let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, ["there is no test a_test_that_was_lost"]);
    }

    #[test]
    fn links_and_files_that_do_not_exist_are_found() {
        let exists = |path: &str| ["docs/A.md", "docs/../README.md", "crates/media-http/src/lib.rs"].contains(&path);
        let cases = [
            ("[a](A.md#part) [b](../README.md) [c](https://x.org/a.md) [d](#here) [e](media_http::Client)", 0),
            ("[a](B.md) and [b](../C.md)", 2),
            ("`media-http/src/lib.rs`, `crates/media-http/src/lib.rs`, `A.md`", 0),
            ("`media-http/src/gone.rs`, `crates/media-http/src/gone.rs`", 2),
            ("`src/x.rs.bak`, `./media.toml`, `/etc/media.toml`, `crates/media-provider-acme/src/lib.rs`", 0),
            ("`crates/*/src/lib.rs`, `media-provider-<name>/src/lib.rs`", 0),
            ("```\n[a](B.md) `x/y.rs`\n```", 0),
        ];
        for (text, count) in cases {
            assert_eq!(missing_targets(&document(text), &exists).len(), count, "{text}");
        }
    }
}
