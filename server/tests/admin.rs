//! Who may run waiting rooms, and what is noted of it.

#![allow(clippy::expect_used, missing_docs)]

mod rooms;

use onsale_testkit::{Stack, StackOptions};
use reqwest::{Method, StatusCode};
use rooms::{EMAIL, Operator, PASSWORD};
use serde_json::json;

const ROOM: &str = "/api/admin/events/1/waiting-room";

#[tokio::test]
async fn orders_need_somebody_who_is_signed_in_and_may_give_them() {
    let stack = Stack::start(StackOptions::default()).await;
    let stranger = stack.buyer(0);
    let order = json!({ "command": "switch_on" });
    for answer in [
        stranger.get(ROOM).await,
        stranger.post(ROOM, &order).await,
        stranger.get("/api/admin/audit-log").await,
        stranger.get("/api/admin/waiting-rooms").await,
    ] {
        let expected = (StatusCode::UNAUTHORIZED, "sign_in_required");
        assert_eq!((answer.status, answer.code()), expected, "{}", answer.body);
    }
    let admin = Operator::admin(&stack).await;
    let organiser = Operator::of(&stack, "stage@onsale.example", "organiser").await;

    // Signed in, but without the token: a page of another site could send that.
    let bare = admin.buyer().post(ROOM, &order).await;
    assert_eq!(bare.code(), "cross_origin");
    let form = admin.buyer().request(Method::POST, "/admin/events/1/command");
    let form = form.form(&[("command", "switch_on")]).send().await.expect("an answer");
    assert_eq!(form.status(), StatusCode::FORBIDDEN);
    assert_eq!(admin.board().await["mode"], "off", "nothing of it happened");

    organiser.order("switch_on").await;
    for command in ["close", "reset", "switch_off"] {
        let refused = organiser.try_order(1, &json!({ "command": command })).await;
        assert_eq!(refused.code(), "not_allowed", "{command}");
    }
    assert_eq!(organiser.buyer().get("/api/admin/audit-log").await.code(), "not_allowed");
    let odd = admin.try_order(1, &json!({ "command": "ajar" })).await;
    assert_eq!((odd.code(), odd.text("field")), ("invalid_request", "command"));
    let twice = admin.try_order(1, &json!({ "command": "switch_on" })).await;
    assert_eq!(twice.code(), "room_refused");
    let nowhere = admin.try_order(999_999, &json!({ "command": "switch_on" })).await;
    assert_eq!(nowhere.code(), "not_found");
    let beyond = admin.rules(&json!({ "ratePerMinute": 0 })).await;
    assert_eq!((beyond.code(), beyond.text("field")), ("limit_exceeded", "ratePerMinute"));
    let slower = admin.rules(&json!({ "ratePerMinute": 30 })).await;
    assert_eq!(slower.body["rules"]["ratePerMinute"], 30);

    let log = admin.buyer().get("/api/admin/audit-log").await;
    let lines = log.body.as_array().cloned().unwrap_or_default();
    let has = |actor: &str, action: &str| {
        lines.iter().any(|line| line["actor"] == actor && line["action"] == action)
    };
    assert!(has("stage@onsale.example", "switch_on"), "{}", log.body);
    assert!(has(EMAIL, "set_rules") && has(EMAIL, "sign_in") && has("onsale", "create_staff"));
    assert!(!log.body.to_string().contains(PASSWORD));
    stack.stop().await;
}

#[tokio::test]
async fn passwords_are_not_guessed() {
    let stack = Stack::start(StackOptions::default()).await;
    Operator::admin(&stack).await;
    let robot = stack.buyer(0);
    let try_with = |password: &str| json!({ "email": EMAIL, "password": password });
    let unknown = json!({ "email": "nobody@onsale.example", "password": "a guess of mine" });
    let nobody = robot.post("/api/admin/session", &unknown).await;
    let mut codes = Vec::new();
    for guess in 0..6 {
        let answer = robot.post("/api/admin/session", &try_with(&format!("guess {guess}"))).await;
        if guess == 0 {
            assert_eq!(answer.body["detail"], nobody.body["detail"], "nobody learns which");
        }
        codes.push(answer.code().to_owned());
    }
    assert_eq!(codes[..5], vec!["sign_in_required"; 5]);
    assert_eq!(codes[5], "too_many_requests");
    let right = robot.post("/api/admin/session", &try_with(PASSWORD)).await;
    assert_eq!(right.code(), "too_many_requests", "the account rests");
    let hashes = "SELECT count(*) FROM staff WHERE password_hash LIKE '$argon2id$%'";
    assert_eq!(stack.database.number(hashes).await, 1);
    let (made, report) = stack
        .onsale_with(&["admin", "create", EMAIL], &[("ONSALE_ADMIN_PASSWORD", PASSWORD)])
        .await;
    assert!(!made && report.contains("has an account already"), "{report}");
    let (made, report) = stack
        .onsale_with(&["admin", "create", "a@b.example"], &[("ONSALE_ADMIN_PASSWORD", "short")])
        .await;
    assert!(!made && report.contains("between 12 and 200"), "{report}");
    stack.stop().await;
}
