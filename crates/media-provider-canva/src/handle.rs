//! Canva's jobs as the journal keeps them.

use media_domain::{JobHandle, ProviderErrorKind};
use media_ports::ProviderError;
use serde::{Deserialize, Serialize};

use crate::settings::is_identifier;
use crate::wire::ExportFormat;

/// What is kept of a job: which kind it is, and what it takes to go on with it after a restart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Handle {
    /// A template is filled in; the design that comes of it is then written in this format.
    Autofill { id: String, format: ExportFormat },
    /// A file is taken in.
    Upload { id: String },
}

impl Handle {
    /// The form that the journal keeps.
    pub(crate) fn write(&self, doing: &str) -> Result<JobHandle, ProviderError> {
        let text = serde_json::to_string(self).map_err(|error| {
            let message = format!("{doing}: the job's handle cannot be written");
            ProviderError::new(ProviderErrorKind::Unexpected, message).with_source(error)
        })?;
        Ok(JobHandle::new(text))
    }

    /// Reads what the journal has kept, which may be of another installation.
    pub(crate) fn read(handle: &JobHandle, doing: &str) -> Result<Self, ProviderError> {
        match serde_json::from_str::<Self>(handle.as_str()) {
            Ok(read) if is_identifier(read.id()) => Ok(read),
            _ => {
                let message = format!("{doing}: this is no handle of a Canva job");
                Err(ProviderError::new(ProviderErrorKind::InvalidRequest, message).here())
            }
        }
    }

    fn id(&self) -> &str {
        match self {
            Self::Autofill { id, .. } | Self::Upload { id } => id,
        }
    }
}
