//! The nearest size that a model draws.

use media_domain::MediaDimensions;
use media_domain::sizes::{SizeGrid, SizeRule};
use proptest::prelude::*;
use serde_json::json;

use super::support::{cases, check_form};

pub(crate) const fn size(width: u32, height: u32) -> MediaDimensions {
    MediaDimensions::new(width, height)
}

/// A grid of a wide range, as vendors publish it.
const WIDE: SizeGrid = SizeGrid {
    multiple_of: 16,
    min_side: 16,
    max_side: 3_840,
    min_pixels: 655_360,
    max_pixels: 8_294_400,
    max_ratio: 3.0,
};

#[test]
fn a_list_gives_the_nearest_shape_before_the_nearest_area() {
    let rule = SizeRule::OneOf(vec![size(1024, 1024), size(1536, 1024), size(1024, 1536)]);
    for (asked, nearest) in [
        (size(1024, 1024), size(1024, 1024)),
        (size(64, 64), size(1024, 1024)),
        (size(1920, 1080), size(1536, 1024)),
        (size(1920, 400), size(1536, 1024)),
        (size(1080, 1920), size(1024, 1536)),
        (size(1, 16_384), size(1024, 1536)),
    ] {
        assert_eq!(rule.nearest(asked), Some(nearest), "{asked}");
    }
    let squares = SizeRule::OneOf(vec![size(256, 256), size(512, 512), size(1024, 1024)]);
    assert_eq!(squares.nearest(size(600, 600)), Some(size(512, 512)));
    assert_eq!(squares.nearest(size(100, 2_000)), Some(size(512, 512)));
}

#[test]
fn a_grid_gives_the_nearest_multiple_within_bounds() {
    let rule = SizeRule::Grid(WIDE);
    for (asked, nearest) in [
        (size(1024, 1024), size(1024, 1024)),
        (size(1000, 1000), size(1008, 1008)),
        (size(1920, 1080), size(1936, 1088)),
        (size(64, 64), size(816, 816)),
        (size(16_000, 16_000), size(2_880, 2_880)),
    ] {
        assert_eq!(rule.nearest(asked), Some(nearest), "{asked}");
    }
    let banner = rule.nearest(size(1920, 400)).unwrap();
    assert_eq!(banner.width, 3 * banner.height, "the widest ratio, not {banner}");
}

#[test]
fn every_allowed_size_stays_as_it_is() {
    let rule = SizeRule::Grid(SizeGrid { min_pixels: 0, ..WIDE });
    for side in (16..=2_880).step_by(16) {
        assert_eq!(rule.nearest(size(side, side)), Some(size(side, side)));
    }
}

#[test]
fn no_size_at_all_is_told() {
    assert_eq!(SizeRule::OneOf(vec![]).nearest(size(8, 8)), None);
    assert_eq!(SizeRule::OneOf(vec![size(0, 8), size(8, 0)]).nearest(size(0, 8)), None);
    for grid in [
        SizeGrid { min_side: 4_000, ..WIDE },
        SizeGrid { multiple_of: 5_000, ..WIDE },
        SizeGrid { multiple_of: u32::MAX, ..WIDE },
        SizeGrid { max_side: 0, ..WIDE },
        SizeGrid { min_pixels: u64::MAX, ..WIDE },
        SizeGrid { max_pixels: 0, ..WIDE },
        SizeGrid { max_ratio: 0.5, ..WIDE },
        SizeGrid { max_ratio: 0.0, ..WIDE },
        SizeGrid { max_ratio: -3.0, ..WIDE },
        SizeGrid { max_ratio: f64::NAN, ..WIDE },
    ] {
        assert_eq!(SizeRule::Grid(grid).nearest(size(1024, 1024)), None, "{grid:?}");
    }
}

#[test]
fn zeros_and_the_largest_numbers_are_defined() {
    let any = SizeGrid {
        multiple_of: 0,
        min_side: 0,
        max_side: u32::MAX,
        min_pixels: 0,
        max_pixels: u64::MAX,
        max_ratio: f64::INFINITY,
    };
    for (asked, nearest) in [
        (size(0, 0), size(1, 1)),
        (size(0, 300), size(1, 300)),
        (size(777, 333), size(777, 333)),
        (size(u32::MAX, u32::MAX), size(16_384, 16_384)),
    ] {
        assert_eq!(SizeRule::Grid(any).nearest(asked), Some(nearest), "{asked}");
    }
    // One size in a quarter of a thousand million.
    let needle = SizeGrid { min_pixels: 16_381 * 16_369, max_pixels: 16_381 * 16_369, max_ratio: 1.1, ..any };
    let found = SizeRule::Grid(needle).nearest(size(512, 512)).unwrap();
    assert_eq!(found.pixels(), 16_381 * 16_369);
    assert_eq!(SizeRule::Any.nearest(size(0, u32::MAX)), Some(size(0, u32::MAX)));
}

#[test]
fn a_ratio_that_no_number_holds_exactly_is_still_allowed() {
    for (long, short) in [(300, 100), (700, 100), (900, 700), (1_100, 300)] {
        let grid = SizeGrid {
            multiple_of: 100,
            min_side: short,
            max_side: long,
            min_pixels: u64::from(long) * u64::from(short),
            max_pixels: u64::from(long) * u64::from(short),
            max_ratio: f64::from(long) / f64::from(short),
        };
        let allowed = [size(long, short), size(short, long)].into_iter().any(|size| grid.allows(size));
        assert_eq!(SizeRule::Grid(grid).nearest(size(1, 1)).is_some(), allowed, "{long} to {short}");
    }
}

#[test]
fn forms_are_stable() {
    check_form(&SizeRule::Any, json!("any"));
    check_form(&SizeRule::OneOf(vec![size(8, 9)]), json!({ "one_of": [{ "width": 8, "height": 9 }] }));
    check_form(
        &SizeRule::Grid(WIDE),
        json!({ "grid": {
            "multiple_of": 16, "min_side": 16, "max_side": 3_840, "min_pixels": 655_360, "max_pixels": 8_294_400,
            "max_ratio": 3.0
        } }),
    );
}

/// The distance that the documentation states, worked out anew.
fn distance(a: MediaDimensions, b: MediaDimensions) -> f64 {
    let logs = |d: MediaDimensions| (f64::from(d.width.max(1)).ln(), f64::from(d.height.max(1)).ln());
    let ((a_width, a_height), (b_width, b_height)) = (logs(a), logs(b));
    let shape = ((a_width - a_height) - (b_width - b_height)).abs();
    let scale = ((a_width + a_height) - (b_width + b_height)).abs();
    10.0 * shape + scale
}

prop_compose! {
    /// A grid small enough to try every size of it.
    fn small_grid()(
        multiple_of in 0_u32..12, min_side in 0_u32..60, max_side in 0_u32..100,
        min_pixels in 0_u64..4_000, more_pixels in 0_u64..8_000, max_ratio in 0.9_f64..6.0,
    ) -> SizeGrid {
        SizeGrid { multiple_of, min_side, max_side, min_pixels, max_pixels: min_pixels + more_pixels, max_ratio }
    }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn the_nearest_is_the_one_that_trying_all_finds(grid in small_grid(), width in 0_u32..200, height in 0_u32..200) {
        let asked = size(width, height);
        let all = (0..=100).flat_map(|width| (0..=100).map(move |height| size(width, height)));
        let best = all.filter(|size| grid.allows(*size)).map(|size| distance(size, asked)).min_by(f64::total_cmp);
        let found = SizeRule::Grid(grid).nearest(asked);
        prop_assert_eq!(found.is_some(), best.is_some(), "{:?}", grid);
        if let (Some(found), Some(best)) = (found, best) {
            prop_assert!(grid.allows(found), "{} of {:?}", found, grid);
            let off = distance(found, asked) - best;
            prop_assert!(off.abs() < 1e-9, "{} is {} farther from {} than the nearest of {:?}", found, off, asked, grid);
        }
    }

    #[test]
    fn any_grid_and_any_size_are_answered(
        multiple_of: u32, min_side: u32, max_side: u32, min_pixels: u64, max_pixels: u64, max_ratio: f64,
        width: u32, height: u32, shift in 0_u32..32,
    ) {
        let grid = SizeGrid {
            multiple_of: multiple_of >> shift,
            min_side: min_side >> shift,
            max_side,
            min_pixels: min_pixels >> (2 * shift),
            max_pixels,
            max_ratio,
        };
        let (rule, asked) = (SizeRule::Grid(grid), size(width, height));
        let found = rule.nearest(asked);
        prop_assert!(found.is_none_or(|found| rule.allows(found)));
        if rule.allows(asked) {
            prop_assert_eq!(found, Some(asked));
        }
        if let Some(found) = found {
            prop_assert_eq!(rule.nearest(found), Some(found));
        }
    }

    #[test]
    fn a_list_answers_with_a_member(sizes in prop::collection::vec((0_u32..3_000, 0_u32..3_000), 0..8), width: u32, height: u32) {
        let sizes: Vec<_> = sizes.into_iter().map(|(width, height)| size(width, height)).collect();
        let rule = SizeRule::OneOf(sizes.clone());
        let found = rule.nearest(size(width, height));
        prop_assert_eq!(found.is_some(), sizes.iter().any(|size| !size.is_empty()));
        prop_assert!(found.is_none_or(|found| rule.allows(found)));
    }
}
