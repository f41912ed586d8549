//! The wire format: keys, states, lists, errors.

use onsale_payments::{IntentQuery, IntentStatus, ProviderError, webhook::EventKind};

use crate::support::{API_KEY, Sandbox, confirm, create, pay};

const CREATE: &[(&str, &str)] =
    &[("amount", "6400"), ("currency", "eur"), ("metadata[booking_id]", "b-1")];

#[tokio::test]
async fn a_key_gets_the_same_answer_again() {
    let (sandbox, _office) = Sandbox::with_box_office().await;
    let path = "/v1/payment_intents";
    let first = sandbox.api.post(path, Some("key-1"), CREATE).await;
    assert_eq!((first.status, first.replayed), (200, false));
    let reversed: Vec<_> = CREATE.iter().rev().copied().collect();
    let again = sandbox.api.post(path, Some("key-1"), &reversed).await;
    assert_eq!((again.status, again.replayed), (200, true));
    assert_eq!(again.json, first.json);

    let other = [("amount", "1"), ("currency", "eur")];
    let refused = sandbox.api.post(path, Some("key-1"), &other).await;
    assert_eq!((refused.status, refused.replayed), (400, false));
    assert_eq!(refused.json["error"]["type"], "idempotency_error");
    let elsewhere =
        sandbox.api.post("/v1/refunds", Some("key-1"), &[("payment_intent", "x")]).await;
    assert_eq!(elsewhere.json["error"]["type"], "idempotency_error");

    let without = sandbox.api.post(path, None, CREATE).await;
    assert_ne!(without.json["id"], first.json["id"]);
}

#[tokio::test]
async fn a_decline_is_remembered_and_a_typing_mistake_is_not() {
    let (sandbox, _office) = Sandbox::with_box_office().await;
    let intent = create(&sandbox.provider, "b-1").await;
    let path = format!("/v1/payment_intents/{}/confirm", intent.id);
    let typo = sandbox.api.post(&path, Some("b-1-1"), &[("payment_method", "tok_viza")]).await;
    assert_eq!((typo.status, typo.json["error"]["param"].as_str()), (400, Some("payment_method")));

    let form = [("payment_method", "tok_declined")];
    let first = sandbox.api.post(&path, Some("b-1-1"), &form).await;
    assert_eq!((first.status, first.code()), (402, "card_declined"));
    let error = &first.json["error"];
    assert_eq!(
        (error["type"].as_str(), error["decline_code"].as_str()),
        (Some("card_error"), Some("generic_decline"))
    );
    assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
    let again = sandbox.api.post(&path, Some("b-1-1"), &form).await;
    assert_eq!((again.status, again.replayed), (402, true));
    assert_eq!(again.json, first.json);
}

#[tokio::test]
async fn calls_that_race_under_one_key_do_one_thing() {
    let (sandbox, _office) = Sandbox::with_box_office().await;
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let provider = sandbox.provider.clone();
            tokio::spawn(async move { create(&provider, "b-1").await.id })
        })
        .collect();
    let mut ids = Vec::new();
    for call in calls {
        ids.push(call.await.expect("an intent"));
    }
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(sandbox.api.get("/sandbox/state").await.json["intents"]["count"], 1);
}

#[tokio::test]
async fn an_intent_is_created_and_confirmed_in_one_call() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    let path = "/v1/payment_intents";
    let with = |more: &[(&'static str, &'static str)]| [CREATE, more].concat();
    let token = ("payment_method", "tok_visa");
    let attached = sandbox.api.post(path, None, &with(&[token])).await;
    assert_eq!(attached.json["status"], "requires_confirmation");
    let id = attached.json["id"].as_str().expect("an id");
    let confirmed = sandbox.api.post(&format!("{path}/{id}/confirm"), None, &[]).await;
    assert_eq!(confirmed.json["status"], "processing");

    let paid = sandbox.api.post(path, None, &with(&[token, ("confirm", "true")])).await;
    assert_eq!(paid.json["status"], "processing");
    for _ in 0..2 {
        office.next_of(&EventKind::PaymentSucceeded).await;
    }
    let declined = [("payment_method", "tok_declined"), ("confirm", "true")];
    assert_eq!(sandbox.api.post(path, None, &with(&declined)).await.status, 402);
    let bare = sandbox.api.post(path, None, &with(&[("confirm", "true")])).await;
    assert_eq!((bare.status, bare.code()), (400, "payment_intent_unexpected_state"));
}

#[tokio::test]
async fn final_states_are_final() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    let unexpected = |error: ProviderError| {
        let ProviderError::Rejected { status: 400, code, .. } = error else { panic!("{error}") };
        assert_eq!(code, "payment_intent_unexpected_state");
    };
    let canceled = create(&sandbox.provider, "b-1").await;
    let answer = sandbox.provider.cancel_intent(&canceled.id).await.expect("canceled");
    assert_eq!(answer.status, IntentStatus::Canceled);
    let told = office.next_of(&EventKind::PaymentCanceled).await;
    assert_eq!(told.intent_id(), Some(&*canceled.id));
    unexpected(sandbox.provider.cancel_intent(&canceled.id).await.expect_err("twice"));
    let late = confirm(&sandbox.provider, &canceled, 1, "tok_visa").await;
    unexpected(late.expect_err("canceled"));

    let paid = pay(&sandbox.provider, "b-2", "tok_visa").await.expect("confirmed");
    office.next_of(&EventKind::PaymentSucceeded).await;
    unexpected(sandbox.provider.cancel_intent(&paid.id).await.expect_err("paid"));
    unexpected(confirm(&sandbox.provider, &paid, 2, "tok_visa").await.expect_err("paid"));
}

#[tokio::test]
async fn intents_are_listed_newest_first_page_by_page() {
    let (sandbox, _office) = Sandbox::with_box_office().await;
    let mut expected = Vec::new();
    for number in 0..5 {
        expected.push(create(&sandbox.provider, &format!("b-{number}")).await);
    }
    expected.reverse();
    let mut listed = Vec::new();
    let mut last: Option<String> = None;
    loop {
        let query = IntentQuery {
            limit: Some(2),
            created_since_seconds: Some(0),
            starting_after: last.as_deref(),
        };
        let page = sandbox.provider.list_intents(&query).await.expect("a page");
        last = page.data.last().map(|intent| intent.id.clone());
        listed.extend(page.data);
        if !page.has_more {
            break;
        }
    }
    assert_eq!(listed, expected);
    let later = IntentQuery { created_since_seconds: Some(i64::MAX), ..Default::default() };
    assert!(sandbox.provider.list_intents(&later).await.expect("a page").data.is_empty());
    for query in ["limit=0", "limit=101", "limit=x", "starting_after=pi_x", "odd=1"] {
        let refused = sandbox.api.get(&format!("/v1/payment_intents?{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
    }
}

#[tokio::test]
async fn parameters_are_checked() {
    let (sandbox, _office) = Sandbox::with_box_office().await;
    let eur = ("currency", "eur");
    for (form, param) in [
        (vec![eur], "amount"),
        (vec![("amount", "0"), eur], "amount"),
        (vec![("amount", "-5"), eur], "amount"),
        (vec![("amount", "6.40"), eur], "amount"),
        (vec![("amount", "100000000"), eur], "amount"),
        (vec![("amount", "5")], "currency"),
        (vec![("amount", "5"), ("currency", "euro")], "currency"),
        (vec![("amount", "5"), eur, eur], "currency"),
        (vec![("amount", "5"), eur, ("confirm", "yes")], "confirm"),
        (vec![("amount", "5"), eur, ("colour", "red")], "colour"),
    ] {
        let refused = sandbox.api.post("/v1/payment_intents", None, &form).await;
        assert_eq!(refused.status, 400, "{form:?}");
        assert_eq!(refused.json["error"]["param"], param, "{form:?}");
    }
    let long_key = "k".repeat(256);
    let refused = sandbox.api.post("/v1/payment_intents", Some(&long_key), CREATE).await;
    assert_eq!(refused.status, 400);
    let long = "v".repeat(20_000);
    let refused = sandbox.api.post("/v1/payment_intents", None, &[("metadata[n]", &long)]).await;
    assert_eq!(refused.status, 413);
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let (sandbox, _office) = Sandbox::with_box_office().await;
    let error = sandbox.provider.retrieve_intent("pi_none").await.expect_err("none");
    let ProviderError::Rejected { status: 404, code, .. } = error else { panic!("{error}") };
    assert_eq!(code, "resource_missing");
    for path in ["/v1/refunds/re_none", "/v1/odd", "/odd"] {
        assert_eq!(sandbox.api.get(path).await.status, 404, "{path}");
    }
    for path in [
        "/v1/payment_intents/pi_none/cancel",
        "/sandbox/intents/pi_none/settle",
        "/sandbox/webhooks/evt_none/redeliver",
    ] {
        assert_eq!(sandbox.api.post(path, None, &[]).await.status, 404, "{path}");
    }
    assert_eq!(sandbox.api.post("/v1/payment_intents/pi_none", None, &[]).await.status, 405);
}

#[tokio::test]
async fn only_probes_are_answered_without_the_key() {
    let (sandbox, _office) = Sandbox::with_box_office().await;
    let (http, base_url) = (&sandbox.api.http, &sandbox.api.base_url);
    for path in ["/healthz", "/readyz"] {
        let answer = http.get(format!("{base_url}{path}")).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
    }
    for path in ["/v1/payment_intents", "/sandbox/state", "/odd"] {
        let url = format!("{base_url}{path}");
        for request in [
            http.get(&url),
            http.get(&url).bearer_auth("sk_other"),
            http.get(&url).header("authorization", format!("Basic {API_KEY}")),
        ] {
            assert_eq!(sandbox.api.send(request).await.status, 401, "{path}");
        }
    }
}
