//! A stadium of 60,000: a pitch and three tiers all around it, in a hundred sections or so.
//! The measures are chosen so that it comes out at that number with every row full. And one of
//! 100,000 in four tiers, to measure with.

use onsale_domain::seat_map::{Point, SeatMap, SectionKind, ShapeKind};

use super::{
    Drawing, at, rectangle,
    ring::{Part, Ring},
};

/// Half a pitch of 105 by 68 metres, at two seats a metre.
const HALF_PITCH: (f32, f32) = (2520.0, 1632.0);
/// From the last row of a tier to the first of the next.
const TIER_GAP: f32 = 110.0;
/// How wide lines on the pitch are drawn.
const LINE: f32 = 12.0;

/// Rows of a tier, and its sections on a long side, a corner and a short side.
type Tier = (usize, [usize; 3]);

/// The stadium.
pub(crate) fn stadium(name: &str) -> SeatMap {
    bowl(name, &[(23, [8, 2, 5]), (18, [8, 3, 5]), (21, [8, 3, 5])])
}

/// A stadium of 100,000 seats: larger than any in the season, to measure with.
#[must_use]
pub fn grand_stadium(name: &str) -> SeatMap {
    const SEATS: u32 = 100_000;
    let mut map =
        bowl(name, &[(25, [8, 2, 5]), (22, [8, 3, 5]), (22, [10, 3, 6]), (24, [10, 4, 6])]);
    // The outermost row does not go all the way around.
    let mut spare = map.seat_count().saturating_sub(SEATS) as usize;
    for section in map.sections.iter_mut().rev() {
        let SectionKind::Seated { rows } = &mut section.kind else { continue };
        let Some(last) = rows.last_mut() else { continue };
        let gone = spare.min(last.seats.len());
        spare -= gone;
        last.seats.truncate(last.seats.len() - gone);
        rows.retain(|row| !row.seats.is_empty());
    }
    map.number_seats();
    map
}

fn bowl(name: &str, tiers: &[Tier]) -> SeatMap {
    let categories = ["Sideline", "Lower tier", "Middle tier", "Upper tier"];
    let mut drawing = Drawing::new(name, &categories);
    let pitch = rectangle(-HALF_PITCH.0, -HALF_PITCH.1, 2.0 * HALF_PITCH.0, 2.0 * HALF_PITCH.1);
    drawing.stage("Pitch", ShapeKind::Polygon(pitch), at(0.0, 0.0));
    draw_lines(&mut drawing);
    let mut first_radius = 320.0;
    for (tier, (rows, sections)) in tiers.iter().enumerate() {
        let ring = Ring {
            half: HALF_PITCH,
            first_radius,
            rows: *rows,
            parts: all_around(*sections),
            first_number: 101 + 100 * tier,
        };
        ring.draw(
            &mut drawing,
            |number| number.to_string(),
            |part, number, of| {
                let is_central = (2..of.saturating_sub(2)).contains(&number);
                match tier {
                    0 if matches!(part, Part::Side(0 | 2)) && is_central => 0,
                    0 => 1,
                    1 => 2,
                    _ => 3,
                }
            },
        );
        first_radius = ring.last_radius() + TIER_GAP;
    }
    drawing.finish()
}

/// Sections of a long side, a corner and a short side, all around.
fn all_around([long, corner, short]: [usize; 3]) -> Vec<(Part, usize)> {
    let side = |turns: u8| (Part::Side(turns), if turns.is_multiple_of(2) { long } else { short });
    (0..4).flat_map(|turns| [side(turns), (Part::Corner(turns), corner)]).collect()
}

/// The lines of the pitch.
fn draw_lines(drawing: &mut Drawing) {
    let (half_width, half_height) = HALF_PITCH;
    let metre = half_width / 52.5;
    let halfway = rectangle(-LINE / 2.0, -half_height, LINE, 2.0 * half_height);
    drawing.shape("", ShapeKind::Polygon(halfway));
    drawing.shape("", ShapeKind::Polygon(circle_line(9.15 * metre)));
    for (depth, height) in [(16.5 * metre, 40.3 * metre), (5.5 * metre, 18.3 * metre)] {
        for side in [-1.0, 1.0] {
            // Three sides of a box in front of the goal, as one bent line.
            let box_line = [
                at(half_width, -height / 2.0),
                at(half_width - depth, -height / 2.0),
                at(half_width - depth, height / 2.0),
                at(half_width, height / 2.0),
                at(half_width, height / 2.0 - LINE),
                at(half_width - depth + LINE, height / 2.0 - LINE),
                at(half_width - depth + LINE, LINE - height / 2.0),
                at(half_width, LINE - height / 2.0),
            ];
            let outline = box_line.map(|corner| at(side * corner.x, corner.y)).to_vec();
            drawing.shape("", ShapeKind::Polygon(outline));
        }
    }
}

/// A circle drawn as a line: around on the outside, back on the inside.
fn circle_line(radius: f32) -> Vec<Point> {
    const STEPS: usize = 48;
    let corner = |step: usize, radius: f32| {
        let angle = step as f32 / STEPS as f32 * std::f32::consts::TAU;
        at(radius * angle.sin(), radius * angle.cos())
    };
    let outside = (0..=STEPS).map(|step| corner(step, radius));
    outside.chain((0..=STEPS).rev().map(|step| corner(step, radius - LINE))).collect()
}
