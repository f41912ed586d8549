//! Categories, zones, rows and seats of a plan.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    fmt,
};

use onsale_domain::{
    SeatIndex,
    limits::{MAX_CATEGORIES_PER_MAP, MAX_NAME_CHARS, MAX_SEATS_PER_MAP, MAX_SECTIONS_PER_MAP},
    seat_map::{
        Category, CategoryIndex, MAX_COORDINATE, Point, Row, Seat, SeatMap, Section, SectionKind,
        Shape,
    },
};

use super::areas;
use crate::{
    fault::{Faults, Path, Problem, quoted},
    json::Node,
};

/// Colours for categories that come without: as far apart as eight colours can be.
const COLORS: [&str; 8] =
    ["#b5482f", "#2f7f86", "#d59a2b", "#5b5ea6", "#7a8b3c", "#a04a7b", "#3b6fb0", "#8a6d52"];
/// Words in the name of a category that make its seats wheelchair places.
const ACCESSIBLE_WORDS: [&str; 4] = ["wheelchair", "accessible", "rollstuhl", "fauteuil roulant"];

/// A place or a way on the plan, in double precision until everything is added up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub x: f64,
    pub y: f64,
}

impl Place {
    pub fn plus(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y }
    }

    pub fn to_point(self) -> Point {
        Point { x: self.x as f32, y: self.y as f32 }
    }
}

/// Where a seat was in the file, to name it later.
#[derive(Debug, Clone, Copy)]
struct Seen {
    zone: usize,
    row: usize,
    seat: usize,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "zones[{}].rows[{}].seats[{}]", self.zone, self.row, self.seat)
    }
}

/// Reads a plan. `None` when it is no object; otherwise what could be read, the faults beside it.
pub(crate) fn read(faults: &mut Faults, path: &Path<'_>, node: Node<'_>) -> Option<SeatMap> {
    let [name, size, categories, zones] =
        faults.expect_fields(path, node, ["name", "size", "categories", "zones"])?;
    let name = faults.optional_text(&path.field("name"), name, MAX_NAME_CHARS);
    let (width, height) = read_size(faults, &path.field("size"), size);
    let categories = read_categories(faults, &path.field("categories"), categories);
    let mut reader = PlanReader {
        categories: categories
            .iter()
            .map(|it| it.name.clone())
            .zip((0..).map(CategoryIndex))
            .collect(),
        accessible: categories.iter().map(is_accessible).collect(),
        guids: HashMap::new(),
        seat_count: 0,
        sections: Vec::new(),
        shapes: Vec::new(),
    };
    faults.expect_list(&path.field("zones"), zones, |faults, path, number, zone| {
        reader.zone(faults, path, number, zone);
    });
    if reader.seat_count > MAX_SEATS_PER_MAP {
        let problem = Problem::TooMany { what: "seats", limit: MAX_SEATS_PER_MAP };
        faults.report(path.field("zones"), problem);
    }
    let (sections, shapes) = (reader.sections, reader.shapes);
    let focal_point = Point::default();
    Some(SeatMap { name, width, height, focal_point, categories, sections, shapes })
}

fn read_size(faults: &mut Faults, path: &Path<'_>, node: Option<Node<'_>>) -> (f32, f32) {
    let Some([width, height]) =
        node.and_then(|node| faults.expect_fields(path, node, ["width", "height"]))
    else {
        return (0.0, 0.0);
    };
    let mut length = |name, node: Option<Node<'_>>| {
        node.and_then(|node| read_coordinate(faults, &path.field(name), Some(node))).unwrap_or(0.0)
    };
    (length("width", width) as f32, length("height", height) as f32)
}

pub(super) fn read_coordinate(
    faults: &mut Faults,
    path: &Path<'_>,
    node: Option<Node<'_>>,
) -> Option<f64> {
    let node = faults.expect(path, node)?;
    match node.number() {
        Some(number) if number.abs() <= f64::from(MAX_COORDINATE) => return Some(number),
        Some(_) => faults.report(path, Problem::Coordinate { found: node.as_written() }),
        None => faults.wrong_kind(path, "a number", node),
    }
    None
}

/// A position that has to be there.
pub(crate) fn read_position(
    faults: &mut Faults,
    path: &Path<'_>,
    node: Option<Node<'_>>,
) -> Option<Point> {
    read_place(faults, path, node).map(Place::to_point)
}

pub(super) fn read_place(
    faults: &mut Faults,
    path: &Path<'_>,
    node: Option<Node<'_>>,
) -> Option<Place> {
    let node = faults.expect(path, node)?;
    let [x, y] = faults.expect_fields(path, node, ["x", "y"])?;
    let x = read_coordinate(faults, &path.field("x"), x);
    let y = read_coordinate(faults, &path.field("y"), y);
    Some(Place { x: x?, y: y? })
}

fn read_categories(faults: &mut Faults, path: &Path<'_>, node: Option<Node<'_>>) -> Vec<Category> {
    let mut categories: Vec<Category> = Vec::new();
    faults.expect_list(path, node, |faults, path, number, node| {
        let Some([name, color]) = faults.expect_fields(path, node, ["name", "color"]) else {
            return;
        };
        let color = color.and_then(Node::text).and_then(|color| hex_color(&color));
        let color = color.unwrap_or_else(|| COLORS[number % COLORS.len()].to_owned());
        let name_path = path.field("name");
        let Some(name) = faults.expect_name(&name_path, name, MAX_NAME_CHARS) else { return };
        if let Some(first) = categories.iter().position(|category| category.name == name) {
            let first = format!("categories[{first}]");
            faults.report(name_path, Problem::Duplicate { value: quoted(&name), first });
        } else if categories.len() < MAX_CATEGORIES_PER_MAP {
            categories.push(Category { name: name.into_owned(), color });
        } else if categories.len() == number {
            let limit = MAX_CATEGORIES_PER_MAP;
            faults.report(path, Problem::TooMany { what: "categories", limit });
        }
    });
    categories
}

/// `#rrggbb` from that or from `#rgb`.
fn hex_color(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#')?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match digits.len() {
        6 if is_hex => Some(text.to_ascii_lowercase()),
        3 if is_hex => {
            let doubled = digits.chars().flat_map(|digit| [digit, digit]).collect::<String>();
            Some(format!("#{}", doubled.to_ascii_lowercase()))
        }
        _ => None,
    }
}

fn is_accessible(category: &Category) -> bool {
    let name = category.name.to_lowercase();
    ACCESSIBLE_WORDS.iter().any(|word| name.contains(word))
}

struct PlanReader<'a> {
    categories: HashMap<String, CategoryIndex>,
    /// Of each category, whether its seats are wheelchair places.
    accessible: Vec<bool>,
    guids: HashMap<Cow<'a, str>, Seen>,
    seat_count: usize,
    sections: Vec<Section>,
    shapes: Vec<Shape>,
}

/// A zone under construction.
#[derive(Default)]
struct OpenZone<'a> {
    origin: Place,
    rows: Vec<OpenRow<'a>>,
    by_label: HashMap<Cow<'a, str>, usize>,
}

/// A row under construction, with the labels it already has.
struct OpenRow<'a> {
    row: Row,
    labels: HashMap<Cow<'a, str>, Seen>,
}

impl<'a> PlanReader<'a> {
    fn zone(&mut self, faults: &mut Faults, path: &Path<'_>, number: usize, node: Node<'a>) {
        let names = ["name", "position", "rows", "areas"];
        let Some([name, position, rows, areas]) = faults.expect_fields(path, node, names) else {
            return;
        };
        let origin = read_place(faults, &path.field("position"), position).unwrap_or_default();
        let name = faults.optional_text(&path.field("name"), name, MAX_NAME_CHARS);
        let mut zone = OpenZone { origin, ..OpenZone::default() };
        if rows.is_some() {
            faults.expect_list(&path.field("rows"), rows, |faults, path, row, node| {
                let seen = Seen { zone: number, row, seat: 0 };
                self.row(faults, path, seen, node, &mut zone);
            });
        }
        let rows: Vec<Row> = zone
            .rows
            .into_iter()
            .map(|open| open.row)
            .filter(|row| !row.seats.is_empty())
            .collect();
        if areas.is_some() {
            let stage_zone = rows.is_empty() && areas::names_a_stage(&name);
            faults.expect_list(&path.field("areas"), areas, |faults, path, _, node| {
                self.shapes.extend(areas::read(faults, path, node, origin, stage_zone));
            });
        }
        if rows.is_empty() {
            return;
        }
        if self.sections.len() == MAX_SECTIONS_PER_MAP {
            let limit = MAX_SECTIONS_PER_MAP;
            faults.report(path, Problem::TooMany { what: "zones with seats", limit });
            return;
        }
        let name = self.free_name(name.trim(), number);
        let kind = SectionKind::Seated { rows };
        self.sections.push(Section { name, first_seat: SeatIndex(0), kind });
    }

    /// The name of a zone as tickets will show it: not empty, and no other zone's.
    fn free_name(&self, name: &str, number: usize) -> String {
        let name = if name.is_empty() { format!("Zone {}", number + 1) } else { name.to_owned() };
        let is_free = |name: &String| self.sections.iter().all(|section| section.name != *name);
        if is_free(&name) {
            return name;
        }
        let room: String = name.chars().take(MAX_NAME_CHARS - 5).collect();
        (2..).map(|again| format!("{room} {again}")).find(is_free).unwrap_or(name)
    }

    fn row(
        &mut self,
        faults: &mut Faults,
        path: &Path<'_>,
        seen: Seen,
        node: Node<'a>,
        zone: &mut OpenZone<'a>,
    ) {
        let names = ["row_number", "position", "seats"];
        let Some([label, position, seats]) = faults.expect_fields(path, node, names) else {
            return;
        };
        let label = faults.expect_name(&path.field("row_number"), label, MAX_NAME_CHARS);
        let origin = match position {
            Some(_) => read_place(faults, &path.field("position"), position)
                .map_or(zone.origin, |way| zone.origin.plus(way)),
            None => zone.origin,
        };
        // A row without a usable number is read on for the faults of its seats.
        let label = label.unwrap_or(Cow::Borrowed(""));
        let rows = &mut zone.rows;
        let number = *zone.by_label.entry(label).or_insert_with_key(|label| {
            let row = Row { label: label.to_string(), first_seat: SeatIndex(0), seats: Vec::new() };
            rows.push(OpenRow { row, labels: HashMap::new() });
            rows.len() - 1
        });
        let open = &mut rows[number];
        faults.expect_list(&path.field("seats"), seats, |faults, path, seat, node| {
            self.seat(faults, path, Seen { seat, ..seen }, origin, node, open);
        });
    }

    fn seat(
        &mut self,
        faults: &mut Faults,
        path: &Path<'_>,
        seen: Seen,
        origin: Place,
        node: Node<'a>,
        open: &mut OpenRow<'a>,
    ) {
        self.seat_count += 1;
        if self.seat_count > MAX_SEATS_PER_MAP {
            return;
        }
        let names = ["seat_guid", "seat_number", "position", "category", "accessible"];
        let Some([guid, label, position, category, accessible]) =
            faults.expect_fields(path, node, names)
        else {
            return;
        };
        let path_of = |name| path.field(name);
        if let Some(guid) = faults.expect_name(&path_of("seat_guid"), guid, MAX_NAME_CHARS) {
            self.guid(faults, &path_of("seat_guid"), guid, seen);
        }
        let label = faults.expect_name(&path_of("seat_number"), label, MAX_NAME_CHARS);
        let place = read_place(faults, &path_of("position"), position);
        let category = self.category(faults, &path_of("category"), category);
        let (Some(label), Some(place), Some(category)) = (label, place, category) else { return };
        if let Some(first) = open.labels.get(&label) {
            let first = first.to_string();
            let value = quoted(&label);
            faults.report(path_of("seat_number"), Problem::Duplicate { value, first });
            return;
        }
        let accessible = accessible.is_some_and(|node| node.as_written() == "true")
            || self.accessible[usize::from(category.0)];
        let position = origin.plus(place).to_point();
        open.row.seats.push(Seat { label: label.to_string(), position, category, accessible });
        open.labels.insert(label, seen);
    }

    fn guid(&mut self, faults: &mut Faults, path: &Path<'_>, guid: Cow<'a, str>, seen: Seen) {
        match self.guids.entry(guid) {
            Entry::Vacant(free) => {
                free.insert(seen);
            }
            Entry::Occupied(taken) => {
                let (value, first) = (quoted(taken.key()), taken.get().to_string());
                faults.report(path, Problem::Duplicate { value, first });
            }
        }
    }

    fn category(
        &self,
        faults: &mut Faults,
        path: &Path<'_>,
        node: Option<Node<'_>>,
    ) -> Option<CategoryIndex> {
        let name = faults.expect_name(path, node, usize::MAX)?;
        let category = self.categories.get(name.as_ref()).copied();
        if category.is_none() {
            faults.report(path, Problem::Unknown { what: "category", name: quoted(&name) });
        }
        category
    }
}
