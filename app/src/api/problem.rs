//! Problem documents (RFC 9457) with a code that programs can rely on.

use std::fmt;

use onsale_domain::TicketId;
use serde::{Deserialize, Serialize};

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $variant:ident => $code:literal, $status:literal, $title:literal;)*) => {
        /// Everything that can be wrong with a request, each with a stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        pub enum ProblemCode {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl ProblemCode {
            /// Every code, for the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status it travels with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// What it means, in one short sentence for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

problem_codes! {
    /// The body or a parameter cannot be read; `field` says which.
    InvalidRequest => "invalid_request", 400, "The request cannot be read";
    /// More tickets, bytes or characters than the documented limit.
    LimitExceeded => "limit_exceeded", 422, "That is more than is allowed";
    /// The body is larger than 256 KiB.
    BodyTooLarge => "body_too_large", 413, "The request is too large";
    /// The body is not JSON by its content type.
    UnsupportedMediaType => "unsupported_media_type", 415, "The request must be JSON";
    /// No such event, venue, performer, ticket or path.
    NotFound => "not_found", 404, "That does not exist";
    /// The path exists, but not with this method.
    MethodNotAllowed => "method_not_allowed", 405, "That cannot be done here";
    /// No such booking, or it is somebody else's: nobody learns which.
    BookingNotFound => "booking_not_found", 404, "We know no such booking of yours";
    /// The event is sold by those with an admission pass only.
    AdmissionRequired => "admission_required", 403, "Join the queue first";
    /// The event has no queue, or none that takes newcomers at the moment.
    QueueNotOpen => "queue_not_open", 409, "The queue takes nobody just now";
    /// A puzzle must be solved before joining; see `POST …/queue/challenge`.
    ProofRequired => "proof_required", 403, "Solve the puzzle first";
    /// The token or the link is not ours, not yours, or of a queue that was reset.
    PlaceInvalid => "place_invalid", 403, "That is no place of yours";
    /// The position has not been called, or nobody more can come in at this moment.
    NotYourTurn => "not_your_turn", 409, "It is not your turn yet";
    /// The position was called, and its time is over.
    TurnPassed => "turn_passed", 410, "Your turn has passed";
    /// The number was exchanged for a pass before.
    PlaceUsed => "place_used", 409, "This place was used";
    /// Nobody is signed in, or not with this address and password.
    SignInRequired => "sign_in_required", 401, "Sign in first";
    /// Whoever is signed in may not do that.
    NotAllowed => "not_allowed", 403, "Your role does not allow that";
    /// The room is in a mode in which the order means nothing.
    RoomRefused => "room_refused", 409, "The waiting room cannot do that now";
    /// The request comes from a page of another site.
    CrossOrigin => "cross_origin", 403, "The request came from another site";
    /// At least one of the seats is in somebody else's hands; `tickets` names them.
    SeatTaken => "seat_taken", 409, "A seat was just taken";
    /// There are not so many seats together in that category.
    NotEnoughSeats => "not_enough_seats", 409, "There are not so many seats together";
    /// Sales have not begun, have ended, or the event was cancelled.
    NotOnSale => "not_on_sale", 409, "The event is not on sale";
    /// The hold ran out before the payment.
    HoldExpired => "hold_expired", 410, "The hold has run out";
    /// The booking is in a state in which that cannot be done.
    BookingClosed => "booking_closed", 409, "The booking can no longer be changed";
    /// The event is too near for a booking to be cancelled.
    TooLateToCancel => "too_late_to_cancel", 409, "It is too late to cancel";
    /// A payment for the booking is under way.
    PaymentInProgress => "payment_in_progress", 409, "A payment is under way";
    /// The card was declined; the seats are still held.
    PaymentDeclined => "payment_declined", 402, "The payment was declined";
    /// The `Idempotency-Key` was used with another request.
    IdempotencyConflict => "idempotency_conflict", 422, "The key was used for another request";
    /// The webhook's signature is missing, stale or forged.
    InvalidSignature => "invalid_signature", 400, "The signature is not valid";
    /// Too many requests from this address or user.
    TooManyRequests => "too_many_requests", 429, "That was a lot at once";
    /// The system or one of its parts cannot answer now; `retryAfterSeconds` says when to ask.
    Unavailable => "unavailable", 503, "We cannot do that just now";
    /// Nobody can sell at the moment: nothing was held and nothing was charged. Looking goes on.
    SalesPaused => "sales_paused", 503, "Buying is paused for a moment";
    /// The payment provider does not answer.
    PaymentUnavailable => "payment_unavailable", 503, "The payment provider does not answer";
    /// A fault of ours.
    Internal => "internal", 500, "Something is wrong on our side";
}

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[error("{}: {detail}", .code.as_str())]
pub struct Problem {
    /// A URI that names the kind of problem: `/problems/{code}`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the code means.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: ProblemCode,
    /// What happened this time and what can be done, for people.
    pub detail: String,
    /// The field that is at fault, as a path such as `ticketIds[3]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The tickets that are at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ssr", schema(value_type = Vec<String>))]
    pub tickets: Vec<TicketId>,
    /// When it is worth trying again, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
    /// The id under which the logs know this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem of this kind; `detail` is shown to people.
    #[must_use]
    pub fn new(code: ProblemCode, detail: impl fmt::Display) -> Self {
        Self {
            kind: format!("/problems/{}", code.as_str()),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: detail.to_string(),
            field: None,
            tickets: Vec::new(),
            retry_after_seconds: None,
            request_id: None,
        }
    }

    /// Names the field at fault.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Names the tickets at fault.
    #[must_use]
    pub fn naming(mut self, tickets: Vec<TicketId>) -> Self {
        self.tickets = tickets;
        self
    }

    /// Says when to try again.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }
}
