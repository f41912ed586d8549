//! Performers, venues and cities: what is offered while people type, and where things are.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use onsale_domain::{ListedVenue, Listing};

use crate::{
    analysis::{fold, words},
    dictionary::Dictionary,
    question::Circle,
};

/// Names of each kind that are offered.
const OFFERED: usize = 4;
/// Names that are looked at for one offer.
const LOOKED_AT: usize = 2_000;
const EARTH_RADIUS_KM: f64 = 6_371.0;

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// Somebody who performs.
    Performer,
    /// A venue.
    Venue,
    /// A city.
    City,
}

/// A name that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// What it is.
    pub kind: NameKind,
    /// The id; 0 for a city, whose name is its id.
    pub id: i64,
    /// The name.
    pub name: String,
    /// For a venue, its city; for a city, its country.
    pub place: String,
    /// Events that it has.
    pub events: u64,
}

/// What is offered for the beginning of a search.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Suggestions {
    /// Events.
    pub events: Vec<crate::Hit>,
    /// Performers, venues and cities.
    pub names: Vec<Named>,
    /// The words that were looked for, as they are indexed.
    pub words: std::collections::BTreeSet<String>,
}

#[derive(Debug, Clone)]
struct Place {
    venue: ListedVenue,
    events: u64,
}

/// All names, with how many events each has. It follows every change of a listing.
#[derive(Debug, Default)]
pub(crate) struct Names {
    performers: HashMap<i64, (String, u64)>,
    venues: HashMap<i64, Place>,
    genres: BTreeMap<String, u64>,
    is_changed: bool,
}

impl Names {
    /// A listing is new.
    pub(crate) fn add(&mut self, listing: &Listing) {
        for performer in &listing.performers {
            let known = self.performers.entry(performer.id.0).or_default();
            self.is_changed |= known.0 != performer.name;
            known.0.clone_from(&performer.name);
            known.1 += 1;
        }
        let venue = &listing.venue;
        match self.venues.get_mut(&venue.id.0) {
            Some(known) => {
                self.is_changed |= known.venue != *venue;
                known.venue.clone_from(venue);
                known.events += 1;
            }
            None => {
                self.is_changed = true;
                self.venues.insert(venue.id.0, Place { venue: venue.clone(), events: 1 });
            }
        }
        let events = self.genres.entry(listing.genre.clone()).or_default();
        self.is_changed |= *events == 0;
        *events += 1;
    }

    /// A listing is gone.
    pub(crate) fn remove(&mut self, listing: &Listing) {
        for performer in &listing.performers {
            if let Some(known) = self.performers.get_mut(&performer.id.0) {
                known.1 = known.1.saturating_sub(1);
                self.is_changed |= known.1 == 0;
            }
        }
        if let Some(known) = self.venues.get_mut(&listing.venue.id.0) {
            known.events = known.events.saturating_sub(1);
            self.is_changed |= known.events == 0;
        }
        if let Some(events) = self.genres.get_mut(&listing.genre) {
            *events = events.saturating_sub(1);
            self.is_changed |= *events == 0;
        }
    }

    /// Whether names have come or gone since the last index.
    pub(crate) const fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.performers.len() + self.venues.len()
    }

    /// An index of the names as they are now.
    pub(crate) fn index(&mut self) -> NameIndex {
        self.is_changed = false;
        self.performers.retain(|_, (_, events)| *events > 0);
        self.venues.retain(|_, place| place.events > 0);
        self.genres.retain(|_, events| *events > 0);
        let mut cities: BTreeMap<&str, (String, u64)> = BTreeMap::new();
        for place in self.venues.values() {
            let country = || (place.venue.country.clone(), 0);
            cities.entry(&place.venue.city).or_insert_with(country).1 += place.events;
        }
        let performers = self.performers.iter().map(|(id, (name, events))| Named {
            kind: NameKind::Performer,
            id: *id,
            name: name.clone(),
            place: String::new(),
            events: *events,
        });
        let venues = self.venues.iter().map(|(id, place)| Named {
            kind: NameKind::Venue,
            id: *id,
            name: place.venue.name.clone(),
            place: place.venue.city.clone(),
            events: place.events,
        });
        let by_city = cities.iter().map(|(name, (country, events))| Named {
            kind: NameKind::City,
            id: 0,
            name: (*name).to_owned(),
            place: country.clone(),
            events: *events,
        });
        let mut all: Vec<Named> = performers.chain(venues).chain(by_city).collect();
        all.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.name.cmp(&b.name)));
        let places = self.venues.values().map(|place| place.venue.clone()).collect();
        NameIndex::new(all, places, self.genres.keys().cloned().collect())
    }
}

/// Names as they were at one moment, most frequent first.
#[derive(Debug, Default)]
pub(crate) struct NameIndex {
    all: Vec<Named>,
    /// Each word, and the names it occurs in.
    words: Vec<(String, Vec<u32>)>,
    venues: Vec<ListedVenue>,
    cities: HashMap<String, Vec<Arc<str>>>,
    genres: HashMap<String, Vec<String>>,
}

impl NameIndex {
    fn new(all: Vec<Named>, venues: Vec<ListedVenue>, genres: Vec<String>) -> Self {
        let mut by_word: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut cities: HashMap<String, Vec<Arc<str>>> = HashMap::new();
        for (number, named) in (0..).zip(&all) {
            for word in words(&named.name) {
                let numbers = by_word.entry(word.text).or_default();
                if numbers.last() != Some(&number) {
                    numbers.push(number);
                }
            }
            if named.kind == NameKind::City {
                cities.entry(fold(&named.name)).or_default().push(named.name.as_str().into());
            }
        }
        let mut by_genre: HashMap<String, Vec<String>> = HashMap::new();
        for genre in genres {
            by_genre.entry(fold(&genre)).or_default().push(genre);
        }
        Self { all, words: by_word.into_iter().collect(), venues, cities, genres: by_genre }
    }

    /// The spellings of a city, however it was written.
    pub(crate) fn cities(&self, written: &str) -> &[Arc<str>] {
        self.cities.get(&fold(written)).map_or(&[], Vec::as_slice)
    }

    /// The spellings of a genre, however it was written.
    pub(crate) fn genres(&self, written: &str) -> &[String] {
        self.genres.get(&fold(written)).map_or(&[], Vec::as_slice)
    }

    /// The middle of a city's venues.
    pub(crate) fn middle_of(&self, written: &str) -> Option<(f64, f64)> {
        let wanted = fold(written);
        let here: Vec<_> = self.venues.iter().filter(|it| fold(&it.city) == wanted).collect();
        let count = here.len() as f64;
        let mean = |of: fn(&ListedVenue) -> f64| here.iter().map(|it| of(it)).sum::<f64>() / count;
        (!here.is_empty()).then(|| (mean(|it| it.latitude), mean(|it| it.longitude)))
    }

    /// The venues within a circle, with their distance from its centre in kilometres.
    pub(crate) fn within(&self, circle: &Circle) -> HashMap<i64, f64> {
        let distance = |venue: &ListedVenue| {
            distance_km((circle.latitude, circle.longitude), (venue.latitude, venue.longitude))
        };
        let near = self.venues.iter().map(|venue| (venue.id.0, distance(venue)));
        near.filter(|(_, distance)| *distance <= circle.radius_km).collect()
    }

    /// Names with all of the words, the last of which may be the beginning of one. Similar words
    /// count when there is none.
    pub(crate) fn offer(&self, text: &str, dictionary: &Dictionary) -> Vec<Named> {
        let typed = words(text);
        let Some((last, others)) = typed.split_last() else { return Vec::new() };
        let is_open = text.ends_with(char::is_alphanumeric);
        let found =
            self.matching(others.iter().map(|it| self.exactly(&it.text)), || match is_open {
                true => self.beginning(&last.text),
                false => self.exactly(&last.text),
            });
        if !found.is_empty() {
            return found;
        }
        let similar = |word: &str, is_open: bool| {
            let mut numbers = if is_open { self.beginning(word) } else { self.exactly(word) };
            for meant in dictionary.similar(word) {
                numbers.or(&self.exactly(&meant.word));
            }
            numbers
        };
        self.matching(others.iter().map(|it| similar(&it.text, false)), || {
            similar(&last.text, is_open)
        })
    }

    fn matching(
        &self,
        others: impl Iterator<Item = Numbers>,
        last: impl FnOnce() -> Numbers,
    ) -> Vec<Named> {
        let mut numbers = last();
        for other in others {
            numbers.and(&other);
        }
        let mut found: Vec<Named> = Vec::new();
        for number in numbers.iter().take(LOOKED_AT) {
            let Some(named) = self.all.get(number) else { continue };
            let of_kind = found.iter().filter(|it| it.kind == named.kind).count();
            if of_kind < OFFERED {
                found.push(named.clone());
            }
            if found.len() == 3 * OFFERED {
                break;
            }
        }
        found.sort_by_key(|named| named.kind);
        found
    }

    fn exactly(&self, word: &str) -> Numbers {
        let mut numbers = Numbers::new(self.all.len());
        if let Ok(at) = self.words.binary_search_by(|(known, _)| known.as_str().cmp(word)) {
            numbers.extend(&self.words[at].1);
        }
        numbers
    }

    fn beginning(&self, word: &str) -> Numbers {
        let mut numbers = Numbers::new(self.all.len());
        let from = self.words.partition_point(|(known, _)| known.as_str() < word);
        let begun = self.words[from..].iter().take_while(|(known, _)| known.starts_with(word));
        begun.for_each(|(_, known)| numbers.extend(known));
        numbers
    }
}

/// A set of small numbers.
struct Numbers(Vec<u64>);

impl Numbers {
    fn new(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    fn extend(&mut self, numbers: &[u32]) {
        for number in numbers {
            self.0[*number as usize / 64] |= 1 << (number % 64);
        }
    }

    fn and(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine &= theirs);
    }

    fn or(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().filter(|(_, bits)| **bits != 0).flat_map(|(at, bits)| {
            (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        })
    }
}

/// How far two points on the globe are apart, in kilometres.
fn distance_km(one: (f64, f64), other: (f64, f64)) -> f64 {
    let (north, east) = ((other.0 - one.0).to_radians(), (other.1 - one.1).to_radians());
    let straight = (north / 2.0).sin().powi(2)
        + one.0.to_radians().cos() * other.0.to_radians().cos() * (east / 2.0).sin().powi(2);
    2.0 * EARTH_RADIUS_KM * straight.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_on_the_globe() {
        let (dublin, lisbon) = ((53.35, -6.26), (38.72, -9.14));
        let far = distance_km(dublin, lisbon);
        assert!((1_630.0..1_650.0).contains(&far), "{far}");
        let across = distance_km((0.0, 179.9), (0.0, -179.9));
        assert!((22.0..22.5).contains(&across), "{across}");
    }
}
