//! What a seat is to the fan who looks at it, how many are left, and what changed.

use onsale_domain::{
    Availability, SeatIndex, SeatState,
    seat_map::{SeatMap, Section},
};

/// How a seat is drawn. The shape carries the meaning; the colour only says the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// A filled dot in the colour of its category.
    Available,
    /// A ring with a dash: somebody is deciding, it may come back.
    Held,
    /// An empty ring.
    Taken,
    /// The accent with a tick.
    Yours,
}

impl Look {
    /// The look of a seat.
    pub(super) const fn of(state: SeatState, is_picked: bool) -> Self {
        match (state, is_picked) {
            (_, true) => Self::Yours,
            (SeatState::Available, false) => Self::Available,
            (SeatState::Held, false) => Self::Held,
            (SeatState::Sold | SeatState::Blocked, false) => Self::Taken,
        }
    }

    /// The word for it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Held => "held by somebody else",
            Self::Taken => "taken",
            Self::Yours => "yours",
        }
    }
}

/// Which categories the fan wants to see; all of them unless some are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Filter(u64);

impl Filter {
    /// Chooses a category, or no longer.
    pub(super) const fn toggle(&mut self, category: u8) {
        self.0 ^= 1 << (category % 64);
    }

    /// Whether the category was chosen.
    pub(super) const fn is_chosen(self, category: u8) -> bool {
        self.0 & (1 << (category % 64)) != 0
    }

    /// Whether seats of the category are shown.
    pub(super) const fn shows(self, category: u8) -> bool {
        self.0 == 0 || self.is_chosen(category)
    }

    /// Whether everything is shown.
    pub(super) const fn is_off(self) -> bool {
        self.0 == 0
    }
}

/// Seats that are left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tallies {
    /// By the number of the category.
    pub by_category: Vec<u32>,
    /// By the number of the section.
    pub by_section: Vec<u32>,
}

impl Tallies {
    /// Counts. A pass over all seats.
    pub(super) fn count(map: &SeatMap, categories: &[u8], availability: &Availability) -> Self {
        let mut by_category = vec![0; map.categories.len()];
        for (seat, category) in (0..).zip(categories) {
            if availability.is_available(SeatIndex(seat))
                && let Some(count) = by_category.get_mut(usize::from(*category))
            {
                *count += 1;
            }
        }
        let left = |section: &Section| availability.count_available(section.seat_range());
        Self { by_category, by_section: map.sections.iter().map(left).collect() }
    }

    /// One seat more or less is left.
    pub(super) fn note(
        &mut self,
        map: &SeatMap,
        categories: &[u8],
        seat: SeatIndex,
        is_available: bool,
    ) {
        let category = categories.get(seat.as_usize()).map(|category| usize::from(*category));
        let section = map.place(seat).map(|place| place.section_number);
        let by_category = category.and_then(|at| self.by_category.get_mut(at));
        let by_section = section.and_then(|at| self.by_section.get_mut(at));
        for count in by_category.into_iter().chain(by_section) {
            *count = if is_available { *count + 1 } else { count.saturating_sub(1) };
        }
    }
}

/// Seats that were available and no longer are, up to `limit` of them, and how many there are.
pub(super) fn newly_taken(
    before: &Availability,
    after: &Availability,
    limit: usize,
) -> (Vec<SeatIndex>, usize) {
    let mut listed = Vec::new();
    let mut count = 0;
    for seat in (0..before.len().min(after.len())).map(SeatIndex) {
        if before.is_available(seat) && !after.is_available(seat) {
            count += 1;
            if listed.len() < limit {
                listed.push(seat);
            }
        }
    }
    (listed, count)
}

/// Whether `after` may replace `before`: a cache can answer with what is older. Two answers may
/// have one version, which is a bound and not a count; then the one that came later counts.
pub(super) const fn is_news(before: &Availability, after: &Availability) -> bool {
    before.epoch != after.epoch || after.version >= before.version
}

/// The category that most seats of each section have: its colour from afar.
pub(super) fn dominant_categories(map: &SeatMap, categories: &[u8]) -> Vec<u8> {
    let dominant = |section: &Section| {
        let mut counts = [0_u32; 256];
        for seat in section.seat_range() {
            if let Some(category) = categories.get(seat as usize) {
                counts[usize::from(*category)] += 1;
            }
        }
        (0..=u8::MAX)
            .rev()
            .max_by_key(|category| counts[usize::from(*category)])
            .unwrap_or_default()
    };
    map.sections.iter().map(dominant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_you_picked_looks_like_yours_whatever_the_others_do() {
        assert_eq!(Look::of(SeatState::Held, true), Look::Yours);
        assert_eq!(Look::of(SeatState::Blocked, false), Look::Taken);
        assert_eq!(Look::of(SeatState::Held, false), Look::Held);
    }

    #[test]
    fn without_a_choice_everything_is_shown() {
        let mut filter = Filter::default();
        assert!(filter.shows(0) && filter.shows(63) && filter.is_off());
        filter.toggle(2);
        assert!(filter.shows(2) && !filter.shows(0));
        filter.toggle(2);
        assert!(filter.shows(0));
    }

    #[test]
    fn seats_that_went_are_found_and_older_news_ignored() {
        let before = Availability::all_available(9, 1);
        let mut after = before.clone();
        after.version = 4;
        for seat in [2, 5, 8] {
            after.set(SeatIndex(seat), SeatState::Held);
        }
        assert_eq!(newly_taken(&before, &after, 2), (vec![SeatIndex(2), SeatIndex(5)], 3));
        assert_eq!(newly_taken(&after, &before, 2), (vec![], 0));
        assert!(is_news(&before, &after) && !is_news(&after, &before));
        let mut same_version = after.clone();
        same_version.set(SeatIndex(2), SeatState::Available);
        assert!(is_news(&after, &same_version));
    }
}
