//! The life of a candidate.
//!
//! Purpose: [`gate`] gives a verdict on a run from what is stored about it. Deliberately absent:
//! measuring (evidence comes in by digest) and the rules themselves, which are in `plimsoll-core`.

pub mod envelope;
pub mod gate;
pub mod key;
pub mod role;
pub mod statement;
pub mod trust;

#[cfg(test)]
mod samples;
