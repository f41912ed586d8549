//! Everything is killed while a queue moves: nobody loses a place, nobody is let in twice, no number
//! is given out twice.

#![allow(clippy::expect_used, missing_docs)]

mod rooms;

use std::{collections::HashSet, time::Duration};

use futures::future::join_all;
use onsale_testkit::{Buyer, Stack, StackOptions, eventually};
use rooms::Operator;
use serde_json::json;

const FANS: usize = 60;
const PATIENCE: Duration = Duration::from_secs(90);
const QUEUE: &str = "/api/events/1/queue";

/// Asks one server after the other until one answers with what is wanted.
async fn ask(fan: &Buyer, urls: &[String], path: &str, wanted: &str) -> serde_json::Value {
    eventually(&format!("{path} to answer"), PATIENCE, || async {
        for url in urls {
            let fan = fan.at(url.clone());
            let request = fan.request(reqwest::Method::POST, path).json(&json!({}));
            if let Some(answer) = fan.try_send(request).await
                && answer.body[wanted] != serde_json::Value::Null
            {
                return Some(answer.body);
            }
        }
        None
    })
    .await
}

#[tokio::test]
async fn a_queue_survives_the_death_of_every_process() {
    let options = StackOptions { servers: 2, workers: 2, ..StackOptions::default() };
    let mut stack = Stack::start(options).await;
    let operator = Operator::admin(&stack).await;
    operator.rules(&json!({ "proofBits": 0, "ratePerMinute": 3_000 })).await;
    operator.order("switch_on").await;
    let urls = [stack.url(0), stack.url(1)];
    let fans: Vec<Buyer> = (0..FANS).map(|_| stack.buyer(0)).collect();

    // A third joins; then the server that leased their numbers dies with the rest of its block.
    let first = join_all(fans[..20].iter().map(|fan| ask(fan, &urls, QUEUE, "number"))).await;
    stack.servers[0].kill();
    let second = join_all(fans[20..40].iter().map(|fan| ask(fan, &urls, QUEUE, "number"))).await;
    stack.servers[0].start_again();
    stack.lose_nats();
    stack.redis.as_mut().expect("Redis runs").kill();
    stack.workers[0].kill();
    let third = join_all(fans[40..].iter().map(|fan| ask(fan, &urls, QUEUE, "number"))).await;
    stack.nats.start_again();
    stack.redis.as_mut().expect("Redis runs").start_again();
    let places: Vec<_> = first.into_iter().chain(second).chain(third).collect();
    let numbers: HashSet<u64> =
        places.iter().map(|place| place["number"].as_u64().expect("a number")).collect();
    assert_eq!(numbers.len(), FANS, "no number is given out twice");

    // They come in while the second worker dies, and the first comes back.
    let exchange = format!("{QUEUE}/exchange");
    let coming = join_all(fans.iter().map(|fan| ask(fan, &urls, &exchange, "pass")));
    let killing = async {
        let some_in = "SELECT count(*) FROM admission_passes";
        eventually("some to be let in", PATIENCE, || async {
            (stack.database.number(some_in).await >= 5).then_some(())
        })
        .await;
        stack.workers[0].start_again();
        stack.workers[1].kill();
        stack.servers[1].kill();
        stack.servers[1].start_again();
        stack.workers[1].start_again();
    };
    let (passes, ()) = tokio::join!(coming, killing);

    let distinct: HashSet<&str> =
        passes.iter().map(|admission| admission["pass"].as_str().expect("a pass")).collect();
    assert_eq!(distinct.len(), FANS, "everybody has a pass of their own");
    let count = i64::try_from(FANS).expect("few");
    let admitted = "SELECT admitted FROM waiting_rooms WHERE event_id = 1";
    assert_eq!(stack.database.number(admitted).await, count, "nobody was let in twice");
    let bits = "SELECT sum(bit_count(bits))::bigint FROM waiting_room_spent WHERE event_id = 1";
    assert_eq!(stack.database.number(bits).await, count, "each number was spent once");
    let orderly = "SELECT count(*) FROM waiting_rooms
        WHERE event_id = 1 AND admitted <= admit_up_to AND called <= next_number";
    assert_eq!(stack.database.number(orderly).await, 1);
    for (fan, admission) in fans.iter().zip(&passes) {
        let again = ask(fan, &urls, &exchange, "pass").await;
        assert_eq!(again["pass"], admission["pass"], "whose answer was lost asks again");
    }
    stack.stop().await;
}
