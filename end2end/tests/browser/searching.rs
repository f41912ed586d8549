//! Finding something, with the keyboard and with typos.

use onsale_end2end::{Device, play};

#[test]
fn what_is_typed_is_offered_and_reached_by_arrow_keys() {
    play(async |scene| {
        let fan = scene.visitor(Device::Desktop).await;
        fan.open("/").await;
        fan.key("/", 1).await;
        for letter in ["o", "k", "a", "f"] {
            fan.key(letter, 1).await;
        }
        fan.sees(".offers.is-open li").await;
        fan.key("ArrowDown", 1).await;
        fan.sees(".offers .is-reached").await;
        let expanded: String =
            fan.ask("() => document.querySelector('#site-search').ariaExpanded").await;
        assert_eq!(expanded, "true");
        fan.key("Enter", 1).await;
        fan.sees("[data-testid='result-count']").await;
        assert!(fan.address().contains("performer="), "{}", fan.address());
        fan.sees(".event-card mark").await;
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
