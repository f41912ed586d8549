//! The desk of an event: everything that deciding about a seat needs, in memory.
//!
//! The writer of the booking engine keeps one for each event it sells, so that losers never reach
//! the database; a server that finds no writer makes one for a single decision. The desk may be
//! wrong about a seat. Then the guard of the statement that follows says so, and the desk learns.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{
    availability::{Availability, SeatState},
    best_available::{BestAvailable, House, SeatRanking},
    ids::SeatIndex,
    money::{Currency, Money},
    seat_map::{CategoryIndex, SeatMap},
    time::Timestamp,
};

/// Which seats a buyer wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// These, all or none; sorted and without repetition.
    Named(Vec<SeatIndex>),
    /// The best that are left, side by side.
    Best {
        /// How many.
        quantity: u16,
        /// In this price category; in any when absent.
        category: Option<CategoryIndex>,
    },
}

/// When an event is on sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaleWindow {
    /// Sales begin.
    pub opens_at: Timestamp,
    /// Sales end: the event begins.
    pub closes_at: Timestamp,
    /// The event will not take place.
    pub cancelled: bool,
}

impl SaleWindow {
    /// Whether tickets are sold at this moment.
    #[must_use]
    pub fn is_open(self, now: Timestamp) -> bool {
        !self.cancelled && self.opens_at <= now && now < self.closes_at
    }
}

/// A seat map with the order in which its seats are the best. Both are made once for a plan.
#[derive(Debug)]
pub struct RankedMap {
    /// The map.
    pub map: SeatMap,
    /// The order.
    pub ranking: Arc<SeatRanking>,
}

impl RankedMap {
    /// Ranks a map.
    #[must_use]
    pub fn new(map: SeatMap) -> Self {
        let ranking = Arc::new(SeatRanking::new(&map));
        Self { map, ranking }
    }
}

/// What the desk says to a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// These seats are free; the desk has noted them as held.
    Take {
        /// The seats, sorted.
        seats: Vec<SeatIndex>,
        /// What each costs, in minor units.
        prices_minor: Vec<i64>,
    },
    /// These are not free.
    Taken(Vec<SeatIndex>),
    /// These do not exist.
    Unknown(Vec<SeatIndex>),
    /// There are not so many left side by side.
    NotEnough,
    /// Too early, too late, or cancelled.
    NotOnSale,
}

/// The desk of one event.
#[derive(Debug, Clone)]
pub struct Desk {
    map: Arc<RankedMap>,
    sale: SaleWindow,
    currency: Currency,
    prices_minor: HashMap<CategoryIndex, i64>,
    house: House,
    held_until: HashMap<SeatIndex, Timestamp>,
    /// The same, in the order in which the holds run out.
    lapsing: BTreeSet<(Timestamp, SeatIndex)>,
}

impl Desk {
    /// A desk at which every seat is free.
    #[must_use]
    pub fn new(map: Arc<RankedMap>, sale: SaleWindow, prices: &[(CategoryIndex, Money)]) -> Self {
        let currency = prices.first().map_or(Currency::EUR, |(_, price)| price.currency);
        let availability = Availability::all_available(map.map.seat_count(), 0);
        let house = House::new(Arc::clone(&map.ranking), availability);
        Self {
            map,
            sale,
            currency,
            prices_minor: prices.iter().map(|(index, price)| (*index, price.minor)).collect(),
            house,
            held_until: HashMap::new(),
            lapsing: BTreeSet::new(),
        }
    }

    /// The currency of its prices.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The state of every seat, as far as the desk knows.
    #[must_use]
    pub const fn availability(&self) -> &Availability {
        self.house.availability()
    }

    /// The seat map.
    #[must_use]
    pub fn map(&self) -> &SeatMap {
        &self.map.map
    }

    /// Notes what became of a seat.
    pub fn note(&mut self, seat: SeatIndex, state: SeatState, held_until: Option<Timestamp>) {
        self.house.set(seat, state);
        if let Some(before) = self.held_until.remove(&seat) {
            self.lapsing.remove(&(before, seat));
        }
        if let (SeatState::Held, Some(until)) = (state, held_until) {
            self.held_until.insert(seat, until);
            self.lapsing.insert((until, seat));
        }
    }

    /// The seats whose holds have run out, unless somebody who paid for them in time had them extended or
    /// has bought them: a desk does not hear of that.
    #[must_use]
    pub fn lapsed(&self, now: Timestamp) -> Vec<SeatIndex> {
        self.lapsing.iter().take_while(|(until, _)| *until <= now).map(|(_, seat)| *seat).collect()
    }

    /// Decides about a wish at this moment. `provisional_until` is noted for seats that it grants.
    pub fn decide(
        &mut self,
        wanted: &Wanted,
        now: Timestamp,
        provisional_until: Timestamp,
    ) -> Verdict {
        if !self.sale.is_open(now) {
            return Verdict::NotOnSale;
        }
        match wanted {
            Wanted::Named(seats) => self.decide_named(seats, now, provisional_until),
            Wanted::Best { quantity, category } => {
                self.free_lapsed(now);
                let request =
                    BestAvailable { quantity: *quantity, category: *category, near: None };
                match self.house.best_available(&request) {
                    Some(seats) => self.take(seats, provisional_until),
                    None => Verdict::NotEnough,
                }
            }
        }
    }

    fn decide_named(
        &mut self,
        seats: &[SeatIndex],
        now: Timestamp,
        provisional_until: Timestamp,
    ) -> Verdict {
        let count = self.availability().len();
        let unknown: Vec<SeatIndex> = seats.iter().copied().filter(|s| s.0 >= count).collect();
        if !unknown.is_empty() {
            return Verdict::Unknown(unknown);
        }
        let is_taken = |seat: &SeatIndex| match self.availability().get(*seat) {
            SeatState::Available => false,
            SeatState::Held => self.held_until.get(seat).is_none_or(|until| *until > now),
            SeatState::Sold | SeatState::Blocked => true,
        };
        let taken: Vec<SeatIndex> = seats.iter().copied().filter(is_taken).collect();
        if taken.is_empty() {
            self.take(seats.to_vec(), provisional_until)
        } else {
            Verdict::Taken(taken)
        }
    }

    fn take(&mut self, mut seats: Vec<SeatIndex>, provisional_until: Timestamp) -> Verdict {
        seats.sort_unstable();
        let price = |seat: &SeatIndex| {
            self.map.map.category_of(*seat).and_then(|index| self.prices_minor.get(&index)).copied()
        };
        let prices: Vec<Option<i64>> = seats.iter().map(price).collect();
        // A seat without a price is not for sale.
        let unpriced = seats.iter().zip(&prices).filter(|(_, price)| price.is_none());
        let unpriced: Vec<SeatIndex> = unpriced.map(|(seat, _)| *seat).collect();
        if !unpriced.is_empty() {
            return Verdict::Taken(unpriced);
        }
        for seat in &seats {
            self.note(*seat, SeatState::Held, Some(provisional_until));
        }
        Verdict::Take { seats, prices_minor: prices.into_iter().flatten().collect() }
    }

    /// Frees the seats whose holds have run out.
    fn free_lapsed(&mut self, now: Timestamp) {
        while let Some((until, seat)) = self.lapsing.first().copied()
            && until <= now
        {
            self.note(seat, SeatState::Available, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seat_map::{Category, Point, Row, Seat, Section, SectionKind};

    const NOW: Timestamp = Timestamp(1_000_000);
    const LATER: Timestamp = Timestamp(1_600_000);

    /// Two rows of four; the second row's category has no price.
    fn desk() -> Desk {
        let row = |label: &str, category: u8, y: f32| Row {
            label: label.into(),
            first_seat: SeatIndex(0),
            seats: (0..4_u8)
                .map(|x| Seat {
                    label: (x + 1).to_string(),
                    position: Point { x: f32::from(x) * 10.0, y },
                    category: CategoryIndex(category),
                    accessible: false,
                })
                .collect(),
        };
        let category = |name: &str| Category { name: name.into(), color: "#000000".into() };
        let mut map = SeatMap {
            name: "Test".into(),
            width: 100.0,
            height: 100.0,
            focal_point: Point { x: 15.0, y: -10.0 },
            categories: vec![category("Front"), category("Back")],
            sections: vec![Section {
                name: "Stalls".into(),
                first_seat: SeatIndex(0),
                kind: SectionKind::Seated { rows: vec![row("A", 0, 0.0), row("B", 1, 10.0)] },
            }],
            shapes: vec![],
        };
        map.number_seats();
        let sale = SaleWindow {
            opens_at: Timestamp(0),
            closes_at: Timestamp(9_000_000),
            cancelled: false,
        };
        let prices = [(CategoryIndex(0), Money::new(6400, Currency::EUR))];
        Desk::new(Arc::new(RankedMap::new(map)), sale, &prices)
    }

    fn named(seats: &[u32]) -> Wanted {
        Wanted::Named(seats.iter().copied().map(SeatIndex).collect())
    }

    fn take(seats: &[u32]) -> Verdict {
        Verdict::Take {
            seats: seats.iter().copied().map(SeatIndex).collect(),
            prices_minor: vec![6400; seats.len()],
        }
    }

    #[test]
    fn the_first_of_two_gets_the_seat() {
        let mut desk = desk();
        assert_eq!(desk.decide(&named(&[1, 2]), NOW, LATER), take(&[1, 2]));
        let second = desk.decide(&named(&[2, 3]), NOW, LATER);
        assert_eq!(second, Verdict::Taken(vec![SeatIndex(2)]));
        assert_eq!(desk.decide(&named(&[3]), NOW, LATER), take(&[3]), "a loser took nothing");
    }

    #[test]
    fn a_hold_that_ran_out_is_nobodys() {
        let mut desk = desk();
        desk.decide(&named(&[0, 1, 2, 3]), NOW, LATER);
        let best = Wanted::Best { quantity: 2, category: Some(CategoryIndex(0)) };
        assert_eq!(desk.decide(&best, NOW, LATER), Verdict::NotEnough);
        assert_eq!(desk.lapsed(NOW), []);
        assert_eq!(desk.lapsed(LATER), [0, 1, 2, 3].map(SeatIndex));
        assert!(matches!(desk.decide(&best, LATER, Timestamp(2_000_000)), Verdict::Take { .. }));
        assert_eq!(desk.availability().count_available(0..4), 2);
    }

    #[test]
    fn what_is_not_for_sale_is_refused() {
        let mut desk = desk();
        assert_eq!(desk.decide(&named(&[8]), NOW, LATER), Verdict::Unknown(vec![SeatIndex(8)]));
        assert_eq!(desk.decide(&named(&[5]), NOW, LATER), Verdict::Taken(vec![SeatIndex(5)]));
        desk.note(SeatIndex(0), SeatState::Blocked, None);
        assert_eq!(desk.decide(&named(&[0]), NOW, LATER), Verdict::Taken(vec![SeatIndex(0)]));
        assert_eq!(desk.decide(&named(&[1]), Timestamp(-1), LATER), Verdict::NotOnSale);
        assert_eq!(desk.decide(&named(&[1]), Timestamp(9_000_000), LATER), Verdict::NotOnSale);
    }
}
