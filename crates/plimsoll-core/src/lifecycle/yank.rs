//! Taking a version back.

use serde::{Deserialize, Serialize};

use crate::audit::{Note, Transition};
use crate::ports::RegistryError;
use crate::{Alias, Timestamp, Version};

/// Who took a version back, when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Yanked {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: Note,
    /// Why.
    pub why: Note,
}

/// A version was not taken back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum YankError {
    /// It was never released.
    #[error("{version} was never released")]
    Unknown {
        /// The version.
        version: Version,
    },
    /// It was taken back before.
    #[error("{version} was yanked already by {} ({})", yanked.who, yanked.why)]
    Already {
        /// The version.
        version: Version,
        /// By whom and why.
        yanked: Box<Yanked>,
    },
    /// Aliases point at it, so it is what is served.
    #[error(
        "{version} is still {}: point {} elsewhere first",
        names(aliases),
        if aliases.len() == 1 { "it" } else { "them" }
    )]
    InUse {
        /// The version.
        version: Version,
        /// What points at it.
        aliases: Vec<Alias>,
    },
    /// The registry did not do it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

fn names(aliases: &[Alias]) -> String {
    let names: Vec<&str> = aliases.iter().map(Alias::as_str).collect();
    names.join(" and ")
}

/// Decides on taking `version` back, which `aliases` point at. Its number stays used.
///
/// # Errors
/// It was yanked before, or an alias points at it: what is served is not taken away by the way.
pub fn yank(
    version: &Version,
    yanked: Option<&Yanked>,
    aliases: &[Alias],
) -> Result<Transition, YankError> {
    let version = version.clone();
    if let Some(yanked) = yanked {
        return Err(YankError::Already { version, yanked: Box::new(yanked.clone()) });
    }
    if !aliases.is_empty() {
        return Err(YankError::InUse { version, aliases: aliases.to_vec() });
    }
    Ok(Transition::Yanked { version })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::samples::occasion;

    #[test]
    fn happens_once_and_never_under_an_alias() {
        let version: Version = "bike-demand@1.0.0".parse().unwrap();
        assert!(yank(&version, None, &[]).is_ok());
        let occasion = occasion("wrong unit");
        let yanked = Yanked { at: occasion.at, who: occasion.who, why: occasion.why };
        let error = yank(&version, Some(&yanked), &[]).unwrap_err();
        insta::assert_snapshot!(error, @"bike-demand@1.0.0 was yanked already by ada (wrong unit)");
        let aliases = ["challenger", "champion"].map(|alias| alias.parse().unwrap());
        insta::assert_snapshot!(yank(&version, None, &aliases[1..]).unwrap_err(), @"bike-demand@1.0.0 is still champion: point it elsewhere first");
        insta::assert_snapshot!(yank(&version, None, &aliases).unwrap_err(), @"bike-demand@1.0.0 is still challenger and champion: point them elsewhere first");
    }
}
