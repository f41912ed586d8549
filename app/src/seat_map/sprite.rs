//! One seat as pixels: what each sign looks like, with smooth edges, at a few places within a
//! pixel. Shape carries the meaning, so each sign has one of its own.

use super::surface::{Color, Form, Sign, Stamp};

/// Red, green and blue.
pub(super) type Rgb = [u8; 3];
/// A pixel: red, green, blue, and how much of it.
pub(super) type Rgba = [u8; 4];

/// Nothing.
pub(super) const CLEAR: Rgba = [0; 4];
/// How strongly seats are drawn that the filter leaves out.
const DIMMED: f32 = 0.16;
/// How strongly the ring around a seat is drawn that is not to be had.
const RING: f32 = 0.7;
/// How much larger than others the fan's own seats are.
const YOURS_GROWTH: f32 = 1.18;

/// A stamp, ready to be copied. Seats stand between pixels; there is a copy for each of
/// `steps × steps` places of the centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sprite {
    /// Pixels along each side.
    pub size: usize,
    /// Places of the centre in each direction.
    pub steps: usize,
    /// Copy after copy, row after row.
    pixels: Vec<Rgba>,
    /// The pixels of each row, from and to, that are not clear.
    spans: Vec<(u32, u32)>,
}

impl Sprite {
    /// Draws a stamp for seats of this radius, in pixels.
    pub(super) fn new(stamp: Stamp, radius: f32, color: impl Fn(Color) -> Rgb) -> Self {
        // Small seats are a few pixels, and uneven when their places are rounded.
        let steps = match radius {
            ..6.0 => 4,
            ..16.0 => 2,
            _ => 1,
        };
        let size = (radius * 2.0 * YOURS_GROWTH).ceil() as usize + 3;
        let layers = Layers::of(stamp, radius, color);
        let mut sprite = Self { size, steps, pixels: Vec::new(), spans: Vec::new() };
        for copy in 0..steps * steps {
            let place = |step: usize| size as f32 / 2.0 + (step as f32 + 0.5) / steps as f32;
            let (x, y) = (place(copy % steps), place(copy / steps));
            for row in 0..size {
                let line = (0..size)
                    .map(|column| layers.pixel(column as f32 + 0.5 - x, row as f32 + 0.5 - y));
                let start = sprite.pixels.len();
                sprite.pixels.extend(line);
                sprite.spans.push(span_of(&sprite.pixels[start..]));
            }
        }
        sprite
    }

    /// A row of a copy: from which column on, and the pixels.
    pub(super) fn row(&self, copy: usize, row: usize) -> (usize, &[Rgba]) {
        let line = copy * self.size + row;
        let (from, to) = self.spans[line];
        let start = line * self.size;
        (from as usize, &self.pixels[start + from as usize..start + to as usize])
    }
}

fn span_of(row: &[Rgba]) -> (u32, u32) {
    let is_seen = |pixel: &Rgba| pixel[3] > 0;
    let from = row.iter().position(is_seen).unwrap_or_default();
    let to = row.iter().rposition(is_seen).map_or(from, |last| last + 1);
    (from as u32, to as u32)
}

/// What a stamp is made of: a filled form or its outline, and a mark on it.
struct Layers {
    form: Form,
    radius: f32,
    /// Width of the outline; `None` when the form is filled.
    line: Option<f32>,
    body: (Rgb, f32),
    mark: Option<(Mark, Rgb)>,
}

#[derive(Clone, Copy)]
enum Mark {
    Dash { half: f32, width: f32 },
    Tick { size: f32, width: f32 },
}

impl Layers {
    fn of(stamp: Stamp, radius: f32, color: impl Fn(Color) -> Rgb) -> Self {
        let line = (radius * 0.22).clamp(0.8, 4.0);
        let ring = Self {
            form: stamp.form,
            radius: radius - line / 2.0,
            line: Some(line),
            body: (color(Color::Edge), RING),
            mark: None,
        };
        match stamp.sign {
            Sign::Available { category, is_dimmed } => Self {
                radius,
                line: None,
                body: (color(Color::Category(category)), if is_dimmed { DIMMED } else { 1.0 }),
                ..ring
            },
            Sign::Taken => ring,
            Sign::Held => {
                let dash = Mark::Dash { half: radius * 0.45, width: line };
                Self { mark: Some((dash, color(Color::Edge))), ..ring }
            }
            Sign::Yours => {
                let tick = Mark::Tick { size: radius, width: (radius * 0.26).max(1.0) };
                Self {
                    radius: radius * YOURS_GROWTH,
                    line: None,
                    body: (color(Color::Accent), 1.0),
                    mark: Some((tick, color(Color::OnAccent))),
                    ..ring
                }
            }
        }
    }

    /// The pixel this far from the centre of the seat.
    fn pixel(&self, x: f32, y: f32) -> Rgba {
        let outside = match self.form {
            Form::Round => x.hypot(y) - self.radius,
            Form::Square => outside_square(x, y, self.radius),
        };
        let edge = self.line.map_or(outside, |line| outside.abs() - line / 2.0);
        let (body, strength) = self.body;
        let below = with_alpha(body, covered(edge) * strength);
        match self.mark {
            None => below,
            Some((mark, color)) => over(with_alpha(color, covered(mark.outside(x, y))), below),
        }
    }
}

impl Mark {
    /// How far a point is outside the mark.
    fn outside(self, x: f32, y: f32) -> f32 {
        match self {
            Self::Dash { half, width } => off_line((x, y), (-half, 0.0), (half, 0.0)) - width / 2.0,
            Self::Tick { size, width } => {
                let corner = (-0.1 * size, 0.45 * size);
                let short = off_line((x, y), (-0.5 * size, 0.05 * size), corner);
                let long = off_line((x, y), corner, (0.55 * size, -0.4 * size));
                short.min(long) - width / 2.0
            }
        }
    }
}

/// How far a point is outside a square with round corners; negative inside.
fn outside_square(x: f32, y: f32, half: f32) -> f32 {
    let corner = half * 0.45;
    let (dx, dy) = (x.abs() - half + corner, y.abs() - half + corner);
    dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - corner
}

fn off_line(point: (f32, f32), from: (f32, f32), to: (f32, f32)) -> f32 {
    let (line_x, line_y) = (to.0 - from.0, to.1 - from.1);
    let (x, y) = (point.0 - from.0, point.1 - from.1);
    let length = (line_x * line_x + line_y * line_y).max(f32::EPSILON);
    let along = ((x * line_x + y * line_y) / length).clamp(0.0, 1.0);
    (x - line_x * along).hypot(y - line_y * along)
}

/// How much of a pixel is covered whose middle is so far outside an edge.
fn covered(outside: f32) -> f32 {
    (0.5 - outside).clamp(0.0, 1.0)
}

/// A colour with a share of it, from 0 to 1.
pub(super) fn with_alpha([red, green, blue]: Rgb, alpha: f32) -> Rgba {
    match (alpha * 255.0).round() as u8 {
        0 => CLEAR,
        alpha => [red, green, blue, alpha],
    }
}

/// One pixel on top of another.
pub(super) fn over(above: Rgba, below: Rgba) -> Rgba {
    let (top, bottom) = (f32::from(above[3]) / 255.0, f32::from(below[3]) / 255.0);
    let alpha = top + bottom * (1.0 - top);
    if alpha <= 0.0 {
        return CLEAR;
    }
    let mix = |at: usize| {
        let sum = f32::from(above[at]) * top + f32::from(below[at]) * bottom * (1.0 - top);
        (sum / alpha).round() as u8
    };
    [mix(0), mix(1), mix(2), (alpha * 255.0).round() as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Rgb = [200, 0, 0];

    fn sprite(sign: Sign, form: Form, radius: f32) -> Sprite {
        Sprite::new(Stamp { sign, form }, radius, |_| RED)
    }

    /// A copy's alpha, row by row.
    fn alphas(sprite: &Sprite, copy: usize) -> Vec<Vec<u8>> {
        let line = |row: usize| {
            let mut line = vec![0; sprite.size];
            let (from, pixels) = sprite.row(copy, row);
            for (column, pixel) in pixels.iter().enumerate() {
                line[from + column] = pixel[3];
            }
            line
        };
        (0..sprite.size).map(line).collect()
    }

    fn middle(sprite: &Sprite) -> Vec<Vec<u8>> {
        alphas(sprite, sprite.steps * sprite.steps / 2)
    }

    fn ink(sprite: &Sprite) -> u32 {
        middle(sprite).iter().flatten().map(|alpha| u32::from(*alpha)).sum::<u32>() / 255
    }

    #[test]
    fn signs_differ_in_shape_and_not_in_colour_alone() {
        for radius in [2.0, 6.0, 20.0] {
            let signs = [
                sprite(Sign::Available { category: 0, is_dimmed: false }, Form::Round, radius),
                sprite(Sign::Taken, Form::Round, radius),
                sprite(Sign::Held, Form::Round, radius),
                sprite(Sign::Available { category: 0, is_dimmed: false }, Form::Square, radius),
            ];
            let shapes: Vec<_> = signs.iter().map(middle).collect();
            for (number, shape) in shapes.iter().enumerate() {
                assert!(!shapes[..number].contains(shape), "sign {number} at {radius}");
            }
        }
    }

    #[test]
    fn a_dot_covers_the_surface_of_a_circle() {
        for radius in [1.5_f32, 4.0, 18.0] {
            let dot =
                sprite(Sign::Available { category: 0, is_dimmed: false }, Form::Round, radius);
            let surface = std::f32::consts::PI * radius * radius;
            let error = (ink(&dot) as f32 - surface).abs();
            assert!(error < 1.0 + surface * 0.03, "{radius}: {} of {surface}", ink(&dot));
        }
    }

    #[test]
    fn nothing_is_cut_off_at_the_edges() {
        let available = Sign::Available { category: 0, is_dimmed: false };
        for radius in [1.0, 5.9, 15.9, 40.0] {
            for (sign, form) in [
                (Sign::Yours, Form::Square),
                (Sign::Yours, Form::Round),
                (available, Form::Square),
                (available, Form::Round),
            ] {
                let sprite = sprite(sign, form, radius);
                let last = sprite.size - 1;
                for copy in 0..sprite.steps * sprite.steps {
                    let alphas = alphas(&sprite, copy);
                    let columns = alphas.iter().flat_map(|row| [row[0], row[last]]);
                    let mut edge = alphas[0].iter().chain(&alphas[last]).copied().chain(columns);
                    // An edge that is drawn whole is smooth: its last pixels are faint.
                    assert!(edge.all(|alpha| alpha < 255), "{sign:?} {form:?} {radius} {copy}");
                }
            }
        }
    }

    #[test]
    fn what_lies_on_top_hides_what_is_below() {
        assert_eq!(over([1, 2, 3, 255], [9, 9, 9, 255]), [1, 2, 3, 255]);
        assert_eq!(over(CLEAR, [9, 8, 7, 40]), [9, 8, 7, 40]);
        assert_eq!(over(CLEAR, CLEAR), CLEAR);
        assert_eq!(over([100, 0, 0, 128], [0, 0, 100, 255])[3], 255);
    }
}
