use quickwit_client::{
    DeleteQuery, DocMapping, Error, Fast, FieldMapping, FieldType, IndexConfig, Record,
    TokenizerConfig,
};
use serde_json::json;

use crate::server::Quickwit;

const METADATA: &str = r#"{"version":"0.9","index_uid":"events:01J9ZC8E3M6Q1N4B3S5T7V9X2Z",
 "index_config":{"version":"0.9","index_id":"events","index_uri":"file:///qw/indexes/events",
  "doc_mapping":{"doc_mapping_uid":"00000000000000000000000000","mode":"strict",
   "field_mappings":[{"name":"title","type":"text","fast":false,"fieldnorms":false,"indexed":true,
     "record":"position","stored":true,"tokenizer":"words"},
    {"name":"starts","type":"i64","coerce":true,"fast":true,"indexed":true,"output_format":"number",
     "stored":true},
    {"name":"city","type":"text","fast":{"normalizer":"raw"},"fieldnorms":false,"indexed":true,
     "record":"basic","stored":false,"tokenizer":"raw"},
    {"name":"trace","type":"bytes","fast":true,"indexed":true,"input_format":"hex",
     "output_format":"hex","stored":true}],
   "timestamp_field":null,"tag_fields":[],"store_source":false,
   "tokenizers":[{"name":"words","type":"simple","filters":["lower_caser","ascii_folding"]}]},
  "indexing_settings":{"commit_timeout_secs":2,"split_num_docs_target":10000000,
   "merge_policy":{"type":"stable_log"}},
  "ingest_settings":{"min_shards":1},
  "search_settings":{"default_search_fields":["title"]},"retention":null},
 "checkpoint":{},"create_timestamp":1764115200,"sources":[]}"#;

fn config() -> IndexConfig {
    let mapping = DocMapping {
        field_mappings: vec![
            FieldMapping::new("title", FieldType::Text).read_by("words", Record::Position),
            FieldMapping::new("starts", FieldType::I64).fast().stored(false),
        ],
        mode: Some("strict".into()),
        tokenizers: vec![TokenizerConfig {
            name: "words".into(),
            kind: "simple".into(),
            filters: vec!["lower_caser".into(), "ascii_folding".into()],
            pattern: None,
        }],
        ..DocMapping::default()
    };
    IndexConfig::new("events", mapping).commit_timeout_secs(2)
}

#[tokio::test]
async fn an_index_is_made_as_it_is_described() {
    let quickwit = Quickwit::that_answers(&[(200, METADATA)]).await;
    let made = quickwit.client.create_index(&config()).await.expect("an index");
    let asked = quickwit.asked_once();
    assert_eq!(asked.line, "POST /api/v1/indexes");
    assert_eq!(asked.content_type, "application/json");
    let expected = json!({
        "version": "0.9",
        "index_id": "events",
        "doc_mapping": {
            "mode": "strict",
            "field_mappings": [
                { "name": "title", "type": "text", "tokenizer": "words", "record": "position" },
                { "name": "starts", "type": "i64", "fast": true, "stored": false },
            ],
            "tokenizers": [
                { "name": "words", "type": "simple", "filters": ["lower_caser", "ascii_folding"] },
            ],
        },
        "indexing_settings": { "commit_timeout_secs": 2 },
        "search_settings": { "default_search_fields": [] },
    });
    assert_eq!(asked.json(), expected);
    assert_eq!(made.index_uid, "events:01J9ZC8E3M6Q1N4B3S5T7V9X2Z");
    assert_eq!(made.create_timestamp, 1_764_115_200);
    let title = &made.index_config.doc_mapping.field_mappings[0];
    assert_eq!((title.record, title.fieldnorms), (Some(Record::Position), Some(false)));
    let starts = &made.index_config.doc_mapping.field_mappings[1];
    assert_eq!(starts.other["output_format"], "number", "what has no field of its own is kept");
    let city = &made.index_config.doc_mapping.field_mappings[2];
    assert_eq!(city.fast, Some(Fast::Normalized { normalizer: "raw".into() }));
    let trace = &made.index_config.doc_mapping.field_mappings[3];
    assert_eq!(trace.kind, FieldType::Other("bytes".into()), "indexes of others are read too");
}

#[tokio::test]
async fn indexes_are_looked_at_changed_cleared_and_removed() {
    let described = r#"{"index_id":"events","index_uri":"file:///qw/indexes/events",
        "num_published_splits":3,"size_published_splits":198000000,"num_published_docs":1000000,
        "size_published_docs_uncompressed":451000000,"timestamp_field_name":null,
        "min_timestamp":null,"max_timestamp":null}"#;
    let list = format!("[{METADATA}]");
    let quickwit = Quickwit::that_answers(&[
        (200, METADATA),
        (200, &list),
        (200, described),
        (200, METADATA),
        (200, ""),
        (200, "[]"),
    ])
    .await;
    let client = &quickwit.client;
    assert_eq!(client.index("events").await.expect("it").index_config.index_id, "events");
    assert_eq!(client.indexes().await.expect("all").len(), 1);
    let described = client.describe_index("events").await.expect("described");
    assert_eq!((described.num_published_splits, described.num_published_docs), (3, 1_000_000));
    client.update_index(&config()).await.expect("changed");
    client.clear_index("events").await.expect("cleared");
    client.delete_index("events").await.expect("removed");
    let lines: Vec<String> = quickwit.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(
        lines,
        [
            "GET /api/v1/indexes/events",
            "GET /api/v1/indexes",
            "GET /api/v1/indexes/events/describe",
            "PUT /api/v1/indexes/events",
            "PUT /api/v1/indexes/events/clear",
            "DELETE /api/v1/indexes/events",
        ]
    );
}

#[tokio::test]
async fn what_quickwit_refuses_comes_back_in_its_own_words() {
    let missing = r#"{"message":"index `events` not found"}"#;
    let exists = r#"{"message":"index `events` already exists"}"#;
    let quickwit = Quickwit::that_answers(&[(404, missing), (400, exists)]).await;
    let error = quickwit.client.index("events").await.expect_err("missing");
    assert!(error.is_not_found() && !error.is_transient());
    assert!(error.to_string().contains("index `events` not found"), "{error}");
    let error = quickwit.client.create_index(&config()).await.expect_err("there is one");
    assert!(
        matches!(&error, Error::Refused { status: 400, message } if message.contains("already"))
    );
    let error = quickwit.client.index("../secrets").await.expect_err("no name");
    assert!(matches!(error, Error::IndexId(_)));
    assert_eq!(quickwit.asked().len(), 2, "what cannot be a name is not sent");
}

#[tokio::test]
async fn documents_are_deleted_by_a_task() {
    let task = r#"{"create_timestamp":1764115300,"opstamp":7,
        "delete_query":{"index_uid":"events:01J9ZC8E3M6Q1N4B3S5T7V9X2Z",
        "query_ast":"{\"type\":\"term\",\"field\":\"key\",\"value\":\"12-3\"}"}}"#;
    let list = format!("[{task}]");
    let quickwit = Quickwit::that_answers(&[(200, task), (200, &list)]).await;
    let query = DeleteQuery { query: "key:\"12-3\"".into(), ..DeleteQuery::default() };
    let taken = quickwit.client.delete_documents("events", &query).await.expect("a task");
    assert_eq!(taken.opstamp, 7);
    assert_eq!(quickwit.client.delete_tasks("events").await.expect("tasks").len(), 1);
    let asked = quickwit.asked();
    assert_eq!(asked[0].line, "POST /api/v1/events/delete-tasks");
    assert_eq!(asked[0].json(), json!({ "query": "key:\"12-3\"" }));
    assert_eq!(asked[1].line, "GET /api/v1/events/delete-tasks");
}

#[tokio::test]
async fn health_is_a_yes_or_a_no() {
    let quickwit = Quickwit::that_answers(&[(200, "true"), (503, "false")]).await;
    assert!(quickwit.client.is_alive().await.expect("an answer"));
    assert!(!quickwit.client.is_ready().await.expect("an answer"));
    let lines: Vec<String> = quickwit.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines, ["GET /health/livez", "GET /health/readyz"]);
}
