//! Reading what a buyer wants: one event, seats or a number of them, within the limits.

use onsale_app::api::{Problem, ReserveRequest};
use onsale_domain::{
    BookingId, EventId, SeatIndex, TicketId, UserId,
    desk::Wanted,
    limits::{MAX_IDEMPOTENCY_KEY_CHARS, MAX_TICKETS_PER_BOOKING},
    seat_map::CategoryIndex,
};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::problems::{beyond_limit, invalid};

/// A wish that can be put to the writer.
#[derive(Debug, PartialEq, Eq)]
pub struct Wish {
    /// The event.
    pub event: EventId,
    /// The seats, or how many.
    pub seats: WantedSeats,
}

/// The seats of a wish. The category is still a name: what number it has depends on the event.
#[derive(Debug, PartialEq, Eq)]
pub enum WantedSeats {
    /// These, sorted.
    Named(Vec<SeatIndex>),
    /// So many, in the category of that name.
    Best {
        /// How many.
        quantity: u16,
        /// The name of a price category.
        category: Option<String>,
    },
}

/// Reads a request; says which field is wrong and why.
pub fn wish_from(request: &ReserveRequest) -> Result<Wish, Problem> {
    let ReserveRequest { ticket_ids, ticket_id, event_id, quantity, price_category } = request;
    let tickets = match (ticket_ids, ticket_id) {
        (Some(_), Some(_)) => {
            return Err(invalid("ticketId", "give ticketIds or ticketId, not both"));
        }
        (Some(tickets), None) => Some((tickets.clone(), "ticketIds")),
        (None, Some(ticket)) => Some((vec![*ticket], "ticketId")),
        (None, None) => None,
    };
    match (tickets, event_id) {
        (Some(_), _) if quantity.is_some() || price_category.is_some() => {
            Err(invalid("quantity", "named tickets need no quantity and no priceCategory"))
        }
        (Some((tickets, field)), event) => named(&tickets, field, *event),
        (None, Some(event)) => best(*event, *quantity, price_category.clone()),
        (None, None) => Err(invalid("ticketIds", "give ticketIds, or eventId and quantity")),
    }
}

fn named(tickets: &[TicketId], field: &str, event: Option<EventId>) -> Result<Wish, Problem> {
    if tickets.len() > MAX_TICKETS_PER_BOOKING {
        let reason = format!(
            "A booking has at most {MAX_TICKETS_PER_BOOKING} tickets; these are {}.",
            tickets.len()
        );
        return Err(beyond_limit(field, reason));
    }
    let Some(first) = tickets.first() else {
        return Err(invalid(field, "must name at least one ticket"));
    };
    let event = event.unwrap_or(first.event);
    for (position, ticket) in tickets.iter().enumerate() {
        let at = || format!("{field}[{position}]");
        if ticket.event != event {
            return Err(invalid(at(), format!("{ticket} is not a ticket of event {event}")));
        }
        if tickets[..position].contains(ticket) {
            return Err(invalid(at(), format!("{ticket} is named twice")));
        }
    }
    let mut seats: Vec<SeatIndex> = tickets.iter().map(|ticket| ticket.seat).collect();
    seats.sort_unstable();
    Ok(Wish { event, seats: WantedSeats::Named(seats) })
}

fn best(event: EventId, quantity: Option<u16>, category: Option<String>) -> Result<Wish, Problem> {
    let quantity = quantity.ok_or_else(|| invalid("quantity", "is missing"))?;
    if quantity == 0 {
        return Err(invalid("quantity", "must be at least 1"));
    }
    if usize::from(quantity) > MAX_TICKETS_PER_BOOKING {
        let reason = format!("A booking has at most {MAX_TICKETS_PER_BOOKING} tickets.");
        return Err(beyond_limit("quantity", reason));
    }
    Ok(Wish { event, seats: WantedSeats::Best { quantity, category } })
}

impl Wish {
    /// A digest that two equal wishes share, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(format!("{}|{:?}", self.event, self.seats)))
    }

    /// The wish in the writer's words; `categories` are the names of the event's categories.
    pub fn wanted(&self, categories: &[(CategoryIndex, &str)]) -> Result<Wanted, Problem> {
        match &self.seats {
            WantedSeats::Named(seats) => Ok(Wanted::Named(seats.clone())),
            WantedSeats::Best { quantity, category: None } => {
                Ok(Wanted::Best { quantity: *quantity, category: None })
            }
            WantedSeats::Best { quantity, category: Some(name) } => {
                let known = categories.iter().find(|(_, known)| known == name);
                let (index, _) = known.ok_or_else(|| {
                    let names: Vec<&str> = categories.iter().map(|(_, name)| *name).collect();
                    let reason = format!("must be one of: {}", names.join(", "));
                    invalid("priceCategory", reason)
                })?;
                Ok(Wanted::Best { quantity: *quantity, category: Some(*index) })
            }
        }
    }
}

/// The id of the booking that a request makes. With a key it follows from user and key, so the
/// same request again finds the same booking.
pub fn booking_id_for(user: UserId, key: Option<&str>) -> Result<BookingId, Problem> {
    let Some(key) = key else { return Ok(BookingId(Uuid::now_v7())) };
    if key.is_empty() || key.chars().count() > MAX_IDEMPOTENCY_KEY_CHARS {
        let reason = format!("has between 1 and {MAX_IDEMPOTENCY_KEY_CHARS} characters");
        return Err(invalid("Idempotency-Key", reason));
    }
    let mut digest = Sha256::new();
    digest.update(user.0.as_bytes());
    digest.update(key.as_bytes());
    let digest = digest.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Ok(BookingId(Builder::from_custom_bytes(bytes).into_uuid()))
}

#[cfg(test)]
mod tests {
    use onsale_app::api::ProblemCode;

    use super::*;

    fn tickets(texts: &[&str]) -> ReserveRequest {
        let ids = texts.iter().map(|text| text.parse().expect("a ticket id")).collect();
        ReserveRequest { ticket_ids: Some(ids), ..ReserveRequest::default() }
    }

    fn problem(request: &ReserveRequest) -> (ProblemCode, Option<String>) {
        let problem = wish_from(request).expect_err("a problem");
        (problem.code, problem.field)
    }

    #[test]
    fn named_tickets_are_sorted_and_of_one_event() {
        let wish = wish_from(&tickets(&["7-3", "7-1"])).expect("a wish");
        assert_eq!(wish.event, EventId(7));
        assert_eq!(wish.seats, WantedSeats::Named(vec![SeatIndex(1), SeatIndex(3)]));
        let same = wish_from(&tickets(&["7-1", "7-3"])).expect("a wish");
        assert_eq!(wish.fingerprint(), same.fingerprint());
    }

    #[test]
    fn each_mistake_names_its_field() {
        let invalid = ProblemCode::InvalidRequest;
        let at = |field: &str| Some(field.to_owned());
        assert_eq!(problem(&ReserveRequest::default()), (invalid, at("ticketIds")));
        assert_eq!(problem(&tickets(&[])), (invalid, at("ticketIds")));
        assert_eq!(problem(&tickets(&["7-1", "8-1"])), (invalid, at("ticketIds[1]")));
        assert_eq!(problem(&tickets(&["7-1", "7-2", "7-1"])), (invalid, at("ticketIds[2]")));
        let eleven: Vec<String> = (0..11).map(|seat| format!("7-{seat}")).collect();
        let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
        assert_eq!(problem(&tickets(&eleven)), (ProblemCode::LimitExceeded, at("ticketIds")));
        let best = |quantity| ReserveRequest {
            event_id: Some(EventId(7)),
            quantity,
            ..ReserveRequest::default()
        };
        assert_eq!(problem(&best(None)), (invalid, at("quantity")));
        assert_eq!(problem(&best(Some(0))), (invalid, at("quantity")));
        assert_eq!(problem(&best(Some(11))), (ProblemCode::LimitExceeded, at("quantity")));
    }

    #[test]
    fn a_key_makes_the_same_booking_for_its_user_only() {
        let (one, two) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let id = |user, key| booking_id_for(user, key).expect("an id");
        assert_eq!(id(one, Some("k")), id(one, Some("k")));
        assert_ne!(id(one, Some("k")), id(two, Some("k")));
        assert_ne!(id(one, Some("k")), id(one, Some("l")));
        assert_ne!(id(one, None), id(one, None));
        assert!(booking_id_for(one, Some("")).is_err());
        assert!(booking_id_for(one, Some(&"k".repeat(129))).is_err());
    }
}
