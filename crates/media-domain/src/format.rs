//! Media types and file formats.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// A word that names no member of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {what}; known: {known}")]
pub struct UnknownWord {
    /// What was expected.
    pub what: &'static str,
    /// What was found.
    pub text: String,
    /// The words that are known, comma separated.
    pub known: String,
}

/// Defines an enumeration whose serde form, `Display` and `FromStr` share one snake_case word per member.
macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$member_doc:meta])* $member:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$member_doc])* #[serde(rename = $word)] $member,)+ }

        impl $name {
            /// Every member, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$member,)+];

            /// The word that stands for the member in files, tables and arguments.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::format::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|member| member.as_str() == text).ok_or_else(|| $crate::format::UnknownWord {
                    what: $what,
                    text: $crate::text::excerpt(text),
                    known: Self::ALL.iter().map(|member| member.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}
pub(crate) use word_enum;

word_enum! {
    /// What an asset is used as.
    MediaType, "media type" {
        /// A still picture.
        Image = "image",
        /// A moving picture.
        Video = "video",
        /// An animated or still GIF.
        Gif = "gif",
        /// A picture that explains.
        Infographic = "infographic",
        /// A small preview picture.
        Thumbnail = "thumbnail",
        /// A wide advertising picture.
        Banner = "banner",
        /// A small symbol.
        Icon = "icon",
    }
}

word_enum! {
    /// A format of image files.
    ImageFormat, "image format" {
        /// JPEG.
        Jpeg = "jpeg",
        /// Portable Network Graphics.
        Png = "png",
        /// WebP.
        Webp = "webp",
        /// Scalable Vector Graphics.
        Svg = "svg",
        /// Graphics Interchange Format.
        Gif = "gif",
    }
}

impl ImageFormat {
    /// Whether files of the format can be transparent.
    pub const fn has_alpha(self) -> bool {
        !matches!(self, Self::Jpeg)
    }

    /// The usual file extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            other => other.as_str(),
        }
    }

    /// The registered media type (IANA).
    pub const fn mime_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Svg => "image/svg+xml",
            Self::Gif => "image/gif",
        }
    }

    /// Whether the format holds pixels rather than shapes.
    pub const fn is_raster(self) -> bool {
        !matches!(self, Self::Svg)
    }
}

word_enum! {
    /// A format of video files.
    VideoFormat, "video format" {
        /// MPEG-4 part 14.
        Mp4 = "mp4",
        /// WebM.
        Webm = "webm",
        /// QuickTime.
        Mov = "mov",
        /// Matroska.
        Mkv = "mkv",
    }
}

/// The format of a media file, of either sort; one plain word in serialised form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum MediaFormat {
    /// An image file.
    Image(ImageFormat),
    /// A video file.
    Video(VideoFormat),
}

impl MediaFormat {
    /// The word that stands for the format.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image(format) => format.as_str(),
            Self::Video(format) => format.as_str(),
        }
    }

    /// The usual file extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Image(format) => format.extension(),
            Self::Video(format) => format.as_str(),
        }
    }
}

impl fmt::Display for MediaFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for MediaFormat {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(format) = text.parse() {
            return Ok(Self::Image(format));
        }
        text.parse().map(Self::Video).map_err(|_| {
            let words = ImageFormat::ALL.iter().map(|f| f.as_str()).chain(VideoFormat::ALL.iter().map(|f| f.as_str()));
            UnknownWord {
                what: "media format",
                text: crate::text::excerpt(text),
                known: words.collect::<Vec<_>>().join(", "),
            }
        })
    }
}

impl<'de> Deserialize<'de> for MediaFormat {
    /// Reads the word, so that an error names the words that are known.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'_, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl From<ImageFormat> for MediaFormat {
    fn from(format: ImageFormat) -> Self {
        Self::Image(format)
    }
}

impl From<VideoFormat> for MediaFormat {
    fn from(format: VideoFormat) -> Self {
        Self::Video(format)
    }
}
