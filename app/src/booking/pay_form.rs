//! The checkout: an address for the tickets and a card of the sandbox.

use leptos::{ev::SubmitEvent, html, prelude::*};
use onsale_domain::Money;

use crate::{
    components::{Glyph, Icon},
    forms,
};

/// Cards of the sandbox provider: token, name, what it does.
const CARDS: [(&str, &str, &str); 4] = [
    ("tok_visa", "Visa ···· 4242", "pays at once"),
    ("tok_declined", "Visa ···· 0002", "is declined"),
    ("tok_slow", "Visa ···· 3155", "pays after some seconds"),
    ("tok_late", "Visa ···· 9995", "pays after the hold ran out"),
];

/// What the form was filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PayInput {
    /// Where the tickets go; empty when not given.
    pub email: String,
    /// The token of the card.
    pub token: String,
}

/// The form. Without JavaScript it is posted to the server; with it, `on_pay` is called.
#[component]
pub(super) fn PayForm(
    /// The id of the booking.
    booking: String,
    /// The secret by which the booking was opened; empty for its owner.
    key: String,
    /// What is to be paid.
    total: Money,
    /// The address given before.
    email: String,
    /// Whether a payment is on its way to the box office.
    #[prop(into)]
    is_busy: Signal<bool>,
    /// Called with what was filled in.
    on_pay: Callback<PayInput>,
) -> impl IntoView {
    let email_box = NodeRef::<html::Input>::new();
    let other_box = NodeRef::<html::Input>::new();
    let chosen = RwSignal::new(CARDS[0].0.to_owned());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let text = |node: NodeRef<html::Input>| {
            node.get_untracked().map(|input| input.value().trim().to_owned()).unwrap_or_default()
        };
        let other = text(other_box);
        let token = if other.is_empty() { chosen.get_untracked() } else { other };
        on_pay.run(PayInput { email: text(email_box), token });
    };
    view! {
        <form class="pay-form" method="post" action=forms::PAY_BOOKING data-testid="pay-form" on:submit=submit>
            <input type="hidden" name="booking" value=booking />
            <input type="hidden" name="key" value=key />
            <div class="field">
                <label for="pay-email">"Your e-mail, kept with the booking"</label>
                <input
                    node_ref=email_box
                    id="pay-email"
                    type="email"
                    name="email"
                    value=email
                    placeholder="you@example.com"
                    autocomplete="email"
                    maxlength="254"
                    required
                />
            </div>
            <fieldset class="card-choices">
                <legend>"Pay with"</legend>
                <p class="sandbox-note"><b>"Sandbox: "</b>"no real money moves. Choose how the bank should behave."</p>
                {card_choices(chosen)}
                <details>
                    <summary>"Another test token"</summary>
                    <div class="field">
                        <label for="pay-token">"Token of the sandbox provider"</label>
                        <input node_ref=other_box id="pay-token" name="other_token" maxlength="64" autocomplete="off" />
                    </div>
                </details>
            </fieldset>
            <button class="button button-accent button-wide" type="submit" data-testid="pay-button" disabled=move || is_busy.get()>
                <Icon glyph=Glyph::Lock />
                {move || if is_busy.get() { "One moment …".to_owned() } else { format!("Pay {total}") }}
            </button>
            <p class="small muted">"This is the whole price. No fee appears later."</p>
        </form>
    }
}

/// The test cards, each with what the bank will do.
fn card_choices(chosen: RwSignal<String>) -> impl IntoView {
    let card = |(token, name, effect): (&'static str, &'static str, &'static str)| {
        view! {
            <label class="card-choice">
                <input
                    type="radio"
                    name="token"
                    value=token
                    checked=token == CARDS[0].0
                    on:change=move |_| chosen.set(token.to_owned())
                />
                <span><b>{name}</b> <span class="muted small">{effect}</span></span>
            </label>
        }
    };
    CARDS.map(card).collect_view()
}
