//! What each model can do and when it goes: a table with dates.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use media_domain::capabilities::{SizeGrid, SizeRule};
use media_domain::{Background, Capabilities, EditCapabilities, EditKind, ImageFormat, MediaDimensions, Quality};
use media_ports::settings::overridden;
use serde_json::{Map, Value};

/// What is known of a model, or of a family of models.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelFacts {
    /// The name; dated snapshots of it (`NAME-2026-04-21`) and sizes of a family (`NAME-flare`) count as it.
    pub name: &'static str,
    sizes: Sizes,
    formats: &'static [ImageFormat],
    qualities: &'static [(Quality, &'static str)],
    /// Whether an edit may say how closely its pictures are followed (`input_fidelity`).
    pub input_fidelity: bool,
    /// Where the facts come from, with the day they were read.
    pub source: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Sizes {
    Three,
    Grid,
}

const STILL: &[ImageFormat] = &[ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp];
const STILL_SVG_GIF: &[ImageFormat] =
    &[ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp, ImageFormat::Svg, ImageFormat::Gif];

/// `standard` and `hd` were words of dall-e-3; the models of today want theirs.
const TO_HIGH: &[(Quality, &str)] = &[
    (Quality::Low, "low"),
    (Quality::Medium, "medium"),
    (Quality::Standard, "medium"),
    (Quality::High, "high"),
    (Quality::Hd, "high"),
];
const TO_MAX: &[(Quality, &str)] = &[
    (Quality::Low, "low"),
    (Quality::Medium, "medium"),
    (Quality::Standard, "medium"),
    (Quality::High, "high"),
    (Quality::Hd, "high"),
    (Quality::Xhigh, "xhigh"),
    (Quality::Max, "max"),
];

/// The OpenAPI document 2.3.0 has `input_fidelity` for 1.5, not for 1-mini; for 2 it is to be left out (schema
/// `BetaInputFidelity` of the same document, as generated clients have it, read 2026-11), which is taken to hold for what came
/// after it.
const MODELS: &[ModelFacts] = &[
    ModelFacts {
        name: "gpt-image-2",
        sizes: Sizes::Grid,
        formats: STILL,
        qualities: TO_HIGH,
        input_fidelity: false,
        source: "OpenAI OpenAPI document 2.3.0, read 2026-11-20",
    },
    ModelFacts {
        name: "gpt-image-2.5",
        sizes: Sizes::Grid,
        formats: STILL,
        qualities: TO_MAX,
        input_fidelity: false,
        source: "OpenAI models pages, read 2026-11-20",
    },
    ModelFacts {
        name: "gpt-image-2.6",
        sizes: Sizes::Grid,
        formats: STILL_SVG_GIF,
        qualities: TO_MAX,
        input_fidelity: false,
        source: "OpenAI models pages, read 2026-11-20; not yet in the OpenAPI document",
    },
    ModelFacts {
        name: "gpt-image-1.5",
        sizes: Sizes::Three,
        formats: STILL,
        qualities: TO_HIGH,
        input_fidelity: true,
        source: "OpenAI OpenAPI document 2.3.0, read 2026-11-20",
    },
    ModelFacts {
        name: "gpt-image-1-mini",
        sizes: Sizes::Three,
        formats: STILL,
        qualities: TO_HIGH,
        input_fidelity: false,
        source: "OpenAI OpenAPI document 2.3.0, read 2026-11-20",
    },
    ModelFacts {
        name: "chatgpt-image-latest",
        sizes: Sizes::Three,
        formats: STILL,
        qualities: TO_HIGH,
        input_fidelity: false,
        source: "OpenAI models pages, read 2026-11-20",
    },
];

/// When models are shut down: their last day. OpenAI models pages for dall-e, release notes of client programs for
/// `gpt-image-1`, a copy of OpenAI's deprecations page (2026-10-27, not confirmed by the vendor) for the others; read
/// 2026-11-20. A name comes before the one that it begins with.
const SHUTDOWNS: &[(&str, (i32, u32, u32))] = &[
    ("dall-e-2", (2026, 5, 12)),
    ("dall-e-3", (2026, 5, 12)),
    ("gpt-image-1-mini", (2026, 12, 1)),
    ("gpt-image-1.5", (2026, 12, 1)),
    ("gpt-image-1", (2026, 10, 23)),
    ("chatgpt-image-latest", (2026, 12, 1)),
];

/// The day on which a model is shut down, as far as it is known; what the vendor's list of models says comes before it.
///
/// ```
/// use media_provider_openai::capability::shutdown_date;
///
/// assert_eq!(shutdown_date("gpt-image-1-mini").map(|date| date.to_string()).as_deref(), Some("2026-12-01"));
/// assert_eq!(shutdown_date("gpt-image-2"), None);
/// ```
pub fn shutdown_date(model: &str) -> Option<NaiveDate> {
    let (_, (year, month, day)) = SHUTDOWNS.iter().find(|(name, _)| is_of(model, name))?;
    NaiveDate::from_ymd_opt(*year, *month, *day)
}

/// Whether a model is of this name, or a dated snapshot or size of it.
fn is_of(model: &str, name: &str) -> bool {
    model.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The facts of a model, if it is known.
///
/// ```
/// use media_provider_openai::capability::facts;
///
/// assert_eq!(facts("gpt-image-2-2026-04-21").map(|facts| facts.name), Some("gpt-image-2"));
/// assert_eq!(facts("gpt-image-2.6-flare").map(|facts| facts.name), Some("gpt-image-2.6"));
/// assert_eq!(facts("gpt-image-20"), None);
/// ```
pub fn facts(model: &str) -> Option<&'static ModelFacts> {
    MODELS.iter().find(|facts| is_of(model, facts.name))
}

/// What a model can do, with what configuration says over it.
///
/// # Errors
/// What is wrong with the overrides.
pub fn capabilities(model: &str, overrides: &Map<String, Value>) -> Result<Capabilities, serde_json::Error> {
    overridden(facts(model).map_or_else(assumed, ModelFacts::capabilities), overrides)
}

/// Pictures of one edit, the one that is changed included. OpenAI OpenAPI document 2.3.0, read 2026-11-20.
const MAX_PICTURES: u32 = 16;

/// "Less than 50MB" for each picture, and "less than 4MB" for a mask, in the smaller of the two meanings of the word. OpenAI
/// OpenAPI document 2.3.0, read 2026-11-20.
const MAX_PICTURE_BYTES: u64 = 50_000_000 - 1;
pub(crate) const MAX_MASK_BYTES: u64 = 4_000_000 - 1;

/// What a model can do to pictures, with what configuration says over it. All models of the table edit alike; variations
/// were made by dall-e-2 only, which is gone. That 2.6 edits into SVG or GIF is told nowhere.
///
/// # Errors
/// What is wrong with the overrides.
pub fn edit_capabilities(overrides: &Map<String, Value>) -> Result<EditCapabilities, serde_json::Error> {
    let table = EditCapabilities {
        models: BTreeMap::new(),
        kinds: BTreeSet::from([EditKind::Edit, EditKind::Inpaint]),
        source_formats: STILL.iter().copied().collect(),
        max_source_bytes: MAX_PICTURE_BYTES,
        max_source_pixels: None,
        max_references: MAX_PICTURES - 1,
        optional_mask: true,
        max_count: 10,
        formats: STILL.to_vec(),
        prompt_limit: 32_000,
        seed: false,
        negative_prompt: false,
    };
    overridden(table, overrides)
}

impl ModelFacts {
    fn capabilities(&self) -> Capabilities {
        let sizes = match self.sizes {
            Sizes::Three => SizeRule::OneOf(vec![
                MediaDimensions::new(1024, 1024),
                MediaDimensions::new(1536, 1024),
                MediaDimensions::new(1024, 1536),
            ]),
            Sizes::Grid => SizeRule::Grid(SizeGrid {
                multiple_of: 16,
                min_side: 16,
                max_side: 3_840,
                // fal's page for the model, 2026-11; not confirmed by OpenAI.
                min_pixels: 655_360,
                max_pixels: 8_294_400,
                max_ratio: 3.0,
            }),
        };
        Capabilities {
            sizes,
            formats: self.formats.to_vec(),
            qualities: self.qualities.iter().map(|(quality, word)| (*quality, (*word).to_owned())).collect(),
            assumed: false,
            ..assumed()
        }
    }
}

/// What is assumed of a model that the table does not know: the options of the API, and no limits beyond its own.
fn assumed() -> Capabilities {
    Capabilities {
        max_count: 10,
        prompt_limit: 32_000,
        formats: STILL.to_vec(),
        // No model of this API has these; to leave them out in silence would be a lie.
        seed: false,
        negative_prompt: false,
        steps: None,
        guidance_scale: None,
        style: false,
        qualities: TO_MAX.iter().map(|(quality, word)| (*quality, (*word).to_owned())).collect(),
        backgrounds: BTreeSet::from([Background::Auto, Background::Transparent, Background::Opaque]),
        ..Capabilities::permissive()
    }
}
