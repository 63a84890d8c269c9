//! What each model can do, and what it costs: a table with dates.

use std::collections::BTreeSet;

use media_domain::capabilities::{SizeGrid, SizeRule};
use media_domain::{Background, Capabilities, ImageFormat, MediaDimensions, Quality};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What is known of a model, or of a family of models.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelFacts {
    /// The name; dated snapshots of it (`NAME-2026-04-21`) and sizes of a family (`NAME-flare`) count as it.
    pub name: &'static str,
    sizes: Sizes,
    formats: &'static [ImageFormat],
    qualities: &'static [(Quality, &'static str)],
    /// What its tokens cost; absent where no price is known.
    pub prices: Option<TokenPrices>,
    /// Where the facts come from, with the day they were read.
    pub source: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Sizes {
    Three,
    Grid,
}

/// Prices in US dollars per million tokens, which is the same as millionths of a dollar per token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenPrices {
    /// Text read.
    pub text_in: u64,
    /// Images read.
    pub image_in: u64,
    /// Whatever is written.
    pub out: u64,
}

/// OpenAI pricing page, 2026-11: USD 5, 8 and 30 per million tokens for `gpt-image-2`, 2.5 and 2.6.
const PRICES: Option<TokenPrices> = Some(TokenPrices { text_in: 5, image_in: 8, out: 30 });

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

const MODELS: &[ModelFacts] = &[
    ModelFacts {
        name: "gpt-image-2",
        sizes: Sizes::Grid,
        formats: STILL,
        qualities: TO_HIGH,
        prices: PRICES,
        source: "OpenAI OpenAPI document 2.3.0, read 2026-11-20",
    },
    ModelFacts {
        name: "gpt-image-2.5",
        sizes: Sizes::Grid,
        formats: STILL,
        qualities: TO_MAX,
        prices: PRICES,
        source: "OpenAI models pages, read 2026-11-20",
    },
    ModelFacts {
        name: "gpt-image-2.6",
        sizes: Sizes::Grid,
        formats: STILL_SVG_GIF,
        qualities: TO_MAX,
        prices: PRICES,
        source: "OpenAI models pages, read 2026-11-20; not yet in the OpenAPI document",
    },
    ModelFacts {
        name: "gpt-image-1.5",
        sizes: Sizes::Three,
        formats: STILL,
        qualities: TO_HIGH,
        prices: None,
        source: "OpenAI OpenAPI document 2.3.0, read 2026-11-20; to be shut down on 2026-12-01",
    },
    ModelFacts {
        name: "gpt-image-1-mini",
        sizes: Sizes::Three,
        formats: STILL,
        qualities: TO_HIGH,
        prices: None,
        source: "OpenAI OpenAPI document 2.3.0, read 2026-11-20; to be shut down on 2026-12-01",
    },
    ModelFacts {
        name: "chatgpt-image-latest",
        sizes: Sizes::Three,
        formats: STILL,
        qualities: TO_HIGH,
        prices: None,
        source: "OpenAI models pages, read 2026-11-20; to be shut down on 2026-12-01",
    },
];

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
    MODELS.iter().find(|facts| {
        let rest = model.strip_prefix(facts.name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

/// What a model can do, with what configuration says over it.
///
/// # Errors
/// What is wrong with the overrides.
pub fn capabilities(model: &str, overrides: &Map<String, Value>) -> Result<Capabilities, serde_json::Error> {
    let known = facts(model).map_or_else(assumed, ModelFacts::capabilities);
    if overrides.is_empty() {
        return Ok(known);
    }
    let mut table = serde_json::to_value(known)?;
    if let Value::Object(table) = &mut table {
        table.extend(overrides.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    Capabilities::deserialize(table)
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
        guidance_scale: false,
        style: false,
        qualities: TO_MAX.iter().map(|(quality, word)| (*quality, (*word).to_owned())).collect(),
        backgrounds: BTreeSet::from([Background::Auto, Background::Transparent, Background::Opaque]),
        masks: false,
        ..Capabilities::permissive()
    }
}
