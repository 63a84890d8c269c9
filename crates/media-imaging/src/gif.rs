//! Walking the blocks of a GIF file (GIF89a specification).

use media_domain::{ImageFormat, MediaDimensions};
use media_ports::ImageError;

use crate::ImageLimits;
use crate::inspect::Facts;
use crate::reader::Reader;

/// Walks every block up to the trailer.
pub(crate) fn walk(bytes: &[u8], limits: &ImageLimits) -> Result<Facts, ImageError> {
    let mut reader = Reader::new(bytes, ImageFormat::Gif);
    reader.take(6)?;
    let dimensions = MediaDimensions::new(reader.u16_le()?.into(), reader.u16_le()?.into());
    let flags = reader.u8()?;
    reader.take(2)?;
    if dimensions.is_empty() {
        return Err(reader.broken("its width or height is zero"));
    }
    limits.check_dimensions(dimensions)?;
    let mut walk =
        Walk { limits, frames: 0, hundredths: 0, colors: take_palette(&mut reader, flags)?, has_alpha: false };
    loop {
        match reader.u8()? {
            0x21 => walk.take_extension(&mut reader)?,
            0x2c => walk.take_frame(&mut reader)?,
            0x3b => break,
            other => return Err(reader.broken(format!("an unknown block {other:#04x} at byte {}", reader.position()))),
        }
    }
    if walk.frames == 0 {
        return Err(reader.broken("it has no picture"));
    }
    Ok(Facts {
        bit_depth: Some(8),
        has_alpha: Some(walk.has_alpha),
        color_count: (walk.colors > 0).then_some(walk.colors),
        frame_count: Some(walk.frames),
        duration_seconds: (walk.frames > 1).then(|| walk.hundredths as f64 / 100.0),
        ..Facts::new(dimensions)
    })
}

struct Walk<'a> {
    limits: &'a ImageLimits,
    frames: u32,
    hundredths: u64,
    /// Size of the largest palette.
    colors: u32,
    has_alpha: bool,
}

impl Walk<'_> {
    fn take_extension(&mut self, reader: &mut Reader<'_>) -> Result<(), ImageError> {
        const GRAPHIC_CONTROL: u8 = 0xf9;
        if reader.u8()? == GRAPHIC_CONTROL {
            if reader.u8()? != 4 {
                return Err(reader.broken("a graphic control block of the wrong length"));
            }
            self.has_alpha |= reader.u8()? & 1 == 1;
            self.hundredths += u64::from(reader.u16_le()?);
            reader.u8()?;
        }
        skip_sub_blocks(reader).map(|_| ())
    }

    fn take_frame(&mut self, reader: &mut Reader<'_>) -> Result<(), ImageError> {
        reader.take(4)?;
        let dimensions = MediaDimensions::new(reader.u16_le()?.into(), reader.u16_le()?.into());
        self.limits.check_dimensions(dimensions)?;
        let flags = reader.u8()?;
        self.colors = self.colors.max(take_palette(reader, flags)?);
        if reader.u8()? > 11 {
            return Err(reader.broken("a frame whose code size makes no sense"));
        }
        if skip_sub_blocks(reader)? == 0 {
            return Err(reader.broken("a frame without pixels"));
        }
        self.frames = self.frames.saturating_add(1);
        Ok(())
    }
}

/// Skips a palette that the flags announce; its number of colours, zero when there is none.
fn take_palette(reader: &mut Reader<'_>, flags: u8) -> Result<u32, ImageError> {
    if flags & 0x80 == 0 {
        return Ok(0);
    }
    let colors = 2_usize << (flags & 7);
    reader.take(3 * colors)?;
    Ok(2_u32 << (flags & 7))
}

/// Skips sub-blocks up to the empty one that ends them; how many bytes they held.
fn skip_sub_blocks(reader: &mut Reader<'_>) -> Result<usize, ImageError> {
    let mut held = 0;
    loop {
        let length = usize::from(reader.u8()?);
        if length == 0 {
            return Ok(held);
        }
        reader.take(length)?;
        held += length;
    }
}
