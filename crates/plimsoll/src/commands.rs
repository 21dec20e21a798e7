//! The commands, one file each.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod data;
pub(crate) mod demo;
pub(crate) mod deploy;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod gate;
pub(crate) mod init;
pub(crate) mod labels;
pub(crate) mod logs;
pub(crate) mod model;
pub(crate) mod monitor;
pub(crate) mod release;
pub(crate) mod retrain;
pub(crate) mod rollback;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod runtime;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod store;
pub(crate) mod verify;
pub(crate) mod why;
