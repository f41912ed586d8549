use quickwit_client::{Commit, Error};
use serde_json::json;

use crate::server::Quickwit;

const TAKEN: &str = r#"{"num_docs_for_processing":2,"num_ingested_docs":2,"num_rejected_docs":0,
    "parse_failures":[]}"#;

#[tokio::test]
async fn documents_travel_as_lines_and_say_when_they_are_lasting() {
    for (commit, word) in
        [(Commit::Auto, "auto"), (Commit::WaitFor, "wait_for"), (Commit::Force, "force")]
    {
        let quickwit = Quickwit::that_answers(&[(200, TAKEN)]).await;
        let documents = [json!({ "key": "1-1" }), json!({ "key": "2-1" })];
        let outcome = quickwit.client.ingest("events", &documents, commit).await.expect("taken");
        assert_eq!(outcome.num_ingested_docs, Some(2));
        let asked = quickwit.asked_once();
        let line = format!("POST /api/v1/events/ingest?commit={word}&detailed_response=true");
        assert_eq!(asked.line, line);
        assert_eq!(asked.content_type, "application/x-ndjson");
        assert_eq!(asked.body, "{\"key\":\"1-1\"}\n{\"key\":\"2-1\"}\n");
    }
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    let starting = r#"{"message":"no shards available"}"#;
    let busy = r#"{"message":"too many requests"}"#;
    let quickwit = Quickwit::that_answers(&[(503, starting), (429, busy), (200, TAKEN)]).await;
    let documents = [json!({}), json!({})];
    quickwit.client.ingest("events", &documents, Commit::Force).await.expect("taken");
    let asked = quickwit.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|it| *it == asked[0]), "the same each time");
}

#[tokio::test]
async fn patience_ends_and_a_fault_is_not_repeated() {
    let busy = (503, r#"{"message":"no shards available"}"#);
    let quickwit = Quickwit::that_answers(&[busy; 4]).await;
    let error = quickwit.client.ingest("events", &[json!({})], Commit::Auto).await;
    assert_eq!(error.expect_err("busy").status(), Some(503));
    assert_eq!(quickwit.asked().len(), 4);
    // Nobody knows whether it was taken: documents that come twice are found twice.
    let quickwit = Quickwit::that_answers(&[(500, "internal"), (200, TAKEN)]).await;
    let error = quickwit.client.ingest("events", &[json!({})], Commit::Auto).await;
    assert_eq!(error.expect_err("a fault").status(), Some(500));
    assert_eq!(quickwit.asked().len(), 1);
}

#[tokio::test]
async fn documents_that_were_rejected_are_an_error() {
    let rejected = r#"{"num_docs_for_processing":2,"num_ingested_docs":1,"num_rejected_docs":1,
        "parse_failures":[{"document":"{\"starts\":\"soon\"}",
        "message":"the field `starts` could not be parsed","reason":"InvalidSchema"}]}"#;
    let quickwit = Quickwit::that_answers(&[(200, rejected)]).await;
    let documents = [json!({ "starts": "soon" }), json!({})];
    let error = quickwit.client.ingest("events", &documents, Commit::Auto).await;
    match error.expect_err("rejected") {
        Error::Rejected { rejected: 1, all: 2, reason } => assert!(reason.contains("starts")),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn many_documents_go_in_several_requests_each_with_its_own_commit() {
    let quickwit = Quickwit::that_answers(&[(200, TAKEN), (200, TAKEN)]).await;
    let documents = vec!["x".repeat(6 * 1024 * 1024); 2];
    let outcome = quickwit.client.ingest("events", &documents, Commit::WaitFor).await;
    assert_eq!(outcome.expect("taken").num_docs_for_processing, 4);
    let lines: Vec<String> = quickwit.asked().into_iter().map(|asked| asked.line).collect();
    assert!(lines.iter().all(|line| line.contains("commit=wait_for")), "{lines:?}");
}
