//! What inspection tells of sound files.

use media_domain::{ContentHash, ImageFormat, MediaDimensions};
use media_imaging::{ImageLimits, inspect, sniff};
use media_ports::InspectedImage;

use crate::samples;

fn look(bytes: &[u8]) -> InspectedImage {
    inspect(bytes, &ImageLimits::default()).unwrap()
}

#[test]
fn every_format_tells_its_size_and_hash() {
    for format in ImageFormat::ALL.iter().copied() {
        let bytes = samples::file(format, 37, 23);
        let seen = look(&bytes);
        assert_eq!((sniff(&bytes), seen.format), (Some(format), format));
        assert_eq!(seen.dimensions, MediaDimensions::new(37, 23), "{format}");
        assert_eq!(seen.content_hash, ContentHash::of(&bytes));
        assert_eq!(seen.metadata.file_size.bytes(), bytes.len() as u64);
        assert_eq!(seen.metadata.format, format.into());
    }
}

#[test]
fn alpha_depth_and_profile_are_told() {
    assert_eq!(look(&samples::transparent_png()).metadata.has_alpha, Some(true));
    let opaque = look(&samples::file(ImageFormat::Png, 4, 4)).metadata;
    assert_eq!((opaque.has_alpha, opaque.bit_depth), (Some(false), Some(8)));
    assert_eq!((opaque.has_color_profile, opaque.frame_count), (Some(false), None));
    assert_eq!(look(&samples::png_with_profile()).metadata.has_color_profile, Some(true));
    assert_eq!(look(&samples::file(ImageFormat::Jpeg, 4, 4)).metadata.has_alpha, Some(false));
}

#[test]
fn moving_pictures_tell_frames_and_duration() {
    for (bytes, frames, seconds) in [(samples::animated_gif(), 3, 0.6), (samples::animated_webp(4), 4, 0.2)] {
        let metadata = look(&bytes).metadata;
        assert!(metadata.is_animated());
        assert_eq!(metadata.frame_count, Some(frames));
        assert!((metadata.duration_seconds.unwrap() - seconds).abs() < 1e-9);
        assert!((metadata.frame_rate.unwrap() - f64::from(frames) / seconds).abs() < 1e-6);
    }
}

#[test]
fn animated_png_tells_its_frames() {
    let control =
        |sequence: u8| samples::chunk(b"fcTL", &[&[0, 0, 0, sequence][..], &[0; 16], &[0, 1, 0, 4, 0, 0]].concat());
    let bytes = samples::png_of(&[
        samples::png_header(1, 1),
        samples::chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]),
        control(0),
        samples::chunk(b"IDAT", b"x"),
        control(1),
        samples::chunk(b"fdAT", b"\0\0\0\x02x"),
        samples::chunk(b"IEND", b""),
    ]);
    let metadata = look(&bytes).metadata;
    assert_eq!((metadata.frame_count, metadata.duration_seconds), (Some(2), Some(0.5)));
}

#[test]
fn palettes_are_counted() {
    let gif = look(&samples::animated_gif()).metadata;
    assert!(gif.color_count.unwrap() >= 2);
    let header = samples::chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 4, 3, 0, 0, 0]);
    let palette = samples::chunk(b"PLTE", &[0; 15]);
    let end = [samples::chunk(b"IDAT", b"x"), samples::chunk(b"IEND", b"")].concat();
    let metadata = look(&samples::png_of(&[header, palette, end])).metadata;
    assert_eq!((metadata.color_count, metadata.bit_depth), (Some(5), Some(8)));
}

#[test]
fn svg_is_known_by_its_first_element() {
    let yes: &[&[u8]] = &[
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xef\xbb\xbf \n<?xml version='1.0'?><!-- <html> --><!DOCTYPE svg [<!ENTITY a '>'>]><svg:svg >",
    ];
    let no: &[&[u8]] = &[b"<html><svg/></html>", b"<svgs>", b"svg", b"<!-- <svg>", b"<", b"<?xml?>", b"\xff\xd8", b""];
    assert!(yes.iter().all(|bytes| sniff(bytes) == Some(ImageFormat::Svg)));
    assert!(no.iter().all(|bytes| sniff(bytes).is_none()));
}
