//! Who plays where and when.

use std::collections::HashSet;

use onsale_domain::{Money, Timestamp};

use super::{
    DemoSize,
    calendar::{Calendar, SEASON_DAYS, doors_before_start_seconds},
    listing::Listing,
    performers::{self, Act, Form, Genre, Stature},
    prices,
    rng::Rng,
    venues::{Kind, Venue},
};
use crate::{EventDraft, Price, VenueDraft};

/// The first event is this many days ahead; its prices, in euros; how much of it is sold.
const FIRST_EVENT_DAYS: i64 = 14;
const FIRST_EVENT_EUROS: [i64; 3] = [64, 42, 28];
const FIRST_EVENT_SOLD_PERCENT: u8 = 45;
/// Performers that are asked for a day before one is taken who plays elsewhere the same day.
const MAX_ASKED: usize = 24;

/// What is played at a kind of house, by weight.
const fn repertoire(kind: Kind) -> &'static [(Genre, usize)] {
    match kind {
        Kind::Theatre => &[
            (Genre::Theatre, 34),
            (Genre::Classical, 24),
            (Genre::Jazz, 10),
            (Genre::Comedy, 10),
            (Genre::Dance, 8),
            (Genre::Folk, 7),
            (Genre::Family, 7),
        ],
        Kind::Hall => &[
            (Genre::Rock, 32),
            (Genre::Pop, 20),
            (Genre::Electronic, 18),
            (Genre::HipHop, 16),
            (Genre::Folk, 8),
            (Genre::Comedy, 6),
        ],
        Kind::Club => &[
            (Genre::Jazz, 32),
            (Genre::Folk, 16),
            (Genre::Comedy, 15),
            (Genre::Rock, 13),
            (Genre::Electronic, 10),
            (Genre::HipHop, 7),
            (Genre::Pop, 7),
        ],
        Kind::Arena => &[
            (Genre::Pop, 28),
            (Genre::Rock, 26),
            (Genre::Sport, 20),
            (Genre::HipHop, 10),
            (Genre::Comedy, 8),
            (Genre::Electronic, 8),
        ],
        Kind::Stadium => &[(Genre::Sport, 60), (Genre::Rock, 25), (Genre::Pop, 15)],
    }
}

/// Events at a venue of this kind, the `number`th of its kind: 2,000 in a full season of all
/// venues, 40 in a small one.
const fn events_at(kind: Kind, number: usize, size: DemoSize) -> usize {
    match (kind, size) {
        (Kind::Theatre, DemoSize::Full) => 38,
        (Kind::Hall, DemoSize::Full) => 36,
        (Kind::Club, DemoSize::Full) => 93 + if number < 4 { 1 } else { 0 },
        (Kind::Arena, DemoSize::Full) => 6,
        (Kind::Stadium, DemoSize::Full) => 3,
        (Kind::Theatre | Kind::Hall, DemoSize::Small) => 8,
        (Kind::Club, DemoSize::Small) => 7,
        (Kind::Arena, DemoSize::Small) => 2,
        (Kind::Stadium, DemoSize::Small) => 0,
    }
}

const fn needs_a_theatre(genre: Genre) -> bool {
    matches!(genre, Genre::Theatre | Genre::Classical | Genre::Dance | Genre::Family)
}

/// How many evenings in a row something stays.
fn run_length(rng: &mut Rng, genre: Genre) -> usize {
    match genre {
        Genre::Theatre => rng.weighted(&[0, 3, 3, 2, 2]),
        Genre::Dance => rng.weighted(&[0, 3, 2, 1]),
        Genre::Family | Genre::Classical => rng.weighted(&[0, 3, 1]),
        _ => 1,
    }
}

/// A venue with its map, and which of its kind it is.
struct House<'a> {
    venue: &'a Venue,
    draft: &'a VenueDraft,
    number: usize,
    calendar: Calendar,
}

/// Makes the season: [`performers::FIRST`] at the first venue first, everything else in the order
/// of its start.
pub(super) fn events(
    rng: &Rng,
    today: Timestamp,
    size: DemoSize,
    venues: &[(&Venue, VenueDraft)],
    acts: &[Act],
) -> Vec<EventDraft> {
    let mut planner = Planner {
        rng: rng.fork("season"),
        today,
        acts,
        busy: HashSet::new(),
        engagements: vec![0; acts.len()],
        events: Vec::new(),
    };
    for (position, (venue, draft)) in venues.iter().enumerate() {
        let kind = venue.kind;
        let number = venues[..position].iter().filter(|(other, _)| other.kind == kind).count();
        let calendar = Calendar::new(venue.time_zone, today);
        let house = House { venue, draft, number, calendar };
        let is_first = position == 0;
        if is_first {
            planner.first_event(&house);
        }
        planner.fill(&house, events_at(kind, number, size) - usize::from(is_first), is_first);
    }
    let mut events = planner.events;
    if let Some(rest) = events.get_mut(1..) {
        rest.sort_by(|one, other| {
            one.starts_at.cmp(&other.starts_at).then_with(|| one.key.cmp(&other.key))
        });
    }
    events
}

struct Planner<'a> {
    rng: Rng,
    today: Timestamp,
    acts: &'a [Act],
    /// Who plays on which day.
    busy: HashSet<(usize, i64)>,
    /// How often each act was asked.
    engagements: Vec<u32>,
    events: Vec<EventDraft>,
}

impl Planner<'_> {
    fn first_event(&mut self, house: &House<'_>) {
        self.busy.insert((0, FIRST_EVENT_DAYS));
        let categories = house.draft.seat_map.categories.iter().zip(FIRST_EVENT_EUROS);
        let prices = categories.map(|(category, euros)| Price {
            category: category.name.clone(),
            price: Money::new(euros * 100, onsale_domain::Currency::EUR),
        });
        let prices = prices.collect();
        let listing = Listing {
            title: performers::FIRST.to_owned(),
            description: "Piano, tenor saxophone, bass and drums: two sets of new tunes, most of \
                          them named after streets in Lisbon and Lagos. The quartet recorded them \
                          in this room last winter, so the piano knows them too. The bar takes \
                          orders for the interval in advance."
                .to_owned(),
        };
        let mut event = self.event(house, FIRST_EVENT_DAYS, (20, 0), &[0], listing, prices);
        event.on_sale_at = house.calendar.moment(-30, (10, 0));
        event.sold_share_percent = FIRST_EVENT_SOLD_PERCENT;
        self.events.push(event);
    }

    /// Plans `count` events at a house, each on a day of its own.
    fn fill(&mut self, house: &House<'_>, count: usize, keeps_first_day: bool) {
        let mut demand: Vec<usize> =
            (0..=SEASON_DAYS as i64).map(|day| house.calendar.demand(day)).collect();
        demand[0] = 0;
        if keeps_first_day {
            demand[FIRST_EVENT_DAYS as usize] = 0;
        }
        let mut left = count;
        while left > 0 && demand.iter().any(|demand| *demand > 0) {
            let first_day = self.rng.weighted(&demand);
            let genre = self.genre(house.venue.kind);
            let playing = self.acts_for(house, genre, first_day as i64);
            let run = run_length(&mut self.rng, genre).min(left);
            let (kind, currency) = (house.venue.kind, house.venue.currency);
            let stature = self.acts[playing[0]].stature;
            let map = &house.draft.seat_map;
            let prices = prices::prices(&mut self.rng, kind, map, genre, stature, currency);
            let listing = Listing::write(&mut self.rng, self.acts, &playing, kind);
            for day in first_day..first_day + run {
                if demand.get(day).is_none_or(|demand| *demand == 0) {
                    break;
                }
                demand[day] = 0;
                left -= 1;
                let start = house.calendar.start(&mut self.rng, day as i64, genre, kind);
                let event =
                    self.event(house, day as i64, start, &playing, listing.clone(), prices.clone());
                self.events.push(event);
                self.busy.extend(playing.iter().map(|act| (*act, day as i64)));
            }
        }
    }

    fn genre(&mut self, kind: Kind) -> Genre {
        let repertoire = repertoire(kind);
        let weight = |(genre, weight): &(Genre, usize)| {
            if self.acts.iter().any(|act| act.genre == *genre) { *weight } else { 0 }
        };
        let weights: Vec<usize> = repertoire.iter().map(weight).collect();
        repertoire[self.rng.weighted(&weights)].0
    }

    /// Who plays: numbers of acts, the headliner first.
    fn acts_for(&mut self, house: &House<'_>, genre: Genre, day: i64) -> Vec<usize> {
        if genre == Genre::Sport {
            return self.teams(house, day);
        }
        let fits = |act: &Act| match house.venue.kind {
            // Nobody else has a stage for these.
            Kind::Theatre if needs_a_theatre(genre) => true,
            Kind::Theatre | Kind::Hall => act.stature >= Stature::Known,
            Kind::Club => act.stature <= Stature::Known,
            Kind::Arena | Kind::Stadium => act.stature == Stature::Star,
        };
        let headliner = self.ask(day, |act| act.genre == genre && fits(act));
        let headliner = headliner.unwrap_or_else(|| {
            self.acts.iter().position(|act| act.genre == genre).unwrap_or_default()
        });
        let mut playing = vec![headliner];
        let shares_evenings =
            matches!(genre, Genre::Jazz | Genre::Rock | Genre::Folk | Genre::HipHop);
        if house.venue.kind == Kind::Club && shares_evenings && self.rng.percent(15) {
            let support = self.ask(day, |act| act.genre == genre && act.stature == Stature::Rising);
            playing.extend(support.filter(|support| *support != headliner));
        }
        playing
    }

    fn teams(&mut self, house: &House<'_>, day: i64) -> Vec<usize> {
        let at_home = |act: &Act| match (house.venue.kind, act.form) {
            (Kind::Stadium, Form::Football(home)) => home == Some(house.number),
            (_, Form::Basketball(home)) => home == Some(house.number),
            _ => false,
        };
        let visits = |act: &Act| match (house.venue.kind, act.form) {
            (Kind::Stadium, Form::Football(home)) => home.is_none(),
            (Kind::Stadium, _) => false,
            (_, form) => form == Form::Basketball(None),
        };
        let home = self.acts.iter().position(at_home);
        [home, self.ask(day, visits)].into_iter().flatten().collect()
    }

    /// Somebody suitable, who has no other engagement on that day if that can be helped.
    fn ask(&mut self, day: i64, suits: impl Fn(&Act) -> bool) -> Option<usize> {
        let suitable: Vec<usize> =
            (0..self.acts.len()).filter(|act| suits(&self.acts[*act])).collect();
        if suitable.is_empty() {
            return None;
        }
        let mut found = None;
        let mut asked = suitable[0];
        for _ in 0..MAX_ASKED {
            asked = *self.rng.pick(&suitable);
            if self.busy.contains(&(asked, day)) {
                continue;
            }
            // Of two who are free, the one who has been asked less often: everybody gets to play.
            match found {
                None => found = Some(asked),
                Some(first) if self.engagements[first] <= self.engagements[asked] => break,
                Some(_) => {
                    found = Some(asked);
                    break;
                }
            }
        }
        let found = found.unwrap_or(asked);
        self.engagements[found] += 1;
        Some(found)
    }

    fn event(
        &mut self,
        house: &House<'_>,
        day: i64,
        start: (i8, i8),
        playing: &[usize],
        listing: Listing,
        prices: Vec<Price>,
    ) -> EventDraft {
        let starts_at = house.calendar.moment(day, start);
        let on_sale_at = self.on_sale_at(&house.calendar, day);
        let sold_share_percent =
            if on_sale_at > self.today { 0 } else { self.sold_share_percent(day) };
        let act = |number: &usize| &self.acts[*number];
        EventDraft {
            key: format!("{}-{}", house.venue.key, house.calendar.date(day)),
            title: listing.title,
            description: listing.description,
            genre: playing.first().map_or("", |first| act(first).genre.as_str()).to_owned(),
            venue_key: house.venue.key.to_owned(),
            performer_keys: playing.iter().map(|number| act(number).draft.key.clone()).collect(),
            starts_at,
            doors_at: starts_at.plus_seconds(-doors_before_start_seconds(house.venue.kind)),
            on_sale_at,
            prices,
            sold_share_percent,
        }
    }

    /// Sales begin at ten in the morning: some weeks ago, or, for a few events that are far
    /// enough off, in the weeks to come.
    fn on_sale_at(&mut self, calendar: &Calendar, day: i64) -> Timestamp {
        if day > 45 && self.rng.percent(8) {
            return calendar.moment(self.rng.between(1, 28), (10, 0));
        }
        calendar.moment(-self.rng.between(3, 150), (10, 0))
    }

    /// Mostly between a tenth and seven tenths, more for what is near; here and there nothing,
    /// here and there nearly everything.
    fn sold_share_percent(&mut self, day: i64) -> u8 {
        let share = match self.rng.below(100) {
            0..6 => 0,
            6..11 => self.rng.between(95, 98),
            _ => {
                let nearness = 20 * (SEASON_DAYS as i64 - day).max(0) / SEASON_DAYS as i64;
                self.rng.between(10, 50) + nearness
            }
        };
        u8::try_from(share).unwrap_or(0)
    }
}
