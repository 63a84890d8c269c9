//! Shapes of pictures, for models that take a ratio in place of a size.

use std::fmt;
use std::str::FromStr;

use media_domain::MediaDimensions;
use serde::{Deserialize, Deserializer};

/// The ratio of width to height, written `16:9`.
///
/// ```
/// use media_provider_replicate::aspect_ratio::AspectRatio;
///
/// let ratio: AspectRatio = "16:9".parse()?;
/// assert_eq!((ratio.to_string(), ratio.size().width, ratio.size().height), ("16:9".to_owned(), 1_368, 768));
/// assert!("16x9".parse::<AspectRatio>().is_err());
/// # Ok::<(), media_provider_replicate::aspect_ratio::AspectRatioError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AspectRatio {
    width: u32,
    height: u32,
}

/// A text that is no ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AspectRatioError;

impl AspectRatio {
    /// Ratios that most models with such an input know (schema of black-forest-labs/flux-dev, read 2026-11-21).
    pub const USUAL: [Self; 9] = [
        Self::new(1, 1),
        Self::new(16, 9),
        Self::new(21, 9),
        Self::new(2, 3),
        Self::new(3, 2),
        Self::new(4, 5),
        Self::new(5, 4),
        Self::new(9, 16),
        Self::new(9, 21),
    ];

    /// Longest side of a ratio; what is beyond is a slip.
    const LIMIT: u32 = 100;

    const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// The size of about a megapixel that stands for the ratio, in multiples of eight pixels.
    pub fn size(self) -> MediaDimensions {
        let side = |ratio: f64| (1024.0 * ratio.sqrt() / 8.0).round().max(1.0) as u32 * 8;
        MediaDimensions::new(side(self.quotient()), side(self.quotient().recip()))
    }

    /// The ratio that comes nearest to the shape of a size.
    pub fn nearest(ratios: &[Self], size: MediaDimensions) -> Option<Self> {
        let target = (f64::from(size.width.max(1)) / f64::from(size.height.max(1))).ln();
        let distance = |ratio: &Self| (ratio.quotient().ln() - target).abs();
        ratios.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    fn quotient(self) -> f64 {
        f64::from(self.width) / f64::from(self.height)
    }
}

impl FromStr for AspectRatio {
    type Err = AspectRatioError;

    fn from_str(text: &str) -> Result<Self, AspectRatioError> {
        let (width, height) = text.trim().split_once(':').ok_or(AspectRatioError)?;
        let side =
            |text: &str| text.parse().ok().filter(|side| (1..=Self::LIMIT).contains(side)).ok_or(AspectRatioError);
        Ok(Self::new(side(width)?, side(height)?))
    }
}

impl<'de> Deserialize<'de> for AspectRatio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for AspectRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.width, self.height)
    }
}

impl fmt::Display for AspectRatioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a ratio is written `16:9`, with numbers from 1 to {}", AspectRatio::LIMIT)
    }
}

impl std::error::Error for AspectRatioError {}
