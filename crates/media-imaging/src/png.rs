//! Walking the chunks of a PNG file (W3C PNG, third edition; animation included).

use media_domain::{ImageFormat, MediaDimensions};
use media_ports::ImageError;

use crate::ImageLimits;
use crate::inspect::Facts;
use crate::reader::Reader;

/// Walks every chunk up to `IEND`, checking each checksum.
pub(crate) fn walk(bytes: &[u8], limits: &ImageLimits) -> Result<Facts, ImageError> {
    let mut reader = Reader::new(bytes, ImageFormat::Png);
    reader.take(8)?;
    let header = next_chunk(&mut reader)?;
    if header.kind != *b"IHDR" {
        return Err(reader.broken("its first chunk is not the header"));
    }
    let mut state = State::from_header(header.data)?;
    limits.check_dimensions(state.facts.dimensions)?;
    loop {
        let chunk = next_chunk(&mut reader)?;
        if chunk.kind == *b"IEND" {
            return state.finish(&reader);
        }
        state.take_chunk(&chunk, &reader)?;
    }
}

struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
}

fn next_chunk<'a>(reader: &mut Reader<'a>) -> Result<Chunk<'a>, ImageError> {
    let length = reader.u32_be()?;
    let start = reader.rest();
    let kind_bytes = reader.take(4)?;
    let length = usize::try_from(length).map_err(|_| reader.broken("a chunk is longer than memory"))?;
    let data = reader.take(length)?;
    let expected = reader.u32_be()?;
    let mut kind = [0; 4];
    kind.copy_from_slice(kind_bytes);
    if crc32fast::hash(&start[..4 + length]) != expected {
        return Err(reader.broken(format!("the checksum of chunk {:?} is wrong", kind.escape_ascii().to_string())));
    }
    Ok(Chunk { kind, data })
}

/// What is known of the file so far.
struct State {
    facts: Facts,
    color_type: u8,
    has_pixels: bool,
    has_palette: bool,
    frame_controls: u32,
    seconds: f64,
}

impl State {
    fn from_header(data: &[u8]) -> Result<Self, ImageError> {
        let mut header = Reader::new(data, ImageFormat::Png);
        let dimensions = MediaDimensions::new(header.u32_be()?, header.u32_be()?);
        let (depth, color_type) = (header.u8()?, header.u8()?);
        let methods = [header.u8()?, header.u8()?];
        let interlace = header.u8()?;
        let depth_fits = match color_type {
            0 => matches!(depth, 1 | 2 | 4 | 8 | 16),
            3 => matches!(depth, 1 | 2 | 4 | 8),
            2 | 4 | 6 => matches!(depth, 8 | 16),
            _ => false,
        };
        if dimensions.is_empty() || !depth_fits || methods != [0, 0] || interlace > 1 || !header.is_at_end() {
            return Err(header.broken("its header makes no sense"));
        }
        let facts = Facts {
            // The depth of a palette image is that of its indices; its colours have eight bits.
            bit_depth: Some(if color_type == 3 { 8 } else { depth }),
            has_alpha: Some(matches!(color_type, 4 | 6)),
            has_color_profile: Some(false),
            ..Facts::new(dimensions)
        };
        Ok(Self { facts, color_type, has_pixels: false, has_palette: false, frame_controls: 0, seconds: 0.0 })
    }

    fn take_chunk(&mut self, chunk: &Chunk<'_>, reader: &Reader<'_>) -> Result<(), ImageError> {
        match &chunk.kind {
            b"IHDR" => return Err(reader.broken("it has two headers")),
            b"IDAT" => self.has_pixels = true,
            b"PLTE" => self.take_palette(chunk.data, reader)?,
            b"tRNS" => self.facts.has_alpha = Some(true),
            b"iCCP" => self.facts.has_color_profile = Some(true),
            b"acTL" if !self.has_pixels => {
                self.facts.frame_count = Some(Reader::new(chunk.data, ImageFormat::Png).u32_be()?);
            }
            b"fcTL" => self.take_frame_control(chunk.data)?,
            // The case of the first letter tells whether a reader may pass a chunk over that it does not know.
            kind if kind[0].is_ascii_uppercase() => {
                return Err(reader.broken(format!("it needs the unknown chunk {}", kind.escape_ascii())));
            }
            _ => {}
        }
        Ok(())
    }

    fn take_palette(&mut self, data: &[u8], reader: &Reader<'_>) -> Result<(), ImageError> {
        if self.has_palette || data.is_empty() || !data.len().is_multiple_of(3) || data.len() > 768 {
            return Err(reader.broken("its palette makes no sense"));
        }
        self.has_palette = true;
        if self.color_type == 3 {
            self.facts.color_count = u32::try_from(data.len() / 3).ok();
        }
        Ok(())
    }

    fn take_frame_control(&mut self, data: &[u8]) -> Result<(), ImageError> {
        let mut control = Reader::new(data, ImageFormat::Png);
        control.take(20)?;
        let (numerator, denominator) = (control.u16_be()?, control.u16_be()?);
        let denominator = if denominator == 0 { 100 } else { denominator };
        self.seconds += f64::from(numerator) / f64::from(denominator);
        self.frame_controls = self.frame_controls.saturating_add(1);
        Ok(())
    }

    fn finish(mut self, reader: &Reader<'_>) -> Result<Facts, ImageError> {
        if !self.has_pixels {
            return Err(reader.broken("it has no pixels"));
        }
        if self.color_type == 3 && !self.has_palette {
            return Err(reader.broken("its palette is missing"));
        }
        if let Some(frames) = self.facts.frame_count {
            if frames == 0 || frames != self.frame_controls {
                let found = self.frame_controls;
                return Err(reader.broken(format!("it announces {frames} frames and has {found}")));
            }
            self.facts.duration_seconds = Some(self.seconds);
        }
        Ok(self.facts)
    }
}
