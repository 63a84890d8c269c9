//! Small valid PNG files, written without an image library.

use bytes::Bytes;

/// A valid black-and-white PNG of a size; the same arguments give the same bytes, another seed gives others.
///
/// About one bit per pixel: 1024×1024 is 132 KB.
pub fn png(width: u32, height: u32, seed: u64) -> Bytes {
    encode(width, height, 1, seed)
}

/// A valid grey PNG of a size, about one byte per pixel: 1184×1184 is 1.4 MB.
pub fn grey_png(width: u32, height: u32, seed: u64) -> Bytes {
    encode(width, height, 8, seed)
}

/// A valid mask of a size, with an alpha channel: its left half is transparent, its right half opaque.
pub fn mask_png(width: u32, height: u32) -> Bytes {
    let row = (0..width).flat_map(|column| [0, if column < width / 2 { 0 } else { 0xFF }]);
    let row: Vec<u8> = std::iter::once(0).chain(row).collect();
    file(width, height, 8, GREY_AND_ALPHA, &row.repeat(height as usize))
}

/// The same picture in a file of exactly `length` bytes: the rest is a private chunk that readers pass over. Panics when
/// the file is longer already.
#[expect(clippy::panic, reason = "a test wants to know at once")]
pub fn padded(png: &[u8], length: usize) -> Bytes {
    const CHUNK_FRAME: usize = 12;
    let Some(filling) = length.checked_sub(png.len() + CHUNK_FRAME) else {
        panic!("a PNG of {} bytes cannot be padded to {length}", png.len())
    };
    let (pixels, end) = png.split_at(png.len() - CHUNK_FRAME);
    let mut chunk = b"prVt".to_vec();
    chunk.resize(chunk.len() + filling, 0);
    let mut file = pixels.to_vec();
    file.extend_from_slice(&(filling as u32).to_be_bytes());
    file.extend_from_slice(&chunk);
    file.extend_from_slice(&crc32(&chunk).to_be_bytes());
    file.extend_from_slice(end);
    file.into()
}

/// Width and height as the header of a PNG tells them; `None` for what is no PNG.
pub fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(&SIGNATURE)?.get(8..16)?;
    let (width, height) = header.split_at(4);
    Some((u32::from_be_bytes(width.try_into().ok()?), u32::from_be_bytes(height.try_into().ok()?)))
}

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

fn encode(width: u32, height: u32, bits: u8, seed: u64) -> Bytes {
    let row_length = (width as usize * usize::from(bits)).div_ceil(8);
    let mut pixels = Vec::with_capacity((row_length + 1) * height as usize);
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    for _ in 0..height {
        // Each row begins with its filter: none.
        pixels.extend(std::iter::once(0).chain((0..row_length).map(|_| next())));
    }
    file(width, height, bits, GREY, &pixels)
}

/// Colour types of the format (PNG specification, section 11.2.1).
const GREY: u8 = 0;
const GREY_AND_ALPHA: u8 = 4;

/// Writes a file around rows that each begin with their filter.
fn file(width: u32, height: u32, bits: u8, colour: u8, rows: &[u8]) -> Bytes {
    let mut file = Vec::with_capacity(rows.len() + rows.len() / 0xFFFF * 5 + 128);
    file.extend_from_slice(&SIGNATURE);
    let mut header = Vec::from(width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[bits, colour, 0, 0, 0]);
    chunk(&mut file, b"IHDR", &header);
    chunk(&mut file, b"IDAT", &stored_zlib(rows));
    chunk(&mut file, b"IEND", &[]);
    file.into()
}

fn chunk(file: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    file.extend_from_slice(&(data.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend_from_slice(name);
    file.extend_from_slice(data);
    let checksum = crc32(&file[start..]);
    file.extend_from_slice(&checksum.to_be_bytes());
}

/// A zlib stream of stored blocks: valid, and not compressed at all.
fn stored_zlib(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.chunks(0xFFFF).count();
    for (index, block) in data.chunks(0xFFFF).enumerate() {
        let length = block.len() as u16;
        stream.push(u8::from(index + 1 == blocks));
        stream.extend_from_slice(&length.to_le_bytes());
        stream.extend_from_slice(&(!length).to_le_bytes());
        stream.extend_from_slice(block);
    }
    stream.extend_from_slice(&adler32(data).to_be_bytes());
    stream
}

fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    // 5552 is the longest run that cannot overflow 32 bits (RFC 1950).
    for run in data.chunks(5552) {
        for byte in run {
            a += u32::from(*byte);
            b += a;
        }
        a %= 65_521;
        b %= 65_521;
    }
    (b << 16) | a
}

fn crc32(data: &[u8]) -> u32 {
    const TABLE: [u32; 256] = crc_table();
    !data.iter().fold(!0u32, |crc, byte| TABLE[((crc ^ u32::from(*byte)) & 0xFF) as usize] ^ (crc >> 8))
}

const fn crc_table() -> [u32; 256] {
    let mut table = [0u32; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xEDB8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_agree_with_the_published_check_values() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    }

    #[test]
    fn the_header_tells_the_size() {
        assert_eq!(png_size(&png(17, 9, 1)), Some((17, 9)));
        assert_eq!(png_size(b"GIF89a"), None);
        assert_ne!(png(8, 8, 1), png(8, 8, 2));
        assert_eq!(png(8, 8, 1), png(8, 8, 1));
    }
}
