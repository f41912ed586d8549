//! Everything the seat map knows while it is open: a plain value, changed by what the fan does and
//! by what the box office says. It reads no clock, rolls no dice and touches no browser.

use std::sync::OnceLock;

use onsale_domain::{
    Availability, AvailabilityDelta, Learned, Money, SeatIndex, SeatState,
    best_available::{BestAvailable, SeatRanking},
    seat_map::{
        Bounds, CategoryIndex, Point, SeatGrid, SeatMap, SectionKind, SectionOutlines, Sightlines,
    },
};

use super::{
    damage::Damage,
    detail::{Detail, FINGER_FROM_PX, FINGER_SPACING_PX},
    gestures::Gestures,
    room::Room,
    selection::{Selection, Toggled},
    status::{Filter, Look, Tallies, dominant_categories, is_news, newly_taken},
    viewport::Viewport,
};

/// How far from a seat's centre a finger still means it, in pixels.
const FINGER_RADIUS_PX: f32 = 22.0;
/// The same for a mouse.
const MOUSE_RADIUS_PX: f32 = 12.0;

/// The seat map of an event while a fan looks at it.
#[derive(Debug)]
pub(super) struct Model {
    pub map: SeatMap,
    pub grid: SeatGrid,
    pub outlines: SectionOutlines,
    /// The category of every seat.
    pub categories: Vec<u8>,
    /// Whether a wheelchair user can take it, for every seat.
    pub accessible: Vec<bool>,
    /// The category that gives each section its colour from afar.
    pub dominant: Vec<u8>,
    pub section_bounds: Vec<Option<Bounds>>,
    pub availability: Availability,
    pub tallies: Tallies,
    pub selection: Selection,
    pub filter: Filter,
    /// Where enough seats are side by side, when only those are to be shown.
    pub room: Room,
    pub sightlines: Sightlines,
    pub viewport: Viewport,
    pub gestures: Gestures,
    /// The seat under the mouse.
    pub hover: Option<SeatIndex>,
    /// What has to be drawn.
    pub damage: Damage,
    spacing: f32,
    /// Made when it is needed first.
    ranking: OnceLock<SeatRanking>,
    prices: Vec<Option<Money>>,
    is_open: bool,
}

/// What a tap on the map did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tapped {
    /// A seat, or a place in an area, was picked or put back, or there were too many.
    Seat(SeatIndex, Toggled),
    /// The seat belongs to somebody else.
    NotYours(SeatIndex),
    /// The map came closer.
    Approached,
    /// Seats cannot be picked yet.
    Closed,
    /// There was nothing.
    Nothing,
}

/// What new availability brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct News {
    /// Picked seats that went to somebody else. They are no longer picked.
    pub lost: Vec<SeatIndex>,
    /// One of the seats that were taken.
    pub example: Option<SeatIndex>,
    /// How many seats were taken.
    pub taken: usize,
}

impl Model {
    /// A map with its first availability. `prices` are by the number of the category.
    pub(super) fn new(
        map: SeatMap,
        availability: Availability,
        prices: Vec<Option<Money>>,
        is_open: bool,
    ) -> Self {
        let categories: Vec<u8> = map.seat_categories().map(|category| category.0).collect();
        let accessible = map
            .sections
            .iter()
            .flat_map(|section| {
                let standing =
                    section.seat_count() as usize * usize::from(section.rows().is_empty());
                let seats = section.rows().iter().flat_map(|row| &row.seats);
                seats.map(|seat| seat.accessible).chain(std::iter::repeat_n(false, standing))
            })
            .collect();
        let everything = map.bounds().unwrap_or(Bounds {
            min: Point::default(),
            max: Point { x: map.width.max(1.0), y: map.height.max(1.0) },
        });
        let spacing = map.typical_spacing();
        Self {
            grid: SeatGrid::new(&map),
            outlines: SectionOutlines::new(&map),
            dominant: dominant_categories(&map, &categories),
            section_bounds: map.sections.iter().map(|section| section.bounds()).collect(),
            tallies: Tallies::count(&map, &categories, &availability),
            selection: Selection::default(),
            filter: Filter::default(),
            room: Room::default(),
            sightlines: Sightlines::new(&map),
            viewport: Viewport::new(everything.padded(spacing), spacing),
            gestures: Gestures::default(),
            hover: None,
            damage: Damage::Everything,
            spacing,
            ranking: OnceLock::new(),
            map,
            categories,
            accessible,
            availability,
            prices,
            is_open,
        }
    }

    /// The usual distance between neighbours, in plan units.
    pub(super) const fn spacing(&self) -> f32 {
        self.spacing
    }

    fn ranking(&self) -> &SeatRanking {
        self.ranking.get_or_init(|| SeatRanking::new(&self.map))
    }

    /// Shows only seats where so many are side by side, or all again.
    pub(super) fn show_together(&mut self, quantity: Option<u16>) {
        self.room.quantity = quantity;
        self.room.is_known = false;
    }

    /// Finds out anew where enough seats are side by side, if seats have changed. Before each
    /// frame, and not at each change: there may be thousands of those.
    pub(super) fn refresh_room(&mut self) {
        if let (Some(quantity), false) = (self.room.quantity, self.room.is_known) {
            let seats = self.ranking().seats_with_room(&self.availability, quantity);
            self.room.learn(&self.map, seats);
        }
    }

    /// Whether filters leave a seat in.
    pub(super) fn shows(&self, seat: SeatIndex) -> bool {
        self.filter.shows(self.category(seat)) && self.room.has(seat)
    }

    /// How a seat is drawn.
    pub(super) fn look(&self, seat: SeatIndex) -> Look {
        Look::of(self.availability.get(seat), self.selection.contains(seat))
    }

    /// How much is drawn.
    pub(super) fn detail(&self) -> Detail {
        Detail::of(self.viewport.spacing_px())
    }

    /// The category of a seat.
    pub(super) fn category(&self, seat: SeatIndex) -> u8 {
        self.categories.get(seat.as_usize()).copied().unwrap_or_default()
    }

    /// What a seat costs.
    pub(super) fn price(&self, seat: SeatIndex) -> Option<Money> {
        self.price_of_category(self.category(seat))
    }

    /// What seats of a category cost.
    pub(super) fn price_of_category(&self, category: u8) -> Option<Money> {
        self.prices.get(usize::from(category)).copied().flatten()
    }

    /// Takes what the box office says, unless it is older than what we know.
    pub(super) fn learn(&mut self, availability: Availability) -> News {
        if !is_news(&self.availability, &availability) {
            return News::default();
        }
        let (listed, taken) = newly_taken(&self.availability, &availability, 1);
        self.availability = availability;
        let lost = self.drop_unavailable();
        self.recount();
        News { lost, example: listed.first().copied(), taken }
    }

    /// Takes what changed. `None` when something before it is missing: then the whole has to be
    /// asked for.
    pub(super) fn learn_delta(&mut self, delta: &AvailabilityDelta) -> Option<News> {
        let was_available: Vec<bool> =
            delta.seats().iter().map(|(seat, _)| self.availability.is_available(*seat)).collect();
        match self.availability.learn(delta) {
            Learned::Gap => return None,
            Learned::Known | Learned::Seats(0) => return Some(News::default()),
            Learned::Seats(_) => {}
        }
        let mut news = News::default();
        for ((seat, state), was_available) in delta.seats().iter().zip(was_available) {
            let is_available = *state == SeatState::Available;
            if was_available != is_available {
                self.tallies.note(&self.map, &self.categories, *seat, is_available);
            }
            if was_available && !is_available {
                news.taken += 1;
                news.example = news.example.or(Some(*seat));
            }
        }
        if self.room.quantity.is_some() {
            // Neighbours may look different, too.
            self.room.is_known = false;
            self.damage = Damage::Everything;
        }
        self.damage.add(delta.seats().iter().map(|(seat, _)| *seat));
        news.lost = self.drop_unavailable();
        Some(news)
    }

    /// Notes which seat is under the mouse, and says whether it is another than before.
    pub(super) fn hover_over(&mut self, seat: Option<SeatIndex>) -> bool {
        let before = std::mem::replace(&mut self.hover, seat);
        if before != seat {
            self.damage.add(before.into_iter().chain(seat));
        }
        before != seat
    }

    /// Marks seats as gone, because the box office has just said so, and puts them back.
    pub(super) fn mark_taken(&mut self, seats: &[SeatIndex]) {
        for seat in seats {
            self.availability.set(*seat, SeatState::Held);
        }
        self.drop_unavailable();
        self.recount();
    }

    fn drop_unavailable(&mut self) -> Vec<SeatIndex> {
        let gone = |seat: &SeatIndex| !self.availability.is_available(*seat);
        let lost: Vec<_> = self.selection.seats().iter().copied().filter(gone).collect();
        for seat in &lost {
            self.selection.remove(*seat);
        }
        lost
    }

    fn recount(&mut self) {
        self.room.is_known = false;
        self.tallies = Tallies::count(&self.map, &self.categories, &self.availability);
    }

    /// A tap on the screen. `now` is any clock in milliseconds, `chance` a number from 0 to 1.
    pub(super) fn tap(&mut self, at: Point, by_finger: bool, now: f64, chance: f64) -> Tapped {
        let point = self.viewport.to_plan(at);
        if self.detail() == Detail::Sections {
            return self.tap_section(point, now, chance);
        }
        let radius_px = if by_finger { FINGER_RADIUS_PX } else { MOUSE_RADIUS_PX };
        let radius = radius_px / self.viewport.scale();
        let Some(seat) = self.grid.seat_at(point, radius) else {
            return self.tap_area(point, chance);
        };
        if by_finger && self.viewport.spacing_px() < FINGER_FROM_PX {
            self.viewport.fly_near(point, FINGER_SPACING_PX, now);
            return Tapped::Approached;
        }
        self.toggle(seat)
    }

    fn tap_section(&mut self, point: Point, now: f64, chance: f64) -> Tapped {
        let Some(section) = self.outlines.section_at(point) else { return Tapped::Nothing };
        if self.is_standing(section) {
            return self.add_standing(section, chance);
        }
        self.show_section(section, now);
        Tapped::Approached
    }

    fn tap_area(&mut self, point: Point, chance: f64) -> Tapped {
        match self.outlines.section_at(point) {
            Some(section) if self.is_standing(section) => self.add_standing(section, chance),
            _ => Tapped::Nothing,
        }
    }

    /// Whether a section is a general-admission area.
    pub(super) fn is_standing(&self, section: usize) -> bool {
        let section = self.map.sections.get(section);
        section.is_some_and(|section| matches!(section.kind, SectionKind::Standing { .. }))
    }

    /// Brings a section close.
    pub(super) fn show_section(&mut self, section: usize, now: f64) {
        if let Some(bounds) = self.section_bounds.get(section).copied().flatten() {
            self.viewport.fly_to_bounds(bounds, now);
        }
    }

    /// Picks a seat or puts it back.
    pub(super) fn toggle(&mut self, seat: SeatIndex) -> Tapped {
        if !self.is_open {
            return Tapped::Closed;
        }
        if !self.availability.is_available(seat) {
            return Tapped::NotYours(seat);
        }
        Tapped::Seat(seat, self.selection.toggle(seat))
    }

    /// Picks one more place in an area. Which one is left to chance, so that many fans do not ask
    /// for the same one.
    pub(super) fn add_standing(&mut self, section: usize, chance: f64) -> Tapped {
        let Some(range) = self.map.sections.get(section).map(|section| section.seat_range()) else {
            return Tapped::Nothing;
        };
        let places = range.end - range.start;
        let first = (chance * f64::from(places)) as u32;
        let free = (0..places)
            .map(|step| SeatIndex(range.start + (first + step) % places))
            .find(|seat| self.look(*seat) == Look::Available);
        free.map_or(Tapped::NotYours(SeatIndex(range.start)), |seat| self.toggle(seat))
    }

    /// Puts one place of an area back.
    pub(super) fn remove_standing(&mut self, section: usize) {
        let Some(range) = self.map.sections.get(section).map(|section| section.seat_range()) else {
            return;
        };
        let picked = self.selection.seats().iter().rev().find(|seat| range.contains(&seat.0));
        if let Some(seat) = picked.copied() {
            self.selection.remove(seat);
        }
    }

    /// Picks the best seats side by side among the categories that are shown, and brings them
    /// close. Says whether there were so many.
    pub(super) fn pick_best(&mut self, quantity: u16, now: f64) -> bool {
        if !self.is_open {
            return false;
        }
        let request = BestAvailable { quantity, category: None, near: None };
        let best = self.ranking().best_available(&self.shown_availability(), &request);
        let Some(seats) = best else { return false };
        self.selection.replace(seats);
        self.show_selection(now);
        true
    }

    /// Picks these seats and brings them close.
    pub(super) fn pick(&mut self, seats: &[SeatIndex], now: f64) {
        self.selection
            .replace(seats.iter().copied().filter(|s| self.availability.is_available(*s)));
        self.show_selection(now);
    }

    /// Seats to offer instead of those that were lost: as many, together, near, and of the same
    /// price if possible.
    pub(super) fn nearest_to(&self, lost: SeatIndex, quantity: u16) -> Option<Vec<SeatIndex>> {
        let same = CategoryIndex(self.category(lost));
        let ask = |category| {
            let request = BestAvailable { quantity, category, near: Some(lost) };
            self.ranking().best_available(&self.availability, &request)
        };
        ask(Some(same)).or_else(|| ask(None))
    }

    fn shown_availability(&self) -> Availability {
        let mut shown = self.availability.clone();
        if !self.filter.is_off() {
            for (seat, category) in (0..).zip(&self.categories) {
                if !self.filter.shows(*category) {
                    shown.set(SeatIndex(seat), SeatState::Blocked);
                }
            }
        }
        shown
    }

    fn show_selection(&mut self, now: f64) {
        let positions =
            self.selection.seats().iter().filter_map(|seat| self.map.position_of(*seat));
        if let Some(bounds) = Bounds::around(positions) {
            // Some of the neighbourhood, so that people see where they are.
            let around = bounds.padded(self.spacing * 8.0);
            self.viewport.fly_to_bounds(around, now);
        }
    }

    /// The seat under the mouse; `None` where there is none or seats are not drawn.
    pub(super) fn seat_under(&self, at: Point) -> Option<SeatIndex> {
        if self.detail() == Detail::Sections {
            return None;
        }
        let point = self.viewport.to_plan(at);
        let radius = (self.viewport.spacing_px() / 2.0).max(4.0) / self.viewport.scale();
        self.grid.seat_at(point, radius)
    }
}
