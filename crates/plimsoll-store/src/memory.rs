//! Stores that last as long as their process, for tests and for trying things out.

mod objects;
mod runs;

pub use objects::MemoryObjects;
pub use runs::MemoryRuns;
