//! The pages, one file or folder each. They are rendered on the server only.

mod booking;
mod bookings;
mod event;
mod head;
mod home;
mod problem;
mod profile;
mod search;

use std::{future::Future, sync::Arc};

use leptos::{prelude::*, tachys::reactive_graph::OwnedView};

use crate::{
    api::{Problem, ProblemCode},
    backend::{Backend, Viewer},
};

pub(crate) use booking::BookingPage;
pub(crate) use bookings::BookingsPage;
pub(crate) use event::EventPage;
pub(crate) use home::HomePage;
pub(crate) use problem::NotFoundPage;
pub(crate) use profile::{PerformerPage, VenuePage};
pub(crate) use search::SearchPage;

/// A page that is ready once `load` is: the view, or the page that explains the problem.
fn page<Load, Page>(load: Load) -> impl IntoView
where
    Load: Future<Output = Result<Page, Problem>> + Send + 'static,
    Page: IntoView + 'static,
{
    Suspend::new(async move {
        // What comes after the wait is rendered when no page is current, or another one is. The
        // owner that the view takes along makes its head find the context of its own page.
        OwnedView::new(match load.await {
            Ok(page) => page.into_any(),
            Err(problem) => problem::explain(&problem).into_any(),
        })
    })
}

/// The box office behind the pages.
fn backend() -> Result<Arc<dyn Backend>, Problem> {
    use_context::<Arc<dyn Backend>>()
        .ok_or_else(|| Problem::new(ProblemCode::Unavailable, "The box office is not open yet."))
}

/// Who asks, if the request came with a name.
fn viewer() -> Option<Viewer> {
    use_context::<Option<Viewer>>().flatten()
}
