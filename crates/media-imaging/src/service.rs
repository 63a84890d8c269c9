//! The crate behind its ports: work off the async threads, a bounded amount at a time.

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::{FileBytes, ImageFormat, MediaDimensions};
use media_ports::{EncodedImage, ImageError, ImageProcessor, InspectedImage, PlaceholderRenderer, PlaceholderRequest};
use tokio::sync::Semaphore;

use crate::inspect::inspect_file;
use crate::{ImageLimits, cover, render_placeholder, sanitize_svg, sniff, thumbnail};

/// Files up to this size are looked into at once: the walk takes microseconds, less than handing it over.
const INLINE_BYTES: usize = 256 * 1_024;

/// Looks into images and draws placeholders and previews, in a tokio runtime.
///
/// What takes long runs on tokio's blocking threads, no more at a time than there are processors. A fault in a codec
/// ends the one call with [`ImageError::Internal`].
///
/// ```
/// use media_domain::{ImageFormat, MediaDimensions};
/// use media_imaging::{ImageLimits, ImagingService};
/// use media_ports::{ImageProcessor, PlaceholderRenderer, PlaceholderRequest};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), media_ports::ImageError> {
/// let imaging = ImagingService::new(ImageLimits::default());
/// let drawn = imaging
///     .render_placeholder(PlaceholderRequest {
///         prompt: "a lighthouse at dusk".to_owned(),
///         caption: "drawn by noop_media".to_owned(),
///         dimensions: MediaDimensions::new(320, 200),
///         seed: 7,
///         image_index: 0,
///         format: ImageFormat::Webp,
///     })
///     .await?;
/// let inspected = imaging.inspect(drawn.bytes.into()).await?;
/// assert_eq!((inspected.format, inspected.dimensions), (ImageFormat::Webp, MediaDimensions::new(320, 200)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ImagingService {
    limits: ImageLimits,
    permits: Arc<Semaphore>,
}

impl ImagingService {
    /// Makes a service that keeps to the limits.
    pub fn new(limits: ImageLimits) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self { limits, permits: Arc::new(Semaphore::new(processors)) }
    }

    /// The limits.
    pub const fn limits(&self) -> &ImageLimits {
        &self.limits
    }

    async fn work<T, F>(&self, job: F) -> Result<T, ImageError>
    where
        T: Send + 'static,
        F: FnOnce(&ImageLimits) -> Result<T, ImageError> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|error| ImageError::Internal(error.to_string()))?;
        let limits = self.limits;
        let task = tokio::task::spawn_blocking(move || {
            // Held by the work itself: a caller that gives up must not let more run than there are processors.
            let _permit = permit;
            job(&limits)
        });
        task.await.map_err(|error| ImageError::Internal(error.to_string()))?
    }
}

impl Default for ImagingService {
    fn default() -> Self {
        Self::new(ImageLimits::default())
    }
}

#[async_trait]
impl ImageProcessor for ImagingService {
    async fn inspect(&self, file: FileBytes) -> Result<InspectedImage, ImageError> {
        if file.len() <= INLINE_BYTES && sniff(&file) != Some(ImageFormat::Svg) {
            return inspect_file(&file, &self.limits);
        }
        self.work(move |limits| inspect_file(&file, limits)).await
    }

    async fn servable(&self, bytes: Bytes) -> Result<Bytes, ImageError> {
        if sniff(&bytes) != Some(ImageFormat::Svg) {
            return Ok(bytes);
        }
        self.work(move |limits| Ok(sanitize_svg(&bytes, limits)?.into())).await
    }

    async fn thumbnail(&self, bytes: Bytes, max_side: u32) -> Result<EncodedImage, ImageError> {
        self.work(move |limits| thumbnail(&bytes, max_side, limits)).await
    }

    async fn cover(&self, bytes: Bytes, dimensions: MediaDimensions) -> Result<EncodedImage, ImageError> {
        self.work(move |limits| cover(&bytes, dimensions, limits)).await
    }
}

#[async_trait]
impl PlaceholderRenderer for ImagingService {
    async fn render_placeholder(&self, request: PlaceholderRequest) -> Result<EncodedImage, ImageError> {
        self.work(move |limits| render_placeholder(&request, limits)).await
    }
}
