//! The size of a file.

use std::fmt;
use std::iter::Sum;

use serde::{Deserialize, Serialize};

/// A number of bytes; a megabyte is 1,048,576 of them.
///
/// ```
/// # use media_domain::FileSize;
/// assert_eq!(FileSize::from_bytes(5 * 1_048_576).megabytes(), 5.0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileSize(u64);

impl FileSize {
    /// Bytes in a megabyte, as this product counts them.
    pub const BYTES_PER_MEGABYTE: u64 = 1_048_576;

    /// Makes a size from bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The size in bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// The size in megabytes.
    pub fn megabytes(self) -> f64 {
        self.0 as f64 / Self::BYTES_PER_MEGABYTE as f64
    }

    /// Adds two sizes, stopping at the largest that can be told.
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for FileSize {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), Self::saturating_add)
    }
}

impl fmt::Display for FileSize {
    /// Prints bytes below 1 KB, KB below 1 MB, MB above.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            bytes @ 0..1_024 => format!("{bytes} B"),
            bytes @ 1_024..Self::BYTES_PER_MEGABYTE => format!("{:.1} KB", bytes as f64 / 1_024.0),
            _ => format!("{:.2} MB", self.megabytes()),
        };
        f.pad(&text)
    }
}
