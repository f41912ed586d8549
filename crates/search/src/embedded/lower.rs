//! A plan as a query of tantivy.

use tantivy::{
    Term,
    query::{
        AllQuery, BooleanQuery, ConstScoreQuery, EmptyQuery, Occur, PhraseQuery, Query, TermQuery,
    },
    schema::{Field as Column, IndexRecordOption},
};

use super::schema::Fields;
use crate::{plan::Node, question::Question};

/// The node, narrowed to the venues and performers that are asked for.
pub(super) fn lower(fields: &Fields, node: &Node, question: &Question) -> Box<dyn Query> {
    let query = lower_node(fields, node);
    let venues = ids(fields.venue, question.venues.iter().map(|id| id.0));
    let performers = ids(fields.performer, question.performers.iter().map(|id| id.0));
    let filters: Vec<_> = venues.into_iter().chain(performers).collect();
    if filters.is_empty() {
        return query;
    }
    let clauses = filters.into_iter().chain([query]).map(|query| (Occur::Must, query));
    Box::new(BooleanQuery::new(clauses.collect()))
}

fn ids(column: Column, ids: impl Iterator<Item = i64>) -> Option<Box<dyn Query>> {
    let terms: Vec<Term> = ids.map(|id| Term::from_field_i64(column, id)).collect();
    (!terms.is_empty()).then(|| any_term(terms, 0.0))
}

fn lower_node(fields: &Fields, node: &Node) -> Box<dyn Query> {
    match node {
        Node::All => Box::new(ConstScoreQuery::new(Box::new(AllQuery), 0.0)),
        Node::Nothing => Box::new(EmptyQuery),
        Node::Words { field, words, score } => {
            let column = fields.words(*field);
            any_term(words.iter().map(|word| Term::from_field_text(column, word)).collect(), *score)
        }
        Node::Phrase { field, words, score } => {
            let column = fields.words(*field);
            let terms = words.iter().map(|word| Term::from_field_text(column, word)).collect();
            Box::new(ConstScoreQuery::new(Box::new(PhraseQuery::new(terms)), *score))
        }
        Node::Any(nodes) => {
            let mut nodes: Vec<_> = nodes.iter().map(|node| lower_node(fields, node)).collect();
            match nodes.len() {
                1 => nodes.remove(0),
                _ => Box::new(BooleanQuery::union(nodes)),
            }
        }
        Node::Every { must, may, must_not } => {
            let clauses = |nodes: &[Node], occur: Occur| {
                nodes.iter().map(|node| (occur, lower_node(fields, node))).collect::<Vec<_>>()
            };
            let mut all = clauses(must, Occur::Must);
            all.extend(clauses(may, Occur::Should));
            all.extend(clauses(must_not, Occur::MustNot));
            Box::new(BooleanQuery::new(all))
        }
    }
}

/// Any of the terms; worth `score` once.
fn any_term(terms: Vec<Term>, score: f32) -> Box<dyn Query> {
    let mut queries: Vec<Box<dyn Query>> = terms
        .into_iter()
        .map(|term| Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Box<dyn Query>)
        .collect();
    let any = match queries.len() {
        1 => queries.remove(0),
        _ => Box::new(BooleanQuery::union(queries)),
    };
    Box::new(ConstScoreQuery::new(any, score))
}
