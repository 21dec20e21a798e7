//! One try of a step, in a folder of its own.
mod command;
mod hint;
mod lines;
mod log;
mod metrics;
mod variables;
