//! Makes an index, brings documents in, searches, and cleans up.
//!
//! `cargo run -p quickwit-client --example search -- http://127.0.0.1:7280`

use quickwit_client::{
    Client, Commit, DocMapping, Error, FieldMapping, FieldType, IndexConfig, Record,
    elastic::{Query, SearchRequest, Sort},
};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:7280".to_owned());
    let quickwit = Client::new(&address)?;
    let mapping = DocMapping {
        field_mappings: vec![
            FieldMapping::new("title", FieldType::Text).read_by("default", Record::Position),
            FieldMapping::new("starts", FieldType::I64).fast(),
        ],
        ..DocMapping::default()
    };
    quickwit.create_index(&IndexConfig::new("concerts", mapping)).await?;
    let documents = [
        json!({ "title": "Moonlight Serenade", "starts": 2 }),
        json!({ "title": "Moonlight over Water", "starts": 1 }),
    ];
    quickwit.ingest("concerts", &documents, Commit::Force).await?;
    let request =
        SearchRequest::new(Query::term("title", "moonlight")).sort(Sort::ascending("starts"), None);
    let found = quickwit.elastic_search::<Value>("concerts", &request).await?;
    for hit in found.hits() {
        println!("{}", hit.source["title"]);
    }
    quickwit.delete_index("concerts").await
}
