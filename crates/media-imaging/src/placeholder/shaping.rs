//! Turning a line of text into outlines: shaping, both directions of writing, boxes for what the font lacks.

use harfrust::{Direction, ShapeOptions, UnicodeBuffer};
use resvg::tiny_skia::{Path, PathBuilder, Rect, Transform};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{GlyphId, MetadataProvider};
use unicode_bidi::BidiInfo;

use crate::font::Font;

/// Units of the embedded font for one em.
const UNITS: f32 = 2_048.0;
/// Width of the box that stands for a character the font lacks, in ems.
const BOX_WIDTH: f32 = 0.8;
const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// A line ready to be filled.
pub(super) struct Outline {
    /// Its outlines, in font units with the y axis upwards, from the start of the baseline; `None` when nothing is drawn.
    pub(super) path: Option<Path>,
    /// Its width in ems.
    pub(super) width: f32,
}

/// Shapes one line.
pub(super) fn shape(font: &Font, line: &str) -> Outline {
    let mut pen = Pen { font, path: PathBuilder::new(), x: 0.0 };
    let bidi = BidiInfo::new(line, None);
    for paragraph in &bidi.paragraphs {
        let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let rightwards = levels.get(run.start).is_none_or(|level| level.is_ltr());
            pen.add_run(&line[run], rightwards);
        }
    }
    Outline { path: pen.path.finish(), width: pen.x / UNITS }
}

/// The width of a character by itself, in ems.
pub(super) fn character_width(font: &Font, character: char) -> f32 {
    if is_invisible(character) {
        return 0.0;
    }
    match font.font.charmap().map(character).filter(|glyph| glyph.to_u32() != 0) {
        Some(glyph) => {
            let metrics = font.font.glyph_metrics(Size::unscaled(), LocationRef::default());
            metrics.advance_width(glyph).unwrap_or(UNITS) / UNITS
        }
        None => BOX_WIDTH,
    }
}

/// Characters that steer other characters and have no shape of their own.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
    )
}

struct Pen<'a> {
    font: &'a Font,
    path: PathBuilder,
    x: f32,
}

impl Pen<'_> {
    fn add_run(&mut self, text: &str, rightwards: bool) {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(if rightwards { Direction::LeftToRight } else { Direction::RightToLeft });
        buffer.guess_segment_properties();
        let shaper = self.font.shaper.shaper(&self.font.font).build();
        let shaped = shaper.shape(buffer, ShapeOptions::new());
        for (glyph, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let character = text.get(glyph.cluster as usize..).and_then(|rest| rest.chars().next());
            match character {
                Some(character) if glyph.glyph_id == 0 => self.add_box(character),
                _ => {
                    self.add_glyph(GlyphId::new(glyph.glyph_id), position.x_offset as f32, position.y_offset as f32);
                    self.x += position.x_advance as f32;
                }
            }
        }
    }

    fn add_glyph(&mut self, glyph: GlyphId, right: f32, up: f32) {
        self.add_scaled_glyph(glyph, self.x + right, up, 1.0);
    }

    fn add_scaled_glyph(&mut self, glyph: GlyphId, x: f32, y: f32, scale: f32) {
        let Some(outline) = self.font.font.outline_glyphs().get(glyph) else { return };
        let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
        let mut placed = PlacedPen { path: &mut self.path, x, y, scale };
        // An outline that cannot be drawn leaves a gap; the rest of the line is still read.
        _ = outline.draw(settings, &mut placed);
    }

    /// A box with the number of the character in it.
    fn add_box(&mut self, character: char) {
        if is_invisible(character) {
            return;
        }
        let (left, width) = (self.x + 0.04 * UNITS, (BOX_WIDTH - 0.08) * UNITS);
        let (bottom, height, line) = (-0.16 * UNITS, UNITS, 0.045 * UNITS);
        for (x, y, w, h) in [
            (left, bottom, width, line),
            (left, bottom + height - line, width, line),
            (left, bottom + line, line, height - 2.0 * line),
            (left + width - line, bottom + line, line, height - 2.0 * line),
        ] {
            if let Some(edge) = Rect::from_xywh(x, y, w, h) {
                self.path.push_rect(edge);
            }
        }
        self.add_number(u32::from(character), left + width / 2.0);
        self.x += BOX_WIDTH * UNITS;
    }

    /// A number in two rows of small hexadecimal digits.
    fn add_number(&mut self, number: u32, center: f32) {
        const DIGIT_WIDTH: f32 = 0.636;
        let (columns, scale) = if number > 0xffff { (3, 0.32) } else { (2, 0.42) };
        let step = DIGIT_WIDTH * UNITS * scale;
        let start = center - step * columns as f32 / 2.0;
        for row in 0..2_u32 {
            let up = if row == 0 { 0.39 * UNITS } else { -0.03 * UNITS };
            for column in 0..columns {
                let shift = 4 * ((1 - row) * columns + (columns - 1 - column));
                let digit = char::from(DIGITS[(number >> shift) as usize & 15]);
                if let Some(glyph) = self.font.font.charmap().map(digit) {
                    self.add_scaled_glyph(glyph, start + step * column as f32, up, scale);
                }
            }
        }
    }
}

/// Draws a glyph's outline at a place.
struct PlacedPen<'a> {
    path: &'a mut PathBuilder,
    x: f32,
    y: f32,
    scale: f32,
}

impl PlacedPen<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y + y * self.scale)
    }
}

impl OutlinePen for PlacedPen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, control_x: f32, control_y: f32, x: f32, y: f32) {
        let ((control_x, control_y), (x, y)) = (self.at(control_x, control_y), self.at(x, y));
        self.path.quad_to(control_x, control_y, x, y);
    }

    fn curve_to(&mut self, first_x: f32, first_y: f32, second_x: f32, second_y: f32, x: f32, y: f32) {
        let ((first_x, first_y), (second_x, second_y)) = (self.at(first_x, first_y), self.at(second_x, second_y));
        let (x, y) = self.at(x, y);
        self.path.cubic_to(first_x, first_y, second_x, second_y, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

/// Places a line on a picture: `size` is that of the font, `x` the left end of the baseline, `y` its height from the top.
pub(super) fn placed(size: f32, x: f32, y: f32) -> Transform {
    let scale = size / UNITS;
    Transform::from_row(scale, 0.0, 0.0, -scale, x, y)
}
