//! One run of the program: configuration read, chains built, and the engine once it is needed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use media_chain::{BreakerBoard, MediaGeneratorChain};
use media_domain::{ContentHash, ProviderId};
use media_engine::{MediaEngine, install_media_engine};
use media_http::{DownloadOptions, GuardedDownloader, NoTransport, ReqwestTransport, Transport, TransportOptions};
use media_imaging::{ImageLimits, ImagingService};
use media_ports::{BuildError, Clock, FactoryContext, FactoryRegistry, TokenStore};
use media_store_token::FileTokenStore;
use secrecy::ExposeSecret;
use serde::Deserialize;
use url::Url;

use crate::config::{ConfigFlags, Environment, LoadedConfig, ProviderSetup, Settings, load};
use crate::report::{ExitCode, Failure};
use crate::wiring::{
    CANVA_KIND, ChainTools, FileMemory, Hindrance, OpenCatalogue, OpenEngine, Outside, PendingConsent, SystemClock,
    WiringError, budget_warnings, build_chains, build_provider, factory_registry, hindrance, open_engine,
};

/// Reads configuration; nothing is opened and nothing is connected.
///
/// # Errors
/// [`ExitCode::Configuration`].
pub fn load_config(flags: &ConfigFlags, environment: &Environment) -> Result<LoadedConfig, Failure> {
    let imaging = Arc::new(ImagingService::new(ImageLimits::default()));
    // Where the data folder is will be read now. Nobody is called, so nobody asks for what is kept in it.
    let registry = registry(&outside(Arc::new(NoTransport), imaging, Path::new("")))?;
    let mut loaded = load(flags, environment, &registry)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    loaded.warnings.extend(budget_warnings(&loaded.settings, &registry, &clock));
    Ok(loaded)
}

/// Settings and the chains that they describe.
#[derive(Debug)]
pub struct Session {
    /// What is configured.
    pub settings: Settings,
    outside: Outside,
    registry: FactoryRegistry,
    imaging: Arc<ImagingService>,
    clock: Arc<dyn Clock>,
}

impl Session {
    /// Makes a session; in dry run no provider gets a way out.
    ///
    /// # Errors
    /// [`ExitCode::Internal`] when two kinds of provider share a name.
    pub fn new(settings: Settings) -> Result<Self, Failure> {
        let imaging = Arc::new(ImagingService::new(limits(&settings)));
        let transport: Arc<dyn Transport> = if settings.dry_run {
            Arc::new(NoTransport)
        } else {
            Arc::new(ReqwestTransport::new(TransportOptions::default()))
        };
        let outside = outside(transport, imaging.clone(), &settings.data_dir);
        let registry = registry(&outside)?;
        Ok(Self { settings, outside, registry, imaging, clock: Arc::new(SystemClock) })
    }

    /// Tells the time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The breakers as they stand in a catalogue; without one, those of a process that has called nobody yet.
    pub fn breakers(&self, catalogue: Option<&OpenCatalogue>) -> Arc<BreakerBoard> {
        match catalogue {
            Some(catalogue) => catalogue.breakers(self.clock.clone()),
            None => Arc::new(BreakerBoard::in_memory(self.clock.clone())),
        }
    }

    /// Builds every chain.
    ///
    /// # Errors
    /// [`ExitCode::Configuration`] for settings that a provider refuses.
    pub fn chains(&self, breakers: Arc<BreakerBoard>) -> Result<BTreeMap<String, Arc<MediaGeneratorChain>>, Failure> {
        let tools = ChainTools {
            registry: &self.registry,
            renderer: self.imaging.clone(),
            clock: self.clock.clone(),
            breakers,
        };
        Ok(build_chains(&self.settings, &tools)?)
    }

    /// Opens the data folder and makes its engine the one of this process. Blocks.
    ///
    /// # Errors
    /// [`ExitCode::Store`], and as [`Session::chains`].
    pub fn open_engine(&self) -> Result<Arc<MediaEngine>, Failure> {
        let max_bytes = self.settings.image_limits.max_file_bytes;
        let options = DownloadOptions { max_bytes, ..DownloadOptions::default() };
        let trust = |options: DownloadOptions, (provider, url): (&ProviderId, Url)| options.trust(provider, &url);
        let options = self.configured_addresses().fold(options, trust);
        let catalogue = OpenCatalogue::open(&self.settings)?;
        let engine = open_engine(OpenEngine {
            settings: &self.settings,
            chains: self.chains(self.breakers(Some(&catalogue)))?,
            catalogue,
            imaging: self.imaging.clone(),
            fetcher: GuardedDownloader::new(options),
            clock: self.clock.clone(),
        })?;
        install_media_engine(engine.clone());
        Ok(engine)
    }

    /// The id that a name stands for: a provider's own, or that of the kind which the name is an alias of.
    pub fn provider_named(&self, name: ProviderId) -> ProviderId {
        if self.settings.providers.contains_key(&name) {
            return name;
        }
        let kind = self.registry.get(name.as_str()).ok().and_then(|factory| ProviderId::parse(factory.kind()).ok());
        kind.unwrap_or(name)
    }

    /// Where a file is kept.
    pub fn blob_file(&self, hash: &ContentHash) -> PathBuf {
        let digits = hash.to_string();
        let folder = self.settings.data_dir.join("blobs").join("sha256");
        folder.join(&digits[..2]).join(&digits[2..4]).join(&digits)
    }

    /// Builds every provider and calls none: finds what only building finds.
    ///
    /// # Errors
    /// [`ExitCode::Configuration`] for settings that a provider refuses.
    pub fn check_providers(&self) -> Result<(), Failure> {
        for (id, setup) in &self.settings.providers {
            if let Err(source @ BuildError::Settings(_)) = build_provider(setup, &self.registry, &self.clock) {
                return Err(WiringError::Provider { provider: id.to_string(), source }.into());
            }
        }
        Ok(())
    }

    /// The variables whose keys would let providers of a chain work live.
    pub fn missing_variables(&self, chain: &str) -> Vec<String> {
        let providers = self.settings.multi_provider_config.get(chain).map(|chain| chain.providers.as_slice());
        let setups = providers.unwrap_or_default().iter().filter_map(|id| self.settings.providers.get(id));
        let asked = setups.filter(|setup| !setup.dry_run);
        let variables = asked.filter_map(|setup| match build_provider(setup, &self.registry, &self.clock) {
            Err(BuildError::MissingCredential { variable }) => Some(variable),
            _ => None,
        });
        variables.collect()
    }

    /// What hinders the providers that can be built, by id; in dry run nothing does.
    pub async fn hindrances(&self) -> BTreeMap<ProviderId, Hindrance> {
        let mut hindrances = BTreeMap::new();
        let live = self.settings.providers.values().filter(|setup| !self.settings.dry_run && !setup.dry_run);
        for setup in live {
            if let Some(hindrance) = hindrance(setup, self.tokens()).await {
                hindrances.insert(setup.id.clone(), hindrance);
            }
        }
        hindrances
    }

    /// Whether a provider can be called, or at least asked in dry run.
    pub fn can_be_asked(&self, provider: &ProviderId) -> bool {
        self.settings.providers.get(provider).is_some_and(|setup| {
            self.settings.dry_run || setup.dry_run || build_provider(setup, &self.registry, &self.clock).is_ok()
        })
    }

    /// The providers that act for a person, who has to agree to it, by id.
    pub fn with_consent(&self) -> impl Iterator<Item = &ProviderSetup> {
        self.settings.providers.values().filter(|setup| setup.kind == CANVA_KIND)
    }

    /// Where the tokens of consents are kept.
    pub fn tokens(&self) -> &dyn TokenStore {
        self.outside.tokens.as_ref()
    }

    /// Asks a person for consent on behalf of a provider that needs one.
    ///
    /// # Errors
    /// [`BuildError`]: unusable settings, or a client whose id or secret is missing.
    pub fn ask_for_consent(
        &self,
        setup: &ProviderSetup,
        redirect_uri: &Url,
        entropy: [u8; 64],
    ) -> Result<PendingConsent, BuildError> {
        let context = FactoryContext { clock: self.clock.clone(), credentials: setup.credentials.clone() };
        PendingConsent::of_canva(&self.outside, setup, &context, redirect_uri, entropy)
            .map_err(|error| setup.explained(error))
    }

    /// The addresses that somebody has written down as a provider's: among its settings, or where its key is.
    fn configured_addresses(&self) -> impl Iterator<Item = (&ProviderId, Url)> {
        #[derive(Deserialize)]
        struct Address {
            base_url: Option<Url>,
        }
        let of_setting = |setup: &ProviderSetup| setup.settings.decode::<Address>().ok()?.base_url;
        let of_variable = |setup: &ProviderSetup| Url::parse(setup.credentials.get("base_url")?.expose_secret()).ok();
        let setups = self.settings.providers.values();
        setups.filter_map(move |setup| Some((&setup.id, of_setting(setup).or_else(|| of_variable(setup))?)))
    }
}

fn outside(transport: Arc<dyn Transport>, renderer: Arc<ImagingService>, data_dir: &Path) -> Outside {
    let tokens = Arc::new(FileTokenStore::new(data_dir.join("tokens")));
    Outside { transport, renderer, tokens, renders: FileMemory::new(data_dir.join("renders")) }
}

fn registry(outside: &Outside) -> Result<FactoryRegistry, Failure> {
    factory_registry(outside).map_err(|error| Failure::new(ExitCode::Internal, error))
}

fn limits(settings: &Settings) -> ImageLimits {
    let limits = settings.image_limits;
    ImageLimits {
        max_file_bytes: limits.max_file_bytes,
        max_side: limits.max_side,
        max_pixels: limits.max_pixels,
        max_svg_bytes: limits.max_svg_bytes,
    }
}
