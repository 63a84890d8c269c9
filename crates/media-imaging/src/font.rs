//! The embedded font: DejaVu Sans, whose licence stands beside it in `assets`.

use std::sync::OnceLock;

use harfrust::ShaperData;
use skrifa::FontRef;

/// The font's file.
pub(crate) static DATA: &[u8] = include_bytes!("../assets/DejaVuSans.ttf");
/// The family that the file names.
pub(crate) const FAMILY: &str = "DejaVu Sans";

/// The font, understood once in the life of the process.
pub(crate) struct Font {
    pub(crate) font: FontRef<'static>,
    pub(crate) shaper: ShaperData,
}

/// The embedded font; `None` never happens with the file that is embedded, which a test shows.
pub(crate) fn embedded() -> Option<&'static Font> {
    static FONT: OnceLock<Option<Font>> = OnceLock::new();
    FONT.get_or_init(|| {
        let font = FontRef::new(DATA).ok()?;
        let shaper = ShaperData::new(&font);
        Some(Font { font, shaper })
    })
    .as_ref()
}
