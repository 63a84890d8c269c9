//! The pixels under the brush.

use media_domain::MediaDimensions;
use media_ports::ImageError;
use resvg::tiny_skia::Pixmap;

pub(super) type Color = [u8; 3];

/// Opaque pixels of three bytes, row by row.
#[derive(Debug)]
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    pub(super) fn new(dimensions: MediaDimensions) -> Result<Self, ImageError> {
        let too_large = || ImageError::TooLarge(format!("{dimensions} does not fit into memory"));
        let bytes = usize::try_from(dimensions.pixels()).ok().and_then(|pixels| pixels.checked_mul(3));
        let bytes = bytes.ok_or_else(too_large)?;
        let side = |length: u32| usize::try_from(length).map_err(|_| too_large());
        Ok(Self { width: side(dimensions.width)?, height: side(dimensions.height)?, pixels: vec![0; bytes] })
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }

    pub(super) const fn height(&self) -> usize {
        self.height
    }

    pub(super) fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// The pixels of one row; none below the picture.
    pub(super) fn row(&mut self, y: usize) -> &mut [Color] {
        let length = self.width * 3;
        let row = self.pixels.get_mut(y * length..(y + 1) * length).unwrap_or_default();
        row.as_chunks_mut().0
    }

    /// Lays a picture with transparency over the canvas; what lies outside is cut off.
    pub(super) fn lay_over(&mut self, picture: &Pixmap, left: usize, top: usize) {
        let width = picture.width() as usize;
        for (line, source) in picture.data().chunks_exact(width * 4).enumerate() {
            let target = self.row(top + line).iter_mut().skip(left);
            for (target, source) in target.zip(source.as_chunks::<4>().0) {
                let rest = 255 - u32::from(source[3]);
                if rest == 255 {
                    continue;
                }
                for (channel, over) in target.iter_mut().zip(source) {
                    let kept = (u32::from(*channel) * rest + 127) / 255;
                    *channel = over.saturating_add(kept as u8);
                }
            }
        }
    }
}

/// Mixes two colours; `share` of 256 is that of `over`.
pub(super) fn mix(under: Color, over: Color, share: u32) -> Color {
    let channel = |at: usize| {
        let mixed = u32::from(under[at]) * (256 - share) + u32::from(over[at]) * share;
        (mixed >> 8) as u8
    };
    [channel(0), channel(1), channel(2)]
}

/// A colour from hue (turns), saturation and lightness (0 to 1).
///
/// Only sums and products, which are the same on every machine.
pub(super) fn color(hue: f32, saturation: f32, lightness: f32) -> Color {
    let chroma = (1.0 - (2.0 * lightness - 1.0).abs()) * saturation;
    let channel = |offset: f32| {
        let turn = hue + offset;
        let sixth = (turn - turn.floor()) * 6.0;
        let ramp = ((sixth - 3.0).abs() - 1.0).clamp(0.0, 1.0);
        ((lightness + chroma * (ramp - 0.5)) * 255.0 + 0.5) as u8
    };
    [channel(0.0), channel(2.0 / 3.0), channel(1.0 / 3.0)]
}
