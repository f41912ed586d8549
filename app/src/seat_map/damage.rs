//! What of the drawing is no longer true, so that no more is drawn than has changed.

use onsale_domain::{
    SeatIndex,
    seat_map::{Bounds, Point},
};

use super::{detail::Detail, model::Model};

/// More places than this cost more than drawing everything.
const MOST_PLACES: usize = 48;
/// How far around its centre a seat is drawn, the ring under the mouse included, as a share of the
/// distance to its neighbour.
const SEAT_REACH: f32 = 0.6;
/// Room for smooth edges, in pixels.
const EDGE_PX: f32 = 2.0;

/// What has changed since the last frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Damage {
    /// Nothing that can be seen.
    #[default]
    Nothing,
    /// The looks of some seats.
    Seats(Vec<SeatIndex>),
    /// Anything.
    Everything,
}

/// What is to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Redraw {
    /// Nothing.
    Nothing,
    /// These places, in pixels.
    Places(Vec<Bounds>),
    /// Everything.
    Everything,
}

impl Damage {
    /// Some more seats look different.
    pub(super) fn add(&mut self, seats: impl IntoIterator<Item = SeatIndex>) {
        match self {
            Self::Everything => {}
            Self::Seats(known) => known.extend(seats),
            Self::Nothing => *self = Self::Seats(seats.into_iter().collect()),
        }
    }
}

/// What has to be drawn to make the drawing true again.
pub(super) fn redraw(model: &Model, damage: &Damage) -> Redraw {
    let seats = match damage {
        Damage::Nothing => return Redraw::Nothing,
        Damage::Everything => return Redraw::Everything,
        Damage::Seats(seats) => seats,
    };
    let visible = model.viewport.visible();
    let mut places = Vec::new();
    for seat in seats {
        let Some(place) = model.map.place(*seat) else { continue };
        let section = place.section_number;
        // From afar a section shows how many are left, and so does an area at any distance.
        let is_counted = model.detail() == Detail::Sections || model.is_standing(section);
        let bounds = match place.seat {
            Some((_, seat)) if !is_counted => Some(around(model, seat.position)),
            _ => model.section_bounds.get(section).copied().flatten(),
        };
        if !bounds.is_some_and(|bounds| bounds.overlaps(visible)) {
            continue;
        }
        // Letters cannot be written twice over each other.
        if is_counted || model.detail() == Detail::Labels || places.len() >= MOST_PLACES {
            return Redraw::Everything;
        }
        places.extend(bounds.map(|bounds| Bounds {
            min: model.viewport.to_screen(bounds.min),
            max: model.viewport.to_screen(bounds.max),
        }));
    }
    if places.is_empty() { Redraw::Nothing } else { Redraw::Places(places) }
}

fn around(model: &Model, seat: Point) -> Bounds {
    let spacing = model.viewport.spacing_px() / model.viewport.scale();
    let reach = spacing * SEAT_REACH + EDGE_PX / model.viewport.scale();
    Bounds { min: seat, max: seat }.padded(reach)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seat_map::fixtures::theatre;

    /// Near enough to see seats, too far for their numbers.
    fn theatre_from_afar() -> Model {
        let mut model = theatre();
        model.viewport.resize(220.0, 150.0);
        assert_eq!(model.detail(), Detail::Seats);
        model
    }

    fn of(model: &Model, seats: &[u32]) -> Redraw {
        let mut damage = Damage::default();
        damage.add(seats.iter().copied().map(SeatIndex));
        redraw(model, &damage)
    }

    #[test]
    fn a_seat_that_changed_is_drawn_again_and_nothing_else() {
        let model = theatre_from_afar();
        let Redraw::Places(places) = of(&model, &[3, 14]) else { panic!("two places") };
        assert_eq!(places.len(), 2);
        let position = model.map.position_of(SeatIndex(3)).expect("a seat");
        assert!(places[0].contains(model.viewport.to_screen(position)));
        let neighbour = model.map.position_of(SeatIndex(5)).expect("a seat");
        assert!(!places[0].contains(model.viewport.to_screen(neighbour)));
        assert_eq!(of(&model, &[]), Redraw::Nothing);
    }

    #[test]
    fn what_is_out_of_view_is_not_drawn() {
        let mut model = theatre_from_afar();
        model.viewport.resize(120.0, 150.0);
        model.viewport.zoom_by(2.0, model.viewport.to_screen(Point { x: 10.0, y: 30.0 }));
        model.viewport.pan_by(200.0, 0.0);
        assert_eq!(model.detail(), Detail::Seats);
        assert_eq!(of(&model, &[9]), Redraw::Nothing);
        assert!(matches!(of(&model, &[0]), Redraw::Places(_)));
    }

    #[test]
    fn counts_and_letters_and_crowds_need_everything() {
        let mut model = theatre_from_afar();
        assert_eq!(of(&model, &[22]), Redraw::Everything, "an area says how many are left");
        assert_eq!(of(&model, &[3; 60]), Redraw::Everything, "too many");
        assert_eq!(redraw(&model, &Damage::Everything), Redraw::Everything);
        assert_eq!(redraw(&model, &Damage::Nothing), Redraw::Nothing);
        model.viewport.resize(45.0, 40.0);
        assert_eq!(of(&model, &[3]), Redraw::Everything, "a section says how many are left");
    }
}
