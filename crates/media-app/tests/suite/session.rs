//! Configuration read with the kinds of provider that are built in.

use media_app::config::{ConfigFlags, Environment};
use media_app::session::{Session, load_config};

/// What loading warns of, in a folder with this file.
fn warnings(file: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("media.toml"), file).expect("written");
    let environment = Environment::new(variables.iter().copied(), folder.path());
    load_config(&ConfigFlags::default(), &environment).expect("sound").warnings
}

const BUDGET: &str = "[multi_provider_config.media_generation]\nbudgets = [{ period = \"day\", usd = 1 }]\n";
const KEY: &[(&str, &str)] = &[("BFL_API_KEY", "k")];

#[test]
fn a_budget_that_does_not_see_a_provider_is_a_warning() {
    let live = format!("dry_run = false\n{BUDGET}");
    let told = warnings(&live, KEY);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("`flux`"), "{told:?}");
    assert!(warnings(&live, &[]).is_empty(), "who has no key is not called");
    assert!(warnings(BUDGET, KEY).is_empty(), "in dry run nobody is");
    let alone = format!("{live}[providers.flux]\ndry_run = true\n");
    assert!(warnings(&alone, KEY).is_empty(), "nor is one in dry run by itself");
    assert!(warnings(&format!("{live}unpriced = \"refuse\"\n"), KEY).is_empty());
}

#[test]
fn every_kind_is_built_in_and_describes_itself_without_anything() {
    let chain =
        ["sdxl", "openai_images", "flux", "replicate_sdxl", "figma_api", "canva_api", "midjourney", "noop_media"];
    let list = chain.map(|kind| format!("{kind:?}")).join(", ");
    let folder = tempfile::tempdir().expect("a folder");
    let file = format!("[multi_provider_config.media_generation]\nproviders = [{list}]\n");
    std::fs::write(folder.path().join("media.toml"), file).expect("written");
    let environment =
        Environment::new([("MEDIA_DATA_DIR", folder.path().join("data").display().to_string())], folder.path());
    let loaded = load_config(&ConfigFlags::default(), &environment).expect("sound");
    let session = Session::new(loaded.settings).expect("kinds are distinct");
    let chains = session.chains(session.breakers(None)).expect("sound");
    let members: Vec<_> = chains["media_generation"].members().iter().map(|member| member.id().to_string()).collect();
    assert_eq!(members, chain);
    assert!(!folder.path().join("data").exists(), "nothing is made by looking");
}
