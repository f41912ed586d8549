//! A payment provider spoken to in Stripe's conventions, and its signed webhooks.
//!
//! [`PaymentProvider`] is the client: it creates, confirms, cancels and refunds payment intents,
//! every write under an idempotency key, so that a write may be sent again after any failure.
//! [`webhook`] reads what the provider tells us: signature and age first, then the event.
//!
//! Amounts are whole minor units; times are seconds since 1970-01-01T00:00:00Z.

mod client;
mod error;
pub mod http_client;
mod objects;
mod secret;
pub mod webhook;

pub use client::{
    Confirmation, IntentPage, IntentQuery, NewIntent, NewRefund, PaymentProvider, ProviderSettings,
};
pub use error::{ProviderError, SetupError};
pub use objects::{
    BOOKING_ID_KEY, Charge, IntentStatus, PaymentFailure, PaymentIntent, Refund, RefundStatus,
};
pub use secret::{EmptySecret, Secret};
