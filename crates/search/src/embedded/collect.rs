//! One pass over everything that matches: filters, the best hits, and the counts of facets.
//!
//! An event that fails one facet's filter only still counts for that facet, so that people see what
//! else they could choose. It takes no second query.

use std::{
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

use tantivy::{DocAddress, DocId, SegmentReader, columnar::ColumnValues};

use super::{
    matching::Matcher,
    rows::{Row, Rows, Traits, month_number},
    schema::{NO_PRICE, columns},
};
use crate::{
    SearchError,
    facets::PRICE_STEPS,
    question::{Cursor, Order, Sale, minute, minute_of_rank},
};

/// Months are counted from January 2000 on, for two centuries; others are not told.
const FIRST_MONTH: u16 = 2000 * 12;
const MONTHS: usize = 12 * 200;
/// Matches that are looked at together.
const AT_ONCE: usize = 64;

/// When events start, in milliseconds since 1970.
#[derive(Debug)]
pub(super) struct Starts {
    range: std::ops::Range<i64>,
    first_minute: u64,
    last_minute: u64,
}

impl Starts {
    pub fn new(range: std::ops::Range<i64>) -> Self {
        let (first_minute, last_minute) = (minute(range.start), minute(range.end));
        Self { range, first_minute, last_minute }
    }

    /// Ranks tell the minute, which is enough for all but those at the ends.
    fn include(&self, rank: u64, starts: impl FnOnce() -> Option<i64>) -> bool {
        let minute = minute_of_rank(rank);
        let is_surely_in = self.first_minute < minute && minute < self.last_minute;
        let may_be_in = self.first_minute <= minute && minute <= self.last_minute;
        is_surely_in || (may_be_in && starts().is_some_and(|starts| self.range.contains(&starts)))
    }
}

/// What is asked of every event that matches.
#[derive(Debug)]
pub(super) struct Wanted {
    pub starts: Starts,
    /// Whether the city of each number is wanted; `None` for all.
    pub cities: Option<Vec<bool>>,
    /// Whether the genre of each number is wanted; `None` for all.
    pub genres: Option<Vec<bool>>,
    /// Months since the year 0; all when empty.
    pub months: Vec<u16>,
    pub prices: Option<std::ops::RangeInclusive<i64>>,
    pub sale: Option<(Sale, i64)>,
    /// Venues with their distance in metres; `None` for all.
    pub venues: Option<HashMap<i64, u64>>,
    pub order: Order,
    pub after: Option<Cursor>,
    /// Hits to keep.
    pub keep: usize,
    /// Whether the hits are counted, in all and by facets.
    pub is_counted: bool,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Gathered {
    /// 0 when nothing was to be counted.
    pub total: u64,
    /// Places and documents, best first.
    pub best: Vec<(Cursor, DocAddress)>,
    /// By the number of the city.
    pub cities: Vec<u32>,
    /// By the number of the genre.
    pub genres: Vec<u32>,
    /// By the number of the month, such as 202612.
    pub months: Vec<(u32, u32)>,
    pub prices: [u32; PRICE_STEPS.len()],
}

/// The pass.
pub(super) struct Gather<'a> {
    wanted: &'a Wanted,
    total: u64,
    best: BinaryHeap<(Cursor, DocAddress)>,
    cities: Vec<u32>,
    genres: Vec<u32>,
    months: Vec<u32>,
    prices: [u32; PRICE_STEPS.len()],
}

impl<'a> Gather<'a> {
    /// Over events with cities and genres of so many numbers.
    pub fn new(wanted: &'a Wanted, numbers: usize) -> Self {
        let count = |count: usize| vec![0; if wanted.is_counted { count } else { 0 }];
        Self {
            wanted,
            total: 0,
            best: BinaryHeap::with_capacity(wanted.keep + 1),
            cities: count(numbers),
            genres: count(numbers),
            months: count(MONTHS),
            prices: [0; PRICE_STEPS.len()],
        }
    }

    /// Passes over a segment.
    pub fn segment(
        &mut self,
        number: u32,
        segment: &SegmentReader,
        rows: &Rows,
        matcher: Matcher,
    ) -> Result<(), SearchError> {
        let documents = Documents { number, rows, rarely: Rarely::new(segment, self.wanted)? };
        let alive = segment.alive_bitset();
        let mut matches = Vec::with_capacity(AT_ONCE);
        matcher.each(self.wanted.order == Order::Relevance, |doc, score| {
            let is_alive = alive.is_none_or(|alive| alive.is_alive(doc));
            if is_alive && (self.wanted.is_counted || !self.is_too_low(score)) {
                matches.push((doc, score));
            }
            if matches.len() == AT_ONCE {
                self.take_all(&documents, &mut matches);
            }
        });
        self.take_all(&documents, &mut matches);
        Ok(())
    }

    /// What was found.
    pub fn finish(self) -> Gathered {
        let months = (FIRST_MONTH..).zip(self.months).filter(|(_, count)| *count > 0);
        Gathered {
            total: self.total,
            best: self.best.into_sorted_vec(),
            cities: self.cities,
            genres: self.genres,
            months: months.map(|(month, count)| (month_number(month), count)).collect(),
            prices: self.prices,
        }
    }

    /// Takes the matches, and leaves none.
    fn take_all(&mut self, documents: &Documents<'_>, matches: &mut Vec<(DocId, f32)>) {
        // The rows lie far apart in memory. In a loop of nothing else, the processor fetches many of
        // them at the same time.
        let mut rows = [None; AT_ONCE];
        for (row, (doc, _)) in rows.iter_mut().zip(&*matches) {
            *row = documents.rows.get(*doc);
        }
        for ((doc, score), row) in matches.drain(..).zip(rows) {
            if let Some(row) = row {
                self.take(documents, doc, score, row);
            }
        }
    }

    /// `None` for an event that is not wanted.
    fn take(
        &mut self,
        documents: &Documents<'_>,
        doc: DocId,
        score: f32,
        Row { rank, traits }: Row,
    ) -> Option<()> {
        if !self.wanted.starts.include(rank, || documents.rows.starts(doc)) {
            return None;
        }
        let metres = documents.rarely.distance(doc, self.wanted)?;
        if !documents.rarely.is_sold_as_wanted(doc, traits, self.wanted) {
            return None;
        }
        let passes = self.passes(traits, || documents.rows.price(doc));
        let failed = passes.iter().filter(|passes| !**passes).count();
        if self.wanted.is_counted && failed < 2 {
            self.count(traits, passes, failed == 0);
        }
        if failed == 0 {
            self.total += u64::from(self.wanted.is_counted);
            let first = match self.wanted.order {
                Order::Relevance => by_score(score),
                Order::Date => 0,
                Order::Price => u64::try_from(documents.rows.price(doc)).unwrap_or(u64::MAX),
                Order::Distance => metres,
            };
            self.keep(Cursor::new(first, rank), DocAddress::new(documents.number, doc));
        }
        Some(())
    }

    /// Whether there are enough hits that are worth more.
    fn is_too_low(&self, score: f32) -> bool {
        let is_full = self.best.len() >= self.wanted.keep;
        let worst = self.best.peek().filter(|_| is_full && self.wanted.order == Order::Relevance);
        worst.is_some_and(|(worst, _)| Cursor::new(by_score(score), 0) > *worst)
    }

    /// Whether the filters of city, category, month and price let the event pass.
    fn passes(&self, traits: Traits, price: impl FnOnce() -> i64) -> [bool; 4] {
        let Wanted { cities, genres, months, prices, .. } = self.wanted;
        let is_chosen = |chosen: &Option<Vec<bool>>, number: usize| {
            let chosen = chosen.as_ref();
            chosen.is_none_or(|chosen| chosen.get(number).copied().unwrap_or_default())
        };
        let is_priced = |range: &std::ops::RangeInclusive<_>| {
            let price = price();
            price != NO_PRICE && range.contains(&price)
        };
        [
            is_chosen(cities, traits.city()),
            is_chosen(genres, traits.genre()),
            months.is_empty() || months.contains(&traits.month()),
            prices.as_ref().is_none_or(is_priced),
        ]
    }

    /// Counts the event for every facet, or only for the one whose filter it fails.
    fn count(&mut self, traits: Traits, passes: [bool; 4], is_hit: bool) {
        let add = |facet: usize, counts: &mut [u32], at: usize| {
            if (is_hit || !passes[facet])
                && let Some(count) = counts.get_mut(at)
            {
                *count += 1;
            }
        };
        add(0, &mut self.cities, traits.city());
        add(1, &mut self.genres, traits.genre());
        add(2, &mut self.months, usize::from(traits.month().wrapping_sub(FIRST_MONTH)));
        add(3, &mut self.prices, traits.step());
    }

    fn keep(&mut self, place: Cursor, address: DocAddress) {
        if self.wanted.after.is_some_and(|after| place <= after) {
            return;
        }
        if self.best.len() < self.wanted.keep {
            self.best.push((place, address));
        } else if let Some(mut worst) = self.best.peek_mut()
            && place < worst.0
        {
            *worst = (place, address);
        }
    }
}

/// The best first. Scores are never negative, so their bits are in their order.
const fn by_score(score: f32) -> u64 {
    (u32::MAX - score.to_bits()) as u64
}

/// The documents of a segment.
struct Documents<'a> {
    number: u32,
    rows: &'a Rows,
    rarely: Rarely,
}

/// Columns that only some questions need.
struct Rarely {
    on_sale: Option<Arc<dyn ColumnValues<i64>>>,
    venue: Option<Arc<dyn ColumnValues<i64>>>,
}

impl Rarely {
    fn new(segment: &SegmentReader, wanted: &Wanted) -> Result<Self, SearchError> {
        let column = |is_needed: bool, name: &str| {
            is_needed.then(|| segment.fast_fields().column_first_or_default(name)).transpose()
        };
        Ok(Self {
            on_sale: column(wanted.sale.is_some(), columns::ON_SALE)?,
            venue: column(wanted.venues.is_some(), columns::VENUE)?,
        })
    }

    /// Metres from the centre of the circle, 0 without one; `None` outside of it.
    fn distance(&self, doc: DocId, wanted: &Wanted) -> Option<u64> {
        match (&self.venue, &wanted.venues) {
            (Some(venue), Some(near)) => near.get(&venue.get_val(doc)).copied(),
            _ => Some(0),
        }
    }

    fn is_sold_as_wanted(&self, doc: DocId, traits: Traits, wanted: &Wanted) -> bool {
        let (Some(on_sale), Some((sale, now))) = (&self.on_sale, wanted.sale) else { return true };
        match sale {
            Sale::SoldOut => traits.is_sold_out(),
            Sale::OnSale => !traits.is_sold_out() && on_sale.get_val(doc) <= now,
            Sale::Upcoming => on_sale.get_val(doc) > now,
        }
    }
}
