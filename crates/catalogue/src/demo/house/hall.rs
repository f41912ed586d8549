//! A hall: people stand on the floor and sit on a balcony that runs around three sides.

use std::f32::consts::FRAC_PI_2;

use onsale_domain::seat_map::{SeatMap, ShapeKind};

use super::{
    Drawing, ROW_PITCH, SPACING, accessible_ends, arc, at, letter, line, rectangle, row, seats_on,
};

/// Square plan units of floor for one person: the floor grows with its capacity.
const FLOOR_UNITS_PER_PERSON: f32 = 340.0;

/// A hall for `standing` people on the floor; `shape` from 0 to 2 makes the balcony deeper.
pub(crate) fn hall(name: &str, standing: u32, shape: usize) -> SeatMap {
    let mut drawing = Drawing::new(name, &["Floor", "Balcony"]);
    let width = (standing as f32 * FLOOR_UNITS_PER_PERSON * 1.25).sqrt().max(440.0);
    let depth = (standing as f32 * FLOOR_UNITS_PER_PERSON / width).max(360.0);
    let half = width / 2.0;
    let stage = vec![
        at(-half * 0.7, -150.0),
        at(half * 0.7, -150.0),
        at(half * 0.7, -40.0),
        at(half * 0.32, -40.0),
        at(half * 0.24, 0.0),
        at(-half * 0.24, 0.0),
        at(-half * 0.32, -40.0),
        at(-half * 0.7, -40.0),
    ];
    drawing.stage("Stage", ShapeKind::Polygon(stage), at(0.0, -60.0));
    let cut = 60.0;
    let floor = vec![
        at(-half + cut, 40.0),
        at(half - cut, 40.0),
        at(half, 40.0 + cut),
        at(half, 40.0 + depth),
        at(-half, 40.0 + depth),
        at(-half, 40.0 + cut),
    ];
    drawing.standing("Floor", 0, standing, floor);
    draw_side_balconies(&mut drawing, half, depth, 2 + shape.min(1));
    draw_rear_balcony(&mut drawing, half, depth, 5 + shape.min(2));
    let bar_depth = 40.0 + depth + 24.0;
    drawing.shape("Bar", ShapeKind::Polygon(rectangle(-90.0, bar_depth, 180.0, 34.0)));
    drawing.finish()
}

/// Straight rows along both walls, facing the floor.
fn draw_side_balconies(drawing: &mut Drawing, half: f32, depth: f32, rows: usize) {
    let seats = ((depth - 110.0) / SPACING) as usize;
    let middle = 40.0 + depth / 2.0;
    for (side, name) in [(-1.0, "Balcony left"), (1.0, "Balcony right")] {
        let drawn = (0..rows).map(|number| {
            let x = side * (half + 62.0 + number as f32 * ROW_PITCH);
            // Seats count from the left of somebody who faces the floor.
            let places = line(at(x, middle), side * -FRAC_PI_2, seats);
            row(letter(number), places, 1, 1)
        });
        drawing.seated(name, drawn.collect());
    }
}

/// Gently curved rows behind the floor, in two blocks.
fn draw_rear_balcony(drawing: &mut Drawing, half: f32, depth: f32, rows: usize) {
    let radius = 5.0 * half;
    let center = at(0.0, 40.0 + depth + 124.0 - radius);
    let angle = 2.0 * (half + 20.0) / radius;
    for (side, name) in [(-1.0, "Balcony rear left"), (1.0, "Balcony rear right")] {
        let drawn = (0..rows).map(|number| {
            let radius = radius + number as f32 * ROW_PITCH;
            let seats = seats_on(angle / 2.0 * radius);
            let first_label = if side < 0.0 { 1 } else { 1 + seats };
            let places = arc(center, radius, side * angle / 4.0, seats);
            let mut row = row(letter(number), places, first_label, 1);
            if number + 1 == rows {
                accessible_ends(&mut row, 2);
            }
            row
        });
        drawing.seated(name, drawn.collect());
    }
}
