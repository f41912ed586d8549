//! An arena of 18,000: a stage at one end, blocks on the floor, two rings around three sides.
//! The measures are chosen so that it comes out at that number with every row full.

use onsale_domain::seat_map::{SeatMap, ShapeKind};

use super::{
    Drawing, ROW_PITCH, SPACING, accessible_ends, at, letter, line, rectangle,
    ring::{Part, Ring},
    row,
};

const FLOOR_COLUMNS: usize = 4;
const FLOOR_LINES: usize = 5;
const BLOCK_SEATS: usize = 12;
const BLOCK_ROWS: usize = 10;
/// Between two blocks of the floor.
const FLOOR_AISLE: f32 = 66.0;
/// From the last row of the lower ring to the first of the upper.
const RING_GAP: f32 = 110.0;

/// The arena.
pub(crate) fn arena(name: &str) -> SeatMap {
    let mut drawing = Drawing::new(name, &["Floor", "Lower ring", "Upper ring", "Upper ring rear"]);
    let block_width = (BLOCK_SEATS - 1) as f32 * SPACING;
    let block_depth = (BLOCK_ROWS - 1) as f32 * ROW_PITCH;
    let floor_width = FLOOR_COLUMNS as f32 * block_width + (FLOOR_COLUMNS - 1) as f32 * FLOOR_AISLE;
    let floor_depth = FLOOR_LINES as f32 * block_depth + (FLOOR_LINES - 1) as f32 * FLOOR_AISLE;
    let stage_depth = 300.0;
    let half = (floor_width / 2.0 - 50.0, (floor_depth + stage_depth) / 2.0);
    // The floor lies in the lower part of the field, the stage in the upper.
    let floor_top = half.1 - floor_depth + 20.0;
    let stage_top = floor_top - stage_depth - 30.0;
    let stage = vec![
        at(-half.0 * 0.86, stage_top),
        at(half.0 * 0.86, stage_top),
        at(half.0 * 0.86, stage_top + 190.0),
        at(half.0 * 0.16, stage_top + 190.0),
        at(half.0 * 0.16, stage_top + 270.0),
        at(-half.0 * 0.16, stage_top + 270.0),
        at(-half.0 * 0.16, stage_top + 190.0),
        at(-half.0 * 0.86, stage_top + 190.0),
    ];
    drawing.stage("Stage", ShapeKind::Polygon(stage), at(0.0, stage_top + 190.0));
    draw_floor(&mut drawing, floor_width, floor_top);
    draw_rings(&mut drawing, half);
    let desk = rectangle(-70.0, half.1 + 46.0, 140.0, 44.0);
    drawing.shape("Sound", ShapeKind::Polygon(desk));
    drawing.finish()
}

fn draw_floor(drawing: &mut Drawing, width: f32, top: f32) {
    let block_width = (BLOCK_SEATS - 1) as f32 * SPACING;
    let block_depth = (BLOCK_ROWS - 1) as f32 * ROW_PITCH;
    for floor_line in 0..FLOOR_LINES {
        for column in 0..FLOOR_COLUMNS {
            let left = -width / 2.0 + column as f32 * (block_width + FLOOR_AISLE);
            let first = top + floor_line as f32 * (block_depth + FLOOR_AISLE);
            let rows = (0..BLOCK_ROWS).map(|number| {
                let middle = at(left + block_width / 2.0, first + number as f32 * ROW_PITCH);
                let mut row = row(letter(number), line(middle, 0.0, BLOCK_SEATS), 1, 0);
                if floor_line + 1 == FLOOR_LINES && number + 1 == BLOCK_ROWS {
                    accessible_ends(&mut row, 2);
                }
                row
            });
            let name = format!("Floor {}{}", letter(floor_line), column + 1);
            drawing.seated(name, rows.collect());
        }
    }
}

/// Two rings, open behind the stage, numbered from the stage's left around to its right.
fn draw_rings(drawing: &mut Drawing, half: (f32, f32)) {
    let parts = |side, corner, end| {
        vec![
            (Part::Side(1), side),
            (Part::Corner(1), corner),
            (Part::Side(2), end),
            (Part::Corner(2), corner),
            (Part::Side(3), side),
        ]
    };
    let lower =
        Ring { half, first_radius: 185.0, rows: 24, parts: parts(5, 3, 4), first_number: 101 };
    let upper = Ring {
        half,
        first_radius: lower.last_radius() + RING_GAP,
        rows: 29,
        parts: parts(5, 5, 4),
        first_number: 201,
    };
    lower.draw(drawing, |number| number.to_string(), |_, _, _| 1);
    let is_rear = |part| matches!(part, Part::Side(2) | Part::Corner(_));
    upper.draw(
        drawing,
        |number| number.to_string(),
        |part, _, _| if is_rear(part) { 3 } else { 2 },
    );
}
