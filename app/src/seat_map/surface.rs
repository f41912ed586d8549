//! What the map is drawn on: colours, forms and letters by their part in the design, and the calls
//! that a surface understands. The canvas is one surface; tests use a notebook.

use onsale_domain::seat_map::Point;

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

/// How words are set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Letters {
    pub size: f32,
    pub ink: Ink,
    pub is_bold: bool,
    /// Whether a rim in the colour of the ground keeps them legible on top of seats.
    pub has_rim: bool,
}

/// Something to draw on, in CSS pixels.
pub(super) trait Surface {
    /// Makes everything empty.
    fn clear(&mut self);
    /// A closed outline.
    fn polygon(&mut self, corners: &[Point], fill: Ink, edge: Option<Ink>);
    /// An ellipse.
    fn ellipse(&mut self, center: Point, radius_x: f32, radius_y: f32, fill: Ink);
    /// Filled seats of one form and colour.
    fn dots(&mut self, at: &[Point], form: Form, radius: f32, ink: Ink);
    /// Empty seats.
    fn rings(&mut self, at: &[Point], form: Form, radius: f32, width: f32, ink: Ink);
    /// A dash in each of these places.
    fn dashes(&mut self, at: &[Point], half: f32, width: f32, ink: Ink);
    /// A tick in each of these places.
    fn ticks(&mut self, at: &[Point], size: f32, ink: Ink);
    /// Words around a point.
    fn words(&mut self, words: &str, at: Point, letters: Letters);
    /// How wide words are.
    fn width_of(&self, words: &str, letters: Letters) -> f32;
}
