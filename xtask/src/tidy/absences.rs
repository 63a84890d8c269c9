//! What must not be there: client libraries outside their one crate, an async runtime in the domain, printing and reading
//! the environment below the app, threads and tasks of one's own.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Finding;
use crate::source_file::SourceFile;
use crate::workspace::{EdgeKind, Member, Workspace};

/// A library and the only crate that may depend on it directly, for whatever purpose.
const ONLY_USER: [(&str, &str); 5] = [
    ("reqwest", "media-http"),
    ("rusqlite", "media-store-sqlite"),
    ("axum", "media-app"),
    ("clap", "media-app"),
    ("config", "media-app"),
];

/// Runtimes that the domain may not reach, not even through others.
const RUNTIMES: [&str; 4] = ["tokio", "async-std", "smol", "mio"];

/// What the ports may not depend on: runtimes, clients, drivers, codecs.
const NOT_IN_PORTS: [&str; 8] = ["tokio", "reqwest", "hyper", "rusqlite", "sqlx", "object_store", "image", "resvg"];

const LAYERS_BELOW_APP: [&str; 5] = ["domain", "ports", "engine", "support", "adapter"];
const LAYERS_BELOW_ENGINE: [&str; 4] = ["domain", "ports", "support", "adapter"];

const ENVIRONMENT: [&str; 6] = ["std::env", "env::var", "env::vars", "env::var_os", "env::args", "env::temp_dir"];
const PRINTING: [&str; 5] = ["println!", "eprintln!", "print!", "eprint!", "dbg!"];
const FILES: [&str; 4] = ["std::fs", "tokio::fs", "fs::read", "File::open"];
const SPAWNING: [&str; 5] = ["tokio::spawn", "task::spawn", "thread::spawn", "thread::Builder", "thread::scope"];
const AWAITING: [&str; 3] = ["async fn", "async move", ".await"];

/// Tasks and threads that libraries below the engine may start: where (the beginning of the path), and why.
const MAY_SPAWN: [(&str, &str); 2] = [
    ("crates/media-store-sqlite/src/", "one writer thread groups the commits, readers are a pool of threads"),
    ("crates/media-provider-canva/src/oauth.rs", "an exchange of single-use tokens outlives whoever waits for it"),
];

pub(crate) fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in &workspace.members {
        findings.extend(only_user(member));
        findings.extend(ports_dependencies(member));
        findings.extend(domain_runtime(member, &workspace.lock));
    }
    findings.extend(workspace.sources.iter().flat_map(source));
    findings
}

fn dependency_finding(member: &Member, name: &str, message: String) -> Finding {
    Finding::new(&member.manifest_path(), member.manifest_line(name), "absent-dependency", message)
}

fn only_user(member: &Member) -> Vec<Finding> {
    let wrong = ONLY_USER
        .iter()
        .filter(|(library, user)| member.name != *user && member.edges.iter().any(|edge| edge.name == *library));
    wrong
        .map(|(library, user)| dependency_finding(member, library, format!("only {user} may depend on {library}")))
        .collect()
}

fn ports_dependencies(member: &Member) -> Vec<Finding> {
    if member.layer() != "ports" {
        return Vec::new();
    }
    let wrong =
        member.edges.iter().filter(|edge| edge.kind != EdgeKind::Dev && NOT_IN_PORTS.contains(&edge.name.as_str()));
    wrong.map(|edge| dependency_finding(member, &edge.name, format!("ports may not depend on {}", edge.name))).collect()
}

fn domain_runtime(member: &Member, lock: &str) -> Vec<Finding> {
    if member.layer() != "domain" {
        return Vec::new();
    }
    let graph = locked_dependencies(lock);
    let direct = member.edges.iter().filter(|edge| edge.kind != EdgeKind::Dev);
    direct
        .filter_map(|edge| {
            let path = path_to_runtime(&graph, &edge.name)?;
            Some(dependency_finding(member, &edge.name, format!("the domain reaches a runtime: {}", path.join(" > "))))
        })
        .collect()
}

/// Names of packages in the lock file with the names that each depends on; versions are not told apart.
fn locked_dependencies(lock: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let table: toml::Table = lock.parse().unwrap_or_default();
    let packages = table.get("package").and_then(toml::Value::as_array);
    for package in packages.into_iter().flatten() {
        let Some(name) = package.get("name").and_then(toml::Value::as_str) else { continue };
        let needs = graph.entry(name.to_owned()).or_default();
        let listed = package.get("dependencies").and_then(toml::Value::as_array);
        let names = listed.into_iter().flatten().filter_map(toml::Value::as_str);
        needs.extend(names.filter_map(|entry| entry.split(' ').next()).map(str::to_owned));
    }
    graph
}

fn path_to_runtime(graph: &BTreeMap<String, BTreeSet<String>>, start: &str) -> Option<Vec<String>> {
    let mut seen = BTreeSet::from([start]);
    let mut paths = vec![vec![start]];
    while let Some(path) = paths.pop() {
        let last = path.last()?;
        if RUNTIMES.contains(last) {
            return Some(path.into_iter().map(str::to_owned).collect());
        }
        for next in graph.get(*last).into_iter().flatten() {
            if seen.insert(next) {
                paths.push(path.iter().copied().chain([next.as_str()]).collect());
            }
        }
    }
    None
}

fn source(source: &SourceFile) -> Vec<Finding> {
    let layer = source.layer.as_str();
    let mut findings = Vec::new();
    let mut forbid = |applies: bool, words: &[&'static str], rule: &'static str, why: &str| {
        if applies {
            let lines = source.production_lines_with(words).into_iter();
            findings.extend(lines.map(|(line, word)| source.finding(line, rule, format!("`{word}`: {why}"))));
        }
    };
    let below_app = LAYERS_BELOW_APP.contains(&layer);
    forbid(below_app, &ENVIRONMENT, "absent-environment", "only the app reads the environment; take it as an argument");
    forbid(below_app, &PRINTING, "absent-printing", "only the app prints");
    let provider = source.package.starts_with("media-provider-");
    forbid(provider, &FILES, "absent-files", "a provider reads no files");
    forbid(layer == "domain", &AWAITING, "absent-async", "the domain never awaits");
    let may_spawn = MAY_SPAWN.iter().any(|(start, _)| source.path.starts_with(start));
    let why = "libraries below the engine start no tasks or threads; exceptions stand in xtask/src/tidy/absences.rs";
    forbid(LAYERS_BELOW_ENGINE.contains(&layer) && !may_spawn, &SPAWNING, "absent-spawning", why);
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_file::Part;
    use crate::workspace::Edge;

    fn member(name: &str, layer: &str, dependency: &str) -> Member {
        let edge = Edge { name: dependency.into(), kind: EdgeKind::Normal, has_path: false, has_version: true };
        Member { name: name.into(), layer: Some(layer.into()), edges: vec![edge], ..Member::default() }
    }

    #[test]
    fn libraries_with_one_user_are_refused_elsewhere() {
        assert!(only_user(&member("media-http", "support", "reqwest")).is_empty());
        for (name, library) in [("media-provider-x", "reqwest"), ("media-engine", "rusqlite"), ("media-http", "axum")] {
            assert_eq!(only_user(&member(name, "", library)).len(), 1, "{name} {library}");
        }
    }

    #[test]
    fn ports_name_no_client_library() {
        assert_eq!(ports_dependencies(&member("media-ports", "ports", "reqwest")).len(), 1);
        assert!(ports_dependencies(&member("media-ports", "ports", "bytes")).is_empty());
    }

    #[test]
    fn a_runtime_behind_other_packages_is_found() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\"b 2.0.0\"]\n\n\
                    [[package]]\nname = \"b\"\nversion = \"2.0.0\"\ndependencies = [\"tokio\"]\n\n\
                    [[package]]\nname = \"c\"\nversion = \"2.0.0\"\n";
        let findings = domain_runtime(&member("media-domain", "domain", "a"), lock);
        assert!(findings[0].message.ends_with("a > b > tokio"), "{findings:?}");
        assert!(domain_runtime(&member("media-domain", "domain", "c"), lock).is_empty());
    }

    fn rules(package: &str, layer: &str, path: &str, text: &str) -> Vec<&'static str> {
        let file = SourceFile::new(path, package, layer, Part::Production, text);
        source(&file).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn planted_violations_are_found() {
        let cases = [
            ("media-http", "support", "let home = std::env::var(\"HOME\");", "absent-environment"),
            ("media-http", "support", "use std::{env, fs}; let x = env::args();", "absent-environment"),
            ("media-engine", "engine", "println!(\"x\");", "absent-printing"),
            ("media-provider-x", "adapter", "std::fs::read(path)", "absent-files"),
            ("media-domain", "domain", "pub async fn get() {}", "absent-async"),
            ("media-imaging", "support", "tokio::spawn(work)", "absent-spawning"),
            ("media-store-blob", "adapter", "std::thread::spawn(work)", "absent-spawning"),
        ];
        for (package, layer, text, rule) in cases {
            assert_eq!(rules(package, layer, "crates/x/src/lib.rs", text), [rule], "{text}");
        }
    }

    #[test]
    fn what_is_allowed_or_no_code_is_left_alone() {
        let cases = [
            ("media-app", "app", "crates/media-app/src/main.rs", "println!(); std::env::var(name);"),
            ("media-http", "support", "crates/media-http/src/lib.rs", "// println!()\nlet a = \"std::env\";"),
            ("media-http", "support", "crates/media-http/src/lib.rs", "#[cfg(test)] mod t { fn a() { println!() } }"),
            ("media-store-sqlite", "adapter", "crates/media-store-sqlite/src/writer.rs", "thread::Builder::new()"),
            ("media-engine", "engine", "crates/media-engine/src/lib.rs", "tokio::spawn(work)"),
        ];
        for (package, layer, path, text) in cases {
            assert!(rules(package, layer, path, text).is_empty(), "{text}");
        }
    }
}
