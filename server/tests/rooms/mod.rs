//! What tests of waiting rooms do again and again.

#![allow(clippy::expect_used, dead_code, missing_docs)]

use std::time::Duration;

use onsale_domain::waiting_room::{Challenge, Epoch};
use onsale_domain::{EventId, Timestamp, UserId};
use onsale_testkit::{Answer, Buyer, Stack, eventually};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);
pub const EMAIL: &str = "box@onsale.example";
pub const PASSWORD: &str = "a password of some length";

/// Somebody with the admin area open, as a program.
pub struct Operator {
    buyer: Buyer,
    csrf: String,
}

impl Operator {
    /// Makes the first admin and signs in.
    pub async fn admin(stack: &Stack) -> Self {
        Self::of(stack, EMAIL, "admin").await
    }

    pub async fn of(stack: &Stack, email: &str, role: &str) -> Self {
        let (made, report) = stack
            .onsale_with(
                &["admin", "create", email, "--role", role],
                &[("ONSALE_ADMIN_PASSWORD", PASSWORD)],
            )
            .await;
        assert!(made, "{report}");
        let buyer = stack.buyer(0);
        let given = json!({ "email": email, "password": PASSWORD });
        let signed_in = buyer.post("/api/admin/session", &given).await;
        assert_eq!(signed_in.status, StatusCode::CREATED, "{}", signed_in.body);
        Self { csrf: signed_in.text("csrfToken").to_owned(), buyer }
    }

    pub async fn try_order(&self, event: i64, order: &Value) -> Answer {
        let path = format!("/api/admin/events/{event}/waiting-room");
        let request = self.buyer.request(Method::POST, &path);
        self.buyer.send(request.header("X-CSRF-Token", &self.csrf).json(order)).await
    }

    /// Gives an order to the room of event 1, and waits until its server has heard of it.
    pub async fn order(&self, command: &str) {
        self.order_for(1, command).await;
    }

    pub async fn order_for(&self, event: i64, command: &str) {
        let done = self.try_order(event, &json!({ "command": command })).await;
        assert_eq!(done.status, StatusCode::OK, "{command}: {}", done.body);
        let (phase, epoch) = (done.body["phase"].clone(), done.body["epoch"].clone());
        let path = format!("/api/events/{event}/queue/now.json");
        eventually(&format!("the server to hear of {command}"), SOON, || async {
            let now = self.buyer.get(&path).await;
            (now.body["phase"] == phase && now.body["epoch"] == epoch).then_some(())
        })
        .await;
    }

    /// Plans a draw: joining and opening so many seconds from now.
    pub async fn plan(&self, joins_in: i64, opens_in: i64) {
        let now = Timestamp(unix_millis());
        let order = json!({
            "command": "schedule",
            "joinsAt": now.plus_seconds(joins_in).to_string(),
            "opensAt": now.plus_seconds(opens_in).to_string(),
        });
        let done = self.try_order(1, &order).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    }

    pub async fn rules(&self, change: &Value) -> Answer {
        let request = self.buyer.request(Method::PATCH, "/api/admin/events/1/waiting-room");
        self.buyer.send(request.header("X-CSRF-Token", &self.csrf).json(change)).await
    }

    pub async fn revoke(&self, number: u64) {
        let path = format!("/api/admin/events/1/waiting-room/passes/{number}");
        let request = self.buyer.request(Method::DELETE, &path);
        let done = self.buyer.send(request.header("X-CSRF-Token", &self.csrf)).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    }

    pub async fn board(&self) -> Value {
        self.buyer.get("/api/admin/events/1/waiting-room").await.body
    }

    pub fn buyer(&self) -> &Buyer {
        &self.buyer
    }
}

pub fn unix_millis() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_millis()).expect("a time")
}

pub async fn now_json(buyer: &Buyer) -> Value {
    buyer.get("/api/events/1/queue/now.json").await.body
}

/// A challenge and its solution.
pub async fn solved(buyer: &Buyer) -> (String, String) {
    let set = buyer.post("/api/events/1/queue/challenge", &json!({})).await;
    let text = set.text("challenge").to_owned();
    let bits = u8::try_from(set.body["bits"].as_u64().expect("bits")).expect("few");
    let puzzle = Challenge {
        event: EventId(1),
        epoch: Epoch(1),
        user: UserId(uuid::Uuid::nil()),
        bits,
        issued_at: Timestamp(0),
    };
    let nonce = puzzle.solve(&text);
    (text, nonce)
}

/// Joins with a proof.
pub async fn join(buyer: &Buyer) -> Answer {
    let (challenge, nonce) = solved(buyer).await;
    let body = json!({ "challenge": challenge, "nonce": nonce });
    let joined = buyer.post("/api/events/1/queue", &body).await;
    assert_eq!(joined.status, StatusCode::CREATED, "{}", joined.body);
    joined
}

/// Waits for the turn and exchanges the place.
pub async fn come_in(buyer: &Buyer) -> Answer {
    eventually("the turn to come", SOON, || async {
        let answer = buyer.post("/api/events/1/queue/exchange", &json!({})).await;
        match answer.code() {
            "" => Some(answer),
            "not_your_turn" => None,
            other => panic!("{other}: {}", answer.body),
        }
    })
    .await
}

pub async fn join_and_come_in(buyer: &Buyer) {
    join(buyer).await;
    come_in(buyer).await;
}

pub async fn pass_of(buyer: &Buyer) -> String {
    come_in(buyer).await.text("pass").to_owned()
}

pub fn client() -> Client {
    Client::builder().no_proxy().build().expect("an HTTP client")
}

pub async fn answer(request: RequestBuilder) -> Value {
    request.send().await.expect("an answer").json().await.expect("JSON")
}

/// The cookie that names a user, which the site gives to whoever writes without one.
pub fn user_cookie(buyer: &Buyer) -> String {
    buyer.cookies().into_iter().find(|it| it.starts_with("onsale_user=")).expect("a cookie")
}
