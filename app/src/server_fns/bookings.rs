//! Paying and giving back from the page of a booking.

// The macro makes a struct of each function whose fields are the function's arguments.
#![allow(missing_docs, reason = "the fields of the structs made by the macro have no docs")]

use leptos::prelude::*;
use onsale_domain::BookingId;

use super::{backend, viewer};
use crate::{
    api::{ConfirmRequest, Problem, ProblemCode},
    backend::BookingAccess,
    links,
};

/// Starts the payment and goes back to the booking, which shows how it comes along.
///
/// # Errors
/// None of its own: problems are shown on the booking's page.
#[server(prefix = "/api", endpoint = "forms/pay-booking")]
pub async fn pay_booking(
    booking: String,
    #[server(default)] key: String,
    #[server(default)] email: String,
    #[server(default)] token: String,
    #[server(default)] other_token: String,
) -> Result<(), ServerFnError> {
    let other_token = other_token.trim();
    let token = if other_token.is_empty() { token } else { other_token.to_owned() };
    let email = email.trim().to_owned();
    let request =
        ConfirmRequest { payment_token: token, email: (!email.is_empty()).then_some(email) };
    let outcome = pay(&booking, &key, &request).await;
    leptos_axum::redirect(&back_to_booking(&booking, &key, outcome));
    Ok(())
}

/// Gives the seats of an unpaid booking back.
///
/// # Errors
/// None of its own: problems are shown on the booking's page.
#[server(prefix = "/api", endpoint = "forms/release-booking")]
pub async fn release_booking(
    booking: String,
    #[server(default)] key: String,
) -> Result<(), ServerFnError> {
    let outcome = release(&booking, &key).await;
    leptos_axum::redirect(&back_to_booking(&booking, &key, outcome));
    Ok(())
}

/// Cancels a paid booking.
///
/// # Errors
/// None of its own: problems are shown on the booking's page.
#[server(prefix = "/api", endpoint = "forms/cancel-booking")]
pub async fn cancel_booking(
    booking: String,
    #[server(default)] key: String,
) -> Result<(), ServerFnError> {
    let outcome = cancel(&booking, &key).await;
    leptos_axum::redirect(&back_to_booking(&booking, &key, outcome));
    Ok(())
}

async fn cancel(booking: &str, key: &str) -> Result<(), Problem> {
    let (access, id) = (access(key)?, read_id(booking)?);
    backend()?.cancel(&access, id).await?;
    Ok(())
}

async fn pay(booking: &str, key: &str, request: &ConfirmRequest) -> Result<(), Problem> {
    let (access, id) = (access(key)?, read_id(booking)?);
    backend()?.confirm(&access, id, request).await?;
    Ok(())
}

async fn release(booking: &str, key: &str) -> Result<(), Problem> {
    let (access, id) = (access(key)?, read_id(booking)?);
    backend()?.release(&access, id).await?;
    Ok(())
}

/// The secret of the link opens a booking for anybody; without it, only its owner may.
fn access(key: &str) -> Result<BookingAccess, Problem> {
    if !key.is_empty() {
        return Ok(BookingAccess::Secret(key.to_owned()));
    }
    let owner = viewer().map(|viewer| BookingAccess::Owner(viewer.user));
    owner.ok_or_else(|| Problem::new(ProblemCode::BookingNotFound, "No such booking of yours."))
}

fn read_id(booking: &str) -> Result<BookingId, Problem> {
    booking.parse().map_err(|error| Problem::new(ProblemCode::InvalidRequest, error))
}

fn back_to_booking(booking: &str, key: &str, outcome: Result<(), Problem>) -> String {
    let Ok(id) = booking.parse::<BookingId>() else { return "/bookings".to_owned() };
    let code = outcome.err().map(|problem| problem.code.as_str()).unwrap_or_default();
    links::with_query(&links::booking(id, None), &[("key", key), ("problem", code)])
}
