//! The landscape behind the text: a sky, a sun and three ridges, all of them gradients.

use super::canvas::{Canvas, Color, color, mix};
use super::chance::Chance;

/// Steps of a gradient.
const STEPS: usize = 512;
/// Ridges, from the farthest to the nearest.
const RIDGES: usize = 3;

/// Paints the whole canvas.
pub(super) fn paint(canvas: &mut Canvas, chance: &mut Chance) {
    // From green over blue and purple to red: yellow and olive skies look ill.
    let hue = chance.between(0.42, 1.0);
    let turn = if chance.coin() { chance.between(0.06, 0.14) } else { -chance.between(0.06, 0.14) };
    let slope = Slope::new(canvas, chance);
    let sky = gradient(color(hue, 0.62, 0.46), color(hue + turn, 0.78, 0.74));
    paint_sky(canvas, &slope, &sky);
    paint_sun(canvas, chance, color(hue + turn, 0.9, 0.92));
    for ridge in 0..RIDGES {
        let depth = ridge as f32 / RIDGES as f32;
        let outline = outline(canvas, chance, 0.6 + 0.27 * depth);
        let near = color(hue + turn * (0.7 - depth), 0.5, 0.44 - 0.24 * depth);
        let far = color(hue + turn * (1.0 - depth), 0.55, 0.58 - 0.26 * depth);
        paint_ridge(canvas, &slope, &outline, &gradient(near, far));
    }
}

/// How far along a gradient each pixel lies: the sum of a part for its column and a part for its row.
struct Slope {
    columns: Vec<u32>,
    rows: Vec<u32>,
}

impl Slope {
    fn new(canvas: &Canvas, chance: &mut Chance) -> Self {
        // Mostly from top to bottom, leaning to either side.
        let lean = chance.between(0.1, 0.4);
        let rightwards = chance.coin();
        let whole = (STEPS - 1) as f32 * 65_536.0;
        let part = |share: f32, at: usize, length: usize| (whole * share * (at as f32 / length as f32)) as u32;
        let column = |x: usize| if rightwards { x } else { canvas.width() - 1 - x };
        Self {
            columns: (0..canvas.width()).map(|x| part(lean, column(x), canvas.width())).collect(),
            rows: (0..canvas.height()).map(|y| part(1.0 - lean, y, canvas.height())).collect(),
        }
    }
}

fn gradient(from: Color, to: Color) -> Box<[Color; STEPS]> {
    let mut steps = Box::new([[0; 3]; STEPS]);
    for (at, step) in steps.iter_mut().enumerate() {
        let share = at as f32 / (STEPS - 1) as f32;
        for channel in 0..3 {
            let (from, to) = (f32::from(from[channel]), f32::from(to[channel]));
            step[channel] = (from + (to - from) * share + 0.5) as u8;
        }
    }
    steps
}

fn paint_sky(canvas: &mut Canvas, slope: &Slope, sky: &[Color; STEPS]) {
    for (y, row_part) in slope.rows.iter().enumerate() {
        for (pixel, column_part) in canvas.row(y).iter_mut().zip(&slope.columns) {
            *pixel = sky[((row_part + column_part) >> 16) as usize % STEPS];
        }
    }
}

fn paint_sun(canvas: &mut Canvas, chance: &mut Chance, light: Color) {
    let (width, height) = (canvas.width() as f32, canvas.height() as f32);
    let radius = width.min(height) * chance.between(0.09, 0.15);
    let (x, y) = (width * chance.between(0.16, 0.84), height * chance.between(0.14, 0.34));
    let halo = radius * 1.7;
    let span = |center: f32, limit: usize| {
        let from = (center - halo).max(0.0) as usize;
        from.min(limit)..((center + halo + 1.0) as usize).min(limit)
    };
    let columns = span(x, canvas.width());
    for row in span(y, canvas.height()) {
        let down = row as f32 + 0.5 - y;
        for column in columns.clone() {
            let across = column as f32 + 0.5 - x;
            let distance = (across * across + down * down).sqrt();
            let share = (radius - distance + 0.5).clamp(0.0, 1.0) * 215.0;
            let share = if distance < halo { share.max(38.0) } else { 0.0 };
            let pixel = &mut canvas.row(row)[column];
            *pixel = mix(*pixel, light, share as u32);
        }
    }
}

/// The height of a ridge above each column, in 256ths of a pixel from the top.
fn outline(canvas: &Canvas, chance: &mut Chance, level: f32) -> Vec<u32> {
    const PEAKS: usize = 5;
    let peaks: [f32; PEAKS + 1] = std::array::from_fn(|_| chance.between(-0.11, 0.11));
    let height = canvas.height() as f32 * 256.0;
    (0..canvas.width())
        .map(|x| {
            let along = x as f32 / canvas.width() as f32 * PEAKS as f32;
            let at = (along as usize).min(PEAKS - 1);
            let share = along - at as f32;
            let smooth = share * share * (3.0 - 2.0 * share);
            (height * (level + peaks[at] + (peaks[at + 1] - peaks[at]) * smooth)) as u32
        })
        .collect()
}

fn paint_ridge(canvas: &mut Canvas, slope: &Slope, outline: &[u32], colors: &[Color; STEPS]) {
    let first = outline.iter().min().copied().unwrap_or_default() >> 8;
    for (y, row_part) in slope.rows.iter().enumerate().skip(first as usize) {
        let bottom = (y as u32 + 1) << 8;
        for ((pixel, column_part), top) in canvas.row(y).iter_mut().zip(&slope.columns).zip(outline) {
            let share = bottom.saturating_sub(*top).min(256);
            if share == 0 {
                continue;
            }
            let color = colors[((row_part + column_part) >> 16) as usize % STEPS];
            *pixel = if share == 256 { color } else { mix(*pixel, color, share) };
        }
    }
}
