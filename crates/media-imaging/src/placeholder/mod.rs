//! Drawing a picture that stands in for a generated one.

mod background;
mod canvas;
mod chance;
mod layout;
mod panel;
mod shaping;

use media_ports::{EncodedImage, ImageError, PlaceholderRequest};

use crate::ImageLimits;
use crate::encode::{self, Pixels};

use canvas::Canvas;
use chance::Chance;

/// Quality of JPEG placeholders, of 100.
const JPEG_QUALITY: u8 = 80;

/// Draws a valid image of exactly the size asked for: the prompt, readable, on a landscape of gradients, marked as a
/// placeholder, with the caption below.
///
/// Colours and shapes follow from prompt, size, seed and image index; the same request gives the same bytes. A prompt
/// that does not fit ends in an ellipsis; where the picture is too small for any text, it has none. Characters that the
/// embedded font lacks are drawn as boxes with their number.
///
/// # Errors
/// [`ImageError::TooLarge`] beyond the limits or without any pixel, [`ImageError::Unwritable`] for SVG and GIF.
///
/// ```
/// use media_domain::{ImageFormat, MediaDimensions};
/// use media_imaging::{ImageLimits, render_placeholder};
/// use media_ports::PlaceholderRequest;
///
/// let request = PlaceholderRequest {
///     prompt: "Закат над морем".to_owned(),
///     caption: "drawn by noop_media".to_owned(),
///     dimensions: MediaDimensions::new(640, 360),
///     seed: 42,
///     image_index: 0,
///     format: ImageFormat::Png,
/// };
/// let image = render_placeholder(&request, &ImageLimits::default())?;
/// assert_eq!(image.dimensions, request.dimensions);
/// # Ok::<(), media_ports::ImageError>(())
/// ```
pub fn render_placeholder(request: &PlaceholderRequest, limits: &ImageLimits) -> Result<EncodedImage, ImageError> {
    let dimensions = request.dimensions;
    if dimensions.is_empty() {
        return Err(ImageError::TooLarge(format!("{dimensions} has no pixel to draw")));
    }
    limits.check_dimensions(dimensions)?;
    if !encode::can_write(request.format) {
        return Err(ImageError::Unwritable(request.format));
    }
    let mut canvas = Canvas::new(dimensions)?;
    background::paint(&mut canvas, &mut Chance::of(request));
    panel::paint(&mut canvas, request);
    encode::encode(&Pixels::Rgb(canvas.into_pixels()), dimensions, request.format, JPEG_QUALITY, None)
}
