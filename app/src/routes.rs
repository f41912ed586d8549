//! Which page answers which address.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::{
    components::{SiteFooter, SiteHeader},
    pages::{
        BookingPage, BookingsPage, EventPage, HomePage, NotFoundPage, PerformerPage, SearchPage,
        VenuePage,
    },
};

/// Everything inside `<body>`.
///
/// Every page is rendered whole before the first byte leaves (`SsrMode::Async`): it may be cached
/// at the edge, and its status code must be right.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <a class="skip-link button" href="#main">"Skip to content"</a>
            <SiteHeader />
            <main id="main" class="wrap" tabindex="-1">
                <Routes fallback=NotFoundPage>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                    <Route path=path!("/search") view=SearchPage ssr=SsrMode::Async />
                    <Route path=path!("/events/:id") view=EventPage ssr=SsrMode::Async />
                    <Route path=path!("/venues/:id") view=VenuePage ssr=SsrMode::Async />
                    <Route path=path!("/performers/:id") view=PerformerPage ssr=SsrMode::Async />
                    <Route path=path!("/bookings") view=BookingsPage ssr=SsrMode::Async />
                    <Route path=path!("/bookings/:id") view=BookingPage ssr=SsrMode::Async />
                </Routes>
            </main>
            <SiteFooter />
        </Router>
    }
}
