//! The seats of a booking: as lines of an order, and as tickets to keep.

use leptos::prelude::*;

use crate::{
    api::{BookingDetail, BookingTicket},
    links,
};

/// "Stalls, row G, seat 15", or the name of an area.
fn place(seat: &BookingTicket) -> String {
    match (&seat.row, &seat.seat) {
        (Some(row), Some(label)) => format!("{}, row {row}, seat {label}", seat.section),
        _ => format!("{}, standing", seat.section),
    }
}

/// The seats with their prices, and what they cost together.
#[component]
pub(super) fn OrderLines(
    /// The booking.
    booking: BookingDetail,
) -> impl IntoView {
    let lines = booking
        .seats
        .iter()
        .map(|seat| {
            view! {
                <li>
                    <b>{place(seat)}</b>
                    <span class="number">{seat.price.to_string()}</span>
                    <span class="muted small">{seat.price_category.clone()}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <ul class="order-lines" data-testid="order-lines">{lines}</ul>
        <dl class="order-total">
            <div class="muted">
                <dt>"Fees"</dt>
                <dd class="number">"none"</dd>
            </div>
            <div>
                <dt>"Total"</dt>
                <dd class="number" data-testid="total">{booking.total.to_string()}</dd>
            </div>
        </dl>
    }
}

/// Every ticket as a card that can be shown, kept and printed.
#[component]
pub(super) fn TicketCards(
    /// The booking.
    booking: BookingDetail,
) -> impl IntoView {
    let cards = booking
        .seats
        .iter()
        .map(|seat| view! { <TicketCard seat=seat.clone() booking=booking.clone() /> })
        .collect_view();
    view! { <ul class="tickets">{cards}</ul> }
}

#[component]
fn TicketCard(seat: BookingTicket, booking: BookingDetail) -> impl IntoView {
    let cell = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
    };
    let standing = seat.row.is_none().then(|| "standing".to_owned());
    view! {
        <li class="ticket" data-testid="ticket-card">
            <img
                src=links::poster(booking.event_id, &booking.event_genre)
                width="240"
                height="240"
                alt=""
            />
            <div class="ticket-body">
                <p class="ticket-when">
                    {format!("{} · {}", booking.starts_local.long_date, booking.starts_local.time)}
                </p>
                <h2>{booking.event_title}</h2>
                <p class="muted">{format!("{}, {}", booking.venue.name, booking.venue.city)}</p>
                <dl class="ticket-place">
                    {cell("Section", Some(seat.section))}
                    {cell("Row", seat.row)}
                    {cell("Seat", seat.seat)}
                    {cell("Place", standing)}
                </dl>
            </div>
            <div class="ticket-stub">
                <span>{seat.price_category}</span>
                <b class="number">{seat.price.to_string()}</b>
                <code>{seat.id.to_string()}</code>
            </div>
        </li>
    }
}
