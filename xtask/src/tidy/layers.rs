//! Who may use whom.

use crate::finding::Finding;
use crate::rust_text::{find_word, line_of};
use crate::workspace::{Edge, EdgeKind, Member, Workspace};

/// A layer and the layers that its crates may use in normal and build dependencies.
const LAYERS: [(&str, &[&str]); 10] = [
    ("domain", &[]),
    ("ports", &["domain"]),
    ("engine", &["domain", "ports"]),
    ("support", &["domain", "ports"]),
    ("adapter", &["domain", "ports", "support"]),
    ("app", &["domain", "ports", "engine", "support", "adapter"]),
    ("testkit", &["domain", "ports", "support"]),
    ("e2e", &["app"]),
    ("contract", &["adapter"]),
    ("xtask", &[]),
];

/// Edges within a layer.
const WITHIN: [(&str, &str); 1] = [("media-engine", "media-chain")];

/// The layer of each crate, by name or by the beginning of the name.
const CRATES: [(&str, &str); 10] = [
    ("media-domain", "domain"),
    ("media-ports", "ports"),
    ("media-chain", "engine"),
    ("media-engine", "engine"),
    ("media-http", "support"),
    ("media-imaging", "support"),
    ("media-provider-*", "adapter"),
    ("media-store-*", "adapter"),
    ("media-app", "app"),
    ("media-testkit", "testkit"),
];

/// Layers that stand beside the product; their names are free.
const BESIDE: [(&str, &str); 3] = [("xtask", "xtask"), ("xtask/contract", "contract"), ("tests", "e2e")];

pub(crate) fn check(workspace: &Workspace) -> Vec<Finding> {
    let members = &workspace.members;
    let mut findings: Vec<Finding> = members.iter().filter_map(own_layer).collect();
    findings.extend(members.iter().flat_map(|member| edges(member, members)));
    findings.extend(domain_uses_testkit(workspace));
    findings
}

fn own_layer(member: &Member) -> Option<Finding> {
    let place = |message: String| {
        Some(Finding::new(&member.manifest_path(), member.manifest_line("[package.metadata.media]"), "layer", message))
    };
    let expected = expected_layer(member);
    match (&member.layer, expected) {
        (None, _) => place("no `layer` in [package.metadata.media]".into()),
        (Some(_), None) => place(format!("{} is not in the table of crates in xtask/src/tidy/layers.rs", member.name)),
        (Some(layer), Some(expected)) if layer != expected => {
            place(format!("layer is `{layer}`, but {} belongs to `{expected}`", member.name))
        }
        _ if expected_folder(member).is_some_and(|folder| folder != member.folder) => {
            place(format!("{} does not stand in a folder of its name", member.name))
        }
        _ => None,
    }
}

fn expected_layer(member: &Member) -> Option<&'static str> {
    let beside = BESIDE.iter().find(|(folder, _)| *folder == member.folder);
    let named = CRATES.iter().find(|(pattern, _)| match pattern.strip_suffix('*') {
        Some(start) => member.name.starts_with(start) && member.name.len() > start.len(),
        None => member.name == *pattern,
    });
    beside.or(named).map(|(_, layer)| *layer)
}

fn expected_folder(member: &Member) -> Option<String> {
    let beside = BESIDE.iter().any(|(_, layer)| *layer == member.layer());
    (!beside).then(|| format!("crates/{}", member.name))
}

fn edges(member: &Member, members: &[Member]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for edge in &member.edges {
        let target = members.iter().find(|other| other.name == edge.name);
        if let Some(problem) = target.and_then(|target| edge_problem(member, edge, target)) {
            let line = member.manifest_line(&edge.name);
            findings.push(Finding::new(&member.manifest_path(), line, "layer-edge", problem));
        }
    }
    findings
}

fn edge_problem(member: &Member, edge: &Edge, target: &Member) -> Option<String> {
    let (from, to) = (member.layer(), target.layer());
    if to == "testkit" {
        return testkit_problem(member, edge);
    }
    let allowed = LAYERS.iter().find(|(layer, _)| *layer == from).is_some_and(|(_, uses)| uses.contains(&to))
        || WITHIN.contains(&(member.name.as_str(), target.name.as_str()));
    if edge.kind == EdgeKind::Dev {
        let never = match from {
            "adapter" => matches!(to, "adapter" | "engine" | "app"),
            "e2e" => to != "app",
            "xtask" => true,
            "domain" => to != "domain",
            _ => matches!(to, "app" | "xtask" | "e2e"),
        };
        return never
            .then(|| format!("{from} may not use {to}, in tests neither ({} uses {})", member.name, target.name));
    }
    if !allowed {
        return Some(format!("{from} may not use {to} ({} uses {})", member.name, target.name));
    }
    (edge.has_path && !edge.has_version)
        .then(|| format!("{} is a path without a version, which cannot be published", target.name))
}

fn testkit_problem(member: &Member, edge: &Edge) -> Option<String> {
    match (member.layer(), edge.kind) {
        (_, EdgeKind::Normal | EdgeKind::Build) => {
            Some(format!("{} is for tests: use it as a dev-dependency", edge.name))
        }
        ("ports", EdgeKind::Dev) => {
            Some(format!("ports may not use {}: its unit tests would see its own types twice", edge.name))
        }
        ("xtask", EdgeKind::Dev) => Some("xtask uses no crate of the product".into()),
        (_, EdgeKind::Dev) if !edge.has_path || edge.has_version => {
            Some(format!("{} goes by path without a version, so that publishing drops it", edge.name))
        }
        _ => None,
    }
}

/// The unit tests of the domain are built from a second copy of it, whose types the testkit does not know.
fn domain_uses_testkit(workspace: &Workspace) -> Vec<Finding> {
    let domain = workspace.sources.iter().filter(|source| source.layer == "domain" && source.is_production());
    domain
        .flat_map(|source| {
            let message = "the domain uses media-testkit in tests/ only";
            find_word(&source.rust.code, "media_testkit")
                .into_iter()
                .map(move |position| source.finding(line_of(&source.text, position), "layer-edge", message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, layer: &str) -> Member {
        let folder = format!("crates/{name}");
        Member { name: name.into(), folder, layer: Some(layer.into()), ..Member::default() }
    }

    fn edge(name: &str, kind: EdgeKind, has_version: bool) -> Edge {
        Edge { name: name.into(), kind, has_path: true, has_version }
    }

    fn members() -> Vec<Member> {
        CRATES.iter().map(|(name, layer)| member(&name.replace('*', "x"), layer)).collect()
    }

    #[test]
    fn edges_follow_the_table() {
        use EdgeKind::{Build, Dev, Normal};
        let cases = [
            ("media-ports", "media-domain", Normal, true),
            ("media-domain", "media-ports", Normal, false),
            ("media-domain", "media-ports", Dev, false),
            ("media-engine", "media-chain", Normal, true),
            ("media-chain", "media-engine", Normal, false),
            ("media-engine", "media-imaging", Normal, false),
            ("media-engine", "media-imaging", Dev, true),
            ("media-engine", "media-store-x", Build, false),
            ("media-provider-x", "media-http", Normal, true),
            ("media-provider-x", "media-store-x", Normal, false),
            ("media-provider-x", "media-store-x", Dev, false),
            ("media-provider-x", "media-engine", Normal, false),
            ("media-app", "media-provider-x", Normal, true),
            ("media-testkit", "media-store-x", Normal, false),
            ("media-http", "media-app", Dev, false),
        ];
        let members = members();
        for (from, to, kind, allowed) in cases {
            let from = members.iter().find(|member| member.name == from).expect("known");
            let user = Member { edges: vec![edge(to, kind, true)], ..member(&from.name, from.layer()) };
            assert_eq!(edges(&user, &members).is_empty(), allowed, "{} {kind:?} {to}", user.name);
        }
    }

    #[test]
    fn the_testkit_is_a_dev_dependency_by_path_alone() {
        use EdgeKind::{Dev, Normal};
        let cases = [
            ("media-app", Dev, false, true),
            ("media-app", Dev, true, false),
            ("media-app", Normal, false, false),
            ("media-domain", Dev, false, true),
            ("media-ports", Dev, false, false),
        ];
        let members = members();
        for (from, kind, has_version, allowed) in cases {
            let layer = members.iter().find(|member| member.name == from).expect("known").layer().to_owned();
            let user = Member { edges: vec![edge("media-testkit", kind, has_version)], ..member(from, &layer) };
            assert_eq!(edges(&user, &members).is_empty(), allowed, "{from} {kind:?} {has_version}");
        }
    }

    #[test]
    fn every_member_has_the_layer_of_its_name() {
        assert!(own_layer(&member("media-http", "support")).is_none());
        assert!(own_layer(&member("media-http", "app")).is_some(), "another layer");
        assert!(own_layer(&member("media-novelty", "app")).is_some(), "a crate that the table does not know");
        assert!(own_layer(&Member { layer: None, ..member("media-http", "") }).is_some(), "no layer");
        assert!(own_layer(&Member { folder: "http".into(), ..member("media-http", "support") }).is_some(), "elsewhere");
        let e2e = Member { folder: "tests".into(), ..member("media-e2e", "e2e") };
        assert!(own_layer(&e2e).is_none());
    }
}
