//! Technical facts of a media file.

use serde::{Deserialize, Serialize};

use crate::{FileSize, MediaFormat};

/// Technical facts of a media file; what does not apply or is not known is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaMetadata {
    /// Size of the file.
    #[serde(rename = "file_size_bytes")]
    pub file_size: FileSize,
    /// Format, told by the bytes and never by the name.
    pub format: MediaFormat,
    /// Length in seconds, of moving media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
    /// Number of colours, where the file has a palette.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color_count: Option<u32>,
    /// Bits per second, of moving media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bitrate: Option<u64>,
    /// Frames per second, of moving media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_rate: Option<f64>,
    /// Number of frames, where the file tells it; above one it is animated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_count: Option<u32>,
    /// Bits per colour channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bit_depth: Option<u8>,
    /// Whether pixels can be transparent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_alpha: Option<bool>,
    /// Whether an ICC colour profile is embedded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_color_profile: Option<bool>,
}

impl MediaMetadata {
    /// Makes metadata of the two facts that every file has.
    pub fn new(file_size: FileSize, format: impl Into<MediaFormat>) -> Self {
        Self {
            file_size,
            format: format.into(),
            duration_seconds: None,
            color_count: None,
            bitrate: None,
            frame_rate: None,
            frame_count: None,
            bit_depth: None,
            has_alpha: None,
            has_color_profile: None,
        }
    }

    /// Size of the file in megabytes of 1,048,576 bytes.
    pub fn file_size_mb(&self) -> f64 {
        self.file_size.megabytes()
    }

    /// Whether the file holds more than one frame; where their number is not known, whether it lasts.
    pub fn is_animated(&self) -> bool {
        match self.frame_count {
            Some(frames) => frames > 1,
            None => self.duration_seconds.is_some_and(|seconds| seconds > 0.0),
        }
    }
}
