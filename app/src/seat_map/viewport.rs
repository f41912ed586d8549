//! Which part of the plan is in view, and how large.
//!
//! Plan points are in the plan's own units; screen points are CSS pixels from the upper left
//! corner of the drawing. `scale` is pixels per plan unit.

use onsale_domain::seat_map::{Bounds, Point};

/// Room left around the whole plan, as a share of the screen.
const MARGIN: f32 = 0.04;
/// Pixels between seats at the closest.
const CLOSEST_SPACING_PX: f32 = 46.0;
/// How long a flight to another view takes.
const FLIGHT_MILLIS: f64 = 240.0;

/// A centre and a scale.
#[derive(Debug, Clone, Copy, PartialEq)]
struct View {
    center: Point,
    scale: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Flight {
    from: View,
    to: View,
    started_millis: f64,
}

/// The window onto the plan.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Viewport {
    width: f32,
    height: f32,
    content: Bounds,
    spacing: f32,
    view: View,
    flight: Option<Flight>,
    /// Whether the fan has moved the map; until then it always shows everything.
    is_moved: bool,
}

impl Viewport {
    /// A window onto a plan whose drawing fills `content` and whose seats are `spacing` apart.
    /// It has no size until [`Self::resize`].
    pub(super) fn new(content: Bounds, spacing: f32) -> Self {
        let view = View { center: content.center(), scale: 1.0 };
        Self { width: 0.0, height: 0.0, content, spacing, view, flight: None, is_moved: false }
    }

    /// Takes the size of the drawing and says whether it changed.
    pub(super) fn resize(&mut self, width: f32, height: f32) -> bool {
        if (width, height) == (self.width, self.height) || width < 1.0 || height < 1.0 {
            return false;
        }
        (self.width, self.height) = (width, height);
        self.view = if self.is_moved { self.clamped(self.view) } else { self.everything() };
        true
    }

    /// Width and height of the drawing, in pixels.
    pub(super) const fn size(&self) -> (f32, f32) {
        (self.width, self.height)
    }

    /// Pixels per plan unit.
    pub(super) const fn scale(&self) -> f32 {
        self.view.scale
    }

    /// Pixels between neighbouring seats.
    pub(super) fn spacing_px(&self) -> f32 {
        self.spacing * self.view.scale
    }

    /// Where a point of the plan is on the screen.
    pub(super) fn to_screen(&self, point: Point) -> Point {
        Point {
            x: (point.x - self.view.center.x) * self.view.scale + self.width / 2.0,
            y: (point.y - self.view.center.y) * self.view.scale + self.height / 2.0,
        }
    }

    /// What point of the plan is at a place on the screen.
    pub(super) fn to_plan(&self, point: Point) -> Point {
        Point {
            x: (point.x - self.width / 2.0) / self.view.scale + self.view.center.x,
            y: (point.y - self.height / 2.0) / self.view.scale + self.view.center.y,
        }
    }

    /// The part of the plan that can be seen.
    pub(super) fn visible(&self) -> Bounds {
        let corner = Point { x: self.width, y: self.height };
        Bounds { min: self.to_plan(Point::default()), max: self.to_plan(corner) }
    }

    /// Moves what is seen by pixels, as a hand on the paper does.
    pub(super) fn pan_by(&mut self, dx: f32, dy: f32) {
        let center = Point {
            x: self.view.center.x - dx / self.view.scale,
            y: self.view.center.y - dy / self.view.scale,
        };
        self.set(View { center, ..self.view });
    }

    /// Zooms so that the point under `anchor` stays where it is.
    pub(super) fn zoom_by(&mut self, factor: f32, anchor: Point) {
        self.set(self.zoomed(self.view, factor, anchor));
    }

    /// Zooms around the middle, softly. `now` is any clock in milliseconds.
    pub(super) fn fly_by(&mut self, factor: f32, now: f64) {
        let middle = Point { x: self.width / 2.0, y: self.height / 2.0 };
        let to = self.zoomed(self.destination(), factor, middle);
        self.fly_to(to, now);
    }

    /// Shows everything again.
    pub(super) fn fly_to_everything(&mut self, now: f64) {
        self.fly_to(self.everything(), now);
        self.is_moved = false;
    }

    /// Shows a part of the plan as large as it fits, but not so large that seats turn into plates.
    pub(super) fn fly_to_bounds(&mut self, bounds: Bounds, now: f64) {
        let padded = bounds.padded(self.spacing * 2.0);
        let fitting = (self.width / padded.width()).min(self.height / padded.height());
        let scale = fitting.min(CLOSEST_SPACING_PX * 0.8 / self.spacing);
        self.fly_to(View { center: bounds.center(), scale }, now);
    }

    /// Comes close to a point of the plan: seats are then at least `spacing_px` apart.
    pub(super) fn fly_near(&mut self, center: Point, spacing_px: f32, now: f64) {
        let scale = (spacing_px / self.spacing).max(self.view.scale);
        self.fly_to(View { center, scale }, now);
    }

    /// Whether the view is on its way to another.
    pub(super) const fn is_flying(&self) -> bool {
        self.flight.is_some()
    }

    /// Moves a flight on to the time `now`, and says whether it still goes on.
    pub(super) fn advance(&mut self, now: f64) -> bool {
        let Some(flight) = self.flight else { return false };
        let share = ((now - flight.started_millis) / FLIGHT_MILLIS).clamp(0.0, 1.0) as f32;
        if share >= 1.0 {
            self.land();
            return false;
        }
        let eased = 1.0 - (1.0 - share).powi(3);
        let mix = |from: f32, to: f32| from + (to - from) * eased;
        self.view = View {
            center: Point {
                x: mix(flight.from.center.x, flight.to.center.x),
                y: mix(flight.from.center.y, flight.to.center.y),
            },
            // Even steps of zoom are even factors.
            scale: mix(flight.from.scale.ln(), flight.to.scale.ln()).exp(),
        };
        true
    }

    /// Ends a flight at once, for people who asked for less motion.
    pub(super) fn land(&mut self) {
        if let Some(flight) = self.flight.take() {
            self.view = flight.to;
        }
    }

    fn fly_to(&mut self, to: View, now: f64) {
        let to = self.clamped(to);
        self.is_moved = true;
        self.flight = Some(Flight { from: self.view, to, started_millis: now });
    }

    fn set(&mut self, view: View) {
        self.flight = None;
        self.is_moved = true;
        self.view = self.clamped(view);
    }

    fn destination(&self) -> View {
        self.flight.map_or(self.view, |flight| flight.to)
    }

    fn everything(&self) -> View {
        let room = 1.0 - 2.0 * MARGIN;
        let across = self.width * room / self.content.width().max(1.0);
        let down = self.height * room / self.content.height().max(1.0);
        View { center: self.content.center(), scale: across.min(down) }
    }

    fn zoomed(&self, view: View, factor: f32, anchor: Point) -> View {
        let scale = self.clamped_scale(view.scale * factor);
        let (dx, dy) = (anchor.x - self.width / 2.0, anchor.y - self.height / 2.0);
        let shift = 1.0 / view.scale - 1.0 / scale;
        let center = Point { x: view.center.x + dx * shift, y: view.center.y + dy * shift };
        View { center, scale }
    }

    fn clamped_scale(&self, scale: f32) -> f32 {
        let smallest = self.everything().scale;
        scale.clamp(smallest, (CLOSEST_SPACING_PX / self.spacing).max(smallest))
    }

    /// Keeps the plan in sight: most of the screen always shows some of it.
    fn clamped(&self, view: View) -> View {
        let scale = self.clamped_scale(view.scale);
        let keep = |center: f32, min: f32, max: f32, screen: f32| {
            let half = screen / 2.0 / scale;
            let (low, high) = (min + half * 0.7, max - half * 0.7);
            if low > high { f32::midpoint(min, max) } else { center.clamp(low, high) }
        };
        let Bounds { min, max } = self.content;
        let center = Point {
            x: keep(view.center.x, min.x, max.x, self.width),
            y: keep(view.center.y, min.y, max.y, self.height),
        };
        View { center, scale }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewport() -> Viewport {
        let content = Bounds { min: Point::default(), max: Point { x: 1000.0, y: 500.0 } };
        let mut viewport = Viewport::new(content, 10.0);
        viewport.resize(400.0, 400.0);
        viewport
    }

    fn near(left: Point, right: Point) -> bool {
        left.distance_squared(right) < 0.01
    }

    #[test]
    fn everything_is_in_view_at_first_and_after_a_resize() {
        let mut viewport = viewport();
        for (width, height) in [(400.0, 400.0), (1200.0, 300.0), (90.0, 800.0)] {
            viewport.resize(width, height);
            let visible = viewport.visible();
            assert!(visible.contains(Point::default()), "{visible:?}");
            assert!(visible.contains(Point { x: 1000.0, y: 500.0 }), "{visible:?}");
        }
        assert!(!viewport.resize(90.0, 800.0), "nothing changed");
        assert!(!viewport.resize(0.0, 0.0), "hidden");
    }

    #[test]
    fn screen_and_plan_agree() {
        let mut viewport = viewport();
        viewport.zoom_by(3.0, Point { x: 120.0, y: 80.0 });
        let point = Point { x: 321.0, y: 123.0 };
        assert!(near(viewport.to_plan(viewport.to_screen(point)), point));
    }

    #[test]
    fn zooming_keeps_the_point_under_the_finger() {
        let mut viewport = viewport();
        viewport.zoom_by(4.0, Point { x: 200.0, y: 200.0 });
        let anchor = Point { x: 250.0, y: 180.0 };
        let before = viewport.to_plan(anchor);
        viewport.zoom_by(1.3, anchor);
        assert!(near(viewport.to_plan(anchor), before));
    }

    #[test]
    fn zoom_has_ends_and_the_plan_stays_in_sight() {
        let mut viewport = viewport();
        let middle = Point { x: 200.0, y: 200.0 };
        viewport.zoom_by(0.001, middle);
        assert!((viewport.scale() - 0.368).abs() < 0.001);
        viewport.zoom_by(1e6, middle);
        assert!((viewport.spacing_px() - CLOSEST_SPACING_PX).abs() < 0.01);
        viewport.pan_by(1e7, -1e7);
        let content = Bounds { min: Point::default(), max: Point { x: 1000.0, y: 500.0 } };
        assert!(viewport.visible().overlaps(content));
    }

    #[test]
    fn a_flight_arrives() {
        let mut viewport = viewport();
        let bounds =
            Bounds { min: Point { x: 400.0, y: 200.0 }, max: Point { x: 500.0, y: 260.0 } };
        viewport.fly_to_bounds(bounds, 1000.0);
        assert!(viewport.advance(1100.0));
        assert!(!viewport.advance(1300.0));
        assert!(near(viewport.to_screen(bounds.center()), Point { x: 200.0, y: 200.0 }));
        viewport.fly_to_everything(2000.0);
        viewport.land();
        assert!(viewport.visible().contains(Point::default()));
    }
}
