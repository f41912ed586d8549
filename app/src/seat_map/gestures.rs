//! Fingers and the mouse: what a sequence of pointer events means.

use onsale_domain::seat_map::Point;

/// A pointer that moved less than this, in pixels, has tapped.
const TAP_SLOP_PX: f32 = 8.0;

/// What was meant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Gesture {
    /// One pointer dragged the map by these pixels.
    Pan { dx: f32, dy: f32 },
    /// Two pointers changed their distance by this factor around a point, and dragged.
    Pinch { factor: f32, around: Point, dx: f32, dy: f32 },
    /// One pointer went down and up in one place.
    Tap(Point),
}

/// The pointers that are down.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Gestures {
    pointers: Vec<(i32, Point)>,
    travelled: f32,
    /// Whether a second pointer was down since the first came: then nothing is a tap.
    was_pinch: bool,
}

impl Gestures {
    /// A pointer went down.
    pub(super) fn down(&mut self, id: i32, at: Point) {
        self.cancel(id);
        if self.pointers.is_empty() {
            self.travelled = 0.0;
            self.was_pinch = false;
        }
        self.pointers.push((id, at));
        self.was_pinch |= self.pointers.len() > 1;
    }

    /// A pointer moved, down or not.
    pub(super) fn moved(&mut self, id: i32, at: Point) -> Option<Gesture> {
        let index = self.pointers.iter().position(|(known, _)| *known == id)?;
        let before = self.pointers.clone();
        let from = before[index].1;
        self.pointers[index].1 = at;
        self.travelled += from.distance_squared(at).sqrt();
        match before.as_slice() {
            [_] if self.travelled < TAP_SLOP_PX => None,
            [_] => Some(Gesture::Pan { dx: at.x - from.x, dy: at.y - from.y }),
            [(_, first), (_, second), ..] => {
                let (now_first, now_second) = (self.pointers[0].1, self.pointers[1].1);
                let apart = first.distance_squared(*second).sqrt().max(1.0);
                let factor = now_first.distance_squared(now_second).sqrt().max(1.0) / apart;
                let (old, around) = (middle(*first, *second), middle(now_first, now_second));
                let (dx, dy) = (around.x - old.x, around.y - old.y);
                Some(Gesture::Pinch { factor, around, dx, dy })
            }
            [] => None,
        }
    }

    /// A pointer went up.
    pub(super) fn up(&mut self, id: i32, at: Point) -> Option<Gesture> {
        let was_down = self.pointers.iter().any(|(known, _)| *known == id);
        self.cancel(id);
        let is_tap = was_down && !self.was_pinch && self.travelled < TAP_SLOP_PX;
        is_tap.then_some(Gesture::Tap(at))
    }

    /// The browser took a pointer away.
    pub(super) fn cancel(&mut self, id: i32) {
        self.pointers.retain(|(known, _)| *known != id);
    }

    /// Whether the map is in somebody's hand.
    pub(super) fn is_dragging(&self) -> bool {
        !self.pointers.is_empty() && (self.was_pinch || self.travelled >= TAP_SLOP_PX)
    }
}

fn middle(left: Point, right: Point) -> Point {
    Point { x: f32::midpoint(left.x, right.x), y: f32::midpoint(left.y, right.y) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32, y: f32) -> Point {
        Point { x, y }
    }

    #[test]
    fn a_still_finger_taps_and_a_moving_one_drags() {
        let mut gestures = Gestures::default();
        gestures.down(1, at(10.0, 10.0));
        assert_eq!(gestures.moved(1, at(12.0, 11.0)), None);
        assert_eq!(gestures.up(1, at(12.0, 11.0)), Some(Gesture::Tap(at(12.0, 11.0))));
        gestures.down(1, at(10.0, 10.0));
        assert_eq!(gestures.moved(1, at(30.0, 10.0)), Some(Gesture::Pan { dx: 20.0, dy: 0.0 }));
        assert!(gestures.is_dragging());
        assert_eq!(gestures.up(1, at(30.0, 10.0)), None);
        assert!(!gestures.is_dragging());
    }

    #[test]
    fn two_fingers_pinch_and_never_tap() {
        let mut gestures = Gestures::default();
        gestures.down(1, at(0.0, 0.0));
        gestures.down(2, at(100.0, 0.0));
        let pinch = gestures.moved(2, at(200.0, 0.0));
        let expected = Gesture::Pinch { factor: 2.0, around: at(100.0, 0.0), dx: 50.0, dy: 0.0 };
        assert_eq!(pinch, Some(expected));
        assert_eq!(gestures.up(2, at(200.0, 0.0)), None);
        assert_eq!(gestures.up(1, at(0.0, 0.0)), None);
    }

    #[test]
    fn a_pointer_that_never_came_down_means_nothing() {
        let mut gestures = Gestures::default();
        assert_eq!(gestures.moved(7, at(1.0, 1.0)), None);
        assert_eq!(gestures.up(7, at(1.0, 1.0)), None);
    }
}
