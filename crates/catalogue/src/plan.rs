//! Seating plans, in the layout that the editor of pretix writes.
//!
//! | object | fields that are used |
//! | --- | --- |
//! | plan | `name`, `categories[]`, `zones[]`, `size {width, height}` if there |
//! | category | `name`, `color` if it is one |
//! | zone | `name`, `position`, `rows[]`, `areas[]` |
//! | row | `row_number`, `position` if there, `seats[]` |
//! | seat | `seat_guid`, `seat_number`, `position`, `category`, `accessible` if there |
//! | area | `position`, `rotation`, and a form of the older or the newer kind |
//!
//! Positions `{x, y}` add up: zone, row, seat. Any other field is passed over, whatever it holds;
//! a fault in a field of this table is reported with its place, and a plan with a fault is
//! refused whole.
//!
//! What the layout leaves open is settled so: rows of a zone with the same number are parts of
//! one row (an aisle lies between them); a zone without a name gets one, and a second zone of the
//! same name a number behind it; zones without seats only lend their drawings. People look at
//! the area that is called a stage, a pitch or a screen, in one of several languages, or else
//! at the middle of the upper edge.

mod areas;
mod reader;
#[cfg(test)]
mod tests;

use onsale_domain::seat_map::{Point, SeatMap, ShapeKind};

pub(crate) use self::reader::{read, read_position};
use crate::{
    fault::{Faults, Path, Problem},
    json::{Node, text_of},
};

/// Reads a plan: a seat map that is valid and quantised.
///
/// # Errors
/// All [`Faults`] of the file; one alone if it is larger than
/// [`MAX_FILE_BYTES`](crate::MAX_FILE_BYTES) or not JSON.
pub fn parse(bytes: &[u8]) -> Result<SeatMap, Faults> {
    let node = text_of(bytes).and_then(Node::parse).map_err(Faults::of_the_file)?;
    let mut faults = Faults::default();
    match read(&mut faults, &Path::Root, node) {
        Some(map) => finish(faults, &Path::Root, map),
        None => Err(faults),
    }
}

/// Numbers the seats, finds what people look at, and checks the finished map.
pub(crate) fn finish(
    mut faults: Faults,
    path: &Path<'_>,
    mut map: SeatMap,
) -> Result<SeatMap, Faults> {
    if faults.count() > 0 {
        return Err(faults);
    }
    map.number_seats();
    map.focal_point = focal_point(&map);
    if let Some(bounds) = map.bounds() {
        map.width = if map.width > 0.0 { map.width } else { bounds.max.x.max(1.0) };
        map.height = if map.height > 0.0 { map.height } else { bounds.max.y.max(1.0) };
    }
    if let Err(found) = map.validate() {
        found.into_iter().for_each(|fault| faults.report(path, Problem::SeatMap(fault)));
    }
    map.quantise();
    faults.or(map)
}

/// The middle of the stage, or of the upper edge of what there is.
fn focal_point(map: &SeatMap) -> Point {
    let middle = |kind: &ShapeKind| match kind {
        ShapeKind::Polygon(points) => {
            onsale_domain::seat_map::Bounds::around(points.iter().copied()).map(|it| it.center())
        }
        ShapeKind::Ellipse { center, .. } => Some(*center),
        ShapeKind::Text(point) => Some(*point),
    };
    let stages = || map.shapes.iter().filter(|shape| shape.is_stage);
    let drawn = stages().find(|shape| !matches!(shape.kind, ShapeKind::Text(_)));
    drawn.or_else(|| stages().next()).and_then(|stage| middle(&stage.kind)).unwrap_or_else(|| {
        map.bounds()
            .map_or(Point::default(), |bounds| Point { x: bounds.center().x, y: bounds.min.y })
    })
}
