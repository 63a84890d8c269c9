//! Walking the chunks of a WebP file (RFC 9649).

use media_domain::{ImageFormat, MediaDimensions};
use media_ports::ImageError;

use crate::ImageLimits;
use crate::inspect::Facts;
use crate::reader::Reader;

/// Walks every chunk that the file announces.
pub(crate) fn walk(bytes: &[u8], limits: &ImageLimits) -> Result<Facts, ImageError> {
    let mut file = Reader::new(bytes, ImageFormat::Webp);
    file.take(4)?;
    let length = usize::try_from(file.u32_le()?).unwrap_or(usize::MAX);
    let mut reader = Reader::new(file.take(length)?, ImageFormat::Webp);
    reader.take(4)?;
    let mut walk = Walk {
        limits,
        facts: Facts::new(MediaDimensions::new(0, 0)),
        extended: false,
        animated: false,
        has_image: false,
    };
    walk.facts.bit_depth = Some(8);
    walk.facts.has_color_profile = Some(false);
    let mut is_first = true;
    while !reader.is_at_end() {
        let (kind, data) = next_chunk(&mut reader)?;
        walk.take_chunk(kind, data, is_first)?;
        is_first = false;
    }
    walk.finish(&reader)
}

fn next_chunk<'a>(reader: &mut Reader<'a>) -> Result<(&'a [u8], &'a [u8]), ImageError> {
    let kind = reader.take(4)?;
    let length = usize::try_from(reader.u32_le()?).unwrap_or(usize::MAX);
    let data = reader.take(length)?;
    // Chunks are padded to an even length; some writers leave the last padding out.
    if !length.is_multiple_of(2) && !reader.is_at_end() {
        reader.take(1)?;
    }
    Ok((kind, data))
}

struct Walk<'a> {
    limits: &'a ImageLimits,
    facts: Facts,
    extended: bool,
    animated: bool,
    has_image: bool,
}

impl Walk<'_> {
    fn take_chunk(&mut self, kind: &[u8], data: &[u8], is_first: bool) -> Result<(), ImageError> {
        let mut chunk = Reader::new(data, ImageFormat::Webp);
        match kind {
            b"VP8X" if is_first => self.take_extended_header(&mut chunk)?,
            b"VP8 " | b"VP8L" if (is_first || self.extended) && !self.animated => self.take_image(kind, &mut chunk)?,
            b"ANMF" if self.animated => self.take_frame(&mut chunk)?,
            b"ICCP" => self.facts.has_color_profile = Some(true),
            _ if is_first => return Err(chunk.broken("its first chunk holds no picture")),
            _ => {}
        }
        Ok(())
    }

    fn take_extended_header(&mut self, chunk: &mut Reader<'_>) -> Result<(), ImageError> {
        let flags = chunk.u8()?;
        chunk.take(3)?;
        self.facts.dimensions = MediaDimensions::new(chunk.u24_le()? + 1, chunk.u24_le()? + 1);
        self.limits.check_dimensions(self.facts.dimensions)?;
        self.extended = true;
        self.animated = flags & 0x02 != 0;
        self.facts.has_alpha = Some(flags & 0x10 != 0);
        if self.animated {
            self.facts.frame_count = Some(0);
            self.facts.duration_seconds = Some(0.0);
        }
        Ok(())
    }

    fn take_image(&mut self, kind: &[u8], chunk: &mut Reader<'_>) -> Result<(), ImageError> {
        let (dimensions, has_alpha) = if kind == b"VP8L" { lossless_header(chunk)? } else { lossy_header(chunk)? };
        if self.has_image {
            return Err(chunk.broken("it has two pictures"));
        }
        if self.extended && dimensions != self.facts.dimensions {
            return Err(chunk.broken(format!("its picture is {dimensions} on a canvas of {}", self.facts.dimensions)));
        }
        if !self.extended {
            self.limits.check_dimensions(dimensions)?;
            self.facts.dimensions = dimensions;
            self.facts.has_alpha = Some(has_alpha);
        }
        self.has_image = true;
        Ok(())
    }

    fn take_frame(&mut self, chunk: &mut Reader<'_>) -> Result<(), ImageError> {
        let (x, y) = (chunk.u24_le()? * 2, chunk.u24_le()? * 2);
        let (width, height) = (chunk.u24_le()? + 1, chunk.u24_le()? + 1);
        let milliseconds = chunk.u24_le()?;
        chunk.u8()?;
        let canvas = self.facts.dimensions;
        if x + width > canvas.width || y + height > canvas.height {
            return Err(chunk.broken("a frame lies outside the canvas"));
        }
        let mut has_picture = false;
        while !chunk.is_at_end() {
            let (kind, data) = next_chunk(chunk)?;
            let mut picture = Reader::new(data, ImageFormat::Webp);
            let (dimensions, _) = match kind {
                b"VP8 " => lossy_header(&mut picture)?,
                b"VP8L" => lossless_header(&mut picture)?,
                _ => continue,
            };
            if dimensions != MediaDimensions::new(width, height) {
                return Err(chunk.broken("a frame whose picture is of another size"));
            }
            has_picture = true;
        }
        if !has_picture {
            return Err(chunk.broken("a frame without a picture"));
        }
        self.facts.frame_count = self.facts.frame_count.map(|frames| frames.saturating_add(1));
        self.facts.duration_seconds = self.facts.duration_seconds.map(|sum| sum + f64::from(milliseconds) / 1_000.0);
        self.has_image = true;
        Ok(())
    }

    fn finish(self, reader: &Reader<'_>) -> Result<Facts, ImageError> {
        if self.has_image { Ok(self.facts) } else { Err(reader.broken("it has no picture")) }
    }
}

/// Size in the header of a lossy picture (RFC 6386, 9.1), which never has alpha of its own.
fn lossy_header(chunk: &mut Reader<'_>) -> Result<(MediaDimensions, bool), ImageError> {
    let tag = chunk.u24_le()?;
    if tag & 1 != 0 || chunk.take(3)? != [0x9d, 0x01, 0x2a] {
        return Err(chunk.broken("its picture does not start with a key frame"));
    }
    let (width, height) = (chunk.u16_le()? & 0x3fff, chunk.u16_le()? & 0x3fff);
    let first_partition = usize::try_from(tag >> 5).unwrap_or(usize::MAX);
    if first_partition > chunk.rest().len() {
        return Err(chunk.broken("its picture is cut off"));
    }
    sized(chunk, MediaDimensions::new(width.into(), height.into()), false)
}

/// Size and alpha in the header of a lossless picture (RFC 9649, 3.4).
fn lossless_header(chunk: &mut Reader<'_>) -> Result<(MediaDimensions, bool), ImageError> {
    if chunk.u8()? != 0x2f {
        return Err(chunk.broken("its picture does not start with its signature"));
    }
    let bits = chunk.u32_le()?;
    if bits >> 29 != 0 {
        return Err(chunk.broken("its picture is of an unknown version"));
    }
    let dimensions = MediaDimensions::new((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
    sized(chunk, dimensions, bits & (1 << 28) != 0)
}

fn sized(
    chunk: &Reader<'_>,
    dimensions: MediaDimensions,
    has_alpha: bool,
) -> Result<(MediaDimensions, bool), ImageError> {
    if dimensions.is_empty() {
        return Err(chunk.broken("its width or height is zero"));
    }
    Ok((dimensions, has_alpha))
}
