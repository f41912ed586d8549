//! A theatre of 1,200: stalls, circle and gallery in three blocks each, curved around the stage.

use onsale_domain::seat_map::{Point, Row, SeatMap, ShapeKind};

use super::{AISLE, Drawing, ROW_PITCH, SPACING, accessible_ends, arc, at, letter, row, seats_on};

/// A tier: as many rows as given, as wide as it has to be for its seats.
struct Tier {
    name: &'static str,
    category: u8,
    first_radius: f32,
    rows: usize,
    seats: usize,
}

/// How strongly a house is curved and how its seats are shared out. All are houses of 1,200.
struct Proportions {
    first_radius: f32,
    stalls: (usize, usize),
    circle: (usize, usize),
    gallery: (usize, usize),
}

const PROPORTIONS: [Proportions; 3] = [
    Proportions { first_radius: 330.0, stalls: (15, 520), circle: (8, 374), gallery: (6, 306) },
    Proportions { first_radius: 420.0, stalls: (16, 580), circle: (7, 340), gallery: (6, 280) },
    Proportions { first_radius: 270.0, stalls: (13, 434), circle: (9, 412), gallery: (7, 354) },
];

/// Between the last row of a tier and the first of the next: the edge of a balcony.
const TIER_GAP: f32 = 84.0;
/// Of each tier's width, what the middle block takes.
const CENTRE_SHARE: f32 = 0.44;
/// Seats of a row in the left, the middle and the right block.
type Blocks = [usize; 3];

/// A theatre of one of three shapes.
pub(crate) fn theatre(name: &str, shape: usize) -> SeatMap {
    let proportions = &PROPORTIONS[shape % PROPORTIONS.len()];
    let mut drawing = Drawing::new(name, &["Stalls", "Circle", "Gallery"]);
    draw_stage(&mut drawing, proportions.first_radius - 78.0);
    let mut radius = proportions.first_radius;
    let tiers = [
        ("Stalls", proportions.stalls),
        ("Circle", proportions.circle),
        ("Gallery", proportions.gallery),
    ];
    for (category, (name, (rows, seats))) in (0..).zip(tiers) {
        draw_tier(&mut drawing, &Tier { name, category, first_radius: radius, rows, seats });
        radius += (rows - 1) as f32 * ROW_PITCH + TIER_GAP;
    }
    drawing.finish()
}

/// A stage whose front bows towards the house.
fn draw_stage(drawing: &mut Drawing, radius: f32) {
    const HALF_ANGLE: f32 = 0.72;
    const STEPS: usize = 24;
    let corner = |angle: f32| at(radius * angle.sin(), radius * angle.cos());
    let step = |step: usize| HALF_ANGLE * (1.0 - 2.0 * step as f32 / STEPS as f32);
    let mut outline: Vec<Point> = (0..=STEPS).map(|number| corner(step(number))).collect();
    let (half_width, front) = (radius * HALF_ANGLE.sin(), radius * HALF_ANGLE.cos());
    let back = front - 130.0;
    outline.extend([at(-half_width * 0.82, back), at(half_width * 0.82, back)]);
    let focal_point = at(0.0, (radius + back) / 2.0);
    drawing.stage("Stage", ShapeKind::Polygon(outline), focal_point);
}

fn draw_tier(drawing: &mut Drawing, tier: &Tier) {
    let angle = narrowest_angle(tier);
    let mut rows: Vec<Blocks> = (0..tier.rows).map(|row| blocks(tier, angle, row)).collect();
    let excess = rows.iter().flatten().sum::<usize>().saturating_sub(tier.seats);
    trim(&mut rows, excess);
    let side_angle = angle * (CENTRE_SHARE + 1.0) / 4.0;
    for (block, side, middle) in
        [(0, "left", -side_angle), (1, "centre", 0.0), (2, "right", side_angle)]
    {
        let drawn = rows.iter().enumerate().map(|(number, blocks)| {
            let radius = tier.first_radius + number as f32 * ROW_PITCH;
            let first_label = 1 + blocks[..block].iter().sum::<usize>();
            let places = arc(Point::default(), radius, middle, blocks[block]);
            row(letter(number), places, first_label, tier.category)
        });
        let mut drawn: Vec<Row> = drawn.collect();
        if block != 1 && tier.category < 2 {
            drawn[0].seats.iter_mut().for_each(|seat| seat.accessible = false);
            accessible_ends(&mut drawn[0], 2);
        }
        drawing.seated(format!("{} {side}", tier.name), drawn);
    }
}

/// The seats of a row in a tier that is `angle` radians wide, an aisle at each side of the
/// middle block.
fn blocks(tier: &Tier, angle: f32, row: usize) -> Blocks {
    let length = angle * (tier.first_radius + row as f32 * ROW_PITCH);
    let side = seats_on(length * (1.0 - CENTRE_SHARE) / 2.0);
    [side, seats_on(length * CENTRE_SHARE), side]
}

/// The smallest angle at which the rows have room for all seats.
fn narrowest_angle(tier: &Tier) -> f32 {
    let has_room = |angle: f32| {
        (0..tier.rows).flat_map(|row| blocks(tier, angle, row)).sum::<usize>() >= tier.seats
    };
    let (mut too_narrow, mut wide_enough) = (0.0, 3.0);
    for _ in 0..24 {
        let angle = (too_narrow + wide_enough) / 2.0;
        if has_room(angle) { wide_enough = angle } else { too_narrow = angle }
    }
    wide_enough
}

/// Takes seats that are too many from the back, in pairs left and right so that the house stays
/// even, and an odd one from the middle.
fn trim(rows: &mut [Blocks], excess: usize) {
    let rows_from_behind = rows.len();
    for number in 0..excess / 2 {
        let row = &mut rows[rows_from_behind - 1 - number % rows_from_behind];
        row[0] -= 1;
        row[2] -= 1;
    }
    if let Some(last) = rows.last_mut().filter(|_| excess % 2 == 1) {
        last[1] -= 1;
    }
}

const _: () = assert!(TIER_GAP > AISLE && AISLE > 1.75 * SPACING);
