//! One pass over everything that matches: filters, the best hits, and the counts of facets.
//!
//! An event that fails one facet's filter only still counts for that facet, so that people see what
//! else they could choose. It takes no second query.

use std::{
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

use tantivy::{
    DocAddress, DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::ColumnValues,
};

use super::schema::{NO_PRICE, columns};
use crate::{
    facets::{PRICE_STEPS, price_step},
    question::{Cursor, Order, Sale},
};

/// Months are counted from this year on, for two centuries; others are not told.
const FIRST_YEAR: u64 = 2000;
const MONTHS: usize = 12 * 200;

/// The numbers of a segment's cities and genres among those of all segments.
#[derive(Debug, Default)]
pub(super) struct Ordinals {
    pub cities: Vec<u32>,
    pub genres: Vec<u32>,
}

/// What is asked of every event that matches.
#[derive(Debug)]
pub(super) struct Wanted {
    pub starts: std::ops::Range<i64>,
    /// Numbers of cities; `None` for all.
    pub cities: Option<Vec<u32>>,
    /// Numbers of genres; `None` for all.
    pub genres: Option<Vec<u32>>,
    /// Numbers of months; all when empty.
    pub months: Vec<u64>,
    pub prices: Option<std::ops::RangeInclusive<i64>>,
    pub sale: Option<(Sale, i64)>,
    /// Venues with their distance in metres; `None` for all.
    pub venues: Option<HashMap<i64, u64>>,
    pub order: Order,
    pub after: Option<Cursor>,
    /// Hits to keep.
    pub keep: usize,
    pub with_facets: bool,
}

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub total: u64,
    /// Places and documents, best first.
    pub best: Vec<(Cursor, DocAddress)>,
    /// By the number of the city.
    pub cities: HashMap<u32, u64>,
    /// By the number of the genre.
    pub genres: HashMap<u32, u64>,
    /// By the number of the month.
    pub months: HashMap<u32, u64>,
    pub prices: [u64; PRICE_STEPS.len()],
}

/// The pass.
pub(super) struct Gather {
    pub wanted: Arc<Wanted>,
    pub ordinals: Vec<Arc<Ordinals>>,
}

impl Collector for Gather {
    type Fruit = Gathered;
    type Child = GatherSegment;

    fn for_segment(
        &self,
        number: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<GatherSegment> {
        let fast = segment.fast_fields();
        let ordinals = Arc::clone(&self.ordinals[number as usize]);
        let text = |name: &str| match fast.str(name)? {
            Some(column) => Ok(Some(column.ords().clone().first_or_default_col(u64::MAX))),
            None => Ok::<_, tantivy::TantivyError>(None),
        };
        let chosen = |chosen: &Option<Vec<u32>>, all: &[u32]| {
            let chosen = chosen.as_ref()?;
            Some(all.iter().map(|number| chosen.contains(number)).collect::<Vec<bool>>())
        };
        Ok(GatherSegment {
            number,
            cities: text(columns::CITY)?,
            genres: text(columns::GENRE)?,
            rank: fast.column_first_or_default(columns::RANK)?,
            starts: fast.column_first_or_default(columns::STARTS)?,
            on_sale: fast.column_first_or_default(columns::ON_SALE)?,
            price: fast.column_first_or_default(columns::PRICE)?,
            month: fast.column_first_or_default(columns::MONTH)?,
            sold_out: fast.column_first_or_default(columns::SOLD_OUT)?,
            venue: fast.column_first_or_default(columns::VENUE)?,
            chosen_cities: chosen(&self.wanted.cities, &ordinals.cities),
            chosen_genres: chosen(&self.wanted.genres, &ordinals.genres),
            city_counts: vec![0; ordinals.cities.len()],
            genre_counts: vec![0; ordinals.genres.len()],
            month_counts: vec![0; if self.wanted.with_facets { MONTHS } else { 0 }],
            price_counts: [0; PRICE_STEPS.len()],
            total: 0,
            best: BinaryHeap::with_capacity(self.wanted.keep + 1),
            wanted: Arc::clone(&self.wanted),
            ordinals,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.wanted.order == Order::Relevance
    }

    fn merge_fruits(&self, segments: Vec<Gathered>) -> tantivy::Result<Gathered> {
        let mut all = Gathered::default();
        let add = |all: &mut HashMap<u32, u64>, counts: HashMap<u32, u64>| {
            counts.into_iter().for_each(|(value, count)| *all.entry(value).or_default() += count);
        };
        for segment in segments {
            all.total += segment.total;
            all.best.extend(segment.best);
            add(&mut all.cities, segment.cities);
            add(&mut all.genres, segment.genres);
            add(&mut all.months, segment.months);
            for (all, count) in all.prices.iter_mut().zip(segment.prices) {
                *all += count;
            }
        }
        all.best.sort_unstable_by_key(|(place, _)| *place);
        all.best.truncate(self.wanted.keep);
        Ok(all)
    }
}

type Numbers<T> = Arc<dyn ColumnValues<T>>;

/// The pass over one segment.
pub(super) struct GatherSegment {
    number: SegmentOrdinal,
    wanted: Arc<Wanted>,
    ordinals: Arc<Ordinals>,
    cities: Option<Numbers<u64>>,
    genres: Option<Numbers<u64>>,
    rank: Numbers<u64>,
    starts: Numbers<i64>,
    on_sale: Numbers<i64>,
    price: Numbers<i64>,
    month: Numbers<u64>,
    sold_out: Numbers<u64>,
    venue: Numbers<i64>,
    chosen_cities: Option<Vec<bool>>,
    chosen_genres: Option<Vec<bool>>,
    city_counts: Vec<u32>,
    genre_counts: Vec<u32>,
    month_counts: Vec<u32>,
    price_counts: [u64; PRICE_STEPS.len()],
    total: u64,
    best: BinaryHeap<(Cursor, DocId)>,
}

/// The values of an event by which it is counted.
struct Values {
    city: usize,
    genre: usize,
    month: u64,
    price: i64,
}

impl SegmentCollector for GatherSegment {
    type Fruit = Gathered;

    fn collect(&mut self, doc: DocId, score: Score) {
        if !self.wanted.starts.contains(&self.starts.get_val(doc)) {
            return;
        }
        let Some(metres) = self.distance(doc) else { return };
        if !self.is_sold_as_wanted(doc) {
            return;
        }
        let ordinal = |column: &Option<Numbers<u64>>| {
            column.as_ref().map_or(usize::MAX, |column| column.get_val(doc) as usize)
        };
        let values = Values {
            city: ordinal(&self.cities),
            genre: ordinal(&self.genres),
            month: self.month.get_val(doc),
            price: self.price.get_val(doc),
        };
        let passes = self.passes(&values);
        let failed = passes.iter().filter(|passes| !**passes).count();
        if self.wanted.with_facets && failed < 2 {
            self.count(&values, passes, failed == 0);
        }
        if failed == 0 {
            self.total += 1;
            self.keep(doc, score, values.price, metres);
        }
    }

    fn harvest(self) -> Gathered {
        let by_number = |counts: &[u32], numbers: &[u32]| {
            let counts = numbers.iter().zip(counts).filter(|(_, count)| **count > 0);
            counts.map(|(number, count)| (*number, u64::from(*count))).collect()
        };
        let months = self.month_counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let months = months.filter_map(|(at, count)| {
            let number = (FIRST_YEAR as usize + at / 12) * 100 + at % 12 + 1;
            Some((u32::try_from(number).ok()?, u64::from(*count)))
        });
        let address = |doc| DocAddress::new(self.number, doc);
        Gathered {
            total: self.total,
            cities: by_number(&self.city_counts, &self.ordinals.cities),
            genres: by_number(&self.genre_counts, &self.ordinals.genres),
            months: months.collect(),
            prices: self.price_counts,
            best: self.best.into_iter().map(|(place, doc)| (place, address(doc))).collect(),
        }
    }
}

impl GatherSegment {
    /// Metres from the centre of the circle, 0 without one; `None` outside of it.
    fn distance(&self, doc: DocId) -> Option<u64> {
        match &self.wanted.venues {
            Some(venues) => venues.get(&self.venue.get_val(doc)).copied(),
            None => Some(0),
        }
    }

    fn is_sold_as_wanted(&self, doc: DocId) -> bool {
        let Some((sale, now)) = self.wanted.sale else { return true };
        let (is_sold_out, begins) = (self.sold_out.get_val(doc) != 0, self.on_sale.get_val(doc));
        match sale {
            Sale::SoldOut => is_sold_out,
            Sale::OnSale => !is_sold_out && begins <= now,
            Sale::Upcoming => begins > now,
        }
    }

    /// Whether the filters of city, category, month and price let the event pass.
    fn passes(&self, values: &Values) -> [bool; 4] {
        let is_chosen = |chosen: &Option<Vec<bool>>, ordinal: usize| {
            chosen.as_ref().is_none_or(|chosen| chosen.get(ordinal).copied().unwrap_or_default())
        };
        let months = &self.wanted.months;
        let price = self.wanted.prices.as_ref();
        [
            is_chosen(&self.chosen_cities, values.city),
            is_chosen(&self.chosen_genres, values.genre),
            months.is_empty() || months.contains(&values.month),
            price.is_none_or(|range| values.price != NO_PRICE && range.contains(&values.price)),
        ]
    }

    /// Counts the event for every facet, or only for the one whose filter it fails.
    fn count(&mut self, values: &Values, passes: [bool; 4], is_hit: bool) {
        let counts = |facet: usize| is_hit || !passes[facet];
        if counts(0)
            && let Some(count) = self.city_counts.get_mut(values.city)
        {
            *count += 1;
        }
        if counts(1)
            && let Some(count) = self.genre_counts.get_mut(values.genre)
        {
            *count += 1;
        }
        if counts(2) {
            let (year, month) = (values.month / 100, values.month % 100);
            let at = (year.wrapping_sub(FIRST_YEAR)).wrapping_mul(12).wrapping_add(month);
            if let Some(count) = self.month_counts.get_mut((at as usize).wrapping_sub(1)) {
                *count += 1;
            }
        }
        if counts(3)
            && let Some(step) = price_step(values.price)
        {
            self.price_counts[step] += 1;
        }
    }

    fn keep(&mut self, doc: DocId, score: Score, price: i64, metres: u64) {
        let first = match self.wanted.order {
            // Scores are never negative, so their bits are in their order.
            Order::Relevance => u64::from(u32::MAX - score.to_bits()),
            Order::Date => 0,
            Order::Price => u64::try_from(price).unwrap_or(u64::MAX),
            Order::Distance => metres,
        };
        let place = Cursor(u128::from(first) << 64 | u128::from(self.rank.get_val(doc)));
        if self.wanted.after.is_some_and(|after| place <= after) {
            return;
        }
        if self.best.len() < self.wanted.keep {
            self.best.push((place, doc));
        } else if let Some(mut worst) = self.best.peek_mut()
            && place < worst.0
        {
            *worst = (place, doc);
        }
    }
}
