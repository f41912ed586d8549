//! What an index keeps of a listing.

use onsale_domain::Listing;
use sha2::{Digest, Sha256};
use tantivy::{
    TantivyDocument,
    schema::{
        FAST, Field as Column, INDEXED, IndexRecordOption, STORED, Schema, TextFieldIndexing,
        TextOptions, document::Value,
    },
};

use crate::{SearchError, analysis::TOKENIZER, calendar::month_of, field::Field, question::rank};

/// The fields of an index.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub schema: Schema,
    words: [Column; 7],
    pub event: Column,
    pub venue: Column,
    pub performer: Column,
    city: Column,
    genre: Column,
    rank: Column,
    starts: Column,
    on_sale: Column,
    price: Column,
    month: Column,
    sold_out: Column,
    digest: Column,
    listing: Column,
}

/// Names of the columns that are read for each hit.
pub(super) mod columns {
    pub const EVENT: &str = "event";
    pub const VENUE: &str = "venue";
    pub const CITY: &str = "city";
    pub const GENRE: &str = "genre";
    pub const RANK: &str = "rank";
    pub const STARTS: &str = "starts";
    pub const ON_SALE: &str = "on_sale";
    pub const PRICE: &str = "price";
    pub const MONTH: &str = "month";
    pub const SOLD_OUT: &str = "sold_out";
    pub const DIGEST: &str = "digest";
}

/// The price of an event without one.
pub(super) const NO_PRICE: i64 = -1;

impl Fields {
    pub fn new() -> Self {
        let mut schema = Schema::builder();
        let words = Field::ALL.map(|field| {
            let option = match field {
                Field::Genre | Field::When => IndexRecordOption::Basic,
                _ => IndexRecordOption::WithFreqsAndPositions,
            };
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(TOKENIZER)
                .set_fieldnorms(false)
                .set_index_option(option);
            schema
                .add_text_field(field.name(), TextOptions::default().set_indexing_options(indexing))
        });
        let exact = TextOptions::default().set_fast("raw");
        Self {
            words,
            event: schema.add_i64_field(columns::EVENT, INDEXED | FAST),
            venue: schema.add_i64_field(columns::VENUE, INDEXED | FAST),
            performer: schema.add_i64_field("performer", INDEXED),
            city: schema.add_text_field(columns::CITY, exact.clone()),
            genre: schema.add_text_field(columns::GENRE, exact),
            rank: schema.add_u64_field(columns::RANK, FAST),
            starts: schema.add_i64_field(columns::STARTS, FAST),
            on_sale: schema.add_i64_field(columns::ON_SALE, FAST),
            price: schema.add_i64_field(columns::PRICE, FAST),
            month: schema.add_u64_field(columns::MONTH, FAST),
            sold_out: schema.add_u64_field(columns::SOLD_OUT, FAST),
            digest: schema.add_u64_field(columns::DIGEST, FAST),
            listing: schema.add_bytes_field("listing", STORED),
            schema: schema.build(),
        }
    }

    /// The column of a field with words.
    pub fn words(&self, field: Field) -> Column {
        self.words[field as usize]
    }

    /// A listing as a document.
    pub fn document(
        &self,
        listing: &Listing,
        is_sold_out: bool,
    ) -> Result<TantivyDocument, SearchError> {
        let mut document = TantivyDocument::default();
        for field in Field::ALL {
            document.add_text(self.words(field), field.text(listing));
        }
        document.add_i64(self.event, listing.id.0);
        document.add_i64(self.venue, listing.venue.id.0);
        for performer in &listing.performers {
            document.add_i64(self.performer, performer.id.0);
        }
        document.add_text(self.city, &listing.venue.city);
        document.add_text(self.genre, &listing.genre);
        document.add_u64(self.rank, rank(listing.starts_at, listing.id));
        document.add_i64(self.starts, listing.starts_at.0);
        document.add_i64(self.on_sale, listing.on_sale_at.0);
        document.add_i64(self.price, listing.from_price_minor.unwrap_or(NO_PRICE));
        document.add_u64(self.month, u64::from(month_of(listing).number()));
        document.add_u64(self.sold_out, u64::from(is_sold_out));
        document.add_u64(self.digest, digest(listing)?);
        let shown = Listing { description: String::new(), ..listing.clone() };
        document.add_bytes(self.listing, &encoded(&shown)?);
        Ok(document)
    }

    /// The listing of a document.
    pub fn listing(&self, document: &TantivyDocument) -> Result<Listing, SearchError> {
        let damaged = |reason: String| SearchError::Damaged(reason);
        let value = document.get_first(self.listing);
        let bytes = value.as_ref().and_then(|value| value.as_bytes());
        let bytes = bytes.ok_or_else(|| damaged("a document has no listing".into()))?;
        serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))
    }
}

fn encoded(listing: &Listing) -> Result<Vec<u8>, SearchError> {
    serde_json::to_vec(listing).map_err(|error| SearchError::Damaged(error.to_string()))
}

/// A number that two listings share only when they are the same in every part.
pub(super) fn digest(listing: &Listing) -> Result<u64, SearchError> {
    let hash = Sha256::digest(encoded(listing)?);
    let bytes: [u8; 8] = std::array::from_fn(|at| hash[at]);
    Ok(u64::from_be_bytes(bytes))
}
