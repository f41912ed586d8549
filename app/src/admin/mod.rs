//! The pages of the admin area. Plain forms: they work without scripts, and a small one keeps the
//! figures fresh.

mod room;

use leptos::prelude::*;
use onsale_domain::waiting_room::RoomMode;

use crate::{
    api::{EventSummary, Problem, RoomBoard},
    links,
    plain::{Document, Head, document, grouped},
};

pub use room::room_page;

const STYLE: &str = "/admin.css";

/// Who is signed in, for the top of each page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// The address of e-mail.
    pub email: String,
    /// Whether they may void places, end queues and read the audit log.
    pub is_admin: bool,
    /// What each form carries, so that no other site can send it.
    pub csrf_token: String,
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct AuditLine {
    /// When.
    pub at: String,
    /// An address of e-mail, or `onsale`.
    pub actor: String,
    /// What, in one word.
    pub action: String,
    /// To which event.
    pub event: Option<String>,
    /// The particulars.
    pub detail: String,
}

fn head(title: &str, script: Option<&'static str>) -> Head {
    let title = format!("{title} · Onsale");
    Head { title, style: STYLE, script, refresh_seconds: None }
}

fn csrf(operator: &Operator) -> impl IntoView + use<> {
    view! { <input type="hidden" name="csrf" value=operator.csrf_token.clone() /> }
}

fn notice(problem: Option<&Problem>) -> impl IntoView + use<> {
    problem.map(|problem| {
        view! {
            <p class="admin-problem" role="alert" data-testid="admin-problem" data-code=problem.code.as_str()>
                {problem.detail.clone()}
            </p>
        }
    })
}

fn bar(operator: &Operator) -> impl IntoView + use<> {
    let log = operator.is_admin.then(|| view! { <a href="/admin/audit-log">"Audit log"</a> });
    view! {
        <nav class="admin-bar" aria-label="Admin">
            <a href="/admin">"Waiting rooms"</a>
            {log}
            <span class="admin-who" data-testid="who">{operator.email.clone()}</span>
            <form method="post" action="/admin/sign-out">
                {csrf(operator)}
                <button class="button button-line" type="submit">"Sign out"</button>
            </form>
        </nav>
    }
}

/// The page at `/admin/sign-in`.
#[must_use]
pub fn sign_in_page(problem: Option<&Problem>) -> Document {
    let body = view! {
        <div class="admin admin-narrow">
            <h1>"Sign in"</h1>
            {notice(problem)}
            <form method="post" action="/admin/sign-in" class="admin-form">
                <label for="email">"E-mail"</label>
                <input id="email" name="email" type="email" autocomplete="username" required maxlength="254" />
                <label for="password">"Password"</label>
                <input
                    id="password"
                    name="password"
                    type="password"
                    autocomplete="current-password"
                    required
                    maxlength="200"
                />
                <button class="button button-accent" type="submit" data-testid="sign-in">"Sign in"</button>
            </form>
        </div>
    };
    document(head("Sign in", None), body.into_any())
}

/// What a mode is called, and how it is marked.
fn mode_mark(mode: RoomMode) -> (&'static str, &'static str) {
    match mode {
        RoomMode::Off => ("Off", "mark mark-quiet"),
        RoomMode::Scheduled => ("Planned", "mark mark-quiet"),
        RoomMode::Open => ("On", "mark mark-good"),
        RoomMode::Paused => ("Paused", "mark mark-warn"),
        RoomMode::Draining => ("Draining", "mark mark-warn"),
        RoomMode::Closed => ("Closed", "mark mark-quiet"),
    }
}

/// The page at `/admin`: rooms that are on, and a way to the room of any event.
#[must_use]
pub fn home_page(
    operator: &Operator,
    rooms: &[RoomBoard],
    keyword: &str,
    events: &[EventSummary],
) -> Document {
    let body = view! {
        <div class="admin">
            {bar(operator)}
            <h1>"Waiting rooms"</h1>
            {rooms_on(rooms)}
            <section class="admin-section" aria-labelledby="events-title">
                <h2 id="events-title">"Events"</h2>
                <form method="get" action="/admin" class="admin-search" role="search">
                    <label for="keyword" class="visually-hidden">"Title, performer, venue or city"</label>
                    <input
                        id="keyword"
                        name="keyword"
                        type="search"
                        maxlength="100"
                        value=keyword.to_owned()
                        placeholder="Title, performer, venue or city"
                    />
                    <button class="button button-line" type="submit" data-testid="find-event">"Find"</button>
                </form>
                {event_list(events)}
            </section>
        </div>
    };
    document(head("Waiting rooms", None), body.into_any())
}

fn rooms_on(rooms: &[RoomBoard]) -> AnyView {
    if rooms.is_empty() {
        let words = "No event has a waiting room at the moment. Choose one below to switch it on.";
        return view! { <p class="admin-empty">{words}</p> }.into_any();
    }
    let cards = rooms.iter().map(|room| {
        let (word, mark) = mode_mark(room.mode);
        view! {
            <li class="admin-card admin-room">
                <a href=format!("/admin/events/{}", room.event_id)>{room.event_title.clone()}</a>
                <span class=mark>{word}</span>
                <dl>
                    <div><dt>"waiting"</dt><dd>{grouped(room.waiting)}</dd></div>
                    <div><dt>"admitted"</dt><dd>{grouped(room.admitted)}</dd></div>
                    <div><dt>"a minute"</dt><dd>{format!("{:.0}", room.rate_now)}</dd></div>
                </dl>
            </li>
        }
    });
    view! { <ul class="admin-rooms" aria-label="Rooms that are on">{cards.collect_view()}</ul> }
        .into_any()
}

fn event_list(events: &[EventSummary]) -> AnyView {
    if events.is_empty() {
        return view! { <p class="admin-empty">"No event that is still to come is called so."</p> }
            .into_any();
    }
    let rows = events.iter().map(|event| {
        let EventSummary { id, title, starts_local, venue, .. } = event;
        view! {
            <li>
                <a href=format!("/admin/events/{id}")>
                    <img src=links::poster(*id, &event.genre) width="44" height="44" alt="" loading="lazy" />
                    <span class="admin-event">
                        <b>{title.clone()}</b>
                        <span>
                            {format!(
                                "{} · {} · {}, {}",
                                starts_local.short_date, starts_local.time, venue.name, venue.city,
                            )}
                        </span>
                    </span>
                </a>
            </li>
        }
    });
    view! { <ul class="admin-events" data-testid="admin-events">{rows.collect_view()}</ul> }
        .into_any()
}

/// The page at `/admin/audit-log`.
#[must_use]
pub fn audit_log_page(operator: &Operator, lines: &[AuditLine]) -> Document {
    let rows = lines.iter().map(|line| {
        view! {
            <tr>
                <td>{line.at.clone()}</td>
                <td>{line.actor.clone()}</td>
                <td>{line.action.clone()}</td>
                <td>{line.event.clone()}</td>
                <td>{line.detail.clone()}</td>
            </tr>
        }
    });
    let body = view! {
        <div class="admin">
            {bar(operator)}
            <h1>"Audit log"</h1>
            <div class="admin-scroll" tabindex="0" role="region" aria-label="Audit log">
                <table data-testid="audit-log">
                    <thead>
                        <tr>
                            <th>"When"</th>
                            <th>"Who"</th>
                            <th>"What"</th>
                            <th>"Event"</th>
                            <th>"Particulars"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </div>
    };
    document(head("Audit log", None), body.into_any())
}

/// A page for what cannot be shown.
#[must_use]
pub fn refused_page(operator: &Operator, problem: &Problem) -> Document {
    let body = view! {
        <div class="admin">{bar(operator)} <h1>{problem.title.clone()}</h1> {notice(Some(problem))}</div>
    };
    document(head(&problem.title, None), body.into_any())
}
