//! What a programme leaflet says of an event.

use super::{
    performers::{Act, Form, Genre},
    programme::{self, Work},
    prose,
    rng::Rng,
    venues::Kind,
};

/// Events out of a hundred whose description ends with a word from the house.
const CLOSING_PERCENT: usize = 65;
/// A description of fewer bytes always has one.
const SHORT_BYTES: usize = 110;

/// The title and the description of an event.
#[derive(Clone)]
pub(super) struct Listing {
    pub title: String,
    pub description: String,
}

impl Listing {
    /// Writes about an evening with these acts, of which there is at least one.
    pub fn write(rng: &mut Rng, acts: &[Act], playing: &[usize], kind: Kind) -> Self {
        let act = &acts[playing[0]];
        let name = act.draft.name.as_str();
        let guest = playing.get(1).map(|guest| &acts[*guest]);
        let (title, opening) = match work(rng, act) {
            Some((title, about)) if act.genre == Genre::Theatre => (title.to_owned(), about),
            Some((title, about)) => (format!("{name}: {title}"), about),
            None => {
                let title = plain_title(rng, playing[0], act, guest);
                (title, *rng.pick(prose::voice(act.genre).openings))
            }
        };
        let mut sentences = vec![opening, *rng.pick(prose::voice(act.genre).middles)];
        let is_short = sentences.iter().map(|sentence| sentence.len()).sum::<usize>() < SHORT_BYTES;
        if rng.percent(CLOSING_PERCENT) || is_short {
            sentences.push(*rng.pick(prose::closings(kind)));
        }
        let written: Vec<String> =
            sentences.iter().map(|it| prose::with_name(it, &act.spoken_name)).collect();
        Self { title, description: written.join(" ") }
    }
}

/// The work that is played, for acts that play works.
fn work(rng: &mut Rng, act: &Act) -> Option<Work> {
    let works = match (act.genre, act.form) {
        (Genre::Theatre, _) => programme::PLAYS,
        (Genre::Dance, _) => programme::DANCES,
        (Genre::Family, _) => programme::FAMILY_SHOWS,
        (Genre::Classical, Form::Orchestra) => programme::ORCHESTRAL,
        (Genre::Classical, Form::Choir) => programme::CHORAL,
        (Genre::Classical, _) => programme::RECITALS,
        _ => return None,
    };
    Some(*rng.pick(works))
}

/// A title made of names. An act keeps the name of its tour or show all season.
fn plain_title(rng: &mut Rng, number: usize, act: &Act, guest: Option<&Act>) -> String {
    let name = &act.draft.name;
    let of_the_season = |titles: &'static [&'static str]| titles[number % titles.len()];
    match (act.genre, guest) {
        (Genre::Sport, Some(guest)) => format!("{} v {}", act.short_name, guest.short_name),
        (Genre::Comedy, _) => format!("{name}: {}", of_the_season(programme::COMEDY_SHOWS)),
        (_, Some(guest)) => format!("{name}, with {}", guest.draft.name),
        (Genre::Jazz, None) if rng.percent(40) => {
            format!("{name}: {}", rng.pick(programme::JAZZ_PROGRAMMES))
        }
        (Genre::Folk, None) if rng.percent(40) => {
            format!("{name}: {}", rng.pick(programme::FOLK_PROGRAMMES))
        }
        (Genre::Rock | Genre::Pop | Genre::HipHop | Genre::Electronic, None) if rng.percent(55) => {
            format!("{name}: {}", of_the_season(programme::TOURS))
        }
        _ => name.clone(),
    }
}
