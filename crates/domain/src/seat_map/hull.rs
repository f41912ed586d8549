//! The convex hull of points.

use super::model::Point;

/// The corners of the smallest convex polygon around the points, in order around it (Andrew's
/// monotone chain).
pub(super) fn convex_hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_unstable_by(|one, other| one.x.total_cmp(&other.x).then(one.y.total_cmp(&other.y)));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let mut hull = half_hull(points.iter().copied());
    hull.pop();
    hull.extend(half_hull(points.iter().rev().copied()));
    hull.pop();
    hull
}

fn half_hull(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut hull: Vec<Point> = Vec::new();
    for point in points {
        while let [.., before, last] = hull[..] {
            if turn(before, last, point) > 0.0 {
                break;
            }
            hull.pop();
        }
        hull.push(point);
    }
    hull
}

/// Above zero for a turn to the one side, below for the other, zero for straight on. In `f64`,
/// where products of quantised coordinates are exact.
fn turn(a: Point, b: Point, c: Point) -> f64 {
    let (ax, ay) = (f64::from(a.x), f64::from(a.y));
    (f64::from(b.x) - ax) * (f64::from(c.y) - ay) - (f64::from(b.y) - ay) * (f64::from(c.x) - ax)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn inner_and_straight_points_are_left_out() {
        let at = |x: f32, y: f32| Point { x, y };
        let points = vec![at(0.0, 0.0), at(4.0, 0.0), at(2.0, 0.0), at(2.0, 2.0), at(0.0, 4.0)];
        assert_eq!(convex_hull(points), [at(0.0, 0.0), at(4.0, 0.0), at(0.0, 4.0)]);
        assert_eq!(convex_hull(vec![at(1.0, 1.0); 5]), [at(1.0, 1.0)]);
    }

    proptest! {
        #[test]
        fn no_point_lies_outside(points in prop::collection::vec((-50_i32..50, -50_i32..50), 3..60)) {
            let at = |(x, y): &(i32, i32)| Point { x: *x as f32, y: *y as f32 };
            let points: Vec<Point> = points.iter().map(at).collect();
            let hull = convex_hull(points.clone());
            prop_assume!(hull.len() >= 3);
            for edge in 0..hull.len() {
                let (from, to) = (hull[edge], hull[(edge + 1) % hull.len()]);
                prop_assert!(points.iter().all(|point| turn(from, to, *point) >= 0.0));
            }
        }
    }
}
