//! What happened at the provider.

use std::fmt;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::WebhookError;
use crate::{Charge, PaymentIntent, Refund};

/// Event ids become primary keys; the provider's are some thirty characters long.
const ID_LIMIT_CHARACTERS: usize = 255;

/// What kind of thing happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// `payment_intent.processing`
    PaymentProcessing,
    /// `payment_intent.succeeded`
    PaymentSucceeded,
    /// `payment_intent.payment_failed`
    PaymentFailed,
    /// `payment_intent.canceled`
    PaymentCanceled,
    /// `charge.refunded`
    ChargeRefunded,
    /// `refund.updated`
    RefundUpdated,
    /// `refund.failed`
    RefundFailed,
    /// Any other type, as it was written.
    Other(String),
}

impl EventKind {
    /// Reads the type of an event.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "payment_intent.processing" => Self::PaymentProcessing,
            "payment_intent.succeeded" => Self::PaymentSucceeded,
            "payment_intent.payment_failed" => Self::PaymentFailed,
            "payment_intent.canceled" => Self::PaymentCanceled,
            "charge.refunded" => Self::ChargeRefunded,
            "refund.updated" => Self::RefundUpdated,
            "refund.failed" => Self::RefundFailed,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The type as the provider writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::PaymentProcessing => "payment_intent.processing",
            Self::PaymentSucceeded => "payment_intent.succeeded",
            Self::PaymentFailed => "payment_intent.payment_failed",
            Self::PaymentCanceled => "payment_intent.canceled",
            Self::ChargeRefunded => "charge.refunded",
            Self::RefundUpdated => "refund.updated",
            Self::RefundFailed => "refund.failed",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What it happened to, as it stood then. By the time an event is read, the object may have moved
/// on.
#[derive(Debug, Clone, PartialEq)]
pub enum EventObject {
    /// A payment.
    PaymentIntent(PaymentIntent),
    /// Money given back.
    Refund(Refund),
    /// A movement of money.
    Charge(Charge),
    /// An object of another kind, as it was written.
    Unknown(Value),
}

/// One event. The provider may deliver it more than once, under the same id.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookEvent {
    /// `evt_…`
    pub id: String,
    /// What happened.
    pub kind: EventKind,
    /// When it happened.
    pub created_seconds: i64,
    /// What it happened to.
    pub object: EventObject,
}

#[derive(Deserialize)]
struct WireEvent {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: i64,
    data: WireData,
}

#[derive(Deserialize)]
struct WireData {
    object: Value,
}

impl WebhookEvent {
    /// Reads a body whose signature has been checked.
    ///
    /// # Errors
    /// [`WebhookError::MalformedBody`] when it is not an event, or carries an intent, a refund or
    /// a charge that cannot be read.
    pub fn parse(body: &[u8]) -> Result<Self, WebhookError> {
        let event: WireEvent = serde_json::from_slice(body).map_err(malformed)?;
        if event.id.is_empty() || event.id.chars().count() > ID_LIMIT_CHARACTERS {
            return Err(malformed("its id is empty or too long"));
        }
        Ok(Self {
            object: EventObject::from_wire(event.data.object)?,
            id: event.id,
            kind: EventKind::parse(&event.kind),
            created_seconds: event.created,
        })
    }

    /// The id of the intent that the event is about, if it is about one.
    #[must_use]
    pub fn intent_id(&self) -> Option<&str> {
        match &self.object {
            EventObject::PaymentIntent(intent) => Some(&intent.id),
            EventObject::Refund(refund) => refund.payment_intent.as_deref(),
            EventObject::Charge(charge) => charge.payment_intent.as_deref(),
            EventObject::Unknown(_) => None,
        }
    }
}

impl EventObject {
    fn from_wire(object: Value) -> Result<Self, WebhookError> {
        match object.get("object").and_then(Value::as_str) {
            Some("payment_intent") => typed(object).map(Self::PaymentIntent),
            Some("refund") => typed(object).map(Self::Refund),
            Some("charge") => typed(object).map(Self::Charge),
            _ => Ok(Self::Unknown(object)),
        }
    }
}

fn typed<T: DeserializeOwned>(object: Value) -> Result<T, WebhookError> {
    serde_json::from_value(object).map_err(malformed)
}

fn malformed(reason: impl fmt::Display) -> WebhookError {
    WebhookError::MalformedBody { reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{IntentStatus, RefundStatus};

    fn parse(kind: &str, object: Value) -> Result<WebhookEvent, WebhookError> {
        let event = json!({"id": "evt_1", "object": "event", "type": kind, "created": 7,
            "livemode": false, "data": {"object": object}});
        WebhookEvent::parse(event.to_string().as_bytes())
    }

    #[test]
    fn payments_refunds_and_charges_are_read() {
        let event = parse(
            "payment_intent.succeeded",
            json!({"object": "payment_intent", "id": "pi_1", "amount": 500, "currency": "eur",
                "status": "succeeded", "created": 5, "metadata": {"booking_id": "b1"}}),
        )
        .expect("an event");
        assert_eq!(event.kind, EventKind::PaymentSucceeded);
        assert_eq!((event.created_seconds, event.intent_id()), (7, Some("pi_1")));
        let EventObject::PaymentIntent(intent) = event.object else { panic!("an intent") };
        assert_eq!(intent.status, IntentStatus::Succeeded);
        assert_eq!(intent.booking_id(), Some("b1"));

        let event = parse(
            "refund.updated",
            json!({"object": "refund", "id": "re_1", "amount": 5, "currency": "eur",
                "status": "failed", "created": 5, "payment_intent": "pi_1"}),
        )
        .expect("an event");
        assert_eq!(event.intent_id(), Some("pi_1"));
        let EventObject::Refund(refund) = event.object else { panic!("a refund") };
        assert_eq!(refund.status, RefundStatus::Failed);

        let event = parse(
            "charge.refunded",
            json!({"object": "charge", "id": "ch_1", "amount": 5, "amount_refunded": 5,
                "currency": "eur", "payment_intent": "pi_1"}),
        )
        .expect("an event");
        assert_eq!(event.intent_id(), Some("pi_1"));
    }

    #[test]
    fn what_is_unknown_is_kept() {
        let object = json!({"object": "payout", "id": "po_1"});
        let event = parse("payout.paid", object.clone()).expect("an event");
        assert_eq!(event.kind, EventKind::Other("payout.paid".into()));
        assert_eq!(event.kind.to_string(), "payout.paid");
        assert_eq!(event.object, EventObject::Unknown(object));
        assert_eq!(event.intent_id(), None);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let bodies = [
            String::new(),
            "[]".to_owned(),
            json!({"id": "evt_1"}).to_string(),
            json!({"id": "", "type": "a", "created": 1, "data": {"object": {}}}).to_string(),
            json!({"id": "e".repeat(256), "type": "a", "created": 1, "data": {"object": {}}})
                .to_string(),
            json!({"id": "evt_1", "type": "payment_intent.succeeded", "created": 1,
                "data": {"object": {"object": "payment_intent", "id": "pi_1"}}})
            .to_string(),
        ];
        for body in bodies {
            let read = WebhookEvent::parse(body.as_bytes());
            assert!(matches!(read, Err(WebhookError::MalformedBody { .. })), "{body}");
        }
    }

    #[test]
    fn words_match_the_wire() {
        for word in [
            "payment_intent.processing",
            "payment_intent.succeeded",
            "payment_intent.payment_failed",
            "payment_intent.canceled",
            "charge.refunded",
            "refund.updated",
            "refund.failed",
        ] {
            let kind = EventKind::parse(word);
            assert!(!matches!(kind, EventKind::Other(_)));
            assert_eq!(kind.as_str(), word);
        }
    }
}
