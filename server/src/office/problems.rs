//! Problems that several parts of the office meet.

use onsale_app::api::{Problem, ProblemCode};
use onsale_store::StoreError;

/// What people are told when the database cannot answer. The reason goes to the logs only.
pub fn store_problem(error: &StoreError) -> Problem {
    if error.is_transient() {
        tracing::warn!(%error, "the database cannot answer");
        return unavailable();
    }
    tracing::error!(%error, "the database refused");
    internal()
}

/// Nobody can decide just now.
pub fn unavailable() -> Problem {
    Problem::new(
        ProblemCode::Unavailable,
        "The box office cannot answer just now. Nothing was lost; please try again in a moment.",
    )
    .retry_after(2)
}

/// Nobody can sell just now.
pub fn sales_paused() -> Problem {
    Problem::new(
        ProblemCode::SalesPaused,
        "Buying is paused: the box office cannot reach its books just now. Nothing was held and \
         nothing was charged. Looking around works, and buying goes on by itself in a moment.",
    )
    .retry_after(5)
}

/// What buyers are told when the database cannot answer.
pub fn purchase_problem(error: &StoreError) -> Problem {
    of_purchase(store_problem(error))
}

/// A problem in the words for buyers.
pub fn of_purchase(problem: Problem) -> Problem {
    if problem.code == ProblemCode::Unavailable { sales_paused() } else { problem }
}

/// More people want seats of an event than can be answered in time.
pub fn crowded() -> Problem {
    Problem::new(
        ProblemCode::Unavailable,
        "More people want these seats than we can answer at once. Nothing was held; please try again.",
    )
    .retry_after(1)
}

/// A fault of ours; what it is goes to the logs only.
pub fn internal() -> Problem {
    Problem::new(
        ProblemCode::Internal,
        "Something is wrong on our side. It has been noted; please try again.",
    )
}

pub fn event_not_found() -> Problem {
    Problem::new(ProblemCode::NotFound, "There is no such event.")
}

pub fn booking_not_found() -> Problem {
    Problem::new(
        ProblemCode::BookingNotFound,
        "We know no such booking of yours. Open it with its link, or on the device it was made on.",
    )
}

pub fn invalid(field: impl Into<String>, reason: impl std::fmt::Display) -> Problem {
    let field = field.into();
    Problem::new(ProblemCode::InvalidRequest, format!("{field}: {reason}")).at(field)
}

pub fn beyond_limit(field: &str, reason: impl std::fmt::Display) -> Problem {
    Problem::new(ProblemCode::LimitExceeded, reason).at(field)
}
