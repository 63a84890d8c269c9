//! A credential in a file of its own.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// Largest file that is taken for a credential, in bytes.
const MAX_FILE_BYTES: u64 = 65_536;
/// What some editors put before a text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of a file without byte order mark and last line break, or what is wrong with the file.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let unreadable = |error| format!("cannot be read: {error}");
    // Asked first, because opening a pipe that nobody writes to would wait for ever.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err("cannot be read: it is no regular file".to_owned());
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("is larger than {MAX_FILE_BYTES} bytes, so it holds no credential"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "holds no text".to_owned())?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
    match text.trim_end_matches(['\r', '\n']) {
        text if text.trim().is_empty() => Err("is empty".to_owned()),
        text => Ok(text.to_owned()),
    }
}
