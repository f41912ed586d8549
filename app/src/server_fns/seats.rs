//! Holding seats from the list on an event's page.

// The macro makes a struct of each function whose fields are the function's arguments.
#![allow(missing_docs, reason = "the fields of the structs made by the macro have no docs")]

use leptos::prelude::*;
use onsale_domain::{BookingId, EventId};

use super::{backend, viewer};
use crate::{
    api::{Problem, ProblemCode, ReserveRequest},
    links,
};

/// Holds the ticked seats and goes on to the booking, or back to the list with what went wrong.
///
/// # Errors
/// None of its own: problems are shown on the page that it leads back to.
#[server(prefix = "/api", endpoint = "forms/hold-seats")]
pub async fn hold_seats(
    event: String,
    #[server(default)] section: String,
    #[server(default)] tickets: Vec<String>,
) -> Result<(), ServerFnError> {
    let held = hold_tickets(&tickets).await;
    leptos_axum::redirect(&next_page(&event, &section, held));
    Ok(())
}

/// Holds the best seats that are left and goes on to the booking.
///
/// # Errors
/// None of its own: problems are shown on the page that it leads back to.
#[server(prefix = "/api", endpoint = "forms/hold-best")]
pub async fn hold_best(
    event: String,
    quantity: u16,
    #[server(default)] category: String,
    #[server(default)] section: String,
) -> Result<(), ServerFnError> {
    let held = hold_best_of(&event, quantity, category).await;
    leptos_axum::redirect(&next_page(&event, &section, held));
    Ok(())
}

async fn hold_tickets(tickets: &[String]) -> Result<BookingId, Problem> {
    let ids = tickets.iter().map(|id| id.parse()).collect::<Result<Vec<_>, _>>();
    let ids = ids.map_err(|error| Problem::new(ProblemCode::InvalidRequest, error))?;
    if ids.is_empty() {
        return Err(Problem::new(ProblemCode::InvalidRequest, "No seat was ticked."));
    }
    reserve(ReserveRequest { ticket_ids: Some(ids), ..ReserveRequest::default() }).await
}

async fn hold_best_of(event: &str, quantity: u16, category: String) -> Result<BookingId, Problem> {
    let event = event.parse().map_err(|error| Problem::new(ProblemCode::InvalidRequest, error))?;
    reserve(ReserveRequest {
        event_id: Some(event),
        quantity: Some(quantity),
        price_category: (!category.is_empty()).then_some(category),
        ..ReserveRequest::default()
    })
    .await
}

async fn reserve(request: ReserveRequest) -> Result<BookingId, Problem> {
    let viewer = viewer().ok_or_else(|| {
        Problem::new(ProblemCode::Unavailable, "We could not tell who is asking.")
    })?;
    // A page that is the same for everybody cannot carry a key of one fan's own.
    let booking = backend()?.reserve(viewer, None, &request).await?;
    Ok(booking.booking_id)
}

/// Where the browser goes next. Only ids that were read as ids come into the address.
fn next_page(event: &str, section: &str, held: Result<BookingId, Problem>) -> String {
    let problem = match held {
        Ok(booking) => return links::booking(booking, None),
        Err(problem) => problem,
    };
    let Ok(event) = event.parse::<EventId>() else { return "/".to_owned() };
    let tickets: Vec<_> = problem.tickets.iter().map(ToString::to_string).collect();
    links::with_query(
        &links::event(event),
        &[
            ("problem", problem.code.as_str()),
            ("tickets", &tickets.join(",")),
            ("section", if section.parse::<u32>().is_ok() { section } else { "" }),
        ],
    )
}

#[cfg(test)]
mod tests {
    use onsale_domain::{SeatIndex, TicketId};

    use super::*;

    #[test]
    fn a_problem_leads_back_to_the_list_with_its_seats() {
        let ticket = TicketId { event: EventId(4), seat: SeatIndex(15) };
        let problem = Problem::new(ProblemCode::SeatTaken, "").naming(vec![ticket]);
        assert_eq!(
            next_page("4", "2", Err(problem)),
            "/events/4?problem=seat_taken&tickets=4-15&section=2"
        );
    }

    #[test]
    fn an_address_is_never_made_of_what_came_in() {
        let problem = || Err(Problem::new(ProblemCode::InvalidRequest, ""));
        assert_eq!(next_page("//evil.example", "1", problem()), "/");
        assert_eq!(next_page("4", "1&x=y", problem()), "/events/4?problem=invalid_request");
    }
}
