//! Where a table is used: a target is known in training and not in serving.

use std::collections::BTreeSet;

use plimsoll_core::nearest::nearest;

use super::TableSchema;
use crate::example::shown;

/// The environments of a schema, at least one. The first is where a table is used unless somebody
/// says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environments(Vec<String>);

impl Default for Environments {
    fn default() -> Self {
        Self(vec!["training".to_owned(), "serving".to_owned()])
    }
}

impl Environments {
    /// Takes names in order; `None` where there are none.
    pub(super) fn new(names: Vec<String>) -> Option<Self> {
        (!names.is_empty()).then_some(Self(names))
    }

    /// Returns the names.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(String::as_str)
    }
}

/// A schema knows no such environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schema has no environment `{}` ({})", shown(.name), meant(.name, .known))]
pub struct EnvironmentError {
    /// The name.
    pub name: String,
    /// Those that it has.
    pub known: Vec<String>,
}

fn meant(name: &str, known: &[String]) -> String {
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("is `{near}` meant?"),
        None => format!("known: {}", known.join(", ")),
    }
}

impl TableSchema {
    /// Returns what must hold in an environment, the first one if `None`.
    ///
    /// # Errors
    /// The schema has no such environment: with a name that is misspelt every rule of its kind
    /// would be gone.
    pub fn in_environment(&self, name: Option<&str>) -> Result<Self, EnvironmentError> {
        let known = || self.environments.names();
        let Some(name) = name.or_else(|| known().next()) else { return Ok(self.clone()) };
        if !known().any(|known| known == name) {
            let known = known().map(str::to_owned).collect();
            return Err(EnvironmentError { name: name.to_owned(), known });
        }
        let holds = |of: &Option<BTreeSet<String>>| of.as_ref().is_none_or(|of| of.contains(name));
        let mut schema = self.clone();
        schema.columns.retain(|_, rule| holds(&rule.environments));
        let gone = self.columns.keys().filter(|column| !schema.columns.contains_key(*column));
        schema.elsewhere = gone.cloned().collect();
        schema.unique.retain(|rule| holds(&rule.environments));
        schema.checks.retain(|check| holds(&check.environments));
        schema.references.retain(|reference| holds(&reference.environments));
        Ok(schema)
    }
}
