//! Walking the segments of a JPEG file (ITU-T T.81).

use media_domain::{ImageFormat, MediaDimensions};
use media_ports::ImageError;

use crate::ImageLimits;
use crate::inspect::Facts;
use crate::reader::Reader;

const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;

/// Walks every segment and scan up to the end marker. The size is that of the stored pixels, before any EXIF rotation.
pub(crate) fn walk(bytes: &[u8], limits: &ImageLimits) -> Result<Facts, ImageError> {
    let mut reader = Reader::new(bytes, ImageFormat::Jpeg);
    reader.take(2)?;
    let mut facts = Facts::new(MediaDimensions::new(0, 0));
    facts.has_alpha = Some(false);
    facts.has_color_profile = Some(false);
    let (mut has_frame, mut has_scan) = (false, false);
    loop {
        let marker = next_marker(&mut reader)?;
        match marker {
            END_OF_IMAGE if has_scan => return Ok(facts),
            END_OF_IMAGE => return Err(reader.broken("it has no picture")),
            START_OF_SCAN if !has_frame => return Err(reader.broken("its picture starts without a header")),
            START_OF_SCAN => {
                take_segment(&mut reader)?;
                skip_scan(&mut reader)?;
                has_scan = true;
            }
            // Frame headers; 0xc4, 0xc8 and 0xcc among them are tables.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                if has_frame {
                    return Err(reader.broken("it has two headers"));
                }
                has_frame = true;
                take_frame_header(take_segment(&mut reader)?, &mut facts)?;
                limits.check_dimensions(facts.dimensions)?;
            }
            0xe2 => {
                if take_segment(&mut reader)?.starts_with(b"ICC_PROFILE\0") {
                    facts.has_color_profile = Some(true);
                }
            }
            0x01 | 0xd0..=0xd7 => {}
            0x00 | 0xd8 => return Err(reader.broken(format!("a stray marker {marker:#04x}"))),
            _ => _ = take_segment(&mut reader)?,
        }
    }
}

fn next_marker(reader: &mut Reader<'_>) -> Result<u8, ImageError> {
    if reader.u8()? != 0xff {
        return Err(reader.broken(format!("a marker is missing at byte {}", reader.position() - 1)));
    }
    loop {
        // Any number of 0xff may stand before the marker itself.
        match reader.u8()? {
            0xff => {}
            marker => return Ok(marker),
        }
    }
}

fn take_segment<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], ImageError> {
    let length = usize::from(reader.u16_be()?);
    let Some(length) = length.checked_sub(2) else {
        return Err(reader.broken("a segment that is shorter than its own length"));
    };
    reader.take(length)
}

/// Skips compressed pixels up to the next marker that is neither padding nor a restart.
fn skip_scan(reader: &mut Reader<'_>) -> Result<(), ImageError> {
    loop {
        let Some(at) = memchr::memchr(0xff, reader.rest()) else {
            return Err(reader.broken("it is cut off: the end of the picture is missing"));
        };
        reader.take(at)?;
        match reader.rest().get(1) {
            Some(0x00 | 0xd0..=0xd7) => _ = reader.take(2)?,
            Some(0xff) => _ = reader.take(1)?,
            Some(_) => return Ok(()),
            None => return Err(reader.broken("it is cut off: the end of the picture is missing")),
        }
    }
}

fn take_frame_header(data: &[u8], facts: &mut Facts) -> Result<(), ImageError> {
    let mut header = Reader::new(data, ImageFormat::Jpeg);
    let precision = header.u8()?;
    let (height, width) = (header.u16_be()?, header.u16_be()?);
    let components = header.u8()?;
    facts.dimensions = MediaDimensions::new(width.into(), height.into());
    facts.bit_depth = Some(precision);
    if facts.dimensions.is_empty() || !matches!(components, 1..=4) || !matches!(precision, 2..=16) {
        return Err(header.broken("its header makes no sense"));
    }
    header.take(3 * usize::from(components)).map(|_| ())
}
