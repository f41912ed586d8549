//! The search box in the header. It is a plain field of a form; with a script it offers what people
//! may mean while they type, and the `/` key brings them to it.

use leptos::{ev, prelude::*, task::spawn_local};

use crate::{
    api::SuggestPage,
    browser::{
        self,
        fetch::{self, Call},
    },
    links,
};

/// The id of the search box in the header.
const SEARCH_BOX_ID: &str = "site-search";
/// The id of the list of what is offered.
const LIST_ID: &str = "site-search-offers";
/// Whoever pauses so long wants to see something.
const PAUSE_MILLIS: u64 = 70;

/// Something that people may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    name: String,
    detail: String,
    address: String,
}

fn offers_of(page: SuggestPage) -> Vec<Offer> {
    let mut offers = Vec::new();
    let counted = |kind: &str, place: &str, events: u64| {
        let place = if place.is_empty() { String::new() } else { format!(" in {place}") };
        format!("{kind}{place} · {events} {}", if events == 1 { "event" } else { "events" })
    };
    for it in page.performers {
        let id = it.id.unwrap_or_default();
        let address = links::with_query("/search", &[("performer", &id), ("keyword", &it.name)]);
        offers.push(Offer { detail: counted("Artist", "", it.events), name: it.name, address });
    }
    for it in page.venues {
        let address = links::with_query("/search", &[("venue", &it.id.unwrap_or_default())]);
        let detail = counted("Venue", &it.place, it.events);
        offers.push(Offer { detail, name: it.name, address });
    }
    for it in page.cities {
        let address = links::with_query("/search", &[("city", &it.name)]);
        offers.push(Offer { detail: counted("City", "", it.events), name: it.name, address });
    }
    for it in page.events {
        offers.push(Offer { name: it.title, detail: it.detail, address: links::event(it.id) });
    }
    offers
}

/// What is offered, and which of it the arrow keys have reached.
#[derive(Clone, Copy)]
struct Offers {
    all: RwSignal<Vec<Offer>>,
    reached: RwSignal<Option<usize>>,
    is_open: RwSignal<bool>,
    /// The number of the last question: answers to earlier ones come too late.
    question: StoredValue<u32>,
}

impl Offers {
    fn new() -> Self {
        Self {
            all: RwSignal::new(Vec::new()),
            reached: RwSignal::new(None),
            is_open: RwSignal::new(false),
            question: StoredValue::new(0),
        }
    }

    fn is_shown(self) -> bool {
        self.is_open.get() && !self.all.with(Vec::is_empty)
    }

    fn close(self) {
        self.is_open.set(false);
        self.reached.set(None);
    }

    /// Asks what the text may mean, once there is a pause.
    fn ask(self, text: String) {
        self.question.update_value(|question| *question = question.wrapping_add(1));
        let mine = self.question.get_value();
        if text.trim().is_empty() {
            self.all.set(Vec::new());
            return;
        }
        browser::after_millis(PAUSE_MILLIS, move || {
            if self.question.try_get_value() != Some(mine) {
                return;
            }
            spawn_local(async move {
                let path = links::with_query("/api/events/suggest", &[("keyword", &text)]);
                let answer = fetch::json(Call { path: &path, ..Call::default() }).await;
                if self.question.try_get_value() == Some(mine) {
                    // Without an answer the form still works.
                    self.all.set(answer.map(offers_of).unwrap_or_default());
                    self.reached.set(None);
                    self.is_open.set(true);
                }
            });
        });
    }

    /// What a key does to the list; whether it does something.
    fn press(self, key: &str) -> bool {
        let count = self.all.with_untracked(Vec::len);
        let reached = self.reached.get_untracked();
        let is_shown = self.is_open.get_untracked() && count > 0;
        match key {
            "ArrowDown" if count > 0 => {
                self.is_open.set(true);
                // After the last comes what was typed itself.
                self.reached.set(match reached {
                    None => Some(0),
                    Some(at) if at + 1 < count => Some(at + 1),
                    Some(_) => None,
                });
            }
            "ArrowUp" if is_shown => {
                self.reached.set(match reached {
                    None => Some(count - 1),
                    Some(at) => at.checked_sub(1),
                });
            }
            "Escape" if is_shown => self.close(),
            "Enter" if is_shown && reached.is_some() => {
                let at = reached.unwrap_or_default();
                let address =
                    self.all.with_untracked(|all| all.get(at).map(|it| it.address.clone()));
                browser::navigate(&address.unwrap_or_default());
            }
            _ => return false,
        }
        true
    }
}

/// The field, the key that leads to it, and what is offered below it.
#[island]
pub fn SearchBox(
    /// What was looked for.
    keyword: String,
) -> impl IntoView {
    let offers = Offers::new();
    Effect::new(|_| {
        let handle = window_event_listener(ev::keydown, |event| {
            let with_modifier = event.ctrl_key() || event.meta_key() || event.alt_key();
            if event.key() == "/" && !with_modifier && !browser::is_typing() {
                event.prevent_default();
                browser::focus(SEARCH_BOX_ID);
            }
        });
        on_cleanup(move || handle.remove());
    });
    let on_key = move |event: ev::KeyboardEvent| {
        if !event.is_composing() && offers.press(&event.key()) {
            event.prevent_default();
        }
    };
    let reached_id = move || offers.reached.get().map(|at| format!("{LIST_ID}-{at}"));
    let expanded = move || if offers.is_shown() { "true" } else { "false" };
    view! {
        <input
            id=SEARCH_BOX_ID
            type="search"
            name="keyword"
            value=keyword
            placeholder="Artist, team, venue or city"
            aria-label="Search for an artist, team, venue or city"
            maxlength="200"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            enterkeyhint="search"
            role="combobox"
            aria-autocomplete="list"
            aria-controls=LIST_ID
            aria-expanded=expanded
            aria-activedescendant=reached_id
            on:input=move |event| offers.ask(event_target_value(&event))
            on:keydown=on_key
            on:focus=move |_| offers.is_open.set(true)
            on:blur=move |_| offers.close()
        />
        <kbd class="needs-script" aria-hidden="true">"/"</kbd>
        <ul
            id=LIST_ID
            class="offers"
            role="listbox"
            aria-label="Suggestions"
            class:is-open=move || offers.is_shown()
        >
            {move || {
                offers
                    .all
                    .get()
                    .into_iter()
                    .enumerate()
                    .map(|(at, offer)| view! { <OfferLine offers at offer /> })
                    .collect_view()
            }}
        </ul>
    }
}

#[component]
fn OfferLine(offers: Offers, at: usize, offer: Offer) -> impl IntoView {
    let is_reached = move || offers.reached.get() == Some(at);
    let address = offer.address;
    view! {
        <li
            id=format!("{LIST_ID}-{at}")
            role="option"
            aria-selected=move || if is_reached() { "true" } else { "false" }
            class:is-reached=is_reached
            // Before the field loses the focus, and the list goes.
            on:pointerdown=move |event| {
                if event.button() == 0 {
                    event.prevent_default();
                }
            }
            on:click=move |_| browser::navigate(&address)
        >
            <b>{offer.name}</b>
            <small>{offer.detail}</small>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::SuggestedName;

    #[test]
    fn every_offer_leads_somewhere() {
        let name = |id: Option<&str>, name: &str, place: &str| SuggestedName {
            id: id.map(str::to_owned),
            name: name.into(),
            place: place.into(),
            events: 1,
        };
        let offers = offers_of(SuggestPage {
            events: Vec::new(),
            performers: vec![name(Some("7"), "Béla", "")],
            venues: vec![name(Some("3"), "Olympia", "Paris")],
            cities: vec![name(None, "São Paulo", "BR")],
        });
        let told: Vec<_> = offers.iter().map(|it| (&*it.address, &*it.detail)).collect();
        assert_eq!(
            told,
            [
                ("/search?performer=7&keyword=B%C3%A9la", "Artist · 1 event"),
                ("/search?venue=3", "Venue in Paris · 1 event"),
                ("/search?city=S%C3%A3o%20Paulo", "City · 1 event"),
            ]
        );
    }
}
