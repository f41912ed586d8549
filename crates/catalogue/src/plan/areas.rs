//! Areas of a plan: what is drawn besides seats.

use onsale_domain::{
    limits::MAX_NAME_CHARS,
    seat_map::{Shape, ShapeKind},
};

use super::reader::{Place, read_coordinate, read_place};
use crate::{
    fault::{Faults, Path},
    json::Node,
};

/// What people come to look at, in the languages plans are met in.
const STAGE_WORDS: [&str; 21] = [
    "stage",
    "pitch",
    "screen",
    "field",
    "court",
    "bühne",
    "buehne",
    "leinwand",
    "spielfeld",
    "scène",
    "scene",
    "escenario",
    "palco",
    "palcoscenico",
    "scena",
    "scen",
    "toneel",
    "podium",
    "jeviště",
    "scenen",
    "näyttämö",
];

/// Whether one of the words of a text is the name of a stage; "Hauptbühne" is, "Backstage" and
/// "Stages of Life" are not.
pub(super) fn names_a_stage(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = text.split(|character: char| !character.is_alphanumeric());
    words.any(|word| STAGE_WORDS.contains(&word) || word.ends_with("bühne"))
}

/// Reads an area of the older kind (`width`, `height`, `text`) or of the newer (`shape` and a
/// field of that name). `None` for one that has neither a form nor words.
pub(super) fn read(
    faults: &mut Faults,
    path: &Path<'_>,
    node: Node<'_>,
    origin: Place,
    in_stage_zone: bool,
) -> Option<Shape> {
    let names = ["shape", "position", "rotation", "text", "width", "height"];
    let [shape, position, rotation, text, width, height] =
        faults.expect_fields(path, node, names)?;
    let at = match position {
        Some(_) => origin.plus(read_place(faults, &path.field("position"), position)?),
        None => origin,
    };
    let turn = match rotation {
        Some(_) => read_coordinate(faults, &path.field("rotation"), rotation)?.to_radians(),
        None => 0.0,
    };
    let (text, text_way) = read_text(faults, &path.field("text"), text)?;
    let kind = match shape.and_then(Node::text).as_deref() {
        Some("text") => None,
        Some(_) => read_form(faults, path, node, at, turn)?,
        None if width.is_some() && height.is_some() => {
            let width = read_coordinate(faults, &path.field("width"), width)?;
            let height = read_coordinate(faults, &path.field("height"), height)?;
            Some(rectangle(at, width, height, turn))
        }
        None => None,
    };
    let kind = match kind {
        Some(kind) => kind,
        None if text.is_empty() => return None,
        None => ShapeKind::Text(at.plus(text_way).to_point()),
    };
    let is_stage = in_stage_zone || names_a_stage(&text);
    Some(Shape { kind, text, is_stage })
}

/// The words and their place within the area: a text, or an object with a text and a position.
fn read_text(
    faults: &mut Faults,
    path: &Path<'_>,
    node: Option<Node<'_>>,
) -> Option<(String, Place)> {
    let Some(object) = node.filter(|node| node.kind() == "an object") else {
        return Some((faults.optional_text(path, node, MAX_NAME_CHARS), Place::default()));
    };
    let [text, position] = faults.expect_fields(path, object, ["text", "position"])?;
    let way = match position {
        Some(_) => read_place(faults, &path.field("position"), position)?,
        None => Place::default(),
    };
    Some((faults.optional_text(&path.field("text"), text, MAX_NAME_CHARS), way))
}

/// The form of a newer area: `Some(None)` for one that has none we know, `None` after a fault.
fn read_form(
    faults: &mut Faults,
    path: &Path<'_>,
    node: Node<'_>,
    at: Place,
    turn: f64,
) -> Option<Option<ShapeKind>> {
    let forms = ["rectangle", "circle", "ellipse", "polygon"];
    let [rectangle_node, circle, ellipse, polygon] = faults.expect_fields(path, node, forms)?;
    if let Some(form) = rectangle_node {
        let path = path.field("rectangle");
        let [width, height] = faults.expect_fields(&path, form, ["width", "height"])?;
        let width = read_coordinate(faults, &path.field("width"), width)?;
        let height = read_coordinate(faults, &path.field("height"), height)?;
        return Some(Some(rectangle(at, width, height, turn)));
    }
    if let Some(form) = circle {
        let path = path.field("circle");
        let [radius] = faults.expect_fields(&path, form, ["radius"])?;
        let radius = read_coordinate(faults, &path.field("radius"), radius)?.abs();
        return Some(Some(ellipse_around(at, radius, radius, turn)));
    }
    if let Some(form) = ellipse {
        let path = path.field("ellipse");
        let [radius] = faults.expect_fields(&path, form, ["radius"])?;
        let radius = read_place(faults, &path.field("radius"), radius)?;
        return Some(Some(ellipse_around(at, radius.x.abs(), radius.y.abs(), turn)));
    }
    let Some(form) = polygon else { return Some(None) };
    let path = path.field("polygon");
    let [points] = faults.expect_fields(&path, form, ["points"])?;
    let mut corners = Vec::new();
    faults.expect_list(&path.field("points"), points, |faults, path, _, node| {
        let corner = read_place(faults, path, Some(node));
        corners.extend(corner.map(|way| at.plus(turned(way, turn)).to_point()));
    });
    Some(Some(ShapeKind::Polygon(corners)))
}

/// Turns a way around the position of its area, clockwise on a plan whose y grows downwards.
fn turned(way: Place, turn: f64) -> Place {
    let (sin, cos) = turn.sin_cos();
    Place { x: way.x * cos - way.y * sin, y: way.x * sin + way.y * cos }
}

fn rectangle(at: Place, width: f64, height: f64, turn: f64) -> ShapeKind {
    let corner = |x, y| at.plus(turned(Place { x, y }, turn)).to_point();
    ShapeKind::Polygon(vec![
        corner(0.0, 0.0),
        corner(width, 0.0),
        corner(width, height),
        corner(0.0, height),
    ])
}

/// An ellipse; one that is turned askew becomes a polygon, since an ellipse of ours lies straight.
fn ellipse_around(at: Place, radius_x: f64, radius_y: f64, turn: f64) -> ShapeKind {
    const CORNERS: u32 = 48;
    let is_straight = turn.sin().abs() < 1e-6 || (radius_x - radius_y).abs() < 1e-6;
    if is_straight {
        let center = at.to_point();
        return ShapeKind::Ellipse { center, radius_x: radius_x as f32, radius_y: radius_y as f32 };
    }
    let corner = |number: u32| {
        let angle = f64::from(number) / f64::from(CORNERS) * std::f64::consts::TAU;
        let way = Place { x: radius_x * angle.cos(), y: radius_y * angle.sin() };
        at.plus(turned(way, turn)).to_point()
    };
    ShapeKind::Polygon((0..CORNERS).map(corner).collect())
}
