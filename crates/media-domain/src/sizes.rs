//! Which sizes a model draws, and which of them comes nearest to the one asked for.

use serde::{Deserialize, Serialize};

use crate::{GenerationRequest, MediaDimensions};

/// Which sizes a model draws.
///
/// ```
/// # use media_domain::{MediaDimensions, sizes::SizeRule};
/// let rule = SizeRule::OneOf(vec![MediaDimensions::new(1024, 1024), MediaDimensions::new(1536, 1024)]);
/// assert_eq!(rule.nearest(MediaDimensions::new(1920, 1080)), Some(MediaDimensions::new(1536, 1024)));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SizeRule {
    /// Any size.
    Any,
    /// These and no others; one without pixels counts for nothing.
    OneOf(Vec<MediaDimensions>),
    /// Sides that are multiples of a step, within bounds.
    Grid(SizeGrid),
}

/// Bounds of sizes whose sides are multiples of a step.
///
/// No side beyond [`GenerationRequest::MAX_SIDE`] is ever allowed: nobody can ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeGrid {
    /// Each side is a multiple of this, in pixels; zero counts as one.
    pub multiple_of: u32,
    /// Shortest side; zero counts as one.
    pub min_side: u32,
    /// Longest side.
    pub max_side: u32,
    /// Fewest pixels.
    pub min_pixels: u64,
    /// Most pixels.
    pub max_pixels: u64,
    /// Largest ratio of the long side to the short one.
    pub max_ratio: f64,
}

impl SizeRule {
    /// Whether the rule allows a size.
    pub fn allows(&self, size: MediaDimensions) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(sizes) => !size.is_empty() && sizes.contains(&size),
            Self::Grid(grid) => grid.allows(size),
        }
    }

    /// The allowed size nearest to the one asked for, where a difference in shape counts ten times as much as one in
    /// number of pixels. What is allowed stays as it is; `None` only when the rule allows no size.
    pub fn nearest(&self, asked: MediaDimensions) -> Option<MediaDimensions> {
        if self.allows(asked) {
            return Some(asked);
        }
        match self {
            Self::Any => Some(asked),
            Self::OneOf(sizes) => {
                let target = Target::of(asked);
                let drawable = sizes.iter().copied().filter(|size| !size.is_empty());
                drawable.min_by(|a, b| target.distance(*a).total_cmp(&target.distance(*b)))
            }
            Self::Grid(grid) => grid.nearest(asked),
        }
    }
}

impl SizeGrid {
    /// Whether a size lies on the grid and within the bounds.
    pub fn allows(&self, size: MediaDimensions) -> bool {
        let (short, long) = (size.width.min(size.height), size.width.max(size.height));
        size.width.is_multiple_of(self.step())
            && size.height.is_multiple_of(self.step())
            && short >= self.min_side.max(1)
            && long <= self.longest_side()
            && (self.min_pixels..=self.max_pixels).contains(&size.pixels())
            && self.allows_ratio(short, long)
    }

    /// Tries widths outwards from the one asked for, on either side until no wider step can come nearer.
    fn nearest(&self, asked: MediaDimensions) -> Option<MediaDimensions> {
        let target = Target::of(asked);
        let (first, last) = (self.min_side.max(1).div_ceil(self.step()), self.longest_side() / self.step());
        let centre = (asked.width / self.step()).min(last);
        let mut best = None;
        self.improve(&mut best, &target, (first..=centre).rev());
        self.improve(&mut best, &target, first.max(centre + 1)..=last);
        best.map(|(size, _)| size)
    }

    fn improve(
        &self,
        best: &mut Option<(MediaDimensions, f64)>,
        target: &Target,
        widths_in_steps: impl Iterator<Item = u32>,
    ) {
        for width in widths_in_steps.map(|steps| steps * self.step()) {
            if best.is_some_and(|(_, nearest)| target.least_distance(width) >= nearest) {
                return;
            }
            for size in self.best_beside(width, target).into_iter().flatten() {
                let distance = target.distance(size);
                if self.allows(size) && best.is_none_or(|(_, nearest)| distance < nearest) {
                    *best = Some((size, distance));
                }
            }
        }
    }

    /// The sizes of one width among which the nearest is. The heights allowed beside a width are one unbroken range,
    /// and distance falls and then rises along it, so the nearest lies next to the height of the shape asked for, or
    /// at an end of the range.
    fn best_beside(&self, width: u32, target: &Target) -> [Option<MediaDimensions>; 2] {
        let wide = u64::from(width);
        let lowest = u64::from(self.min_side.max(1))
            .max(self.min_pixels.div_ceil(wide))
            .max(u64::from(self.shortest_beside(width)))
            .div_ceil(u64::from(self.step()));
        // The conversion saturates, and no number becomes zero.
        let by_ratio = (f64::from(width) * self.max_ratio) as u64;
        let highest = u64::from(self.longest_side()).min(self.max_pixels / wide).min(by_ratio) / u64::from(self.step());
        if lowest > highest {
            return [None, None];
        }
        let ideal = f64::from(width) / target.ratio / f64::from(self.step());
        [ideal.floor(), ideal.ceil()].map(|steps| {
            let height = (steps as u64).clamp(lowest, highest) * u64::from(self.step());
            u32::try_from(height).ok().map(|height| MediaDimensions { width, height })
        })
    }

    /// The shortest side that `long` may stand beside; rounding of the division is made good by the rule itself.
    fn shortest_beside(&self, long: u32) -> u32 {
        let short = (f64::from(long) / self.max_ratio).ceil() as u32;
        let candidates = [short.saturating_sub(1), short];
        candidates.into_iter().find(|short| self.allows_ratio(*short, long)).unwrap_or(short.saturating_add(1))
    }

    fn allows_ratio(&self, short: u32, long: u32) -> bool {
        f64::from(long) <= f64::from(short) * self.max_ratio
    }

    fn step(&self) -> u32 {
        self.multiple_of.max(1)
    }

    fn longest_side(&self) -> u32 {
        self.max_side.min(GenerationRequest::MAX_SIDE)
    }
}

/// The size asked for, prepared for measuring how far others are from it; a side of zero counts as one pixel.
struct Target {
    ratio: f64,
    log_width: f64,
    log_height: f64,
}

impl Target {
    fn of(asked: MediaDimensions) -> Self {
        let (width, height) = (f64::from(asked.width.max(1)), f64::from(asked.height.max(1)));
        Self { ratio: width / height, log_width: width.ln(), log_height: height.ln() }
    }

    /// How far a size is away: shape counts ten times as much as number of pixels, both as logarithms of ratios.
    fn distance(&self, size: MediaDimensions) -> f64 {
        let wider = f64::from(size.width).ln() - self.log_width;
        let higher = f64::from(size.height).ln() - self.log_height;
        10.0 * (wider - higher).abs() + (wider + higher).abs()
    }

    /// The distance below which no size of this width can be: that of the very shape asked for.
    fn least_distance(&self, width: u32) -> f64 {
        2.0 * (f64::from(width).ln() - self.log_width).abs()
    }
}
