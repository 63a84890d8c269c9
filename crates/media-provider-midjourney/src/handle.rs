//! What the journal keeps of a task.

use media_domain::JobHandle;
use media_ports::ProviderError;
use serde::{Deserialize, Serialize};

/// A task of the proxy, with what is needed to go on after a restart; written as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Handle {
    pub(crate) stage: Stage,
    /// The task.
    pub(crate) id: String,
    /// The task that drew the grid, where this one takes a picture out of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) grid: Option<String>,
    /// Which picture of the grid is wanted, from 1; the whole grid when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) upscale: Option<u8>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
}

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// The grid of four is drawn.
    Imagine,
    /// One picture is taken out of it.
    Upscale,
}

impl Handle {
    /// The form that the journal keeps.
    pub(crate) fn write(&self) -> JobHandle {
        // A map with text keys can always be written.
        JobHandle::new(serde_json::to_string(self).unwrap_or_default())
    }

    /// Reads what the journal has kept, which may be of another installation.
    pub(crate) fn read(handle: &JobHandle, doing: &str) -> Result<Self, ProviderError> {
        match serde_json::from_str::<Self>(handle.as_str()) {
            Ok(read) if read.is_sound() => Ok(read),
            _ => {
                let message = format!("{doing}: this is no handle of a Midjourney task");
                Err(ProviderError::new(media_domain::ProviderErrorKind::InvalidRequest, message).here())
            }
        }
    }

    /// The task that takes the wanted picture out of this grid.
    pub(crate) fn upscaled(&self, id: String) -> Self {
        Self { stage: Stage::Upscale, grid: Some(self.id.clone()), id, ..self.clone() }
    }

    /// The grid as it is, drawn by this task, in place of a picture out of it: twice as wide and twice as high.
    pub(crate) fn whole_grid(&self, id: &str) -> Self {
        let (width, height) = (self.width.saturating_mul(2), self.height.saturating_mul(2));
        Self { stage: Stage::Imagine, id: id.to_owned(), grid: None, upscale: None, width, height, seed: self.seed }
    }

    /// The picture that this task's grid is still to be asked for.
    pub(crate) fn picture_to_take(&self) -> Option<u8> {
        self.upscale.filter(|_| self.stage == Stage::Imagine)
    }

    fn is_sound(&self) -> bool {
        let known = |picture: u8| (1..=4).contains(&picture);
        is_identifier(&self.id) && self.grid.as_deref().is_none_or(is_identifier) && self.upscale.is_none_or(known)
    }
}

/// Whether a text can be a task's identifier, which goes into paths and into the journal: digits mostly, of 16 to 19 places.
pub(crate) fn is_identifier(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
