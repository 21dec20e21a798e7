//! `plimsoll run --rev`: a commit's files in a folder of their own.

use std::path::{Path, PathBuf};

use plimsoll_core::event::CommitState;

use crate::error::CommandError;
use crate::ports::{Checkout, Ports};

/// A checked-out commit; its folder goes when this does.
pub(super) struct OfCommit {
    checkout: Checkout,
    folder: PathBuf,
}

/// Checks `revision` of the repository out.
pub(super) fn make(ports: &Ports, revision: &str) -> Result<OfCommit, CommandError> {
    let checkout = ports.checkout(revision)?;
    let folder = checkout.folder();
    Ok(OfCommit { checkout, folder })
}

impl OfCommit {
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns what the run records: the commit, on no branch, without changes.
    pub(super) fn commit(&self) -> CommitState {
        CommitState { hash: Some(self.checkout.hash().to_owned()), branch: None, dirty: false }
    }
}
