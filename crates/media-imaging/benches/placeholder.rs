//! Prints how long pictures take, in nanoseconds a call: `cargo bench -p media-imaging`.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use media_domain::{ContentHash, ImageFormat, MediaDimensions};
use media_imaging::{ImageLimits, inspect, render_placeholder, thumbnail};
use media_ports::{EncodedImage, ImageError, PlaceholderRequest};

fn main() -> Result<(), ImageError> {
    let limits = ImageLimits::default();
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp] {
        measure(&format!("placeholder_1024_{format}"), || draw(1_024, 1_024, format, &limits));
    }
    measure("placeholder_1920x1080_png", || draw(1_920, 1_080, ImageFormat::Png, &limits));
    let picture = draw(1_024, 1_024, ImageFormat::Png, &limits)?.bytes;
    // Bytes after the end are let be, so this stands for a file of 1.4 MB in everything but the checksum of its chunks.
    let file = [&picture[..], &vec![0x5a; 1_400_000 - picture.len()]].concat();
    measure("sha256_1400kB", || Ok(ContentHash::of(&file)));
    measure("inspect_1400kB_png", || inspect(&file, &limits));
    measure("thumbnail_512_of_1024_png", || thumbnail(&picture, 512, &limits));
    let photo = draw(2_725, 2_225, ImageFormat::Jpeg, &limits)?.bytes;
    measure("thumbnail_720_of_2725x2225_jpeg", || thumbnail(&photo, 720, &limits));
    Ok(())
}

fn draw(width: u32, height: u32, format: ImageFormat, limits: &ImageLimits) -> Result<EncodedImage, ImageError> {
    let request = PlaceholderRequest {
        prompt: "A beautiful sunset over the sea".to_owned(),
        caption: "drawn by noop_media".to_owned(),
        dimensions: MediaDimensions::new(width, height),
        seed: 42,
        image_index: 0,
        format,
    };
    render_placeholder(black_box(&request), limits)
}

/// Repeats the work for a quarter of a second and prints the shortest and the middle time.
fn measure<T>(name: &str, work: impl Fn() -> Result<T, ImageError>) {
    let (start, mut times) = (Instant::now(), Vec::new());
    while times.len() < 5 || start.elapsed() < Duration::from_millis(250) {
        let before = Instant::now();
        if let Err(error) = black_box(work()) {
            println!("{name}: {error}");
            return;
        }
        times.push(before.elapsed().as_nanos());
    }
    times.sort_unstable();
    println!("{name}: min {} ns, p50 {} ns ({} calls)", times[0], times[times.len() / 2], times.len());
}
