//! What images cost, in whole millionths of a US dollar.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::text::Prompt;
use crate::{EditRequest, GenerationOptions, GenerationRequest, Quality, Usage};

/// Prices by model. A model that is not in it has no price, which is told and never taken for free.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PriceTable {
    /// Prices by the model's name.
    pub models: BTreeMap<String, ModelPrice>,
}

/// The price of one model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelPrice {
    /// Where the price stands (the vendor's page, a contract).
    pub source: String,
    /// The day it was read there.
    pub as_of: NaiveDate,
    /// How it is counted.
    pub basis: PriceBasis,
}

/// How a price is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceBasis {
    /// Per image; `amount` is in millionths of a US dollar.
    PerImage(Vec<SizeClass>),
    /// Per token.
    PerToken(TokenPrice),
}

/// One line of a table by size and quality. Lines for the quality asked for count before lines for any quality, and of
/// those the smallest size that fits. A request that leaves the quality open is taken for the dearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeClass {
    /// Most pixels of an image (width times height) that the line is for; absent for any size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to_pixels: Option<u64>,
    /// Quality that the line is for; absent for every quality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// What one image of it takes: money or tokens, as the table says.
    pub amount: u64,
}

/// A price per token, in millionths of a US dollar per million tokens: 5 dollars per million tokens are `5_000_000`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenPrice {
    /// Text read.
    pub text_in: u64,
    /// Images read.
    #[serde(default)]
    pub image_in: u64,
    /// Images written.
    pub image_out: u64,
    /// Most tokens that one image written takes; without a line that fits, the maximum has no price.
    #[serde(default)]
    pub output_tokens: Vec<SizeClass>,
    /// Most tokens that one image read takes; absent when nobody says, and then the maximum of an edit has no price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_image_tokens: Option<u64>,
}

/// What a call costs. Prices are ordered from the cheapest to the dearest, and what has none comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// It is known.
    Known {
        /// Millionths of a US dollar.
        micros: u64,
    },
    /// Nobody has told what it costs.
    Unpriced,
}

/// What a price depends on in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedWork {
    /// Pixels of one image.
    pub pixels: u64,
    /// Quality asked for.
    pub quality: Option<Quality>,
    /// Images asked for; when settling, images made.
    pub images: u32,
    /// Length of all texts in bytes, which no count of tokens exceeds: a token stands for one byte at least.
    pub text_bytes: u64,
    /// Images that are read.
    pub input_images: u32,
}

impl PriceTable {
    /// The most that a call can cost: what is reserved before it is made.
    ///
    /// ```
    /// use media_domain::price::{Price, PriceTable};
    /// use media_domain::{GenerationRequest, text::Prompt};
    ///
    /// let table: PriceTable = serde_json::from_value(serde_json::json!({ "pro-2": {
    ///     "source": "https://vendor.example/pricing", "as_of": "2026-02-01",
    ///     "basis": { "per_image": [{ "up_to_pixels": 1_048_576, "amount": 30_000 }] },
    /// } }))?;
    /// let request = GenerationRequest::new(Prompt::parse("a lighthouse at dusk")?);
    /// assert_eq!(table.maximum("pro-2", &request), Price::Known { micros: 30_000 });
    /// assert_eq!(table.maximum("pro-3", &request), Price::Unpriced);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn maximum(&self, model: &str, work: impl Into<PricedWork>) -> Price {
        let Some(price) = self.models.get(model) else { return Price::Unpriced };
        let work = work.into();
        match &price.basis {
            PriceBasis::PerImage(lines) => Price::from(work.amount_per_image(lines).map(|each| each * work.images())),
            PriceBasis::PerToken(tokens) => tokens.settled(&work, &Usage::default()),
        }
    }

    /// What a call has cost: as the vendor tells it, else by the tokens that it counted, else as the table has it.
    /// What the vendor left untold is taken at its maximum. `work` counts the images that were made.
    pub fn settled(&self, model: &str, work: impl Into<PricedWork>, usage: &Usage) -> Price {
        if let Some(micros) = usage.cost_micros {
            return Price::Known { micros };
        }
        let work = work.into();
        match self.models.get(model).map(|price| &price.basis) {
            Some(PriceBasis::PerToken(tokens)) => tokens.settled(&work, usage),
            _ => self.maximum(model, work),
        }
    }
}

impl TokenPrice {
    fn settled(&self, work: &PricedWork, usage: &Usage) -> Price {
        let input = usage.input_tokens.map(|tokens| self.read(work, tokens, usage.image_input_tokens));
        let input = input.or_else(|| self.most_input(work));
        let written = |tokens| u128::from(tokens) * u128::from(self.image_out);
        let output = usage.output_tokens.map(written).or_else(|| self.most_output(work));
        Price::from(input.zip(output).map(|(input, output)| micros(input.saturating_add(output))))
    }

    /// Millionths of the price of so many tokens read. Where the count does not tell texts from images, images read set the
    /// price of all that was read.
    fn read(&self, work: &PricedWork, tokens: u64, of_images: Option<u64>) -> u128 {
        let dearer = if work.input_images == 0 { self.text_in } else { self.text_in.max(self.image_in) };
        match of_images {
            Some(images) => {
                let texts = u128::from(tokens.saturating_sub(images));
                texts * u128::from(self.text_in) + u128::from(images) * u128::from(self.image_in)
            }
            None => u128::from(tokens) * u128::from(dearer),
        }
    }

    /// Millionths of the price of everything read.
    fn most_input(&self, work: &PricedWork) -> Option<u128> {
        let text = u128::from(work.text_bytes) * u128::from(self.text_in);
        if work.input_images == 0 {
            return Some(text);
        }
        let tokens = u128::from(self.input_image_tokens?) * u128::from(work.input_images);
        Some(text.saturating_add(tokens.saturating_mul(u128::from(self.image_in))))
    }

    /// Millionths of the price of every image written.
    fn most_output(&self, work: &PricedWork) -> Option<u128> {
        let tokens = work.amount_per_image(&self.output_tokens)? * work.images();
        Some(tokens.saturating_mul(u128::from(self.image_out)))
    }
}

impl Price {
    /// The price, if it is known.
    pub const fn micros(self) -> Option<u64> {
        match self {
            Self::Known { micros } => Some(micros),
            Self::Unpriced => None,
        }
    }
}

impl From<Option<u128>> for Price {
    /// A price beyond all measure is the largest that can be told.
    fn from(micros: Option<u128>) -> Self {
        micros.map_or(Self::Unpriced, |micros| Self::Known { micros: u64::try_from(micros).unwrap_or(u64::MAX) })
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known { micros } => Dollars(*micros).fmt(f),
            Self::Unpriced => f.write_str("unpriced"),
        }
    }
}

/// Millionths of a US dollar, shown as `USD 0.021` with as many places as it needs, but two at least.
pub(crate) struct Dollars(pub(crate) u64);

impl fmt::Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:06}", self.0 % 1_000_000);
        let digits = fraction.trim_end_matches('0').len().max(2);
        write!(f, "USD {}.{}", self.0 / 1_000_000, &fraction[..digits])
    }
}

impl From<&GenerationRequest> for PricedWork {
    fn from(request: &GenerationRequest) -> Self {
        Self {
            pixels: request.dimensions.pixels(),
            quality: request.options.quality,
            images: request.count,
            text_bytes: text_bytes(Some(&request.prompt), &request.options),
            input_images: 0,
        }
    }
}

impl From<&EditRequest> for PricedWork {
    /// A mask is an image that is read, too.
    fn from(request: &EditRequest) -> Self {
        let read = 1 + request.references.len() + usize::from(request.mask.is_some());
        Self {
            pixels: request.target_dimensions().pixels(),
            quality: request.options.quality,
            images: request.count,
            text_bytes: text_bytes(request.prompt.as_ref(), &request.options),
            input_images: u32::try_from(read).unwrap_or(u32::MAX),
        }
    }
}

fn text_bytes(prompt: Option<&Prompt>, options: &GenerationOptions) -> u64 {
    let negative = options.negative_prompt.as_deref().map_or(0, str::len);
    (prompt.map_or(0, |prompt| prompt.as_str().len()) + negative) as u64
}

impl PricedWork {
    fn images(&self) -> u128 {
        u128::from(self.images)
    }

    fn amount_per_image(&self, lines: &[SizeClass]) -> Option<u128> {
        let amount = match self.quality {
            Some(quality) => self.amount_of(lines, Some(quality)).or_else(|| self.amount_of(lines, None)),
            None => {
                let qualities = Quality::ALL.iter().copied().map(Some).chain([None]);
                qualities.filter_map(|quality| self.amount_of(lines, quality)).max()
            }
        };
        amount.map(u128::from)
    }

    /// The amount of the smallest size that fits, among the lines for exactly this quality or for any.
    fn amount_of(&self, lines: &[SizeClass], quality: Option<Quality>) -> Option<u64> {
        let limit = |line: &SizeClass| line.up_to_pixels.unwrap_or(u64::MAX);
        let fits = lines.iter().filter(|line| line.quality == quality && limit(line) >= self.pixels);
        fits.min_by_key(|line| (limit(line), Reverse(line.amount))).map(|line| line.amount)
    }
}

/// Whole micros of an amount in millionths of them, rounded up.
fn micros(millionths: u128) -> u128 {
    millionths.div_ceil(1_000_000)
}
