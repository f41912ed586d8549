//! What is picked, what it costs, and the one button that matters. On a phone it is a sheet at the
//! lower edge.

use leptos::{either::EitherOf3, prelude::*};

use super::{
    hold::hold,
    order::OrderLine,
    picker::{Obstacle, Offer, Picker},
};
use crate::{
    browser,
    components::{Glyph, Icon, count},
};

/// The order.
#[component]
pub(super) fn OrderPanel(picker: Picker) -> impl IntoView {
    let order = Memo::new(move |_| picker.order());
    let is_empty = Memo::new(move |_| order.with(|order| order.lines.is_empty()));
    let lines = move || {
        order.with(|order| {
            order
                .lines
                .iter()
                .map(|line| view! { <Line picker line=line.clone() /> })
                .collect_view()
        })
    };
    let total = move || order.with(|order| order.total.map(|total| total.to_string()));
    view! {
        <section
            class="panel picker-order"
            class:is-empty=move || is_empty.get()
            aria-labelledby="order-title"
            data-testid="order-panel"
        >
            <h2 id="order-title">"Your seats"</h2>
            {move || picker.obstacle.get().map(|obstacle| view! { <ObstacleNotice picker obstacle /> })}
            {move || is_empty.get().then(|| view! { <Invitation picker /> })}
            <ul class="order-lines">{lines}</ul>
            <dl class="order-total" hidden=move || is_empty.get()>
                <div class="muted order-fees"><dt>"Fees"</dt><dd>"none"</dd></div>
                <div><dt>"Total"</dt><dd class="number" data-testid="order-total">{total}</dd></div>
            </dl>
            <HoldButton picker order_quantity=Signal::derive(move || order.with(|order| order.quantity)) />
            <p class="small muted order-note" hidden=move || is_empty.get()>
                {picker.event.with_value(|event| {
                    format!(
                        "Held for you alone for {}. No fee appears later.",
                        count(event.hold_ttl_seconds.div_ceil(60) as usize, "minute", "minutes"),
                    )
                })}
            </p>
        </section>
    }
}

#[component]
fn Invitation(picker: Picker) -> impl IntoView {
    let (is_open, opens) = picker.event.with_value(|event| (event.is_open, event.opens.clone()));
    let words = if is_open {
        "Pick up to ten seats, or let us find the best.".to_owned()
    } else {
        format!("Seats can be picked from {opens}.")
    };
    view! { <p class="muted invitation">{words}</p> }
}

#[component]
fn HoldButton(picker: Picker, #[prop(into)] order_quantity: Signal<usize>) -> impl IntoView {
    let words = move || {
        if picker.is_holding.get() {
            return "Holding your seats …".to_owned();
        }
        let order = picker.order();
        let seats = count(order.quantity, "seat", "seats");
        match order.total {
            Some(total) => format!("Hold {seats} · {}", total.short()),
            None if order.quantity > 0 => format!("Hold {seats}"),
            None => "Hold seats".to_owned(),
        }
    };
    view! {
        <button
            class="button button-accent button-wide hold-button"
            type="button"
            disabled=move || order_quantity.get() == 0 || picker.is_holding.get()
            on:click=move |_| hold(picker)
            data-testid="hold-button"
        >
            {words}
        </button>
    }
}

#[component]
fn Line(picker: Picker, line: OrderLine) -> impl IntoView {
    let first = line.seats.first().copied();
    let remove_name = format!("Put back {}", line.name);
    let quantity = line.seats.len();
    let control = match (line.standing_section, first) {
        (Some(section), _) => {
            EitherOf3::A(view! { <Places picker section quantity name=line.name.clone() /> })
        }
        (None, Some(seat)) => EitherOf3::B(view! {
            <button
                class="remove"
                type="button"
                aria-label=remove_name
                on:click=move |_| picker.toggle(seat)
            >
                <Icon glyph=Glyph::Close />
            </button>
        }),
        (None, None) => EitherOf3::C(()),
    };
    view! {
        <li data-testid="order-line">
            <b class="line-name">{line.name}</b>
            <b class="line-short" aria-hidden="true">{line.short_name}</b>
            <span class="number line-price">{line.price.map(|price| price.to_string())}</span>
            {control}
            <span class="line-view small muted">{line.view}</span>
        </li>
    }
}

/// How many places of an area.
#[component]
fn Places(picker: Picker, section: usize, quantity: usize, name: String) -> impl IntoView {
    let add = move |_| {
        let tapped = picker.change(|model| model.add_standing(section, browser::random_unit()));
        if let Some(tapped) = tapped {
            picker.explain(tapped);
        }
    };
    view! {
        <span class="stepper">
            <button
                type="button"
                aria-label=format!("One place fewer, {name}")
                on:click=move |_| { picker.change(|model| model.remove_standing(section)); }
            >
                "−"
            </button>
            <span class="number">{quantity.to_string()}</span>
            <button type="button" aria-label=format!("One place more, {name}") on:click=add>"+"</button>
        </span>
    }
}

#[component]
fn ObstacleNotice(picker: Picker, obstacle: Obstacle) -> impl IntoView {
    let offer = obstacle.offer.map(|offer| view! { <OfferButton picker offer /> });
    let way = obstacle.way.map(|(address, words)| {
        view! { <a class="button button-line button-small" href=address>{words}</a> }
    });
    view! {
        <div class="notice" role="alert" data-testid="problem-notice">
            <div>
                <p><b>{obstacle.title}</b></p>
                <p class="small">{obstacle.advice}</p>
                {offer}
                {way}
            </div>
        </div>
    }
}

#[component]
fn OfferButton(picker: Picker, offer: Offer) -> impl IntoView {
    let words = format!("Take {} instead", offer.names);
    let seats = offer.seats;
    view! {
        <button
            class="button button-small"
            type="button"
            on:click=move |_| picker.take(&seats)
            data-testid="offer-nearest"
        >
            {words}
        </button>
    }
}
