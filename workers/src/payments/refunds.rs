//! Giving money back, and finding out whether it arrived.

use onsale_domain::BookingId;
use onsale_payments::{NewRefund, ProviderError, Refund, RefundStatus};
use onsale_store::{PaymentRecord, RefundNews};

use super::{Failure, SET_ASIDE};
use crate::Workshop;

/// The provider's word for money that is back already.
const ALREADY_REFUNDED: &str = "charge_already_refunded";

/// Gives the money of a booking back. What it is asked for twice, the provider does once; a refund
/// that failed is asked for again under another key.
pub async fn give_back(
    shop: &Workshop,
    booking: BookingId,
    payment: &PaymentRecord,
) -> Result<(), Failure> {
    let Some(intent_id) = &payment.intent_id else {
        // Paid over the counter, and given back there.
        shop.store.refunded(booking, None, true).await?;
        return Ok(());
    };
    let idempotency_key = match payment.refund_attempts {
        0 => format!("refund-{booking}"),
        attempt => format!("refund-{booking}-{attempt}"),
    };
    let wish = NewRefund { intent_id, amount_minor: None, idempotency_key: &idempotency_key };
    let refund = match shop.provider.refund(&wish).await {
        Ok(refund) => refund,
        Err(ProviderError::Rejected { code, .. }) if code == ALREADY_REFUNDED => {
            match refund_under_way(shop, intent_id).await? {
                Some(refund) => refund,
                None => {
                    let reason = format!("{intent_id} is said to be refunded, and has no refund");
                    return Err(Failure::Unreadable(reason));
                }
            }
        }
        Err(error) => return Err(error.into()),
    };
    match news_of(&refund) {
        Some(RefundNews::Failed) => refused(shop, booking, &refund).await,
        news => {
            let settled = news == Some(RefundNews::Settled);
            shop.store.refunded(booking, Some(&refund.id), settled).await?;
            metrics::counter!("onsale_refunds_total").increment(1);
            tracing::info!(%booking, refund = refund.id, "the money goes back");
            Ok(())
        }
    }
}

/// The newest refund of an intent that has not failed: somebody may have given the money back by
/// hand.
async fn refund_under_way(shop: &Workshop, intent_id: &str) -> Result<Option<Refund>, Failure> {
    let refunds = shop.provider.list_refunds(intent_id).await?;
    let stands = |refund: &Refund| news_of(refund) != Some(RefundNews::Failed);
    Ok(refunds.into_iter().find(stands))
}

/// Finds out what became of a refund that was accepted.
pub async fn follow(
    shop: &Workshop,
    booking: BookingId,
    payment: &PaymentRecord,
) -> Result<(), Failure> {
    let Some(refund_id) = &payment.refund_id else { return Ok(()) };
    let refund = shop.provider.retrieve_refund(refund_id).await?;
    match news_of(&refund) {
        Some(news) => note(shop, booking, &refund, news).await,
        None => Ok(shop.store.set_payment_aside(booking, SET_ASIDE).await?),
    }
}

/// Applies what a webhook says about a refund.
pub async fn apply_news(shop: &Workshop, provider: &str, refund: &Refund) -> Result<(), Failure> {
    let (Some(intent_id), Some(news)) = (&refund.payment_intent, news_of(refund)) else {
        return Ok(());
    };
    match shop.store.booking_of_intent(provider, intent_id).await? {
        Some(booking) => note(shop, booking, refund, news).await,
        None => Ok(()),
    }
}

async fn note(
    shop: &Workshop,
    booking: BookingId,
    refund: &Refund,
    news: RefundNews,
) -> Result<(), Failure> {
    if shop.store.refund_news(booking, &refund.id, news).await? {
        metrics::counter!("onsale_refunds_failed_total").increment(1);
        tracing::error!(%booking, refund = refund.id, "the refund failed; it will be tried again");
    }
    Ok(())
}

async fn refused(shop: &Workshop, booking: BookingId, refund: &Refund) -> Result<(), Failure> {
    metrics::counter!("onsale_refunds_failed_total").increment(1);
    tracing::error!(%booking, refund = refund.id, "the bank would not take the money back");
    Ok(shop.store.refund_refused(booking).await?)
}

/// What a refund's status says; nothing while it is under way.
const fn news_of(refund: &Refund) -> Option<RefundNews> {
    match refund.status {
        RefundStatus::Succeeded => Some(RefundNews::Settled),
        RefundStatus::Failed | RefundStatus::Canceled => Some(RefundNews::Failed),
        RefundStatus::Pending | RefundStatus::Other => None,
    }
}
