//! Stores that last as long as their process, for tests and for trying things out.

mod objects;
mod registry;
mod runs;

pub use objects::MemoryObjects;
pub use registry::MemoryRegistry;
pub use runs::MemoryRuns;
