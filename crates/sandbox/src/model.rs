//! Intents, refunds and events, and how each looks on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::token::Behaviour;

/// A new id: a prefix such as `pi` and something unguessable.
pub fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::now_v7().simple())
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    Processing,
    Succeeded,
    Canceled,
}

impl IntentStatus {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    pub id: String,
    pub amount_minor: i64,
    /// Refunds that were accepted, whether or not they are carried out yet.
    pub refunded_minor: i64,
    pub currency: String,
    pub created_seconds: i64,
    pub canceled_seconds: Option<i64>,
    pub metadata: BTreeMap<String, String>,
    pub status: IntentStatus,
    /// Whether the last payment method was declined.
    pub declined: bool,
    /// The payment method, reduced to what it will do.
    pub method: Option<Behaviour>,
    /// When the payment ends, while it is processing.
    pub settles_at_ms: Option<i64>,
}

impl Intent {
    fn with_prefix(&self, prefix: &str) -> String {
        self.id.replacen("pi_", prefix, 1)
    }

    fn was_charged(&self) -> bool {
        self.status == IntentStatus::Succeeded
    }

    /// The intent as the API and webhooks show it.
    pub fn to_wire(&self) -> Value {
        json!({
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount_minor,
            "amount_received": if self.was_charged() { self.amount_minor } else { 0 },
            "canceled_at": self.canceled_seconds,
            "capture_method": "automatic",
            "confirmation_method": "automatic",
            "created": self.created_seconds,
            "currency": self.currency,
            "last_payment_error": self.declined.then(decline_to_wire),
            "latest_charge": self.was_charged().then(|| self.with_prefix("ch_")),
            "livemode": false,
            "metadata": self.metadata,
            "payment_method": self.method.map(|_| self.with_prefix("pm_")),
            "payment_method_types": ["card"],
            "status": self.status,
        })
    }

    /// The charge that a paid intent led to.
    pub fn charge_to_wire(&self) -> Value {
        json!({
            "id": self.with_prefix("ch_"),
            "object": "charge",
            "amount": self.amount_minor,
            "amount_refunded": self.refunded_minor,
            "created": self.created_seconds,
            "currency": self.currency,
            "livemode": false,
            "metadata": self.metadata,
            "paid": true,
            "payment_intent": self.id,
            "refunded": self.refunded_minor == self.amount_minor,
            "status": "succeeded",
        })
    }
}

/// The one reason for which cards are declined here.
pub fn decline_to_wire() -> Value {
    json!({
        "type": "card_error",
        "code": "card_declined",
        "decline_code": "generic_decline",
        "message": "Your card was declined.",
    })
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    Pending,
    Succeeded,
    Failed,
}

impl RefundStatus {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// Money given back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refund {
    pub id: String,
    pub intent_id: String,
    pub amount_minor: i64,
    pub currency: String,
    pub created_seconds: i64,
    pub reason: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub status: RefundStatus,
    /// When it is carried out, while it is pending.
    pub settles_at_ms: Option<i64>,
}

impl Refund {
    /// The refund as the API and webhooks show it.
    pub fn to_wire(&self) -> Value {
        json!({
            "id": self.id,
            "object": "refund",
            "amount": self.amount_minor,
            "charge": self.intent_id.replacen("pi_", "ch_", 1),
            "created": self.created_seconds,
            "currency": self.currency,
            "metadata": self.metadata,
            "failure_reason": (self.status == RefundStatus::Failed).then_some("declined"),
            "payment_intent": self.intent_id,
            "reason": self.reason,
            "status": self.status,
        })
    }
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventState {
    /// Held back until another event is closed.
    Waiting,
    /// To be delivered, perhaps under way.
    Pending,
    /// Delivered as often as it should be.
    Delivered,
    /// Every attempt failed.
    Abandoned,
    /// Never to be delivered: that is the token's or the fault's point.
    Lost,
}

impl EventState {
    /// Whether nothing will happen with the event by itself.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Delivered | Self::Abandoned | Self::Lost)
    }
}

/// One event and its deliveries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    pub kind: String,
    /// The intent it is about.
    pub intent_id: String,
    /// The body, the same in every delivery.
    pub body: String,
    pub state: EventState,
    /// How often it is still to be delivered.
    pub copies_left: u32,
    /// When the next attempt is due.
    pub due_ms: i64,
    /// Attempts that failed since the last one that did not; forgotten in a restart.
    #[serde(skip)]
    pub failed_attempts: u32,
    /// The event that waits for this one.
    pub then: Option<String>,
}

impl Event {
    /// The event as administrators see it.
    pub fn to_wire(&self) -> Value {
        json!({
            "id": self.id,
            "type": self.kind,
            "payment_intent": self.intent_id,
            "state": self.state,
            "failed_attempts": self.failed_attempts,
        })
    }
}
