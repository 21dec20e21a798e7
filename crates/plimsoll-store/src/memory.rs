//! Stores that last as long as their process, for tests and for trying things out.

mod objects;

pub use objects::MemoryObjects;
