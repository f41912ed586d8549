//! What the map looks like, as calls to a surface. It knows nothing of a browser, so a test can
//! look over its shoulder.

use onsale_domain::{
    Money, SeatIndex,
    money::grouped,
    seat_map::{Bounds, Point, Row, Section, ShapeKind},
};

use super::{
    detail::Detail,
    model::Model,
    status::Look,
    surface::{Color, Form, Ink, Letters, Sign, Stamp, Surface},
};

/// A seat's radius as a share of the distance to its neighbour.
const SEAT_RADIUS: f32 = 0.36;
/// How far from the last seat of a row its letter stands, as a share of the distance to a neighbour.
const ROW_LABEL_REACH: f32 = 0.8;
/// How large its letter is.
const ROW_LABEL_PX: f32 = 12.0;

/// Draws the map, or only these places of it, in pixels.
pub(super) fn paint(model: &Model, surface: &mut impl Surface, only: Option<&[Bounds]>) {
    surface.clear(only);
    shapes(model, surface);
    let detail = model.detail();
    areas(model, surface, detail);
    if detail >= Detail::Seats {
        surface.begin_seats(model.viewport.spacing_px() * SEAT_RADIUS);
        match only {
            None => seats(model, surface, model.viewport.visible()),
            Some(places) => {
                for place in places {
                    let corner = |point| model.viewport.to_plan(point);
                    seats(
                        model,
                        surface,
                        Bounds { min: corner(place.min), max: corner(place.max) },
                    );
                }
            }
        }
        if detail == Detail::Labels {
            row_labels(model, surface);
        }
        surface.end_seats();
        under_the_mouse(model, surface);
        section_names(model, surface);
    }
    surface.finish();
}

fn shapes(model: &Model, surface: &mut impl Surface) {
    for shape in &model.map.shapes {
        let color =
            if shape.is_stage { Ink::full(Color::Ink) } else { Ink::part(Color::Ink, 0.08) };
        let to_screen = |point: &Point| model.viewport.to_screen(*point);
        let scale = model.viewport.scale();
        let middle = match &shape.kind {
            ShapeKind::Polygon(corners) => {
                let corners: Vec<_> = corners.iter().map(to_screen).collect();
                surface.polygon(&corners, color, None);
                Bounds::around(corners).map(|bounds| (bounds.center(), bounds.width()))
            }
            ShapeKind::Ellipse { center, radius_x, radius_y } => {
                let center = to_screen(center);
                surface.ellipse(center, radius_x * scale, radius_y * scale, color);
                Some((center, radius_x * scale * 2.0))
            }
            ShapeKind::Text(at) => Some((to_screen(at), f32::INFINITY)),
        };
        let Some((middle, room)) = middle else { continue };
        let on_stage = shape.is_stage && !matches!(shape.kind, ShapeKind::Text(_));
        let letters = Letters {
            size: if shape.is_stage { 11.0 } else { 12.0 },
            ink: Ink::full(if on_stage { Color::Card } else { Color::Muted }),
            is_bold: true,
            has_rim: false,
        };
        let words = if shape.is_stage {
            spaced(&surface.capitals(&shape.text))
        } else {
            shape.text.clone()
        };
        if !words.is_empty() && surface.width_of(&words, letters) < room {
            surface.words(&words, middle, letters);
        }
    }
}

/// Letters with air between them, as stages are labelled.
fn spaced(text: &str) -> String {
    let letters: Vec<_> = text.chars().map(String::from).collect();
    letters.join("\u{200a}\u{200a}")
}

/// Sections from afar, and general-admission areas at any distance.
fn areas(model: &Model, surface: &mut impl Surface, detail: Detail) {
    let visible = model.viewport.visible();
    for (number, section) in model.map.sections.iter().enumerate() {
        let is_standing = model.is_standing(number);
        let bounds = model.section_bounds.get(number).copied().flatten();
        let is_near = bounds.is_some_and(|bounds| bounds.overlaps(visible));
        if !is_near || (detail >= Detail::Seats && !is_standing) {
            continue;
        }
        let corners: Vec<_> =
            model.outlines.outline(number).iter().map(|p| model.viewport.to_screen(*p)).collect();
        let left = model.tallies.by_section.get(number).copied().unwrap_or_default();
        let share = left as f32 / section.seat_count().max(1) as f32;
        let category = model.dominant.get(number).copied().unwrap_or_default();
        let is_shown = model.filter.shows(category) && model.room.is_in(number);
        let strength = if is_shown { 1.0 } else { 0.3 };
        let (fill, edge) = if left == 0 {
            (Ink::part(Color::Edge, 0.14), Ink::part(Color::Edge, 0.5))
        } else {
            let color = Color::Category(category);
            (Ink::part(color, (0.16 + 0.34 * share) * strength), Ink::part(color, strength))
        };
        surface.polygon(&corners, fill, Some(edge));
        area_words(model, surface, number, left);
    }
}

/// The name of an area and what is left of it, as far as they fit inside.
fn area_words(model: &Model, surface: &mut impl Surface, number: usize, left: u32) {
    let (Some(section), Some(at)) =
        (model.map.sections.get(number), model.outlines.label_point(number))
    else {
        return;
    };
    let at = model.viewport.to_screen(at);
    let title = Letters { size: 13.0, ink: Ink::full(Color::Ink), is_bold: true, has_rim: false };
    let small = Letters { size: 11.0, is_bold: false, ..title };
    let detail = area_detail(model, number, left);
    let (above, below) = (Point { y: at.y - 8.0, ..at }, Point { y: at.y + 8.0, ..at });
    let name = &section.name;
    if fits(model, surface, number, name, above, title)
        && fits(model, surface, number, &detail, below, small)
    {
        surface.words(name, above, title);
        surface.words(&detail, below, small);
        return;
    }
    let smaller = Letters { size: 10.0, ..title };
    let fitting = [title, smaller]
        .into_iter()
        .find(|letters| fits(model, surface, number, name, at, *letters));
    if let Some(letters) = fitting {
        surface.words(name, at, letters);
    }
}

/// Whether words around a point stay inside the outline of an area.
fn fits(
    model: &Model,
    surface: &mut impl Surface,
    area: usize,
    words: &str,
    at: Point,
    letters: Letters,
) -> bool {
    let (half, rise) = (surface.width_of(words, letters) / 2.0, letters.size / 2.0);
    [(-half, -rise), (half, -rise), (-half, rise), (half, rise)].into_iter().all(|(dx, dy)| {
        let corner = Point { x: at.x + dx, y: at.y + dy };
        model.outlines.contains(area, model.viewport.to_plan(corner))
    })
}

/// "€28 · 163 left", "sold out", or how many places the fan has picked.
fn area_detail(model: &Model, number: usize, left: u32) -> String {
    let range = model.map.sections.get(number).map_or(0..0, Section::seat_range);
    let yours = model.selection.seats().iter().filter(|seat| range.contains(&seat.0)).count();
    let category = model.dominant.get(number).copied().unwrap_or_default();
    let price = model.price_of_category(category).map(Money::short).unwrap_or_default();
    match (left, yours) {
        (_, 1..) => format!("{yours} for you"),
        (0, _) => "sold out".to_owned(),
        (left, _) => format!("{price} · {} left", grouped(i64::from(left))),
    }
}

/// The seats in a part of the plan, and their numbers when they are near enough.
fn seats(model: &Model, surface: &mut impl Surface, part: Bounds) {
    let with_labels = model.detail() == Detail::Labels;
    let size = (model.viewport.spacing_px() * SEAT_RADIUS * 0.92).min(13.0);
    model.grid.for_each_within(part.padded(model.spacing()), |seat, position| {
        let at = model.viewport.to_screen(position);
        let stamp = stamp(model, seat);
        surface.seat(at, stamp);
        // A tick and a dash are there instead.
        let color = match stamp.sign {
            Sign::Available { is_dimmed: false, .. } => Color::Card,
            Sign::Available { .. } | Sign::Taken => Color::Muted,
            Sign::Yours | Sign::Held => return,
        };
        let place = if with_labels { model.map.place(seat) } else { None };
        if let Some((_, found)) = place.and_then(|place| place.seat) {
            surface.label(&found.label, at, size, color);
        }
    });
}

fn stamp(model: &Model, seat: SeatIndex) -> Stamp {
    let is_square = model.accessible.get(seat.as_usize()).copied().unwrap_or_default();
    let sign = match model.look(seat) {
        Look::Available => {
            Sign::Available { category: model.category(seat), is_dimmed: !model.shows(seat) }
        }
        Look::Held => Sign::Held,
        Look::Taken => Sign::Taken,
        Look::Yours => Sign::Yours,
    };
    Stamp { sign, form: if is_square { Form::Square } else { Form::Round } }
}

fn under_the_mouse(model: &Model, surface: &mut impl Surface) {
    if let Some(position) = model.hover.and_then(|seat| model.map.position_of(seat)) {
        let radius = model.viewport.spacing_px() * SEAT_RADIUS * 1.4;
        let at = model.viewport.to_screen(position);
        surface.ring(at, radius, 2.0, Ink::full(Color::Ink));
    }
}

/// Letters at both ends of each row.
fn row_labels(model: &Model, surface: &mut impl Surface) {
    let visible = model.viewport.visible();
    for (section, bounds) in model.map.sections.iter().zip(&model.section_bounds) {
        if !bounds.is_some_and(|bounds| bounds.overlaps(visible)) {
            continue;
        }
        for row in section.rows() {
            for at in row_ends(row, model.spacing()).into_iter().flatten() {
                if visible.contains(at) {
                    let at = model.viewport.to_screen(at);
                    surface.label(&row.label, at, ROW_LABEL_PX, Color::Muted);
                }
            }
        }
    }
}

/// Beside the first and the last seat of a row, nearer than the next seat would be: across an aisle
/// another row has its letter.
fn row_ends(row: &Row, spacing: f32) -> [Option<Point>; 2] {
    let beyond = |end: Option<&onsale_domain::seat_map::Seat>, next: Option<&_>, side: f32| {
        let end = end?.position;
        let next = next.map_or(
            Point { x: end.x - side * spacing, ..end },
            |seat: &onsale_domain::seat_map::Seat| seat.position,
        );
        let length = end.distance_squared(next).sqrt().max(f32::EPSILON);
        let reach = spacing * ROW_LABEL_REACH / length;
        Some(Point { x: end.x + (end.x - next.x) * reach, y: end.y + (end.y - next.y) * reach })
    };
    let seats = &row.seats;
    let last = seats.len().wrapping_sub(1);
    [
        beyond(seats.first(), seats.get(1), -1.0),
        beyond(seats.last(), seats.get(last.wrapping_sub(1)), 1.0),
    ]
}

/// The name of each seated section in front of its first row, where no seat is in the way.
fn section_names(model: &Model, surface: &mut impl Surface) {
    let visible = model.viewport.visible();
    let letters = Letters {
        size: (model.viewport.spacing_px() * 0.8).clamp(11.0, 15.0).round(),
        ink: Ink::full(Color::Muted),
        is_bold: true,
        has_rim: true,
    };
    for (section, bounds) in model.map.sections.iter().zip(&model.section_bounds) {
        if !bounds.is_some_and(|bounds| bounds.overlaps(visible)) {
            continue;
        }
        let Some(at) = before_first_row(section.rows(), model.spacing()) else {
            continue;
        };
        let half = surface.width_of(&section.name, letters) / 2.0 / model.viewport.scale();
        let rise = letters.size / 2.0 / model.viewport.scale();
        let room = Bounds {
            min: Point { x: at.x - half, y: at.y - rise },
            max: Point { x: at.x + half, y: at.y + rise },
        };
        let mut is_free = true;
        model.grid.for_each_within(room, |_, _| is_free = false);
        if is_free {
            surface.words(&section.name, model.viewport.to_screen(at), letters);
        }
    }
}

/// A point in front of the middle of a section's first row, away from the row behind it.
fn before_first_row(rows: &[Row], spacing: f32) -> Option<Point> {
    let middle = |row: &Row| row.seats.get(row.seats.len() / 2).map(|seat| seat.position);
    let first = middle(rows.first()?)?;
    let behind = rows.get(1).and_then(middle).unwrap_or(Point { x: first.x, y: first.y + spacing });
    let distance = first.distance_squared(behind).sqrt().max(f32::EPSILON);
    let reach = spacing * 1.4 / distance;
    Some(Point {
        x: first.x + (first.x - behind.x) * reach,
        y: first.y + (first.y - behind.y) * reach,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seat_map::fixtures::theatre;

    /// Remembers how much of what was drawn.
    #[derive(Default)]
    struct Notebook {
        dots: usize,
        rings: usize,
        ticks: usize,
        squares: usize,
        polygons: usize,
        words: Vec<String>,
        labels: Vec<String>,
    }

    impl Surface for Notebook {
        fn clear(&mut self, _: Option<&[Bounds]>) {}
        fn polygon(&mut self, _: &[Point], _: Ink, _: Option<Ink>) {
            self.polygons += 1;
        }
        fn ellipse(&mut self, _: Point, _: f32, _: f32, _: Ink) {}
        fn ring(&mut self, _: Point, _: f32, _: f32, _: Ink) {}
        fn begin_seats(&mut self, _: f32) {}
        fn seat(&mut self, _: Point, stamp: Stamp) {
            match stamp.sign {
                Sign::Available { .. } => self.dots += 1,
                Sign::Taken | Sign::Held => self.rings += 1,
                Sign::Yours => self.ticks += 1,
            }
            self.squares += usize::from(stamp.form == Form::Square);
        }
        fn label(&mut self, words: &str, _: Point, _: f32, _: Color) {
            self.labels.push(words.to_owned());
        }
        fn end_seats(&mut self) {}
        fn words(&mut self, words: &str, _: Point, _: Letters) {
            self.words.push(words.to_owned());
        }
        fn capitals(&self, words: &str) -> String {
            words.to_ascii_uppercase()
        }
        fn width_of(&mut self, words: &str, _: Letters) -> f32 {
            words.chars().count() as f32 * 6.0
        }
        fn finish(&mut self) {}
    }

    fn drawn(model: &Model) -> Notebook {
        let mut notebook = Notebook::default();
        paint(model, &mut notebook, None);
        notebook
    }

    #[test]
    fn every_seat_in_view_is_drawn_once_by_its_look() {
        let mut model = theatre();
        model.mark_taken(&[SeatIndex(0), SeatIndex(1), SeatIndex(2)]);
        model.toggle(SeatIndex(7));
        let seen = drawn(&model);
        assert_eq!((seen.dots, seen.rings, seen.ticks, seen.squares), (16, 3, 1, 2));
        assert!(seen.words.contains(&"Stalls".to_owned()), "{:?}", seen.words);
    }

    #[test]
    fn from_afar_there_are_sections_and_no_seats() {
        let mut model = theatre();
        model.viewport.resize(45.0, 40.0);
        let seen = drawn(&model);
        assert_eq!(model.detail(), Detail::Sections);
        assert_eq!((seen.dots, seen.polygons), (0, 3));
    }

    #[test]
    fn near_by_rows_and_seats_have_their_labels() {
        let mut model = theatre();
        model.viewport.zoom_by(20.0, model.viewport.to_screen(Point { x: 50.0, y: 35.0 }));
        let seen = drawn(&model);
        assert!(seen.labels.iter().any(|label| label == "5"), "{:?}", seen.labels);
        model.viewport.zoom_by(20.0, Point { x: 0.0, y: 200.0 });
        model.viewport.pan_by(900.0, 0.0);
        assert!(drawn(&model).labels.iter().any(|label| label == "A"));
    }

    #[test]
    fn only_the_seats_of_a_place_are_drawn_again() {
        let mut model = theatre();
        model.mark_taken(&[SeatIndex(4)]);
        let position = model.map.position_of(SeatIndex(4)).expect("a seat");
        let at = model.viewport.to_screen(position);
        let mut notebook = Notebook::default();
        paint(&model, &mut notebook, Some(&[Bounds { min: at, max: at }]));
        // Its neighbours might reach into the place.
        assert_eq!((notebook.rings, notebook.dots), (1, 5));
    }
}
