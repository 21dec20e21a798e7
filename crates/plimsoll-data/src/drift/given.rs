//! A side of a comparison: files, or a profile that was made of them.

use std::path::Path;

use plimsoll_core::Finding;

use super::DriftError;
use crate::profile::{self, Profile};
use crate::tables::Tables;

/// A side of a comparison.
#[derive(Debug)]
pub struct Given {
    pub(super) shown: String,
    pub(super) profile: Profile,
    /// The rows, where they are at hand.
    pub(super) tables: Option<Tables>,
    /// What is wrong with the rows.
    pub(super) damage: Vec<Finding>,
}

impl Given {
    /// Reads files, which are profiled first: what is said of a file and of its profile is the same.
    ///
    /// # Errors
    /// They cannot be read, or have two columns of one name.
    pub fn files(
        shown: &str,
        tables: Tables,
        options: &profile::Options<'_>,
    ) -> Result<Self, DriftError> {
        let found = profile::profile(&tables, options)?;
        Ok(Self {
            shown: shown.to_owned(),
            profile: found.profile,
            tables: Some(tables),
            damage: found.damage,
        })
    }

    /// Reads a stored profile.
    ///
    /// # Errors
    /// It cannot be read, or is of another format.
    pub fn stored(shown: &str, path: &Path) -> Result<Self, DriftError> {
        Ok(Self::profiled(shown, Profile::read(path)?))
    }

    /// Takes a profile.
    pub fn profiled(shown: &str, profile: Profile) -> Self {
        Self { shown: shown.to_owned(), profile, tables: None, damage: Vec::new() }
    }

    /// Returns the profile.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }
}
