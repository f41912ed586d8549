//! Two people, one seat.

use onsale_end2end::{Device, EVENT, Visitor, play_on};
use onsale_testkit::StackOptions;

/// What comes of pressing the button: the booking, or the reason why there is none.
const OUTCOME: &str = "[data-testid='booking-status'], [data-testid='problem-notice']";

async fn presses_hold(fan: &Visitor) -> bool {
    fan.press("hold-button").await;
    fan.sees(OUTCOME).await;
    fan.address().contains("/bookings/")
}

#[test]
fn one_of_two_gets_the_seat_and_the_other_is_offered_the_nearest() {
    // In a house of its own: the offer may be any seat, also one that another scene was given.
    play_on(StackOptions::default(), async |scene| {
        let seat = scene.seats("Gallery", 1).await.remove(0);
        let (one, other) =
            tokio::join!(scene.visitor(Device::Desktop), scene.visitor(Device::Desktop));
        for fan in [&one, &other] {
            // The refusal is noted by the loser's browser.
            fan.expect_complaint("409");
            fan.open(&format!("/events/{EVENT}")).await;
            fan.pick(seat.ticket).await;
        }
        let (one_won, other_won) = tokio::join!(presses_hold(&one), presses_hold(&other));
        assert!(one_won != other_won, "exactly one of them holds it: {one_won}, {other_won}");
        let (winner, loser) = if one_won { (one, other) } else { (other, one) };

        let won = winner.awaits_booking("in_progress").await;
        assert_eq!(scene.books(won).tickets("held").await, 1);
        let notice = loser.read("problem-notice").await;
        assert!(notice.contains(&format!("{} was just taken", seat.spoken())), "{notice}");

        loser.press("offer-nearest").await;
        let consoled = loser.hold().await;
        assert_ne!(consoled, won);
        assert_eq!(scene.books(consoled).tickets("held").await, 1);
        assert_eq!(scene.books(won).tickets("held").await, 1, "the winner keeps the seat");
        let order = loser.read("order-lines").await;
        assert!(!order.contains(&seat.listed()), "another seat: {order}");

        let (ledger_is_clean, report) = scene.stack().audit().await;
        assert!(ledger_is_clean, "{report}");
    });
}
