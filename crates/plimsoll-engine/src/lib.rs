//! From a plan to a finished run: schedule, execute, cache, environments.

pub mod plan;
pub mod schedule;
pub mod why;
pub mod key_lock;
mod attempt;
pub mod environment;
pub mod lock_file;
pub mod params;
pub mod tree;
pub mod run;

pub use attempt::log_path;
