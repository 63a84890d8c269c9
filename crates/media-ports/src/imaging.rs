//! Looking into image files and drawing placeholders.

use std::fmt::{self, Debug};

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::{ContentHash, FileBytes, ImageFormat, MediaDimensions, MediaMetadata};

/// Looks into image files. Every byte is hostile: limits are checked before anything is decoded.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ImageProcessor: Debug + Send + Sync + 'static {
    /// Tells what a file is, from its bytes and never from its name: format, size, facts, hash. The file is checked
    /// for completeness; its pixels need not be decoded. A hash that the file brings along is believed.
    ///
    /// # Errors
    /// [`ImageError`]: empty, of no known format, beyond the limits, cut off or broken.
    async fn inspect(&self, file: FileBytes) -> Result<InspectedImage, ImageError>;

    /// The file as it may be handed to others: what only holds pixels unchanged, an SVG rewritten by a real SVG library
    /// without anything that could be executed or fetched.
    ///
    /// # Errors
    /// [`ImageError`].
    async fn servable(&self, bytes: Bytes) -> Result<Bytes, ImageError>;

    /// Decodes a file completely and draws a preview whose longer side is at most `max_side` pixels.
    ///
    /// # Errors
    /// [`ImageError`].
    async fn thumbnail(&self, bytes: Bytes, max_side: u32) -> Result<EncodedImage, ImageError>;

    /// Decodes a file completely and makes a picture of exactly the size given: scaled, keeping its shape, until it
    /// covers the size, and cut around the centre, so that nothing is distorted. JPEG, PNG and WebP stay what they are;
    /// anything else becomes one of them.
    ///
    /// # Errors
    /// [`ImageError`]; `too_large` for a size beyond the limits or without pixels.
    async fn cover(&self, bytes: Bytes, dimensions: MediaDimensions) -> Result<EncodedImage, ImageError>;
}

/// Draws a picture that stands in for a generated one.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PlaceholderRenderer: Debug + Send + Sync + 'static {
    /// Draws a valid image of exactly the size asked for; the same request gives the same bytes.
    ///
    /// # Errors
    /// [`ImageError`] when the size is beyond the limits or the format cannot be written.
    async fn render_placeholder(&self, request: PlaceholderRequest) -> Result<EncodedImage, ImageError>;
}

/// What a placeholder shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlaceholderRequest {
    /// Text to be read on it.
    pub prompt: String,
    /// A short line below it (who draws in whose stead).
    pub caption: String,
    /// Width and height.
    pub dimensions: MediaDimensions,
    /// Changes the colours.
    pub seed: u64,
    /// Which image of a batch, from zero; changes the colours too.
    pub image_index: u32,
    /// File format.
    pub format: ImageFormat,
}

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub struct InspectedImage {
    /// Format, told by the bytes.
    pub format: ImageFormat,
    /// Width and height in pixels.
    pub dimensions: MediaDimensions,
    /// Technical facts.
    pub metadata: MediaMetadata,
    /// SHA-256 of the bytes as received.
    pub content_hash: ContentHash,
}

/// An image file that we made.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedImage {
    /// The file's bytes.
    pub bytes: Bytes,
    /// The file's format.
    pub format: ImageFormat,
    /// Width and height in pixels.
    pub dimensions: MediaDimensions,
}

impl fmt::Debug for EncodedImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodedImage({}, {}, {} bytes)", self.format, self.dimensions, self.bytes.len())
    }
}

/// Why a file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is no image that we know.
    #[error("the file is not an image in a known format (jpeg, png, webp, gif, svg)")]
    UnknownFormat,
    /// It is beyond a limit.
    #[error("the image is too large: {0}")]
    TooLarge(String),
    /// It is cut off or broken.
    #[error("the {format} file is broken: {reason}")]
    Broken {
        /// What it would have been.
        format: ImageFormat,
        /// What is wrong with it.
        reason: String,
    },
    /// The format cannot be written or processed.
    #[error("{0} files cannot be written here")]
    Unwritable(ImageFormat),
    /// The work was cut short by a fault of ours.
    #[error("image processing stopped: {0}")]
    Internal(String),
}
