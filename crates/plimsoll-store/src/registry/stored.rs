//! The form in which versions and entries are stored.

use std::fmt::Display;
use std::str::FromStr;

use plimsoll_core::audit::Sealed;
use plimsoll_core::lifecycle::Released;
use plimsoll_core::ports::{AuditRow, RegistryError, VersionRecord};
use plimsoll_core::{Timestamp, Version};
use serde::de::DeserializeOwned;

/// The version of the form: [`Released`], [`plimsoll_core::lifecycle::Yanked`] and
/// [`plimsoll_core::audit::AuditEntry`] as JSON.
pub(super) const FORMAT: i64 = 1;

/// A version as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct VersionRow {
    pub(super) variant: String,
    pub(super) number: String,
    model: String,
    subject: String,
    pub(super) place: i64,
    at_ms: i64,
    format: i64,
    pub(super) released: String,
    yanked: Option<String>,
}

impl VersionRow {
    pub(super) const COLUMNS: &'static str =
        "variant, number, model, subject, place, at_ms, format, released, yanked";

    /// Reads it, its aliases apart.
    pub(super) fn read(&self) -> Result<VersionRecord, RegistryError> {
        let name = format!("{}@{}", self.variant, self.number);
        let version: Version = word(&name)?;
        let released: Released = json(&name, self.format, &self.released)?;
        let (candidate, model) = (&released.candidate, &version.variant.model);
        // What is looked up by is what was released.
        let is_whole = released.version == version
            && candidate.variant == version.variant
            && model.as_str() == self.model
            && candidate.subject.to_string() == self.subject;
        if !is_whole {
            let problem = format!("{name} is kept under another name, model or subject");
            return Err(RegistryError::Damaged { problem });
        }
        let yanked = self.yanked.as_ref().map(|yanked| json(&name, self.format, yanked));
        Ok(VersionRecord {
            released,
            at: Timestamp::from_millis(self.at_ms),
            yanked: yanked.transpose()?,
            aliases: Vec::new(),
        })
    }
}

/// An entry of the log as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct EntryRow {
    pub(super) sequence: i64,
    pub(super) model: String,
    previous: String,
    digest: String,
    format: i64,
    entry: String,
}

impl EntryRow {
    pub(super) const COLUMNS: &'static str = "sequence, model, previous, digest, format, entry";

    /// Reads its seal; what it says may be anything of a form that is known here.
    pub(super) fn sealed(self) -> Result<Sealed, RegistryError> {
        let name = format!("audit entry {}", self.sequence);
        check_form(&name, self.format)?;
        let unreadable = |_| damaged(format!("{name} has no place in the log"));
        Ok(Sealed {
            sequence: u64::try_from(self.sequence).map_err(unreadable)?,
            previous: word(&self.previous)?,
            digest: word(&self.digest)?,
            text: self.entry,
        })
    }

    pub(super) fn read(self) -> Result<AuditRow, RegistryError> {
        let name = format!("audit entry {}", self.sequence);
        let entry = json(&name, self.format, &self.entry)?;
        Ok(AuditRow { entry, sealed: self.sealed()? })
    }
}

/// Reads a value back that is written as a word.
pub(super) fn word<T: FromStr<Err: Display>>(text: &str) -> Result<T, RegistryError> {
    text.parse().map_err(|error: T::Err| damaged(error.to_string()))
}

fn newer(name: &str, what: &str) -> RegistryError {
    RegistryError::Newer { what: format!("{name} ({what})") }
}

fn check_form(name: &str, format: i64) -> Result<(), RegistryError> {
    if format <= FORMAT {
        return Ok(());
    }
    Err(newer(name, &format!("format {format}, and this one reads {FORMAT}")))
}

pub(super) fn json<T: DeserializeOwned>(
    name: &str,
    format: i64,
    text: &str,
) -> Result<T, RegistryError> {
    check_form(name, format)?;
    serde_json::from_str(text).map_err(|error| {
        let problem = error.to_string();
        // Nothing that breaks by itself becomes a word that fits in its place and is not known.
        if problem.starts_with("unknown variant") || problem.starts_with("unknown field") {
            newer(name, &problem)
        } else {
            damaged(format!("{name}: {problem}"))
        }
    })
}

pub(super) fn damaged(problem: String) -> RegistryError {
    RegistryError::Damaged { problem }
}
