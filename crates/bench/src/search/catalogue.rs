//! A catalogue that is made up: names in several languages, words as frequent as words are, the same
//! at every run.

use std::collections::HashMap;

use fastrand::Rng;

/// Events begin on this day and on those that follow, in seconds since 1970: 2037-01-01.
pub const FIRST_DAY: i64 = 2_114_380_800;
/// For so many days.
const DAYS: u64 = 365;
const GENRES: [&str; 20] = [
    "Jazz",
    "Rock",
    "Pop",
    "Classical",
    "Electronic",
    "Folk",
    "Hip-hop",
    "Metal",
    "Soul",
    "Indie",
    "World",
    "Opera",
    "Blues",
    "Country",
    "Comedy",
    "Theatre",
    "Musical",
    "Dance",
    "Football",
    "Circus",
];
const HALLS: [&str; 14] = [
    "Hall", "Arena", "Theatre", "Club", "Opera", "Salle", "Teatro", "Halle", "Forum", "Garden",
    "Stadium", "Palais", "Sala", "Rooms",
];
const FIRST_NAMES: [&str; 60] = [
    "Nadia", "Björn", "Chloé", "José", "María", "Zoë", "André", "Søren", "Łukasz", "Agnès",
    "Fatou", "Kofi", "Yuki", "Haruto", "Mei", "Ravi", "Priya", "Omar", "Leïla", "Tomás", "Inês",
    "João", "Matěj", "Žofie", "Ana", "Luca", "Giulia", "Marco", "Elif", "Deniz", "Anouk", "Lars",
    "Ingrid", "Eoin", "Siobhán", "Aoife", "Rhys", "Megan", "James", "Olivia", "Noah", "Emma",
    "Liam", "Ava", "Pavel", "Irina", "Dmitri", "Katya", "Ahmed", "Zeynep", "Hugo", "Clara",
    "Felix", "Greta", "Otto", "Frieda", "Björk", "Núria", "Jordi", "Ksenia",
];
const ONSETS: [&str; 30] = [
    "b", "br", "ch", "d", "dr", "f", "g", "gr", "h", "j", "k", "kl", "l", "m", "n", "p", "pr",
    "qu", "r", "s", "sch", "st", "t", "tr", "v", "w", "y", "z", "ñ", "š",
];
const VOWELS: [&str; 18] =
    ["a", "e", "i", "o", "u", "ei", "ou", "á", "é", "ö", "ü", "ia", "ao", "ø", "ie", "ã", "a", "o"];
const ENDS: [&str; 16] =
    ["", "n", "r", "s", "l", "m", "nd", "rt", "ck", "th", "x", "ng", "", "t", "", "ff"];

/// A venue.
pub struct Venue {
    pub name: String,
    pub city: usize,
}

/// An event.
pub struct Event {
    pub title: String,
    pub performers: Vec<usize>,
    pub venue: usize,
    pub genre: &'static str,
    pub starts: i64,
    pub price_minor: i64,
}

/// Everything.
pub struct Catalogue {
    pub cities: Vec<(String, f64, f64)>,
    pub venues: Vec<Venue>,
    pub performers: Vec<String>,
    pub events: Vec<Event>,
}

struct Maker {
    rng: Rng,
}

impl Maker {
    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.rng.usize(..texts.len())]
    }

    fn word(&mut self, syllables: usize) -> String {
        let mut word = String::new();
        for _ in 0..syllables {
            word.push_str(self.of(&ONSETS));
            word.push_str(self.of(&VOWELS));
        }
        word.push_str(self.of(&ENDS));
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        first.unwrap_or_default() + letters.as_str()
    }

    fn words(&mut self, count: usize) -> Vec<String> {
        (0..count)
            .map(|_| {
                let syllables = self.rng.usize(2..4);
                self.word(syllables)
            })
            .collect()
    }

    /// A number below `count`; the first is `n` times as frequent as the `n`th.
    fn zipf(&mut self, count: usize) -> usize {
        let share = self.rng.f64();
        let at = ((count as f64 + 1.0).ln() * share).exp() - 1.0;
        (at as usize).min(count - 1)
    }
}

impl Catalogue {
    /// So many events.
    pub fn make(events: usize, seed: u64) -> Self {
        let mut maker = Maker { rng: Rng::with_seed(seed) };
        let performers_count = (events / 16).clamp(500, 60_000);
        let vocabulary = maker.words(20_000);
        let cities: Vec<(String, f64, f64)> = maker
            .words(400)
            .into_iter()
            .map(|name| (name, 36.0 + 24.0 * maker.rng.f64(), -9.0 + 35.0 * maker.rng.f64()))
            .collect();
        let venues: Vec<Venue> = (0..(events / 200).clamp(100, 5_000))
            .map(|_| {
                let word = maker.zipf(vocabulary.len());
                let hall = maker.of(&HALLS);
                let city = maker.zipf(cities.len());
                Venue { name: format!("{} {hall}", vocabulary[word]), city }
            })
            .collect();
        let surnames = maker.words(performers_count / 4);
        let performers: Vec<String> = (0..performers_count)
            .map(|_| {
                let (first, last) = (maker.of(&FIRST_NAMES), maker.rng.usize(..surnames.len()));
                match maker.rng.u8(..4) {
                    0 => {
                        format!("The {} {}", surnames[last], maker.of(&["Band", "Trio", "Quartet"]))
                    }
                    _ => format!("{first} {}", surnames[last]),
                }
            })
            .collect();
        let mut all = Vec::with_capacity(events);
        for _ in 0..events {
            let performer = maker.zipf(performers.len());
            let mut billed = vec![performer];
            if maker.rng.u8(..4) == 0 {
                let other = maker.zipf(performers.len());
                if other != performer {
                    billed.push(other);
                }
            }
            let [one, two] = [0; 2].map(|_| maker.zipf(vocabulary.len()));
            let (one, two) = (&vocabulary[one], &vocabulary[two]);
            let title = match maker.rng.u8(..4) {
                0 => format!("{}: {one} Tour", performers[performer]),
                1 => format!("{one} of {two}"),
                2 => format!("The {one} {two} Night"),
                _ => format!("{one} {two}"),
            };
            let venue = maker.zipf(venues.len());
            let day = maker.rng.u64(..DAYS) as i64;
            all.push(Event {
                title,
                performers: billed,
                venue,
                genre: maker.of(&GENRES),
                starts: FIRST_DAY + day * 86_400 + 3_600 * maker.rng.i64(17..21),
                price_minor: 500 * maker.rng.i64(2..50),
            });
        }
        Self { cities, venues, performers, events: all }
    }

    /// The events in which each word occurs, by number.
    pub fn words(&self) -> HashMap<String, Vec<u32>> {
        let mut found: HashMap<String, Vec<u32>> = HashMap::new();
        for (number, event) in (0..).zip(&self.events) {
            let venue = &self.venues[event.venue];
            let names = event.performers.iter().map(|it| self.performers[*it].as_str());
            let texts =
                [event.title.as_str(), &venue.name, &self.cities[venue.city].0, event.genre];
            for text in texts.into_iter().chain(names) {
                for word in onsale_search::analysis::words(text) {
                    let events = found.entry(word.text).or_default();
                    if events.last() != Some(&number) {
                        events.push(number);
                    }
                }
            }
        }
        found
    }
}
