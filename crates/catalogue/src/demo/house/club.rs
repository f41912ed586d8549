//! Clubs: tables around a small stage, rows of chairs, or a floor with a mezzanine.

use std::f32::consts::{FRAC_PI_2, FRAC_PI_4};

use onsale_domain::seat_map::{Point, Row, SeatMap, ShapeKind};

use super::{Drawing, ROW_PITCH, SPACING, accessible_ends, arc, at, letter, line, rectangle, row};

/// From the middle of a table to its chairs.
const CHAIR_RADIUS: f32 = 21.0;
/// Between the middles of two tables of an arc.
const TABLE_SPACING: f32 = 92.0;
/// Between two arcs of tables.
const TABLE_PITCH: f32 = 86.0;
const TABLE_ARCS: usize = 6;
const FIRST_TABLE_RADIUS: f32 = 290.0;
/// Arcs whose tables cost more.
const FRONT_ARCS: usize = 2;

/// Tables for four on arcs around the stage, in three blocks, and stools at the bar: 236 seats.
pub(crate) fn table_club(name: &str) -> SeatMap {
    const BLOCK_ANGLE: f32 = 0.635;
    const BLOCK_TURN: f32 = 0.7;
    let mut drawing = Drawing::new(name, &["Front tables", "Tables", "Bar"]);
    let center = at(0.0, 60.0);
    let stage = ShapeKind::Ellipse { center, radius_x: 190.0, radius_y: 80.0 };
    drawing.stage("Stage", stage, center);
    let mut next_table = 1;
    for (block, turn) in [("left", -BLOCK_TURN), ("centre", 0.0), ("right", BLOCK_TURN)] {
        let mut rows = Vec::new();
        for number in 0..TABLE_ARCS {
            let radius = FIRST_TABLE_RADIUS + number as f32 * TABLE_PITCH;
            let tables = (BLOCK_ANGLE * radius / TABLE_SPACING).floor().max(1.0) as usize;
            let category = u8::from(number >= FRONT_ARCS);
            for table in 0..tables {
                let off = (table as f32 - (tables - 1) as f32 / 2.0) * TABLE_SPACING;
                rows.push(table_for_four(
                    &mut drawing,
                    radius,
                    turn + off / radius,
                    next_table,
                    category,
                ));
                next_table += 1;
            }
        }
        drawing.seated(format!("Tables {block}"), rows);
    }
    draw_bar(&mut drawing, FIRST_TABLE_RADIUS + TABLE_ARCS as f32 * TABLE_PITCH);
    drawing.finish()
}

/// A table and its chairs, two of them towards the stage. The table's number is its row.
fn table_for_four(
    drawing: &mut Drawing,
    radius: f32,
    angle: f32,
    number: usize,
    category: u8,
) -> Row {
    let center = at(radius * angle.sin(), radius * angle.cos());
    drawing.shape("", ShapeKind::Ellipse { center, radius_x: 11.0, radius_y: 11.0 });
    let chair = |chair: usize| {
        let turn = FRAC_PI_2 - angle + FRAC_PI_4 + chair as f32 * FRAC_PI_2;
        at(center.x + CHAIR_RADIUS * turn.cos(), center.y + CHAIR_RADIUS * turn.sin())
    };
    let mut table = row(number, (0..4).map(chair).collect(), 1, category);
    table.seats[0].accessible = number.is_multiple_of(9);
    table
}

/// A counter with stools, behind the tables.
fn draw_bar(drawing: &mut Drawing, radius: f32) {
    const STOOLS: usize = 20;
    const STEPS: usize = 16;
    drawing.seated("Bar", vec![row("A", arc(Point::default(), radius, 0.0, STOOLS), 1, 2)]);
    let half_angle = STOOLS as f32 * SPACING / radius / 2.0;
    let corner = |radius: f32, angle: f32| at(radius * angle.sin(), radius * angle.cos());
    let angle = |step: usize| half_angle * (2.0 * step as f32 / STEPS as f32 - 1.0);
    let inner = (0..=STEPS).map(|step| corner(radius + 30.0, angle(step)));
    let outer = (0..=STEPS).rev().map(|step| corner(radius + 60.0, angle(step)));
    drawing.shape("", ShapeKind::Polygon(inner.chain(outer).collect()));
}

/// Rows of chairs in two blocks: 200 to 312 seats, for a `shape` from 0 to 2.
pub(crate) fn row_club(name: &str, shape: usize) -> SeatMap {
    const FRONT_ROWS: usize = 4;
    let mut drawing = Drawing::new(name, &["Front rows", "Rear rows"]);
    let (rows, seats) = [(10, 10), (12, 11), (13, 12)][shape % 3];
    let half = seats as f32 * SPACING + 30.0;
    let stage = rectangle(-half * 0.6, -120.0, half * 1.2, 90.0);
    drawing.stage("Stage", ShapeKind::Polygon(stage), at(0.0, -60.0));
    for (side, name) in [(-1.0, "Left"), (1.0, "Right")] {
        let drawn = (0..rows).map(|number| {
            let gap = if number >= FRONT_ROWS { ROW_PITCH } else { 0.0 };
            let y = 40.0 + number as f32 * ROW_PITCH + gap;
            // The rows lean in a little, so that everybody faces the stage.
            let turn = -side * 0.12;
            let x = side * (30.0 + (seats - 1) as f32 * SPACING / 2.0);
            let first_label = if side < 0.0 { 1 } else { 1 + seats };
            let places = line(at(x, y), turn, seats);
            let mut row = row(letter(number), places, first_label, u8::from(number >= FRONT_ROWS));
            if number + 1 == rows {
                accessible_ends(&mut row, 1);
            }
            row
        });
        drawing.seated(name, drawn.collect());
    }
    drawing.finish()
}

/// A floor for `standing` people and 66 seats on a mezzanine behind it.
pub(crate) fn mezzanine_club(name: &str, standing: u32) -> SeatMap {
    let mut drawing = Drawing::new(name, &["Floor", "Mezzanine"]);
    let width = (standing as f32 * 420.0).sqrt().max(320.0);
    let depth = (standing as f32 * 420.0 / width).max(220.0);
    let half = width / 2.0;
    let stage = vec![
        at(-half * 0.66, -100.0),
        at(half * 0.66, -100.0),
        at(half * 0.5, 0.0),
        at(-half * 0.5, 0.0),
    ];
    drawing.stage("Stage", ShapeKind::Polygon(stage), at(0.0, -40.0));
    drawing.standing("Floor", 0, standing, rectangle(-half, 36.0, width, depth));
    for (side, name) in [(-1.0, "Mezzanine left"), (1.0, "Mezzanine right")] {
        let drawn = (0..3).map(|number| {
            let y = 36.0 + depth + 66.0 + number as f32 * ROW_PITCH;
            let x = side * (30.0 + 10.0 * SPACING / 2.0);
            let first_label = if side < 0.0 { 1 } else { 12 };
            row(letter(number), line(at(x, y), 0.0, 11), first_label, 1)
        });
        drawing.seated(name, drawn.collect());
    }
    let bar = rectangle(half + 30.0, 76.0, 40.0, depth - 80.0);
    drawing.shape("Bar", ShapeKind::Polygon(bar));
    drawing.finish()
}
