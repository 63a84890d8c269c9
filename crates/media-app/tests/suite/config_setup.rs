//! Configuration given by a test: a registry of kinds, a file, variables, flags.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use media_app::config::{ConfigError, ConfigFlags, ConfigProblem, EffectiveValue, Environment, LoadedConfig, load};
use media_domain::{Capabilities, ProviderId};
use media_ports::{
    BuildError, Credential, Descriptor, FactoryContext, FactoryRegistry, MediaGeneratorProvider, Operation,
    ProviderFactory, ProviderSettings, SettingsError,
};
use serde::Deserialize;

/// A kind of provider that is described and never built.
#[derive(Debug)]
struct Described {
    kind: &'static str,
    aliases: &'static [&'static str],
    credentials: &'static [Credential],
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DescribedSettings {
    base_url: Option<String>,
    model: Option<String>,
    timeout_s: Option<u32>,
}

impl ProviderFactory for Described {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    fn credentials(&self) -> &'static [Credential] {
        self.credentials
    }

    fn describe(&self, id: &ProviderId, settings: &ProviderSettings) -> Result<Descriptor, SettingsError> {
        let settings: DescribedSettings = settings.decode()?;
        Ok(Descriptor {
            id: id.clone(),
            kind: ProviderId::parse(self.kind).expect("a slug"),
            version: "1".to_owned(),
            model: settings.model.or(settings.base_url).or(settings.timeout_s.map(|seconds| seconds.to_string())),
            capabilities: Capabilities::permissive(),
            editing: None,
            operations: BTreeSet::from([Operation::GenerateImage]),
            local_and_free: self.kind == "noop_media",
        })
    }

    fn build(
        &self,
        _id: &ProviderId,
        _settings: &ProviderSettings,
        _context: &FactoryContext,
    ) -> Result<MediaGeneratorProvider, BuildError> {
        Err(BuildError::NotBuiltIn { reason: "only described".to_owned() })
    }
}

macro_rules! api_key {
    ($($variable:literal),+) => {
        &[Credential { key: "api_key", variables: &[$($variable),+], required: true, required_for_export: false, secret: true }]
    };
}

/// As the real kind has it: an address may come from the environment too.
const OPENAI: &[Credential] = &[
    Credential {
        key: "api_key",
        variables: &["OPENAI_API_KEY"],
        required: true,
        required_for_export: false,
        secret: true,
    },
    Credential {
        key: "base_url",
        variables: &["OPENAI_BASE_URL"],
        required: false,
        required_for_export: false,
        secret: false,
    },
];

pub(crate) fn registry() -> FactoryRegistry {
    let kinds: [(&'static str, &'static [&'static str], &'static [Credential]); 7] = [
        ("sdxl", &["stable-diffusion"], api_key!("SDXL_API_KEY", "STABILITY_API_KEY")),
        ("openai_images", &["dalle3"], OPENAI),
        ("flux", &[], api_key!("BFL_API_KEY", "FLUX_API_KEY")),
        ("replicate_sdxl", &[], api_key!("REPLICATE_API_KEY", "REPLICATE_API_TOKEN")),
        ("figma_api", &[], api_key!("FIGMA_API_TOKEN", "FIGMA_TOKEN")),
        ("canva_api", &[], api_key!("CANVA_API_KEY")),
        ("noop_media", &[], &[]),
    ];
    let mut registry = FactoryRegistry::default();
    for (kind, aliases, credentials) in kinds {
        registry.register(Arc::new(Described { kind, aliases, credentials })).expect("kinds are distinct");
    }
    registry
}

/// What the configuration is made of in one test.
#[derive(Default)]
pub(crate) struct Given<'a> {
    pub(crate) file: Option<&'a str>,
    pub(crate) variables: &'a [(&'a str, &'a str)],
    pub(crate) flags: ConfigFlags,
}

impl Given<'_> {
    pub(crate) fn load(&self) -> Result<LoadedConfig, ConfigError> {
        let folder = tempfile::tempdir().expect("a folder");
        self.load_in(folder.path())
    }

    pub(crate) fn load_in(&self, folder: &Path) -> Result<LoadedConfig, ConfigError> {
        if let Some(text) = self.file {
            std::fs::write(folder.join("media.toml"), text).expect("the file is written");
        }
        load(&self.flags, &Environment::new(self.variables.iter().copied(), folder), &registry())
    }

    pub(crate) fn problems(&self) -> Vec<ConfigProblem> {
        self.load().expect_err("the configuration is refused").problems
    }
}

pub(crate) fn of_file(text: &str) -> Given<'_> {
    Given { file: Some(text), ..Given::default() }
}

pub(crate) fn of_variables<'a>(variables: &'a [(&'a str, &'a str)]) -> Given<'a> {
    Given { variables, ..Given::default() }
}

pub(crate) fn value_at<'a>(loaded: &'a LoadedConfig, path: &str) -> &'a EffectiveValue {
    loaded.effective.iter().find(|value| value.path == path).unwrap_or_else(|| panic!("no value at {path}"))
}

pub(crate) fn id(text: &str) -> ProviderId {
    ProviderId::parse(text).expect("a provider id")
}

pub(crate) fn providers_of(loaded: &LoadedConfig, chain: &str) -> Vec<String> {
    loaded.settings.multi_provider_config[chain].providers.iter().map(ToString::to_string).collect()
}
