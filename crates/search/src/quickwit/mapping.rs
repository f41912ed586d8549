//! What an index of Quickwit keeps of a listing. Texts are sent as their words, analysed here, so that
//! both engines hold the same.

use onsale_domain::{EventId, Listing};
use quickwit_client::{DocMapping, FieldMapping, FieldType, IndexConfig, Record, TokenizerConfig};
use serde_json::{Map, Value, json};

use crate::{
    SearchError, analysis, calendar::month_of, embedded::Digests, facets::Facet, field::Field,
    question::rank,
};

pub(super) const KEY: &str = "key";
pub(super) const REVISION: &str = "revision";
pub(super) const CITY: &str = "city";
pub(super) const GENRE: &str = "genre";
pub(super) const MONTH: &str = "month";
pub(super) const PRICE: &str = "price";
/// The price by which hits are sorted: those without one come last.
pub(super) const PRICE_ORDER: &str = "price_order";
pub(super) const RANK: &str = "rank";
pub(super) const STARTS: &str = "starts";
pub(super) const ON_SALE: &str = "on_sale";
pub(super) const SOLD_OUT: &str = "sold_out";
pub(super) const VENUE: &str = "venue";
pub(super) const PERFORMER: &str = "performer";

const TOKENIZER: &str = "words";
/// Documents become searchable within this time, when nobody asks for more.
const COMMIT_SECONDS: u32 = 10;
/// Splits are not merged any more after this time. Only then Quickwit deletes documents from them, and
/// by default it would be two days.
const MATURE_AFTER: &str = "10m";
/// Sorts behind every price.
pub(super) const NO_PRICE_ORDER: i64 = i64::MAX >> 12;

pub(super) const fn column_of(facet: Facet) -> &'static str {
    match facet {
        Facet::City => CITY,
        Facet::Category => GENRE,
        Facet::Month => MONTH,
        Facet::Price => PRICE,
    }
}

/// An index for listings.
#[must_use]
pub fn index_config(index_id: &str) -> IndexConfig {
    let words = Field::ALL.into_iter().map(|field| {
        let record = match field {
            Field::Genre | Field::When => Record::Basic,
            _ => Record::Position,
        };
        let mut mapping = FieldMapping::new(field.name(), FieldType::Text);
        mapping.fieldnorms = Some(false);
        mapping.read_by(TOKENIZER, record).stored(false)
    });
    let exact = |name| {
        FieldMapping::new(name, FieldType::Text).read_by("raw", Record::Basic).fast().stored(false)
    };
    let number = |name| FieldMapping::new(name, FieldType::I64).fast().stored(false);
    let mut listing = FieldMapping::new("listing", FieldType::Text);
    listing.indexed = Some(false);
    let mut digest = FieldMapping::new("digest", FieldType::U64);
    digest.indexed = Some(false);
    let columns = [
        FieldMapping::new(KEY, FieldType::Text).read_by("raw", Record::Basic),
        FieldMapping::new(REVISION, FieldType::U64).fast(),
        exact(CITY),
        exact(GENRE),
        number(VENUE),
        FieldMapping::new(PERFORMER, FieldType::I64s).stored(false),
        FieldMapping::new(RANK, FieldType::U64).fast().stored(false),
        number(STARTS),
        number(ON_SALE),
        number(PRICE),
        number(PRICE_ORDER),
        number(MONTH),
        FieldMapping::new(SOLD_OUT, FieldType::I64).fast(),
        digest,
        listing,
    ];
    let mapping = DocMapping {
        field_mappings: words.chain(columns).collect(),
        mode: Some("strict".into()),
        tokenizers: vec![TokenizerConfig {
            name: TOKENIZER.into(),
            kind: "regex".into(),
            filters: Vec::new(),
            pattern: Some(r"[^ ]+".into()),
        }],
        store_source: Some(false),
        ..DocMapping::default()
    };
    let mut config = IndexConfig::new(index_id, mapping).commit_timeout_secs(COMMIT_SECONDS);
    let merging = json!({ "type": "stable_log", "maturation_period": MATURE_AFTER });
    config.indexing_settings.other.insert("merge_policy".into(), merging);
    config
}

/// The key of a document: of one revision of an event.
#[must_use]
pub fn key(event: EventId, revision: u64) -> String {
    format!("{event}-{revision}")
}

/// A listing as a document. `revision` grows with each change of the event.
///
/// # Errors
/// [`SearchError::Damaged`] for a listing that cannot be written.
pub fn document(listing: &Listing, is_sold_out: bool, revision: u64) -> Result<Value, SearchError> {
    let mut document = Map::new();
    for field in Field::ALL {
        document.insert(field.name().into(), analysis::fold(&field.text(listing)).into());
    }
    let shown = Listing { description: String::new(), ..listing.clone() };
    let shown = serde_json::to_string(&shown);
    let shown = shown.map_err(|error| SearchError::Damaged(error.to_string()))?;
    let performers: Vec<i64> = listing.performers.iter().map(|it| it.id.0).collect();
    let columns = json!({
        KEY: key(listing.id, revision),
        REVISION: revision,
        CITY: listing.venue.city,
        GENRE: listing.genre,
        VENUE: listing.venue.id.0,
        PERFORMER: performers,
        RANK: rank(listing.starts_at, listing.id),
        STARTS: listing.starts_at.0,
        ON_SALE: listing.on_sale_at.0,
        PRICE_ORDER: listing.from_price_minor.unwrap_or(NO_PRICE_ORDER),
        MONTH: month_of(listing).number(),
        SOLD_OUT: i64::from(is_sold_out),
        "digest": Digests::of(listing, is_sold_out)?.listing,
        "listing": shown,
    });
    document.extend(columns.as_object().cloned().unwrap_or_default());
    if let Some(price) = listing.from_price_minor {
        document.insert(PRICE.into(), price.into());
    }
    Ok(Value::Object(document))
}
