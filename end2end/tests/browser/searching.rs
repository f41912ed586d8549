//! Finding something, with the keyboard and with typos.

use std::time::Duration;

use onsale_end2end::{Device, Scene, Visitor, play};
use onsale_testkit::eventually;

/// Types into the search box of the header, to which the key `/` leads.
async fn type_in_header(fan: &Visitor, letters: &str) {
    fan.sees("#site-search[role='combobox']").await;
    fan.key("/", 1).await;
    for letter in letters.chars() {
        fan.key(&letter.to_string(), 1).await;
    }
    fan.sees(".offers.is-open li").await;
}

async fn at_home_typing(scene: &Scene, letters: &str) -> Visitor {
    let fan = scene.visitor(Device::Desktop).await;
    fan.open("/").await;
    type_in_header(&fan, letters).await;
    fan
}

async fn enter_leads_to_the_performer(fan: &Visitor) {
    fan.key("Enter", 1).await;
    fan.sees("[data-testid='result-count']").await;
    assert!(fan.address().contains("performer="), "{}", fan.address());
}

#[test]
fn what_is_typed_is_offered_and_reached_by_arrow_keys() {
    play(async |scene| {
        let fan = at_home_typing(scene, "okaf").await;
        fan.key("ArrowDown", 1).await;
        fan.sees(".offers .is-reached").await;
        let expanded: String =
            fan.ask("() => document.querySelector('#site-search').ariaExpanded").await;
        assert_eq!(expanded, "true");
        enter_leads_to_the_performer(&fan).await;
        fan.sees(".event-card mark").await;
    });
}

#[test]
fn what_is_reached_stays_though_an_answer_comes_late() {
    play(async |scene| {
        let fan = at_home_typing(scene, "oka").await;
        // From now on answers wait until they are let go.
        let _: bool = fan
            .ask(
                "() => {
                    const fetched = window.fetch;
                    const go = new Promise((resolve) => { window.letGo = resolve; });
                    window.fetch = (...asked) => {
                        window.late = go.then(async () => {
                            const answer = await fetched(...asked);
                            return new Response(await answer.text());
                        });
                        return window.late;
                    };
                    return true;
                }",
            )
            .await;
        fan.key("f", 1).await;
        eventually("what is offered to be asked for", Duration::from_secs(10), || async {
            fan.ask::<bool>("() => Boolean(window.late)").await.then_some(())
        })
        .await;
        fan.key("ArrowDown", 1).await;
        fan.sees(".offers .is-reached").await;
        let stays: bool = fan
            .ask(
                "async () => {
                    window.letGo();
                    await window.late.catch(() => {});
                    await new Promise((resolve) => setTimeout(resolve));
                    return Boolean(document.querySelector('.offers .is-reached'));
                }",
            )
            .await;
        assert!(stays, "the list was replaced under the finger");
        enter_leads_to_the_performer(&fan).await;
    });
}

#[test]
fn what_is_offered_is_chosen_by_pointer_and_put_away_by_escape() {
    play(async |scene| {
        let fan = scene.visitor(Device::Desktop).await;
        fan.open("/search").await;
        let city: String = fan
            .ask("async () => (await (await fetch('/api/events/search')).json()).events[0].venue.city")
            .await;
        type_in_header(&fan, &city.to_lowercase()).await;
        fan.key("Escape", 1).await;
        let is_open = "() => document.querySelector('.offers').matches('.is-open')";
        assert!(!fan.ask::<bool>(is_open).await);
        fan.key("ArrowDown", 1).await;
        fan.sees(".offers.is-open .is-reached").await;
        fan.click(".offers li[data-address^='/search?city=']").await;
        fan.sees("h1:has-text(' in ')").await;
        assert!(fan.address().contains("/search?city="), "{}", fan.address());
        let cities: Vec<String> = fan
            .ask("() => [...document.querySelectorAll('.event-card')].map(card => card.innerText)")
            .await;
        assert!(!cities.is_empty() && cities.iter().all(|card| card.contains(&city)), "{cities:?}");
    });
}

#[test]
fn the_slider_says_where_it_stands() {
    play(async |scene| {
        let fan = scene.visitor(Device::Phone).await;
        fan.open("/search").await;
        fan.sees("#site-search[role='combobox']").await;
        let moved: (String, String) = fan
            .ask(
                "() => {
                    const slider = document.querySelector('#search-price');
                    slider.value = 5000;
                    slider.dispatchEvent(new Event('input'));
                    const output = document.querySelector(\"output[for='search-price']\");
                    return [output.value, slider.getAttribute('aria-valuetext')];
                }",
            )
            .await;
        assert_eq!(moved, ("up to €50".to_owned(), "up to €50".to_owned()));
        fan.click(".search-form button[type='submit']").await;
        fan.sees("#search-price[value='5000']").await;
        assert!(fan.address().contains("price=5000"), "{}", fan.address());
    });
}

#[test]
fn a_typo_finds_what_was_meant_and_says_so() {
    play(async |scene| {
        let fan = scene.visitor(Device::Phone).await;
        fan.open("/search?keyword=nadai+okafro+").await;
        assert!(fan.read("did-you-mean").await.contains("nadia okafor"));
        fan.sees(".event-card mark").await;
        fan.assert_not_sideways().await;
    });
}
