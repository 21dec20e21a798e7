//! Rows that repeat what must be unique: exact, in bounded memory.
//!
//! Hashes of keys are sorted, on disk where they are many, and only rows whose hashes are there
//! twice are read again and compared by value. So no collision of hashes is ever called a
//! duplicate.

mod confirm;
mod key;
mod sorted;

pub(crate) use self::confirm::{ConfirmError, Repeats, confirm};
pub(crate) use self::key::{Keys, wide_hash};
pub(crate) use self::sorted::{Hashed, Sorter};
