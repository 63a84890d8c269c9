//! Exporting finished images to design tools.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::{AttemptRecord, DesignExportResult, GeneratedImage, ImageFormat, Name, ProviderId, SkippedProvider};
use serde_json::{Map, Value};

use crate::{CallContext, Operation, ProviderError};

/// Places a finished image in a design tool.
///
/// An exporter that does not serve a destination is absent from the chain for it.
///
/// ```
/// use media_ports::{CallContext, DesignExporter, ExportRequest, ProviderError};
///
/// async fn address(exporter: &dyn DesignExporter, context: &CallContext, request: &ExportRequest) -> Result<String, ProviderError> {
///     Ok(exporter.export_design(context, request).await?.result.url().unwrap_or_default().to_owned())
/// }
/// ```
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait DesignExporter: Debug + Send + Sync + 'static {
    /// Exports one image.
    ///
    /// # Errors
    /// [`ProviderError`]: `unsupported`, without a call, for a destination that it does not serve, `not_found` for a file
    /// or node that is not there, `rate_limited` with the delay that the tool names, be it days. An export is never
    /// faked.
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
    /// Where people find the asset on the web, for tools that take a link and no file.
    pub link: Option<String>,
    /// Where to.
    pub destination: ExportDestination,
    /// Particulars in the tool's words; an exporter refuses those that it does not know.
    pub options: Map<String, Value>,
}

impl ExportRequest {
    /// Makes a request out of a generated image whose bytes are here; `None` when only its address is.
    pub fn of_image(name: Name, image: &GeneratedImage, destination: ExportDestination) -> Option<Self> {
        match &image.content {
            media_domain::ImageContent::Bytes(bytes) => Some(Self {
                name,
                image: bytes.bytes().clone(),
                format: image.format,
                link: None,
                destination,
                options: Map::new(),
            }),
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
        /// The page or node, or the first page.
        page_id: Option<String>,
    },
    /// A user's files in Canva.
    Canva {
        /// Title of a design to make from the image; without it, the image is only uploaded.
        design_title: Option<String>,
    },
}

impl ExportDestination {
    /// The operation that a provider must have to serve it.
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Figma { .. } => Operation::ExportFigma,
            Self::Canva { .. } => Operation::ExportCanva,
        }
    }
}

/// What came of an export.
#[derive(Debug, Clone)]
pub struct ExportAnswer {
    /// The provider that did it.
    pub provider: ProviderId,
    /// Where the image stands now.
    pub result: DesignExportResult,
    /// Whether no design tool was called.
    pub dry_run: bool,
    /// Attempts in order; empty from a bare provider.
    pub attempts: Vec<AttemptRecord>,
    /// Providers passed over, with the reason; empty from a bare provider.
    pub skipped: Vec<SkippedProvider>,
}
