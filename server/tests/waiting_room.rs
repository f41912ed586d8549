//! The waiting room as fans, robots and operators meet it.

#![allow(clippy::expect_used, missing_docs)]

mod rooms;

use std::time::Duration;

use onsale_domain::waiting_room::{Draw, QueueNumber, Seed};
use onsale_testkit::{Stack, StackOptions, eventually};
use reqwest::{Method, StatusCode};
use rooms::{Operator, come_in, join, join_and_come_in, now_json, pass_of};
use serde_json::json;

const SOON: Duration = Duration::from_secs(20);
const QUEUE: &str = "/api/events/1/queue";

#[tokio::test]
async fn nobody_buys_without_a_pass_and_whoever_waited_does() {
    let stack = Stack::start(StackOptions::default()).await;
    let operator = Operator::admin(&stack).await;
    let stranger = stack.buyer(0);
    let free = stranger.post(QUEUE, &json!({})).await;
    assert_eq!(free.code(), "queue_not_open", "no room, no queue: {}", free.body);
    operator.order("switch_on").await;

    let seats = stack.database.available(1, 2).await;
    let refused = stranger.reserve(&seats).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "admission_required"));
    let once = json!({ "ticketIds": seats, "paymentDetails": { "paymentToken": "tok_visa" } });
    assert_eq!(stranger.post("/api/bookings/1", &once).await.code(), "admission_required");
    let form = stranger.request(Method::POST, "/api/forms/hold-best").header("Accept", "text/html");
    let form = form.form(&[("event", "1"), ("quantity", "1")]).send().await.expect("an answer");
    assert!(
        form.url().path().starts_with("/queue/1"),
        "the form leads to the queue: {}",
        form.url()
    );
    assert_eq!(
        stack.database.number("SELECT count(*) FROM bookings WHERE status = 'in_progress'").await,
        0
    );

    let fan = stack.buyer(0);
    join_and_come_in(&fan).await;
    let held = fan.reserve(&seats).await;
    assert_eq!(held.status, StatusCode::CREATED, "{}", held.body);
    assert_eq!(fan.pay(&held.booking_id(), "tok_visa").await.status, StatusCode::ACCEPTED);
    fan.wait_for(&held.booking_id(), "confirmed", SOON).await;
    stack.stop().await;
}

#[tokio::test]
async fn passes_and_places_are_worth_nothing_in_other_hands() {
    let stack = Stack::start(StackOptions::default()).await;
    let operator = Operator::admin(&stack).await;
    operator.order("switch_on").await;
    let (fan, thief) = (stack.buyer(0), stack.buyer(0));
    let place = join(&fan).await;
    let admission = come_in(&fan).await;

    let seats = stack.database.available(1, 1).await;
    let with = |pass: &str| {
        let request = thief.request(Method::POST, "/api/bookings/reserve");
        request.header("Admission-Pass", pass).json(&json!({ "ticketIds": seats }))
    };
    let pass = admission.text("pass").to_owned();
    assert_eq!(thief.send(with(&pass)).await.code(), "admission_required", "another's pass");
    let forged = format!("{}A", &pass[..pass.len() - 1]);
    assert_eq!(thief.send(with(&forged)).await.code(), "admission_required");

    let steal = json!({ "token": place.text("token") });
    let exchange = format!("{QUEUE}/exchange");
    assert_eq!(thief.post(&exchange, &steal).await.code(), "place_invalid", "another's place");
    let garbage = json!({ "token": "AAAA" });
    assert_eq!(thief.post(&exchange, &garbage).await.code(), "place_invalid");

    // The link is the one thing that may travel; the number is good once all the same.
    let url = place.text("recoveryUrl").to_owned();
    let key = url.split_once("key=").expect("a key").1;
    let other = stack.buyer(0);
    let taken = other.post(&format!("{QUEUE}/recover"), &json!({ "key": key })).await;
    assert_eq!(taken.body["number"], place.body["number"]);
    assert_eq!(other.post(&exchange, &json!({})).await.code(), "place_used");
    let again = fan.post(&exchange, &json!({})).await;
    assert_eq!(again.text("pass"), pass, "its owner gets the same pass again");
    let passes = "SELECT count(*) FROM admission_passes";
    assert_eq!(stack.database.number(passes).await, 1);

    // For another event the pass opens nothing.
    operator.order_for(2, "switch_on").await;
    let elsewhere = fan.request(Method::POST, "/api/bookings/reserve");
    let elsewhere = elsewhere.header("Admission-Pass", &pass);
    let wish = json!({ "eventId": "2", "quantity": 1 });
    assert_eq!(fan.send(elsewhere.json(&wish)).await.code(), "admission_required");

    operator.revoke(place.body["number"].as_u64().expect("a number")).await;
    eventually("the pass to be revoked", SOON, || async {
        (fan.reserve(&seats).await.code() == "admission_required").then_some(())
    })
    .await;
    assert_eq!(fan.post(&exchange, &json!({})).await.code(), "place_used");
    stack.stop().await;
}

#[tokio::test]
async fn whose_turn_came_and_went_joins_anew() {
    // Nobody steps the room but this test.
    let stack = Stack::start(StackOptions { workers: 0, ..StackOptions::default() }).await;
    let operator = Operator::admin(&stack).await;
    operator.order("switch_on").await;
    let fan = stack.buyer(0);
    let place = join(&fan).await;
    assert_eq!(place.body["number"], 0);
    assert_eq!(join(&fan).await.body["number"], 0, "one place for each");
    let pass_turn = "UPDATE waiting_rooms SET called = 1, expired_below = 1 WHERE event_id = 1";
    stack.database.run(pass_turn).await;
    let exchange = format!("{QUEUE}/exchange");
    eventually("the turn to have passed", SOON, || async {
        (fan.post(&exchange, &json!({})).await.code() == "turn_passed").then_some(())
    })
    .await;
    assert_ne!(join(&fan).await.body["number"], 0);
    stack.stop().await;
}

#[tokio::test]
async fn a_pass_allows_so_many_tickets_and_ends() {
    let stack = Stack::start(StackOptions::default()).await;
    let operator = Operator::admin(&stack).await;
    operator.rules(&json!({ "holdBudget": 2 })).await;
    operator.order("switch_on").await;
    let fan = stack.buyer(0);
    join_and_come_in(&fan).await;
    let seats = stack.database.available(1, 3).await;
    assert_eq!(fan.reserve(&seats).await.code(), "limit_exceeded");
    assert_eq!(fan.reserve(&seats[..2]).await.status, StatusCode::CREATED);
    assert_eq!(fan.reserve(&seats[2..]).await.code(), "limit_exceeded", "across bookings");

    operator.order("reset").await;
    eventually("the reset to void the pass", SOON, || async {
        (fan.reserve(&seats[2..]).await.code() == "admission_required").then_some(())
    })
    .await;
    let exchange = format!("{QUEUE}/exchange");
    let void = fan.post(&exchange, &json!({})).await;
    assert_eq!(void.code(), "place_invalid", "{}", void.body);
    stack.stop().await;
}

#[tokio::test]
async fn whoever_holds_seats_when_the_room_is_switched_on_is_left_alone() {
    let stack = Stack::start(StackOptions::default()).await;
    let operator = Operator::admin(&stack).await;
    let (holder, late) = (stack.buyer(0), stack.buyer(0));
    let seats = stack.database.available(1, 3).await;
    let held = holder.reserve(&seats[..1]).await;
    assert_eq!(held.status, StatusCode::CREATED);
    operator.order("switch_on").await;

    assert_eq!(late.reserve(&seats[1..2]).await.code(), "admission_required");
    let more = holder.reserve(&seats[1..2]).await;
    assert_eq!(more.status, StatusCode::CREATED, "a holder goes on choosing: {}", more.body);
    for booking in [held.booking_id(), more.booking_id()] {
        assert_eq!(holder.pay(&booking, "tok_visa").await.status, StatusCode::ACCEPTED);
        holder.wait_for(&booking, "confirmed", SOON).await;
    }
    stack.stop().await;
}

#[tokio::test]
async fn all_who_come_before_the_sale_are_drawn_and_anybody_can_check_it() {
    let stack = Stack::start(StackOptions::default()).await;
    let operator = Operator::admin(&stack).await;
    operator.rules(&json!({ "proofBits": 0 })).await;
    operator.plan(3_600, 7_200).await;
    let early = stack.buyer(0);
    eventually("the room to be announced", SOON, || async {
        (now_json(&early).await["phase"] == "announced").then_some(())
    })
    .await;
    let refused = early.post(QUEUE, &json!({})).await;
    assert_eq!(refused.code(), "queue_not_open", "kindly: {}", refused.body);
    assert!(refused.body["retryAfterSeconds"].as_u64().is_some_and(|seconds| seconds > 3_000));
    let promised = now_json(&early).await["commitment"].clone();

    // The same draw at another hour: neither seed nor numbers change with it.
    operator.plan(-10, 3_600).await;
    let fans: Vec<_> = (0..12).map(|_| stack.buyer(0)).collect();
    let mut numbers = Vec::new();
    for fan in &fans {
        let place = eventually("the room to take newcomers", SOON, || async {
            let place = fan.post(QUEUE, &json!({})).await;
            (place.status == StatusCode::CREATED).then_some(place)
        })
        .await;
        assert!(place.body["position"].is_null(), "nobody knows before the draw");
        numbers.push(place.body["number"].as_u64().expect("a number"));
        let again = fan.post(QUEUE, &json!({})).await;
        assert_eq!(again.body["number"], place.body["number"], "another tab is the same place");
    }
    let now = now_json(&early).await;
    assert_eq!(now["commitment"], promised);
    assert!(now["seed"].is_null(), "the seed is a secret until then");

    operator.order("switch_on").await;
    let now = eventually("the draw", SOON, || async {
        let now = now_json(&early).await;
        (!now["seed"].is_null()).then_some(now)
    })
    .await;
    let seed: Seed = now["seed"].as_str().expect("a seed").parse().expect("64 digits");
    assert_eq!(seed.commitment().to_string(), promised.as_str().unwrap_or_default());
    let draw = Draw::new(&seed, now["drawnCount"].as_u64().expect("N"));
    for (fan, number) in fans.iter().zip(&numbers) {
        let mine = fan.get(QUEUE).await;
        let position = draw.position(QueueNumber(*number)).expect("takes part");
        assert_eq!(mine.body["position"].as_u64(), Some(position.0));
    }
    let late = join(&stack.buyer(0)).await;
    let (place, count) = (late.body["position"].as_u64(), draw.count());
    assert!(place.is_some_and(|place| place >= count), "{place:?} is not behind {count}");
    let (checks, told) = stack
        .onsale(&[
            "queue",
            "verify",
            "--commitment",
            promised.as_str().unwrap_or_default(),
            "--seed",
            &seed.reveal(),
            "--count",
            &count.to_string(),
        ])
        .await;
    assert!(checks, "{told}");
    stack.stop().await;
}

#[tokio::test]
async fn robots_solve_puzzles_once_each() {
    let stack = Stack::start(StackOptions::default()).await;
    let operator = Operator::admin(&stack).await;
    operator.rules(&json!({ "proofBits": 10 })).await;
    operator.order("switch_on").await;
    let robot = stack.buyer(0);
    assert_eq!(robot.post(QUEUE, &json!({})).await.code(), "proof_required");
    let (challenge, nonce) = rooms::solved(&robot).await;
    let wrong = json!({ "challenge": challenge, "nonce": "x" });
    assert_eq!(robot.post(QUEUE, &wrong).await.code(), "proof_required");
    let early = json!({ "challenge": challenge });
    let early = robot.post(QUEUE, &early).await;
    assert_eq!(early.code(), "proof_required", "patience is measured");
    assert!(early.body["retryAfterSeconds"].as_u64().is_some_and(|seconds| seconds <= 5));
    let right = json!({ "challenge": challenge, "nonce": nonce });
    let other = stack.buyer(0);
    assert_eq!(other.post(QUEUE, &right).await.code(), "proof_required", "another's puzzle");
    let joined = robot.post(QUEUE, &right).await;
    assert_eq!(joined.status, StatusCode::CREATED, "{}", joined.body);
    // Without its place, the same robot with the same proof: neither a second number nor a way in.
    let cookie = rooms::user_cookie(&robot);
    let bare = |body: serde_json::Value| {
        let request = rooms::client().post(format!("{}{QUEUE}", stack.url(0)));
        request.header("Cookie", cookie.clone()).json(&body)
    };
    let tab = rooms::answer(bare(json!({}))).await;
    assert_eq!(tab["number"], joined.body["number"], "many tabs are one place");
    stack.stop().await;
}

#[tokio::test]
async fn the_page_of_the_seats_leads_to_the_queue_until_one_is_let_in() {
    let stack = Stack::start(StackOptions::default()).await;
    let operator = Operator::admin(&stack).await;
    let fan = stack.buyer(0);
    let page = |path: &'static str| {
        let request = fan.request(Method::GET, path);
        async move { request.send().await.expect("an answer").url().path().to_owned() }
    };
    assert_eq!(page("/events/1").await, "/events/1");
    operator.order("switch_on").await;
    for path in ["/events/1", "/events/1?section=0", "/events/1?admitted=1"] {
        assert_eq!(page(path).await, "/queue/1", "{path}");
    }
    join_and_come_in(&fan).await;
    assert_eq!(page("/events/1?admitted=1").await, "/events/1");
    // What was made for the fan a moment ago is not handed out to others.
    let stranger = stack.buyer(0).request(Method::GET, "/events/1?admitted=1").send().await;
    assert_eq!(stranger.expect("an answer").url().path(), "/queue/1");
    let seats = fan.request(Method::GET, "/events/1?admitted=1").send().await.expect("the page");
    assert_eq!(seats.headers()["cache-control"], "private, no-store");
    let waiting = fan.request(Method::GET, "/queue/1").send().await.expect("the page");
    assert!(waiting.headers()["cache-control"].to_str().is_ok_and(|it| it.contains("public")));
    let links = waiting.headers()["link"].to_str().expect("text");
    assert!(links.contains("/queue.") && !links.contains(".wasm"), "{links}");
    assert!(waiting.text().await.expect("HTML").len() < 15_000);
    stack.stop().await;
}

#[tokio::test]
async fn a_paused_room_lets_nobody_in_and_a_drained_one_ends() {
    let stack = Stack::start(StackOptions::default()).await;
    let operator = Operator::admin(&stack).await;
    operator.order("switch_on").await;
    operator.order("pause").await;
    let fan = stack.buyer(0);
    let place = join(&fan).await;
    let exchange = format!("{QUEUE}/exchange");
    let refused = fan.post(&exchange, &json!({})).await;
    assert_eq!(refused.code(), "not_your_turn", "{}", refused.body);
    operator.order("drain").await;
    eventually("the room to take nobody else", SOON, || async {
        let late = stack.buyer(0).post(QUEUE, &json!({})).await;
        (late.code() == "queue_not_open").then_some(())
    })
    .await;
    assert_eq!(fan.get(QUEUE).await.body["number"], place.body["number"], "places are kept");
    pass_of(&fan).await;
    let board = operator.board().await;
    assert_eq!(board["admitted"], 1, "{board}");
    // Sixty seconds of grace are long for a test; the worker decides by what is stored.
    stack.database.run("UPDATE waiting_rooms SET expired_below = next_number").await;
    eventually("the drained room to be off", SOON, || async {
        (operator.board().await["mode"] == "off").then_some(())
    })
    .await;
    let seats = stack.database.available(1, 1).await;
    eventually("anybody to buy again", SOON, || async {
        (stack.buyer(0).reserve(&seats).await.status == StatusCode::CREATED).then_some(())
    })
    .await;
    stack.stop().await;
}

#[tokio::test]
async fn one_who_floods_does_not_spend_what_others_behind_the_same_address_may() {
    let stack = Stack::start(StackOptions::default()).await;
    let operator = Operator::admin(&stack).await;
    operator.order("switch_on").await;
    operator.order("pause").await;
    let (flood, neighbour) = (stack.buyer(0), stack.buyer(0));
    join(&flood).await;
    let exchange = format!("{QUEUE}/exchange");
    let (mut refused, mut tries) = (false, 0);
    while !refused && tries < 300 {
        tries += 1;
        let answer = flood.post(&exchange, &json!({})).await;
        refused = answer.code() == "too_many_requests";
        assert!(refused || answer.code() == "not_your_turn", "{}", answer.body);
    }
    assert!(refused, "three hundred at once are too many");
    let place = join(&neighbour).await;
    assert_eq!(place.status, StatusCode::CREATED, "{}", place.body);
    stack.stop().await;
}
