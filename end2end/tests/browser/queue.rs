//! Fans in front of the waiting room, and the operator behind it.

use std::time::Duration;

use onsale_domain::waiting_room::{Draw, QueueNumber, Seed};
use onsale_end2end::{Device, EVENT, Gallery, Scene, Visitor, play_on};
use onsale_testkit::{StackOptions, eventually};
use serde_json::Value;

include!("../../../crates/domain/src/waiting_room/draw_vectors.rs");

const EMAIL: &str = "box@onsale.example";
const PASSWORD: &str = "a password of some length";
const SOON: Duration = Duration::from_secs(30);

/// Signs the first admin in, in a browser, and opens the switch board of the event.
async fn operator(scene: &Scene, device: Device) -> Visitor {
    let (made, report) = scene
        .stack()
        .onsale_with(&["admin", "create", EMAIL], &[("ONSALE_ADMIN_PASSWORD", PASSWORD)])
        .await;
    assert!(made || report.contains("has an account already"), "{report}");
    let operator = scene.visitor(device).await;
    operator.open("/admin").await;
    operator.find("#email").fill(EMAIL, None).await.expect("an address");
    operator.find("#password").fill(PASSWORD, None).await.expect("a password");
    operator.press("sign-in").await;
    operator.sees("[data-testid='who']").await;
    let switch_board = format!("/admin/events/{EVENT}");
    operator.sees(&format!("[data-testid='admin-events'] a[href='{switch_board}']")).await;
    operator.open(&switch_board).await;
    operator
}

/// Presses a switch, and waits until every fan is told so.
async fn switch(scene: &Scene, operator: &Visitor, command: &str, mode: &str, phase: &str) {
    operator.press(&format!("do-{command}")).await;
    operator.sees(&format!("#room[data-mode='{mode}']")).await;
    let buyer = scene.stack().buyer(0);
    eventually(&format!("the queue to be {phase}"), SOON, || async {
        let now = buyer.get(&format!("/api/events/{EVENT}/queue/now.json")).await;
        (now.text("phase") == phase).then_some(())
    })
    .await;
}

async fn join(fan: &Visitor) {
    // Whoever presses the button a moment before the door opens is told so.
    fan.expect_complaint("409");
    fan.open(&format!("/queue/{EVENT}")).await;
    fan.press("join-queue").await;
}

async fn number_of(fan: &Visitor) -> u64 {
    let kept: Value = fan.ask("() => JSON.parse(localStorage.getItem('onsale-queue-1'))").await;
    kept["number"].as_u64().unwrap_or_else(|| panic!("a place is kept: {kept}"))
}

#[test]
fn two_fans_wait_are_let_in_by_their_order_and_buy() {
    play_on(StackOptions::default(), async |scene| {
        let operator = operator(scene, Device::Desktop).await;
        switch(scene, &operator, "switch_on", "open", "open").await;
        switch(scene, &operator, "pause", "paused", "paused").await;

        // A link straight to the seats leads to the queue.
        let first = scene.visitor(Device::Phone).await;
        first.expect_complaint("409");
        first.page().goto(&format!("{}/events/{EVENT}", scene.stack().url(0)), None).await.ok();
        first.sees("#queue[data-view='join']").await;
        first.await_life().await;
        first.press("join-queue").await;
        first.sees("[data-testid='queue-place']").await;
        assert_eq!(first.read("place-number").await, "1");
        let second = scene.visitor(Device::Desktop).await;
        join(&second).await;
        second.sees("[data-testid='queue-place']").await;
        assert_eq!(second.read("place-number").await, "2");

        switch(scene, &operator, "resume", "open", "open").await;
        for fan in [&first, &second] {
            fan.sees("[data-testid='queue-front']").await;
            fan.press("enter").await;
            fan.sees("[data-testid='event']").await;
            fan.await_life().await;
        }
        let order = "SELECT count(*) FROM admission_passes a JOIN admission_passes b
            ON a.number < b.number AND a.issued_at <= b.issued_at";
        assert_eq!(scene.stack().database.number(order).await, 1, "by their order");
        for fan in [&first, &second] {
            let seats = scene.seats("Circle", 1).await;
            fan.pick(seats[0].ticket).await;
            let booking = fan.hold().await;
            fan.pay("tok_visa").await;
            assert_eq!(fan.awaits_booking("confirmed").await, booking);
        }
    });
}

#[test]
fn a_closed_tab_finds_its_place_on_another_device() {
    play_on(StackOptions::default(), async |scene| {
        let operator = operator(scene, Device::Desktop).await;
        switch(scene, &operator, "switch_on", "open", "open").await;
        switch(scene, &operator, "pause", "paused", "paused").await;
        let fan = scene.visitor(Device::Desktop).await;
        join(&fan).await;
        fan.sees("[data-testid='queue-place']").await;
        let solver = "() => performance.getEntriesByType('resource')
            .some(({ name }) => /\\/proof[^\\/]*\\.js$/.test(name))";
        assert!(fan.ask::<bool>(solver).await, "a puzzle was solved to join");
        let number = number_of(&fan).await;
        fan.open("/").await;
        fan.open(&format!("/queue/{EVENT}")).await;
        fan.sees("[data-testid='queue-place']").await;
        assert_eq!(number_of(&fan).await, number, "after a reload");
        fan.press("save-place").await;
        let link = fan.sign("recovery-url").input_value(None).await.expect("the link");

        let phone = scene.visitor(Device::Phone).await;
        phone.expect_complaint("409");
        phone.page().goto(&link, None).await.expect("the link opens");
        phone.press("take-place").await;
        phone.sees("[data-testid='queue-place']").await;
        assert_eq!(number_of(&phone).await, number);

        // The link works without scripts, too.
        let plain = scene.visitor(Device::WithoutScript).await;
        plain.page().goto(&link, None).await.expect("the link opens");
        plain.press("take-place").await;
        plain.open(&format!("/queue/{EVENT}/place")).await;
        assert_eq!(plain.read("place-number").await, "1");

        switch(scene, &operator, "resume", "open", "open").await;
        phone.sees("[data-testid='queue-front']").await;
        phone.press("enter").await;
        phone.sees("[data-testid='event']").await;
        // The first device that goes in uses the place.
        fan.sees("[data-testid='queue-front']").await;
        fan.press("enter").await;
        fan.sees("#queue-problem:not([hidden])").await;
    });
}

#[test]
fn a_fan_without_scripts_waits_and_comes_in() {
    play_on(StackOptions::default(), async |scene| {
        let operator = operator(scene, Device::Desktop).await;
        operator.find("#proof_bits").fill("0", None).await.expect("no puzzle");
        operator.press("set-rules").await;
        operator.sees("#room").await;
        switch(scene, &operator, "switch_on", "open", "open").await;
        let fan = scene.visitor(Device::WithoutScript).await;
        fan.expect_complaint("409");
        fan.open(&format!("/queue/{EVENT}")).await;
        fan.press("join-queue").await;
        fan.sees("[data-testid='place-page']").await;
        eventually("the turn to come", SOON, || async {
            fan.open(&format!("/queue/{EVENT}/place")).await;
            fan.sign("enter").is_visible().await.ok().filter(|seen| *seen)
        })
        .await;
        // The door may open a moment later: the page says so, and the button stays.
        eventually("the door to open", SOON, || async {
            if fan.sign("enter").is_visible().await.unwrap_or_default() {
                fan.press("enter").await;
            }
            fan.sign("event").is_visible().await.ok().filter(|seen| *seen)
        })
        .await;
    });
}

#[test]
fn the_page_that_checks_the_draw_agrees_with_the_server() {
    play_on(StackOptions::default(), async |scene| {
        let operator = operator(scene, Device::Desktop).await;
        let hour = |offset: i64| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            let millis = i64::try_from(now.expect("after 1970").as_millis()).expect("a time");
            let time = onsale_domain::Timestamp(millis).plus_seconds(offset).to_string();
            // As a field for a time takes it: UTC, without saying so, and to the minute.
            time.chars().take("2026-12-04T09:00".len()).collect::<String>()
        };
        operator.find("#joins").fill(&hour(-60), None).await.expect("a time");
        operator.find("#opens").fill(&hour(3_600), None).await.expect("a time");
        switch(scene, &operator, "schedule", "scheduled", "pre_queue").await;
        let fans = [scene.visitor(Device::Desktop).await, scene.visitor(Device::Phone).await];
        for fan in &fans {
            join(fan).await;
            fan.sees("[data-testid='in-draw']").await;
        }
        switch(scene, &operator, "switch_on", "open", "open").await;
        let buyer = scene.stack().buyer(0);
        let now = eventually("the seed to be published", SOON, || async {
            let now = buyer.get("/api/events/1/queue/now.json").await;
            now.body["seed"].is_string().then_some(now)
        })
        .await;
        let seed: Seed = now.text("seed").parse().expect("a seed");
        for (count, positions) in VECTORS {
            fans[0].open(&format!("/queue/{EVENT}/verify")).await;
            let script = format!(
                "async () => {{
                    const page = document.querySelector('script[type=module]').src;
                    const script = await (await fetch(page)).text();
                    const [, draw] = script.match(/from \"(\\/draw[^\"]*)\"/);
                    const {{ drawSteps }} = await import(draw);
                    const seed = Array.from({{ length: 32 }}, (_, n) => n.toString(16).padStart(2, '0'));
                    return Array.from({{ length: {} }}, (_, n) =>
                        drawSteps(seed.join(''), {count}, n).position);
                }}",
                positions.len()
            );
            assert_eq!(fans[0].ask::<Vec<u64>>(&script).await, positions, "among {count}");
        }
        let draw = Draw::new(&seed, now.body["drawnCount"].as_u64().expect("N"));
        for fan in &fans {
            let number = number_of(fan).await;
            fan.open(&format!("/queue/{EVENT}/verify")).await;
            fan.sees("[data-testid='verify-seed'][data-good='true']").await;
            assert_eq!(fan.read("seed").await, seed.reveal());
            fan.click("#verify-form button").await;
            fan.sees("#verify-answer[data-position]").await;
            let answer = fan.sign("verify-answer").get_attribute("data-position").await;
            let position = draw.position(QueueNumber(number)).expect("takes part").0;
            assert_eq!(answer.ok().flatten(), Some(position.to_string()));
        }
    });
}

#[test]
fn the_operator_switches_on_slows_pauses_and_drains() {
    play_on(StackOptions::default(), async |scene| {
        let operator = operator(scene, Device::Desktop).await;
        switch(scene, &operator, "switch_on", "open", "open").await;
        operator.find("#rate_per_minute").fill("30", None).await.expect("a rate");
        operator.press("set-rules").await;
        operator.sees("#room").await;
        let rate = "SELECT rate_per_minute::bigint FROM waiting_rooms WHERE event_id = 1";
        assert_eq!(scene.stack().database.number(rate).await, 30);
        eventually("the worker to slow down", SOON, || async {
            let now = "SELECT ceil(rate_now)::bigint FROM waiting_rooms WHERE event_id = 1";
            (1..=30).contains(&scene.stack().database.number(now).await).then_some(())
        })
        .await;
        operator.find("#rate_per_minute").fill("0", None).await.expect("a rate");
        let valid: bool =
            operator.ask("() => document.querySelector('#rate_per_minute').checkValidity()").await;
        assert!(!valid, "no rate of nobody");

        switch(scene, &operator, "pause", "paused", "paused").await;
        let fan = scene.visitor(Device::Phone).await;
        join(&fan).await;
        fan.sees("[data-testid='queue-place']").await;
        fan.sees("#place-paused:not([hidden])").await;
        eventually("the operator to see who waits", SOON, || async {
            (operator.read("figure-waiting").await == "1").then_some(())
        })
        .await;
        switch(scene, &operator, "drain", "draining", "draining").await;
        let late = scene.visitor(Device::Phone).await;
        late.open(&format!("/queue/{EVENT}")).await;
        late.sees("[data-testid='queue-closed']").await;
        fan.sees("[data-testid='queue-front']").await;
        operator.open("/admin/audit-log").await;
        let log = operator.read("audit-log").await;
        for action in ["sign_in", "switch_on", "set_rules", "pause", "drain"] {
            assert!(log.contains(action), "{action} is noted: {log}");
        }
    });
}

#[test]
fn the_waiting_room_is_fit_to_be_seen() {
    play_on(StackOptions::default(), async |scene| {
        for device in [Device::Desktop, Device::Phone] {
            let operator = operator(scene, device).await;
            let mut board = Gallery::new(&operator);
            let command = |name: &'static str| format!("do-{name}");
            operator.press(&command("switch_on")).await;
            operator.sees("#room[data-mode='open']").await;
            switch(scene, &operator, "pause", "paused", "paused").await;
            board.look("admin-room").await;
            let fan = scene.visitor(device).await;
            let mut gallery = Gallery::new(&fan);
            gallery.visit("queue-join", &format!("/queue/{EVENT}")).await;
            fan.press("join-queue").await;
            fan.sees("[data-testid='queue-place']").await;
            // A line of some length, as it looks on the day.
            scene
                .stack()
                .database
                .run("UPDATE waiting_rooms SET pace_per_minute = 3000, pace_spread = 0.1")
                .await;
            gallery.look("queue-place").await;
            gallery.visit("queue-verify", &format!("/queue/{EVENT}/verify")).await;
            gallery.visit("queue-own-place", &format!("/queue/{EVENT}/place")).await;
            switch(scene, &operator, "resume", "open", "open").await;
            fan.open(&format!("/queue/{EVENT}")).await;
            fan.sees("[data-testid='queue-front']").await;
            gallery.look("queue-front").await;
            gallery.assert_faultless();
            operator.press(&command("switch_off")).await;
            operator.sees("#room[data-mode='off']").await;
            board.visit("admin-rooms", "/admin").await;
            board.visit("admin-log", "/admin/audit-log").await;
            board.assert_faultless();
        }
    });
}
