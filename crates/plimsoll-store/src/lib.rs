//! Adapters: metadata in `SQLite`, objects on disk, git.
//!
//! Purpose: what [`plimsoll_core::ports`] asks for, on one machine. Each adapter of a port passes
//! the suite of that port (`conformance.rs`). Deliberately absent: decisions, a clock, and what the
//! environment says; folders and moments come in as values.

#[cfg(test)]
mod conformance;
mod database;
pub mod git;
mod history;
mod looks;
mod memory;
mod objects;
mod registry;
mod roots;
mod runs;
#[cfg(test)]
mod samples;

pub use database::{Database, DatabaseError, Durability, OpenDatabaseError, UnfitPlace};
pub use history::SqliteHistory;
pub use looks::SqliteLooks;
pub use memory::{MemoryObjects, MemoryRegistry, MemoryRuns};
pub use objects::{
    Checked, CollectError, Collected, Collection, Deletion, FolderObjects, OnDamage,
    OpenObjectsError, UnknownFormat, Verified, VerifyError,
};
pub use registry::SqliteRegistry;
pub use roots::Roots;
pub use runs::{NotALog, SqliteRuns};
