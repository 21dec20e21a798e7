//! Summaries of streams that can be merged: counts, ranks, distinct values, moments.
//!
//! All of them are deterministic: what they throw away is decided by a seed that comes from the
//! column's name, so the same rows in the same order give the same bytes. Numbers are handled as
//! unsigned integers in the same order ([`order`]), so that one sketch serves integers (all 64
//! bits of them), floats and instants.

pub(crate) mod bytes;
pub mod counts;
pub mod digests;
pub mod distinct;
pub mod extremes;
pub(crate) mod hash;
pub mod moments;
pub mod order;
pub mod quantiles;
pub(crate) mod real;
pub(crate) mod sort;
pub mod words;
