//! Orders of images: the files that `--out` names.

use std::path::{Path, PathBuf};

use media_domain::{ImageFormat, MediaFormat};

/// The file for one of several images: `picture.png`, `picture-2.png` …
pub(super) fn numbered(out: &Path, index: u32) -> PathBuf {
    if index == 0 { out.to_owned() } else { with_suffix(out, &format!("-{}", index + 1)) }
}

/// The file for one of several images that one call has brought: `picture.png`, `picture-more-2.png` …
pub(super) fn numbered_further(out: &Path, position: usize) -> PathBuf {
    if position == 0 { out.to_owned() } else { with_suffix(out, &format!("-more-{}", position + 1)) }
}

/// The file for an unfinished picture on its way to `out`: `picture.partial-0.png`, `picture.partial-1.png` …
pub(super) fn numbered_partial(out: &Path, partial_index: u32, format: ImageFormat) -> PathBuf {
    let named = with_suffix(out, &format!(".partial-{partial_index}"));
    match out.extension() {
        Some(_) => named,
        None => with_suffix(out, &format!(".partial-{partial_index}.{}", format.extension())),
    }
}

fn with_suffix(out: &Path, suffix: &str) -> PathBuf {
    let mut name = out.file_stem().unwrap_or_default().to_owned();
    name.push(suffix);
    if let Some(extension) = out.extension() {
        name.push(".");
        name.push(extension);
    }
    out.with_file_name(name)
}

/// Whether the name of a file promises another format than there is in it.
pub(super) fn extension_lies(out: &Path, format: MediaFormat) -> bool {
    let extension = out.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| extension != format.extension() && extension != format.as_str())
}
