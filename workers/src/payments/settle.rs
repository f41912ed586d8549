//! Looking at a payment: how it stands at the provider, and what is due by that.

use std::time::Duration;

use onsale_domain::{
    BookingId,
    booking::BookingState,
    payment::{IntentStanding, PaymentDue},
};
use onsale_payments::{IntentStatus, PaymentIntent, ProviderError};
use onsale_store::{BookingRecord, FailedTry};

use super::{
    Failure, refunds,
    webhooks::{money_of, tell},
};
use crate::Workshop;

/// Finds out how a booking's payment stands, and does what is due. A try that seems to have failed
/// is given `patience`.
pub async fn look_at(
    shop: &Workshop,
    booking: BookingId,
    patience: Duration,
) -> Result<(), Failure> {
    let Some(record) = shop.store.booking(booking).await? else { return Ok(()) };
    let Some(payment) = shop.store.payment(booking).await? else { return Ok(()) };
    if record.state.must_give_back() {
        return refunds::give_back(shop, booking, &payment).await;
    }
    if record.state == BookingState::Refunded {
        return refunds::follow(shop, booking, &payment).await;
    }
    let failed =
        |outcome| FailedTry { booking, attempt: payment.attempts, outcome, not_before: patience };
    match &payment.intent_id {
        Some(intent_id) => settle_intent(shop, &record, intent_id, failed("declined")).await,
        // The provider was never asked, or its answer never came: no money can have moved,
        // because an intent is paid only after its id was stored.
        None => Ok(shop.store.payment_failed(failed("none")).await?),
    }
}

async fn settle_intent(
    shop: &Workshop,
    booking: &BookingRecord,
    intent_id: &str,
    failed: FailedTry<'_>,
) -> Result<(), Failure> {
    let intent = shop.provider.retrieve_intent(intent_id).await?;
    match booking.state.due(standing_of(&intent)) {
        PaymentDue::TakeMoney => {
            let came = money_of(booking.id, &intent)?;
            for settlement in shop.store.payments_succeeded(&[came], &[]).await? {
                tell(shop, booking.id, settlement).await;
            }
        }
        PaymentDue::CancelIntent => cancel(shop, booking.id, intent_id).await?,
        PaymentDue::NoteCancelled => {
            shop.store.payment_failed(failed).await?;
            shop.store.intent_cancelled(booking.id).await?;
        }
        PaymentDue::NoteFailure => shop.store.payment_failed(failed).await?,
        // Its webhook will come, or the sweep asks again.
        PaymentDue::Wait => {}
    }
    Ok(())
}

const fn standing_of(intent: &PaymentIntent) -> IntentStanding {
    match intent.status {
        IntentStatus::Succeeded => IntentStanding::Paid,
        IntentStatus::Canceled => IntentStanding::Cancelled,
        IntentStatus::RequiresPaymentMethod => IntentStanding::Open,
        _ => IntentStanding::Processing,
    }
}

/// Cancels an intent that nobody waits for. When its money is already under way it cannot be
/// cancelled; then it comes late and is dealt with then.
async fn cancel(shop: &Workshop, booking: BookingId, intent_id: &str) -> Result<(), Failure> {
    match shop.provider.cancel_intent(intent_id).await {
        Ok(_) => Ok(shop.store.intent_cancelled(booking).await?),
        Err(ProviderError::Rejected { code, .. }) => {
            tracing::info!(%booking, code, "the intent cannot be cancelled now");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
