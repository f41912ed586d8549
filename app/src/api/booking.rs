//! Reserving, paying and what came of it.

use onsale_domain::{BookingId, EventId, Money, TicketId, Timestamp};
use serde::{Deserialize, Serialize};

use super::event::{LocalTime, VenueSummary};

/// What a buyer wants: named tickets, or the best that is left.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ReserveRequest {
    /// The tickets, all of one event; all are held or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<Vec<String>>, example = json!(["1-14", "1-15"])))]
    pub ticket_ids: Option<Vec<TicketId>>,
    /// One ticket, the same as a list of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub ticket_id: Option<TicketId>,
    /// For best available: the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub event_id: Option<EventId>,
    /// For best available: how many, side by side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u16>,
    /// For best available: the name of a price category; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_category: Option<String>,
}

/// How the buyer pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ConfirmRequest {
    /// A token of the payment provider; card numbers never reach us.
    #[cfg_attr(feature = "ssr", schema(example = "tok_visa"))]
    pub payment_token: String,
    /// Where the tickets are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(example = "fan@example.com"))]
    pub email: Option<String>,
}

/// The payment part of a booking in one call.
pub type PaymentDetails = ConfirmRequest;

/// A booking in one call: reserve, then pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct BookOnce {
    /// The tickets, all of the event in the path.
    #[cfg_attr(feature = "ssr", schema(value_type = Vec<String>))]
    pub ticket_ids: Vec<TicketId>,
    /// How the buyer pays.
    pub payment_details: PaymentDetails,
}

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum BookingStatus {
    /// The seats are held; the payment is still to come or under way.
    InProgress,
    /// Paid; the seats are sold.
    Confirmed,
    /// The hold ran out unpaid. If the payment is `processing`, a try had begun: the booking may
    /// still become confirmed, or its money come and go back, so ask again.
    Expired,
    /// The buyer gave the seats back. If the payment is `processing`, as above.
    Released,
    /// Paid, and the seats are not this booking's (any more): the money is on its way back.
    RefundDue,
    /// The money was returned.
    Refunded,
}

/// Where the payment of a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum PaymentState {
    /// Nothing was paid. Of a booking that has ended: and nothing can be.
    None,
    /// The provider is working on it, or it is not certain yet that nothing is paid.
    Processing,
    /// The last try was declined; another may follow.
    Declined,
    /// Paid.
    Succeeded,
    /// Returned.
    Refunded,
}

/// A seat of a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct BookingTicket {
    /// The ticket.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub id: TicketId,
    /// Name of the section.
    pub section: String,
    /// Label of the row; none in a general-admission area.
    pub row: Option<String>,
    /// Label of the seat; none in a general-admission area.
    pub seat: Option<String>,
    /// Name of the price category.
    pub price_category: String,
    /// What it costs, all fees included.
    #[cfg_attr(feature = "ssr", schema(value_type = super::MoneySchema))]
    pub price: Money,
}

/// A booking as its owner sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct BookingDetail {
    /// The booking.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub booking_id: BookingId,
    /// Where it stands.
    pub status: BookingStatus,
    /// Where its payment stands.
    pub payment: PaymentState,
    /// The event.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub event_id: EventId,
    /// Its title.
    pub event_title: String,
    /// "Jazz", "Theatre", "Sport" …
    pub event_genre: String,
    /// When it starts, on the venue's clock.
    pub starts_local: LocalTime,
    /// Where it takes place.
    pub venue: VenueSummary,
    /// The seats.
    pub seats: Vec<BookingTicket>,
    /// What they cost together, all fees included.
    #[cfg_attr(feature = "ssr", schema(value_type = super::MoneySchema))]
    pub total: Money,
    /// When the hold runs out; absent once the booking is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub expires_at: Option<Timestamp>,
    /// The time of the server's clock when it wrote this, so that a countdown need not trust the
    /// browser's clock.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub as_of: Timestamp,
    /// A link that opens this booking on any device; only the owner is told.
    pub secret_url: String,
    /// The address given at checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Until when the booking can be cancelled for its money back; absent when it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancellable_until: Option<CancelDeadline>,
    /// Why the money goes back; absent unless it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_reason: Option<RefundCause>,
}

/// The last moment at which a paid booking can be cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct CancelDeadline {
    /// The moment.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub at: Timestamp,
    /// On the venue's clock.
    pub local: LocalTime,
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum RefundCause {
    /// It came after the hold had run out, and a seat was somebody else's.
    SeatsGone,
    /// The amount was not what the booking costs.
    WrongAmount,
    /// The booking was cancelled, or the event was.
    Cancelled,
}
