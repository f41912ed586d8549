//! Money back.

use onsale_payments::{
    NewRefund, PaymentIntent, ProviderError, Refund, RefundStatus,
    webhook::{EventKind, EventObject},
};

use crate::support::{BoxOffice, Sandbox, create, pay};

async fn paid(sandbox: &Sandbox, office: &mut BoxOffice) -> PaymentIntent {
    let intent = pay(&sandbox.provider, "b-1", "tok_visa").await.expect("confirmed");
    office.next_of(&EventKind::PaymentSucceeded).await;
    intent
}

async fn refund(
    sandbox: &Sandbox,
    intent: &PaymentIntent,
    amount_minor: Option<i64>,
    idempotency_key: &str,
) -> Result<Refund, ProviderError> {
    let refund = NewRefund { intent_id: &intent.id, amount_minor, idempotency_key };
    sandbox.provider.refund(&refund).await
}

#[tokio::test]
async fn money_goes_back_once_and_both_events_tell() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    let intent = paid(&sandbox, &mut office).await;
    let asked = refund(&sandbox, &intent, None, "b-1-refund").await.expect("a refund");
    assert_eq!((asked.status, asked.amount_minor), (RefundStatus::Pending, 6_400));
    let again = refund(&sandbox, &intent, None, "b-1-refund").await.expect("the same");
    assert_eq!(again.id, asked.id);

    let (mut charge, mut updated) = (None, None);
    while charge.is_none() || updated.is_none() {
        let event = office.next().await;
        assert_eq!(event.intent_id(), Some(&*intent.id));
        match event.object {
            EventObject::Charge(object) => charge = Some(object),
            EventObject::Refund(object) => updated = Some(object),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(charge.map(|it| (it.amount_minor, it.refunded_minor)), Some((6_400, 6_400)));
    let updated = updated.expect("a refund");
    assert_eq!((&updated.id, updated.status), (&asked.id, RefundStatus::Succeeded));
    assert_eq!(sandbox.provider.retrieve_refund(&asked.id).await, Ok(updated));

    let error = refund(&sandbox, &intent, None, "other").await.expect_err("nothing is left");
    assert!(
        matches!(&error, ProviderError::Rejected { status: 400, code, .. }
        if code == "charge_already_refunded"),
        "{error}"
    );
    let state = sandbox.api.get("/sandbox/state").await.json;
    assert_eq!(state["refunds"]["by_status"]["succeeded"]["amount_minor"]["eur"], 6_400);
}

#[tokio::test]
async fn parts_never_add_up_to_more_than_was_paid() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    let intent = paid(&sandbox, &mut office).await;
    refund(&sandbox, &intent, Some(6_000), "part-1").await.expect("a part");
    let error = refund(&sandbox, &intent, Some(401), "part-2").await.expect_err("too much");
    assert!(matches!(error, ProviderError::Rejected { status: 400, .. }), "{error}");
    let rest = refund(&sandbox, &intent, None, "part-3").await.expect("the rest");
    assert_eq!(rest.amount_minor, 400);
}

#[tokio::test]
async fn what_was_not_paid_is_not_given_back() {
    let (sandbox, _office) = Sandbox::with_box_office().await;
    let intent = create(&sandbox.provider, "b-1").await;
    let error = refund(&sandbox, &intent, None, "early").await.expect_err("not paid");
    assert!(matches!(error, ProviderError::Rejected { status: 400, .. }), "{error}");
    let form = [("payment_intent", &*intent.id), ("reason", "boredom")];
    assert_eq!(sandbox.api.post("/v1/refunds", None, &form).await.status, 400);
}

#[tokio::test]
async fn a_refund_can_fail_after_it_was_accepted_and_is_then_possible_again() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    let intent = pay(&sandbox.provider, "b-1", "tok_refund_fails").await.expect("confirmed");
    office.next_of(&EventKind::PaymentSucceeded).await;
    let first = refund(&sandbox, &intent, None, "try-1").await.expect("accepted");
    assert_eq!(first.status, RefundStatus::Pending);
    office.next_of(&EventKind::RefundFailed).await;
    let seen = sandbox.provider.retrieve_refund(&first.id).await.expect("a refund");
    assert_eq!(seen.status, RefundStatus::Failed);

    let replayed = refund(&sandbox, &intent, None, "try-1").await.expect("as before");
    assert_eq!((&replayed.id, replayed.status), (&first.id, RefundStatus::Pending));
    let second = refund(&sandbox, &intent, None, "try-2").await.expect("accepted");
    assert_ne!(second.id, first.id);
    office.next_of(&EventKind::ChargeRefunded).await;
    let listed = sandbox.provider.list_refunds(&intent.id).await.expect("a list");
    let listed: Vec<_> = listed.iter().map(|refund| (&*refund.id, refund.status)).collect();
    let (second, first) =
        ((&*second.id, RefundStatus::Succeeded), (&*first.id, RefundStatus::Failed));
    assert_eq!(listed, [second, first]);
}
