//! Writing an index. There is one writer, and what it commits is published as a [`View`].

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use onsale_domain::{EventId, Listing};
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term, directory::MmapDirectory,
    index::SegmentId,
};

use super::{rows::Rows, schema::Fields, view::View};
use crate::{
    SearchError, Synonyms,
    analysis::{TOKENIZER, WordTokenizer, words},
    dictionary::{Dictionary, Entry},
    field::{Field, FieldSet},
    names::{NameIndex, Names},
};

/// How long names that come or go may be missing from what is offered, when there are very many.
const NAMES_PAUSE: Duration = Duration::from_secs(5);
/// Up to so many names are indexed anew at each change.
const FEW_NAMES: usize = 5_000;

/// Threads and memory of a writer.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    threads: usize,
    bytes: usize,
}

/// For bringing in a whole catalogue.
pub const BULK: Memory = Memory { threads: 2, bytes: 256 * 1024 * 1024 };
/// For changes as they come.
pub const TRICKLE: Memory = Memory { threads: 1, bytes: 32 * 1024 * 1024 };

/// The writer of an index.
pub struct Indexer {
    folder: PathBuf,
    index: Index,
    reader: IndexReader,
    writer: Option<IndexWriter<TantivyDocument>>,
    fields: Fields,
    synonyms: Arc<Synonyms>,
    dictionary: Dictionary,
    names: Names,
    names_indexed: Instant,
    values: Values,
    view: Arc<RwLock<Arc<View>>>,
}

/// Cities and genres, each with a number.
#[derive(Debug, Default)]
struct Values {
    all: Arc<Vec<Arc<str>>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Values {
    fn number(&mut self, value: &str) -> u32 {
        if let Some(known) = self.numbers.get(value) {
            return *known;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let value: Arc<str> = value.into();
        Arc::make_mut(&mut self.all).push(Arc::clone(&value));
        self.numbers.insert(value, number);
        number
    }
}

impl Indexer {
    /// Makes an empty index in a folder, which must be empty.
    ///
    /// # Errors
    /// [`SearchError`] when it cannot be written.
    pub fn create(
        folder: &Path,
        synonyms: Arc<Synonyms>,
        memory: Memory,
    ) -> Result<Self, SearchError> {
        std::fs::create_dir_all(folder).map_err(tantivy::TantivyError::from)?;
        let index = Index::create_in_dir(folder, Fields::new().schema)?;
        Self::start(folder, index, synonyms, memory)
    }

    /// Opens the index in a folder, and says what was noted with its last commit.
    ///
    /// # Errors
    /// [`SearchError`] when it is not there, of another make, or damaged.
    pub fn open(
        folder: &Path,
        synonyms: Arc<Synonyms>,
        memory: Memory,
    ) -> Result<(Self, String), SearchError> {
        let directory = MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
        let index = Index::open(directory)?;
        if index.schema() != Fields::new().schema {
            return Err(SearchError::Damaged("it was made by another version".into()));
        }
        let damaged = index.validate_checksum()?;
        if let Some(file) = damaged.iter().next() {
            return Err(SearchError::Damaged(format!("{} has changed", file.display())));
        }
        let note = index.load_metas()?.payload.unwrap_or_default();
        let mut indexer = Self::start(folder, index, synonyms, memory)?;
        let (view, names) = (indexer.view(), &mut indexer.names);
        view.each_listing(|listing| names.add(listing))?;
        indexer.dictionary = indexer.read_dictionary()?;
        indexer.publish()?;
        Ok((indexer, note))
    }

    fn start(
        folder: &Path,
        index: Index,
        synonyms: Arc<Synonyms>,
        memory: Memory,
    ) -> Result<Self, SearchError> {
        index.tokenizers().register(TOKENIZER, WordTokenizer);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = index.writer_with_num_threads(memory.threads, memory.bytes)?;
        let mut values = Values::default();
        let view = view_of(&reader, &synonyms, &mut values, None)?;
        Ok(Self {
            folder: folder.to_owned(),
            writer: Some(writer),
            fields: view.fields.clone(),
            dictionary: Dictionary::default(),
            names: Names::default(),
            names_indexed: Instant::now(),
            view: Arc::new(RwLock::new(Arc::new(view))),
            index,
            reader,
            synonyms,
            values,
        })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The index as it was committed last.
    #[must_use]
    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn writer(&mut self) -> Result<&mut IndexWriter<TantivyDocument>, SearchError> {
        self.writer.as_mut().ok_or_else(|| SearchError::Damaged("the writer has ended".into()))
    }

    /// Takes in the listing of an event, instead of what was known of it. Within one commit an event
    /// must come once.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be written.
    pub fn put(&mut self, listing: &Listing, is_sold_out: bool) -> Result<(), SearchError> {
        self.forget(listing.id)?;
        self.add(listing, is_sold_out)?;
        for field in Field::ALL {
            let fields = FieldSet::default().with(field);
            for word in words(&field.text(listing)) {
                self.dictionary.learn(&word.text, fields);
            }
        }
        Ok(())
    }

    /// Takes in a listing of which nothing was known, into an index whose dictionary will be read
    /// afterwards.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be written.
    pub fn add(&mut self, listing: &Listing, is_sold_out: bool) -> Result<(), SearchError> {
        let document = self.fields.document(listing, is_sold_out)?;
        self.writer()?.add_document(document)?;
        self.names.add(listing);
        Ok(())
    }

    /// Takes an event out.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be written.
    pub fn forget(&mut self, event: EventId) -> Result<(), SearchError> {
        if let Some(known) = self.view().listing(event)? {
            self.names.remove(&known);
        }
        let term = Term::from_field_i64(self.fields.event, event.0);
        self.writer()?.delete_term(term);
        Ok(())
    }

    /// Makes what was taken in visible and lasting, with a note that [`Indexer::open`] returns.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be written.
    pub fn commit(&mut self, note: &str) -> Result<Arc<View>, SearchError> {
        let mut commit = self.writer()?.prepare_commit()?;
        commit.set_payload(note);
        commit.commit()?;
        if self.dictionary.is_worn() {
            self.reader.reload()?;
            self.dictionary = self.read_dictionary()?;
        }
        self.publish()
    }

    /// The same for a whole catalogue that was brought in: its dictionary is read, and the writer
    /// goes on with less memory.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be written.
    pub fn commit_catalogue(&mut self, note: &str) -> Result<Arc<View>, SearchError> {
        let mut commit = self.writer()?.prepare_commit()?;
        commit.set_payload(note);
        commit.commit()?;
        if let Some(writer) = self.writer.take() {
            writer.wait_merging_threads()?;
        }
        let writer = self.index.writer_with_num_threads(TRICKLE.threads, TRICKLE.bytes)?;
        self.writer = Some(writer);
        self.reader.reload()?;
        self.dictionary = self.read_dictionary()?;
        self.publish()
    }

    /// Publishes what could not be published at once, if there is such.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be read.
    pub fn catch_up(&mut self) -> Result<(), SearchError> {
        if self.names.is_changed() && self.names_indexed.elapsed() > NAMES_PAUSE {
            self.publish()?;
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<Arc<View>, SearchError> {
        self.reader.reload()?;
        let before = self.view();
        let mut view = view_of(&self.reader, &self.synonyms, &mut self.values, Some(&before))?;
        view.dictionary = self.dictionary.clone();
        let is_due = self.names.count() < FEW_NAMES
            || self.names_indexed.elapsed() > NAMES_PAUSE
            || before.event_count() == 0;
        view.names = match self.names.is_changed() && is_due {
            true => {
                self.names_indexed = Instant::now();
                Arc::new(self.names.index())
            }
            false => Arc::clone(&before.names),
        };
        let view = Arc::new(view);
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&view);
        Ok(view)
    }

    /// The words of everything that was committed.
    fn read_dictionary(&self) -> Result<Dictionary, SearchError> {
        let mut all: BTreeMap<String, Entry> = BTreeMap::new();
        for segment in self.reader.searcher().segment_readers() {
            for field in Field::ALL {
                let fields = FieldSet::default().with(field);
                let index = segment.inverted_index(self.fields.words(field))?;
                let mut terms = index.terms().stream().map_err(tantivy::TantivyError::from)?;
                while let Some((word, info)) = terms.next() {
                    let Ok(word) = std::str::from_utf8(word) else { continue };
                    let entry = Entry { fields, frequency: u64::from(info.doc_freq) };
                    match all.get_mut(word) {
                        Some(known) => *known = known.and(entry),
                        None => drop(all.insert(word.to_owned(), entry)),
                    }
                }
            }
        }
        Dictionary::new(&all).map_err(|error| SearchError::Damaged(error.to_string()))
    }
}

fn view_of(
    reader: &IndexReader,
    synonyms: &Arc<Synonyms>,
    values: &mut Values,
    before: Option<&View>,
) -> Result<View, SearchError> {
    let searcher = reader.searcher();
    let mut rows: HashMap<SegmentId, Arc<Rows>> = HashMap::new();
    for segment in searcher.segment_readers() {
        let id = segment.segment_id();
        let known = before.and_then(|before| before.rows.get(&id)).cloned();
        let known = match known {
            Some(known) => known,
            None => Arc::new(Rows::read(segment, |value| values.number(value))?),
        };
        rows.insert(id, known);
    }
    Ok(View {
        searcher,
        fields: Fields::new(),
        dictionary: Dictionary::default(),
        names: Arc::new(NameIndex::default()),
        synonyms: Arc::clone(synonyms),
        values: Arc::clone(&values.all),
        rows,
    })
}
