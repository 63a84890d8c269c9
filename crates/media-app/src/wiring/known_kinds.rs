//! Kinds of provider that are known by their descriptor, and whose adapters are not in this binary yet.

use std::collections::BTreeSet;

use media_domain::capabilities::{SizeGrid, SizeRule};
use media_domain::{Capabilities, ImageFormat, MediaDimensions, ProviderId};
use media_ports::{
    BuildError, Credential, Descriptor, FactoryContext, MediaGeneratorProvider, Operation, ProviderFactory,
    ProviderSettings, SettingsError,
};
use serde::Deserialize;

/// Describes the providers of one kind, and tells whoever wants to build one that the adapter is missing.
#[derive(Debug)]
pub(super) struct KnownKind {
    kind: &'static str,
    aliases: &'static [&'static str],
    credentials: &'static [Credential],
    model: Option<&'static str>,
    operations: &'static [Operation],
    capabilities: fn() -> Capabilities,
}

/// The settings that every provider over HTTP has.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct KnownSettings {
    /// Where the vendor's API is; checked only.
    base_url: Option<String>,
    /// The model to use instead of the default one.
    model: Option<String>,
}

const fn credential(variables: &'static [&'static str]) -> Credential {
    Credential { key: "api_key", variables, required: true, required_for_export: false, secret: true }
}

/// Every kind whose adapter follows.
pub(super) const KNOWN_KINDS: &[KnownKind] = &[
    KnownKind {
        kind: "sdxl",
        aliases: &["stable-diffusion"],
        credentials: &[credential(&["SDXL_API_KEY", "STABILITY_API_KEY"])],
        model: Some("stable-diffusion-xl-1024-v1-0"),
        operations: &[Operation::GenerateImage],
        capabilities: sdxl,
    },
    KnownKind {
        kind: "flux",
        aliases: &[],
        credentials: &[credential(&["BFL_API_KEY", "FLUX_API_KEY"])],
        model: Some("flux-2-pro"),
        operations: &[Operation::GenerateImage],
        capabilities: flux,
    },
    KnownKind {
        kind: "replicate_sdxl",
        aliases: &[],
        credentials: &[credential(&["REPLICATE_API_KEY", "REPLICATE_API_TOKEN"])],
        model: Some("stability-ai/sdxl"),
        operations: &[Operation::GenerateImage],
        capabilities: replicate_sdxl,
    },
    KnownKind {
        kind: "figma_api",
        aliases: &[],
        credentials: &[Credential { required_for_export: true, ..credential(&["FIGMA_API_TOKEN", "FIGMA_TOKEN"]) }],
        model: None,
        operations: &[Operation::GenerateImage, Operation::ExportFigma],
        capabilities: template,
    },
    KnownKind {
        kind: "canva_api",
        aliases: &[],
        credentials: &[credential(&["CANVA_API_KEY"])],
        model: None,
        operations: &[Operation::GenerateImage, Operation::ExportCanva],
        capabilities: template,
    },
    KnownKind {
        kind: "midjourney",
        aliases: &[],
        credentials: &[credential(&["MIDJOURNEY_API_SECRET"])],
        model: None,
        operations: &[Operation::GenerateImage],
        capabilities: template,
    },
];

impl ProviderFactory for &'static KnownKind {
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
        let known: KnownSettings = settings.decode()?;
        if let Some(base_url) = known.base_url.filter(|url| !url.starts_with("https://") && !url.starts_with("http://"))
        {
            return Err(settings.error(Some("base_url"), format!("{base_url:?} is not an http or https address")));
        }
        let kind = ProviderId::parse(self.kind).map_err(|error| settings.error(None, error.to_string()))?;
        Ok(Descriptor {
            id: id.clone(),
            kind,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: known.model.or(self.model.map(str::to_owned)),
            capabilities: (self.capabilities)(),
            operations: self.operations.iter().copied().collect(),
            local_and_free: false,
        })
    }

    fn build(
        &self,
        _id: &ProviderId,
        _settings: &ProviderSettings,
        _context: &FactoryContext,
    ) -> Result<MediaGeneratorProvider, BuildError> {
        Err(BuildError::NotBuiltIn { reason: "not built in yet".to_owned() })
    }
}

/// Sizes of SDXL 1.0 at the vendor (Stability AI API reference, v1 text-to-image; read 2026-11-20).
fn sdxl() -> Capabilities {
    let landscape = [(1152, 896), (1216, 832), (1344, 768), (1536, 640)];
    let both = landscape.into_iter().flat_map(|(long, short)| [(long, short), (short, long)]);
    let sizes =
        std::iter::once((1024, 1024)).chain(both).map(|(width, height)| MediaDimensions::new(width, height)).collect();
    Capabilities {
        sizes: SizeRule::OneOf(sizes),
        max_count: 10,
        formats: vec![ImageFormat::Png],
        prompt_limit: 2_000,
        steps: Some(10..=150),
        assumed: false,
        backgrounds: BTreeSet::new(),
        ..Capabilities::permissive()
    }
}

/// Limits of FLUX.2 (Black Forest Labs API reference; read 2026-11-20).
fn flux() -> Capabilities {
    let grid = SizeGrid {
        multiple_of: 16,
        min_side: 64,
        max_side: 4_096,
        min_pixels: 4_096,
        max_pixels: 4_194_304,
        max_ratio: 64.0,
    };
    Capabilities {
        sizes: SizeRule::Grid(grid),
        max_count: 1,
        formats: vec![ImageFormat::Png, ImageFormat::Jpeg],
        negative_prompt: false,
        steps: None,
        guidance_scale: false,
        style: false,
        qualities: [].into(),
        backgrounds: BTreeSet::new(),
        masks: false,
        assumed: false,
        ..Capabilities::permissive()
    }
}

/// Inputs of stability-ai/sdxl at Replicate (the model's own schema; read 2026-11-20).
fn replicate_sdxl() -> Capabilities {
    let grid = SizeGrid {
        multiple_of: 8,
        min_side: 256,
        max_side: 2_048,
        min_pixels: 65_536,
        max_pixels: 4_194_304,
        max_ratio: 8.0,
    };
    Capabilities {
        sizes: SizeRule::Grid(grid),
        max_count: 4,
        formats: vec![ImageFormat::Png],
        steps: Some(1..=500),
        style: false,
        backgrounds: BTreeSet::new(),
        assumed: false,
        ..Capabilities::permissive()
    }
}

/// A design tool, or a proxy of one, whose limits are those of a template: nothing is known beforehand.
fn template() -> Capabilities {
    Capabilities { max_count: 1, formats: vec![ImageFormat::Png, ImageFormat::Jpeg], ..Capabilities::permissive() }
}
