//! The workspace as cargo and the file system show it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use crate::command;
use crate::source_file::{Part, SourceFile};

/// Everything the rules look at, read once.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) members: Vec<Member>,
    pub(crate) sources: Vec<SourceFile>,
    /// Text of `Cargo.lock`; empty when there is none.
    pub(crate) lock: String,
}

/// A package of the workspace.
#[derive(Debug, Default)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Folder relative to the root of the repository.
    pub(crate) folder: String,
    /// `layer` in `[package.metadata.media]`.
    pub(crate) layer: Option<String>,
    pub(crate) edges: Vec<Edge>,
    /// Names of its cargo features.
    pub(crate) features: Vec<String>,
    /// Names of its benchmark programs.
    pub(crate) benches: Vec<String>,
    /// Text of its `Cargo.toml`.
    pub(crate) manifest: String,
    /// Texts of its other files that rules read: every Markdown file, by path within the folder.
    pub(crate) documents: BTreeMap<String, String>,
    /// Paths of all its files within the folder.
    pub(crate) files: Vec<String>,
}

/// A direct dependency as the manifest declares it.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    pub(crate) name: String,
    pub(crate) kind: EdgeKind,
    pub(crate) has_path: bool,
    pub(crate) has_version: bool,
}

/// When a dependency is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EdgeKind {
    Normal,
    Build,
    Dev,
}

impl Member {
    pub(crate) fn layer(&self) -> &str {
        self.layer.as_deref().unwrap_or_default()
    }

    pub(crate) fn manifest_path(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }

    /// The first line of the manifest that begins with `start`; 1 when there is none.
    pub(crate) fn manifest_line(&self, start: &str) -> usize {
        self.manifest.lines().position(|line| line.trim_start().starts_with(start)).map_or(1, |index| index + 1)
    }

    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.files.iter().any(|file| file == path)
    }
}

/// The folder that holds the workspace manifest.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

impl Workspace {
    /// Reads the workspace: manifests through `cargo metadata` without resolving, then every source file.
    ///
    /// # Errors
    /// When cargo refuses a manifest or a file cannot be read.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let root = root();
        let metadata = metadata(&root)?;
        let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
        let mut members = Vec::new();
        let mut sources = Vec::new();
        for package in &metadata.packages {
            let member = member(&root, package)?;
            sources.extend(member_sources(&root, &member)?);
            members.push(member);
        }
        members.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self { root, members, sources, lock })
    }
}

/// Reads text of the repository.
///
/// # Errors
/// When the file cannot be read as UTF-8.
pub(crate) fn read(root: &Path, path: &str) -> anyhow::Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("failed to read {path}"))
}

/// Paths of all files under a folder, relative to it, with `/` between the parts; none when it does not exist. Hidden
/// folders, build output and packages nested in it are left out.
///
/// # Errors
/// When a folder cannot be listed.
pub(crate) fn files_under(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        collect(folder, "", &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if !entry.file_type()?.is_dir() {
            found.push(path);
        } else if !name.starts_with('.') && name != "target" && !entry.path().join("Cargo.toml").exists() {
            collect(&entry.path(), &format!("{path}/"), found)?;
        }
    }
    Ok(())
}

fn metadata(root: &Path) -> anyhow::Result<Metadata> {
    let output = command::cargo(root, &["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .output()
        .context("failed to start cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    MetadataCommand::parse(String::from_utf8_lossy(&output.stdout))
        .context("failed to read the answer of cargo metadata")
}

fn member(root: &Path, package: &Package) -> anyhow::Result<Member> {
    let folder = package.manifest_path.parent().context("a manifest has a folder")?;
    let relative = folder.as_std_path().strip_prefix(root).context("a member stands in the repository")?;
    let relative = relative.to_string_lossy().replace('\\', "/");
    let files = files_under(folder.as_std_path())?;
    let mut documents = BTreeMap::new();
    for file in files.iter().filter(|file| file.ends_with(".md")) {
        documents.insert(file.clone(), read(root, &format!("{relative}/{file}"))?);
    }
    let benches = package.targets.iter().filter(|target| target.is_bench()).map(|target| target.name.clone()).collect();
    Ok(Member {
        name: package.name.to_string(),
        layer: package.metadata["media"]["layer"].as_str().map(str::to_owned),
        edges: package.dependencies.iter().map(edge).collect(),
        features: package.features.keys().cloned().collect(),
        benches,
        manifest: read(root, &format!("{relative}/Cargo.toml"))?,
        folder: relative,
        documents,
        files,
    })
}

fn edge(dependency: &cargo_metadata::Dependency) -> Edge {
    let kind = match dependency.kind {
        DependencyKind::Build => EdgeKind::Build,
        DependencyKind::Development => EdgeKind::Dev,
        _ => EdgeKind::Normal,
    };
    let has_version = dependency.req.to_string() != "*";
    Edge { name: dependency.name.clone(), kind, has_path: dependency.path.is_some(), has_version }
}

fn member_sources(root: &Path, member: &Member) -> anyhow::Result<Vec<SourceFile>> {
    let mut sources = Vec::new();
    for file in member.files.iter().filter(|file| file.ends_with(".rs")) {
        let path = format!("{}/{file}", member.folder);
        let text = read(root, &path)?;
        sources.push(SourceFile::new(&path, &member.name, member.layer(), part_of(file, member.layer()), &text));
    }
    let tests: Vec<String> = sources.iter().flat_map(test_module_paths).collect();
    for source in &mut sources {
        if tests.iter().any(|test| source.path == format!("{test}.rs") || source.path.starts_with(&format!("{test}/")))
        {
            source.part = Part::Test;
        }
    }
    Ok(sources)
}

fn part_of(path_in_package: &str, layer: &str) -> Part {
    match path_in_package.split('/').next() {
        _ if layer == "e2e" => Part::Test,
        Some("tests") => Part::Test,
        Some("benches" | "examples") => Part::Side,
        _ => Part::Production,
    }
}

/// Where the modules declared under `#[cfg(test)]` stand, without the ending.
fn test_module_paths(source: &SourceFile) -> Vec<String> {
    let stem = source.path.strip_suffix(".rs").unwrap_or(&source.path);
    let folder = match stem.rsplit_once('/') {
        Some((parent, "lib" | "main" | "mod")) => parent,
        _ => stem,
    };
    source.rust.test_modules().into_iter().map(|module| format!("{folder}/{module}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_file_decides_what_it_is_part_of() {
        let cases = [
            ("src/lib.rs", "app", Part::Production),
            ("build.rs", "app", Part::Production),
            ("tests/suite/main.rs", "app", Part::Test),
            ("benches/ingest.rs", "engine", Part::Side),
            ("src/lib.rs", "e2e", Part::Test),
        ];
        for (path, layer, part) in cases {
            assert_eq!(part_of(path, layer), part, "{path}");
        }
    }

    #[test]
    fn modules_of_test_builds_are_found_beside_their_parent() {
        let text = "#[cfg(test)]\nmod tests;\n";
        for (path, module) in [("x/src/lib.rs", "x/src/tests"), ("x/src/chain.rs", "x/src/chain/tests")] {
            let source = SourceFile::new(path, "x", "engine", Part::Production, text);
            assert_eq!(test_module_paths(&source), [module]);
        }
    }
}
