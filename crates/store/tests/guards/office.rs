//! Two tickets and bookings of them, made to stand as a test wants.

use std::time::Duration;

use onsale_domain::{
    BookingId, EventId, SeatIndex, Timestamp, UserId,
    booking::{BookingState, HoldRules},
    payment::PaymentFacts,
    ticket::TicketState,
};
use onsale_store::{Store, StoreOptions};
use onsale_testkit::{Database, Environment};
use sqlx::Row;
use uuid::Uuid;

pub const EVENT: EventId = EventId(1);
pub const SEATS: [SeatIndex; 2] = [SeatIndex(0), SeatIndex(1)];
pub const TOTAL_MINOR: i64 = 2000;
pub const USER: UserId = UserId(Uuid::from_u128(7));
/// Somebody else's booking, on hold and confirmed.
pub const THEIR_HOLD: Uuid = Uuid::from_u128(8);
pub const THEIR_TICKETS: Uuid = Uuid::from_u128(9);
/// A hold of a minute is shorter than the window, so a payment extends it.
pub const RULES: HoldRules = HoldRules { payment_window_seconds: 600, max_hold_seconds: 900 };

/// How a ticket can stand towards a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Available,
    Mine,
    MineLapsed,
    Theirs,
    TheirsLapsed,
    SoldToMe,
    SoldToThem,
    Blocked,
}

pub const STANDINGS: [Standing; 8] = [
    Standing::Available,
    Standing::Mine,
    Standing::MineLapsed,
    Standing::Theirs,
    Standing::TheirsLapsed,
    Standing::SoldToMe,
    Standing::SoldToThem,
    Standing::Blocked,
];

impl Standing {
    /// Status, owner, and seconds for which the hold goes on.
    fn columns(self, mine: Uuid) -> (&'static str, Option<Uuid>, Option<f64>) {
        match self {
            Self::Available => ("available", None, None),
            Self::Mine => ("held", Some(mine), Some(60.0)),
            Self::MineLapsed => ("held", Some(mine), Some(-1.0)),
            Self::Theirs => ("held", Some(THEIR_HOLD), Some(60.0)),
            Self::TheirsLapsed => ("held", Some(THEIR_HOLD), Some(-1.0)),
            Self::SoldToMe => ("sold", Some(mine), None),
            Self::SoldToThem => ("sold", Some(THEIR_TICKETS), None),
            Self::Blocked => ("blocked", None, None),
        }
    }
}

pub fn pairs() -> impl Iterator<Item = [Standing; 2]> {
    STANDINGS.into_iter().flat_map(|first| STANDINGS.map(|second| [first, second]))
}

pub struct Office {
    pub database: Database,
    pub store: Store,
}

impl Office {
    pub async fn open() -> Self {
        let database = Database::create(&Environment::read()).await;
        let options = StoreOptions {
            max_connections: 2,
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
            workload: onsale_store::Workload::Online,
        };
        let store = Store::open(&database.url, "guards", options).expect("an address");
        let office = Self { database, store };
        office.book(THEIR_HOLD, "in_progress", "none", 3600.0).await;
        office.book(THEIR_TICKETS, "confirmed", "succeeded", 0.0).await;
        office
    }

    /// A booking of both seats.
    pub async fn book(&self, id: Uuid, status: &str, payment: &str, held_seconds: f64) {
        sqlx::query(
            "INSERT INTO bookings (id, event_id, user_id, status, payment, seats, prices_minor,
                                   total_minor, currency, held_until, fingerprint, updated_at)
             VALUES ($1, $2, $3, $4::booking_status, $5::payment_state, '{0,1}', '{1000,1000}',
                     $6, 'EUR',
                     CASE WHEN $4 = 'in_progress' THEN now() + $7 * interval '1 second' END,
                     '', now() - interval '1 hour')",
        )
        .bind(id)
        .bind(EVENT.0)
        .bind(USER.0)
        .bind(status)
        .bind(payment)
        .bind(TOTAL_MINOR)
        .bind(held_seconds)
        .execute(&self.database.pool)
        .await
        .expect("a booking");
    }

    pub async fn state(&self, booking: Uuid) -> BookingState {
        let record = self.store.booking(BookingId(booking)).await.expect("an answer");
        record.expect("a booking").state
    }

    /// Makes the tickets stand like this, whatever the schema would say about it: a seat that is
    /// sold to a booking in progress cannot be, and its guard must hold all the same.
    pub async fn set(&self, mine: Uuid, standings: [Standing; 2]) {
        let mut tx = self.database.pool.begin().await.expect("a transaction");
        let quiet = sqlx::query("SET LOCAL session_replication_role = replica");
        quiet.execute(&mut *tx).await.expect("a superuser");
        for (seat, standing) in SEATS.iter().zip(standings) {
            let (status, owner, seconds) = standing.columns(mine);
            sqlx::query(
                "UPDATE tickets SET status = $3::ticket_status, booking_id = $4,
                        held_until = now() + $5 * interval '1 second'
                  WHERE event_id = $1 AND seat = $2",
            )
            .bind(EVENT.0)
            .bind(i32::try_from(seat.0).expect("small"))
            .bind(status)
            .bind(owner)
            .bind(seconds)
            .execute(&mut *tx)
            .await
            .expect("a ticket");
        }
        tx.commit().await.expect("both tickets");
    }

    /// The tickets as the domain sees them, and the database's clock.
    pub async fn tickets(&self) -> ([TicketState; 2], Timestamp) {
        let rows = sqlx::query(
            "SELECT status::text, booking_id,
                    floor(extract(epoch FROM held_until) * 1000)::bigint AS until,
                    floor(extract(epoch FROM now()) * 1000)::bigint AS now
               FROM tickets WHERE event_id = $1 AND seat IN (0, 1) ORDER BY seat",
        )
        .bind(EVENT.0)
        .fetch_all(&self.database.pool)
        .await
        .expect("two tickets");
        let owner = |at: usize| BookingId(rows[at].get("booking_id"));
        let state = |at: usize| match rows[at].get::<&str, _>("status") {
            "available" => TicketState::Available,
            "held" => {
                TicketState::Held { booking: owner(at), until: Timestamp(rows[at].get("until")) }
            }
            "sold" => TicketState::Sold { booking: owner(at) },
            _ => TicketState::Blocked,
        };
        ([state(0), state(1)], Timestamp(rows[0].get("now")))
    }
}

/// A payment of which the bits say what is known.
pub async fn pay(office: &Office, booking: Uuid, bits: u8) -> PaymentFacts {
    let has = |bit: u8| bits & bit != 0;
    let facts = PaymentFacts {
        intent_known: has(1),
        succeeded: has(2),
        cancelled: has(4),
        refund_open: has(8),
    };
    sqlx::query(
        "INSERT INTO payments (booking_id, provider, intent_id, amount_minor, currency, attempts,
                               succeeded_at, cancelled_at, refunded_at, updated_at)
         VALUES ($1, 'stripe', CASE WHEN $2 THEN $1::text END, 2000, 'EUR', 1,
                 CASE WHEN $3 THEN now() END, CASE WHEN $4 THEN now() END,
                 CASE WHEN $5 THEN now() - interval '1 hour' END, now() - interval '1 hour')",
    )
    .bind(booking)
    .bind(facts.intent_known)
    .bind(facts.succeeded)
    .bind(facts.cancelled)
    .bind(facts.refund_open)
    .execute(&office.database.pool)
    .await
    .expect("a payment");
    facts
}
