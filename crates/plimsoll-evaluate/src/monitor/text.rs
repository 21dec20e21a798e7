//! The terminal.
use plimsoll_core::Digest;
use plimsoll_core::monitoring::Monitoring;
use std::fmt;
/// Returns what a terminal shows.
pub fn text(
    monitoring: &Monitoring,
    evidence: Option<&Digest>,
    history: bool,
) -> impl fmt::Display {
    let _ = (evidence, history);
    monitoring.message.clone()
}
