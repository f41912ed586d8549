//! Money that has come: what it does to its booking, for many payments in one transaction.

use std::collections::HashSet;

use onsale_domain::{
    BookingId, Money,
    booking::{PaymentVerdict, RefundReason},
};
use sqlx::{Acquire, PgConnection};

use crate::{
    Store, StoreError,
    bookings::{BookingRecord, Freed, free_seats, lock_bookings},
    holds::seat_numbers,
    inbox::{InboxKey, note_processed},
};

/// Money that has come for a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoneyCame {
    /// The booking.
    pub booking: BookingId,
    /// How much.
    pub paid: Money,
}

/// What news of a payment did to its booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The seats are sold.
    Confirmed,
    /// The money must go back, for this reason.
    RefundDue(RefundReason),
    /// It was known before, or did not matter.
    Unchanged,
    /// There is no such booking.
    UnknownBooking,
}

/// A seat is sold to a booking that holds it, or that asks for a seat nobody holds: the same guard
/// serves payments that come in time and payments that come late.
const SELL_SEATS: &str = "
    UPDATE tickets AS t
       SET status = 'sold', booking_id = w.booking, held_until = NULL
      FROM unnest($1::uuid[], $2::bigint[], $3::integer[]) AS w (booking, event, seat)
     WHERE t.event_id = w.event AND t.seat = w.seat
       AND (t.status = 'available'
            OR (t.status = 'held' AND (t.booking_id = w.booking OR t.held_until <= now())))";

impl Store {
    /// Does what must be done with money that has come: sells each booking its seats, or notes that
    /// the money must go back. The webhooks that told of it are noted as applied in the same
    /// transaction. Telling anything again changes nothing. The answers are in the order of the
    /// news.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then nothing was changed.
    pub async fn payments_succeeded(
        &self,
        news: &[MoneyCame],
        webhooks: &[InboxKey],
    ) -> Result<Vec<Settlement>, StoreError> {
        let mut tx = self.pool.begin().await?;
        let settlements = match news {
            [] => Vec::new(),
            news => settle(&mut tx, news).await?,
        };
        note_processed(&mut tx, webhooks).await?;
        tx.commit().await?;
        Ok(settlements)
    }
}

async fn settle(
    connection: &mut PgConnection,
    news: &[MoneyCame],
) -> Result<Vec<Settlement>, StoreError> {
    let ids: Vec<BookingId> = news.iter().map(|news| news.booking).collect();
    let rows = lock_bookings(connection, &ids).await?;
    let known: HashSet<BookingId> = rows.iter().map(|booking| booking.id).collect();
    let mut settlements: Vec<Settlement> = news
        .iter()
        .map(|news| match known.contains(&news.booking) {
            true => Settlement::Unchanged,
            false => Settlement::UnknownBooking,
        })
        .collect();
    let (mut claims, mut refunds) = (Vec::new(), Vec::new());
    for booking in &rows {
        // Told twice in one batch, it counts once.
        let Some(at) = news.iter().position(|news| news.booking == booking.id) else { continue };
        let paid = news[at].paid;
        match booking.state.payment_succeeded(paid, booking.total, booking.event_cancelled) {
            PaymentVerdict::NothingToDo => {}
            PaymentVerdict::ClaimSeats => claims.push((at, booking)),
            PaymentVerdict::Refund(reason) => refunds.push((at, booking.id, reason)),
        }
    }
    let lost = sell(connection, &claims).await?;
    for (at, booking) in claims {
        if lost.contains(&booking.id) {
            refunds.push((at, booking.id, RefundReason::SeatsGone));
        } else {
            settlements[at] = Settlement::Confirmed;
        }
    }
    for (at, _, reason) in &refunds {
        settlements[*at] = Settlement::RefundDue(*reason);
    }
    write(connection, news, &settlements).await?;
    let refunds: Vec<BookingId> = refunds.into_iter().map(|(_, booking, _)| booking).collect();
    if !refunds.is_empty() {
        free_seats(connection, &refunds, Freed::Held).await?;
    }
    Ok(settlements)
}

/// Sells the bookings their seats and returns those of which somebody else has a seat. All are
/// tried together; only when that fails is each tried on its own.
async fn sell(
    connection: &mut PgConnection,
    claims: &[(usize, &BookingRecord)],
) -> Result<HashSet<BookingId>, StoreError> {
    let bookings: Vec<&BookingRecord> = claims.iter().map(|(_, booking)| *booking).collect();
    if bookings.is_empty() || sell_all_or_none(connection, &bookings).await? {
        return Ok(HashSet::new());
    }
    let mut lost = HashSet::new();
    for booking in bookings {
        if claims.len() == 1 || !sell_all_or_none(connection, &[booking]).await? {
            lost.insert(booking.id);
        }
    }
    Ok(lost)
}

/// Sells all of the bookings all of their seats; `false`, and nothing changed, when one of the
/// seats is somebody else's.
async fn sell_all_or_none(
    connection: &mut PgConnection,
    bookings: &[&BookingRecord],
) -> Result<bool, StoreError> {
    let mut wanted = Vec::new();
    for booking in bookings {
        let seats = seat_numbers(&booking.seats).into_iter();
        wanted.extend(seats.map(|seat| (booking.event.0, seat, booking.id.0)));
    }
    // In the order in which holds are placed on them, as far as the plan keeps to it: so they hardly
    // ever wait for each other in a circle. Who does is undone, and tries again.
    wanted.sort_unstable();
    let mut savepoint = connection.begin().await?;
    let sold = sqlx::query(SELL_SEATS)
        .bind(wanted.iter().map(|w| w.2).collect::<Vec<_>>())
        .bind(wanted.iter().map(|w| w.0).collect::<Vec<_>>())
        .bind(wanted.iter().map(|w| w.1).collect::<Vec<_>>())
        .execute(&mut *savepoint)
        .await?
        .rows_affected();
    if usize::try_from(sold) == Ok(wanted.len()) {
        savepoint.commit().await?;
        return Ok(true);
    }
    savepoint.rollback().await?;
    Ok(false)
}

async fn write(
    connection: &mut PgConnection,
    news: &[MoneyCame],
    settlements: &[Settlement],
) -> Result<(), StoreError> {
    let (mut ids, mut statuses, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    for (news, settlement) in news.iter().zip(settlements) {
        let (status, reason) = match settlement {
            Settlement::Confirmed => ("confirmed", None),
            Settlement::RefundDue(reason) => ("refund_due", Some(reason.as_str())),
            Settlement::Unchanged | Settlement::UnknownBooking => continue,
        };
        ids.push(news.booking.0);
        statuses.push(status);
        reasons.push(reason);
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "WITH paid AS (
            UPDATE payments
               SET succeeded_at = coalesce(succeeded_at, now()), cancelled_at = NULL,
                   updated_at = now()
             WHERE booking_id = ANY($1))
         UPDATE bookings AS b
            SET status = w.status::booking_status, payment = 'succeeded', held_until = NULL,
                refund_reason = w.reason, updated_at = now()
           FROM unnest($1::uuid[], $2::text[], $3::text[]) AS w (id, status, reason)
          WHERE b.id = w.id",
    )
    .bind(ids)
    .bind(statuses)
    .bind(reasons)
    .execute(connection)
    .await?;
    Ok(())
}
