//! What each model can do: a table with dates.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use media_domain::capabilities::{SizeGrid, SizeRule};
use media_domain::{Capabilities, EditCapabilities, EditKind, ImageFormat};
use media_ports::settings::overridden;
use serde_json::{Map, Value};

use crate::{aspect_ratio, settings};

/// Models that take the same fields. A model refuses fields that it does not know.
///
/// Source, unless said otherwise: the vendor's OpenAPI document of 2026-05, read 2026-11-20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `flux-3-image`, of 2026-10-01; from clients and their test notes, not in the vendor's document.
    Flux3,
    /// `flux-2-pro`, `flux-2-max`.
    Flux2,
    /// `flux-2-flex`.
    Flux2Flex,
    /// `flux-2-klein-4b`, `flux-2-klein-9b`.
    Flux2Klein,
    /// `flux-pro-1.1`.
    Pro11,
    /// `flux-pro-1.1-ultra`.
    Ultra,
    /// `flux-dev`.
    Dev,
    /// `flux-kontext-pro`, `flux-kontext-max`.
    Kontext,
    /// A model that the table does not know: it is sent the fields of `flux-2-flex`, those that were asked for.
    Other,
}

impl Family {
    /// The family of a model; previews of a model count as it.
    ///
    /// ```
    /// use media_provider_flux::capability::Family;
    ///
    /// assert_eq!(Family::of("flux-2-pro-preview"), Family::Flux2);
    /// assert_eq!(Family::of("flux-2-klein-9b"), Family::Flux2Klein);
    /// assert_eq!(Family::of("flux-pro-1.1-ultra-finetuned"), Family::Other);
    /// ```
    pub fn of(model: &str) -> Self {
        match model.strip_suffix("-preview").unwrap_or(model) {
            "flux-3-image" => Self::Flux3,
            "flux-2-pro" | "flux-2-max" => Self::Flux2,
            "flux-2-flex" => Self::Flux2Flex,
            "flux-pro-1.1" => Self::Pro11,
            "flux-pro-1.1-ultra" => Self::Ultra,
            "flux-dev" => Self::Dev,
            "flux-kontext-pro" | "flux-kontext-max" => Self::Kontext,
            klein if klein.starts_with("flux-2-klein-") => Self::Flux2Klein,
            _ => Self::Other,
        }
    }

    pub(crate) fn takes_prompt_upsampling(self) -> bool {
        !matches!(self, Self::Flux3 | Self::Flux2 | Self::Flux2Klein)
    }

    pub(crate) fn most_safety_tolerance(self) -> u8 {
        match self {
            Self::Flux3 => 4,
            Self::Flux2 | Self::Flux2Flex | Self::Flux2Klein => 5,
            Self::Pro11 | Self::Ultra | Self::Dev | Self::Kontext | Self::Other => 6,
        }
    }

    /// Inference steps that it takes, if it takes any.
    pub(crate) fn steps(self) -> Option<RangeInclusive<u32>> {
        matches!(self, Self::Flux2Flex | Self::Dev | Self::Other).then_some(1..=50)
    }

    /// Guidance scales that it takes, if it takes any; those of unknown models are as wide as any model's.
    pub(crate) fn guidance_scales(self) -> Option<RangeInclusive<f64>> {
        match self {
            Self::Flux2Flex => Some(1.5..=10.0),
            Self::Dev => Some(1.5..=5.0),
            Self::Other => Some(1.5..=100.0),
            Self::Flux3 | Self::Flux2 | Self::Flux2Klein | Self::Pro11 | Self::Ultra | Self::Kontext => None,
        }
    }

    /// Whether it is told a shape in place of width and height.
    pub(crate) fn is_told_shapes(self) -> bool {
        matches!(self, Self::Flux3 | Self::Ultra | Self::Kontext)
    }

    /// Whether an edit is as large as the picture was, about, when no size is named.
    pub(crate) fn keeps_sizes(self) -> bool {
        !matches!(self, Self::Pro11 | Self::Ultra | Self::Dev)
    }

    /// The options that an order to it has a place for.
    pub(crate) fn options(self) -> Vec<&'static str> {
        let known = [
            ("seed", self != Self::Flux3),
            ("output_format", self != Self::Flux3),
            ("steps", self.steps().is_some()),
            ("guidance_scale", self.guidance_scales().is_some()),
        ];
        known.into_iter().filter_map(|(option, known)| known.then_some(option)).collect()
    }

    fn sizes(self) -> SizeRule {
        match self {
            Self::Flux2 | Self::Flux2Flex | Self::Flux2Klein => FLUX_2_SIZES,
            Self::Pro11 | Self::Dev => FLUX_1_SIZES,
            Self::Flux3 | Self::Ultra | Self::Kontext => aspect_ratio::sizes(self),
            Self::Other => SizeRule::Any,
        }
    }

    /// Pictures that it takes besides the one that is changed.
    fn references(self) -> u32 {
        match self {
            Self::Flux3 => 9,
            Self::Flux2 | Self::Flux2Flex | Self::Other => 7,
            Self::Flux2Klein | Self::Kontext => 3,
            Self::Pro11 | Self::Ultra | Self::Dev => 0,
        }
    }

    /// The kind of edit that the model itself makes; the others are made by models of their own.
    fn own_edit(self) -> EditKind {
        match self {
            Self::Pro11 | Self::Ultra | Self::Dev => EditKind::Variation,
            Self::Flux3 | Self::Flux2 | Self::Flux2Flex | Self::Flux2Klein | Self::Kontext | Self::Other => {
                EditKind::Edit
            }
        }
    }
}

/// Multiples of 16 from 64 pixels up, up to four megapixels.
const FLUX_2_SIZES: SizeRule = SizeRule::Grid(SizeGrid {
    multiple_of: 16,
    min_side: 64,
    max_side: 4_096,
    min_pixels: 4_096,
    max_pixels: 4_194_304,
    max_ratio: 64.0,
});

/// Multiples of 32 from 256 to 1440 pixels.
const FLUX_1_SIZES: SizeRule = SizeRule::Grid(SizeGrid {
    multiple_of: 32,
    min_side: 256,
    max_side: 1_440,
    min_pixels: 65_536,
    max_pixels: 2_073_600,
    max_ratio: 5.625,
});

const FORMATS: [ImageFormat; 3] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp];

/// Longest prompt of `flux-3-image`, in characters (a client's own limit, read 2026-11-20; not confirmed by the vendor).
const FLUX_3_PROMPT_LIMIT: usize = 15_000;

/// Largest picture that is read, in bytes and in pixels (told of `flux-3-image`, read 2026-11-20; taken to hold for all).
const SOURCE_BYTES: u64 = 20_000_000;
const SOURCE_PIXELS: u64 = 16_000_000;

/// What a model can do, with what configuration says over it.
///
/// # Errors
/// What is wrong with the overrides.
pub fn capabilities(model: &str, overrides: &Map<String, Value>) -> Result<Capabilities, serde_json::Error> {
    overridden(known(Family::of(model)), overrides)
}

fn known(family: Family) -> Capabilities {
    let all = Capabilities {
        sizes: family.sizes(),
        max_count: 1,
        formats: FORMATS.to_vec(),
        seed: true,
        // No model of this API has these; to leave them out in silence would be a lie.
        negative_prompt: false,
        style: false,
        qualities: BTreeMap::new(),
        backgrounds: BTreeSet::new(),
        steps: family.steps(),
        guidance_scale: family.guidance_scales(),
        assumed: family == Family::Other,
        ..Capabilities::permissive()
    };
    match family {
        // It cannot be told the format either, and does not say which it writes.
        Family::Flux3 => {
            Capabilities { formats: vec![ImageFormat::Png], seed: false, prompt_limit: FLUX_3_PROMPT_LIMIT, ..all }
        }
        _ => all,
    }
}

/// What can be done to a picture: by the model itself, and by those that inpaint and outpaint.
pub fn edit_capabilities(model: &str) -> EditCapabilities {
    let family = Family::of(model);
    let Capabilities { prompt_limit, .. } = known(family);
    EditCapabilities {
        kinds: BTreeSet::from([family.own_edit(), EditKind::Inpaint, EditKind::Outpaint]),
        models: BTreeMap::from([
            (EditKind::Inpaint, settings::FILL.to_owned()),
            (EditKind::Outpaint, settings::EXPAND.to_owned()),
        ]),
        source_formats: BTreeSet::from(FORMATS),
        max_source_bytes: SOURCE_BYTES,
        max_source_pixels: Some(SOURCE_PIXELS),
        max_references: family.references(),
        optional_mask: false,
        max_count: 1,
        formats: FORMATS.to_vec(),
        prompt_limit,
        // `flux-3-image` has none, the models that inpaint and outpaint have.
        seed: true,
        negative_prompt: false,
    }
}
