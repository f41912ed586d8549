//! The journal: one line for each change of the ledger, appended before the change takes effect.
//!
//! A line is an array of records and stands for one change: a line that a killed process left
//! half written is no change at all, and is cut off when the file is opened. Lines go to the
//! operating system, not to the disk: they outlive the process, not the machine.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead as _, BufReader, Write as _},
    path::Path,
};

use crate::state::Record;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be opened, read or written.
    #[error("the journal cannot be used: {0}")]
    File(#[from] io::Error),
    /// Another process has it.
    #[error("the journal is in use by another process")]
    Busy,
    /// A whole line is not one of ours; nothing is thrown away by guess.
    #[error("line {line} of the journal cannot be read: {reason}")]
    Corrupt {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// An open journal. The file stays locked while it lives.
#[derive(Debug)]
pub struct Journal {
    file: File,
    length_bytes: u64,
    /// A half-written line could not be taken back: nothing may be written after it.
    broken: bool,
}

impl Journal {
    /// Opens or creates the file and hands every record in it to `replay`, oldest first.
    pub fn open(path: &Path, mut replay: impl FnMut(Record)) -> Result<Self, JournalError> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::Busy,
            TryLockError::Error(error) => JournalError::File(error),
        })?;
        let mut reader = BufReader::new(&file);
        let mut length_bytes = 0;
        let mut text = Vec::new();
        for line in 1.. {
            text.clear();
            let read = reader.read_until(b'\n', &mut text)?;
            if !text.ends_with(b"\n") {
                break;
            }
            let records: Vec<Record> = serde_json::from_slice(&text)
                .map_err(|error| JournalError::Corrupt { line, reason: error.to_string() })?;
            records.into_iter().for_each(&mut replay);
            length_bytes += read as u64;
        }
        if file.metadata()?.len() > length_bytes {
            tracing::warn!("the journal's last line was half written and is cut off");
            file.set_len(length_bytes)?;
        }
        Ok(Self { file, length_bytes, broken: false })
    }

    /// Whether changes can still be written down, as far as is known.
    pub fn is_usable(&self) -> bool {
        !self.broken
    }

    /// Writes one change.
    pub fn append(&mut self, records: &[Record]) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier line is half written"));
        }
        let mut line = serde_json::to_vec(records)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            self.broken = self.file.set_len(self.length_bytes).is_err();
            return Err(error);
        }
        self.length_bytes += line.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivered(event: &str) -> Record {
        Record::Delivered { event: event.to_owned(), now_ms: 1 }
    }

    fn read(path: &Path) -> Result<Vec<Record>, JournalError> {
        let mut records = Vec::new();
        Journal::open(path, |record| records.push(record))?;
        Ok(records)
    }

    #[test]
    fn what_was_written_is_read_back_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, |_| panic!("it is new")).expect("a journal");
        journal.append(&[delivered("evt_1"), delivered("evt_2")]).expect("written");
        journal.append(&[delivered("evt_3")]).expect("written");
        assert!(matches!(read(&path), Err(JournalError::Busy)));
        drop(journal);
        let expected = [delivered("evt_1"), delivered("evt_2"), delivered("evt_3")];
        assert_eq!(read(&path).expect("records"), expected);
    }

    #[test]
    fn a_half_written_line_is_cut_off_wherever_it_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, |_| {}).expect("a journal");
        journal.append(&[delivered("evt_1")]).expect("written");
        let whole = journal.length_bytes;
        journal.append(&[delivered("evt_2")]).expect("written");
        let both = journal.length_bytes;
        drop(journal);
        let bytes = std::fs::read(&path).expect("the file");
        for length in whole..both {
            let length = usize::try_from(length).expect("short");
            std::fs::write(&path, &bytes[..length]).expect("torn");
            assert_eq!(read(&path).expect("records"), [delivered("evt_1")]);
            let mut journal = Journal::open(&path, |_| {}).expect("a journal");
            journal.append(&[delivered("evt_3")]).expect("written");
            drop(journal);
            assert_eq!(read(&path).expect("records"), [delivered("evt_1"), delivered("evt_3")]);
        }
    }

    #[test]
    fn a_whole_line_that_is_not_ours_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        std::fs::write(&path, "[]\nhello\n").expect("written");
        assert!(matches!(read(&path), Err(JournalError::Corrupt { line: 2, .. })));
    }
}
