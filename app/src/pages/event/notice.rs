//! Why the form that led here got no seats, and what can be had instead.

use leptos::prelude::*;
use onsale_domain::{EventId, TicketId};

use super::nearest;
use crate::{
    api::{ProblemCode, SectionDetail},
    forms,
};

/// What went wrong, in the words of the box office, with the nearest offer where there is one.
#[component]
pub(super) fn ProblemNotice(
    code: ProblemCode,
    tickets: Vec<TicketId>,
    section: Option<SectionDetail>,
    event: EventId,
) -> impl IntoView {
    let names =
        section.as_ref().map(|section| nearest::names(section, &tickets)).unwrap_or_default();
    let (title, text) = words(code, &names);
    let offer = section
        .filter(|_| code == ProblemCode::SeatTaken)
        .and_then(|section| Some((section.section.number, nearest::offer(&section, &tickets)?)))
        .map(|(number, offer)| take_instead(event, number, offer));
    view! {
        <section class="notice" role="alert" data-testid="problem-notice" data-code=code.as_str()>
            <div>
                <h2>{title}</h2>
                <p>{text}</p>
                {offer}
            </div>
        </section>
    }
}

fn words(code: ProblemCode, names: &[String]) -> (String, &'static str) {
    match code {
        ProblemCode::SeatTaken => {
            let title = match names {
                [] => "One of those seats was just taken".to_owned(),
                [name] => format!("{} was just taken", capitalised(name)),
                names => format!("{} were just taken", capitalised(&names.join(", "))),
            };
            (title, "Somebody was a moment faster. Nothing was held for you, and nothing was paid.")
        }
        ProblemCode::NotEnoughSeats => (
            "There are not so many seats together".to_owned(),
            "Try another category, fewer seats, or two groups.",
        ),
        ProblemCode::NotOnSale => {
            ("Tickets cannot be bought at the moment".to_owned(), "The notice below says why.")
        }
        ProblemCode::LimitExceeded => (
            "Ten tickets is the limit for one person".to_owned(),
            "Seats that you hold or bought for this event count too.",
        ),
        ProblemCode::AdmissionRequired => (
            "There is a queue for this event".to_owned(),
            "So many people want in that we let them in one by one. Join the queue first.",
        ),
        ProblemCode::InvalidRequest => {
            ("Nothing was ticked".to_owned(), "Tick at least one seat, then hold it.")
        }
        _ => (
            code.title().to_owned(),
            "Nothing was held and nothing was paid. Please try once more in a moment.",
        ),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn take_instead(event: EventId, section_number: u32, offer: nearest::Offer) -> impl IntoView {
    let tickets = offer
        .tickets
        .iter()
        .map(|id| view! { <input type="hidden" name="tickets[]" value=id.to_string() /> })
        .collect_view();
    view! {
        <form method="post" action=forms::HOLD_SEATS>
            <input type="hidden" name="event" value=event.to_string() />
            <input type="hidden" name="section" value=section_number.to_string() />
            {tickets}
            <button class="button button-accent" type="submit" data-testid="offer-nearest">
                {format!("Take {} instead", offer.names)}
            </button>
        </form>
    }
}
