//! Messages that no worker can work on: kept, shown, and sent once more after the repair.

#![allow(clippy::expect_used, missing_docs)]

use std::time::Duration;

use onsale_bus::Bus;
use onsale_testkit::{Stack, StackOptions, eventually};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(40);

async fn letters(stack: &Stack) -> Vec<Value> {
    let (listed, text) = stack.onsale(&["dead-letters", "list", "--json"]).await;
    assert!(listed, "{text}");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    document["deadLetters"].as_array().cloned().unwrap_or_default()
}

/// A webhook whose body cannot be read: the sweep asks for it, the worker gives it up, once.
#[tokio::test]
async fn a_poisoned_webhook_is_given_up_once_and_applied_after_the_repair() {
    let stack = Stack::start(StackOptions::default()).await;
    stack
        .database
        .run(
            "INSERT INTO webhook_inbox (provider, event_id, kind, body, received_at)
             VALUES ('stripe', 'evt_poison', 'payment_intent.succeeded', 'no JSON',
                     now() - interval '1 minute')",
        )
        .await;
    let letter =
        eventually("the dead letter", LIMIT, || async { letters(&stack).await.into_iter().next() })
            .await;
    assert_eq!(letter["subject"], "payments.webhook.stripe");
    assert_eq!(letter["cause"], "given_up");
    assert!(letter["reason"].as_str().is_some_and(|reason| reason.contains("evt_poison")));
    let sequence = letter["sequence"].to_string();

    let (_, line) = stack.onsale(&["dead-letters", "list"]).await;
    assert!(line.contains("PAYMENTS/payments  payments.webhook.stripe"), "{line}");
    let (shown, words) = stack.onsale(&["dead-letters", "show", &sequence]).await;
    assert!(shown && words.contains(r#""event_id":"evt_poison""#), "the message: {words}");

    // This note keeps the sweep from asking for it every five seconds.
    let asked = "SELECT count(*) FROM webhook_inbox WHERE given_up_at IS NOT NULL";
    assert_eq!(stack.database.number(asked).await, 1);

    let (replayed, words) = stack.onsale(&["dead-letters", "replay", &sequence]).await;
    assert!(replayed, "{words}");
    let again = eventually("it to fail again", LIMIT, || async {
        letters(&stack).await.into_iter().next()
    })
    .await;
    assert_ne!(again["sequence"].to_string(), sequence, "as long as nothing is repaired");

    stack
        .database
        .run(
            r#"UPDATE webhook_inbox SET body = convert_to('{"id":"evt_poison","type":"payout.paid",
               "created":1,"data":{"object":{"object":"payout"}}}', 'UTF8')"#,
        )
        .await;
    let sequence = again["sequence"].to_string();
    let (replayed, words) = stack.onsale(&["dead-letters", "replay", &sequence]).await;
    assert!(replayed && words.contains("payments.webhook.stripe"), "{words}");
    let processed = "SELECT count(*) FROM webhook_inbox WHERE processed_at IS NOT NULL";
    eventually("the webhook to be applied", LIMIT, || async {
        (stack.database.number(processed).await == 1).then_some(())
    })
    .await;
    assert!(letters(&stack).await.is_empty());
    stack.stop().await;
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_kept_and_can_be_discarded() {
    let stack = Stack::start(StackOptions::default()).await;
    let bus = Bus::connect(stack.setting("NATS_URL"), "test").await.expect("an address");
    bus.connected(LIMIT).await.expect("NATS");
    bus.declare_topology(1).await.expect("the streams, should the workers not have made them yet");
    let subject = onsale_messages::SETTLE_SUBJECT.to_owned();
    let sent = bus.publish_work(subject, b"\xff\x00".to_vec(), "m-1", Some("request-7")).await;
    sent.expect("stored");
    let letter =
        eventually("the dead letter", LIMIT, || async { letters(&stack).await.into_iter().next() })
            .await;
    let sequence = letter["sequence"].to_string();
    let (shown, text) = stack.onsale(&["dead-letters", "show", &sequence, "--json"]).await;
    assert!(shown, "{text}");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["message"]["bodyHex"], "ff00");
    assert_eq!(document["message"]["subject"], "payments.settle");
    assert_eq!(document["message"]["headers"]["Onsale-Request-Id"], "request-7");

    let (discarded, text) = stack.onsale(&["dead-letters", "discard", &sequence]).await;
    assert!(discarded, "{text}");
    let (listed, text) = stack.onsale(&["dead-letters", "list"]).await;
    assert!(listed && text.contains("0 in all"), "{text}");
    let (shown, text) = stack.onsale(&["dead-letters", "show", &sequence]).await;
    assert!(!shown && text.contains(&format!("there is no dead letter {sequence}")), "{text}");
    stack.stop().await;
}
