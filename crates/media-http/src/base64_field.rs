//! Pictures inside JSON, as Base64.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::{Bytes, BytesMut};
use media_domain::{ContentHash, FileBytes};
use serde::de::{Deserialize, Deserializer, Visitor};
use sha2::{Digest, Sha256};

use crate::byte_budget::Share;
use crate::response_body::held;

/// Decodes a Base64 text in one pass into one buffer; padding may be missing, a `data:` prefix may stand before it.
///
/// ```
/// assert_eq!(media_http::decode_base64("data:image/png;base64,aGVsbG8")?.as_ref(), b"hello");
/// assert!(media_http::decode_base64("no base64!").is_err());
/// # Ok::<(), media_http::base64_field::Base64Error>(())
/// ```
///
/// # Errors
/// [`Base64Error`] for any other text.
pub fn decode_base64(text: &str) -> Result<Bytes, Base64Error> {
    let encoded = &text.as_bytes()[prefix_length(text.as_bytes())?..];
    let mut decoded = Vec::with_capacity(encoded.len() / 4 * 3 + 3);
    ENGINE.decode_vec(encoded, &mut decoded).map_err(|_| Base64Error::NotBase64)?;
    if decoded.is_empty() { Err(Base64Error::Empty) } else { Ok(decoded.into()) }
}

/// A text that holds no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Base64Error {
    /// It is not Base64.
    #[error("the text is not Base64")]
    NotBase64,
    /// There is nothing in it.
    #[error("the text is empty")]
    Empty,
    /// It is not of this answer, or has been taken out already.
    #[error("the text is not, or no longer, part of the answer")]
    Gone,
}

/// A field of a JSON answer that holds a file as Base64: the field's type in the answer's own type. It remembers where the
/// text is and copies nothing, unless the text has escapes in it; [`Base64Files::take`] decodes it where it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Base64Text(Place);

#[derive(Clone, PartialEq, Eq)]
enum Place {
    /// In the body, at this address.
    Within { address: usize, length: usize },
    /// With escapes resolved.
    Apart(String),
}

impl Base64Text {
    fn within(text: &str) -> Self {
        Self(Place::Within { address: text.as_ptr().addr(), length: text.len() })
    }

    /// Whether the field is there without anything in it.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Place::Within { length, .. } => *length == 0,
            Place::Apart(text) => text.is_empty(),
        }
    }
}

impl fmt::Debug for Base64Text {
    /// Shows the length only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = match &self.0 {
            Place::Within { length, .. } => *length,
            Place::Apart(text) => text.len(),
        };
        write!(f, "Base64Text({length} characters)")
    }
}

impl<'de> Deserialize<'de> for Base64Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Remember;

        impl<'de> Visitor<'de> for Remember {
            type Value = Base64Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a file as Base64")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Base64Text, E> {
                Ok(Base64Text::within(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Base64Text, E> {
                Ok(Base64Text(Place::Apart(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Remember)
    }
}

/// A text of a JSON answer that is an address: of a picture elsewhere, or (`data:image/`) of one that stands right there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileAddress {
    /// An address, or whatever else the text says.
    Text(String),
    /// A picture, which stays where it is.
    Here(Base64Text),
}

impl<'de> Deserialize<'de> for FileAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tell;

        impl<'de> Visitor<'de> for Tell {
            type Value = FileAddress;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<FileAddress, E> {
                Ok(match text.starts_with(PICTURE) {
                    true => FileAddress::Here(Base64Text::within(text)),
                    false => FileAddress::Text(text.to_owned()),
                })
            }

            fn visit_str<E>(self, text: &str) -> Result<FileAddress, E> {
                Ok(match text.starts_with(PICTURE) {
                    true => FileAddress::Here(Base64Text(Place::Apart(text.to_owned()))),
                    false => FileAddress::Text(text.to_owned()),
                })
            }
        }

        deserializer.deserialize_str(Tell)
    }
}

/// How an address begins that holds its picture.
const PICTURE: &str = "data:image/";

/// The files of a JSON answer, still Base64 in the answer's one buffer. Taking one decodes it in place.
pub struct Base64Files {
    /// What is left of the body, in pieces that lie where they always were.
    pieces: Vec<BytesMut>,
    share: Option<Arc<Share>>,
}

impl Base64Files {
    pub(crate) fn new(body: BytesMut, share: Option<Arc<Share>>) -> Self {
        Self { pieces: vec![body], share }
    }

    /// Takes a file out of the answer. Padding may be missing, a `data:` prefix may stand before it. A text that cannot
    /// be decoded stays as it was.
    ///
    /// # Errors
    /// [`Base64Error`].
    pub fn take(&mut self, text: &Base64Text) -> Result<Bytes, Base64Error> {
        self.decode(text, None)
    }

    /// Takes a file out of the answer and hashes it while it is decoded.
    ///
    /// # Errors
    /// [`Base64Error`].
    pub fn take_hashed(&mut self, text: &Base64Text) -> Result<FileBytes, Base64Error> {
        let mut hasher = Sha256::new();
        let file = self.decode(text, Some(&mut hasher))?;
        Ok(FileBytes::hashed(file, ContentHash::from_bytes(hasher.finalize().into())))
    }

    /// What has not been taken out, to be kept aside.
    pub fn into_rest(mut self) -> Bytes {
        self.pieces.sort_by_key(|piece| piece.as_ptr().addr());
        let mut rest = BytesMut::new();
        for piece in self.pieces {
            rest.unsplit(piece);
        }
        held(rest.freeze(), self.share)
    }

    fn decode(&mut self, text: &Base64Text, hasher: Option<&mut Sha256>) -> Result<Bytes, Base64Error> {
        let (address, length) = match text.0 {
            Place::Within { address, length } => (address, length),
            Place::Apart(ref text) => {
                let file = decode_base64(text)?;
                hasher.into_iter().for_each(|hasher| hasher.update(&file));
                return Ok(held(file, self.share.clone()));
            }
        };
        if length == 0 {
            return Err(Base64Error::Empty);
        }
        let mut encoded = self.cut_out(address, length).ok_or(Base64Error::Gone)?;
        let decoded = prefix_length(&encoded).and_then(|prefix| {
            let decoded = decode_in_place(&mut encoded[prefix..], hasher)?;
            Ok(prefix..prefix + decoded)
        });
        match decoded {
            Ok(file) => Ok(held(encoded.freeze().slice(file), self.share.clone())),
            Err(error) => {
                self.pieces.push(encoded);
                Err(error)
            }
        }
    }

    /// Cuts a stretch out of the piece that holds it, without moving anything.
    fn cut_out(&mut self, address: usize, length: usize) -> Option<BytesMut> {
        let end = address.checked_add(length)?;
        let holds = |piece: &BytesMut| {
            let start = piece.as_ptr().addr();
            start <= address && end <= start + piece.len()
        };
        let index = self.pieces.iter().position(holds)?;
        let mut before = self.pieces.swap_remove(index);
        let mut stretch = before.split_off(address - before.as_ptr().addr());
        let after = stretch.split_off(length);
        self.pieces.extend([before, after].into_iter().filter(|piece| !piece.is_empty()));
        Some(stretch)
    }
}

impl fmt::Debug for Base64Files {
    /// Shows the length of what is left only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64Files({} bytes left)", self.pieces.iter().map(BytesMut::len).sum::<usize>())
    }
}

/// Length of a `data:…;base64,` prefix.
fn prefix_length(text: &[u8]) -> Result<usize, Base64Error> {
    const MARK: &[u8] = b";base64,";
    if !text.starts_with(b"data:") {
        return Ok(0);
    }
    let found = memchr::memmem::find(text, MARK).ok_or(Base64Error::NotBase64)?;
    Ok(found + MARK.len())
}

/// Characters decoded at a time: what they become fits into the fastest cache beside them.
const WINDOW: usize = 16 << 10;
const DECODED_WINDOW: usize = WINDOW / 4 * 3;

/// Decodes a text over itself, and returns how many bytes it became; a text that is not Base64 is left as it was.
fn decode_in_place(text: &mut [u8], mut hasher: Option<&mut Sha256>) -> Result<usize, Base64Error> {
    let mut window = [0; DECODED_WINDOW + 3];
    let mut written = 0;
    for read in (0..text.len()).step_by(WINDOW) {
        let end = text.len().min(read + WINDOW);
        let is_last = end == text.len();
        // Padding in the middle would be the end of another text.
        let decoded = ENGINE.decode_slice(&text[read..end], &mut window).ok();
        let Some(length) = decoded.filter(|length| is_last || *length == DECODED_WINDOW) else {
            encode_back(text, read / WINDOW);
            return Err(Base64Error::NotBase64);
        };
        text[written..written + length].copy_from_slice(&window[..length]);
        if let Some(hasher) = &mut hasher {
            hasher.update(&window[..length]);
        }
        written += length;
    }
    if written == 0 { Err(Base64Error::Empty) } else { Ok(written) }
}

/// Undoes the decoding of the first windows, from the last of them to the first.
fn encode_back(text: &mut [u8], windows: usize) {
    let mut decoded = [0; DECODED_WINDOW];
    for window in (0..windows).rev() {
        decoded.copy_from_slice(&text[window * DECODED_WINDOW..(window + 1) * DECODED_WINDOW]);
        // The window has just the room, so there is nothing that could go wrong.
        let _ = ENGINE.encode_slice(decoded, &mut text[window * WINDOW..(window + 1) * WINDOW]);
    }
}

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_file_comes_back_with_and_without_padding(file in prop::collection::vec(any::<u8>(), 1..400)) {
            let text = ENGINE.encode(&file);
            prop_assert_eq!(decode_base64(&text).unwrap(), file.clone());
            prop_assert_eq!(decode_base64(text.trim_end_matches('=')).unwrap(), file);
        }

        #[test]
        fn in_place_is_the_same_as_apart_and_mistakes_leave_no_trace(
            length in 1..3 * DECODED_WINDOW, spoilt in any::<prop::sample::Index>(),
        ) {
            let file: Vec<u8> = (0..length).map(|index| (index * 31 % 251) as u8).collect();
            let mut text = ENGINE.encode(&file).into_bytes();
            let before = text.clone();
            let mut hasher = Sha256::new();
            let decoded = decode_in_place(&mut text, Some(&mut hasher)).unwrap();
            prop_assert_eq!(&text[..decoded], &file[..]);
            prop_assert_eq!(ContentHash::from_bytes(hasher.finalize().into()), ContentHash::of(&file));

            let mut text = before;
            let place = spoilt.index(text.len());
            text[place] = b'!';
            let before = text.clone();
            prop_assert_eq!(decode_in_place(&mut text, None), Err(Base64Error::NotBase64));
            prop_assert_eq!(text, before);
        }
    }

    #[test]
    fn nothing_is_no_file() {
        assert_eq!(decode_base64(""), Err(Base64Error::Empty));
        assert_eq!(decode_base64("data:image/png,abc"), Err(Base64Error::NotBase64));
    }

    #[test]
    fn two_texts_one_after_the_other_are_none() {
        let mut text = [ENGINE.encode(vec![1; DECODED_WINDOW - 1]), ENGINE.encode("x")].concat().into_bytes();
        assert_eq!(decode_in_place(&mut text, None), Err(Base64Error::NotBase64));
    }
}
