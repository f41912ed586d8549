//! Against a real Quickwit, where `QUICKWIT_URL` names one.

use quickwit_client::{
    Client, Commit, DocMapping, FieldMapping, FieldType, IndexConfig, Record,
    elastic::{Query, SearchRequest, Sort},
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_real_server_agrees() {
    let Ok(url) = std::env::var("QUICKWIT_URL") else {
        println!("SKIPPED: set QUICKWIT_URL to the address of a Quickwit 0.9");
        return;
    };
    let quickwit = Client::new(&url).expect("an address");
    assert!(quickwit.is_ready().await.expect("it answers"));
    let name = format!("client-test-{}", std::process::id());
    let mapping = DocMapping {
        field_mappings: vec![
            FieldMapping::new("title", FieldType::Text).read_by("default", Record::Position),
            FieldMapping::new("rank", FieldType::U64).fast(),
            FieldMapping::new("city", FieldType::Text).read_by("raw", Record::Basic).fast(),
        ],
        ..DocMapping::default()
    };
    quickwit.create_index(&IndexConfig::new(&name, mapping)).await.expect("an index");
    let document =
        |rank: u64| json!({ "title": format!("moonlight {rank}"), "rank": rank, "city": "Paris" });
    let documents: Vec<Value> = (0..50).map(document).collect();
    quickwit.ingest(&name, &documents, Commit::Force).await.expect("taken");
    let request = SearchRequest::new(Query::terms("title", ["moonlight"], 3.0))
        .size(10)
        .sort(Sort::score(), Some(Sort::ascending("rank")));
    let first = quickwit.elastic_search::<Value>(&name, &request).await.expect("found");
    assert_eq!((first.total(), first.hits().len()), (50, 10));
    assert_eq!(first.hits()[0].source["rank"], 0);
    let rest = request.search_after(&first.hits()[9].sort);
    let second = quickwit.elastic_search::<Value>(&name, &rest).await.expect("found");
    assert_eq!(second.hits()[0].source["rank"], 10);
    let all = quickwit.indexes().await.expect("the indexes");
    assert!(all.iter().any(|index| index.index_config.index_id == name));
    let described = quickwit.describe_index(&name).await.expect("described");
    assert_eq!(described.num_published_docs, 50);
    quickwit.delete_index(&name).await.expect("removed");
    assert!(quickwit.index(&name).await.expect_err("gone").is_not_found());
}
