//! How a repeated request is known for one.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::text::excerpt;
use crate::{ContentHash, GenerationOptions, GenerationRequest, LibraryId, UserId};

/// How long a key is remembered after its job was planned. While the job is running, and while its outcome is unknown,
/// the key is remembered however long that takes.
pub const KEY_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// When the key of a job that was planned then may be forgotten, if the job is neither running nor unknown.
pub fn forget_at(planned_at: DateTime<Utc>) -> DateTime<Utc> {
    crate::seconds::later(planned_at, KEY_LIFETIME)
}

/// A word by which a caller names one request, however often it is sent: 1 to 255 visible ASCII characters.
///
/// ```
/// # use media_domain::IdempotencyKey;
/// assert!(IdempotencyKey::parse("order-4711/1").is_ok());
/// assert!(IdempotencyKey::parse("two words").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdempotencyKey(String);

/// A text that is no idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an idempotency key (1 to 255 visible ASCII characters, no spaces)")]
pub struct IdempotencyKeyError(String);

/// A key together with the caller who chose it: equal keys of two callers have nothing to do with each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScopedKey {
    /// Who chose it.
    pub caller: UserId,
    /// What was chosen.
    pub key: IdempotencyKey,
}

/// The SHA-256 of everything that a request asks for, by which a key that is used for another request is found out.
///
/// It is the same in every process and version: fields are written in a fixed order, each text with its length and
/// each absent option as such. Who asks is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestFingerprint(ContentHash);

impl IdempotencyKey {
    /// Most characters allowed.
    pub const LIMIT: usize = 255;

    /// Parses a key.
    ///
    /// # Errors
    /// [`IdempotencyKeyError`] for one that is empty, longer than 255 characters, or holds anything but visible ASCII.
    pub fn parse(text: impl Into<String>) -> Result<Self, IdempotencyKeyError> {
        let text = text.into();
        let valid = (1..=Self::LIMIT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if valid { Ok(Self(text)) } else { Err(IdempotencyKeyError(excerpt(&text))) }
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RequestFingerprint {
    /// Takes the fingerprint of a generation: the chain asked, the request, and the library that takes the result.
    pub fn of(chain: &str, request: &GenerationRequest, library: Option<LibraryId>) -> Self {
        let mut canonical = Canonical::new("generation/1");
        canonical.text(chain);
        canonical.optional(library, |canonical, library| canonical.bytes(library.as_uuid().as_bytes()));
        canonical.request(request);
        canonical.finish()
    }

    /// Takes the fingerprint of a request that asks for more than this: the hash of an image to edit, of a mask, a
    /// destination. Order counts.
    #[must_use]
    pub fn extended_by(&self, part: &[u8]) -> Self {
        let mut canonical = Canonical::new("extended/1");
        canonical.bytes(self.0.as_bytes());
        canonical.bytes(part);
        canonical.finish()
    }

    /// The digest.
    pub const fn as_hash(&self) -> &ContentHash {
        &self.0
    }
}

/// Writes values into a digest so that no two different sequences are written alike.
struct Canonical(Sha256);

impl Canonical {
    fn new(form: &str) -> Self {
        let mut canonical = Self(Sha256::new());
        canonical.text(form);
        canonical
    }

    fn request(&mut self, request: &GenerationRequest) {
        // Taken apart wholly, so that a field that is added cannot be forgotten here.
        let GenerationRequest { prompt, dimensions, count, image_index, options } = request;
        self.text(prompt.as_str());
        for number in [dimensions.width, dimensions.height, *count, *image_index] {
            self.number(u64::from(number));
        }
        let GenerationOptions {
            negative_prompt,
            seed,
            steps,
            guidance_scale,
            quality,
            style,
            background,
            output_format,
        } = options;
        self.optional(negative_prompt.as_deref(), Self::text);
        self.optional(*seed, Self::number);
        self.optional(*steps, |canonical, steps| canonical.number(u64::from(steps.get())));
        // Adding zero makes one of the two zeros.
        self.optional(*guidance_scale, |canonical, scale| canonical.number((scale + 0.0).to_bits()));
        self.optional(quality.map(|quality| quality.as_str()), Self::text);
        self.optional(style.as_deref(), Self::text);
        self.optional(background.map(|background| background.as_str()), Self::text);
        self.optional(output_format.map(|format| format.as_str()), Self::text);
    }

    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.update([u8::from(value.is_some())]);
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    fn finish(self) -> RequestFingerprint {
        RequestFingerprint(ContentHash::from_bytes(self.0.finalize().into()))
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdempotencyKey({:?})", self.0)
    }
}

impl FromStr for IdempotencyKey {
    type Err = IdempotencyKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = IdempotencyKeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> Self {
        key.0
    }
}

impl fmt::Display for RequestFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
