//! Reads plimsoll.yaml, parameters, data schemas, prose of cards, policies, limits of checks and trust files: every mistake at once, with its
//! place.
//!
//! A file becomes a tree that knows its lines ([`node`]), is held against the one committed JSON
//! Schema of its format ([`schema`]), and is then typed with whatever a schema cannot say: names that
//! refer to nothing, steps in a circle, files that are not there. Deliberately absent: defaults
//! from elsewhere, environment variables, and any file access but [`read()`].

pub mod checks;
mod load;
mod mistake;
pub mod model_checks;
mod nearest;
pub mod node;
pub mod params;
pub mod policy;
pub mod project;
pub mod prose;
pub mod read;
pub mod reference;
mod scalar;
pub mod schema;
pub mod source;
mod syntax;
pub mod table;
pub mod trust;

pub use checks::checks;
pub use load::{LoadError, PROJECT_FILE, Repository, load};
pub use mistake::{Mistake, Mistakes};
pub use model_checks::model_checks;
pub use params::params;
pub use policy::{policy, waivers};
pub use project::{FileState, Surroundings, project_of};
pub use prose::{accepted, prose};
pub use read::{ReadError, read};
pub use schema::{duration, quantity};
pub use table::{Meaning, Remark, TableSchema, table};
pub use trust::trust;
