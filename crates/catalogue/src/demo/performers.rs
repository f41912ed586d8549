//! The performers of the demo.

use std::collections::HashSet;

use super::{
    names::{self, Listed, PEOPLE, People},
    prose,
    rng::Rng,
};
use crate::{PerformerDraft, slug::slug};

/// What is performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Genre {
    Jazz,
    Rock,
    Pop,
    Classical,
    Electronic,
    Folk,
    HipHop,
    Theatre,
    Comedy,
    Dance,
    Family,
    Sport,
}

impl Genre {
    pub const ALL: [Self; 12] = [
        Self::Jazz,
        Self::Rock,
        Self::Pop,
        Self::Classical,
        Self::Electronic,
        Self::Folk,
        Self::HipHop,
        Self::Theatre,
        Self::Comedy,
        Self::Dance,
        Self::Family,
        Self::Sport,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jazz => "Jazz",
            Self::Rock => "Rock",
            Self::Pop => "Pop",
            Self::Classical => "Classical",
            Self::Electronic => "Electronic",
            Self::Folk => "Folk",
            Self::HipHop => "Hip-hop",
            Self::Theatre => "Theatre",
            Self::Comedy => "Comedy",
            Self::Dance => "Dance",
            Self::Family => "Family",
            Self::Sport => "Sport",
        }
    }

    /// Performers of the genre in a full and in a small demo: 400 and 20 in all.
    const fn counts(self) -> (usize, usize) {
        match self {
            Self::Jazz => (44, 3),
            Self::Rock => (50, 3),
            Self::Pop => (40, 2),
            Self::Classical => (44, 3),
            Self::Electronic => (30, 1),
            Self::Folk => (36, 2),
            Self::HipHop => (26, 1),
            Self::Theatre => (46, 2),
            Self::Comedy => (34, 2),
            Self::Dance => (16, 1),
            Self::Family => (14, 0),
            Self::Sport => (20, 0),
        }
    }
}

/// How large a house somebody fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stature {
    /// Clubs.
    Rising,
    /// Theatres and halls.
    Known,
    /// Arenas and stadiums.
    Star,
}

/// What kind of act it is, where that decides about programmes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Band,
    Soloist,
    Orchestra,
    Choir,
    /// Plays football, on the ground of the stadium of this number or as a guest.
    Football(Option<usize>),
    /// Plays basketball, in the arena of this number or as a guest.
    Basketball(Option<usize>),
}

/// A performer with what the season has to know.
pub(super) struct Act {
    pub draft: PerformerDraft,
    /// The name in a title with two names: "Northern Lights FC v Harbour".
    pub short_name: String,
    /// The name in a sentence: "the Nadia Okafor Quartet".
    pub spoken_name: String,
    pub genre: Genre,
    pub stature: Stature,
    pub form: Form,
}

/// The performer of the first event.
pub(super) const FIRST: &str = "Nadia Okafor Quartet";

/// Ensembles that are named after the person who leads them.
const JAZZ_FORMS: [&str; 4] = [" Trio", " Quartet", " Quintet", " Sextet"];

/// A name and what belongs to it.
struct Name {
    full: String,
    short: String,
    place: &'static str,
    form: Form,
}

/// All performers, genre by genre; the first is [`FIRST`].
pub(super) fn all(rng: &Rng, is_small: bool) -> Vec<Act> {
    let mut casting =
        Casting { rng: rng.fork("names"), names: HashSet::new(), keys: HashSet::new() };
    let mut acts = Vec::new();
    for genre in Genre::ALL {
        let (full, small) = genre.counts();
        let count = if is_small { small } else { full };
        for number in 0..count {
            acts.push(casting.act(genre, number, count));
        }
    }
    acts
}

struct Casting {
    rng: Rng,
    names: HashSet<String>,
    keys: HashSet<String>,
}

impl Casting {
    fn act(&mut self, genre: Genre, number: usize, count: usize) -> Act {
        let people = &PEOPLE[self.rng.below(PEOPLE.len())];
        let Name { full: name, short: short_name, place, form } = self.name(genre, number, people);
        let spoken_name = spoken(&name);
        let description = if name == FIRST {
            "Nadia Okafor grew up between Lagos and Lisbon and learned the piano in both. The \
             quartet has played together for nine years: bass, drums, a tenor saxophone that knows \
             when to wait, and tunes named after streets."
                .to_owned()
        } else {
            let (first, second) = match form {
                Form::Soloist => prose::biography_of_soloist(genre),
                _ => prose::biography_of_group(genre),
            };
            let sentences = [*self.rng.pick(first), *self.rng.pick(second)];
            let written = sentences.map(|sentence| prose::with_name(sentence, &spoken_name));
            written.join(" ").replace("{place}", place)
        };
        let stature = match number * 100 / count.max(1) {
            0..18 => Stature::Star,
            18..60 => Stature::Known,
            _ => Stature::Rising,
        };
        let key = self.free_key(&name);
        let draft = PerformerDraft { key, name, genre: genre.as_str().to_owned(), description };
        Act { draft, short_name, spoken_name, genre, stature, form }
    }

    fn name(&mut self, genre: Genre, number: usize, people: &People) -> Name {
        let place = *self.rng.pick(people.places);
        if genre == Genre::Sport {
            return team(number);
        }
        if let Some(((name, place), form)) = listed(genre, number) {
            self.names.insert(name.to_owned());
            return Name { full: name.to_owned(), short: name.to_owned(), place, form };
        }
        let (name, form) = self.person_or_band(genre, people);
        Name { full: name.clone(), short: name, place, form }
    }

    /// A name that nobody has yet, made from those of people.
    fn person_or_band(&mut self, genre: Genre, people: &People) -> (String, Form) {
        const BANDS: [&str; 6] = [
            "Late Arrivals",
            "Understorey",
            "Lamplight",
            "Hard Frost",
            "Second Wind",
            "Good Knives",
        ];
        loop {
            let person =
                format!("{} {}", self.rng.pick(people.first), self.rng.pick(people.family));
            let (name, form) = match genre {
                Genre::Jazz if self.rng.percent(65) => {
                    (format!("{person}{}", self.rng.pick(&JAZZ_FORMS)), Form::Band)
                }
                Genre::Jazz if self.rng.percent(40) => {
                    let (one, other) = (self.rng.pick(people.family), self.rng.pick(people.family));
                    (format!("{one} & {other}"), Form::Band)
                }
                Genre::Rock => (format!("{person} & the {}", self.rng.pick(&BANDS)), Form::Band),
                _ => (person, Form::Soloist),
            };
            let twice = name.split_once(" & ").is_some_and(|(one, other)| one == other);
            if !twice && self.names.insert(name.clone()) {
                return (name, form);
            }
        }
    }

    fn free_key(&mut self, name: &str) -> String {
        let key = slug(name);
        let mut free = key.clone();
        let mut number = 2;
        while !self.keys.insert(free.clone()) {
            free = format!("{key}-{number}");
            number += 1;
        }
        free
    }
}

/// A team: ten of football, then ten of basketball, the home teams first in both.
fn team(number: usize) -> Name {
    let home = |homes: usize, number: usize| Some(number).filter(|number| *number < homes);
    let football = names::FOOTBALL_TEAMS.len();
    let ((full, short), form) = match names::FOOTBALL_TEAMS.get(number) {
        Some(team) => (*team, Form::Football(home(2, number))),
        None => {
            let number = (number - football) % names::BASKETBALL_TEAMS.len();
            (names::BASKETBALL_TEAMS[number], Form::Basketball(home(3, number)))
        }
    };
    Name { full: full.to_owned(), short: short.to_owned(), place: "", form }
}

/// Small ensembles named after somebody have an article in a sentence.
fn spoken(name: &str) -> String {
    let is_ensemble = JAZZ_FORMS.iter().any(|form| name.ends_with(form));
    if is_ensemble { format!("the {name}") } else { name.to_owned() }
}

/// The genre's performer of this number, as long as there are names in the lists. Bands and
/// soloists take turns where a genre has both.
fn listed(genre: Genre, number: usize) -> Option<(Listed, Form)> {
    let from = |list: &'static [Listed], number: usize, form| Some((*list.get(number)?, form));
    let every_other = |list: &'static [Listed]| {
        if number.is_multiple_of(2) { from(list, number / 2, Form::Band) } else { None }
    };
    match genre {
        Genre::Jazz if number == 0 => Some(((FIRST, "Lisbon"), Form::Band)),
        Genre::Jazz => every_other(names::JAZZ_BANDS),
        Genre::Rock => from(names::ROCK_BANDS, number, Form::Band),
        Genre::Pop => every_other(names::POP_ACTS),
        Genre::Classical if number % 8 == 5 => from(names::CHOIRS, number / 8, Form::Choir),
        Genre::Classical if number.is_multiple_of(2) => {
            from(names::ORCHESTRAS, number / 2, Form::Orchestra)
        }
        Genre::Electronic => from(names::ELECTRONIC_ACTS, number, Form::Band),
        Genre::Folk => every_other(names::FOLK_BANDS),
        Genre::HipHop => from(names::HIP_HOP_ACTS, number, Form::Band),
        Genre::Theatre => from(names::THEATRE_COMPANIES, number, Form::Band),
        Genre::Dance => from(names::DANCE_COMPANIES, number, Form::Band),
        Genre::Family => from(names::FAMILY_ACTS, number, Form::Band),
        Genre::Classical | Genre::Comedy | Genre::Sport => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_hundred_people_and_bands_of_different_names() {
        let acts = all(&Rng::new(1), false);
        let names: HashSet<&str> = acts.iter().map(|act| act.draft.name.as_str()).collect();
        let keys: HashSet<&str> = acts.iter().map(|act| act.draft.key.as_str()).collect();
        assert_eq!((acts.len(), names.len(), keys.len()), (400, 400, 400));
        assert_eq!(acts[0].draft.name, FIRST);
        assert_eq!(all(&Rng::new(1), true).len(), 20);
        for act in &acts {
            assert!(!act.draft.key.is_empty() && act.draft.key.is_ascii(), "{}", act.draft.name);
            assert!(!act.draft.description.contains('{'), "{}", act.draft.description);
        }
    }
}
