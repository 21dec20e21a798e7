//! Captures: what a served model was asked and answered, and the labels that join it later.
//!
//! A server records through a [`Writer`]: requests go to an append-only journal that is on the disk
//! within a second, and become one Parquet file for each hour of its clock. [`read()`] gives back
//! both. What became true comes later through [`Labels`]; [`join()`] brings the two together, and
//! [`freeze()`] makes the dataset of them that a model is trained on again.

mod cells;
mod file;
mod freeze;
mod hour;
mod hours;
mod id;
mod join;
mod journal;
mod labels;
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
pub use freeze::{FreezeError, empty, freeze};
pub use id::normal_id;
pub use join::{DayCount, JoinError, LABEL, Labelled, capture_column, join};
pub use labels::{AddLabelsError, Added, Label, LabelFile, Labels};
pub use read::{Captured, Days, Versions, read};
pub use record::{Column, Record, Values};
pub use settle::Recovered;
pub use shape::{
    EVENT_DAY, EVENT_TIME, LATENCY, MODEL, RECEIVED_AT, REQUEST_ID, ROW_ID, TIME_MISSING, VERSION,
};
pub use time::{Grain, ParseTimeError, parse_time, time_of_millis};
pub use writer::{AppendError, FlushError, OpenCapturesError, Writer, WriterSettings};
