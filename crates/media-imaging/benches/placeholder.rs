//! Prints how long drawing and looking into pictures takes: `cargo bench -p media-imaging`.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use media_domain::{ContentHash, ImageFormat, MediaDimensions};
use media_imaging::{ImageLimits, inspect, render_placeholder, thumbnail};
use media_ports::{EncodedImage, ImageError, PlaceholderRequest};

/// Most for a placeholder of 1024×1024 as PNG, in milliseconds.
const PNG_LIMIT_MS: f64 = 15.0;

fn main() -> Result<(), ImageError> {
    let limits = ImageLimits::default();
    println!("median (fastest):");
    for (format, limit) in
        [(ImageFormat::Png, Some(PNG_LIMIT_MS)), (ImageFormat::Jpeg, None), (ImageFormat::Webp, None)]
    {
        measure(&format!("placeholder 1024x1024 {format}"), limit, || draw(1_024, 1_024, format, &limits))?;
    }
    measure("placeholder 1920x1080 png", None, || draw(1_920, 1_080, ImageFormat::Png, &limits))?;
    let picture = draw(1_024, 1_024, ImageFormat::Png, &limits)?.bytes;
    let large = draw(2_900, 2_900, ImageFormat::Png, &limits)?.bytes;
    measure(&format!("SHA-256 of {} bytes", large.len()), None, || Ok(ContentHash::of(black_box(&large))))?;
    measure(&format!("inspect a PNG of {} bytes", large.len()), None, || inspect(black_box(&large), &limits))?;
    measure("thumbnail 512 of a 1024x1024 PNG", None, || thumbnail(black_box(&picture), 512, &limits))?;
    let photo = draw(2_725, 2_225, ImageFormat::Jpeg, &limits)?.bytes;
    measure("thumbnail 720 of a 2725x2225 JPEG", None, || thumbnail(black_box(&photo), 720, &limits))
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

/// Repeats the work for half a second, the first times to warm up, and prints the middle and the shortest time.
fn measure<T>(name: &str, limit: Option<f64>, work: impl Fn() -> Result<T, ImageError>) -> Result<(), ImageError> {
    const WARM_UP: usize = 2;
    let (start, mut times) = (Instant::now(), Vec::new());
    while times.len() < WARM_UP + 9 || start.elapsed() < Duration::from_millis(500) {
        let begun = Instant::now();
        black_box(work()?);
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    let mut times = times.split_off(WARM_UP);
    times.sort_by(f64::total_cmp);
    let (best, median) = (times[0], times[times.len() / 2]);
    let beside = limit.map(|limit| format!("; {:.2} of at most {limit} ms", median / limit));
    println!("  {name:<40} {median:>8.3} ms ({best:.3}){}", beside.unwrap_or_default());
    Ok(())
}
