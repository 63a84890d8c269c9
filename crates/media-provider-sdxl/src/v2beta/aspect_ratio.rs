//! Shapes in place of sizes.

use media_domain::MediaDimensions;
use media_domain::sizes::SizeRule;

/// The ratios of v2beta (document saved 2026-09-22), each with the size of about one megapixel that SD 3.5 and ultra draw it
/// in (unconfirmed). Core draws the same shapes with half as many pixels again.
const RATIOS: [(&str, MediaDimensions); 9] = [
    ("1:1", MediaDimensions::new(1024, 1024)),
    ("5:4", MediaDimensions::new(1088, 896)),
    ("3:2", MediaDimensions::new(1216, 832)),
    ("16:9", MediaDimensions::new(1344, 768)),
    ("21:9", MediaDimensions::new(1536, 640)),
    ("4:5", MediaDimensions::new(896, 1088)),
    ("2:3", MediaDimensions::new(832, 1216)),
    ("9:16", MediaDimensions::new(768, 1344)),
    ("9:21", MediaDimensions::new(640, 1536)),
];

/// The sizes that stand for the ratios.
pub(crate) const SIZES: [MediaDimensions; 9] = sizes();

const fn sizes() -> [MediaDimensions; 9] {
    let mut sizes = [MediaDimensions::new(0, 0); 9];
    let mut index = 0;
    while index < RATIOS.len() {
        sizes[index] = RATIOS[index].1;
        index += 1;
    }
    sizes
}

/// The ratio nearest to a size, and the size that stands for it.
pub(super) fn nearest(asked: MediaDimensions) -> (&'static str, MediaDimensions) {
    let size = SizeRule::OneOf(SIZES.to_vec()).nearest(asked);
    RATIOS.into_iter().find(|(_, of_ratio)| Some(*of_ratio) == size).unwrap_or(RATIOS[0])
}
