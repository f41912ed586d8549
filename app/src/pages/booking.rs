//! The page of a booking: private, never cached. Everything on it is one island, which the server
//! renders whole, so that each step also works as a plain form.

use leptos::prelude::*;
use leptos_meta::{Meta, Stylesheet, Title};
use leptos_router::hooks::{use_params_map, use_query_map};
use onsale_domain::BookingId;

use super::{backend, page, viewer};
use crate::{
    api::{PaymentState, Problem, ProblemCode},
    assets::asset,
    backend::BookingAccess,
    booking::BookingDesk,
};

/// The page of a booking, opened by its owner or by its secret link.
#[component]
pub(crate) fn BookingPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let query = use_query_map().get_untracked();
    let key = query.get("key").filter(|key| !key.is_empty());
    let problem = query.get("problem").unwrap_or_default();
    let problem = ProblemCode::ALL.iter().copied().find(|code| code.as_str() == problem);
    page(async move {
        let id: BookingId = id.parse().map_err(|_| unknown())?;
        let access = match (&key, viewer()) {
            (Some(key), _) => BookingAccess::Secret(key.clone()),
            (None, Some(viewer)) => BookingAccess::Owner(viewer.user),
            (None, None) => return Err(unknown()),
        };
        let booking = backend()?.booking(&access, id).await?;
        let refresh = (booking.payment == PaymentState::Processing).then(|| {
            view! { <noscript><meta http-equiv="refresh" content="2" /></noscript> }
        });
        Ok(view! {
            <Title text=format!("{} · your booking · Onsale", booking.event_title) />
            <Meta name="robots" content="noindex" />
            <Meta name="referrer" content="same-origin" />
            <Stylesheet href=asset("/booking.css") />
            {refresh}
            <BookingDesk booking key problem />
        })
    })
}

fn unknown() -> Problem {
    Problem::new(ProblemCode::BookingNotFound, "We know no such booking of yours.")
}
