//! Hands on the drawn map. Where a seat is drawn is asked of the map; everything else is done as
//! fans do it: wheel, click and tap at a place on the screen.

use onsale_domain::SeatIndex;
use serde::{Deserialize, Serialize};

use crate::visitor::{Device, Visitor};

/// Seats closer to each other than this are hard to hit, in pixels.
const CLEAR_SPACING_PX: f64 = 14.0;
/// One turn of the wheel, in the pixels that browsers count it in.
const WHEEL_TURN: f64 = -300.0;
/// After so many attempts the map does not do what hands tell it.
const MOST_ATTEMPTS: usize = 12;

/// Waits until the drawing keeps still and differs from how it was before, for a second at most,
/// and says where it shows a seat.
const LOOK: &str = "async ({ seat, before }) => {
    const canvas = document.querySelector('[data-testid=seat-map]');
    const look = () => {
        const at = window.__onsaleSeatPoint?.(seat);
        if (!at) return null;
        const distance = other => other ? Math.hypot(other.x - at.x, other.y - at.y) : Infinity;
        const beside = [seat - 1, seat + 1].map(n => distance(window.__onsaleSeatPoint(n)));
        const picked = (canvas.dataset.selected || '').split(',').includes(String(seat));
        const covered = document.elementFromPoint(at.x, at.y) !== canvas;
        return { x: at.x, y: at.y, spacing: Math.min(...beside), picked, covered };
    };
    const same = (one, other) => one && other && one.spacing === other.spacing
        && one.picked === other.picked && one.x === other.x && one.y === other.y;
    let last = null;
    for (let frame = 0, still = 0; frame < 60; frame += 1) {
        await new Promise(requestAnimationFrame);
        const now = look();
        still = same(now, last) ? still + 1 : 0;
        last = now;
        if (still >= 3 && !same(now, before)) break;
    }
    return last;
}";

/// Where the map shows a seat.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sight {
    /// Pixels of the window.
    x: f64,
    y: f64,
    /// Pixels to the nearer neighbour.
    spacing: f64,
    picked: bool,
    /// Whether something else lies on top of it.
    covered: bool,
}

#[derive(Serialize)]
struct Question<'a> {
    seat: SeatIndex,
    before: Option<&'a Sight>,
}

/// Picks a seat.
pub(crate) async fn pick(visitor: &Visitor, seat: SeatIndex) {
    visitor.sees(".map-stage:not(.is-loading) [data-testid='seat-map']").await;
    let center = "document.querySelector('[data-testid=seat-map]')
        .scrollIntoView({ block: 'center', behavior: 'instant' })";
    visitor.page().evaluate_expression(center).await.expect("the map can be scrolled to");
    let mut sight = look(visitor, seat, None).await;
    for _ in 0..MOST_ATTEMPTS {
        if sight.picked {
            return;
        }
        assert!(!sight.covered, "something lies on top of seat {seat}: {sight:?}");
        reach(visitor, &sight).await;
        sight = look(visitor, seat, Some(&sight)).await;
    }
    panic!("seat {seat} cannot be picked: {sight:?}");
}

/// Comes closer, or takes the seat.
async fn reach(visitor: &Visitor, at: &Sight) {
    let page = visitor.page();
    let done = if visitor.device == Device::Phone {
        // The map itself comes closer when seats are too small for a finger.
        page.touchscreen().tap(at.x, at.y).await
    } else if at.spacing >= CLEAR_SPACING_PX {
        page.mouse().click(at.x, at.y, None).await
    } else {
        page.mouse().move_to(at.x, at.y, None).await.expect("a mouse");
        page.mouse().wheel(0.0, WHEEL_TURN).await
    };
    done.expect("hands reach the map");
}

async fn look(visitor: &Visitor, seat: SeatIndex, before: Option<&Sight>) -> Sight {
    let sight = visitor.page().evaluate(LOOK, Some(&Question { seat, before })).await;
    let sight: Option<Sight> = sight.expect("the map says where seats are");
    sight.unwrap_or_else(|| panic!("the map shows no seat {seat}"))
}
