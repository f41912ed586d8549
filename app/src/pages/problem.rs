//! Pages for what went wrong, each with a way on.

use http::StatusCode;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

use crate::api::{Problem, ProblemCode};

/// Nothing lives at this address.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    explain(&Problem::new(
        ProblemCode::NotFound,
        "Perhaps the link is old, or a letter is missing.",
    ))
}

/// The page that says what is wrong, with the right status code.
pub(super) fn explain(problem: &Problem) -> impl IntoView + use<> {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(StatusCode::from_u16(problem.status).unwrap_or_default());
    }
    let (title, comfort) = words(problem);
    view! {
        <Title text=format!("{title} · Onsale") />
        <Meta name="robots" content="noindex" />
        <section class="empty" data-testid="problem-page" data-code=problem.code.as_str()>
            <img src="/posters/404.svg?g=Comedy" width="168" height="168" alt="" />
            <h1>{title}</h1>
            <p>{comfort}</p>
            <div class="actions">
                <a class="button button-accent" href="/">"Back to the wall of posters"</a>
                <a class="button button-line" href="/search">"Search events"</a>
            </div>
        </section>
    }
}

fn words(problem: &Problem) -> (&'static str, String) {
    match problem.code {
        ProblemCode::NotFound => ("Nothing is on at this address", problem.detail.clone()),
        ProblemCode::BookingNotFound => (
            "We cannot open that booking",
            "It may belong to another browser. Open it with the secret link you were given, or \
             on the device you booked with."
                .to_owned(),
        ),
        ProblemCode::Unavailable | ProblemCode::TooManyRequests => (
            "One moment, please",
            format!("{} Your seats, if you hold any, are safe. Try again shortly.", problem.detail),
        ),
        _ => (problem.code.title(), problem.detail.clone()),
    }
}
