//! Every page in every state, on both screens, light and dark: pictures are kept, axe-core finds no
//! barrier, nothing scrolls sideways, and the console stays quiet.

use onsale_end2end::{Device, EVENT, Gallery, Scene, Visitor, play};
use serde_json::{Value, json};

#[test]
fn every_page_is_fit_to_be_seen_on_a_desktop() {
    play(async |scene| walk_through(scene, Device::Desktop).await);
}

#[test]
fn every_page_is_fit_to_be_seen_on_a_phone() {
    play(async |scene| walk_through(scene, Device::Phone).await);
}

async fn walk_through(scene: &Scene, device: Device) {
    let fan = scene.visitor(device).await;
    // The browser notes the page that is not there, and the card that is declined.
    fan.expect_complaint("404");
    fan.expect_complaint("402");
    let mut gallery = Gallery::new(&fan);
    walk_through_public_pages(&fan, &mut gallery).await;
    walk_through_event(scene, &fan, &mut gallery).await;
    walk_through_bookings(scene, &fan, &mut gallery).await;
    gallery.assert_faultless();
}

async fn walk_through_public_pages(fan: &Visitor, gallery: &mut Gallery<'_>) {
    gallery.visit("home", "/").await;
    gallery.visit("search", "/search").await;
    fan.sees("#site-search[role='combobox']").await;
    fan.click("#site-search").await;
    for letter in ["o", "k", "a"] {
        fan.key(letter, 1).await;
    }
    fan.sees(".offers.is-open li").await;
    gallery.look("search-offers").await;
    gallery.visit("search-typo", "/search?keyword=okafro+").await;
    gallery.visit("search-near", "/search?near=me").await;
    gallery.visit("search-empty", "/search?keyword=zzzzzz&city=Atlantis").await;
    gallery.visit("venue", "/venues/1").await;
    fan.sees("[data-testid='venue'] .event-card").await;
    gallery.visit("performer", "/performers/1").await;
    fan.sees("[data-testid='performer'] .event-card").await;
    gallery.visit("my-tickets-empty", "/bookings").await;
    gallery.visit("not-found", "/nothing-here").await;
    fan.sees("[data-testid='problem-page']").await;
}

async fn walk_through_event(scene: &Scene, fan: &Visitor, gallery: &mut Gallery<'_>) {
    fan.open(&format!("/events/{EVENT}")).await;
    fan.sees(".live-line.is-live").await;
    gallery.look("event").await;
    for seat in scene.seats("Circle", 2).await {
        fan.pick(seat.ticket).await;
    }
    gallery.look("event-picked").await;
    fan.press("show-list").await;
    fan.sign("list-section").first().click(None).await.expect("a section of the list");
    fan.sees(".list-rows").await;
    gallery.look("event-list").await;
    let link = fan.sign("section-link").first().get_attribute("href").await.ok().flatten();
    gallery.visit("event-section", &link.expect("a link to a section")).await;
}

async fn walk_through_bookings(scene: &Scene, fan: &Visitor, gallery: &mut Gallery<'_>) {
    let held = reserve(scene, fan).await;
    gallery.visit("booking-held", &format!("/bookings/{held}")).await;
    pay(fan, &held, "tok_declined").await;
    gallery.visit("booking-declined", &format!("/bookings/{held}")).await;
    fan.sees("[data-status='declined']").await;
    pay(fan, &held, "tok_visa").await;
    fan.open(&format!("/bookings/{held}")).await;
    fan.awaits_booking("confirmed").await;
    gallery.look("booking-confirmed").await;

    let lapsed = reserve(scene, fan).await;
    scene.books(lapsed.parse().expect("a booking id")).let_hold_lapse().await;
    gallery.visit("booking-expired", &format!("/bookings/{lapsed}")).await;
    fan.sees("[data-status='expired']").await;
    gallery.visit("my-tickets", "/bookings").await;
}

/// Holds two seats in the fan's name, without the detour over the map.
async fn reserve(scene: &Scene, fan: &Visitor) -> String {
    let seats = scene.seats("Gallery", 2).await;
    let tickets: Vec<_> = seats.iter().map(|seat| seat.ticket.to_string()).collect();
    let booking = post(fan, "/api/bookings/reserve", &json!({ "ticketIds": tickets })).await;
    booking["bookingId"].as_str().unwrap_or_else(|| panic!("a booking: {booking}")).to_owned()
}

async fn pay(fan: &Visitor, booking: &str, token: &str) {
    let payment = json!({ "paymentToken": token, "email": "fan@example.com" });
    post(fan, &format!("/api/bookings/{booking}/confirm"), &payment).await;
}

/// Sends JSON from inside the page, so with the fan's cookies.
async fn post(fan: &Visitor, path: &str, body: &Value) -> Value {
    fan.ask(&format!(
        "async () => (await fetch('{path}', {{
            method: 'POST',
            headers: {{ 'content-type': 'application/json' }},
            body: JSON.stringify({body}),
        }})).json()"
    ))
    .await
}

/// The style sheets that the page at each address needs, besides the one of all pages.
const STYLE_SHEETS: [(&str, &str); 6] = [
    ("/", "/browse.css"),
    ("/search", "/browse.css"),
    ("/events/1", "/event.css"),
    ("/venues/1", "/browse.css"),
    ("/performers/1", "/browse.css"),
    ("/bookings", "/booking.css"),
];

#[test]
fn pages_that_are_made_at_the_same_time_keep_their_own_heads() {
    play(async |scene| {
        let guest = scene.visitor(Device::Desktop).await;
        guest.open("/").await;
        let pages = json!(STYLE_SHEETS.map(|(path, _)| path).repeat(15));
        let heads: Vec<(String, Vec<String>)> = guest
            .ask(&format!(
                "() => Promise.all({pages}.map(async path => {{
                    const html = await (await fetch(path, {{ cache: 'no-store' }})).text();
                    const page = new DOMParser().parseFromString(html, 'text/html');
                    const sheets = [...page.querySelectorAll('head link[rel=stylesheet]')];
                    return [path, sheets.map(sheet =>
                        sheet.getAttribute('href').replace(/\\.[0-9a-f]{{16}}/, ''))];
                }}))"
            ))
            .await;
        for (path, sheets) in heads {
            let own = STYLE_SHEETS.iter().find(|(known, _)| *known == path);
            let own = own.map_or("", |(_, sheet)| sheet);
            assert_eq!(sheets, ["/onsale.css", own], "style sheets of {path}");
        }
    });
}
