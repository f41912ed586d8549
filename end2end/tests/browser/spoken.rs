//! What a screen reader is told of the seat map.

use onsale_end2end::{Device, EVENT, play};

#[test]
fn sections_rows_and_seats_are_a_tree_with_names_and_states() {
    play(async |scene| {
        let seat = scene.seats("Circle", 1).await.remove(0);
        let fan = scene.visitor(Device::Desktop).await;
        fan.open(&format!("/events/{EVENT}")).await;
        fan.sees(".map-stage:not(.is-loading)").await;
        let tree = fan.sign("picker").aria_snapshot(None).await.expect("a tree");
        for part in [
            "- region \"Seats\":",
            "- group \"Show seats as\":",
            "button \"Map\" [pressed]",
            "- application \"Seat map.",
            "- group \"Show only these seats\":",
            "- heading \"Your seats\" [level=2]",
            "- button \"Hold seats\" [disabled]",
        ] {
            assert!(tree.contains(part), "{part} is not in\n{tree}");
        }

        fan.press("show-list").await;
        let section = format!("[data-testid='list-section']:has-text('{}')", seat.section);
        fan.click(&section).await;
        let name = format!("{}, €42, available", seat.spoken());
        fan.click(&format!("[aria-label='{name}']")).await;
        let tree = fan.sign("seat-list").aria_snapshot(None).await.expect("a tree");
        let picked = format!("- button \"{}, €42, yours\" [pressed]", seat.spoken());
        for part in [&format!("{} ", seat.section), "[expanded]", "- group \"Row ", &picked] {
            assert!(tree.contains(part), "{part} is not in\n{tree}");
        }
        let said = fan.read("announcement").await;
        assert!(said.starts_with(&format!("{} picked. View: row ", seat.spoken())), "{said}");
        assert!(said.contains(" m from the "), "{said}");
    });
}
