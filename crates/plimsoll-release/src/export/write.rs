//! Writing an export, line by line.

use std::io::{self, Write};

use plimsoll_core::Digest;
use plimsoll_core::audit::Sealed;
use serde_json::Value;

use super::line::{ExportedKey, FILE, Line};

/// An export that is being written.
pub struct Export<W: Write> {
    to: W,
    entries: u64,
    checkpoints: u64,
    head: Digest,
}

/// What an export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many entries.
    pub entries: u64,
    /// How many checkpoints.
    pub checkpoints: u64,
    /// The digest of the last entry.
    pub head: Digest,
}

impl<W: Write> std::fmt::Debug for Export<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").field("entries", &self.entries).finish_non_exhaustive()
    }
}

impl<W: Write> Export<W> {
    /// Begins the export of the log whose first entry has the digest `log`.
    pub fn begin(
        mut to: W,
        log: Digest,
        exported: String,
        keys: Vec<ExportedKey>,
    ) -> io::Result<Self> {
        put(&mut to, &Line::Start { schema: FILE.to_owned(), log, exported, keys })?;
        Ok(Self { to, entries: 0, checkpoints: 0, head: log })
    }

    /// Adds the next entry, as it is stored.
    pub fn entry(&mut self, sealed: &Sealed) -> io::Result<()> {
        put(&mut self.to, &Line::of(sealed))?;
        self.entries += 1;
        self.head = sealed.digest;
        Ok(())
    }

    /// Adds a checkpoint of the entry that was added last.
    pub fn checkpoint(&mut self, sequence: u64, statement: Value) -> io::Result<()> {
        put(&mut self.to, &Line::Checkpoint { sequence, statement })?;
        self.checkpoints += 1;
        Ok(())
    }

    /// Ends it.
    pub fn finish(mut self) -> io::Result<(W, Summary)> {
        let Self { entries, checkpoints, head, .. } = self;
        put(&mut self.to, &Line::End { entries, checkpoints, head })?;
        self.to.flush()?;
        Ok((self.to, Summary { entries, checkpoints, head }))
    }
}

fn put(to: &mut impl Write, line: &Line) -> io::Result<()> {
    let mut text = line.spelled().map_err(io::Error::other)?;
    text.push('\n');
    to.write_all(text.as_bytes())
}
