//! Reading numbers out of hostile bytes.

use media_domain::ImageFormat;
use media_ports::ImageError;

/// Reads forward through a file; running out of bytes is an error, never a panic.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    format: ImageFormat,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8], format: ImageFormat) -> Self {
        Self { bytes, position: 0, format }
    }

    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], ImageError> {
        let end = self.position.checked_add(count).filter(|end| *end <= self.bytes.len());
        let Some(end) = end else {
            return Err(self.broken(format!("it is cut off: {count} bytes are missing after byte {}", self.position)));
        };
        let taken = &self.bytes[self.position..end];
        self.position = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ImageError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, ImageError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16_be(&mut self) -> Result<u16, ImageError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16_le(&mut self) -> Result<u16, ImageError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(crate) fn u24_le(&mut self) -> Result<u32, ImageError> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_le_bytes([a, b, c, 0]))
    }

    pub(crate) fn u32_be(&mut self) -> Result<u32, ImageError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32_le(&mut self) -> Result<u32, ImageError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// The bytes not yet read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.position..]
    }

    pub(crate) const fn is_at_end(&self) -> bool {
        self.position >= self.bytes.len()
    }

    /// Where the next byte stands in the file.
    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    /// An error about this file.
    pub(crate) fn broken(&self, reason: impl Into<String>) -> ImageError {
        ImageError::Broken { format: self.format, reason: reason.into() }
    }
}
