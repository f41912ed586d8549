//! A venue from a file.

use onsale_domain::{
    SeatIndex,
    limits::{MAX_NAME_CHARS, MAX_SEATS_PER_MAP},
    seat_map::{CategoryIndex, SeatMap, Section, SectionKind},
};

use super::iso;
use crate::{
    Faults, VenueDraft,
    fault::{Path, Problem, quoted},
    json::{Node, text_of},
    plan,
    slug::slug,
};

/// What is known of a venue besides its file. What is given here counts more than what the file
/// says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VenueDetails {
    /// See [`VenueDraft::key`]; made from the name when nobody gives one.
    pub key: Option<String>,
    /// See [`VenueDraft::name`]; that of the plan when nobody gives one.
    pub name: Option<String>,
    /// See [`VenueDraft::address`].
    pub address: Option<String>,
    /// See [`VenueDraft::city`].
    pub city: Option<String>,
    /// See [`VenueDraft::country`].
    pub country: Option<String>,
    /// See [`VenueDraft::time_zone`].
    pub time_zone: Option<String>,
    /// See [`VenueDraft::latitude`].
    pub latitude: Option<f64>,
    /// See [`VenueDraft::longitude`].
    pub longitude: Option<f64>,
}

/// Reads a venue with its plan, or a bare plan with everything else in `details`.
///
/// # Errors
/// All [`Faults`] of the file and of the details, which are named as if they were in the file.
pub fn venue(bytes: &[u8], details: &VenueDetails) -> Result<VenueDraft, Faults> {
    let node = text_of(bytes).and_then(Node::parse).map_err(Faults::of_the_file)?;
    let mut faults = Faults::default();
    let root = Path::Root;
    let Some([plan, zones, areas]) =
        faults.expect_fields(&root, node, ["seatingPlan", "zones", "standingAreas"])
    else {
        return Err(faults);
    };
    let plan_path = root.field("seatingPlan");
    let is_bare_plan = plan.is_none() && zones.is_some();
    let map = if is_bare_plan {
        plan::read(&mut faults, &root, node)
    } else {
        let plan = faults.expect(&plan_path, plan);
        plan.and_then(|plan| plan::read(&mut faults, &plan_path, plan))
    };
    let mut map = map.unwrap_or_else(empty_map);
    if areas.is_some() {
        faults.expect_list(&root.field("standingAreas"), areas, |faults, path, _, area| {
            read_standing_area(faults, path, area, &mut map);
        });
    }
    let fields = if is_bare_plan { Fields::none() } else { Fields::of(node) };
    let draft = read_details(&mut faults, &fields, details, &map.name);
    let path = if is_bare_plan { root } else { plan_path };
    let seat_map = plan::finish(faults, &path, map)?;
    Ok(VenueDraft { capacity: seat_map.seat_count(), seat_map, ..draft })
}

fn empty_map() -> SeatMap {
    SeatMap {
        name: String::new(),
        width: 0.0,
        height: 0.0,
        focal_point: onsale_domain::seat_map::Point::default(),
        categories: Vec::new(),
        sections: Vec::new(),
        shapes: Vec::new(),
    }
}

/// The fields of a venue file besides its plan.
struct Fields<'a> {
    texts: [Option<Node<'a>>; 6],
    latitude: Option<Node<'a>>,
    longitude: Option<Node<'a>>,
}

impl<'a> Fields<'a> {
    const fn none() -> Self {
        Self { texts: [None; 6], latitude: None, longitude: None }
    }

    fn of(node: Node<'a>) -> Self {
        let names =
            ["key", "name", "address", "city", "country", "timeZone", "latitude", "longitude"];
        match node.fields(names) {
            Some([key, name, address, city, country, time_zone, latitude, longitude]) => {
                let texts = [key, name, address, city, country, time_zone];
                Self { texts, latitude, longitude }
            }
            None => Self::none(),
        }
    }
}

/// Reads all but the seat map.
fn read_details(
    faults: &mut Faults,
    fields: &Fields<'_>,
    details: &VenueDetails,
    plan_name: &str,
) -> VenueDraft {
    let [key, name, address, city, country, time_zone] = fields.texts;
    let plan_name = Some(plan_name.to_owned()).filter(|name| !name.is_empty());
    let or_of_plan = details.name.clone().or(if name.is_none() { plan_name } else { None });
    let name = text(faults, "name", or_of_plan.as_ref(), name);
    let key = match (key, &details.key) {
        (None, None) => key_from(&name),
        _ => text(faults, "key", details.key.as_ref(), key),
    };
    let address = match (address, &details.address) {
        (None, None) => String::new(),
        _ => text(faults, "address", details.address.as_ref(), address),
    };
    let city = text(faults, "city", details.city.as_ref(), city);
    let country = text(faults, "country", details.country.as_ref(), country).to_uppercase();
    if !country.is_empty() && !iso::is_country(&country) {
        let found = quoted(&country);
        let expected = "the ISO code of a country, such as PT";
        faults.report("country", Problem::Value { expected, found });
    }
    let time_zone = text(faults, "timeZone", details.time_zone.as_ref(), time_zone);
    VenueDraft {
        key,
        name,
        address,
        city,
        country,
        time_zone: canonical_time_zone(faults, time_zone),
        latitude: degrees(faults, "latitude", details.latitude, fields.latitude, 90.0),
        longitude: degrees(faults, "longitude", details.longitude, fields.longitude, 180.0),
        capacity: 0,
        seat_map: empty_map(),
    }
}

fn key_from(name: &str) -> String {
    let key = slug(name);
    if key.is_empty() { "venue".to_owned() } else { key }
}

/// A required text: the one that was given, or else the file's.
fn text(
    faults: &mut Faults,
    name: &'static str,
    given: Option<&String>,
    node: Option<Node<'_>>,
) -> String {
    let path = Path::Root.field(name);
    let Some(given) = given else {
        let read = faults.expect_name(&path, node, MAX_NAME_CHARS);
        return read.map(|text| text.trim().to_owned()).unwrap_or_default();
    };
    let chars = given.chars().count();
    if given.trim().is_empty() {
        faults.report(path, Problem::Empty);
    } else if chars > MAX_NAME_CHARS {
        faults.report(path, Problem::TooLong { chars, limit: MAX_NAME_CHARS });
    }
    given.trim().to_owned()
}

fn degrees(
    faults: &mut Faults,
    name: &'static str,
    given: Option<f64>,
    node: Option<Node<'_>>,
    limit: f64,
) -> f64 {
    let expected = if limit > 90.0 { "from -180 to 180 degrees" } else { "from -90 to 90 degrees" };
    let path = Path::Root.field(name);
    match given {
        Some(given) if (-limit..=limit).contains(&given) => given,
        Some(given) => {
            faults.report(path, Problem::Value { expected, found: given.to_string() });
            0.0
        }
        None => faults.expect_between(&path, node, -limit..=limit, expected).unwrap_or(0.0),
    }
}

/// The name of the time zone as the IANA database writes it.
fn canonical_time_zone(faults: &mut Faults, name: String) -> String {
    if name.is_empty() {
        return name;
    }
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(&name);
    match zone.as_ref().ok().and_then(|zone| zone.iana_name()) {
        Some(canonical) => canonical.to_owned(),
        None => {
            let expected = "an IANA time zone, such as Europe/Lisbon";
            faults.report("timeZone", Problem::Value { expected, found: quoted(&name) });
            name
        }
    }
}

fn read_standing_area(faults: &mut Faults, path: &Path<'_>, node: Node<'_>, map: &mut SeatMap) {
    let names = ["name", "category", "capacity", "outline"];
    let Some([name, category, capacity, outline]) = faults.expect_fields(path, node, names) else {
        return;
    };
    let name = faults.expect_name(&path.field("name"), name, MAX_NAME_CHARS);
    if let Some(name) = &name
        && let Some(taken) = map.sections.iter().position(|section| section.name == *name)
    {
        let (value, first) = (quoted(name), format!("the name of section {}", taken + 1));
        faults.report(path.field("name"), Problem::Duplicate { value, first });
    }
    let category_path = path.field("category");
    let category = faults.expect_name(&category_path, category, usize::MAX).and_then(|name| {
        let found = map.categories.iter().position(|category| category.name == name);
        if found.is_none() {
            let problem = Problem::Unknown { what: "category", name: quoted(&name) };
            faults.report(category_path, problem);
        }
        found.and_then(|number| u8::try_from(number).ok()).map(CategoryIndex)
    });
    let capacity = read_capacity(faults, &path.field("capacity"), capacity);
    let mut corners = Vec::new();
    let outline_path = path.field("outline");
    faults.expect_list(&outline_path, outline, |faults, path, _, corner| {
        corners.extend(plan::read_position(faults, path, Some(corner)));
    });
    if outline.is_some() && corners.len() < 3 {
        let expected = "an outline of three corners or more";
        let found = format!("a list of {}", corners.len());
        faults.report(outline_path, Problem::Value { expected, found });
    }
    if let (Some(name), Some(category), Some(capacity)) = (name, category, capacity) {
        let kind = SectionKind::Standing { category, capacity, outline: corners };
        map.sections.push(Section { name: name.into_owned(), first_seat: SeatIndex(0), kind });
    }
}

fn read_capacity(faults: &mut Faults, path: &Path<'_>, node: Option<Node<'_>>) -> Option<u32> {
    let node = faults.expect(path, node)?;
    let capacity = node.whole_number().and_then(|number| u32::try_from(number).ok());
    let capacity = capacity.filter(|capacity| (1..=MAX_SEATS_PER_MAP as u32).contains(capacity));
    if capacity.is_none() {
        let expected = "a whole number from 1 to 1000000";
        faults.report(path, Problem::Value { expected, found: node.as_written() });
    }
    capacity
}
