//! From a seat map to bytes.

use super::{
    LABELS_FROM_ONE, LABELS_RUN, LABELS_TEXTS, MAGIC, ROW_BENDS, ROW_HAS_ACCESSIBLE,
    ROW_HAS_CATEGORIES, SECTION_SEATED, SECTION_STANDING, SHAPE_ELLIPSE, SHAPE_IS_STAGE,
    SHAPE_POLYGON, SHAPE_TEXT,
    bytes::{Steps, Writer},
    curve::{self, RowsSoFar},
};
use crate::seat_map::model::{
    CategoryIndex, Row, Seat, SeatMap, Section, SectionKind, Shape, ShapeKind,
};

pub(super) fn encode(map: &SeatMap) -> Vec<u8> {
    let mut out = Writer { bytes: Vec::with_capacity(256 + 2 * map.seat_count() as usize) };
    out.bytes.extend_from_slice(&MAGIC);
    out.text(&map.name);
    out.length(map.width);
    out.length(map.height);
    out.point(map.focal_point);
    out.count(map.categories.len());
    for category in &map.categories {
        out.text(&category.name);
        out.text(&category.color);
    }
    out.count(map.sections.len());
    let mut rows = RowEncoder { rows: RowsSoFar::default(), category: CategoryIndex(0) };
    for section in &map.sections {
        rows.section(&mut out, section);
    }
    out.count(map.shapes.len());
    for shape in &map.shapes {
        encode_shape(&mut out, shape);
    }
    out.bytes
}

fn encode_shape(out: &mut Writer, shape: &Shape) {
    let kind = match shape.kind {
        ShapeKind::Polygon(_) => SHAPE_POLYGON,
        ShapeKind::Ellipse { .. } => SHAPE_ELLIPSE,
        ShapeKind::Text(_) => SHAPE_TEXT,
    };
    out.byte(kind | if shape.is_stage { SHAPE_IS_STAGE } else { 0 });
    out.text(&shape.text);
    match &shape.kind {
        ShapeKind::Polygon(points) => out.outline(points),
        ShapeKind::Ellipse { center, radius_x, radius_y } => {
            out.point(*center);
            out.length(*radius_x);
            out.length(*radius_y);
        }
        ShapeKind::Text(point) => out.point(*point),
    }
}

/// Carries from row to row what the next row can be compared with.
struct RowEncoder {
    rows: RowsSoFar,
    category: CategoryIndex,
}

impl RowEncoder {
    fn section(&mut self, out: &mut Writer, section: &Section) {
        out.text(&section.name);
        match &section.kind {
            SectionKind::Seated { rows } => {
                out.byte(SECTION_SEATED);
                out.count(rows.len());
                self.rows.new_section();
                for row in rows {
                    self.row(out, row);
                }
            }
            SectionKind::Standing { category, capacity, outline } => {
                out.byte(SECTION_STANDING);
                out.number(u64::from(category.0));
                out.number(u64::from(*capacity));
                out.outline(outline);
            }
        }
    }

    fn row(&mut self, out: &mut Writer, row: &Row) {
        let positions: Vec<Steps> = row.seats.iter().map(|seat| Steps::of(seat.position)).collect();
        let (bends, positions) = curve::write(&mut self.rows, &positions);
        let run = label_run(&row.seats);
        let labels = match run {
            Some((1, 1)) => LABELS_FROM_ONE,
            Some(_) => LABELS_RUN,
            None => LABELS_TEXTS,
        };
        let same_category = row.seats.iter().all(|seat| seat.category == self.category);
        let accessible = row.seats.iter().any(|seat| seat.accessible);
        let flag = |on: bool, flag: u8| if on { flag } else { 0 };
        out.byte(
            labels
                | flag(bends, ROW_BENDS)
                | flag(!same_category, ROW_HAS_CATEGORIES)
                | flag(accessible, ROW_HAS_ACCESSIBLE),
        );
        out.text(&row.label);
        out.count(row.seats.len());
        match run {
            Some((1, 1)) => {}
            Some((start, step)) => {
                out.number(start as u64);
                out.signed(step);
            }
            None => row.seats.iter().for_each(|seat| out.text(&seat.label)),
        }
        if !same_category {
            self.categories(out, &row.seats);
        }
        if accessible {
            encode_accessible(out, &row.seats);
        }
        out.bytes.extend_from_slice(&positions);
    }

    /// Runs of one category: how long, and which.
    fn categories(&mut self, out: &mut Writer, seats: &[Seat]) {
        for run in seats.chunk_by(|one, next| one.category == next.category) {
            self.category = run[0].category;
            out.count(run.len());
            out.number(u64::from(self.category.0));
        }
    }
}

/// The wheelchair places: how many, then how many seats lie before each since the last.
fn encode_accessible(out: &mut Writer, seats: &[Seat]) {
    out.count(seats.iter().filter(|seat| seat.accessible).count());
    let mut next = 0;
    for (number, _) in seats.iter().enumerate().filter(|(_, seat)| seat.accessible) {
        out.count(number - next);
        next = number + 1;
    }
}

/// Start and step of labels that are whole numbers at equal distance; an empty row counts from 1.
fn label_run(seats: &[Seat]) -> Option<(i64, i64)> {
    let Some(first) = seats.first() else { return Some((1, 1)) };
    let start = plain_number(&first.label)?;
    let Some(second) = seats.get(1) else { return Some((start, 1)) };
    let step = plain_number(&second.label)? - start;
    let follows = (0..).zip(seats).all(|(number, seat)| {
        plain_number(&seat.label).is_some_and(|label| label == start + step * number)
    });
    follows.then_some((start, step))
}

/// A label as a number, when it is written the way the decoder will write it: no sign, no
/// leading zeros.
fn plain_number(label: &str) -> Option<i64> {
    let is_plain = (1..=9).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_digit())
        && (label == "0" || !label.starts_with('0'));
    if is_plain { label.parse().ok() } else { None }
}
