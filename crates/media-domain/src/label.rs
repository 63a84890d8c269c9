//! Tags and categories: lower-cased labels.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::{TextError, checked};

macro_rules! label {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Most characters allowed.
            pub const LIMIT: usize = 100;

            /// Parses the label: trimmed, lower-cased.
            ///
            /// # Errors
            /// [`TextError`] when it is blank, too long or holds control characters.
            pub fn parse(text: impl AsRef<str>) -> Result<Self, TextError> {
                // Lower-casing can lengthen a text, so it comes before the check.
                checked($what, &text.as_ref().to_lowercase(), Self::LIMIT, false).map(Self)
            }

            /// The label in lower case.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(label: $name) -> Self {
                label.0
            }
        }
    };
}

label! {
    /// A free label of an asset, lower-cased, 1 to 100 characters.
    ///
    /// ```
    /// # use media_domain::Tag;
    /// assert_eq!(Tag::parse("  Hero ")?.as_str(), "hero");
    /// assert!(Tag::parse("   ").is_err());
    /// # Ok::<(), media_domain::TextError>(())
    /// ```
    Tag, "tag"
}

label! {
    /// A group that an asset belongs to, lower-cased, 1 to 100 characters.
    Category, "category"
}
