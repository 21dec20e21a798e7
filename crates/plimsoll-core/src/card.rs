//! The owner's part of a model card: prose, and the facts that it was written for.
//!
//! What a model takes, gives and achieves is measured; what it is for, where it ends and whom it may
//! harm only a person can say. That person wrote for a model as it was then. So each section is kept
//! with the facts that somebody vouched for it by, and is stale once one of them is another.

mod accepted;
mod changes;
mod facts;
mod prose;
mod standing;
mod topic;

pub use accepted::{Accepted, ReadAcceptedError};
pub use changes::Change;
pub use facts::{Fact, Facts};
pub use prose::{Prose, ProseMistake, ReadProseError, Section, Written};
pub use standing::{CARD_INCOMPLETE, CARD_STALE, CARD_UNCONFIRMED, Standing, found_in_prose};
pub use topic::{ParseTopicError, Topic};
