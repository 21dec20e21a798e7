//! Sealing entries to one another, and finding where that was broken.

use super::{AUDIT, AuditEntry};
use crate::{Digest, Version};

/// An entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Its place in the log, from 1.
    pub sequence: u64,
    /// The digest of the entry before it.
    pub previous: Digest,
    /// The digest of `previous` and `text`.
    pub digest: Digest,
    /// The canonical JSON of the [`AuditEntry`]: sorted keys, no blanks.
    pub text: String,
}

/// Something is wrong with an audit log, or with what it tells of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditFault {
    /// Entries are gone.
    #[error("{}", missing(*.first, *.last))]
    Missing {
        /// The first that is gone.
        first: u64,
        /// The last that is gone.
        last: u64,
    },
    /// An entry is not what was sealed.
    #[error("entry {sequence} was changed: it hashes to {}, and {} was recorded", found.short(), sealed.short())]
    Changed {
        /// Which.
        sequence: u64,
        /// The digest that is recorded with it.
        sealed: Digest,
        /// The digest of what is there.
        found: Digest,
    },
    /// An entry lies in the place of another.
    #[error("entry {entry} lies in the place of entry {sequence}: the log was reordered")]
    Misplaced {
        /// The place.
        sequence: u64,
        /// What lies there.
        entry: u64,
    },
    /// An entry does not follow the one before it.
    #[error(
        "entry {sequence} follows one with digest {}, and the one before it has {}: one of the two was replaced", previous.short(), found.short()
    )]
    Unlinked {
        /// Which.
        sequence: u64,
        /// What it was sealed to.
        previous: Digest,
        /// What lies before it.
        found: Digest,
    },
    /// An entry cannot be read.
    #[error("entry {sequence} cannot be read ({problem})")]
    Unreadable {
        /// Which.
        sequence: u64,
        /// What is wrong.
        problem: String,
    },
    /// A version or an alias is not as the log tells.
    #[error("{what} is not as the audit log tells: {problem}")]
    Untold {
        /// Which version or alias.
        what: String,
        /// What differs.
        problem: String,
    },
    /// The record of a version is not the one that was released.
    #[error(
        "the record of {version} was changed: it hashes to {}, and {} was released",
        found.short(), released.short()
    )]
    ChangedRecord {
        /// Which version.
        version: Version,
        /// What was released.
        released: Digest,
        /// What is there.
        found: Digest,
    },
}

fn missing(first: u64, last: u64) -> String {
    if first == last {
        format!("entry {first} is missing")
    } else {
        format!("entries {first} to {last} are missing")
    }
}

/// The log as far as it was looked at.
#[derive(Clone, Debug)]
pub struct Chain {
    last: u64,
    /// What the next entry may be sealed to: what is recorded with the last one, and what it
    /// hashes to. They differ where that one was changed, which is told once and not twice.
    before: [Digest; 2],
}

impl Default for Chain {
    fn default() -> Self {
        Self { last: 0, before: [start(); 2] }
    }
}

/// What the first entry is sealed to.
fn start() -> Digest {
    Digest::blake3(AUDIT.as_bytes())
}

fn digest(previous: Digest, text: &str) -> Digest {
    // Canonical JSON as well, so that anybody can compute it.
    Digest::blake3(format!(r#"{{"entry":{text},"previous":"{previous}"}}"#).as_bytes())
}

/// Seals `entry` to the end of the log, `None` where it is the first.
///
/// # Errors
/// The entry has no JSON.
pub fn seal(last: Option<Digest>, entry: &AuditEntry) -> Result<Sealed, serde_json::Error> {
    let previous = last.unwrap_or_else(start);
    // A value's keys are sorted.
    let text = serde_json::to_value(entry)?.to_string();
    Ok(Sealed { sequence: entry.sequence, previous, digest: digest(previous, &text), text })
}

impl Sealed {
    /// Returns the digest of what is there: that of the seal, unless somebody changed it.
    pub fn found(&self) -> Digest {
        digest(self.previous, &self.text)
    }

    /// Reads the entry, whether or not its seal holds.
    ///
    /// # Errors
    /// It is no entry that is known here.
    pub fn entry(&self) -> Result<AuditEntry, serde_json::Error> {
        serde_json::from_str(&self.text)
    }
}

impl Chain {
    /// Returns how far the log was looked at.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Returns the digest at the end, for comparison with one that was kept elsewhere.
    pub fn head(&self) -> Digest {
        self.before[0]
    }

    /// Looks at the next entry that is stored, and returns it with what is wrong.
    pub fn follow(&mut self, sealed: &Sealed) -> (Option<AuditEntry>, Vec<AuditFault>) {
        let mut faults = Vec::new();
        let sequence = sealed.sequence;
        let place = self.last + 1;
        if sequence > place {
            faults.push(AuditFault::Missing { first: place, last: sequence - 1 });
        } else if sequence < place {
            faults.push(AuditFault::Misplaced { sequence: place, entry: sequence });
        }
        let found = digest(sealed.previous, &sealed.text);
        if found != sealed.digest {
            faults.push(AuditFault::Changed { sequence, sealed: sealed.digest, found });
        }
        // After a gap nothing could fit, and that is told already.
        if sequence == place && !self.before.contains(&sealed.previous) {
            let [found, _] = self.before;
            faults.push(AuditFault::Unlinked { sequence, previous: sealed.previous, found });
        }
        let entry = match sealed.entry() {
            Ok(entry) => Some(entry),
            Err(error) => {
                faults.push(AuditFault::Unreadable { sequence, problem: error.to_string() });
                None
            }
        };
        if let Some(entry) = entry.as_ref().filter(|entry| entry.sequence != sequence) {
            faults.push(AuditFault::Misplaced { sequence, entry: entry.sequence });
        }
        self.last = sequence.max(self.last);
        self.before = [sealed.digest, found];
        (entry, faults)
    }
}

#[cfg(test)]
mod tests;
