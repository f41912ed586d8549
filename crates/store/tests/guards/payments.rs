//! What is noted of payments.

use std::time::Duration;

use onsale_domain::{BookingId, booking::BookingState, payment::PaymentFacts};
use onsale_store::{FailedTry, MadeIntent};
use uuid::Uuid;

use crate::office::{Office, pay};

/// Everything in the tests is older.
const AGE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_sweep_finds_what_the_domain_calls_forgotten() {
    let office = Office::open().await;
    let bookings: [(&str, &[&str]); 6] = [
        ("in_progress", &["none", "processing", "declined"]),
        ("confirmed", &["succeeded"]),
        ("expired", &["none", "processing"]),
        ("released", &["none", "processing"]),
        ("refund_due", &["succeeded"]),
        ("refunded", &["refunded"]),
    ];
    let (mut expected, mut without_payment) = (Vec::new(), Vec::new());
    for (status, payments) in bookings {
        for payment in payments {
            for bits in 0..17_u8 {
                // Only money that came goes back.
                if bits & 8 != 0 && (status != "refunded" || bits & 2 == 0) {
                    continue;
                }
                let id = Uuid::new_v4();
                office.book(id, status, payment, 3600.0).await;
                let facts = match bits {
                    16 => PaymentFacts::default(),
                    bits => pay(&office, id, bits).await,
                };
                let record = office.store.booking(BookingId(id)).await.expect("an answer");
                if facts.is_forgotten(record.expect("a booking").state) {
                    expected.push(BookingId(id));
                    without_payment.extend((bits == 16).then_some(BookingId(id)));
                }
            }
        }
    }
    let forgotten = office.store.forgotten(AGE, 1000).await.expect("an answer");
    let mut found = forgotten.payments;
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let again = office.store.forgotten(AGE, 1000).await.expect("an answer");
    let mut again = again.payments;
    again.sort_unstable();
    without_payment.sort_unstable();
    assert_eq!(again, without_payment, "those have their turn that were not found yet");
    assert_eq!(expected.len(), 39, "and the other kinds are left alone");
    office.database.drop_now().await;
}

#[tokio::test]
async fn a_booking_that_ends_says_whether_money_may_still_come() {
    let office = Office::open().await;
    let mut closing = 0;
    for payment in ["none", "processing", "declined"] {
        // Money that came has ended the booking otherwise.
        for bits in [0, 1, 5, 16_u8] {
            for lapses in [true, false] {
                let id = Uuid::new_v4();
                let seconds = if lapses { -1.0 } else { 60.0 };
                office.book(id, "in_progress", payment, seconds).await;
                let facts = match bits {
                    16 => PaymentFacts::default(),
                    bits => pay(&office, id, bits).await,
                };
                if lapses {
                    office.store.expire_lapsed(100).await.expect("an answer");
                } else if payment != "processing" {
                    office.store.release(BookingId(id)).await.expect("an answer");
                } else {
                    continue;
                }
                let payment_open = facts.may_bring_money(payment == "processing");
                let expected = match lapses {
                    true => BookingState::Expired { payment_open },
                    false => BookingState::Released { payment_open },
                };
                assert_eq!(office.state(id).await, expected, "{payment}, {facts:?}");
                closing += u8::from(payment_open);
                office.store.intent_cancelled(BookingId(id)).await.expect("an answer");
                assert!(!office.state(id).await.is_closing(), "{payment}, {facts:?}");
            }
        }
    }
    assert_eq!(closing, 8);
    office.database.drop_now().await;
}

#[tokio::test]
async fn an_intent_is_kept_only_while_its_payment_is_awaited() {
    let office = Office::open().await;
    let mut kept = Vec::new();
    for (status, payment) in [
        ("in_progress", "none"),
        ("in_progress", "processing"),
        ("in_progress", "declined"),
        ("expired", "processing"),
        ("expired", "none"),
        ("released", "processing"),
        ("confirmed", "succeeded"),
    ] {
        let id = Uuid::new_v4();
        office.book(id, status, payment, 60.0).await;
        pay(&office, id, 0).await;
        let is_awaited = office.state(id).await.awaits_payment();
        let made = MadeIntent { booking: BookingId(id), intent_id: format!("pi_{id}") };
        let answer = office.store.record_intents(&[made]).await.expect("an answer");
        assert_eq!(answer, [is_awaited], "{status}, {payment}");
        let stored = office.store.payment(BookingId(id)).await.expect("an answer");
        let intent_id = stored.expect("a payment").intent_id;
        assert_eq!(intent_id.is_some(), is_awaited, "{status}, {payment}");
        kept.extend(intent_id);
    }
    assert_eq!(kept.len(), 1);
    office.database.drop_now().await;
}

#[tokio::test]
async fn a_booking_that_ended_is_told_of_a_failure_only_without_an_intent() {
    let office = Office::open().await;
    for intent_known in [false, true] {
        let id = Uuid::new_v4();
        office.book(id, "expired", "processing", 0.0).await;
        pay(&office, id, u8::from(intent_known)).await;
        let failed = FailedTry {
            booking: BookingId(id),
            attempt: 1,
            outcome: "declined",
            not_before: Duration::ZERO,
        };
        office.store.payment_failed(failed).await.expect("an answer");
        let expected = BookingState::Expired { payment_open: intent_known };
        assert_eq!(office.state(id).await, expected);
    }
    office.database.drop_now().await;
}
