//! Exporting finished images to design tools.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::{AttemptRecord, FigmaExportResult, GeneratedImage, ImageFormat, Name, ProviderId, SkippedProvider};
use serde_json::{Map, Value};

use crate::{CallContext, ProviderError};

/// Places a finished image in a design tool.
///
/// An exporter that does not serve a destination is absent from the chain for it.
///
/// ```
/// use media_ports::{CallContext, DesignExporter, ExportRequest, ProviderError};
///
/// async fn address(exporter: &dyn DesignExporter, context: &CallContext, request: &ExportRequest) -> Result<String, ProviderError> {
///     Ok(exporter.export_design(context, request).await?.result.figma_url)
/// }
/// ```
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait DesignExporter: Debug + Send + Sync + 'static {
    /// Exports one image.
    ///
    /// # Errors
    /// [`ProviderError`]; an export is never faked.
    async fn export_design(
        &self,
        context: &CallContext,
        request: &ExportRequest,
    ) -> Result<ExportAnswer, ProviderError>;
}

/// What is to be exported, and where to.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// Name of the image, for people.
    pub name: Name,
    /// The file's bytes.
    pub image: Bytes,
    /// The file's format.
    pub format: ImageFormat,
    /// Where to.
    pub destination: ExportDestination,
    /// Particulars in the tool's words.
    pub options: Map<String, Value>,
}

impl ExportRequest {
    /// Makes a request out of a generated image whose bytes are here; `None` when only its address is.
    pub fn of_image(name: Name, image: &GeneratedImage, destination: ExportDestination) -> Option<Self> {
        match &image.content {
            media_domain::ImageContent::Bytes(bytes) => {
                Some(Self { name, image: bytes.clone(), format: image.format, destination, options: Map::new() })
            }
            media_domain::ImageContent::Url(_) => None,
        }
    }
}

/// Where an export goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportDestination {
    /// A page or node of a Figma file.
    Figma {
        /// Key of the file.
        file_key: String,
        /// The page, or the first one.
        page_id: Option<String>,
    },
}

/// What came of an export.
#[derive(Debug, Clone)]
pub struct ExportAnswer {
    /// The provider that did it.
    pub provider: ProviderId,
    /// Where the image stands now.
    pub result: FigmaExportResult,
    /// Whether no design tool was called.
    pub dry_run: bool,
    /// Attempts in order; empty from a bare provider.
    pub attempts: Vec<AttemptRecord>,
    /// Providers passed over, with the reason; empty from a bare provider.
    pub skipped: Vec<SkippedProvider>,
}
