//! An audit log in one file: every entry with its seal, the checkpoints, and the public keys.
//!
//! A line of JSON each, in one spelling, so that a log of any length is written and verified line by
//! line. Who rewrites the file can seal all of it anew but not sign it: what the newest checkpoint
//! covers cannot be changed, reordered or taken away. What came after it can be cut off unseen,
//! unless a later checkpoint is known from elsewhere.

mod fault;
mod line;
mod verify;
mod write;

use plimsoll_core::audit::Sealed;

pub use fault::ExportFault;
pub use line::{ExportedKey, FILE};
pub use verify::{Checked, Known, ReadExportError, log_of, verify};
pub use write::{Export, Summary};

/// Returns an entry as a line of an export, for logs that are collected line by line.
///
/// # Errors
/// It has no JSON.
pub fn entry_line(sealed: &Sealed) -> Result<String, serde_json::Error> {
    line::Line::of(sealed).spelled()
}

/// The longest line that is read, in bytes; Plimsoll writes kilobytes.
const LONGEST: u64 = 1024 * 1024;

#[cfg(test)]
mod tests;
