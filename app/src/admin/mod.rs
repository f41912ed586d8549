//! The pages of the admin area. Plain forms: they work without scripts, and a small one keeps the
//! figures fresh.

mod room;

use leptos::prelude::*;

use crate::{
    api::{Problem, RoomBoard},
    plain::{Head, document, grouped},
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// When.
    pub at: String,
    /// By whom.
    pub actor: String,
    /// What.
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
pub fn sign_in_page(problem: Option<&Problem>) -> String {
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

/// The page at `/admin`: rooms that are on, and a way to any other.
#[must_use]
pub fn home_page(operator: &Operator, rooms: &[RoomBoard]) -> String {
    let rows = rooms.iter().map(|room| {
        view! {
            <tr>
                <td><a href=format!("/admin/events/{}", room.event_id)>{room.event_title.clone()}</a></td>
                <td>{room.mode.as_str()}</td>
                <td class="number">{grouped(room.waiting)}</td>
                <td class="number">{grouped(room.admitted)}</td>
                <td class="number">{format!("{:.0}", room.rate_now)}</td>
            </tr>
        }
    });
    let table = if rooms.is_empty() {
        view! { <p>"No event has a waiting room at the moment."</p> }.into_any()
    } else {
        view! {
            <div class="admin-scroll" tabindex="0" role="region" aria-label="Waiting rooms">
                <table>
                    <thead>
                        <tr>
                            <th>"Event"</th>
                            <th>"Mode"</th>
                            <th>"Waiting"</th>
                            <th>"Admitted"</th>
                            <th>"A minute"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let body = view! {
        <div class="admin">
            {bar(operator)}
            <h1>"Waiting rooms"</h1>
            {table}
            <form method="get" action="/admin/events" class="admin-form admin-inline">
                <label for="event">"Number of an event"</label>
                <input id="event" name="id" inputmode="numeric" pattern="[0-9]+" required />
                <button class="button button-line" type="submit">"Open"</button>
            </form>
        </div>
    };
    document(head("Waiting rooms", None), body.into_any())
}

/// The page at `/admin/audit-log`.
#[must_use]
pub fn audit_log_page(operator: &Operator, lines: &[AuditLine]) -> String {
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
pub fn refused_page(operator: &Operator, problem: &Problem) -> String {
    let body = view! {
        <div class="admin">{bar(operator)} <h1>{problem.title.clone()}</h1> {notice(Some(problem))}</div>
    };
    document(head(&problem.title, None), body.into_any())
}
