//! Captures: what a served model was asked and answered, and the labels that join it later.
//!
//! A server records through a [`Writer`]: requests go to an append-only journal that is on the disk
//! within a second, and become one Parquet file for each hour of its clock.

mod record;
mod time;
mod writer;

pub use record::{Column, Record, Values};
pub use time::{Grain, ParseTimeError, parse_time, time_of_millis};
pub use writer::{AppendError, FlushError, OpenCapturesError, Recovered, Writer, WriterSettings};
