//! A provider: the bundle of the operations it has.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use media_domain::{Capabilities, EditCapabilities, ProviderId};
use serde::{Deserialize, Serialize};

use crate::{DesignExporter, HealthCheck, ImageEditor, ImageGenerator};

/// A provider that is ready to be called: an operation it lacks is absent.
#[derive(Debug, Clone)]
pub struct MediaGeneratorProvider {
    /// What it is.
    pub descriptor: Arc<Descriptor>,
    /// Generates images.
    pub generator: Option<Arc<dyn ImageGenerator>>,
    /// Changes images.
    pub editor: Option<Arc<dyn ImageEditor>>,
    /// Exports images to design tools.
    pub exporter: Option<Arc<dyn DesignExporter>>,
    /// Tells how it is.
    pub health: Arc<dyn HealthCheck>,
}

impl MediaGeneratorProvider {
    /// The provider's id.
    pub fn id(&self) -> &ProviderId {
        &self.descriptor.id
    }

    /// Version of the adapter.
    pub fn version(&self) -> &str {
        &self.descriptor.version
    }
}

/// What a provider is, known without credential or connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The id under which configuration names it.
    pub id: ProviderId,
    /// The kind of adapter.
    pub kind: ProviderId,
    /// Version of the adapter.
    pub version: String,
    /// The model it would use, where it has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What that model can do.
    pub capabilities: Capabilities,
    /// What it can do to pictures that are there already, if it changes any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub editing: Option<EditCapabilities>,
    /// The operations it has.
    pub operations: BTreeSet<Operation>,
    /// Whether it runs in this process and costs nothing; such a one may run after the deadline.
    pub local_and_free: bool,
}

/// An operation that a provider may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Generates images from a prompt.
    GenerateImage,
    /// Changes images.
    EditImage,
    /// Exports images to Figma.
    ExportFigma,
    /// Exports images to Canva.
    ExportCanva,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::GenerateImage => "generate_image",
            Self::EditImage => "edit_image",
            Self::ExportFigma => "export_figma",
            Self::ExportCanva => "export_canva",
        })
    }
}
