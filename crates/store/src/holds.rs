//! Placing holds: many at once in one guarded statement and one commit, each whole or not at all.

use std::collections::{BTreeMap, HashMap, HashSet};

use onsale_domain::{BookingId, Currency, EventId, SeatIndex, Timestamp, UserId};
use sqlx::Row;
use uuid::Uuid;

use crate::{Store, StoreError, time::PgTime};

/// A hold that somebody wants.
#[derive(Debug, Clone)]
pub struct HoldRequest {
    /// The booking to be made.
    pub booking: BookingId,
    /// Who wants it.
    pub user: UserId,
    /// The event.
    pub event: EventId,
    /// The seats, sorted and without repetition.
    pub seats: Vec<SeatIndex>,
    /// What each of them costs, in minor units.
    pub prices_minor: Vec<i64>,
    /// The currency of the prices.
    pub currency: Currency,
    /// Digest of the request.
    pub fingerprint: Vec<u8>,
    /// How long the hold lasts.
    pub ttl_seconds: u32,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldOutcome {
    /// The seats are held.
    Held {
        /// The database's clock when they were.
        placed_at: Timestamp,
        /// Until then, by the same clock.
        held_until: Timestamp,
    },
    /// These seats are in somebody else's hands; nothing was held.
    SeatsTaken(Vec<SeatIndex>),
    /// The booking existed before, made by a request with this digest; nothing was changed.
    Exists {
        /// Digest of the request that made it.
        fingerprint: Vec<u8>,
    },
}

/// What the database knows of those who want seats, before anything is decided.
#[derive(Debug, Default)]
pub struct KnownBuyers {
    /// Bookings that exist, each with the digest of the request that made it.
    pub made_by: HashMap<BookingId, Vec<u8>>,
    /// Tickets that buyers hold or have bought; those without any are left out.
    pub tickets: HashMap<(EventId, UserId), u32>,
}

/// How often a batch is tried again without those that lost, before all go one by one.
const BATCH_TRIES: usize = 4;

/// One statement places all holds of a batch, and one commit.
///
/// The condition on `tickets` is the guard: a hold is placed on a seat that is available, or whose
/// hold has run out. Everything else that keeps two buyers from one seat is only there for speed.
/// `all_or_none` counts: one row too few, of bookings or of seats, and nothing of it happened.
const PLACE: &str = "
    WITH wanted AS (
        SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[],
                             $6::bigint[], $7::text[], $8::bytea[], $9::integer[])
            AS w (id, event_id, user_id, seats, prices, total, currency, fingerprint, ttl_seconds)
    ), made AS (
        INSERT INTO bookings
               (id, event_id, user_id, seats, prices_minor, total_minor, currency, fingerprint,
                held_until)
        SELECT id, event_id, user_id, seats::integer[], prices::bigint[], total, currency,
               fingerprint, now() + ttl_seconds * interval '1 second'
          FROM wanted ORDER BY id
        ON CONFLICT (id) DO NOTHING
        RETURNING 1
    ), taken AS (
        UPDATE tickets AS t
           SET status = 'held', booking_id = w.booking_id,
               held_until = now() + w.ttl_seconds * interval '1 second'
          FROM unnest($10::bigint[], $11::integer[], $12::uuid[], $13::integer[])
               AS w (event_id, seat, booking_id, ttl_seconds)
         WHERE t.event_id = w.event_id AND t.seat = w.seat
           AND (t.status = 'available' OR (t.status = 'held' AND t.held_until <= now()))
        RETURNING 1
    )
    SELECT now() AS placed_at,
           all_or_none(cardinality($1), (SELECT count(*) FROM made)) AS bookings,
           all_or_none(cardinality($11), (SELECT count(*) FROM taken)) AS seats";

/// What is known of buyers. Each is looked up on its own, by the index: `= ANY`, planned while
/// `bookings` was nearly empty, would read all bookings ever after and compare each with everybody.
const KNOWN: &str = "
    SELECT b.id, b.fingerprint, NULL::bigint AS event_id, 0::bigint AS tickets
      FROM unnest($1::uuid[]) AS w (id)
     CROSS JOIN LATERAL (SELECT id, fingerprint FROM bookings WHERE id = w.id LIMIT 1) AS b
     UNION ALL
    SELECT w.id, NULL, b.event_id, b.tickets
      FROM unnest($2::uuid[]) AS w (id)
     CROSS JOIN LATERAL (
            SELECT event_id, sum(cardinality(seats)) AS tickets
              FROM bookings
             WHERE user_id = w.id AND event_id = ANY($3)
               AND (status = 'confirmed' OR (status = 'in_progress' AND held_until > now()))
             GROUP BY event_id) AS b";

impl Store {
    /// Places holds, each whole or not at all, and says what became of each, in order.
    ///
    /// All are tried in one statement. When one of them loses, nothing happened: the losers are
    /// found and told, and the others are tried again.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then no hold was placed, or all of them
    /// were and asking again says so.
    pub async fn place_holds(
        &self,
        requests: &[HoldRequest],
    ) -> Result<Vec<HoldOutcome>, StoreError> {
        let mut outcomes: Vec<Option<HoldOutcome>> = vec![None; requests.len()];
        for _ in 0..BATCH_TRIES {
            let open = open_positions(&outcomes);
            if open.is_empty() {
                break;
            }
            let batch: Vec<&HoldRequest> = open.iter().map(|at| &requests[*at]).collect();
            if let Some(placed_at) = self.try_place(&batch).await? {
                for at in open {
                    outcomes[at] = Some(held(&requests[at], placed_at));
                }
                break;
            }
            let found = self.losers(&batch).await?;
            for (at, outcome) in open.into_iter().zip(found) {
                outcomes[at] = outcome;
            }
        }
        for at in open_positions(&outcomes) {
            outcomes[at] = Some(self.place_alone(&requests[at]).await?);
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    async fn place_alone(&self, request: &HoldRequest) -> Result<HoldOutcome, StoreError> {
        // Tried twice: the other transaction is through by then, and what it did can be seen.
        for _ in 0..2 {
            if let Some(placed_at) = self.try_place(&[request]).await? {
                return Ok(held(request, placed_at));
            }
            if let Some(Some(outcome)) = self.losers(&[request]).await?.pop() {
                return Ok(outcome);
            }
        }
        // Whoever had a seat let go of it each time before we could see it.
        Ok(HoldOutcome::SeatsTaken(request.seats.clone()))
    }

    /// All holds, or `None` when one of them cannot be had. Returns when they were placed.
    async fn try_place(&self, requests: &[&HoldRequest]) -> Result<Option<Timestamp>, StoreError> {
        let mut wanted: Vec<(i64, i32, Uuid, i32)> = Vec::new();
        for request in requests {
            let seats = seat_numbers(&request.seats);
            let row = |seat| (request.event.0, seat, request.booking.0, ttl(request));
            wanted.extend(seats.into_iter().map(row));
        }
        // Two transactions that lock the same seats lock them in the same order.
        wanted.sort_unstable();
        let column = |of: fn(&HoldRequest) -> String| {
            requests.iter().map(|request| of(request)).collect::<Vec<_>>()
        };
        let totals = requests.iter().map(|r| r.prices_minor.iter().sum::<i64>());
        let placed = sqlx::query_scalar(PLACE)
            .bind(requests.iter().map(|r| r.booking.0).collect::<Vec<_>>())
            .bind(requests.iter().map(|r| r.event.0).collect::<Vec<_>>())
            .bind(requests.iter().map(|r| r.user.0).collect::<Vec<_>>())
            .bind(column(|r| array_literal(r.seats.iter())))
            .bind(column(|r| array_literal(r.prices_minor.iter())))
            .bind(totals.collect::<Vec<_>>())
            .bind(column(|r| r.currency.code().to_owned()))
            .bind(requests.iter().map(|r| r.fingerprint.as_slice()).collect::<Vec<_>>())
            .bind(requests.iter().map(|r| ttl(r)).collect::<Vec<_>>())
            .bind(wanted.iter().map(|w| w.0).collect::<Vec<_>>())
            .bind(wanted.iter().map(|w| w.1).collect::<Vec<_>>())
            .bind(wanted.iter().map(|w| w.2).collect::<Vec<_>>())
            .bind(wanted.iter().map(|w| w.3).collect::<Vec<_>>())
            .fetch_one(&self.pool)
            .await;
        match placed.map_err(StoreError::from) {
            Ok(PgTime(placed_at)) => Ok(Some(placed_at)),
            Err(error) if error.is_guard_refusal() || error.is_conflict() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What keeps each of the holds from being placed, as far as it can be seen now.
    async fn losers(
        &self,
        requests: &[&HoldRequest],
    ) -> Result<Vec<Option<HoldOutcome>>, StoreError> {
        let ids: Vec<BookingId> = requests.iter().map(|request| request.booking).collect();
        let mut made_by = self.known_buyers(&ids, &[], &[]).await?.made_by;
        let mut taken: HashSet<(EventId, SeatIndex)> = HashSet::new();
        let mut seats_of: BTreeMap<EventId, Vec<SeatIndex>> = BTreeMap::new();
        for request in requests {
            seats_of.entry(request.event).or_default().extend(&request.seats);
        }
        for (event, seats) in seats_of {
            let (unavailable, _) = self.unavailable_among(event, &seats).await?;
            taken.extend(unavailable.into_iter().map(|seat| (event, seat.seat)));
        }
        let outcome = |request: &&HoldRequest| {
            if let Some(fingerprint) = made_by.remove(&request.booking) {
                return Some(HoldOutcome::Exists { fingerprint });
            }
            let mut lost = request.seats.clone();
            lost.retain(|seat| taken.contains(&(request.event, *seat)));
            (!lost.is_empty()).then_some(HoldOutcome::SeatsTaken(lost))
        };
        Ok(requests.iter().map(outcome).collect())
    }

    /// Which of `bookings` exist, and how many tickets of `events` the `users` hold or have bought.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn known_buyers(
        &self,
        bookings: &[BookingId],
        users: &[UserId],
        events: &[EventId],
    ) -> Result<KnownBuyers, StoreError> {
        let rows = sqlx::query(KNOWN)
            .bind(bookings.iter().map(|booking| booking.0).collect::<Vec<_>>())
            .bind(users.iter().map(|user| user.0).collect::<Vec<_>>())
            .bind(events.iter().map(|event| event.0).collect::<Vec<_>>())
            .fetch_all(&self.pool)
            .await?;
        let mut known = KnownBuyers::default();
        for row in rows {
            let id: Uuid = row.try_get("id")?;
            match row.try_get::<Option<i64>, _>("event_id")? {
                None => {
                    known.made_by.insert(BookingId(id), row.try_get("fingerprint")?);
                }
                Some(event) => {
                    let tickets: i64 = row.try_get("tickets")?;
                    let tickets = u32::try_from(tickets).unwrap_or(u32::MAX);
                    known.tickets.insert((EventId(event), UserId(id)), tickets);
                }
            }
        }
        Ok(known)
    }
}

fn open_positions(outcomes: &[Option<HoldOutcome>]) -> Vec<usize> {
    (0..outcomes.len()).filter(|at| outcomes[*at].is_none()).collect()
}

fn held(request: &HoldRequest, placed_at: Timestamp) -> HoldOutcome {
    let held_until = placed_at.plus_seconds(i64::from(ttl(request)));
    HoldOutcome::Held { placed_at, held_until }
}

fn ttl(request: &HoldRequest) -> i32 {
    i32::try_from(request.ttl_seconds).unwrap_or(i32::MAX)
}

/// `{1,2,3}`
fn array_literal<T: std::fmt::Display>(values: impl Iterator<Item = T>) -> String {
    let values: Vec<String> = values.map(|value| value.to_string()).collect();
    format!("{{{}}}", values.join(","))
}

/// Seats as PostgreSQL's integers; a number beyond them cannot be a seat of any map.
pub fn seat_numbers(seats: &[SeatIndex]) -> Vec<i32> {
    seats.iter().map(|seat| i32::try_from(seat.0).unwrap_or(-1)).collect()
}

/// PostgreSQL's integers as seats. The schema keeps them at zero or above.
pub fn seats_from(numbers: Vec<i32>) -> Vec<SeatIndex> {
    numbers.into_iter().filter_map(|number| u32::try_from(number).ok()).map(SeatIndex).collect()
}
