//! Technical facts of files, and their sizes.

use media_domain::{FileSize, ImageFormat, MediaMetadata, VideoFormat};
use proptest::prelude::*;
use serde_json::json;

use super::support::{cases, check_form};

const MEGABYTE: u64 = 1_048_576;

#[test]
fn a_megabyte_is_1_048_576_bytes() {
    let metadata = MediaMetadata::new(FileSize::from_bytes(5 * MEGABYTE), ImageFormat::Png);
    assert_eq!(metadata.file_size_mb(), 5.0);
    assert_eq!(FileSize::from_bytes(0).megabytes(), 0.0);
    assert_eq!(FileSize::from_bytes(MEGABYTE / 2).megabytes(), 0.5);
}

#[test]
fn files_of_four_gibibytes_and_more_are_told_exactly() {
    let size = FileSize::from_bytes(4 * 1024 * MEGABYTE + 1);
    assert_eq!(size.bytes(), 4_294_967_297);
    assert_eq!(FileSize::from_bytes(4 * 1024 * MEGABYTE).megabytes(), 4_096.0);
    check_form(&size, json!(4_294_967_297_u64));
    check_form(&FileSize::from_bytes(u64::MAX), json!(u64::MAX));
}

#[test]
fn sizes_are_printed_for_people() {
    let printed = [0, 1_023, 1_024, 1_536, MEGABYTE, 5 * MEGABYTE + MEGABYTE / 2, 4_096 * MEGABYTE]
        .map(|bytes| FileSize::from_bytes(bytes).to_string());
    assert_eq!(printed, ["0 B", "1023 B", "1.0 KB", "1.5 KB", "1.00 MB", "5.50 MB", "4096.00 MB"]);
}

#[test]
fn facts_that_do_not_apply_are_absent() {
    let picture = MediaMetadata::new(FileSize::from_bytes(10), ImageFormat::Png);
    check_form(&picture, json!({ "file_size_bytes": 10, "format": "png" }));
    let film = MediaMetadata {
        duration_seconds: Some(12.5),
        bitrate: Some(2_000_000),
        frame_rate: Some(29.97),
        ..MediaMetadata::new(FileSize::from_bytes(10), VideoFormat::Mp4)
    };
    check_form(
        &film,
        json!({
            "file_size_bytes": 10, "format": "mp4", "duration_seconds": 12.5, "bitrate": 2_000_000, "frame_rate": 29.97
        }),
    );
}

#[test]
fn animated_is_what_has_frames_or_lasts() {
    let of = |frame_count, duration_seconds| {
        MediaMetadata { frame_count, duration_seconds, ..MediaMetadata::new(FileSize::default(), ImageFormat::Gif) }
            .is_animated()
    };
    assert!(of(Some(2), None) && of(None, Some(0.1)));
    assert!(!of(None, None) && !of(Some(0), None) && !of(Some(1), Some(5.0)));
    assert!(!of(None, Some(0.0)) && !of(None, Some(f64::NAN)));
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn sums_stop_at_the_largest(sizes: Vec<u64>) {
        let total: FileSize = sizes.iter().copied().map(FileSize::from_bytes).sum();
        let exact: u128 = sizes.iter().copied().map(u128::from).sum();
        prop_assert_eq!(u128::from(total.bytes()), exact.min(u128::from(u64::MAX)));
        prop_assert!(total.megabytes().is_finite());
        prop_assert!(!total.to_string().is_empty());
    }
}
