//! Tables: read, schema, validate.

pub mod code;
mod example;
mod nearest;
mod table;
mod text;

pub use code::CODES;
pub use example::Place;
pub use table::{Batch, Field, Format, ReadError, Table};
