//! From a plan to a finished run: schedule, execute, cache, environments.
//!
//! Purpose: [`run::run`] carries out what a project declares and writes what happens to the run's
//! log. What is to be done is decided in values ([`plan`], [`schedule`], [`why`]); what takes time
//! happens in [`run`], and can be killed anywhere. Deliberately absent: adapters, a terminal, a
//! clock and the process's environment, which all come in from outside.

mod attempt;
pub mod environment;
pub mod key_lock;
pub mod lock_file;
pub mod params;
pub mod plan;
pub mod reproduce;
pub mod run;
pub mod schedule;
pub mod tree;
pub mod why;

pub use attempt::log_path;
