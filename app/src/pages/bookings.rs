//! My tickets: what this browser booked.

use leptos::prelude::*;
use leptos_meta::{Meta, Stylesheet, Title};

use super::{backend, page, viewer};
use crate::{
    api::{BookingDetail, BookingStatus},
    assets::asset,
    components::count,
    links,
};

/// The list of bookings of whoever asks.
#[component]
pub(crate) fn BookingsPage() -> impl IntoView {
    page(async {
        let bookings = match viewer() {
            Some(viewer) => backend()?.bookings_of(viewer).await?,
            None => Vec::new(),
        };
        Ok(show(bookings))
    })
}

fn show(bookings: Vec<BookingDetail>) -> impl IntoView {
    let content = if bookings.is_empty() {
        view! { <NoBookings /> }.into_any()
    } else {
        let rows = bookings.into_iter().map(row).collect_view();
        view! {
            <h1>"My tickets"</h1>
            <ul class="booking-list">{rows}</ul>
        }
        .into_any()
    };
    view! {
        <Title text="My tickets · Onsale" />
        <Meta name="robots" content="noindex" />
        <Stylesheet href=asset("/booking.css") />
        {content}
    }
}

fn row(booking: BookingDetail) -> impl IntoView {
    let (words, class) = match booking.status {
        BookingStatus::InProgress => ("held for you", "mark"),
        BookingStatus::Confirmed => ("confirmed", "mark mark-good"),
        BookingStatus::Expired => ("ran out", "mark mark-quiet"),
        BookingStatus::Released => ("given back", "mark mark-quiet"),
        BookingStatus::RefundDue => ("refund on its way", "mark mark-warn"),
        BookingStatus::Refunded => ("refunded", "mark mark-quiet"),
    };
    let summary =
        format!("{} · {}", count(booking.seats.len(), "ticket", "tickets"), booking.total.short());
    view! {
        <li class="panel booking-row">
            <img
                src=links::poster(booking.event_id, &booking.event_genre)
                width="96"
                height="96"
                alt=""
                loading="lazy"
            />
            <div>
                <h2><a href=links::booking(booking.booking_id, None)>{booking.event_title}</a></h2>
                <p>
                    {format!("{}, {}", booking.starts_local.long_date, booking.starts_local.time)}
                </p>
                <p class="muted">
                    {format!("{}, {} · {summary}", booking.venue.name, booking.venue.city)}
                </p>
            </div>
            <span class=class>{words}</span>
        </li>
    }
}

#[component]
fn NoBookings() -> impl IntoView {
    view! {
        <section class="empty" data-testid="no-bookings">
            <img src="/posters/3.svg?g=Theatre" width="168" height="168" alt="" />
            <h1>"No tickets yet"</h1>
            <p>
                "What you book in this browser shows up here. Booked on another device? Open the "
                "secret link from your confirmation."
            </p>
            <div class="actions">
                <a class="button button-accent" href="/search">"Find something to look forward to"</a>
            </div>
        </section>
    }
}
