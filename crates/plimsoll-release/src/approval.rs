//! What people said of a bundle: whether it is theirs, and whether it is enough.
//!
//! A registry keeps who said what; nothing of that is believed but by the signed statement. What
//! counts is decided by [`plimsoll_core::approval::judge`].

mod hear;
mod unapproved;

pub use hear::{HearError, Heard, hear};
pub use unapproved::UnapprovedError;

#[cfg(test)]
mod tests;
