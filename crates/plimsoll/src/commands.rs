//! The commands, one file each.

pub(crate) mod data;
pub(crate) mod diff;
pub(crate) mod gate;
pub(crate) mod logs;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod runtime;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod store;
pub(crate) mod why;
