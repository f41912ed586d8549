use quickwit_client::{
    elastic::{Bool, Query, Range, SearchRequest, Sort},
    native,
};
use serde::Deserialize;
use serde_json::json;

use crate::server::Quickwit;

#[derive(Debug, PartialEq, Deserialize)]
struct Event {
    event: i64,
}

const FOUND: &str = r#"{"took":15,"timed_out":false,
 "_shards":{"total":3,"successful":3,"skipped":0,"failed":0},
 "hits":{"total":{"value":292,"relation":"eq"},"max_score":null,"hits":[
  {"_index":"events","_id":"","_score":12.0,"_source":{"event":7},"sort":[12.0,1999]},
  {"_index":"events","_id":"","_score":8.0,"_source":{"event":9},"sort":[8.0,2001]}]},
 "aggregations":{"city":{"doc_count_error_upper_bound":0,"sum_other_doc_count":4,"buckets":[
   {"key":"Paris","doc_count":200},{"key":"São Paulo","doc_count":88}]},
  "price":{"buckets":[{"key":"*-0","doc_count":0,"to":0.0},{"key":"0-2500","from":0.0,"to":2500.0,"doc_count":3},
   {"key":"2500-*","from":2500.0,"doc_count":289}]}}}"#;

#[tokio::test]
async fn a_question_in_the_form_of_elasticsearch() {
    let quickwit = Quickwit::that_answers(&[(200, FOUND)]).await;
    let query = Query::bool(Bool {
        must: vec![Query::terms("title", ["moonlight"], 8.0), Query::phrase("venue", "blue note")],
        must_not: vec![Query::term("key", "7-1")],
        filter: vec![Query::range(
            "starts",
            &Range { gte: Some(json!(1000)), lt: Some(json!(2000)), ..Range::default() },
        )],
        ..Bool::default()
    });
    let request = SearchRequest::new(query)
        .size(20)
        .from(40)
        .sort(Sort::score(), Some(Sort::ascending("rank")))
        .count_values("city", "city", 50, 500)
        .count_ranges("price", "price", &[0.0, 2_500.0]);
    let found = quickwit.client.elastic_search::<Event>("events", &request).await.expect("found");
    let asked = quickwit.asked_once();
    assert_eq!(asked.line, "POST /api/v1/_elastic/events/_search");
    let expected = json!({
        "query": { "bool": {
            "must": [
                { "terms": { "title": ["moonlight"], "boost": 8.0 } },
                { "match_phrase": { "venue": { "query": "blue note" } } },
            ],
            "must_not": [{ "term": { "key": { "value": "7-1" } } }],
            "filter": [{ "range": { "starts": { "gte": 1000, "lt": 2000 } } }],
        } },
        "sort": [{ "_score": { "order": "desc" } }, { "rank": { "order": "asc" } }],
        "from": 40,
        "size": 20,
        "aggs": {
            "city": { "terms": { "field": "city", "size": 50, "shard_size": 500 } },
            "price": { "range": { "field": "price", "ranges": [
                { "from": 0.0, "to": 2500.0 }, { "from": 2500.0 },
            ] } },
        },
        "track_total_hits": true,
    });
    assert_eq!(asked.json(), expected);
    assert_eq!((found.total(), found.took), (292, 15));
    assert_eq!(found.hits()[1].source, Event { event: 9 });
    assert_eq!(found.hits()[1].sort, [json!(8.0), json!(2001)]);
    let cities = found.buckets("city").expect("buckets");
    assert_eq!((&cities[1].key, cities[1].doc_count), (&json!("São Paulo"), 88));
    let prices = found.buckets("price").expect("buckets");
    let from: Vec<_> = prices.iter().map(|bucket| bucket.from).collect();
    assert_eq!(from, [None, Some(0.0), Some(2500.0)]);
    assert_eq!(prices[2].doc_count, 289);
    assert!(found.buckets("month").expect("none").is_empty());
}

#[tokio::test]
async fn going_on_after_a_whole_score_keeps_its_point() {
    let quickwit = Quickwit::that_answers(&[(200, FOUND)]).await;
    let request = SearchRequest::new(Query::all())
        .sort(Sort::score(), Some(Sort::descending("rank")))
        .search_after(&[json!(3), json!(1999)]);
    quickwit.client.elastic_search::<Event>("events", &request).await.expect("found");
    let body = quickwit.asked_once().body;
    assert!(body.contains(r#""search_after":[3.0,1999]"#), "{body}");
    assert!(body.contains(r#""match_all":{}"#), "{body}");
}

#[tokio::test]
async fn windows_are_as_wide_as_quickwit_lets_them_be() {
    let quickwit = Quickwit::that_answers(&[(200, FOUND)]).await;
    let request = SearchRequest::new(Query::all()).size(50_000).from(99_999);
    quickwit.client.elastic_search::<Event>("events", &request).await.expect("found");
    let asked = quickwit.asked_once().json();
    assert_eq!((&asked["size"], &asked["from"]), (&json!(10_000), &json!(10_000)));
}

#[tokio::test]
async fn what_is_not_understood_is_told_in_its_words() {
    let refused = r#"{"status":400,"error":{"caused_by":null,"reason":
        "Unsupported: fuzzy","root_cause":[],"stack_trace":null,"type":null}}"#;
    let quickwit = Quickwit::that_answers(&[(400, refused)]).await;
    let request = SearchRequest::new(Query::query_string("title:x~2", &["title"]));
    let error = quickwit.client.elastic_search::<Event>("events", &request).await;
    assert!(error.expect_err("refused").to_string().contains("Unsupported: fuzzy"));
    let sent = quickwit.asked_once().json();
    let query = json!({ "query_string": { "query": "title:x~2", "fields": ["title"] } });
    assert_eq!(sent["query"], query);
}

#[tokio::test]
async fn a_question_in_its_own_form() {
    let found = r#"{"num_hits":2,"hits":[{"event":7},{"event":9}],"elapsed_time_micros":5123,
        "errors":[]}"#;
    let quickwit = Quickwit::that_answers(&[(200, found)]).await;
    let request = native::SearchRequest {
        query: "title:moonlight".into(),
        max_hits: Some(2),
        sort_by: Some("-starts".into()),
        search_fields: Some("title,venue".into()),
        ..native::SearchRequest::default()
    };
    let found = quickwit.client.search::<Event>("events", &request).await.expect("found");
    assert_eq!((found.num_hits, &found.hits[0]), (2, &Event { event: 7 }));
    let asked = quickwit.asked_once();
    assert_eq!(asked.line, "POST /api/v1/events/search");
    let expected = json!({ "query": "title:moonlight", "search_field": "title,venue",
        "max_hits": 2, "sort_by": "-starts" });
    assert_eq!(asked.json(), expected);
}

#[tokio::test]
async fn an_answer_of_another_form_is_an_error_and_no_panic() {
    for answer in ["", "[]", r#"{"hits":3}"#, r#"{"hits":{"hits":[{}]}}"#] {
        let quickwit = Quickwit::that_answers(&[(200, answer)]).await;
        let request = SearchRequest::new(Query::all());
        let error = quickwit.client.elastic_search::<Event>("events", &request).await;
        let error = error.expect_err("unreadable");
        assert!(matches!(error, quickwit_client::Error::Unreadable(_)), "{error:?}");
    }
}
