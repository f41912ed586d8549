//! What the map is drawn on: colours, forms and letters by their part in the design, and the calls
//! that a surface understands. The canvas is one surface; tests use a notebook.

use onsale_domain::seat_map::{Bounds, Point};

use crate::components::CATEGORY_COLORS;

/// A colour by its part in the design; the surface knows how it looks in light and dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Color {
    /// Of a price category.
    Category(u8),
    /// Of text.
    Ink,
    /// Of quieter text.
    Muted,
    /// Of rings around what is not there.
    Edge,
    /// Of the ground below the map.
    Card,
    /// Of what is yours.
    Accent,
    /// On top of the accent.
    OnAccent,
}

/// A colour and how much of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ink {
    pub color: Color,
    pub alpha: f32,
}

impl Ink {
    /// All of the colour.
    pub(super) const fn full(color: Color) -> Self {
        Self { color, alpha: 1.0 }
    }

    /// A share of it, from 0 to 1.
    pub(super) const fn part(color: Color, alpha: f32) -> Self {
        Self { color, alpha }
    }
}

/// The form of a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// A dot.
    Round,
    /// A square with round corners: a place for a wheelchair.
    Square,
}

/// What is said of a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Filled, in the colour of its category; faint where the filter leaves it out.
    Available { category: u8, is_dimmed: bool },
    /// An outline.
    Taken,
    /// An outline with a dash.
    Held,
    /// Filled with the accent, with a tick.
    Yours,
}

/// How a seat is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub sign: Sign,
    pub form: Form,
}

impl Stamp {
    /// Different stamps have different numbers, and the numbers are small; categories beyond the
    /// last colour begin anew.
    pub(super) fn number(self) -> usize {
        let sign = match self.sign {
            Sign::Taken => 0,
            Sign::Held => 1,
            Sign::Yours => 2,
            Sign::Available { category, is_dimmed } => {
                3 + 2 * usize::from(category % CATEGORY_COLORS) + usize::from(is_dimmed)
            }
        };
        2 * sign + usize::from(self.form == Form::Square)
    }
}

/// How words are set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Letters {
    /// In whole pixels.
    pub size: f32,
    pub ink: Ink,
    pub is_bold: bool,
    /// Whether a rim in the colour of the ground keeps them legible on top of seats.
    pub has_rim: bool,
}

/// Something to draw on, in CSS pixels.
///
/// Between [`Surface::begin_seats`] and [`Surface::end_seats`] only seats and their labels are
/// drawn; they come to lie on top of everything before.
pub(super) trait Surface {
    /// Makes everything empty, or only some places; until the end of the frame nothing changes
    /// outside of them.
    fn clear(&mut self, only: Option<&[Bounds]>);
    /// A closed outline.
    fn polygon(&mut self, corners: &[Point], fill: Ink, edge: Option<Ink>);
    /// An ellipse.
    fn ellipse(&mut self, center: Point, radius_x: f32, radius_y: f32, fill: Ink);
    /// A circle around a point.
    fn ring(&mut self, at: Point, radius: f32, width: f32, ink: Ink);
    /// From now on seats of this radius.
    fn begin_seats(&mut self, radius: f32);
    /// A seat.
    fn seat(&mut self, at: Point, stamp: Stamp);
    /// A few bold letters among the seats.
    fn label(&mut self, words: &str, at: Point, size: f32, color: Color);
    /// All seats are there.
    fn end_seats(&mut self);
    /// Words around a point.
    fn words(&mut self, words: &str, at: Point, letters: Letters);
    /// Words in capitals; whoever draws knows how, and tables of all letters are heavy.
    fn capitals(&self, words: &str) -> String;
    /// How wide words are.
    fn width_of(&mut self, words: &str, letters: Letters) -> f32;
    /// The frame is drawn.
    fn finish(&mut self);
}
