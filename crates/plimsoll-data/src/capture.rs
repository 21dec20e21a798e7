//! Captures: what a served model was asked and answered, and the labels that join it later.
//!
//! A server records through a [`Writer`]: requests go to an append-only journal that is on the disk
//! within a second, and become one Parquet file for each hour of its clock. [`read()`] gives back
//! both.

mod cells;
mod file;
mod hour;
mod hours;
mod id;
mod journal;
mod read;
mod record;
mod rows;
#[cfg(test)]
mod samples;
mod settle;
mod shape;
mod time;
mod writer;

pub use file::FileError;
pub use id::normal_id;
pub use read::{Captured, Days, Versions, read};
pub use record::{Column, Record, Values};
pub use settle::Recovered;
pub use shape::{
    EVENT_DAY, EVENT_TIME, LATENCY, MODEL, RECEIVED_AT, REQUEST_ID, ROW_ID, TIME_MISSING, VERSION,
};
pub use time::{Grain, ParseTimeError, parse_time, time_of_millis};
pub use writer::{AppendError, FlushError, OpenCapturesError, Writer, WriterSettings};
