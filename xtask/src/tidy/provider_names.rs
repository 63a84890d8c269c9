//! Nothing decides by which provider it is: adapters alone know their names, the app lists them, ports name no vendor.

use crate::finding::Finding;
use crate::rust_text::{Literal, line_of};
use crate::source_file::SourceFile;
use crate::workspace::{Member, Workspace};

/// Provider ids with the crate that serves each.
const IDS: [(&str, &str); 10] = [
    ("sdxl", "media-provider-sdxl"),
    ("stable-diffusion", "media-provider-sdxl"),
    ("openai_images", "media-provider-openai"),
    ("dalle3", "media-provider-openai"),
    ("flux", "media-provider-flux"),
    ("replicate_sdxl", "media-provider-replicate"),
    ("figma_api", "media-provider-figma"),
    ("canva_api", "media-provider-canva"),
    ("midjourney", "media-provider-midjourney"),
    ("noop_media", "media-provider-noop"),
];

/// Parts of vendor names that the ports may not contain. Figma and Canva are not among them: as destinations of an export
/// they are what the caller asks for.
const VENDORS: [&str; 7] = ["openai", "sdxl", "stability", "flux", "replicate", "midjourney", "bfl"];

/// Where the app may write ids down as data: its defaults and the list of what is built in.
const APP_DATA: [&str; 2] = ["crates/media-app/src/config", "crates/media-app/src/wiring"];

pub(crate) fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings: Vec<Finding> = workspace.sources.iter().flat_map(literals).collect();
    findings.extend(workspace.sources.iter().flat_map(vendors_in_ports));
    for app in workspace.members.iter().filter(|member| member.layer() == "app") {
        findings.extend(one_file_names_crates(app, &workspace.sources));
    }
    findings
}

/// Ids as string literals: below the app anywhere, in the app where something is compared with them.
fn literals(source: &SourceFile) -> Vec<Finding> {
    let code = source.production();
    let stays = |literal: &&Literal| code.as_bytes().get(literal.start) == Some(&b'"');
    let is_id = |literal: &&Literal| IDS.iter().any(|(id, owner)| *id == literal.text && *owner != source.package);
    let is_wrong = |literal: &&Literal| match source.layer.as_str() {
        "domain" | "ports" | "engine" | "support" | "adapter" => true,
        "app" => is_compared(code, literal) && !APP_DATA.iter().any(|start| source.path.starts_with(start)),
        _ => false,
    };
    let wrong = source.rust.literals.iter().filter(stays).filter(is_id).filter(is_wrong);
    wrong
        .map(|literal| {
            let message = format!("`{}`: nothing but its adapter knows a provider by name", literal.text);
            source.finding(line_of(&source.text, literal.start), "provider-name", message)
        })
        .collect()
}

fn is_compared(code: &str, literal: &Literal) -> bool {
    let behind = code[literal.end..].trim_start();
    let before = code[..literal.start].trim_end();
    let line_start = code[..literal.start].rfind('\n').map_or(0, |index| index + 1);
    ["=>", "|", "==", "!=", "if "].iter().any(|sign| behind.starts_with(sign))
        || ["==", "!=", "|", ".eq(", "starts_with(", "contains("].iter().any(|sign| before.ends_with(sign))
        || code[line_start..literal.start].contains("matches!(")
}

fn vendors_in_ports(source: &SourceFile) -> Vec<Finding> {
    if source.layer != "ports" {
        return Vec::new();
    }
    let lines = source.production().lines().enumerate();
    lines
        .filter_map(|(index, line)| {
            let lower = line.to_lowercase();
            let vendor = VENDORS.iter().find(|vendor| lower.contains(*vendor))?;
            Some(source.finding(index + 1, "vendor-in-ports", format!("`{vendor}`: ports name no vendor")))
        })
        .collect()
}

/// The app names the provider crates in exactly one file.
fn one_file_names_crates(app: &Member, sources: &[SourceFile]) -> Vec<Finding> {
    let places: Vec<(&SourceFile, usize)> = sources
        .iter()
        .filter(|source| source.package == app.name && source.is_production())
        .filter_map(|source| {
            let position = source.production().find("media_provider_")?;
            Some((source, line_of(&source.text, position)))
        })
        .collect();
    let depends = app.edges.iter().any(|edge| edge.name.starts_with("media-provider-"));
    match places.len() {
        0 if depends => {
            let line = app.manifest_line("media-provider-");
            let message = "the app depends on provider crates that none of its files names";
            vec![Finding::new(&app.manifest_path(), line, "provider-crates", message)]
        }
        0 | 1 => Vec::new(),
        _ => {
            let message = "several files of the app name provider crates; exactly one may";
            places.into_iter().map(|(source, line)| source.finding(line, "provider-crates", message)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_file::Part;
    use crate::workspace::{Edge, EdgeKind};

    fn file(package: &str, layer: &str, path: &str, text: &str) -> SourceFile {
        SourceFile::new(path, package, layer, Part::Production, text)
    }

    #[test]
    fn ids_below_the_app_are_found_outside_their_adapter() {
        let text = "let id = \"openai_images\";";
        for (package, layer, count) in [
            ("media-chain", "engine", 1),
            ("media-provider-flux", "adapter", 1),
            ("media-provider-openai", "adapter", 0),
            ("media-testkit", "testkit", 0),
        ] {
            assert_eq!(literals(&file(package, layer, "crates/x/src/lib.rs", text)).len(), count, "{package}");
        }
        let test = "#[cfg(test)] mod tests { const ID: &str = \"flux\"; } // \"flux\"";
        assert!(literals(&file("media-chain", "engine", "crates/x/src/lib.rs", test)).is_empty());
    }

    #[test]
    fn the_app_may_list_ids_but_not_compare_with_them() {
        let cases = [
            ("src/serve.rs", "match id { \"flux\" => 1, _ => 2 }", 1),
            ("src/serve.rs", "match id { \"flux\" | \"sdxl\" => 1, _ => 2 }", 2),
            ("src/serve.rs", "if id.as_str() == \"dalle3\" {}", 1),
            ("src/serve.rs", "matches!(id, \"flux\")", 1),
            ("src/serve.rs", "let ids = [\"flux\", \"sdxl\"];", 0),
            ("src/config/aliases.rs", "match id { \"dalle3\" => \"openai_images\", other => other }", 0),
        ];
        for (path, text, count) in cases {
            let path = format!("crates/media-app/{path}");
            assert_eq!(literals(&file("media-app", "app", &path, text)).len(), count, "{text}");
        }
    }

    #[test]
    fn ports_name_no_vendor() {
        let text = "/// Not even `OpenAI`.\npub struct OpenAiThing;";
        assert_eq!(vendors_in_ports(&file("media-ports", "ports", "crates/media-ports/src/a.rs", text))[0].line, 2);
        assert!(vendors_in_ports(&file("media-chain", "engine", "crates/media-chain/src/a.rs", text)).is_empty());
    }

    #[test]
    fn provider_crates_are_named_in_one_file() {
        let kind = EdgeKind::Normal;
        let edge = Edge { name: "media-provider-flux".into(), kind, has_path: true, has_version: true };
        let app = Member { name: "media-app".into(), edges: vec![edge], ..Member::default() };
        let one = file("media-app", "app", "a.rs", "media_provider_flux::Factory; media_provider_noop::Factory");
        let two = file("media-app", "app", "b.rs", "use media_provider_noop as noop;");
        let none = file("media-app", "app", "c.rs", "// media_provider_noop");
        for (files, count) in [(vec![none], 1), (vec![one], 0)] {
            assert_eq!(one_file_names_crates(&app, &files).len(), count);
        }
        let one = file("media-app", "app", "a.rs", "media_provider_flux::Factory");
        assert_eq!(one_file_names_crates(&app, &[one, two]).len(), 2);
    }
}
