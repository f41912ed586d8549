//! The provider's objects, as far as a box office needs them. Fields that are not listed are
//! ignored, so that the provider may add some.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The key in an intent's metadata under which the booking's id is kept.
pub const BOOKING_ID_KEY: &str = "booking_id";

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentStatus {
    /// No payment method yet, or the last one was declined.
    RequiresPaymentMethod,
    /// A payment method is attached; nobody has confirmed yet.
    RequiresConfirmation,
    /// The payment is under way and can no longer be canceled.
    Processing,
    /// Paid. Final.
    Succeeded,
    /// Given up. Final.
    Canceled,
    /// A state that a box office does not ask for, such as `requires_action`. The payment is open.
    #[serde(other)]
    Other,
}

impl IntentStatus {
    /// The word on the wire; `other` for [`IntentStatus::Other`].
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
            Self::Other => "other",
        }
    }

    /// Whether the status can never change again.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Canceled)
    }
}

/// Why the last payment method was refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PaymentFailure {
    /// The provider's code, such as `card_declined`.
    pub code: Option<String>,
    /// The bank's reason, such as `insufficient_funds`.
    pub decline_code: Option<String>,
    /// A sentence that may be shown to the buyer.
    pub message: Option<String>,
}

/// One attempt to be paid for one booking.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PaymentIntent {
    /// `pi_…`
    pub id: String,
    /// Where it stands.
    pub status: IntentStatus,
    /// What is to be paid, in minor units.
    #[serde(rename = "amount")]
    pub amount_minor: i64,
    /// A currency code in small letters.
    pub currency: String,
    /// When it was created.
    #[serde(rename = "created")]
    pub created_seconds: i64,
    /// Our own notes, among them the booking's id.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Why the last payment method was refused, if one was.
    pub last_payment_error: Option<PaymentFailure>,
}

impl PaymentIntent {
    /// The id of the booking that is paid for, if the intent is one of ours.
    #[must_use]
    pub fn booking_id(&self) -> Option<&str> {
        self.metadata.get(BOOKING_ID_KEY).map(String::as_str)
    }
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// Under way.
    Pending,
    /// The money is on its way back.
    Succeeded,
    /// The bank would not take the money back; somebody must look at it.
    Failed,
    /// Given up before it was carried out.
    Canceled,
    /// A state that a box office does not ask for, such as `requires_action`.
    #[serde(other)]
    Other,
}

/// Money given back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refund {
    /// `re_…`
    pub id: String,
    /// Where it stands.
    pub status: RefundStatus,
    /// What is given back, in minor units.
    #[serde(rename = "amount")]
    pub amount_minor: i64,
    /// A currency code in small letters.
    pub currency: String,
    /// When it was asked for.
    #[serde(rename = "created")]
    pub created_seconds: i64,
    /// The intent that was paid.
    pub payment_intent: Option<String>,
}

/// The movement of money that an intent led to; `charge.refunded` carries one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Charge {
    /// `ch_…`
    pub id: String,
    /// What was paid, in minor units.
    #[serde(rename = "amount")]
    pub amount_minor: i64,
    /// What has been given back so far, in minor units.
    #[serde(rename = "amount_refunded")]
    pub refunded_minor: i64,
    /// A currency code in small letters.
    pub currency: String,
    /// The intent that was paid.
    pub payment_intent: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_fields_that_come_later_are_read_too() {
        let json = r#"{"id":"pi_1","object":"payment_intent","status":"requires_action","amount":500,
            "currency":"eur","created":1,"next_action":{"type":"redirect"},"metadata":{"booking_id":"b1"}}"#;
        let intent: PaymentIntent = serde_json::from_str(json).expect("an intent");
        assert_eq!(intent.status, IntentStatus::Other);
        assert_eq!(intent.booking_id(), Some("b1"));
        assert_eq!(intent.last_payment_error, None);
        assert!(!intent.status.is_final());
    }

    #[test]
    fn words_match_the_wire() {
        for status in [
            IntentStatus::RequiresPaymentMethod,
            IntentStatus::RequiresConfirmation,
            IntentStatus::Processing,
            IntentStatus::Succeeded,
            IntentStatus::Canceled,
        ] {
            let word = format!("\"{}\"", status.as_str());
            assert_eq!(serde_json::from_str::<IntentStatus>(&word).expect("a status"), status);
        }
    }
}
