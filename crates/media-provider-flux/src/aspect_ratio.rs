//! Shapes in place of sizes, for the models that take no width and height.

use media_domain::MediaDimensions;
use media_domain::capabilities::SizeRule;

use crate::capability::Family;

/// A shape as a model is told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// `WIDTH:HEIGHT`.
    pub(crate) aspect_ratio: &'static str,
    /// The word for the number of pixels, where there is one.
    pub(crate) resolution: Option<&'static str>,
    /// What is drawn, about.
    pub(crate) size: MediaDimensions,
}

/// The ratios of `flux-3-image` (clients and their test notes, read 2026-11-20). The other models take any ratio between
/// 21:9 and 9:21, and these are among them.
const RATIOS: [(&str, u32, u32); 15] = [
    ("1:1", 1, 1),
    ("21:9", 21, 9),
    ("2:1", 2, 1),
    ("16:9", 16, 9),
    ("3:2", 3, 2),
    ("7:5", 7, 5),
    ("4:3", 4, 3),
    ("5:4", 5, 4),
    ("4:5", 4, 5),
    ("3:4", 3, 4),
    ("5:7", 5, 7),
    ("2:3", 2, 3),
    ("9:16", 9, 16),
    ("1:2", 1, 2),
    ("9:21", 9, 21),
];

/// The resolutions of `flux-3-image`, each with the side of its square. Whether the first is drawn in other shapes than a
/// square is not documented: it is asked for as a square only.
const RESOLUTIONS: [(&str, u32); 5] = [("768sq", 768), ("1k", 1_024), ("1.5k", 1_536), ("2k", 2_048), ("4k", 4_096)];

/// The sizes that stand for the shapes of a model.
pub(crate) fn sizes(family: Family) -> SizeRule {
    SizeRule::OneOf(shapes(family).into_iter().map(|shape| shape.size).collect())
}

/// The shape nearest to a size.
pub(crate) fn nearest(family: Family, asked: MediaDimensions) -> Option<Shape> {
    let size = sizes(family).nearest(asked)?;
    shapes(family).into_iter().find(|shape| shape.size == size)
}

fn shapes(family: Family) -> Vec<Shape> {
    let of = |resolution, side: u32| {
        RATIOS.map(|(aspect_ratio, width, height)| Shape {
            aspect_ratio,
            resolution,
            size: MediaDimensions::new(rounded(side, width, height), rounded(side, height, width)),
        })
    };
    match family {
        Family::Flux3 => {
            let all = RESOLUTIONS.into_iter().flat_map(|(word, side)| of(Some(word), side));
            all.filter(|shape| shape.resolution != Some("768sq") || shape.aspect_ratio == "1:1").collect()
        }
        // About four megapixels (vendor's document of 2026-05).
        Family::Ultra => of(None, 2_048).to_vec(),
        _ => of(None, 1_024).to_vec(),
    }
}

/// One side of a picture with as many pixels as a square, as a multiple of 16: the vendor does not document the sizes.
fn rounded(square: u32, along: u32, across: u32) -> u32 {
    let side = f64::from(square) * (f64::from(along) / f64::from(across)).sqrt();
    // The largest is 6,256, far below the limit of the type.
    (side / 16.0).round() as u32 * 16
}
