//! Which documents of a segment a plan finds, and what they are worth.
//!
//! A plan looks for many words at once: one that is being typed has up to 24 completions, each in up to
//! seven fields. So the lists of all words are laid into masks of one bit for each document, window
//! after window, and the masks are combined. That costs about a nanosecond for each entry of a list;
//! what a rare word of the same plan leaves out is never read.

use tantivy::{
    DocId, DocSet, Searcher, SegmentReader, TERMINATED, Term,
    postings::BlockSegmentPostings,
    query::{EnableScoring, PhraseQuery, Query, Scorer},
    schema::{Field as Column, IndexRecordOption},
};

use super::schema::Fields;
use crate::{SearchError, plan::Node, question::Question};

/// 64-bit words of a mask.
const MASK_WORDS: usize = 128;
/// Documents of a window.
const WINDOW: usize = 64 * MASK_WORDS;

/// A bit for each document of a window.
#[derive(Clone)]
struct Mask([u64; MASK_WORDS]);

impl Mask {
    const EMPTY: Self = Self([0; MASK_WORDS]);

    fn combine(&mut self, other: &Self, how: impl Fn(u64, u64) -> u64) {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine = how(*mine, *theirs));
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|bits| *bits == 0)
    }

    fn insert(&mut self, at: usize) {
        self.0[at / 64 % MASK_WORDS] |= 1 << (at % 64);
    }

    /// Takes out what comes after the first so many.
    fn truncate(&mut self, count: usize) {
        for (at, bits) in self.0.iter_mut().enumerate() {
            match count.saturating_sub(at * 64) {
                0 => *bits = 0,
                kept @ 1..64 => *bits &= (1 << kept) - 1,
                _ => {}
            }
        }
    }

    /// Takes the place of each bit that both have.
    fn each_of_both(&self, other: &Self, mut take: impl FnMut(usize)) {
        for (at, (mine, theirs)) in self.0.iter().zip(&other.0).enumerate() {
            let mut bits = mine & theirs;
            while bits != 0 {
                take(at * 64 + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
    }
}

/// The documents of a word.
struct Postings {
    blocks: BlockSegmentPostings,
    /// The place of the next document in the block.
    at: usize,
    /// The next document, or [`TERMINATED`].
    next: DocId,
}

impl Postings {
    fn new(blocks: BlockSegmentPostings) -> Self {
        let next = blocks.docs().first().copied().unwrap_or(TERMINATED);
        Self { blocks, at: 0, next }
    }

    /// Marks those of the window that begins with a document; whether there are any.
    fn mark(&mut self, start: DocId, mask: &mut Mask) -> bool {
        let end = start + WINDOW as DocId;
        if self.next >= end {
            return false;
        }
        if self.next < start {
            self.at = self.blocks.seek(start);
            self.next = self.blocks.docs().get(self.at).copied().unwrap_or(TERMINATED);
        }
        let any = self.next < end;
        while self.next < end {
            let docs = self.blocks.docs().get(self.at..).unwrap_or_default();
            let within = docs.partition_point(|doc| *doc < end);
            docs[..within].iter().for_each(|doc| mask.insert((doc - start) as usize));
            match docs.get(within) {
                Some(next) => (self.at, self.next) = (self.at + within, *next),
                None => {
                    self.blocks.advance();
                    self.at = 0;
                    self.next = self.blocks.docs().first().copied().unwrap_or(TERMINATED);
                }
            }
        }
        any
    }
}

enum Kind {
    All,
    /// Any of the words.
    Words {
        words: Vec<Postings>,
        score: f32,
    },
    Phrase {
        places: Box<dyn Scorer>,
        score: f32,
    },
    Any(Vec<Part>),
    Every {
        must: Vec<Part>,
        may: Vec<Part>,
        must_not: Vec<Part>,
    },
}

/// A part of a plan.
struct Part {
    kind: Kind,
    /// Documents that have to be read to know all that it finds, about.
    cost: u64,
    /// What it finds in the window that was looked at last.
    found: Box<Mask>,
    /// Whether that is anything.
    has_found: bool,
}

impl Part {
    fn new(kind: Kind, cost: u64) -> Self {
        Self { kind, cost, found: Box::new(Mask::EMPTY), has_found: false }
    }

    fn words(
        segment: &SegmentReader,
        column: Column,
        terms: impl Iterator<Item = Term>,
        score: f32,
    ) -> Result<Self, SearchError> {
        let index = segment.inverted_index(column)?;
        let mut words = Vec::new();
        for term in terms {
            let blocks = index.read_block_postings(&term, IndexRecordOption::Basic);
            words.extend(blocks.map_err(tantivy::TantivyError::from)?.map(Postings::new));
        }
        let cost = words.iter().map(|word| u64::from(word.blocks.doc_freq())).sum();
        Ok(Self::new(Kind::Words { words, score }, cost))
    }

    fn any(parts: Vec<Self>) -> Self {
        let cost = parts.iter().map(|part| part.cost).sum();
        Self::new(Kind::Any(parts), cost)
    }

    fn every(mut must: Vec<Self>, may: Vec<Self>, must_not: Vec<Self>) -> Self {
        must.sort_by_key(|part| part.cost);
        let cost = must.first().map_or(0, |part| part.cost);
        Self::new(Kind::Every { must, may, must_not }, cost)
    }

    /// Looks at the window that begins with a document; whether anything is found.
    fn look(&mut self, start: DocId) -> bool {
        // Most words are rare: nothing was found, and nothing will be.
        if self.has_found {
            *self.found = Mask::EMPTY;
        }
        self.has_found = self.mark(start);
        self.has_found
    }

    fn mark(&mut self, start: DocId) -> bool {
        let Self { kind, found, .. } = self;
        let end = start + WINDOW as DocId;
        match kind {
            Kind::All => {
                found.0.fill(u64::MAX);
                true
            }
            Kind::Words { words, .. } => {
                words.iter_mut().fold(false, |any, word| word.mark(start, found) | any)
            }
            Kind::Phrase { places, .. } => {
                let mut doc = places.doc();
                if doc < start {
                    doc = places.seek(start);
                }
                let any = doc < end;
                while doc < end {
                    found.insert((doc - start) as usize);
                    doc = places.advance();
                }
                any
            }
            Kind::Any(parts) => parts.iter_mut().fold(false, |any, part| {
                let has_found = part.look(start);
                if has_found {
                    found.combine(&part.found, |mine, theirs| mine | theirs);
                }
                any | has_found
            }),
            Kind::Every { must, may, must_not } => {
                found.0.fill(u64::MAX);
                for part in must {
                    match part.look(start) {
                        true => found.combine(&part.found, |mine, theirs| mine & theirs),
                        false => found.0.fill(0),
                    }
                    if found.is_empty() {
                        return false;
                    }
                }
                for part in must_not {
                    if part.look(start) {
                        found.combine(&part.found, |mine, theirs| mine & !theirs);
                    }
                }
                for part in may {
                    part.look(start);
                }
                !found.is_empty()
            }
        }
    }

    /// Adds what each document of `among` is worth, which was found in the window looked at last.
    fn add_scores(&self, among: &Mask, scores: &mut [f32; WINDOW]) {
        if !self.has_found {
            return;
        }
        match &self.kind {
            Kind::All => {}
            Kind::Words { score, .. } | Kind::Phrase { score, .. } => {
                if *score > 0.0 {
                    self.found.each_of_both(among, |at| scores[at % WINDOW] += score);
                }
            }
            Kind::Any(parts) => parts.iter().for_each(|part| part.add_scores(among, scores)),
            Kind::Every { must, may, .. } => {
                // What did not hold as a whole is worth nothing, whatever holds of it.
                let mut both = among.clone();
                both.combine(&self.found, |mine, theirs| mine & theirs);
                must.iter().chain(may).for_each(|part| part.add_scores(&both, scores));
            }
        }
    }
}

/// A plan over one segment.
pub(super) struct Matcher {
    part: Part,
    documents: u32,
}

impl Matcher {
    /// Of the node, narrowed to the venues and performers that are asked for.
    pub fn new(
        searcher: &Searcher,
        segment: &SegmentReader,
        fields: &Fields,
        node: &Node,
        question: &Question,
    ) -> Result<Self, SearchError> {
        let maker = Maker { searcher, segment, fields };
        let mut must = vec![maker.part(node)?];
        let venues = question.venues.iter().map(|id| id.0);
        let performers = question.performers.iter().map(|id| id.0);
        must.extend(maker.ids(fields.venue, venues)?);
        must.extend(maker.ids(fields.performer, performers)?);
        let part = Part::every(must, Vec::new(), Vec::new());
        Ok(Self { part, documents: segment.max_doc() })
    }

    /// Takes each document that is found, in order, with its score; all scores are 0 unless they are
    /// wanted.
    pub fn each(mut self, with_scores: bool, mut take: impl FnMut(DocId, f32)) {
        let mut scores = Box::new([0.0; WINDOW]);
        for start in (0..self.documents).step_by(WINDOW) {
            if !self.part.look(start) {
                continue;
            }
            let found = &mut self.part.found;
            found.truncate((self.documents - start) as usize);
            if with_scores {
                self.part.add_scores(&self.part.found, &mut scores);
            }
            self.part.found.each_of_both(&self.part.found, |at| {
                take(start + at as DocId, std::mem::take(&mut scores[at % WINDOW]));
            });
        }
    }
}

struct Maker<'a> {
    searcher: &'a Searcher,
    segment: &'a SegmentReader,
    fields: &'a Fields,
}

impl Maker<'_> {
    fn ids(
        &self,
        column: Column,
        ids: impl ExactSizeIterator<Item = i64>,
    ) -> Result<Option<Part>, SearchError> {
        if ids.len() == 0 {
            return Ok(None);
        }
        let terms = ids.map(|id| Term::from_field_i64(column, id));
        Part::words(self.segment, column, terms, 0.0).map(Some)
    }

    fn parts(&self, nodes: &[Node]) -> Result<Vec<Part>, SearchError> {
        nodes.iter().map(|node| self.part(node)).collect()
    }

    fn part(&self, node: &Node) -> Result<Part, SearchError> {
        Ok(match node {
            Node::All => Part::new(Kind::All, u64::from(self.segment.max_doc())),
            Node::Nothing => Part::any(Vec::new()),
            Node::Words { field, words, score } => {
                let column = self.fields.words(*field);
                let terms = words.iter().map(|word| Term::from_field_text(column, word));
                Part::words(self.segment, column, terms, *score)?
            }
            Node::Phrase { field, words, score } => {
                let column = self.fields.words(*field);
                let terms = words.iter().map(|word| Term::from_field_text(column, word));
                let phrase = PhraseQuery::new(terms.collect());
                let scoring = EnableScoring::disabled_from_searcher(self.searcher);
                let places = phrase.weight(scoring)?.scorer(self.segment, 1.0)?;
                let cost = places.cost();
                Part::new(Kind::Phrase { places, score: *score }, cost)
            }
            Node::Any(nodes) => Part::any(self.parts(nodes)?),
            Node::Every { must, may, must_not } => {
                Part::every(self.parts(must)?, self.parts(may)?, self.parts(must_not)?)
            }
        })
    }
}
