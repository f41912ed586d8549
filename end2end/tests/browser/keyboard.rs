//! A seat without mouse or finger.

use onsale_end2end::{Device, EVENT, Visitor, play};

/// €28, in cents.
const GALLERY_MINOR: i64 = 2_800;
/// No control of the page is further away than this.
const MOST_TABS: usize = 150;

/// Presses Tab until the focus is on what the selector finds.
async fn tab_to(fan: &Visitor, selector: &str) {
    for _ in 0..MOST_TABS {
        fan.key("Tab", 1).await;
        if is_on(fan, selector).await {
            return;
        }
    }
    panic!("{selector} is not reached by Tab");
}

async fn is_on(fan: &Visitor, selector: &str) -> bool {
    fan.ask(&format!("() => document.activeElement.matches(`{selector}`)")).await
}

#[test]
fn a_seat_is_bought_by_keyboard_alone() {
    play(async |scene| {
        // The second seat of a row, so that an arrow key leads to it.
        let seats = scene.seats("Gallery", 2).await;
        let (neighbour, seat) = (&seats[0], &seats[1]);
        let fan = scene.visitor(Device::Desktop).await;
        fan.open(&format!("/events/{EVENT}")).await;
        fan.sees(".map-stage:not(.is-loading)").await;
        tab_to(&fan, "[data-testid='show-list']").await;
        fan.key("Enter", 1).await;
        fan.sees("[data-testid='seat-list']").await;

        let name = &seat.section;
        loop {
            tab_to(&fan, "[data-testid='list-section']").await;
            let reached: String = fan.ask("() => document.activeElement.innerText").await;
            if reached.lines().next() == Some(name) {
                break;
            }
        }
        fan.key("Enter", 1).await;
        fan.sees(".list-rows").await;
        let row = format!(".list-row[aria-label='Row {}'] *", seat.row());
        tab_to(&fan, &row).await;
        let start = format!("[data-seat='{}']", neighbour.ticket.seat);
        for _ in 0..MOST_TABS {
            if is_on(&fan, &start).await {
                break;
            }
            fan.key("ArrowRight", 1).await;
        }
        fan.key("ArrowRight", 1).await;
        let target = format!("[data-seat='{}']", seat.ticket.seat);
        assert!(is_on(&fan, &target).await, "arrows reach {seat:?}");
        fan.key("Enter", 1).await;
        fan.sees(&format!("{target}[aria-pressed='true']")).await;
        assert!(is_on(&fan, &target).await, "the focus stays on the seat");

        tab_to(&fan, "[data-testid='hold-button']").await;
        fan.key("Enter", 1).await;
        let booking = fan.awaits_booking("in_progress").await;
        assert_eq!(scene.books(booking).tickets("held").await, 1);
        assert!(fan.read("order-lines").await.contains(&seat.listed()));

        tab_to(&fan, "#pay-email").await;
        let keyboard = fan.page().keyboard();
        keyboard.type_text("fan@example.com", None).await.expect("an e-mail");
        tab_to(&fan, "input[name='token']").await;
        for _ in 0..MOST_TABS {
            if is_on(&fan, "input[name='token'][value='tok_visa']:checked").await {
                break;
            }
            // The first press picks the card, the next ones others.
            let is_checked = is_on(&fan, "input[name='token']:checked").await;
            fan.key(if is_checked { "ArrowDown" } else { "Space" }, 1).await;
        }
        tab_to(&fan, "[data-testid='pay-button']").await;
        fan.key("Enter", 1).await;
        assert_eq!(fan.awaits_booking("confirmed").await, booking);
        scene.books(booking).assert_sold(1, GALLERY_MINOR).await;
    });
}
