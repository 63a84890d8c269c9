//! The typed settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use config::Value;
use media_chain::{ChainPolicy, Onward};
use media_domain::{ProviderId, RuleSet, UserId};
use media_ports::FactoryRegistry;

use super::problem::Problems;
use super::providers::{ProviderSetup, ProviderTables};
use super::section::Section;
use super::{Environment, LoadedConfig, effective, suggestions};

/// Everything that configuration decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether no provider is called at all; true by default.
    pub dry_run: bool,
    /// What a reported result survives.
    pub durability: Durability,
    /// Where everything is kept.
    pub data_dir: PathBuf,
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
    let defaults = read_defaults(section.section("chain_defaults"));
    let mut tables = ProviderTables::read(section.section("providers"), registry);
    let chains = read_chains(section.section("multi_provider_config"), defaults.as_ref(), &mut tables);
    let mut warnings = Vec::new();
    let providers = tables.finish(environment, &mut effective, &mut warnings);
    let dry_run = section.need("dry_run");
    let words = [("power", Durability::Power), ("process", Durability::Process)];
    let durability = section.take_word("durability", &words);
    let data_dir = section.need::<String>("data_dir");
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
    defaults: Option<&(ChainPolicy, bool)>,
    tables: &mut ProviderTables<'a>,
) -> BTreeMap<String, ChainSettings> {
    let mut chains = BTreeMap::new();
    for (name, mut chain) in section.sections() {
        check_chain_name(&name, &section);
        let description = chain.take_typed("description").unwrap_or_default();
        let providers = tables.resolve_list(&mut chain);
        let policy = read_policy(&mut chain, defaults);
        chain.finish();
        if let (Some(providers), Some((policy, fail_on_placeholder))) = (providers, policy) {
            chains.insert(name, ChainSettings { description, providers, policy, fail_on_placeholder });
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

/// Reads the policy of chains that do not say otherwise.
fn read_defaults(mut section: Section<'_>) -> Option<(ChainPolicy, bool)> {
    let defaults = read_policy(&mut section, Some(&(ChainPolicy::default(), false)));
    section.finish();
    defaults
}

/// Reads a chain's policy, and whether it takes placeholders; what is missing comes from the defaults.
fn read_policy(section: &mut Section<'_>, defaults: Option<&(ChainPolicy, bool)>) -> Option<(ChainPolicy, bool)> {
    let deadline = read_seconds(section, "deadline_s");
    let attempt_timeout = read_seconds(section, "attempt_timeout_s");
    let compatibility = section.take_parsed("compatibility");
    let on_uncertain = read_onward(section, "on_uncertain");
    let on_billed_failure = read_onward(section, "on_billed_failure");
    let on_content_rejected = read_onward(section, "on_content_rejected");
    let fail_on_placeholder = section.take_typed("fail_on_placeholder");
    let (policy, fails) = defaults?;
    let policy = ChainPolicy {
        deadline: deadline.unwrap_or(policy.deadline),
        attempt_timeout: attempt_timeout.unwrap_or(policy.attempt_timeout),
        compatibility: compatibility.unwrap_or(policy.compatibility),
        on_uncertain: on_uncertain.unwrap_or(policy.on_uncertain),
        on_billed_failure: on_billed_failure.unwrap_or(policy.on_billed_failure),
        on_content_rejected: on_content_rejected.unwrap_or(policy.on_content_rejected),
    };
    Some((policy, fail_on_placeholder.unwrap_or(*fails)))
}

fn read_onward(section: &mut Section<'_>, key: &str) -> Option<Onward> {
    section.take_word(key, &[("stop", Onward::Stop), ("next", Onward::Next)])
}

fn read_seconds(section: &mut Section<'_>, key: &str) -> Option<Duration> {
    const A_DAY: f64 = 86_400.0;
    let seconds = section.take_checked(key, |seconds: &f64| {
        if *seconds > 0.0 && *seconds <= A_DAY {
            Ok(())
        } else {
            Err(format!("{seconds} is not above 0 and up to {A_DAY} seconds"))
        }
    });
    seconds.map(Duration::from_secs_f64)
}

fn is_rate(rate: &f64) -> Result<(), String> {
    if (0.0..=1.0).contains(rate) { Ok(()) } else { Err(format!("{rate} is not a rate from 0 to 1")) }
}

fn is_positive(number: &u64) -> Result<(), String> {
    if *number > 0 { Ok(()) } else { Err("0 would refuse every file".to_owned()) }
}
