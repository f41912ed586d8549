//! What posters show. A motif fills the whole square, so that any crop of it still looks composed.

use std::{
    f32::consts::{PI, TAU},
    fmt::Write,
};

use super::{Canvas, Dice, SIDE, short};

/// Rings around a point off the middle, like a record or a wave of sound.
pub(super) fn rings(canvas: &mut Canvas<'_>, dice: &mut Dice) {
    let (x, y) = (dice.between(120.0, 280.0), dice.between(120.0, 280.0));
    let step = dice.between(20.0, 28.0);
    let colors = *canvas.colors;
    let bands = [colors.loud[1], colors.light, colors.loud[0]];
    let turn = dice.below(bands.len());
    let count = (SIDE * 1.1 / step) as usize;
    for ring in (0..count).rev() {
        let quiet = if ring % 4 == 0 { colors.ground } else { colors.shade };
        let fill = if ring % 2 == 0 { quiet } else { bands[(ring / 2 + turn) % 3] };
        canvas.circle(x, y, step * (ring as f32 + 0.7), fill);
    }
    if dice.below(2) == 0 {
        let angle = dice.between(0.0, TAU);
        let distance = step * 6.2;
        let (moon_x, moon_y) = (x + distance * angle.cos(), y + distance * angle.sin());
        canvas.circle(moon_x, moon_y, step * 1.9, colors.loud[2]);
    }
}

/// Ribbons that swing across the square.
pub(super) fn waves(canvas: &mut Canvas<'_>, dice: &mut Dice) {
    let colors = *canvas.colors;
    let inks = [colors.loud[0], colors.loud[1], colors.light, colors.loud[2], colors.loud[0]];
    let count = 13 + dice.below(5);
    let gap = (SIDE + 60.0) / count as f32;
    for line in 0..count {
        let height = dice.between(26.0, 62.0);
        let length = dice.between(88.0, 150.0);
        let start = -dice.between(10.0, 2.0 * length);
        let y = gap * line as f32 - 20.0;
        let mut data = format!("M{} {}", short(start), short(y));
        let mut x = start;
        let mut side = if line % 2 == 0 { 1.0 } else { -1.0 };
        while x < SIDE + 20.0 {
            let (half, bend) = (short(length / 2.0), short(height * side));
            let _ = write!(data, "q{half} {bend} {} 0", short(length));
            x += length;
            side = -side;
        }
        let ink = inks[(line + dice.below(2)) % inks.len()];
        canvas.stroke(&data, ink, dice.between(5.0, 19.0));
    }
}

/// Quarter circles, triangles and dots on a grid.
pub(super) fn tiles(canvas: &mut Canvas<'_>, dice: &mut Dice) {
    let colors = *canvas.colors;
    let cells = 6 + dice.below(2);
    let side = SIDE / cells as f32;
    let mut layers: [(&str, String); 4] = [
        (colors.loud[0], String::new()),
        (colors.loud[1], String::new()),
        (colors.loud[2], String::new()),
        (colors.light, String::new()),
    ];
    for cell in 0..cells * cells {
        let (x, y) = ((cell % cells) as f32 * side, (cell / cells) as f32 * side);
        let layer = dice.below(5).min(3);
        let data = &mut layers[layer].1;
        match dice.below(8) {
            0 | 1 => triangle(data, x, y, side, dice.below(4)),
            2 | 3 => quarter(data, x, y, side, dice.below(4)),
            4 | 5 => disc(data, x + side / 2.0, y + side / 2.0, side / 2.0),
            6 => disc(data, x + side / 2.0, y + side / 2.0, side / 4.0),
            _ => {}
        }
    }
    for (fill, data) in layers {
        canvas.path(&data, fill);
    }
}

/// Rays around a sun.
pub(super) fn rays(canvas: &mut Canvas<'_>, dice: &mut Dice) {
    let colors = *canvas.colors;
    let (x, y) = (dice.between(140.0, 260.0), dice.between(150.0, 290.0));
    let count = 2 * (10 + dice.below(9));
    let (inner, reach) = (dice.between(80.0, 118.0), 420.0);
    let broken = dice.below(2) == 0;
    let mut layers = [(colors.loud[0], String::new()), (colors.loud[1], String::new())];
    for ray in 0..count {
        let angle = TAU * ray as f32 / count as f32;
        let half = PI / count as f32 * 0.52;
        let far = if broken { inner + dice.between(110.0, 210.0) } else { reach };
        let data = &mut layers[ray % 2].1;
        for (index, (turn, distance)) in
            [(-half, inner), (-half, far), (half, far), (half, inner)].into_iter().enumerate()
        {
            let (sin, cos) = (angle + turn).sin_cos();
            let command = if index == 0 { 'M' } else { 'L' };
            let _ = write!(
                data,
                "{command}{} {}",
                short(x + distance * cos),
                short(y + distance * sin)
            );
        }
        data.push('z');
    }
    for (fill, data) in layers {
        canvas.path(&data, fill);
    }
    canvas.circle(x, y, inner * 1.04, colors.light);
    canvas.circle(x, y, inner * 0.7, colors.ground);
    if dice.below(2) == 0 {
        canvas.circle(x, y, inner * 0.28, colors.loud[2]);
    }
}

/// Dots that grow and shrink over the square, like a halftone print.
pub(super) fn dots(canvas: &mut Canvas<'_>, dice: &mut Dice) {
    let colors = *canvas.colors;
    let cells = 9;
    let step = SIDE / cells as f32;
    let (centre_x, centre_y) = (dice.between(0.0, SIDE), dice.between(0.0, SIDE));
    let wave = dice.between(70.0, 130.0);
    let mut layers = [(colors.loud[0], String::new()), (colors.light, String::new())];
    for cell in 0..cells * cells {
        let x = ((cell % cells) as f32 + 0.5) * step;
        let y = ((cell / cells) as f32 + 0.5) * step;
        let distance = ((x - centre_x).powi(2) + (y - centre_y).powi(2)).sqrt();
        let swell = (distance / wave * PI).cos() * 0.5 + 0.5;
        let layer = usize::from(swell < 0.42);
        disc(&mut layers[layer].1, x, y, step * (0.16 + 0.36 * swell));
    }
    let disc_x = dice.between(120.0, 280.0);
    canvas.circle(disc_x, dice.between(120.0, 280.0), dice.between(90.0, 130.0), colors.loud[1]);
    for (fill, data) in layers {
        canvas.path(&data, fill);
    }
}

/// Arches set into each other, as over a stage.
pub(super) fn arches(canvas: &mut Canvas<'_>, dice: &mut Dice) {
    let colors = *canvas.colors;
    let columns = 2 + dice.below(2);
    let width = SIDE / columns as f32;
    let inks = [colors.loud[0], colors.light, colors.loud[1], colors.shade, colors.loud[2]];
    for column in 0..columns {
        for level in 0..2 {
            let turn = dice.below(inks.len());
            let left = width * column as f32;
            let floor = SIDE / 2.0 * (level as f32 + 1.0);
            let bands = 4 + dice.below(2);
            for band in 0..bands {
                let inset = width / 2.0 * band as f32 / bands as f32;
                let radius = width / 2.0 - inset;
                let top = floor - SIDE / 2.0 + width / 2.0;
                let (x, r) = (short(left + inset), short(radius));
                let data = format!(
                    "M{x} {}V{}a{r} {r} 0 0 1 {} 0V{}z",
                    short(floor),
                    short(top),
                    short(radius * 2.0),
                    short(floor)
                );
                canvas.path(&data, inks[(turn + band) % inks.len()]);
            }
        }
    }
}

/// Bands of hills under a low sun, or a stand full of people seen from afar.
pub(super) fn hills(canvas: &mut Canvas<'_>, dice: &mut Dice) {
    let colors = *canvas.colors;
    let (sun_x, sun_y) = (dice.between(110.0, 290.0), dice.between(110.0, 170.0));
    for ring in (0..4).rev() {
        let fill = [colors.light, colors.loud[2], colors.loud[0], colors.shade][ring];
        canvas.circle(sun_x, sun_y, 46.0 + 34.0 * ring as f32, fill);
    }
    let inks = [colors.loud[1], colors.shade, colors.loud[0], colors.ground, colors.loud[2]];
    let turn = dice.below(inks.len());
    for band in 0..7 {
        let y = 190.0 + 32.0 * band as f32;
        let (lift, drop) = (dice.between(14.0, 56.0), dice.between(14.0, 56.0));
        let middle = dice.between(140.0, 260.0);
        let data = format!(
            "M0 {y}Q{} {} {} {y}T{SIDE} {}V{SIDE}H0z",
            short(middle / 2.0),
            short(y - lift),
            short(middle),
            short(y + drop * 0.4)
        );
        canvas.path(&data, inks[(turn + band) % inks.len()]);
    }
}

fn disc(data: &mut String, x: f32, y: f32, radius: f32) {
    // Rounded first: arcs of a rounded radius over a chord of another length would be eggs.
    let radius = (radius * 2.0).round() / 2.0;
    let (r, across) = (short(radius), short(radius * 2.0));
    let _ = write!(
        data,
        "M{} {}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0 -{across} 0z",
        short(x - radius),
        short(y)
    );
}

fn triangle(data: &mut String, x: f32, y: f32, side: f32, corner: usize) {
    let (left, top, right, bottom) = (short(x), short(y), short(x + side), short(y + side));
    let _ = match corner {
        0 => write!(data, "M{left} {top}H{right}L{left} {bottom}z"),
        1 => write!(data, "M{left} {top}H{right}V{bottom}z"),
        2 => write!(data, "M{right} {top}V{bottom}H{left}z"),
        _ => write!(data, "M{left} {top}L{right} {bottom}H{left}z"),
    };
}

fn quarter(data: &mut String, x: f32, y: f32, side: f32, corner: usize) {
    let (left, top, right, bottom) = (short(x), short(y), short(x + side), short(y + side));
    let r = short(side);
    let _ = match corner {
        0 => write!(data, "M{left} {top}H{right}A{r} {r} 0 0 1 {left} {bottom}z"),
        1 => write!(data, "M{right} {top}V{bottom}A{r} {r} 0 0 1 {left} {top}z"),
        2 => write!(data, "M{right} {bottom}H{left}A{r} {r} 0 0 1 {right} {top}z"),
        _ => write!(data, "M{left} {bottom}V{top}A{r} {r} 0 0 1 {right} {bottom}z"),
    };
}
