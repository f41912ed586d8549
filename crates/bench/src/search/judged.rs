//! Queries whose right answers are known, and how good the answers are.

use std::{collections::HashMap, net::SocketAddr};

use fastrand::Rng;
use onsale_search::analysis::words;

use super::{catalogue::Catalogue, classes::path_of, load::FIRST_ID};
use crate::{BenchError, client::Client};

/// Hits that are judged.
const TOP: usize = 20;

/// How a query was made from an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Words of its title or of a performer.
    Exact,
    /// With one typo.
    OneTypo,
    /// With two typos: in two words, or in a long one.
    TwoTypos,
    /// The last word is not finished.
    Prefix,
    /// The words change places.
    Swapped,
    /// Names with accents, written without.
    Accents,
    /// Its venue and the city.
    VenueCity,
    /// A performer and the month.
    PerformerMonth,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Exact,
        Self::OneTypo,
        Self::TwoTypos,
        Self::Prefix,
        Self::Swapped,
        Self::Accents,
        Self::VenueCity,
        Self::PerformerMonth,
    ];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::OneTypo => "one typo",
            Self::TwoTypos => "two typos",
            Self::Prefix => "prefix",
            Self::Swapped => "swapped words",
            Self::Accents => "accents",
            Self::VenueCity => "venue and city",
            Self::PerformerMonth => "performer, month",
        }
    }
}

/// A query, and the events that it should find.
pub struct Query {
    pub class: Class,
    pub keyword: String,
    pub relevant: Vec<i64>,
}

/// All queries.
pub struct Judged(pub Vec<Query>);

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Judged {
    /// So many queries of each class.
    pub fn make(catalogue: &Catalogue, of_each: usize, seed: u64) -> Self {
        let (mut rng, known) = (Rng::with_seed(seed ^ 0x5EA2C4), catalogue.words());
        let mut queries = Vec::new();
        for class in Class::ALL {
            let mut made = 0;
            while made < of_each {
                if let Some(query) = query(catalogue, &known, class, &mut rng) {
                    queries.push(query);
                    made += 1;
                }
            }
        }
        Self(queries)
    }

    /// Those of a class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Query> {
        self.0.iter().filter(move |query| query.class == class)
    }
}

fn query(
    catalogue: &Catalogue,
    known: &HashMap<String, Vec<u32>>,
    class: Class,
    rng: &mut Rng,
) -> Option<Query> {
    let event = &catalogue.events[rng.usize(..catalogue.events.len())];
    let performer = &catalogue.performers[event.performers[0]];
    let venue = &catalogue.venues[event.venue];
    let text = match class {
        Class::VenueCity => format!("{} {}", venue.name, catalogue.cities[venue.city].0),
        Class::PerformerMonth | Class::Accents => performer.clone(),
        _ if rng.bool() => performer.clone(),
        _ => event.title.clone(),
    };
    if class == Class::Accents && text.is_ascii() {
        return None;
    }
    let small = ["the", "of"];
    let mut meant: Vec<String> = words(&text).into_iter().map(|word| word.text).collect();
    meant.retain(|word| !small.contains(&word.as_str()));
    meant.dedup();
    if meant.len() < 2 {
        return None;
    }
    let mut relevant = with_all(known, &meant);
    let mut typed = meant;
    match class {
        Class::Exact | Class::Accents | Class::VenueCity => {}
        Class::OneTypo => misspell(&mut typed, 1, rng)?,
        Class::TwoTypos => misspell(&mut typed, 2, rng)?,
        Class::Prefix => {
            let last = typed.last_mut()?;
            let letters = last.chars().count();
            let keep = rng.usize(3..letters.max(4));
            *last = last.chars().take(keep).collect();
        }
        Class::Swapped => typed.reverse(),
        Class::PerformerMonth => {
            let month = month_of(event.starts);
            relevant.retain(|number| month_of(catalogue.events[*number as usize].starts) == month);
            typed.push(MONTHS[month].to_owned());
        }
    }
    let mut keyword = typed.join(" ");
    if class != Class::Prefix {
        keyword.push(' ');
    }
    let relevant = relevant.into_iter().map(|number| FIRST_ID + i64::from(number)).collect();
    Some(Query { class, keyword, relevant })
}

fn month_of(seconds: i64) -> usize {
    let (_, month, _) = onsale_domain::Timestamp(seconds * 1000).utc_date();
    month as usize - 1
}

fn with_all(known: &HashMap<String, Vec<u32>>, meant: &[String]) -> Vec<u32> {
    let lists = meant.iter().map(|word| known.get(word).map_or(&[][..], Vec::as_slice));
    let mut lists: Vec<&[u32]> = lists.collect();
    lists.sort_by_key(|list| list.len());
    let Some((first, others)) = lists.split_first() else { return Vec::new() };
    let in_all = |number: &&u32| others.iter().all(|list| list.binary_search(number).is_ok());
    first.iter().filter(in_all).copied().collect()
}

/// Puts typos into words that are long enough for one, two into one of eight letters or more.
fn misspell(typed: &mut [String], typos: usize, rng: &mut Rng) -> Option<()> {
    let long: Vec<usize> = (0..typed.len()).filter(|at| typed[*at].chars().count() >= 4).collect();
    if long.len() >= typos {
        let mut long = long;
        rng.shuffle(&mut long);
        long.iter().take(typos).for_each(|at| typed[*at] = with_typo(&typed[*at], rng));
        return Some(());
    }
    let at = (0..typed.len()).find(|at| typed[*at].chars().count() >= 8)?;
    for _ in 0..typos {
        typed[at] = with_typo(&typed[at], rng);
    }
    Some(())
}

/// One letter is missing, doubled, another one, or changes places; the first stays.
fn with_typo(word: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = rng.usize(1..letters.len());
    match rng.u8(..4) {
        0 if letters.len() > 4 => drop(letters.remove(at)),
        1 if at + 1 < letters.len() && letters[at] != letters[at + 1] => letters.swap(at, at + 1),
        2 => letters.insert(at, rng.lowercase()),
        _ => letters[at] = if letters[at] == 'e' { 'a' } else { 'e' },
    }
    letters.into_iter().collect()
}

/// How good the answers to a class are, on average.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quality {
    /// The share of what should be among the first twenty that is.
    pub recall: f64,
    /// One over the place of the first right hit.
    pub mrr: f64,
    /// How near right hits are to the top.
    pub ndcg: f64,
}

/// How good the answers are.
pub struct Relevance(HashMap<Class, Quality>);

impl Relevance {
    /// Of a class.
    pub fn of(&self, class: Class) -> Quality {
        self.0.get(&class).copied().unwrap_or_default()
    }

    /// Of all classes.
    pub fn all(&self) -> impl Iterator<Item = (Class, Quality)> {
        Class::ALL.into_iter().map(|class| (class, self.of(class)))
    }
}

/// Asks every judged query once.
pub async fn relevance(address: SocketAddr, judged: &Judged) -> Result<Relevance, BenchError> {
    let broken = |error: std::io::Error| BenchError::new("the server", error);
    let mut client = Client::connect(address).await.map_err(broken)?;
    let mut sums: HashMap<Class, (Quality, f64)> = HashMap::new();
    for query in &judged.0 {
        let answer = client.get(&path_of(&query.keyword)).await.map_err(broken)?;
        if answer.status != 200 {
            return Err(BenchError::new(&query.keyword, answer.body));
        }
        let body: serde_json::Value = serde_json::from_str(&answer.body)
            .map_err(|error| BenchError::new("an answer", error))?;
        let hits: Vec<i64> = body["events"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|event| event["id"].as_str()?.parse().ok())
            .collect();
        let quality = quality_of(&hits, &query.relevant);
        let (sum, count) = sums.entry(query.class).or_default();
        sum.recall += quality.recall;
        sum.mrr += quality.mrr;
        sum.ndcg += quality.ndcg;
        *count += 1.0;
    }
    let mean = |(class, (sum, count)): (Class, (Quality, f64))| {
        let quality =
            Quality { recall: sum.recall / count, mrr: sum.mrr / count, ndcg: sum.ndcg / count };
        (class, quality)
    };
    Ok(Relevance(sums.into_iter().map(mean).collect()))
}

fn quality_of(hits: &[i64], relevant: &[i64]) -> Quality {
    let possible = relevant.len().min(TOP);
    if possible == 0 {
        return Quality::default();
    }
    let is_right = |hit: &i64| relevant.binary_search(hit).is_ok();
    let right: Vec<usize> = (0..hits.len().min(TOP)).filter(|at| is_right(&hits[*at])).collect();
    let gain = |at: usize| 1.0 / (at as f64 + 2.0).log2();
    let ideal: f64 = (0..possible).map(gain).sum();
    Quality {
        recall: right.len() as f64 / possible as f64,
        mrr: right.first().map_or(0.0, |at| 1.0 / (*at as f64 + 1.0)),
        ndcg: right.iter().map(|at| gain(*at)).sum::<f64>() / ideal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_answer_is_worth_one_and_a_wrong_one_nothing() {
        let perfect = quality_of(&[3, 1, 2], &[1, 2, 3]);
        assert_eq!((perfect.recall, perfect.mrr), (1.0, 1.0));
        assert!((perfect.ndcg - 1.0).abs() < 1e-9);
        let late = quality_of(&[9, 1], &[1]);
        assert_eq!((late.recall, late.mrr), (1.0, 0.5));
        assert_eq!(quality_of(&[9], &[1]).recall, 0.0);
    }

    #[test]
    fn the_same_catalogue_is_made_at_every_run() {
        let (one, other) = (Catalogue::make(500, 3), Catalogue::make(500, 3));
        assert!(one.events.iter().zip(&other.events).all(|(a, b)| a.title == b.title));
        let judged = Judged::make(&one, 3, 3);
        assert_eq!(judged.0.len(), 3 * Class::ALL.len());
        assert!(judged.0.iter().all(|query| !query.relevant.is_empty()));
    }
}
