//! What a table shares with training data that it must not, and what tells the label.

#![expect(clippy::cast_precision_loss, reason = "counts of rows and cells are below 2^53")]

mod overlap;
mod relation_change;
mod split;
mod tells_label;
mod time_overlap;

pub use self::overlap::{IndexOverlap, RowOverlap};
pub use self::relation_change::RelationChange;
pub use self::split::{NewCategory, NewLabel, Size};
pub use self::tells_label::{FeatureLabel, IdentifierLabel};
pub use self::time_overlap::TimeOverlap;
pub(crate) use self::time_overlap::moment;

#[cfg(test)]
mod tests;
