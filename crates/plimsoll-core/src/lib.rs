//! What Plimsoll talks about and how it decides: values, decisions, ports.
//!
//! Purpose: one vocabulary for every crate ([`project`], [`event`], [`evidence`], [`card`]), the pure
//! decisions over it ([`gate`], [`lifecycle`]), and the seams to the outside ([`ports`]).
//! Deliberately absent: IO, an async runtime, clocks and randomness. Time, seeds and bytes come in
//! as values.

pub mod approval;
pub mod audit;
pub mod card;
pub mod checks;
pub mod digest;
pub mod event;
pub mod evidence;
pub mod finding;
pub mod gate;
pub mod history;
pub mod lifecycle;
pub mod monitoring;
pub mod name;
pub mod nearest;
pub mod number;
pub mod path;
pub mod ports;
pub mod project;
pub mod record;
pub mod reproduction;
pub mod scans;
pub mod share;
pub mod signature;
pub mod time;
pub mod version;
pub mod weights;

pub use digest::Digest;
pub use finding::{Code, Finding, Severity};
pub use name::{
    Alias, CommitHash, DatasetName, ModelName, RunId, SectionName, SliceName, StepName, VariantName,
};
pub use path::RepoPath;
pub use share::Share;
pub use time::{Day, Timestamp};
pub use version::{Number, Reference, Variant, Version};
