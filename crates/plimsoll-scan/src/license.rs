//! Under which terms packages, files, datasets and models come, and what a policy says of it.

pub mod card;
mod claim;
mod classifier;
pub mod copied;
mod debian;
mod expression;
pub mod hub;
pub mod judge;
mod names;
pub mod notice;
pub mod policy;
pub mod propagate;
pub mod properties;
pub mod reach;
mod reconcile;
mod sources;
mod terms;
mod text;

pub use card::{Card, CardError};
pub use copied::{Copied, How, Own, Skipped, Tree, WalkError};
pub use expression::{Expression, License, MAX_EXPRESSION, ParseExpressionError};
pub use hub::Declared;
pub use judge::{Court, JudgedFile, JudgedPackage, Judgment, Named};
pub use notice::{BundledText, Notice, notice};
pub use policy::{Exception, Intent, Policy, Selection, Transitive, Verdict};
pub use properties::{Family, Properties, Property};
pub use reach::{Dependency, Reach};
pub use terms::{Bundled, Confidence, Said, State, Terms};
pub use text::{MAX_TEXT, Remainder};
