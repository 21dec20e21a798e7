//! What the fuzz targets do with bytes that nobody vouches for.
//!
//! Each target is a function that returns if all is well, however odd the bytes are, and panics if
//! not. It reads through what users of a crate call, and holds what comes of it against what must
//! be so. The corpora are replayed by tests of the crates, which include these files.

pub mod config;
pub mod data;
pub mod release;
pub mod scan;
