//! The panel with the text: a mark that this is a placeholder, the prompt, the caption.

use media_ports::PlaceholderRequest;
use resvg::tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Transform};

use super::canvas::Canvas;
use super::layout::Text;
use super::shaping::{self, Outline};
use crate::font::{self, Font};

/// What says that the picture stands in for another.
const MARK: &str = "PLACEHOLDER";
/// Smallest size at which the prompt is read, in pixels.
const SMALLEST_PROMPT: f32 = 9.0;
/// Smallest size of the lines around it.
const SMALLEST_NOTE: f32 = 7.5;
/// Height of a line for a font size of one.
const LINE_HEIGHT: f32 = 1.32;

/// Paints the panel in the middle of the canvas, or nothing where there is no room for any text.
pub(super) fn paint(canvas: &mut Canvas, request: &PlaceholderRequest) {
    let Some(font) = font::embedded() else { return };
    let room = Room::of(canvas);
    let Some(plan) = plan_in_full(font, request, &room).or_else(|| plan_in_short(font, request, &room)) else { return };
    let Some(panel) = draw(&plan) else { return };
    let left = canvas.width().saturating_sub(panel.width() as usize) / 2;
    let top = canvas.height().saturating_sub(panel.height() as usize) / 2;
    canvas.lay_over(&panel, left, top);
}

/// How large the panel may become.
struct Room {
    width: f32,
    height: f32,
    largest_font: f32,
    /// Size below which a prompt is cut off rather than drawn smaller.
    smallest_font: f32,
}

impl Room {
    fn of(canvas: &Canvas) -> Self {
        let (width, height) = (canvas.width() as f32, canvas.height() as f32);
        let margin = (width.min(height) * 0.07).max(1.0);
        let mean_side = (width * height).sqrt();
        Self {
            width: width - 2.0 * margin,
            height: height - 2.0 * margin,
            largest_font: (mean_side * 0.062).min(height * 0.5).min(width * 0.14),
            smallest_font: (mean_side * 0.017).max(SMALLEST_PROMPT),
        }
    }
}

/// Lines with their places.
struct Plan {
    width: f32,
    height: f32,
    padding: f32,
    lines: Vec<Line>,
}

struct Line {
    outline: Outline,
    size: f32,
    /// From the top of the panel down to the baseline.
    baseline: f32,
    opacity: u8,
}

/// Mark, prompt and caption below each other, in the largest font that fits.
fn plan_in_full(font: &Font, request: &PlaceholderRequest, room: &Room) -> Option<Plan> {
    let text = Text::measure(font, &request.prompt);
    let mut size = room.largest_font;
    loop {
        let is_last = size * 0.9 < room.smallest_font;
        if size < SMALLEST_PROMPT {
            return None;
        }
        let (note, padding) = ((size * 0.46).max(room.smallest_font * 0.8).max(SMALLEST_NOTE), size * 0.75);
        let width = room.width - 2.0 * padding;
        let notes = 2.0 * (note * LINE_HEIGHT + size * 0.35);
        let rows = ((room.height - 2.0 * padding - notes) / (size * LINE_HEIGHT)).floor();
        if rows >= 1.0 && width > size * 3.0 {
            let lines = text.lines(width / size, rows as usize);
            if lines.is_complete || is_last {
                return Some(stack(font, request, &lines.lines, Sizes { prompt: size, note, padding, width }));
            }
        }
        if is_last {
            return None;
        }
        size *= 0.9;
    }
}

struct Sizes {
    prompt: f32,
    note: f32,
    padding: f32,
    width: f32,
}

fn stack(font: &Font, request: &PlaceholderRequest, prompt: &[String], sizes: Sizes) -> Plan {
    let one_line = |text: &str| Text::measure(font, text).lines(sizes.width / sizes.note, 1);
    let with_size = format!("{MARK} · {} × {}", request.dimensions.width, request.dimensions.height);
    let mark = Some(one_line(&with_size)).filter(|lines| lines.is_complete).unwrap_or_else(|| one_line(MARK)).lines;
    let caption = one_line(&request.caption).lines;
    let mut stack = Stack { font, lines: Vec::new(), top: sizes.padding };
    stack.add(&mark, sizes.note, 170);
    stack.top += sizes.prompt * 0.35;
    stack.add(prompt, sizes.prompt, 255);
    if !caption.is_empty() {
        stack.top += sizes.prompt * 0.35;
        stack.add(&caption, sizes.note, 200);
    }
    let widest = stack.lines.iter().map(|line| line.outline.width * line.size).fold(0.0, f32::max);
    Plan {
        width: widest + 2.0 * sizes.padding,
        height: stack.top + sizes.padding * 0.9,
        padding: sizes.padding,
        lines: stack.lines,
    }
}

/// Lines below each other.
struct Stack<'a> {
    font: &'a Font,
    lines: Vec<Line>,
    top: f32,
}

impl Stack<'_> {
    fn add(&mut self, texts: &[String], size: f32, opacity: u8) {
        for text in texts {
            let outline = shaping::shape(self.font, text);
            self.lines.push(Line { outline, size, baseline: self.top + size, opacity });
            self.top += size * LINE_HEIGHT;
        }
    }
}

/// One line that says both, for strips and stamps.
fn plan_in_short(font: &Font, request: &PlaceholderRequest, room: &Room) -> Option<Plan> {
    let size = (room.height / 1.5).min(room.width / 6.0).min(room.largest_font.max(SMALLEST_PROMPT));
    if size < SMALLEST_NOTE {
        return None;
    }
    let padding = size * 0.4;
    let text = Text::measure(font, &format!("{MARK} · {} · {}", request.prompt, request.caption));
    let lines = text.lines((room.width - 2.0 * padding) / size, 1).lines;
    let mut stack = Stack { font, lines: Vec::new(), top: size * 0.1 };
    stack.add(&lines, size, 255);
    let widest = stack.lines.iter().map(|line| line.outline.width * size).fold(0.0, f32::max);
    Some(Plan { width: widest + 2.0 * padding, height: stack.top + size * 0.1, padding, lines: stack.lines })
}

fn draw(plan: &Plan) -> Option<Pixmap> {
    // The conversion saturates; the plan fits the canvas.
    let mut pixmap = Pixmap::new(plan.width.ceil() as u32, plan.height.ceil() as u32)?;
    let mut paint = Paint::default();
    paint.set_color_rgba8(12, 14, 26, 158);
    let (width, height) = (pixmap.width() as f32, pixmap.height() as f32);
    let ground = rounded(width, height, (plan.padding * 0.7).min(height / 2.0).min(width / 2.0))?;
    pixmap.fill_path(&ground, &paint, FillRule::Winding, Transform::identity(), None);
    for line in &plan.lines {
        let Some(path) = &line.outline.path else { continue };
        paint.set_color_rgba8(255, 255, 255, line.opacity);
        let left = (width - line.outline.width * line.size) / 2.0;
        let place = shaping::placed(line.size, left, line.baseline);
        pixmap.fill_path(path, &paint, FillRule::Winding, place, None);
    }
    Some(pixmap)
}

/// A rectangle with round corners.
fn rounded(width: f32, height: f32, radius: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.move_to(radius, 0.0);
    path.line_to(width - radius, 0.0);
    path.quad_to(width, 0.0, width, radius);
    path.line_to(width, height - radius);
    path.quad_to(width, height, width - radius, height);
    path.line_to(radius, height);
    path.quad_to(0.0, height, 0.0, height - radius);
    path.line_to(0.0, radius);
    path.quad_to(0.0, 0.0, radius, 0.0);
    path.close();
    path.finish()
}
