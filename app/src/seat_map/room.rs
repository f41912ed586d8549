//! Where enough seats are side by side for a whole party.

use onsale_domain::{SeatIndex, seat_map::SeatMap};

/// Seats with enough free neighbours, when only those are to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Room {
    /// How many are to sit together; `None` shows all seats.
    pub quantity: Option<u16>,
    /// Whether what is known is true for the seats as they are now.
    pub is_known: bool,
    seats: Vec<bool>,
    sections: Vec<bool>,
}

impl Room {
    /// Takes for every seat whether there is room beside it.
    pub(super) fn learn(&mut self, map: &SeatMap, seats: Vec<bool>) {
        let has_any = |range: std::ops::Range<u32>| {
            let seats = seats.get(range.start as usize..range.end as usize);
            seats.is_some_and(|seats| seats.contains(&true))
        };
        self.sections = map.sections.iter().map(|section| has_any(section.seat_range())).collect();
        self.seats = seats;
        self.is_known = true;
    }

    /// Whether a seat is shown.
    pub(super) fn has(&self, seat: SeatIndex) -> bool {
        self.quantity.is_none() || self.seats.get(seat.as_usize()).copied().unwrap_or(true)
    }

    /// Whether a section has any seat that is shown.
    pub(super) fn is_in(&self, section: usize) -> bool {
        self.quantity.is_none() || self.sections.get(section).copied().unwrap_or(true)
    }
}
