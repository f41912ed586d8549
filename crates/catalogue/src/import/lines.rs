//! The list of performers and events.

use std::collections::{HashMap, hash_map::Entry};

use onsale_domain::limits::{MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS};

use super::event::{self, OpenEvent};
use crate::{
    EventDraft, Faults, PerformerDraft, VenueDraft,
    fault::{Path, Problem, quoted},
    json::{Node, text_of},
};

/// Reads a list of performers and events at these venues: see the [module](super).
///
/// # Errors
/// All [`Faults`], each with its line and field.
pub fn events(
    list: &[u8],
    venues: &[VenueDraft],
) -> Result<(Vec<PerformerDraft>, Vec<EventDraft>), Faults> {
    let text = text_of(list).map_err(Faults::of_the_file)?;
    let mut reader = ListReader {
        faults: Faults::default(),
        venues: venues.iter().map(|venue| (venue.key.as_str(), venue)).collect(),
        performers: Vec::new(),
        performer_lines: HashMap::new(),
        events: Vec::new(),
        event_lines: HashMap::new(),
    };
    for (number, line) in (1..).zip(text.lines()) {
        if !line.trim().is_empty() {
            reader.line(number, line);
        }
    }
    reader.finish()
}

struct ListReader<'a> {
    faults: Faults,
    venues: HashMap<&'a str, &'a VenueDraft>,
    performers: Vec<PerformerDraft>,
    /// The line of each performer and its number among the performers.
    performer_lines: HashMap<String, (usize, usize)>,
    events: Vec<OpenEvent>,
    event_lines: HashMap<String, usize>,
}

impl ListReader<'_> {
    fn line(&mut self, number: usize, line: &str) {
        let path = Path::Line(number);
        let node = match Node::parse(line) {
            Ok(node) => node,
            // The reader's own "line 1" would mislead: what it read is this one line.
            Err(Problem::NotJson { message }) => {
                let message = message.replace(" at line 1 column ", " at column ");
                return self.faults.report(path, Problem::NotJson { message });
            }
            Err(problem) => return self.faults.report(path, problem),
        };
        let Some([kind]) = self.faults.expect_fields(&path, node, ["type"]) else { return };
        let kind_path = path.field("type");
        let Some(kind) = self.faults.expect_name(&kind_path, kind, MAX_NAME_CHARS) else { return };
        match kind.as_ref() {
            "performer" => self.performer(number, &path, node),
            "event" => self.event(number, &path, node),
            other => {
                let expected = "`performer` or `event`";
                self.faults.report(kind_path, Problem::Value { expected, found: quoted(other) });
            }
        }
    }

    fn performer(&mut self, number: usize, path: &Path<'_>, node: Node<'_>) {
        let names = ["key", "name", "genre", "description"];
        let faults = &mut self.faults;
        let Some([key, name, genre, description]) = faults.expect_fields(path, node, names) else {
            return;
        };
        let key = faults.expect_name(&path.field("key"), key, MAX_NAME_CHARS);
        let name = faults.expect_name(&path.field("name"), name, MAX_NAME_CHARS);
        let genre = faults.expect_name(&path.field("genre"), genre, MAX_NAME_CHARS);
        let description =
            faults.optional_text(&path.field("description"), description, MAX_DESCRIPTION_CHARS);
        let Some(key) = key else { return };
        match self.performer_lines.entry(key.to_string()) {
            Entry::Vacant(free) => {
                free.insert((number, self.performers.len()));
            }
            Entry::Occupied(taken) => {
                let (value, first) = (quoted(&key), format!("line {}", taken.get().0));
                faults.report(path.field("key"), Problem::Duplicate { value, first });
            }
        }
        self.performers.push(PerformerDraft {
            key: key.into_owned(),
            name: name.unwrap_or_default().into_owned(),
            genre: genre.unwrap_or_default().into_owned(),
            description,
        });
    }

    fn event(&mut self, number: usize, path: &Path<'_>, node: Node<'_>) {
        let Some(open) = event::read(&mut self.faults, path, number, node, &self.venues) else {
            return;
        };
        match self.event_lines.entry(open.draft.key.clone()) {
            Entry::Vacant(free) => {
                free.insert(number);
            }
            Entry::Occupied(taken) => {
                let (value, first) = (quoted(taken.key()), format!("line {}", taken.get()));
                self.faults.report(path.field("key"), Problem::Duplicate { value, first });
            }
        }
        self.events.push(open);
    }

    /// Performers may come after the events that name them: they are looked up at the end.
    fn finish(mut self) -> Result<(Vec<PerformerDraft>, Vec<EventDraft>), Faults> {
        let mut events = Vec::with_capacity(self.events.len());
        for OpenEvent { line, draft: mut event } in self.events {
            let path = Path::Line(line);
            for (number, key) in event.performer_keys.iter().enumerate() {
                if !self.performer_lines.contains_key(key) {
                    let problem = Problem::Unknown { what: "performer", name: quoted(key) };
                    self.faults.report(path.field("performers").item(number), problem);
                }
            }
            if event.genre.is_empty() {
                let first = event.performer_keys.first();
                match first.and_then(|key| self.performer_lines.get(key)) {
                    Some((_, number)) => event.genre.clone_from(&self.performers[*number].genre),
                    None if first.is_none() => {
                        self.faults.report(path.field("genre"), Problem::Missing);
                    }
                    None => {}
                }
            }
            events.push(event);
        }
        self.faults.or((self.performers, events))
    }
}
