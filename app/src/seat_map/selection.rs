//! The seats a fan has picked, and how many that may be.

use onsale_domain::{SeatIndex, limits::MAX_TICKETS_PER_BOOKING};

/// Seats in the order they were picked, none twice, at most [`MAX_TICKETS_PER_BOOKING`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Selection(Vec<SeatIndex>);

/// What became of a seat that was tapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toggled {
    /// It is picked now.
    Added,
    /// It is no longer picked.
    Removed,
    /// It was not picked: there are as many as may be.
    Full,
}

impl Selection {
    /// The seats.
    pub(super) fn seats(&self) -> &[SeatIndex] {
        &self.0
    }

    /// Whether the seat is picked.
    pub(super) fn contains(&self, seat: SeatIndex) -> bool {
        self.0.contains(&seat)
    }

    /// Picks a seat or puts it back.
    pub(super) fn toggle(&mut self, seat: SeatIndex) -> Toggled {
        if self.remove(seat) {
            Toggled::Removed
        } else if self.0.len() >= MAX_TICKETS_PER_BOOKING {
            Toggled::Full
        } else {
            self.0.push(seat);
            Toggled::Added
        }
    }

    /// Puts a seat back and says whether it was picked.
    pub(super) fn remove(&mut self, seat: SeatIndex) -> bool {
        let before = self.0.len();
        self.0.retain(|picked| *picked != seat);
        self.0.len() < before
    }

    /// Picks these seats and no others.
    pub(super) fn replace(&mut self, seats: impl IntoIterator<Item = SeatIndex>) {
        self.0.clear();
        for seat in seats.into_iter().take(MAX_TICKETS_PER_BOOKING) {
            if !self.contains(seat) {
                self.0.push(seat);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_picked_once_and_put_back() {
        let mut selection = Selection::default();
        assert_eq!(selection.toggle(SeatIndex(3)), Toggled::Added);
        assert_eq!(selection.toggle(SeatIndex(3)), Toggled::Removed);
        assert!(selection.seats().is_empty());
    }

    #[test]
    fn an_eleventh_seat_is_not_picked() {
        let mut selection = Selection::default();
        selection.replace((0..20).map(SeatIndex));
        assert_eq!(selection.seats().len(), MAX_TICKETS_PER_BOOKING);
        assert_eq!(selection.toggle(SeatIndex(15)), Toggled::Full);
        assert_eq!(selection.toggle(SeatIndex(4)), Toggled::Removed);
        assert_eq!(selection.toggle(SeatIndex(15)), Toggled::Added);
    }
}
