//! A plan and its filters as a query of Quickwit.

use quickwit_client::elastic::{Bool, Query, Range};
use serde_json::{Value, json};

use super::{mapping, mask::Mask};
use crate::{
    embedded::View,
    facets::Facet,
    plan::Node,
    question::{Cursor, Order, Question, Sale},
};

/// The order that a question means.
pub(super) fn order_of(question: &Question) -> Order {
    match question.order {
        Order::Relevance if question.keyword.trim().is_empty() => Order::Date,
        Order::Distance => Order::Date,
        order => order,
    }
}

/// Whether the question has a filter of a facet.
pub(super) fn narrows(question: &Question, facet: Facet) -> bool {
    match facet {
        Facet::City => !question.cities.is_empty(),
        Facet::Category => !question.genres.is_empty(),
        Facet::Month => !question.months.is_empty(),
        Facet::Price => question.min_price_minor.is_some() || question.max_price_minor.is_some(),
    }
}

/// The whole query, without the filter of one facet; `None` when nothing can match.
pub(super) fn lower(
    node: &Node,
    question: &Question,
    words: &View,
    mask: &Mask,
    without: Option<Facet>,
) -> Option<Query> {
    let scored = lower_node(node)?;
    let mut filter = Vec::new();
    let any = |field: &str, values: Vec<Value>| {
        (!values.is_empty()).then(|| Query::terms(field, values, 1.0))
    };
    let (start, end) = (question.start.map(|it| json!(it.0)), question.end.map(|it| json!(it.0)));
    if start.is_some() || end.is_some() {
        let range = Range { gte: start, lt: end, ..Range::default() };
        filter.push(Query::range(mapping::STARTS, &range));
    }
    let ids = |ids: Vec<i64>| ids.into_iter().map(Value::from).collect::<Vec<_>>();
    if !question.venues.is_empty() {
        filter.extend(any(mapping::VENUE, ids(question.venues.iter().map(|it| it.0).collect())));
    }
    if !question.performers.is_empty() {
        let performers = question.performers.iter().map(|it| it.0).collect();
        filter.extend(any(mapping::PERFORMER, ids(performers)));
    }
    if let Some(circle) = &question.near {
        filter.push(any(mapping::VENUE, ids(words.venues_within(circle).into_keys().collect()))?);
    }
    filter.extend(sale(question));
    for facet in Facet::ALL {
        if narrows(question, facet) && without != Some(facet) {
            filter.push(facet_filter(question, words, facet)?);
        }
    }
    Some(mask.narrow(scored, filter))
}

fn facet_filter(question: &Question, words: &View, facet: Facet) -> Option<Query> {
    let column = mapping::column_of(facet);
    let texts: Vec<Value> = match facet {
        Facet::City => words.spellings_of_cities(&question.cities),
        Facet::Category => words.spellings_of_genres(&question.genres),
        Facet::Month => question.months.iter().map(|month| json!(month.number())).collect(),
        Facet::Price => {
            let bound = |price: Option<i64>| price.map(Value::from);
            let range = Range {
                gte: bound(question.min_price_minor.or(Some(0))),
                lte: bound(question.max_price_minor),
                ..Range::default()
            };
            return Some(Query::range(column, &range));
        }
    };
    (!texts.is_empty()).then(|| Query::terms(column, texts, 1.0))
}

fn sale(question: &Question) -> Vec<Query> {
    let now = question.now.map_or(0, |now| now.0);
    let begun = Range { lte: Some(json!(now)), ..Range::default() };
    let later = Range { gt: Some(json!(now)), ..Range::default() };
    let is_sold_out = |value: i64| Query::term(mapping::SOLD_OUT, value);
    match question.sale {
        None => Vec::new(),
        Some(Sale::SoldOut) => vec![is_sold_out(1)],
        Some(Sale::OnSale) => vec![is_sold_out(0), Query::range(mapping::ON_SALE, &begun)],
        Some(Sale::Upcoming) => vec![Query::range(mapping::ON_SALE, &later)],
    }
}

/// The node; `None` for nothing.
fn lower_node(node: &Node) -> Option<Query> {
    Some(match node {
        Node::All => Query::all(),
        Node::Nothing => return None,
        Node::Words { field, words, score } => Query::terms(field.name(), words.clone(), *score),
        Node::Phrase { field, words, .. } => Query::phrase(field.name(), &words.join(" ")),
        Node::Any(nodes) => {
            let should: Vec<Query> = nodes.iter().filter_map(lower_node).collect();
            if should.is_empty() {
                return None;
            }
            Query::bool(Bool { should, ..Bool::default() })
        }
        Node::Every { must, may, must_not } => {
            let all = must.iter().map(lower_node).collect::<Option<Vec<_>>>()?;
            Query::bool(Bool {
                must: all,
                should: may.iter().filter_map(lower_node).collect(),
                must_not: must_not.iter().filter_map(lower_node).collect(),
                filter: Vec::new(),
            })
        }
    })
}

/// The values after which Quickwit goes on from a cursor.
pub(super) fn values_of(cursor: Cursor, question: &Question) -> Vec<Value> {
    let (first, rank) = ((cursor.0 >> 64) as u64, cursor.0 as u64);
    match order_of(question) {
        Order::Relevance => {
            let score = f32::from_bits(u32::MAX - u32::try_from(first).unwrap_or(u32::MAX));
            vec![json!(f64::from(score)), json!(rank)]
        }
        Order::Price => {
            let price = i64::try_from(first).unwrap_or(mapping::NO_PRICE_ORDER);
            vec![json!(price), json!(rank)]
        }
        Order::Date | Order::Distance => vec![json!(rank)],
    }
}

/// The cursor that stands for the place of a hit.
pub(super) fn cursor_of(sort: &[Value], question: &Question) -> Option<Cursor> {
    let rank = sort.last()?.as_u64()?;
    let first = match order_of(question) {
        Order::Relevance => {
            let score = sort.first()?.as_f64()? as f32;
            u64::from(u32::MAX - score.to_bits())
        }
        Order::Price => match sort.first()?.as_i64()? {
            mapping::NO_PRICE_ORDER => u64::MAX,
            price => u64::try_from(price).ok()?,
        },
        Order::Date | Order::Distance => 0,
    };
    Some(Cursor(u128::from(first) << 64 | u128::from(rank)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Field;

    #[test]
    fn words_are_clauses_of_a_constant_score() {
        let words = |field, score| Node::Words { field, words: vec!["moonlight".into()], score };
        let any = Node::Any(vec![words(Field::Title, 8.0), words(Field::Description, 1.0)]);
        let query = lower_node(&Node::Every {
            must: vec![any, Node::All],
            may: Vec::new(),
            must_not: vec![words(Field::City, 0.0), Node::Nothing],
        });
        let expected = json!({ "bool": {
            "must": [
                { "bool": { "should": [
                    { "terms": { "title_words": ["moonlight"], "boost": 8.0 } },
                    { "terms": { "description_words": ["moonlight"], "boost": 1.0 } },
                ] } },
                { "match_all": {} },
            ],
            "must_not": [{ "terms": { "city_words": ["moonlight"], "boost": 0.0 } }],
        } });
        assert_eq!(query.expect("a query").as_json(), &expected);
        assert!(lower_node(&Node::Any(vec![Node::Nothing])).is_none());
    }

    #[test]
    fn cursors_and_the_values_of_quickwit_are_the_same_places() {
        for (order, sort) in [
            (Order::Relevance, vec![json!(12.5), json!(1999)]),
            (Order::Price, vec![json!(2_500), json!(1999)]),
            (Order::Price, vec![json!(mapping::NO_PRICE_ORDER), json!(1999)]),
            (Order::Date, vec![json!(1999)]),
        ] {
            let question = Question { keyword: "x".into(), order, ..Question::default() };
            let cursor = cursor_of(&sort, &question).expect("a cursor");
            assert_eq!(values_of(cursor, &question), sort, "{order:?}");
        }
    }
}
