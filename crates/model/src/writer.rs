//! The writers. Each has a desk and believes what it knows.

use std::sync::Arc;

use onsale_domain::{
    Currency, Money, SeatIndex, SeatState,
    desk::{Desk, RankedMap, SaleWindow, Verdict, Wanted},
    seat_map::{Category, CategoryIndex, Point, Row, Seat, SeatMap, Section, SectionKind},
    ticket::TicketState,
};

use crate::{
    Protocol, World,
    world::{HOLD_SECONDS, NOW, Note, in_seconds},
};

/// One row of seats.
pub(crate) fn map_of(seats: usize) -> Arc<RankedMap> {
    let seat = |number: usize| Seat {
        label: (number + 1).to_string(),
        position: Point { x: number as f32 * 10.0, y: 0.0 },
        category: CategoryIndex(0),
        accessible: false,
    };
    let row =
        Row { label: "A".into(), first_seat: SeatIndex(0), seats: (0..seats).map(seat).collect() };
    let mut map = SeatMap {
        name: "Model".into(),
        width: 100.0,
        height: 100.0,
        focal_point: Point { x: 0.0, y: -10.0 },
        categories: vec![Category { name: "Only".into(), color: "#000000".into() }],
        sections: vec![Section {
            name: "Stalls".into(),
            first_seat: SeatIndex(0),
            kind: SectionKind::Seated { rows: vec![row] },
        }],
        shapes: vec![],
    };
    map.number_seats();
    Arc::new(RankedMap::new(map))
}

impl<const B: usize, const S: usize> Protocol<B, S> {
    /// A writer takes a command. It asks the database whether the booking exists, and about seats
    /// of which it knows that they are taken; then its desk decides.
    pub(crate) fn decide(&self, world: &mut World<B, S>, writer: usize, booking: usize) -> bool {
        if world.bookings[booking].is_some() || world.writers[writer].pending.is_some() {
            return false;
        }
        let before = world.writers[writer].notes;
        for seat in self.wants[booking].seats() {
            if before[seat] != Note::Available {
                world.look_again(writer, seat);
            }
        }
        let until = in_seconds(HOLD_SECONDS);
        let mut desk = self.desk(&world.writers[writer].notes);
        let wanted = Wanted::Named(self.wants[booking].indices());
        if let Verdict::Take { .. } = desk.decide(&wanted, NOW, until) {
            self.note_held(world, writer, booking);
            world.writers[writer].pending = u8::try_from(booking).ok();
            return true;
        }
        world.writers[writer].notes != before
    }

    /// The desk with these notes on it.
    fn desk(&self, notes: &[Note; S]) -> Desk {
        let (opens_at, closes_at) = (NOW.plus_seconds(-1), NOW.plus_seconds(1));
        let sale = SaleWindow { opens_at, closes_at, cancelled: false };
        let prices = [(CategoryIndex(0), Money::new(100, Currency::EUR))];
        let mut desk = Desk::new(Arc::clone(&self.map), sale, &prices);
        for (seat, note) in (0..).map(SeatIndex).zip(notes) {
            match *note {
                Note::Available => {}
                Note::Held(until) => desk.note(seat, SeatState::Held, Some(until)),
                Note::Sold => desk.note(seat, SeatState::Sold, None),
                Note::Blocked => desk.note(seat, SeatState::Blocked, None),
            }
        }
        desk
    }

    /// A writer writes what it decided. Where it was wrong, it learns.
    pub(crate) fn place(&self, world: &mut World<B, S>, writer: usize) -> bool {
        let Some(booking) = world.writers[writer].pending.take().map(usize::from) else {
            return false;
        };
        if self.place_hold(world, booking) {
            self.note_held(world, writer, booking);
        } else {
            for seat in self.wants[booking].seats() {
                world.look_again(writer, seat);
            }
        }
        true
    }

    fn note_held(&self, world: &mut World<B, S>, writer: usize, booking: usize) {
        for seat in self.wants[booking].seats() {
            world.writers[writer].notes[seat] = Note::Held(in_seconds(HOLD_SECONDS));
        }
    }

    /// A writer begins anew, with what the database says.
    pub(crate) fn restart(&self, world: &mut World<B, S>, writer: usize) -> bool {
        let before = world.writers[writer];
        world.writers[writer].pending = None;
        for seat in 0..S {
            world.look_again(writer, seat);
        }
        world.writers[writer] != before
    }
}

impl<const B: usize, const S: usize> World<B, S> {
    fn look_again(&mut self, writer: usize, seat: usize) {
        self.writers[writer].notes[seat] = note_of(self.seats[seat]);
    }
}

fn note_of(ticket: TicketState) -> Note {
    match ticket.as_seen(NOW) {
        (SeatState::Held, Some(until)) => Note::Held(until),
        (SeatState::Available | SeatState::Held, _) => Note::Available,
        (SeatState::Sold, _) => Note::Sold,
        (SeatState::Blocked, _) => Note::Blocked,
    }
}
