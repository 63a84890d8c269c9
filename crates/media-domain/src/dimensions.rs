//! Width and height of a media asset.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Width and height in pixels, printed as `1920x1080`.
///
/// Zero is allowed: a file may not tell its size (an SVG without one). What is *asked for* of a
/// provider must have both sides; see [`GenerationRequest`](crate::GenerationRequest).
///
/// ```
/// # use media_domain::MediaDimensions;
/// let banner = MediaDimensions::new(1920, 1080);
/// assert_eq!(banner.to_string(), "1920x1080");
/// assert!((banner.aspect_ratio() - 16.0 / 9.0).abs() < 1e-12);
/// assert_eq!(MediaDimensions::new(10, 0).aspect_ratio(), 0.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaDimensions {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl MediaDimensions {
    /// Makes dimensions from width and height in pixels.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Width divided by height; 0.0 at zero height.
    pub fn aspect_ratio(self) -> f64 {
        if self.height == 0 { 0.0 } else { f64::from(self.width) / f64::from(self.height) }
    }

    /// The number of pixels.
    pub const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// Whether either side is zero.
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }
}

impl fmt::Display for MediaDimensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}x{}", self.width, self.height))
    }
}

/// A text that is not `WIDTHxHEIGHT`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not WIDTHxHEIGHT in pixels, as in 1920x1080")]
pub struct DimensionsError(String);

impl FromStr for MediaDimensions {
    type Err = DimensionsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.split_once('x').and_then(|(width, height)| Some(Self::new(side(width)?, side(height)?)));
        parsed.ok_or_else(|| DimensionsError(crate::text::excerpt(text)))
    }
}

/// Reads one side; the standard parser would take a plus sign too.
fn side(digits: &str) -> Option<u32> {
    digits.starts_with(|c: char| c.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}
