//! Width and height.

use media_domain::MediaDimensions;
use proptest::prelude::*;
use serde_json::json;

use super::support::{cases, check_form};

fn ratio(width: u32, height: u32) -> f64 {
    MediaDimensions::new(width, height).aspect_ratio()
}

#[test]
fn aspect_ratios() {
    assert_eq!(ratio(1920, 1080), 16.0 / 9.0);
    assert_eq!(ratio(512, 512), 1.0);
    assert_eq!(ratio(1024, 768), 4.0 / 3.0);
    assert_eq!(ratio(1920, 0), 0.0);
    assert_eq!(ratio(0, 1080), 0.0);
    assert_eq!(ratio(0, 0), 0.0);
}

#[test]
fn printed_and_read_as_width_x_height() {
    assert_eq!(MediaDimensions::new(1920, 1080).to_string(), "1920x1080");
    assert_eq!("1920x1080".parse(), Ok(MediaDimensions::new(1920, 1080)));
    assert_eq!("0x0".parse(), Ok(MediaDimensions::new(0, 0)));
    assert_eq!(format!("{:>12}", MediaDimensions::new(16, 9)), "        16x9");
    for text in ["", "x", "1920", "1920x", "x1080", "1920X1080", "-1x5", "+1x5", "1 x 2", "1x2x3", "4294967296x1"] {
        assert!(text.parse::<MediaDimensions>().is_err(), "{text:?}");
    }
}

#[test]
fn the_largest_dimensions_do_not_overflow() {
    let largest = MediaDimensions::new(u32::MAX, u32::MAX);
    assert_eq!(largest.pixels(), u64::from(u32::MAX) * u64::from(u32::MAX));
    assert_eq!(largest.aspect_ratio(), 1.0);
    assert!(!largest.is_empty());
    assert!(MediaDimensions::new(0, 7).is_empty() && MediaDimensions::new(7, 0).is_empty());
}

#[test]
fn serialised_as_an_object_of_two() {
    check_form(&MediaDimensions::new(1920, 400), json!({ "width": 1920, "height": 400 }));
    assert!(serde_json::from_value::<MediaDimensions>(json!({ "width": 1, "height": 2, "depth": 3 })).is_err());
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn what_is_printed_is_read_back(width: u32, height: u32) {
        let dimensions = MediaDimensions::new(width, height);
        prop_assert_eq!(dimensions.to_string().parse(), Ok(dimensions));
        prop_assert!(dimensions.aspect_ratio().is_finite());
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,40}") {
        if let Ok(dimensions) = text.parse::<MediaDimensions>() {
            prop_assert_eq!(dimensions.to_string().parse(), Ok(dimensions));
        }
    }
}
