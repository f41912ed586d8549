//! From bytes to a seat map. The bytes may come from anyone.

use super::{
    InvalidGeometry, LABELS_FROM_ONE, LABELS_MASK, LABELS_RUN, LABELS_TEXTS, MAGIC, ROW_BENDS,
    ROW_HAS_ACCESSIBLE, ROW_HAS_CATEGORIES, ROW_KNOWN_FLAGS, SECTION_SEATED, SECTION_STANDING,
    SHAPE_ELLIPSE, SHAPE_IS_STAGE, SHAPE_POLYGON, SHAPE_TEXT,
    bytes::{Reader, Steps},
    curve::{self, RowsSoFar},
};
use crate::{
    ids::SeatIndex,
    limits::{MAX_CATEGORIES_PER_MAP, MAX_SEATS_PER_MAP, MAX_SECTIONS_PER_MAP},
    seat_map::model::{
        Category, CategoryIndex, Row, Seat, SeatMap, Section, SectionKind, Shape, ShapeKind,
    },
};

/// No label of a run is above this, so that a run of hostile length cannot make long labels.
const MAX_LABEL_NUMBER: i64 = 999_999_999;

pub(super) fn decode(bytes: &[u8]) -> Result<SeatMap, InvalidGeometry> {
    let mut reader = Reader::new(bytes);
    if reader.take(MAGIC.len()).ok() != Some(&MAGIC) {
        return Err(InvalidGeometry::Header);
    }
    let name = reader.text()?.to_owned();
    let (width, height) = (reader.length()?, reader.length()?);
    let focal_point = reader.point()?;
    let categories = read_categories(&mut reader)?;
    let count = at_most(reader.count(3)?, MAX_SECTIONS_PER_MAP, "sections")?;
    let mut decoder = SectionDecoder {
        reader: &mut reader,
        rows: RowsSoFar::default(),
        category: CategoryIndex(0),
        category_count: categories.len(),
        seats_so_far: 0,
    };
    let mut sections = Vec::with_capacity(count);
    for _ in 0..count {
        sections.push(decoder.section()?);
    }
    let count = reader.count(3)?;
    let shapes = (0..count).map(|_| read_shape(&mut reader)).collect::<Result<_, _>>()?;
    if reader.remaining() > 0 {
        return Err(InvalidGeometry::Trailing { at: reader.at() });
    }
    let mut map = SeatMap { name, width, height, focal_point, categories, sections, shapes };
    map.number_seats();
    Ok(map)
}

fn at_most(count: usize, limit: usize, what: &'static str) -> Result<usize, InvalidGeometry> {
    if count > limit { Err(InvalidGeometry::TooMany { what, limit }) } else { Ok(count) }
}

fn read_categories(reader: &mut Reader<'_>) -> Result<Vec<Category>, InvalidGeometry> {
    let count = at_most(reader.count(2)?, MAX_CATEGORIES_PER_MAP, "categories")?;
    let category =
        |_| Ok(Category { name: reader.text()?.to_owned(), color: reader.text()?.to_owned() });
    (0..count).map(category).collect()
}

fn read_shape(reader: &mut Reader<'_>) -> Result<Shape, InvalidGeometry> {
    let at = reader.at();
    let kind = reader.byte()?;
    let is_stage = kind & SHAPE_IS_STAGE != 0;
    let text = reader.text()?.to_owned();
    let kind = match kind & !SHAPE_IS_STAGE {
        SHAPE_POLYGON => ShapeKind::Polygon(reader.outline()?),
        SHAPE_ELLIPSE => ShapeKind::Ellipse {
            center: reader.point()?,
            radius_x: reader.length()?,
            radius_y: reader.length()?,
        },
        SHAPE_TEXT => ShapeKind::Text(reader.point()?),
        found => return Err(InvalidGeometry::Unknown { at, found }),
    };
    Ok(Shape { kind, text, is_stage })
}

struct SectionDecoder<'r, 'a> {
    reader: &'r mut Reader<'a>,
    rows: RowsSoFar,
    category: CategoryIndex,
    category_count: usize,
    seats_so_far: usize,
}

impl SectionDecoder<'_, '_> {
    fn section(&mut self) -> Result<Section, InvalidGeometry> {
        let name = self.reader.text()?.to_owned();
        let at = self.reader.at();
        let kind = match self.reader.byte()? {
            SECTION_SEATED => {
                let count = self.reader.count(3)?;
                self.rows.new_section();
                let rows = (0..count).map(|_| self.row()).collect::<Result<_, _>>()?;
                SectionKind::Seated { rows }
            }
            SECTION_STANDING => {
                let category = self.category()?;
                let capacity = self.reader.number()?;
                let capacity = self.admit(capacity)?;
                let outline = self.reader.outline()?;
                SectionKind::Standing { category, capacity: capacity as u32, outline }
            }
            found => return Err(InvalidGeometry::Unknown { at, found }),
        };
        Ok(Section { name, first_seat: SeatIndex(0), kind })
    }

    /// Counts seats before anything is allocated for them.
    fn admit(&mut self, seats: u64) -> Result<usize, InvalidGeometry> {
        let seats = usize::try_from(seats).unwrap_or(usize::MAX);
        let all = self.seats_so_far.saturating_add(seats);
        self.seats_so_far = at_most(all, MAX_SEATS_PER_MAP, "seats")?;
        Ok(seats)
    }

    fn category(&mut self) -> Result<CategoryIndex, InvalidGeometry> {
        let at = self.reader.at();
        let category = self.reader.number()?;
        if category >= self.category_count as u64 {
            return Err(InvalidGeometry::Category { at, category });
        }
        Ok(CategoryIndex(category as u8))
    }

    fn row(&mut self) -> Result<Row, InvalidGeometry> {
        let at = self.reader.at();
        let flags = self.reader.byte()?;
        if flags & !ROW_KNOWN_FLAGS != 0 {
            return Err(InvalidGeometry::Unknown { at, found: flags });
        }
        let label = self.reader.text()?.to_owned();
        let count = self.reader.number()?;
        let count = self.admit(count)?;
        if count > self.reader.remaining().saturating_mul(curve::LONGEST_RUN) {
            return Err(InvalidGeometry::Truncated { at: at + self.reader.remaining() });
        }
        let labels = self.labels(flags & LABELS_MASK, count, at)?;
        let categories = self.categories(flags & ROW_HAS_CATEGORIES != 0, count)?;
        let accessible = self.accessible(flags & ROW_HAS_ACCESSIBLE != 0, count)?;
        let bends = flags & ROW_BENDS != 0;
        let positions = curve::read(self.reader, &mut self.rows, count, bends)?;
        let seats = labels.zip_with(positions, &categories, &accessible);
        Ok(Row { label, first_seat: SeatIndex(0), seats })
    }

    fn labels(&mut self, kind: u8, count: usize, at: usize) -> Result<Labels, InvalidGeometry> {
        match kind {
            LABELS_FROM_ONE => Ok(Labels::Run { start: 1, step: 1 }),
            LABELS_RUN => {
                let start = self.reader.number()? as i64;
                let step = self.reader.signed()?;
                let last = start + step * count.saturating_sub(1) as i64;
                let fits = 0..=MAX_LABEL_NUMBER;
                if !fits.contains(&start) || !fits.contains(&last) {
                    return Err(InvalidGeometry::Number { at: self.reader.at() });
                }
                Ok(Labels::Run { start, step })
            }
            LABELS_TEXTS => {
                if count > self.reader.remaining() {
                    return Err(InvalidGeometry::Truncated { at: at + self.reader.remaining() });
                }
                let texts = (0..count).map(|_| self.reader.text().map(str::to_owned));
                Ok(Labels::Texts(texts.collect::<Result<_, _>>()?))
            }
            found => Err(InvalidGeometry::Unknown { at, found }),
        }
    }

    /// Runs of one category: how many seats, and which. A row without runs goes on with the
    /// category of the row before.
    fn categories(
        &mut self,
        has_runs: bool,
        count: usize,
    ) -> Result<Vec<(usize, CategoryIndex)>, InvalidGeometry> {
        if !has_runs {
            if count > 0 && usize::from(self.category.0) >= self.category_count {
                let category = u64::from(self.category.0);
                return Err(InvalidGeometry::Category { at: self.reader.at(), category });
            }
            return Ok(vec![(count, self.category)]);
        }
        let mut runs = Vec::new();
        let mut left = count;
        while left > 0 {
            let length = usize::try_from(self.reader.number()?).unwrap_or(usize::MAX);
            if length == 0 || length > left {
                return Err(InvalidGeometry::Number { at: self.reader.at() });
            }
            self.category = self.category()?;
            runs.push((length, self.category));
            left -= length;
        }
        Ok(runs)
    }

    /// The numbers, within the row, of wheelchair places, ascending.
    fn accessible(&mut self, listed: bool, count: usize) -> Result<Vec<usize>, InvalidGeometry> {
        if !listed {
            return Ok(Vec::new());
        }
        let places = self.reader.count(1)?;
        let mut numbers = Vec::with_capacity(places);
        let mut next = 0_usize;
        for _ in 0..places {
            let skipped = usize::try_from(self.reader.number()?).unwrap_or(usize::MAX);
            let number = next.saturating_add(skipped);
            if number >= count {
                return Err(InvalidGeometry::Number { at: self.reader.at() });
            }
            numbers.push(number);
            next = number + 1;
        }
        Ok(numbers)
    }
}

enum Labels {
    Run { start: i64, step: i64 },
    Texts(Vec<String>),
}

impl Labels {
    /// Puts the parts of a row together, seat by seat.
    fn zip_with(
        self,
        positions: Vec<Steps>,
        categories: &[(usize, CategoryIndex)],
        accessible: &[usize],
    ) -> Vec<Seat> {
        let categories = categories
            .iter()
            .flat_map(|(length, category)| std::iter::repeat_n(*category, *length));
        let seat = |position: Steps, category| Seat {
            label: String::new(),
            position: position.to_point(),
            category,
            accessible: false,
        };
        let mut seats: Vec<Seat> = positions
            .into_iter()
            .zip(categories)
            .map(|(at, category)| seat(at, category))
            .collect();
        for number in accessible {
            seats[*number].accessible = true;
        }
        match self {
            Self::Run { start, step } => {
                for (number, seat) in (0..).zip(&mut seats) {
                    seat.label = (start + step * number).to_string();
                }
            }
            Self::Texts(texts) => {
                seats.iter_mut().zip(texts).for_each(|(seat, text)| seat.label = text);
            }
        }
        seats
    }
}
