//! Asking the box office for the picked seats.

use leptos::{prelude::*, task::spawn_local};
use onsale_domain::{SeatIndex, TicketId};

use super::picker::{Obstacle, Picker};
use crate::{
    api::{BookingDetail, Problem, ProblemCode, ReserveRequest},
    browser::{
        self,
        fetch::{self, Call, FetchError},
    },
    links,
};

/// After this time the page is taken to have been left, or to have been come back to.
const LEFT_AFTER_MILLIS: u64 = 1_500;

/// Asks for what is picked and leaves for the booking, or says what stands in the way.
pub(super) fn hold(picker: Picker) {
    let seats = picker.peek(|model| model.selection.seats().to_vec()).unwrap_or_default();
    if seats.is_empty() || picker.is_holding.get_untracked() {
        return;
    }
    picker.is_holding.set(true);
    picker.obstacle.set(None);
    spawn_local(async move {
        match reserve(picker, &seats).await {
            Ok(booking) => leave_for(picker, &booking, seats),
            Err(error) => {
                picker.is_holding.set(false);
                explain(picker, error);
            }
        }
    });
}

async fn reserve(picker: Picker, seats: &[SeatIndex]) -> Result<BookingDetail, FetchError> {
    let event = picker.event.with_value(|event| event.id);
    let tickets = seats.iter().map(|seat| TicketId { event, seat: *seat }).collect();
    let request = ReserveRequest { ticket_ids: Some(tickets), ..ReserveRequest::default() };
    let body = serde_json::to_string(&request).map_err(|_| FetchError::Unreadable)?;
    let key = key_for(picker, seats);
    let call = Call {
        method: "POST",
        path: "/api/bookings/reserve",
        body: Some(&body),
        idempotency_key: Some(&key),
        ..Call::default()
    };
    fetch::json(call).await
}

/// The same key for the same seats, so that a request whose answer was lost can be repeated.
fn key_for(picker: Picker, seats: &[SeatIndex]) -> String {
    let known = picker.request_key.get_value();
    if let Some((key, _)) = known.filter(|(_, known)| known == seats) {
        return key;
    }
    let key = browser::random_key();
    picker.request_key.set_value(Some((key.clone(), seats.to_vec())));
    key
}

fn leave_for(picker: Picker, booking: &BookingDetail, seats: Vec<SeatIndex>) {
    browser::navigate(&links::booking(booking.booking_id, None));
    // Who comes back with the browser's back button finds a map without the seats just held.
    browser::after_millis(LEFT_AFTER_MILLIS, move || {
        picker.is_holding.set(false);
        picker.request_key.set_value(None);
        picker.change(|model| model.mark_taken(&seats));
    });
}

fn explain(picker: Picker, error: FetchError) {
    let problem = match error {
        FetchError::Refused(problem) => *problem,
        // The key stays: if the request did arrive, the next one gets the same booking.
        other => {
            let advice = "Nothing is lost: press the button again.";
            picker.obstacle.set(Some(Obstacle::words(other.to_string(), advice)));
            return;
        }
    };
    // A refusal is an answer: the next request is a new one.
    picker.request_key.set_value(None);
    match problem.code {
        ProblemCode::SeatTaken if !problem.tickets.is_empty() => {
            let lost: Vec<_> = problem.tickets.iter().map(|ticket| ticket.seat).collect();
            picker.change(|model| model.mark_taken(&lost));
            picker.report_taken(&lost, "Somebody was a moment faster. Nothing was held yet.");
        }
        ProblemCode::AdmissionRequired => {
            let queue = picker.event.with_value(|event| format!("/queue/{}", event.id));
            picker.obstacle.set(Some(Obstacle {
                way: Some((queue, "Join the queue")),
                ..Obstacle::words("There is a queue for this event", problem.detail)
            }));
        }
        _ => picker.obstacle.set(Some(obstacle_of(&problem))),
    }
}

fn obstacle_of(problem: &Problem) -> Obstacle {
    let again = problem.retry_after_seconds.map(|seconds| format!(" Try again in {seconds} s."));
    Obstacle::words(problem.title.clone(), problem.detail.clone() + &again.unwrap_or_default())
}
