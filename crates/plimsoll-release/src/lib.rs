//! The life of a candidate.
//!
//! Purpose: [`gate`] gives a verdict on a run from what is stored about it; [`release`] makes it a
//! version, with a [`card`] and a [`bundle`] that anybody checks offline;
//! [`dossier`] gathers everything about it; [`statement`] says what
//! became of it, what people say ([`approval`]) and where it was deployed ([`deployment`]), [`envelope`] signs that with a [`key`], which may
//! be behind a command; [`encryption`] keeps weights from whoever has no key; [`signing`] signs plain files; [`trust`] tells whose word counts. A
//! [`checkpoint`] signs the audit log, and an [`export`] is that log in one file. Deliberately absent:
//! measuring (evidence comes in by digest), the rules themselves, which are in `plimsoll-core`, clocks
//! and randomness, and any place that is not a folder or a file.

pub mod approval;
pub mod bundle;
pub mod card;
pub mod checkpoint;
pub mod command;
pub mod deployment;
pub mod dossier;
pub mod encryption;
pub mod envelope;
pub mod export;
pub mod gate;
mod hashed;
mod in_toto;
pub mod key;
pub mod lineage;
pub mod release;
pub mod role;
pub mod shelf;
pub mod signing;
mod sigstore;
pub mod statement;
mod strict;
pub mod trust;

#[cfg(test)]
mod samples;
