//! Telling a format from the first bytes of a file, never from its name.

use media_domain::ImageFormat;

/// Tells the format of a file from its first bytes; `None` when it is none that we know.
///
/// A format told is no promise that the rest of the file is sound; [`inspect`](crate::inspect()) looks further.
///
/// ```
/// # use media_domain::ImageFormat;
/// # use media_imaging::sniff;
/// assert_eq!(sniff(b"GIF89a..."), Some(ImageFormat::Gif));
/// assert_eq!(sniff(b"<!-- drawn by hand --><svg/>"), Some(ImageFormat::Svg));
/// assert_eq!(sniff(b"just text"), None);
/// ```
pub fn sniff(bytes: &[u8]) -> Option<ImageFormat> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(ImageFormat::Png);
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Some(ImageFormat::Jpeg);
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Some(ImageFormat::Gif);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(ImageFormat::Webp);
    }
    is_svg(bytes).then_some(ImageFormat::Svg)
}

/// Whether the first element of what looks like XML is `svg`, whatever its prefix.
fn is_svg(bytes: &[u8]) -> bool {
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    loop {
        rest = rest.trim_ascii_start();
        let after = if let Some(inside) = rest.strip_prefix(b"<?") {
            skip_past(inside, b"?>")
        } else if let Some(inside) = rest.strip_prefix(b"<!--") {
            skip_past(inside, b"-->")
        } else if let Some(inside) = rest.strip_prefix(b"<!DOCTYPE") {
            skip_doctype(inside)
        } else {
            return rest.strip_prefix(b"<").is_some_and(names_svg);
        };
        match after {
            Some(after) => rest = after,
            None => return false,
        }
    }
}

fn names_svg(tag: &[u8]) -> bool {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let name = tag.iter().position(is_end).map_or(&[][..], |end| &tag[..end]);
    name.rsplit(|byte| *byte == b':').next() == Some(b"svg")
}

fn skip_past<'a>(bytes: &'a [u8], end: &[u8]) -> Option<&'a [u8]> {
    memchr::memmem::find(bytes, end).map(|at| &bytes[at + end.len()..])
}

/// Skips a document type with or without an internal subset; quoted text may hold any character.
fn skip_doctype(bytes: &[u8]) -> Option<&[u8]> {
    let (mut quote, mut subset) = (None, false);
    for (at, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'[') => subset = true,
            (None, b']') => subset = false,
            (None, b'>') if !subset => return Some(&bytes[at + 1..]),
            (None, _) => {}
        }
    }
    None
}
