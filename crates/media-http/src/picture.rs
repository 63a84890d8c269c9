//! Telling pictures from pages.

use bytes::Bytes;
use http::HeaderMap;
use media_domain::ImageFormat;

use crate::json::content_type;

/// What a file is by its first bytes; whether it is whole and sound, is for imaging to tell.
///
/// ```
/// use media_domain::ImageFormat;
/// use media_http::picture_format;
///
/// assert_eq!(picture_format(b"\x89PNG\r\n\x1a\n...."), Some(ImageFormat::Png));
/// assert_eq!(picture_format(b"<!doctype html>"), None);
/// ```
pub fn picture_format(bytes: &[u8]) -> Option<ImageFormat> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(ImageFormat::Png),
        [0xFF, 0xD8, 0xFF, ..] => Some(ImageFormat::Jpeg),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(ImageFormat::Webp),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(ImageFormat::Gif),
        _ => is_svg(bytes).then_some(ImageFormat::Svg),
    }
}

/// An SVG may begin with a byte order mark, a declaration, comments and a document type, but with no other element.
fn is_svg(bytes: &[u8]) -> bool {
    let mut rest = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    loop {
        let end = match rest {
            [b'<', b'?', ..] => memchr::memmem::find(rest, b"?>").map(|at| at + 2),
            [b'<', b'!', b'-', b'-', ..] => memchr::memmem::find(rest, b"-->").map(|at| at + 3),
            _ if starts_with(rest, b"<!doctype svg") => memchr::memchr(b'>', rest).map(|at| at + 1),
            _ => return starts_with(rest, b"<svg"),
        };
        let Some(end) = end else { return false };
        rest = rest[end..].trim_ascii_start();
    }
}

fn starts_with(bytes: &[u8], lower_case: &[u8]) -> bool {
    bytes.get(..lower_case.len()).is_some_and(|start| start.eq_ignore_ascii_case(lower_case))
}

/// Checks that a body is a picture: not declared as a page or a document, and with the first bytes of one.
///
/// # Errors
/// What is wrong with it: a fragment such as "the file is empty".
pub(crate) fn check_picture(headers: &HeaderMap, bytes: &Bytes) -> Result<ImageFormat, &'static str> {
    let declared = content_type(headers);
    let page = declared == "text/html" || declared == "application/json" || declared.ends_with("+json");
    match picture_format(bytes) {
        _ if page => Err("the server answered a page, not a picture"),
        _ if bytes.is_empty() => Err("the file is empty"),
        Some(format) => Ok(format),
        None => Err("the file is no picture of a known format"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_told_by_their_first_bytes() {
        let cases: [(&[u8], Option<ImageFormat>); 14] = [
            (b"\x89PNG\r\n\x1a\n", Some(ImageFormat::Png)),
            (b"\x89PNG", None),
            (b"\xff\xd8\xff\xe0", Some(ImageFormat::Jpeg)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(ImageFormat::Webp)),
            (b"RIFF\0\0\0\0WAVE", None),
            (b"GIF89a", Some(ImageFormat::Gif)),
            (b"<svg xmlns=", Some(ImageFormat::Svg)),
            (
                b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- a -->\n<!DOCTYPE svg PUBLIC 'x'>\n<svg>",
                Some(ImageFormat::Svg),
            ),
            (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", None),
            (b"<html><svg></svg></html>", None),
            (b"<!-- never ends", None),
            (b"{\"error\": 1}", None),
            (b"%PDF-1.7", None),
            (b"", None),
        ];
        for (bytes, format) in cases {
            assert_eq!(picture_format(bytes), format, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
