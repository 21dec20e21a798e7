//! Checks of a table beyond its schema: what is odd in it, and what it shares with training data.
//!
//! One pass over a file learns what every check needs ([`gather`]): kinds of cells, values, lengths,
//! digests of rows, and rows drawn at random. Checks are values with limits that look at what was
//! learned ([`frame`]). What is to be remembered of training data is a [`Reference`].

#![expect(clippy::cast_precision_loss, reason = "counts of rows and cells are below 2^53")]

pub(crate) mod cell;
pub(crate) mod coded;
pub(crate) mod column;
pub(crate) mod dictionary;
pub(crate) mod digest;
mod earliest;
pub(crate) mod facts;
pub(crate) mod frame;
mod gather;
pub(crate) mod groups;
pub(crate) mod kind;
pub(crate) mod label;
mod lengths;
pub(crate) mod marks;
mod missing;
mod options;
pub(crate) mod reference;
mod relation;
mod roles;
mod row_words;
mod run;
pub(crate) mod sample;
#[cfg(test)]
pub(crate) mod samples;
pub(crate) mod say;
mod selection;
mod settings;
pub mod single;
mod spot;
pub(crate) mod strength;
pub(crate) mod values;

pub use self::frame::{CheckReport, Outcome};
pub use self::options::{LookError, Options};
pub use self::reference::{ReadDigestsError, Reference, WriteDigestsError, is_digests};
pub use self::roles::Roles;
pub use self::run::{Checked, Demand, ReferError, check, check_and_keep, checks, refer};
pub use self::selection::{Selection, UnknownCheckError};
pub use self::settings::Settings;

#[cfg(test)]
mod tests;
