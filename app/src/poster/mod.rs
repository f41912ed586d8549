//! Posters for events that brought no picture of their own: drawn from the event's id and genre,
//! the same every time, loud enough for a wall.

mod motifs;
mod palette;

use palette::Palette;

/// Side of the square a poster is drawn in, in its own units.
const SIDE: f32 = 400.0;

/// Draws the poster of an event as an SVG document of at most 8 kB.
///
/// The genre chooses the family of motifs, the id everything else. Equal arguments give equal
/// bytes, so a poster can be cached for ever.
#[must_use]
pub fn svg(event_id: i64, genre: &str) -> String {
    let mut dice = Dice::new(event_id, genre);
    let palette = palette::of(event_id);
    let family = motifs_for(genre);
    let motif = family[dice.below(family.len())];
    let mut canvas = Canvas::new(&palette);
    motif(&mut canvas, &mut dice);
    canvas.finish()
}

type Motif = fn(&mut Canvas<'_>, &mut Dice);

/// The motifs that suit a genre. Unknown genres may get any.
fn motifs_for(genre: &str) -> &'static [Motif] {
    use motifs::{arches, dots, hills, rays, rings, tiles, waves};
    match genre.to_lowercase().as_str() {
        "jazz" | "classical" | "opera" | "soul" => &[rings, waves, arches],
        "rock" | "metal" | "punk" | "indie" => &[rays, tiles, waves],
        "pop" | "electronic" | "dance" | "hip-hop" | "r&b" => &[rays, rings, dots],
        "folk" | "country" | "world" | "blues" => &[waves, hills, arches],
        "theatre" | "musical" | "drama" | "ballet" => &[tiles, arches, rays],
        "sport" | "football" | "basketball" | "hockey" | "tennis" => &[hills, rings, tiles],
        "comedy" | "talk" | "podcast" => &[dots, rays, tiles],
        "family" | "circus" | "kids" => &[tiles, dots, hills],
        _ => &[rings, waves, tiles, rays, dots, arches, hills],
    }
}

/// A small deterministic source of choices (SplitMix64). Posters are no secret.
struct Dice(u64);

impl Dice {
    fn new(event_id: i64, genre: &str) -> Self {
        let seed = genre.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed ^ event_id.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from 0 to `end`, `end` excluded.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0)
    }

    /// A number between the two.
    fn between(&mut self, low: f32, high: f32) -> f32 {
        let unit = (self.next() >> 40) as f32 / (1_u64 << 24) as f32;
        low + (high - low) * unit
    }
}

/// The document while it is drawn. Coordinates are written in whole and half units, which keeps
/// posters small and crisp.
struct Canvas<'a> {
    colors: &'a Palette,
    body: String,
}

impl<'a> Canvas<'a> {
    fn new(colors: &'a Palette) -> Self {
        let body = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {SIDE} {SIDE}\" \
             width=\"800\" height=\"800\"><rect width=\"{SIDE}\" height=\"{SIDE}\" fill=\"{}\"/>",
            colors.ground
        );
        Self { colors, body }
    }

    fn circle(&mut self, x: f32, y: f32, radius: f32, fill: &str) {
        let (x, y, radius) = (short(x), short(y), short(radius));
        self.body
            .push_str(&format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{fill}\"/>"));
    }

    fn path(&mut self, data: &str, fill: &str) {
        self.body.push_str(&format!("<path d=\"{data}\" fill=\"{fill}\"/>"));
    }

    fn stroke(&mut self, data: &str, color: &str, width: f32) {
        let width = short(width);
        self.body.push_str(&format!(
            "<path d=\"{data}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\"/>"
        ));
    }

    fn finish(mut self) -> String {
        self.body.push_str("</svg>");
        self.body
    }
}

/// A number to the nearest half, without a needless fraction.
fn short(number: f32) -> String {
    let half = (number * 2.0).round() / 2.0;
    if half.fract() == 0.0 { format!("{half:.0}") } else { format!("{half:.1}") }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const GENRES: [&str; 9] =
        ["Jazz", "Rock", "Pop", "Folk", "Theatre", "Sport", "Comedy", "Family", "<&\">"];

    #[test]
    fn posters_are_small_and_the_same_every_time() {
        for genre in GENRES {
            for event_id in 0..200 {
                let poster = svg(event_id, genre);
                assert!(poster.len() <= 8192, "{genre} {event_id}: {} bytes", poster.len());
                assert!(poster.starts_with("<svg ") && poster.ends_with("</svg>"));
                assert!(!poster.contains("NaN") && !poster.contains("inf"));
                assert_eq!(poster, svg(event_id, genre));
            }
        }
    }

    #[test]
    fn a_wall_of_posters_does_not_repeat_itself() {
        let wall: HashSet<String> = (1..=100).map(|event_id| svg(event_id, "Jazz")).collect();
        assert!(wall.len() > 95, "only {} of 100 differ", wall.len());
    }
}
