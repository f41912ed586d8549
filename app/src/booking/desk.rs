//! The island around a booking. It keeps one booking, shows its stage, and asks the box office
//! what became of it.

use leptos::{
    either::{Either, EitherOf3},
    ev::SubmitEvent,
    prelude::*,
    task::spawn_local,
};
use onsale_domain::Money;

use super::{
    countdown::{Countdown, Remaining},
    pay_form::{PayForm, PayInput},
    progress::{Stage, poll_pause_millis},
    tickets::{OrderLines, TicketCards},
};
use crate::{
    api::{BookingDetail, CancelDeadline, ConfirmRequest, ProblemCode},
    browser::{
        self,
        fetch::{self, Call, FetchError},
    },
    forms, links,
};

/// Seconds of a hold that the ring shows as full, unless more are left.
const FULL_RING_SECONDS: i64 = 600;

/// How long to wait before asking again what became of a hold whose clock reads zero.
const OVER_TIME_PAUSE_MILLIS: u64 = 1_000;

/// Everything that the parts of the island share.
#[derive(Clone, Copy)]
struct Desk {
    booking: RwSignal<BookingDetail>,
    key: StoredValue<Option<String>>,
    problem: RwSignal<Option<String>>,
    is_busy: RwSignal<bool>,
    /// Questions asked since the booking last changed.
    asked: StoredValue<u32>,
    is_polling: StoredValue<bool>,
}

impl Desk {
    fn stage(self) -> Stage {
        self.booking.with(Stage::of)
    }

    /// The REST address of the booking; the secret goes along when it was opened by it.
    fn api_path(self, action: &str) -> String {
        let id = self.booking.with_untracked(|booking| booking.booking_id);
        let key = self.key.get_value().unwrap_or_default();
        links::with_query(&format!("/api/bookings/{id}{action}"), &[("key", &key)])
    }

    fn take(self, answer: Result<BookingDetail, FetchError>) {
        match answer {
            Ok(booking) => {
                self.problem.set(None);
                if self.booking.with_untracked(|known| Stage::of(known) != Stage::of(&booking)) {
                    self.asked.set_value(0);
                }
                self.booking.set(booking);
            }
            Err(error) => self.problem.set(Some(error.to_string())),
        }
        self.is_busy.set(false);
    }

    fn pay(self, input: PayInput) {
        if self.is_busy.get_untracked() {
            return;
        }
        self.is_busy.set(true);
        spawn_local(async move {
            let email = (!input.email.is_empty()).then_some(input.email);
            let request = ConfirmRequest { payment_token: input.token, email };
            let body = serde_json::to_string(&request).unwrap_or_default();
            let path = self.api_path("/confirm");
            let call = Call { method: "POST", path: &path, body: Some(&body), ..Call::default() };
            let answer = fetch::json(call).await;
            self.take(answer);
            // A refusal can mean that the booking moved on without us.
            if self.problem.with_untracked(Option::is_some) {
                self.ask_once();
            }
        });
    }

    fn release(self) {
        self.give_up("DELETE", "");
    }

    fn cancel(self) {
        self.give_up("POST", "/cancel");
    }

    fn give_up(self, method: &'static str, action: &'static str) {
        if self.is_busy.get_untracked() {
            return;
        }
        self.is_busy.set(true);
        spawn_local(async move {
            let path = self.api_path(action);
            let answer = fetch::json(Call { method, path: &path, ..Call::default() }).await;
            self.take(answer);
        });
    }

    /// Looks at the booking again, and keeps what was said before if that does not work.
    fn ask_once(self) {
        spawn_local(async move {
            let path = self.api_path("");
            let call = Call { path: &path, ..Call::default() };
            if let Ok(booking) = fetch::json::<BookingDetail>(call).await {
                self.booking.set(booking);
            }
            // The sweep that frees lapsed seats comes by within a second or two.
            let is_over_time = matches!(self.stage(), Stage::Checkout | Stage::Declined)
                && self.remaining().seconds == 0;
            if is_over_time {
                browser::after_millis(OVER_TIME_PAUSE_MILLIS, move || self.ask_once());
            }
        });
    }

    /// Asks until nothing more is to be expected, one question at a time.
    fn ask_while_awaited(self) {
        if self.is_polling.get_value() || !self.stage().is_awaited() {
            return;
        }
        self.is_polling.set_value(true);
        let asked = self.asked.get_value();
        self.asked.set_value(asked + 1);
        browser::after_millis(poll_pause_millis(asked), move || {
            spawn_local(async move {
                let path = self.api_path("");
                let answer = fetch::json(Call { path: &path, ..Call::default() }).await;
                self.is_polling.set_value(false);
                match answer {
                    Ok(booking) => self.take(Ok(booking)),
                    // The network may come back; the payment goes on without us.
                    Err(_) => self.booking.update(|_| {}),
                }
            });
        });
    }

    fn remaining(self) -> Remaining {
        self.booking.with(|booking| {
            let millis = booking.expires_at.map_or(0, |end| end.millis_since(booking.as_of));
            let seconds = (millis.max(0) + 999) / 1000;
            Remaining { seconds, of_seconds: seconds.max(FULL_RING_SECONDS) }
        })
    }
}

/// A booking: the seats, the hold, the payment, the tickets.
#[island]
pub fn BookingDesk(
    /// The booking as it was when the page was made.
    booking: BookingDetail,
    /// The secret by which it was opened, if it was.
    key: Option<String>,
    /// What went wrong with the form that led here.
    problem: Option<ProblemCode>,
) -> impl IntoView {
    let desk = Desk {
        problem: RwSignal::new(problem.and_then(words_of_form_problem)),
        booking: RwSignal::new(booking),
        key: StoredValue::new(key),
        is_busy: RwSignal::new(false),
        asked: StoredValue::new(0),
        is_polling: StoredValue::new(false),
    };
    Effect::new(move |_| {
        desk.booking.track();
        desk.ask_while_awaited();
    });
    let stage = Memo::new(move |_| desk.stage());
    view! {
        <div class="booking">
            <Status desk stage />
            {move || match stage.get() {
                Stage::Checkout | Stage::Declined | Stage::Paying => {
                    EitherOf3::A(view! { <Checkout desk stage /> })
                }
                Stage::Confirmed => EitherOf3::B(view! { <Confirmed desk /> }),
                _ => EitherOf3::C(view! { <Over desk stage /> }),
            }}
        </div>
    }
}

/// Problems of a form that the stage of the booking does not tell by itself.
fn words_of_form_problem(code: ProblemCode) -> Option<String> {
    match code {
        ProblemCode::PaymentDeclined
        | ProblemCode::HoldExpired
        | ProblemCode::PaymentInProgress => None,
        ProblemCode::TooLateToCancel => {
            Some("It is too late to cancel this booking here. Ask the box office.".to_owned())
        }
        code => Some(format!("{}. Please try once more.", code.title())),
    }
}

#[component]
fn Status(desk: Desk, stage: Memo<Stage>) -> impl IntoView {
    let words = move || stage.get().words();
    let event = desk.booking.with_untracked(|booking| {
        (
            links::poster(booking.event_id, &booking.event_genre),
            links::event(booking.event_id),
            booking.event_title.clone(),
            format!(
                "{}, {} · {}, {}",
                booking.starts_local.long_date,
                booking.starts_local.time,
                booking.venue.name,
                booking.venue.city
            ),
        )
    });
    let (poster, link, title, when) = event;
    view! {
        <header class="booking-head">
            <img src=poster width="96" height="96" alt="" />
            <div>
                <p class="booking-event"><a href=link>{title}</a></p>
                <p class="muted">{when}</p>
            </div>
        </header>
        <div
            class="booking-status"
            role="status"
            data-testid="booking-status"
            data-status=move || stage.get().as_str()
        >
            <h1>{move || words().0}</h1>
            <p>{move || words().1}</p>
        </div>
        {move || {
            desk.problem.get().map(|problem| {
                view! {
                    <p class="notice" role="alert" data-testid="problem-notice">{problem}</p>
                }
            })
        }}
    }
}

#[component]
fn Checkout(desk: Desk, stage: Memo<Stage>) -> impl IntoView {
    let start = Signal::derive(move || desk.remaining());
    let on_end = Callback::new(move |()| desk.ask_once());
    let on_pay = Callback::new(move |input| desk.pay(input));
    let booking = desk.booking.get_untracked();
    let key = desk.key.get_value().unwrap_or_default();
    let release = move |event: SubmitEvent| {
        event.prevent_default();
        desk.release();
    };
    let (id, total) = (booking.booking_id.to_string(), booking.total);
    let email = booking.email.clone().unwrap_or_default();
    let (pay_id, pay_key) = (id.clone(), key.clone());
    let payment = move || {
        if stage.get() == Stage::Paying {
            return Either::Left(view! { <Waiting /> });
        }
        Either::Right(view! {
            <PayForm booking=pay_id.clone() key=pay_key.clone() total email=email.clone() is_busy=desk.is_busy on_pay />
        })
    };
    view! {
        <div class="booking-columns">
            <section class="panel booking-pay" aria-label="Payment">{payment}</section>
            <section class="panel booking-order" aria-label="Your order">
                <Countdown start on_end />
                <OrderLines booking />
                <form
                    method="post"
                    action=forms::RELEASE_BOOKING
                    on:submit=release
                    hidden=move || stage.get() == Stage::Paying
                >
                    <input type="hidden" name="booking" value=id />
                    <input type="hidden" name="key" value=key />
                    <button class="link-button" type="submit" data-testid="release-button">
                        "Give the seats back"
                    </button>
                </form>
            </section>
        </div>
    }
}

#[component]
fn Waiting() -> impl IntoView {
    view! {
        <div class="waiting" data-testid="payment-waiting">
            <div class="waiting-bar" role="progressbar" aria-label="Waiting for the bank"></div>
            <p>"Your bank is looking at it. Your seats stay yours meanwhile."</p>
            <p class="muted small without-script">"This page looks again every two seconds."</p>
        </div>
    }
}

#[component]
fn Confirmed(desk: Desk) -> impl IntoView {
    let booking = desk.booking.get_untracked();
    let link = booking.secret_url.clone();
    let booked_for = booking
        .email
        .clone()
        .map(|email| view! { <p class="muted">"Booked for " <b>{email}</b></p> });
    let cancelling = booking
        .cancellable_until
        .clone()
        .map(|until| view! { <Cancelling desk until total=booking.total /> });
    view! {
        <TicketCards booking />
        <section class="panel keep no-print">
            <div>
                <h2>"Keep this link"</h2>
                <p>
                    "It opens your tickets on any device, without an account. Whoever has it has "
                    "your tickets, so share it with care."
                </p>
                {booked_for}
            </div>
            <p class="secret-link"><a href=link.clone() data-testid="secret-link">{link.clone()}</a></p>
            <div class="actions needs-script">
                <button class="button button-line" type="button" on:click=|_| { let _ = window().print(); }>
                    "Print the tickets"
                </button>
            </div>
        </section>
        {cancelling}
    }
}

/// Giving paid tickets back: behind a line that must be opened first, so that nobody does it by
/// mistake, with a script or without.
#[component]
fn Cancelling(desk: Desk, until: CancelDeadline, total: Money) -> impl IntoView {
    let id = desk.booking.with_untracked(|booking| booking.booking_id.to_string());
    let key = desk.key.get_value().unwrap_or_default();
    let cancel = move |event: SubmitEvent| {
        event.prevent_default();
        desk.cancel();
    };
    let deadline = format!("{}, {}", until.local.long_date, until.local.time);
    view! {
        <details class="panel cancelling no-print">
            <summary data-testid="cancel-summary">"You cannot come?"</summary>
            <p>
                "Until " <b>{deadline}</b> " you can cancel all tickets of this booking. "
                <b class="number">{total.to_string()}</b>
                " goes back to your card, and your seats go back on sale at once."
            </p>
            <form method="post" action=forms::CANCEL_BOOKING on:submit=cancel>
                <input type="hidden" name="booking" value=id />
                <input type="hidden" name="key" value=key />
                <button
                    class="button button-line"
                    type="submit"
                    disabled=move || desk.is_busy.get()
                    data-testid="cancel-button"
                >
                    "Cancel this booking"
                </button>
            </form>
        </details>
    }
}

#[component]
fn Over(desk: Desk, stage: Memo<Stage>) -> impl IntoView {
    let booking = desk.booking.get_untracked();
    let event = links::event(booking.event_id);
    let again = move || match stage.get() {
        Stage::Expired | Stage::Released => "Pick seats again",
        _ => "See what is left",
    };
    view! {
        <section class="panel booking-order booking-over" aria-label="What you had chosen">
            <OrderLines booking />
            <a class="button button-accent" href=event>{again}</a>
        </section>
    }
}
