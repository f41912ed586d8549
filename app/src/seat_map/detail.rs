//! How much the map shows at which distance.

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// Far: sections as areas, with their names and what is left.
    Sections,
    /// Near: seats as dots.
    Seats,
    /// Very near: seats with their numbers, rows with their letters.
    Labels,
}

/// Seats closer to each other than this, in pixels, are drawn as a section.
const SEATS_FROM_PX: f32 = 5.0;
/// Seats this far apart, in pixels, have room for a number.
const LABELS_FROM_PX: f32 = 24.0;
/// Seats closer to each other than this, in pixels, cannot be told apart by a finger.
pub(super) const FINGER_FROM_PX: f32 = 18.0;
/// How far apart, in pixels, seats are after a tap that was too coarse.
pub(super) const FINGER_SPACING_PX: f32 = 30.0;

impl Detail {
    /// The detail for seats that are `spacing_px` apart on the screen.
    pub(super) fn of(spacing_px: f32) -> Self {
        if spacing_px < SEATS_FROM_PX {
            Self::Sections
        } else if spacing_px < LABELS_FROM_PX {
            Self::Seats
        } else {
            Self::Labels
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detail_grows_with_nearness() {
        let details = [1.0, 5.0, 12.0, 24.0, 46.0].map(Detail::of);
        assert_eq!(
            details,
            [Detail::Sections, Detail::Seats, Detail::Seats, Detail::Labels, Detail::Labels]
        );
    }
}
