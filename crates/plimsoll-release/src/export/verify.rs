//! Verifying an export, line by line and without a network.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Read};

use plimsoll_core::Digest;
use plimsoll_core::audit::{Chain, Sealed};
use serde_json::Value;

use super::line::{FILE, Line};
use super::{ExportFault, LONGEST};
use crate::checkpoint::Checkpoint;
use crate::envelope::Envelope;
use crate::trust::Trust;

/// A checkpoint that is known from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The digest of the log's first entry.
    pub log: Digest,
    /// The entry.
    pub sequence: u64,
    /// Its digest.
    pub head: Digest,
}

/// What a look at an export found.
#[derive(Debug)]
pub struct Checked {
    /// The digest of the first entry, which log it is; `None` where there is none.
    pub log: Option<Digest>,
    /// How many entries there are.
    pub entries: u64,
    /// The digest of the last one.
    pub head: Digest,
    /// How many checkpoints hold.
    pub checkpoints: u64,
    /// The last entry that a checkpoint vouches for, 0 for none.
    pub signed: u64,
    /// The digest of that entry.
    pub signed_head: Option<Digest>,
    /// Who signed checkpoints that hold, as the trust file calls them.
    pub signers: BTreeSet<String>,
    /// What is wrong, the first of it; at most [`Checked::SHOWN`].
    pub faults: Vec<ExportFault>,
    /// How many faults there are.
    pub found: u64,
}

/// An export could not be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadExportError {
    /// It could not be read.
    #[error("the export could not be read")]
    Io(#[from] io::Error),
    /// A line is longer than any that Plimsoll writes.
    #[error("line {line} of the export has more than {LONGEST} bytes")]
    TooLong {
        /// Which.
        line: u64,
    },
    /// It is something else.
    #[error("the file is no audit log that this version reads (its first line is no `{FILE}`)")]
    Form,
}

impl Checked {
    /// How many faults are told of one by one.
    pub const SHOWN: usize = 100;

    fn add(&mut self, fault: impl Into<ExportFault>) {
        self.found += 1;
        if self.faults.len() < Self::SHOWN {
            self.faults.push(fault.into());
        }
    }
}

/// Looks at every line of an export. The memory that it takes does not depend on their number.
///
/// `known` are checkpoints that were kept elsewhere: the log must still have those entries.
///
/// # Errors
/// It cannot be read, or is no export. What is wrong with one is a fault.
pub fn verify(
    mut from: impl BufRead,
    trust: &Trust,
    known: &[Known],
) -> Result<Checked, ReadExportError> {
    let (Some(first), is_whole) = next(&mut from, 1)? else { return Err(ReadExportError::Form) };
    let start = serde_json::from_str(&first).map_err(|_| ReadExportError::Form)?;
    let Line::Start { schema, log, .. } = &start else { return Err(ReadExportError::Form) };
    if schema != FILE {
        return Err(ReadExportError::Form);
    }
    let mut look = Look::new(trust, known, *log);
    look.spelling(&start, &first, is_whole);
    let mut number = 1;
    loop {
        number += 1;
        look.line = number;
        let (Some(text), is_whole) = next(&mut from, number)? else { break };
        match serde_json::from_str::<Line>(&text) {
            Ok(line) => {
                look.spelling(&line, &text, is_whole);
                look.take(line);
            }
            Err(error) => look.misspelled(error.to_string()),
        }
    }
    Ok(look.finish())
}

/// Returns which log an export says that it is: the digest of the first entry.
///
/// # Errors
/// It cannot be read, or is no export.
pub fn log_of(mut from: impl BufRead) -> Result<Digest, ReadExportError> {
    let (Some(first), _) = next(&mut from, 1)? else { return Err(ReadExportError::Form) };
    match serde_json::from_str(&first) {
        Ok(Line::Start { schema, log, .. }) if schema == FILE => Ok(log),
        _ => Err(ReadExportError::Form),
    }
}

/// Reads a line without its end, and tells whether it had one; no text at the end of the file.
fn next(from: &mut impl BufRead, line: u64) -> Result<(Option<String>, bool), ReadExportError> {
    let mut bytes = Vec::new();
    from.take(LONGEST + 1).read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Ok((None, true));
    }
    let is_whole = bytes.last() == Some(&b'\n');
    if is_whole {
        bytes.pop();
    }
    if bytes.len() as u64 > LONGEST {
        return Err(ReadExportError::TooLong { line });
    }
    // What is no UTF-8 is no line of Plimsoll's, and said to be none where it is parsed.
    Ok((Some(String::from_utf8_lossy(&bytes).into_owned()), is_whole))
}

/// What was seen so far.
struct Look<'a> {
    trust: &'a Trust,
    known: &'a [Known],
    log: Digest,
    chain: Chain,
    checked: Checked,
    /// How many checkpoints there are, believed or not.
    checkpoints: u64,
    line: u64,
    has_ended: bool,
}

impl<'a> Look<'a> {
    fn new(trust: &'a Trust, known: &'a [Known], log: Digest) -> Self {
        let chain = Chain::default();
        let checked = Checked {
            log: None,
            entries: 0,
            head: chain.head(),
            checkpoints: 0,
            signed: 0,
            signed_head: None,
            signers: BTreeSet::new(),
            faults: Vec::new(),
            found: 0,
        };
        Self { trust, known, log, chain, checked, checkpoints: 0, line: 1, has_ended: false }
    }

    fn misspelled(&mut self, problem: String) {
        self.checked.add(ExportFault::Line { line: self.line, problem });
    }

    /// Holds a line against its one spelling: a byte that no digest covers cannot be changed either.
    fn spelling(&mut self, line: &Line, text: &str, is_whole: bool) {
        if line.spelled().ok().as_deref() != Some(text) || !is_whole {
            self.misspelled("it is spelled otherwise".to_owned());
        }
    }

    fn take(&mut self, line: Line) {
        if self.has_ended {
            self.misspelled("it stands behind the last one".to_owned());
        }
        match line {
            Line::Start { .. } => self.misspelled("the file begins again".to_owned()),
            Line::Entry { sequence, previous, digest, entry } => {
                self.entry(&Sealed { sequence, previous, digest, text: entry });
            }
            Line::Checkpoint { sequence, statement } => self.checkpoint(sequence, &statement),
            Line::End { entries, checkpoints, head } => {
                self.has_ended = true;
                let shown = |entries: u64, checkpoints: u64, head: Digest| {
                    format!(
                        "{entries} entries and {checkpoints} checkpoints up to {}",
                        head.short()
                    )
                };
                let said = shown(entries, checkpoints, head);
                let found = shown(self.checked.entries, self.checkpoints, self.chain.head());
                if said != found || head != self.chain.head() {
                    self.checked.add(ExportFault::Miscounted { said, found });
                }
            }
        }
    }

    fn entry(&mut self, sealed: &Sealed) {
        let (_, faults) = self.chain.follow(sealed);
        for fault in faults {
            self.checked.add(fault);
        }
        self.checked.entries += 1;
        self.checked.head = self.chain.head();
        if self.checked.entries == 1 {
            self.checked.log = Some(sealed.digest);
            if sealed.digest != self.log {
                let (said, found) = (self.log, sealed.digest);
                self.checked.add(ExportFault::AnotherStart { said, found });
            }
        }
        let here = self.known.iter().filter(|known| known.sequence == sealed.sequence);
        for known in here.copied().collect::<Vec<_>>() {
            self.hold(known, sealed.digest);
        }
    }

    fn hold(&mut self, known: Known, found: Digest) {
        let Known { log, sequence, head } = known;
        if Some(log) != self.checked.log {
            self.checked.add(ExportFault::AnotherLog { sequence, log });
        } else if head != found {
            self.checked.add(ExportFault::Rewritten { sequence, signed: head, found });
        }
    }

    fn checkpoint(&mut self, sequence: u64, statement: &Value) {
        self.checkpoints += 1;
        let envelope = match Envelope::from_json(statement.to_string().as_bytes()) {
            Ok(envelope) => envelope,
            Err(source) => return self.checked.add(ExportFault::Envelope { sequence, source }),
        };
        let (checkpoint, by) = match Checkpoint::open(&envelope, self.trust) {
            Ok(opened) => opened,
            Err(source) => return self.checked.add(ExportFault::Checkpoint { sequence, source }),
        };
        let (signed, place) = (checkpoint.sequence, self.chain.last());
        if signed != place || sequence != signed {
            return self.checked.add(ExportFault::Swapped { signed, place });
        }
        let before = self.checked.found;
        let known = Known { log: checkpoint.log, sequence, head: checkpoint.head };
        self.hold(known, self.chain.head());
        if self.checked.found == before {
            self.checked.checkpoints += 1;
            self.checked.signed = sequence;
            self.checked.signed_head = Some(checkpoint.head);
            self.checked.signers.insert(by);
        }
    }

    fn finish(mut self) -> Checked {
        let last = self.chain.last();
        if !self.has_ended {
            self.checked.add(ExportFault::NoEnd { last });
        }
        for Known { log, sequence, .. } in self.known.iter().filter(|it| it.sequence > last) {
            let (log, sequence) = (*log, *sequence);
            self.checked.add(if Some(log) == self.checked.log {
                ExportFault::CutOff { last, known: sequence }
            } else {
                ExportFault::AnotherLog { sequence, log }
            });
        }
        if self.checked.signed == 0 {
            let entries = self.checked.entries;
            self.checked.add(ExportFault::Unsigned { entries });
        }
        self.checked
    }
}
