//! The typed settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use config::Value;
use media_chain::{ChainPolicy, ProviderPolicy};
use media_domain::{ProviderId, Retain, RuleSet, UserId};
use media_ports::FactoryRegistry;
use url::Url;

use super::chain_policy::{self, ReadPolicy};
use super::problem::Problems;
use super::providers::{ProviderSetup, ProviderTables, Resolved};
use super::section::Section;
use super::{Environment, LoadedConfig, effective, prices, provider_policy, suggestions};

/// Everything that configuration decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether no provider is called at all; true by default.
    pub dry_run: bool,
    /// What a reported result survives.
    pub durability: Durability,
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Where people find this installation on the web, without a slash at the end; assets are at `/assets/ID` below it.
    pub public_url: Option<String>,
    /// On whose behalf calls are made when nobody is named.
    pub default_user: UserId,
    /// Click-through rate from which an asset counts as a high performer; 0.05 by default.
    pub high_performing_ctr: f64,
    /// Calls that one command makes at the same time.
    pub generation_concurrency: usize,
    /// Limits of image files, checked before they are decoded.
    pub image_limits: ImageLimits,
    /// The rules behind automatic suggestions.
    pub suggestions: RuleSet,
    /// The chains, by capability or by a name of one's own.
    pub multi_provider_config: BTreeMap<String, ChainSettings>,
    /// Every provider that a chain names or that has a table, by id.
    pub providers: BTreeMap<ProviderId, ProviderSetup>,
}

impl Settings {
    /// The chain that generates images when nobody names another.
    pub const MEDIA_GENERATION: &'static str = "media_generation";
    /// The chain that edits images.
    pub const MEDIA_EDITING: &'static str = "media_editing";
    /// The chain that exports to design tools.
    pub const DESIGN_EXPORT: &'static str = "design_export";
}

/// One chain: which providers, in which order, under which policy.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainSettings {
    /// What the chain is for.
    pub description: String,
    /// The providers in the order in which they are asked, aliases resolved.
    pub providers: Vec<ProviderId>,
    /// How it treats time, misfits and failures.
    pub policy: ChainPolicy,
    /// Whether a live call that only a placeholder could answer is an error; false by default.
    pub fail_on_placeholder: bool,
    /// What is kept of a request and its images where the request does not say; everything by default.
    pub retain: Retain,
}

/// Limits of image files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageLimits {
    /// Largest file, in bytes.
    pub max_file_bytes: u64,
    /// Most pixels.
    pub max_pixels: u64,
    /// Longest side, in pixels.
    pub max_side: u32,
    /// Largest SVG file, in bytes.
    pub max_svg_bytes: u64,
}

/// What a reported result survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A power cut.
    Power,
    /// The end of the process, however sudden, but not a power cut; commits are faster.
    Process,
}

/// Reads the merged layers; every problem is gathered before giving up.
pub(super) fn read(
    root: Value,
    environment: &Environment,
    registry: &FactoryRegistry,
    problems: &Problems,
) -> Option<LoadedConfig> {
    let mut effective = effective::leaves(&root);
    let mut section = Section::new("", root, problems);
    let prices = prices::read(section.section("prices"));
    let treatment = provider_policy::read_defaults(section.section("provider_defaults"));
    let treatment = ProviderPolicy { prices, ..treatment };
    let mut tables = ProviderTables::read(section.section("providers"), registry);
    let defaults = chain_policy::read_defaults(section.section("chain_defaults"), &mut tables);
    let chains = read_chains(section.section("multi_provider_config"), &defaults, &mut tables);
    let mut warnings = Vec::new();
    let mut resolved = Resolved { environment, effective: &mut effective, warnings: &mut warnings };
    let providers = tables.finish(&treatment, &mut resolved);
    let dry_run = section.need("dry_run");
    let words = [("power", Durability::Power), ("process", Durability::Process)];
    let durability = section.take_word("durability", &words);
    let data_dir = section.need::<String>("data_dir");
    let public_url = read_public_url(&mut section);
    let default_user = section.need_parsed("default_user");
    let high_performing_ctr = section.need_checked("high_performing_ctr", is_rate);
    let generation_concurrency = read_generation(section.section("generation"));
    let image_limits = read_limits(section.section("image_limits"));
    let suggestions = suggestions::read(section.section("suggestions"));
    section.finish();
    let settings = Settings {
        dry_run: dry_run?,
        durability: durability?,
        data_dir: data_dir?.into(),
        public_url,
        default_user: default_user?,
        high_performing_ctr: high_performing_ctr?,
        generation_concurrency: generation_concurrency?,
        image_limits: image_limits?,
        suggestions: suggestions?,
        multi_provider_config: chains,
        providers,
    };
    Some(LoadedConfig { settings, effective, file: None, warnings })
}

/// Reads the address of the installation: no user, query or fragment, since paths are put behind it.
fn read_public_url(section: &mut Section<'_>) -> Option<String> {
    let url = section.take_checked("public_url", |text: &String| match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && is_bare(&url) => Ok(()),
        _ => Err("is no http or https address such as `https://media.example.com`, without user, query and fragment"
            .to_owned()),
    });
    url.map(|url| url.trim_end_matches('/').to_owned())
}

/// Whether there is nothing in an address but scheme, host and path.
pub(super) fn is_bare(url: &Url) -> bool {
    url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

fn read_generation(mut section: Section<'_>) -> Option<usize> {
    let concurrency = section.need_checked("concurrency", |concurrency: &u64| match concurrency {
        1..=64 => Ok(()),
        other => Err(format!("{other} is not from 1 to 64")),
    });
    section.finish();
    concurrency?.try_into().ok()
}

fn read_limits(mut section: Section<'_>) -> Option<ImageLimits> {
    let max_file_bytes = section.need_checked("max_file_bytes", is_positive);
    let max_pixels = section.need_checked("max_pixels", is_positive);
    let max_svg_bytes = section.need_checked("max_svg_bytes", is_positive);
    let max_side = section.need_checked("max_side", |side: &u64| match side {
        1..=65_535 => Ok(()),
        other => Err(format!("{other} is not from 1 to 65535")),
    });
    section.finish();
    Some(ImageLimits {
        max_file_bytes: max_file_bytes?,
        max_pixels: max_pixels?,
        max_side: max_side?.try_into().ok()?,
        max_svg_bytes: max_svg_bytes?,
    })
}

fn read_chains<'a>(
    mut section: Section<'a>,
    defaults: &ReadPolicy,
    tables: &mut ProviderTables<'a>,
) -> BTreeMap<String, ChainSettings> {
    let mut chains = BTreeMap::new();
    for (name, mut chain) in section.sections() {
        check_chain_name(&name, &section);
        let description = chain.take_typed("description").unwrap_or_default();
        let providers = tables.resolve_list(&mut chain);
        let ReadPolicy { policy, fail_on_placeholder, retain } = chain_policy::read(&mut chain, defaults, tables);
        chain.finish();
        if let Some(providers) = providers {
            chains.insert(name, ChainSettings { description, providers, policy, fail_on_placeholder, retain });
        }
    }
    chains
}

fn check_chain_name(name: &str, chains: &Section<'_>) {
    if ProviderId::parse(name).is_err() {
        let reason = "the name of a chain is written in a-z, 0-9, `_` and `-`, starting with a letter or digit";
        chains.invalid(name, &reason, None);
    }
}

fn is_rate(rate: &f64) -> Result<(), String> {
    if (0.0..=1.0).contains(rate) { Ok(()) } else { Err(format!("{rate} is not a rate from 0 to 1")) }
}

fn is_positive(number: &u64) -> Result<(), String> {
    if *number > 0 { Ok(()) } else { Err("0 would refuse every file".to_owned()) }
}
