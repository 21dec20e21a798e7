//! The seams: what Plimsoll needs of the outside, in its own words.

mod history;
mod looks;
mod measure;
mod objects;
mod registry;
mod runs;

pub use history::History;
pub use looks::Looks;
pub use measure::{
    ChampionModel, EvaluateRequest, GivenFile, Measure, MeasureError, Packages, Reaching, Recorded,
    ScanRequest, SchemaSource, ValidateRequest,
};
pub use objects::{Content, Damaged, FileMode, ObjectStore, OpenError, PutError, RestoreError};
pub use registry::{
    AuditReport, AuditRow, Registry, RegistryError, ResolveVersionError, VariantRow, VersionRecord,
};
pub use runs::{AppendError, CacheEntry, ReadError, ResolveError, RunRow, Runs};
