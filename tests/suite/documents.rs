//! Documents say what the program does.

use serde_json::Value;

use crate::home::Home;

const CONFIGURATION: &str = include_str!("../../docs/CONFIGURATION.md");
const PROVIDERS: &str = include_str!("../../docs/PROVIDERS.md");

/// What the crate of each kind says of itself.
const READMES: &[(&str, &str)] = &[
    ("sdxl", include_str!("../../crates/media-provider-sdxl/README.md")),
    ("openai_images", include_str!("../../crates/media-provider-openai/README.md")),
    ("flux", include_str!("../../crates/media-provider-flux/README.md")),
    ("replicate_sdxl", include_str!("../../crates/media-provider-replicate/README.md")),
    ("figma_api", include_str!("../../crates/media-provider-figma/README.md")),
    ("canva_api", include_str!("../../crates/media-provider-canva/README.md")),
    ("midjourney", include_str!("../../crates/media-provider-midjourney/README.md")),
    ("noop_media", include_str!("../../crates/media-provider-noop/README.md")),
];

/// The contents of every fenced block of a language.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let behind = CONFIGURATION.split(&fence).skip(1);
    behind.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The values that hold without any configuration, by path.
fn defaults() -> Vec<Value> {
    Home::new().json(&["config", "show"])
}

/// The cells of the table row that begins with a key.
fn row(key: &str) -> Option<Vec<&'static str>> {
    let start = format!("| `{key}` |");
    let line = CONFIGURATION.lines().find(|line| line.starts_with(&start))?;
    Some(cells(line))
}

/// The cells of a row.
fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split(" | ").map(str::trim).collect()
}

#[test]
fn every_toml_block_is_accepted() {
    let blocks = blocks("toml");
    assert!(blocks.len() >= 5, "{} blocks", blocks.len());
    for block in blocks {
        let home = Home::with_config(&block);
        std::fs::create_dir(home.path("secrets")).unwrap();
        std::fs::write(home.path("secrets/studio.key"), "sk-studio\n").unwrap();
        let said = home.ok(&["config", "check"]);
        assert_eq!(said.out.trim(), "ok", "{block}");
    }
}

#[test]
fn every_variable_is_accepted() {
    let lines: Vec<String> =
        blocks("sh").iter().flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(!lines.is_empty());
    for line in lines {
        let (name, value) = line.strip_prefix("export ").and_then(|rest| rest.split_once('=')).unwrap();
        let home = Home::new();
        let output = home.command(&["--json", "config", "show"]).env(name, value.trim_matches('\'')).output().unwrap();
        let said = crate::home::Said::of(output);
        assert_eq!(said.code, 0, "{said:?}");
        let origin = Value::from(format!("variable {name}"));
        assert!(said.json().iter().any(|value| value["origin"] == origin), "{line} sets nothing");
    }
}

#[test]
fn every_key_is_documented() {
    for value in defaults() {
        let path = value["path"].as_str().unwrap();
        let last = path.rsplit('.').next().unwrap();
        let named = [format!("`{path}`"), format!("| `{last}` |")];
        assert!(named.iter().any(|name| CONFIGURATION.contains(name)), "{path}");
    }
}

#[test]
fn every_documented_default_holds() {
    let mut checked = 0;
    for value in defaults() {
        // A row has the default in its last cell, or in the third of four.
        let Some(cells) = row(value["path"].as_str().unwrap()) else { continue };
        let shown = value["value"].as_str().map_or_else(|| value["value"].to_string(), str::to_owned);
        let cell = if cells.len() == 2 { cells[1] } else { cells[2] };
        assert_eq!(cell.trim_end_matches(" |").trim_matches('`'), shown, "{value}");
        checked += 1;
    }
    assert!(checked > 30, "{checked} defaults are documented");
}

#[test]
fn every_setting_of_every_kind_is_documented() {
    for (kind, readme) in READMES {
        let said = Home::with_config(&format!("[providers.{kind}]\nno_such_key = 1\n")).run(&["config", "check"]);
        assert_eq!(said.code, 3, "{kind}: {said:?}");
        let known = said.err.split_once("known: ").unwrap().1.split(" (").next().unwrap();
        assert!(known.contains("policy"), "{known}");
        for key in known.split(", ") {
            let named = format!("`{key}`");
            assert!(CONFIGURATION.contains(&named) || readme.contains(&named), "{kind}: {key}");
        }
    }
}

#[test]
fn every_provider_is_in_the_table_of_providers() {
    let rows: Vec<Vec<&str>> = PROVIDERS.lines().filter(|line| line.starts_with("| ")).map(cells).collect();
    let (head, rows) = rows.split_first().unwrap();
    for cells in rows {
        assert_eq!(cells.len(), head.len(), "{cells:?}");
        assert!(cells.iter().all(|cell| !cell.is_empty()), "{cells:?}");
    }
    for (kind, _) in READMES {
        assert!(rows.iter().any(|cells| cells[0].starts_with(&format!("`{kind}`"))), "{kind} is missing in the table");
    }
    let all = Home::new().json(&["providers"]).into_iter().map(|line| line["provider"].as_str().unwrap().to_owned());
    for kind in all {
        assert!(READMES.iter().any(|(known, _)| *known == kind), "{kind}");
    }
}

#[test]
fn every_kind_is_documented() {
    let said = Home::with_config("[providers.studio]\nkind = \"no_such_kind\"\n").run(&["config", "check"]);
    assert_eq!(said.code, 3, "{said:?}");
    let known = said.err.split_once("known: ").unwrap().1.split(" (").next().unwrap();
    assert!(known.contains("noop_media"), "{known}");
    for kind in known.split(", ") {
        assert!(CONFIGURATION.contains(&format!("\n| `{kind}` |")), "{kind}");
    }
}
