//! What events are filtered, ordered and counted by, side by side in memory.
//!
//! A frequent word is found in hundreds of thousands of events, and all of them are looked at. Their
//! values are in a dozen columns of the index, packed into bits. Here an event is one [`Row`] of 16
//! bytes, so that looking at it waits for memory once; 16 more are beside it for some questions.

use tantivy::{DocId, SegmentReader};

use super::schema::{NO_PRICE, columns};
use crate::{SearchError, facets::price_step};

/// What is asked of every event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Its place by date and id.
    pub rank: u64,
    /// By what it is counted.
    pub traits: Traits,
}

/// By what an event is counted: the number of its city in 20 bits, that of its genre in 20, its month
/// in 16, the step of its price in 3, and whether it is sold out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Traits(u64);

const NUMBER: u64 = (1 << 20) - 1;
const NO_STEP: u64 = 7;

impl Traits {
    fn new(city: u32, genre: u32, month: u16, step: Option<usize>, is_sold_out: bool) -> Self {
        let step = step.map_or(NO_STEP, |step| (step as u64).min(NO_STEP));
        Self(
            u64::from(city).min(NUMBER)
                | u64::from(genre).min(NUMBER) << 20
                | u64::from(month) << 40
                | step << 56
                | u64::from(is_sold_out) << 63,
        )
    }

    /// The number of the city. Those from 1,048,575 on share the last, which stands for none.
    pub const fn city(self) -> usize {
        (self.0 & NUMBER) as usize
    }

    /// The number of the genre, likewise.
    pub const fn genre(self) -> usize {
        (self.0 >> 20 & NUMBER) as usize
    }

    /// Months since the year 0.
    pub const fn month(self) -> u16 {
        (self.0 >> 40) as u16
    }

    /// The step of the price; one that does not exist when there is no price.
    pub const fn step(self) -> usize {
        (self.0 >> 56 & NO_STEP) as usize
    }

    pub const fn is_sold_out(self) -> bool {
        self.0 >> 63 != 0
    }
}

/// All events of a segment, by the numbers of their documents.
#[derive(Debug)]
pub(super) struct Rows {
    rows: Vec<Row>,
    starts: Vec<i64>,
    prices: Vec<i64>,
}

impl Rows {
    /// Reads them; `number` numbers cities and genres over all segments.
    pub fn read(
        segment: &SegmentReader,
        mut number: impl FnMut(&str) -> u32,
    ) -> Result<Self, SearchError> {
        let fast = segment.fast_fields();
        let mut texts = |name: &str| -> Result<Vec<u32>, SearchError> {
            let Some(column) = fast.str(name)? else { return Ok(Vec::new()) };
            let mut numbers = Vec::with_capacity(column.dictionary().num_terms());
            let mut terms = column.dictionary().stream().map_err(tantivy::TantivyError::from)?;
            while terms.advance() {
                numbers.push(number(&String::from_utf8_lossy(terms.key())));
            }
            let ordinals = column.ords().clone().first_or_default_col(u64::MAX);
            let of_document = (0..segment.max_doc()).map(|doc| {
                let ordinal = usize::try_from(ordinals.get_val(doc)).unwrap_or(usize::MAX);
                numbers.get(ordinal).copied().unwrap_or(u32::MAX)
            });
            Ok(of_document.collect())
        };
        let (cities, genres) = (texts(columns::CITY)?, texts(columns::GENRE)?);
        let rank = fast.column_first_or_default(columns::RANK)?;
        let starts = fast.column_first_or_default(columns::STARTS)?;
        let price = fast.column_first_or_default(columns::PRICE)?;
        let month = fast.column_first_or_default::<u64>(columns::MONTH)?;
        let sold_out = fast.column_first_or_default::<u64>(columns::SOLD_OUT)?;
        let row = |doc: DocId| {
            let number = |numbers: &[u32]| numbers.get(doc as usize).copied().unwrap_or(u32::MAX);
            let month = months(u32::try_from(month.get_val(doc)).unwrap_or(u32::MAX));
            let step = Some(price.get_val(doc)).filter(|price| *price != NO_PRICE);
            let traits = Traits::new(
                number(&cities),
                number(&genres),
                month,
                step.and_then(price_step),
                sold_out.get_val(doc) != 0,
            );
            Row { rank: rank.get_val(doc), traits }
        };
        let documents = || 0..segment.max_doc();
        Ok(Self {
            rows: documents().map(row).collect(),
            starts: documents().map(|doc| starts.get_val(doc)).collect(),
            prices: documents().map(|doc| price.get_val(doc)).collect(),
        })
    }

    /// The row of a document.
    pub fn get(&self, doc: DocId) -> Option<Row> {
        self.rows.get(doc as usize).copied()
    }

    /// When the event starts, in milliseconds since 1970.
    pub fn starts(&self, doc: DocId) -> Option<i64> {
        self.starts.get(doc as usize).copied()
    }

    /// Its lowest price in minor units, or [`NO_PRICE`].
    pub fn price(&self, doc: DocId) -> i64 {
        self.prices.get(doc as usize).copied().unwrap_or(NO_PRICE)
    }
}

/// Months since the year 0, of a month's number such as 202612.
pub(super) fn months(number: u32) -> u16 {
    u16::try_from((number / 100 * 12 + number % 100).saturating_sub(1)).unwrap_or(u16::MAX)
}

/// The number of a month, such as 202612.
pub(super) const fn month_number(months: u16) -> u32 {
    let (year, month) = (months as u32 / 12, months as u32 % 12);
    year * 100 + month + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_have_their_numbers() {
        for number in [1, 200_001, 202_612, 203_701] {
            assert_eq!(month_number(months(number)), number);
        }
        assert_eq!(months(202_701) - months(202_612), 1);
        assert_eq!(months(u32::MAX), u16::MAX);
    }

    #[test]
    fn traits_keep_their_parts_apart() {
        let all = Traits::new(7, 9, months(202_612), Some(4), true);
        assert_eq!((all.city(), all.genre(), all.step()), (7, 9, 4));
        assert_eq!((month_number(all.month()), all.is_sold_out()), (202_612, true));
        let most = Traits::new(u32::MAX, u32::MAX, u16::MAX, None, false);
        assert_eq!((most.city(), most.genre(), most.step()), (1_048_575, 1_048_575, 7));
        assert_eq!((most.month(), most.is_sold_out()), (u16::MAX, false));
    }
}
