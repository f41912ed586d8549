//! Picked seats as lines of an order, and what seats are called.

use onsale_domain::{Money, SeatIndex, seat_map::Sightline};

use super::model::Model;
use crate::components::seat_code;

/// One line: a numbered seat, or some places of one area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OrderLine {
    /// "Stalls, row G, seat 15" or "Floor, standing".
    pub name: String,
    /// "G 15", for where there is little room.
    pub short_name: String,
    /// The price of all that the line is about.
    pub price: Option<Money>,
    /// The seats.
    pub seats: Vec<SeatIndex>,
    /// "row 3 of 20, about 30 m from the stage, in the centre".
    pub view: Option<String>,
    /// The number of the area, when the line is about one.
    pub standing_section: Option<usize>,
}

/// What the fan is about to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Order {
    /// The lines.
    pub lines: Vec<OrderLine>,
    /// How many seats and places.
    pub quantity: usize,
    /// What they cost together; `None` without seats.
    pub total: Option<Money>,
}

impl Order {
    /// The order for the seats that are picked.
    pub(super) fn of(model: &Model) -> Self {
        let mut lines: Vec<OrderLine> = Vec::new();
        for seat in model.selection.seats() {
            let Some(place) = model.map.place(*seat) else { continue };
            let standing = place.seat.is_none().then_some(place.section_number);
            let price = model.price(*seat);
            let known = lines
                .iter_mut()
                .find(|line| standing.is_some() && line.standing_section == standing);
            if let Some(line) = known {
                line.seats.push(*seat);
                line.price = add(line.price, price);
                continue;
            }
            lines.push(OrderLine {
                name: place.describe(),
                short_name: short_name(model, *seat),
                view: view_from(model, *seat),
                price,
                seats: vec![*seat],
                standing_section: standing,
            });
        }
        let total = lines.iter().map(|line| line.price).reduce(add).flatten();
        Self { quantity: lines.iter().map(|line| line.seats.len()).sum(), lines, total }
    }
}

fn add(left: Option<Money>, right: Option<Money>) -> Option<Money> {
    left?.checked_add(right?)
}

/// "G 15", or the name of the area.
pub(super) fn short_name(model: &Model, seat: SeatIndex) -> String {
    match model.map.place(seat) {
        Some(place) => match place.seat {
            Some((row, found)) => seat_code(&row.label, &found.label),
            None => place.section.name.clone(),
        },
        None => String::new(),
    }
}

/// What the plan says of the view from a seat: "row 3 of 20, about 30 m from the stage, in the
/// centre". `None` in an area without seats.
pub(super) fn view_from(model: &Model, seat: SeatIndex) -> Option<String> {
    let Sightline { row, rows, distance_metres, side } = model.sightlines.from(&model.map, seat)?;
    let stage = match model.map.stage_name() {
        "" => "stage",
        name => name,
    };
    let side = side.map(|side| format!(", {}", side.as_str())).unwrap_or_default();
    Some(format!("row {row} of {rows}, about {distance_metres} m from the {stage}{side}"))
}

/// "Row G seat 15", or "A place in Floor".
pub(super) fn spoken_name(model: &Model, seat: SeatIndex) -> String {
    match model.map.place(seat) {
        Some(place) => match place.seat {
            Some((row, found)) => format!("Row {} seat {}", row.label, found.label),
            None => format!("A place in {}", place.section.name),
        },
        None => String::new(),
    }
}

/// "G 15", "G 15 and G 16", "G 15, G 16 and G 17"; places of one area are counted.
pub(super) fn list_names(model: &Model, seats: &[SeatIndex]) -> String {
    let mut names: Vec<(String, usize)> = Vec::new();
    for seat in seats {
        let name = short_name(model, *seat);
        match names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => names.push((name, 1)),
        }
    }
    let written: Vec<_> = names
        .into_iter()
        .map(|(name, count)| if count == 1 { name } else { format!("{count} × {name}") })
        .collect();
    match written.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
