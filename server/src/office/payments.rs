//! Starting a payment. Whether it succeeded is told by the provider's webhook only.

use std::time::Duration;

use onsale_app::{
    api::{BookingDetail, ConfirmRequest, Problem, ProblemCode},
    backend::BookingAccess,
};
use onsale_domain::{
    BookingId,
    booking::{HoldRules, PaymentRefused},
};
use onsale_ops::Settings;
use onsale_payments::{Confirmation, NewIntent, ProviderError, Secret};
use onsale_store::{
    BeginPayment, BegunPayment, BookingRecord, FailedTry, MadeIntent, PaymentRecord, Store,
};

use super::{
    BoxOffice,
    gathering::Gathering,
    problems::{booking_not_found, invalid, of_purchase, store_problem},
};

/// The provider, or whatever speaks its protocol.
pub const PROVIDER: &str = "stripe";
/// The provider's word for an intent that is paid, being paid, or given up.
const UNDER_WAY: &str = "payment_intent_unexpected_state";
/// Characters of a payment token; the provider's have some thirty.
const MAX_TOKEN_CHARS: usize = 255;
/// Characters of an e-mail address, by RFC 5321.
const MAX_EMAIL_CHARS: usize = 254;

/// Where payments are written that begin at about the same time.
pub(super) struct Paying {
    begin: Gathering<BeginPayment, BegunPayment>,
    record: Gathering<MadeIntent, bool>,
}

impl Paying {
    /// Begins to take payments. Ends with the runtime.
    pub fn new(settings: &Settings, store: &Store) -> Self {
        let rules = HoldRules {
            payment_window_seconds: settings.booking.payment_window_seconds,
            max_hold_seconds: settings.booking.max_hold_seconds,
        };
        let together = usize::from(settings.database.max_writes_together);
        let (beginning, recording) = (store.clone(), store.clone());
        let begin = Gathering::new(together, move |wishes: Vec<BeginPayment>| {
            let store = beginning.clone();
            async move { store.begin_payments(&wishes, PROVIDER, rules).await }
        });
        let record = Gathering::new(together, move |intents: Vec<MadeIntent>| {
            let store = recording.clone();
            async move { store.record_intents(&intents).await }
        });
        Self { begin, record }
    }
}

impl BoxOffice {
    /// Starts the payment of a booking.
    pub async fn confirm(
        &self,
        access: &BookingAccess,
        id: BookingId,
        request: &ConfirmRequest,
    ) -> Result<BookingDetail, Problem> {
        let token = read_token(request)?;
        let email = read_email(request)?.map(str::to_owned);
        let payer = match access {
            BookingAccess::Owner(user) => Some(*user),
            BookingAccess::Secret(secret) if self.signer.opens_booking(id, secret) => None,
            BookingAccess::Secret(_) => return Err(booking_not_found()),
        };
        let wish = BeginPayment { booking: id, payer, email };
        match self.paying.begin.add(wish).await.map_err(of_purchase)? {
            BegunPayment::Begun { booking, payment } => {
                match self.intent_for(&booking, &payment).await? {
                    Some(intent_id) => {
                        self.pay(&payment, &intent_id, &token).await?;
                        self.detail(*booking).await
                    }
                    // The booking went on without this try, and nothing was paid by it.
                    None => self.detail(self.accessible(access, id).await?).await,
                }
            }
            BegunPayment::Refused(refused, booking) => self.refused(refused, *booking).await,
            BegunPayment::Unknown => Err(booking_not_found()),
        }
    }

    /// Asking again for what is under way or done is no mistake: it is answered with the booking.
    async fn refused(
        &self,
        refused: PaymentRefused,
        booking: BookingRecord,
    ) -> Result<BookingDetail, Problem> {
        match refused {
            PaymentRefused::AlreadyProcessing | PaymentRefused::AlreadyConfirmed => {
                self.detail(booking).await
            }
            PaymentRefused::HoldExpired => Err(Problem::new(
                ProblemCode::HoldExpired,
                "The hold has run out and the seats are back on sale. This try charged nothing.",
            )),
            PaymentRefused::EventCancelled => Err(Problem::new(
                ProblemCode::NotOnSale,
                "The event was called off. Nothing was charged.",
            )),
            PaymentRefused::Closed => Err(Problem::new(
                ProblemCode::BookingClosed,
                "This booking is closed. Nothing was charged.",
            )),
        }
    }

    async fn pay(
        &self,
        payment: &PaymentRecord,
        intent_id: &str,
        token: &Secret,
    ) -> Result<(), Problem> {
        let booking_id = payment.booking.to_string();
        let confirmation = Confirmation {
            intent_id,
            booking_id: &booking_id,
            attempt: u32::try_from(payment.attempts).unwrap_or_default(),
            token,
        };
        let outcome = match self.provider.confirm_intent(&confirmation).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        match outcome {
            // The money may be moving. The webhook will tell, or the sweep will ask.
            ProviderError::Unavailable { reason } | ProviderError::Malformed { reason } => {
                tracing::warn!(booking_id, reason, "the provider's answer is not known");
                Ok(())
            }
            ProviderError::Declined { code, message } => {
                tracing::info!(booking_id, code, "declined");
                self.note_failure(payment, "declined").await?;
                let detail = format!("{message} Your seats are still held; try another card.");
                Err(Problem::new(ProblemCode::PaymentDeclined, detail))
            }
            // Another request pays it already; what comes of that, its webhook tells.
            ProviderError::Rejected { code, .. } if code == UNDER_WAY => Ok(()),
            ProviderError::Rejected { code, message, .. } => {
                tracing::warn!(booking_id, code, message, "the provider refused the token");
                self.note_failure(payment, "none").await?;
                Err(invalid("paymentToken", "the payment provider does not accept this token"))
            }
        }
    }

    /// The id of the booking's intent, stored before anybody can pay it. `None` when the payment
    /// was no longer awaited by then, and the intent must not be paid.
    async fn intent_for(
        &self,
        booking: &BookingRecord,
        payment: &PaymentRecord,
    ) -> Result<Option<String>, Problem> {
        if let Some(intent_id) = &payment.intent_id {
            return Ok(Some(intent_id.clone()));
        }
        let booking_id = booking.id.to_string();
        let intent = NewIntent {
            booking_id: &booking_id,
            amount_minor: booking.total.minor,
            currency: booking.total.currency.code(),
        };
        match self.provider.create_intent(&intent).await {
            Ok(intent) => {
                let made = MadeIntent { booking: booking.id, intent_id: intent.id.clone() };
                Ok(self.paying.record.add(made).await?.then_some(intent.id))
            }
            Err(error) => {
                tracing::warn!(booking_id, %error, "no intent could be made");
                self.note_failure(payment, "none").await?;
                Err(Problem::new(
                    ProblemCode::PaymentUnavailable,
                    "The payment provider does not answer. Nothing was charged and your seats are still held.",
                )
                .retry_after(5))
            }
        }
    }

    async fn note_failure(&self, payment: &PaymentRecord, outcome: &str) -> Result<(), Problem> {
        let failed = FailedTry {
            booking: payment.booking,
            attempt: payment.attempts,
            outcome,
            not_before: Duration::ZERO,
        };
        self.store.payment_failed(failed).await.map_err(|error| store_problem(&error))
    }
}

fn read_token(request: &ConfirmRequest) -> Result<Secret, Problem> {
    let token = request.payment_token.trim();
    let usable = token.chars().all(|letter| letter.is_ascii_graphic());
    if token.is_empty() || token.len() > MAX_TOKEN_CHARS || !usable {
        let reason = "must be a token of the payment provider, such as tok_visa";
        return Err(invalid("paymentToken", reason));
    }
    Secret::parse(token).map_err(|error| invalid("paymentToken", error))
}

/// An address is checked for its shape only; whether it exists, a message to it tells.
fn read_email(request: &ConfirmRequest) -> Result<Option<&str>, Problem> {
    let Some(email) = request.email.as_deref().map(str::trim).filter(|email| !email.is_empty())
    else {
        return Ok(None);
    };
    let shaped = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.len() >= 3 && host.contains('.') && !host.contains('@')
    });
    let printable = !email.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    if !shaped || !printable || email.len() > MAX_EMAIL_CHARS {
        return Err(invalid("email", "must be an e-mail address, such as fan@example.com"));
    }
    Ok(Some(email))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_email(email: &str) -> ConfirmRequest {
        ConfirmRequest { payment_token: "tok_visa".into(), email: Some(email.into()) }
    }

    #[test]
    fn addresses_are_checked_for_their_shape() {
        assert_eq!(read_email(&with_email(" fan@example.com ")), Ok(Some("fan@example.com")));
        assert_eq!(read_email(&with_email("")), Ok(None));
        for faulty in ["fan", "@example.com", "fan@", "fan@example", "a b@example.com", "a@b@c.de"]
        {
            let problem = read_email(&with_email(faulty)).expect_err(faulty);
            assert_eq!(problem.field.as_deref(), Some("email"));
        }
    }

    #[test]
    fn a_token_is_a_token() {
        for faulty in ["", " ", "tok visa", "tök", &"t".repeat(256)] {
            let request = ConfirmRequest { payment_token: faulty.into(), email: None };
            let problem = read_token(&request).expect_err(faulty);
            assert_eq!(problem.field.as_deref(), Some("paymentToken"));
        }
    }
}
