//! One run of the program: configuration read, chains built, and the engine once it is needed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use media_chain::MediaGeneratorChain;
use media_domain::{ContentHash, ProviderId};
use media_engine::{MediaEngine, install_media_engine};
use media_http::{DownloadOptions, GuardedDownloader, NoTransport, ReqwestTransport, Transport, TransportOptions};
use media_imaging::{ImageLimits, ImagingService};
use media_ports::{BuildError, Clock, FactoryContext, FactoryRegistry, PlaceholderRenderer};
use serde::Deserialize;
use url::Url;

use crate::config::{ConfigFlags, Environment, LoadedConfig, Settings, load};
use crate::report::{ExitCode, Failure};
use crate::wiring::{OpenEngine, Outside, SystemClock, build_chains, factory_registry, open_engine};

/// Reads configuration; nothing is opened and nothing is connected.
///
/// # Errors
/// [`ExitCode::Configuration`].
pub fn load_config(flags: &ConfigFlags, environment: &Environment) -> Result<LoadedConfig, Failure> {
    let imaging = Arc::new(ImagingService::new(ImageLimits::default()));
    let registry = registry(Arc::new(NoTransport), imaging)?;
    Ok(load(flags, environment, &registry)?)
}

/// Settings and the chains that they describe.
#[derive(Debug)]
pub struct Session {
    /// What is configured.
    pub settings: Settings,
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
        let registry = registry(transport, imaging.clone())?;
        Ok(Self { settings, registry, imaging, clock: Arc::new(SystemClock) })
    }

    /// Builds every chain.
    ///
    /// # Errors
    /// [`ExitCode::Configuration`] for settings that a provider refuses.
    pub fn chains(&self) -> Result<BTreeMap<String, Arc<MediaGeneratorChain>>, Failure> {
        let renderer: Arc<dyn PlaceholderRenderer> = self.imaging.clone();
        Ok(build_chains(&self.settings, &self.registry, &renderer, &self.clock)?)
    }

    /// Opens the data folder and makes its engine the one of this process. Blocks.
    ///
    /// # Errors
    /// [`ExitCode::Store`], and as [`Session::chains`].
    pub fn open_engine(&self) -> Result<Arc<MediaEngine>, Failure> {
        let max_bytes = self.settings.image_limits.max_file_bytes;
        let options = DownloadOptions { max_bytes, ..DownloadOptions::default() };
        let options = self.configured_addresses().iter().fold(options, DownloadOptions::trust);
        let engine = open_engine(OpenEngine {
            settings: &self.settings,
            chains: self.chains()?,
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

    /// The variables whose keys would let providers of a chain work live.
    pub fn missing_variables(&self, chain: &str) -> Vec<String> {
        let providers = self.settings.multi_provider_config.get(chain).map(|chain| chain.providers.as_slice());
        let setups = providers.unwrap_or_default().iter().filter_map(|id| self.settings.providers.get(id));
        let variables = setups.filter_map(|setup| {
            let context = FactoryContext { clock: self.clock.clone(), credentials: setup.credentials.clone() };
            match self.registry.get(&setup.kind).ok()?.build(&setup.id, &setup.settings, &context) {
                Err(BuildError::MissingCredential { variable }) => Some(variable),
                _ => None,
            }
        });
        variables.collect()
    }

    /// The addresses that somebody has written down as a provider's.
    fn configured_addresses(&self) -> Vec<Url> {
        #[derive(Deserialize)]
        struct Address {
            base_url: Option<Url>,
        }
        let addresses = self.settings.providers.values().filter_map(|setup| setup.settings.decode::<Address>().ok());
        addresses.filter_map(|address| address.base_url).collect()
    }
}

fn registry(transport: Arc<dyn Transport>, imaging: Arc<ImagingService>) -> Result<FactoryRegistry, Failure> {
    let outside = Outside { transport, renderer: imaging };
    factory_registry(&outside).map_err(|error| Failure::new(ExitCode::Internal, error))
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
