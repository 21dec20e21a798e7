//! Why something is not released or deployed yet.

use std::collections::BTreeSet;
use std::fmt;

use plimsoll_core::approval::{Opinion, Purpose, Quorum, Standing};
use plimsoll_core::{Day, Timestamp};

use crate::role::Role;
use crate::trust::{Trust, Validity};

/// What people said stands in the way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnapprovedError {
    /// Somebody said no, and one no is enough.
    #[error("{what} was rejected by {}", shown(rejected))]
    Rejected {
        /// What was to happen to what: `bikes@1.1.0`.
        what: String,
        /// Who said no.
        rejected: Vec<Opinion>,
    },
    /// Not enough people said yes.
    #[error(
        "{what} needs {quorum} before it is {} ({}): {}",
        purpose.done(), quorum.place(), Sum(standing)
    )]
    Waiting {
        /// What waits.
        what: String,
        /// What for.
        purpose: Purpose,
        /// How many must say yes.
        quorum: Box<Quorum>,
        /// How it stands.
        standing: Box<Standing>,
        /// Who may and did not, as the trust file calls them.
        able: BTreeSet<String>,
    },
}

/// How many there are and how many are missing, and what does not count.
struct Sum<'a>(&'a Standing);

impl fmt::Display for Sum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Standing { counted, uncounted, .. } = self.0;
        let names: Vec<&str> = counted.iter().map(|opinion| &*opinion.by).collect();
        match names[..] {
            [] => write!(f, "there is none")?,
            [name] => write!(f, "1 is there ({name})")?,
            _ => write!(f, "{} are there ({})", names.len(), names.join(", "))?,
        }
        let missing = self.0.missing();
        write!(f, ", {missing} {} missing", if missing == 1 { "is" } else { "are" })?;
        for it in uncounted {
            write!(f, "; not counted: {} {}", it.by, it.why)?;
        }
        Ok(())
    }
}

fn shown(rejected: &[Opinion]) -> String {
    let each = rejected
        .iter()
        .map(|Opinion { by, at, comment, .. }| format!("{by} on {} ({comment})", Day::of(*at)));
    each.collect::<Vec<_>>().join(" and ")
}

impl Trust {
    /// Returns the people whose yes would count at `now`.
    pub fn approvers(&self, now: Timestamp) -> BTreeSet<String> {
        let keys = self.keys().values();
        let able = keys.filter(|key| {
            key.roles.contains(&Role::Approver) && key.validity(now) == Validity::Valid
        });
        able.map(|key| key.name.clone()).collect()
    }
}
