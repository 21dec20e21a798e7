//! How many approvals are needed, and how old they may be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::Alias;
use crate::gate::Origin;

/// What approvals are needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A run becomes a version.
    Release,
    /// An alias is pointed at a version.
    Deploy,
}

impl Purpose {
    /// Every purpose, in the order in which they come.
    pub const ALL: [Self; 2] = [Self::Release, Self::Deploy];

    /// Returns what is done then: `released`.
    pub fn done(self) -> &'static str {
        match self {
            Self::Release => "released",
            Self::Deploy => "deployed",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Release => "release",
            Self::Deploy => "deploy",
        })
    }
}

/// How many people must say yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Quorum {
    /// How many, each once whichever of their keys signed.
    pub count: NonZeroU32,
    /// How many days a yes counts; `None` where it counts for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_days: Option<u32>,
    /// The line that demands it, from 1.
    pub line: u64,
    /// Who demands it.
    #[serde(default)]
    pub from: Origin,
}

/// What is needed for each [`Purpose`]; nothing where none is named.
///
/// Aliases that servers follow stand for environments, so what a deployment needs may differ by alias.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Quorums {
    /// Before a run becomes a version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Quorum>,
    /// Before an alias is pointed at a version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy: Option<Quorum>,
    /// Before an alias of these is; `None` for nothing, whatever `deploy` says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deploy_to: BTreeMap<Alias, Option<Quorum>>,
}

impl Quorum {
    /// Returns where it is demanded: `policy.yaml:12`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.from.file(), self.line)
    }

    /// Returns the demand that satisfies both: the greater number, the shorter time. It names the
    /// place of the greater number.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let within_days = match (self.within_days, other.within_days) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        let greater = if other.count > self.count { other } else { self };
        Self { within_days, ..greater }
    }
}

impl fmt::Display for Quorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.count.get() == 1 { "" } else { "s" };
        write!(f, "{} approval{plural}", self.count)?;
        match self.within_days {
            Some(1) => write!(f, " of the last day"),
            Some(days) => write!(f, " of the last {days} days"),
            None => Ok(()),
        }
    }
}

impl Quorums {
    /// Returns what is needed before `alias` is pointed at a version.
    pub fn of_alias(&self, alias: &Alias) -> Option<&Quorum> {
        self.deploy_to.get(alias).map_or(self.deploy.as_ref(), Option::as_ref)
    }

    /// Tells whether nothing is demanded.
    pub fn is_empty(&self) -> bool {
        self.release.is_none() && self.deploy.is_none() && self.deploy_to.is_empty()
    }

    /// Returns what satisfies both: nobody who demands less weakens who demands more.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let both = |own: Option<Quorum>, other: Option<Quorum>| match (own, other) {
            (Some(own), Some(other)) => Some(own.and(other)),
            (own, other) => own.or(other),
        };
        let aliases: BTreeSet<&Alias> =
            self.deploy_to.keys().chain(other.deploy_to.keys()).collect();
        let of_alias =
            |alias: &Alias| both(self.of_alias(alias).cloned(), other.of_alias(alias).cloned());
        let deploy_to = aliases.into_iter().map(|alias| (alias.clone(), of_alias(alias))).collect();
        Self {
            release: both(self.release, other.release),
            deploy: both(self.deploy, other.deploy),
            deploy_to,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quorum(count: u32, within_days: Option<u32>, from: Origin) -> Quorum {
        Quorum { count: NonZeroU32::new(count).unwrap(), within_days, line: 7, from }
    }

    #[test]
    fn the_stricter_of_two_demands_holds_in_each_part() {
        let own = quorum(1, Some(7), Origin::Project);
        let organization = quorum(2, Some(30), Origin::Policy);
        let both = own.clone().and(organization.clone());
        assert_eq!(both, quorum(2, Some(7), Origin::Policy));
        assert_eq!(organization.and(own), both);
        assert_eq!(both.to_string(), "2 approvals of the last 7 days");
        assert_eq!(both.place(), "policy.yaml:7");
    }

    #[test]
    fn who_demands_nothing_takes_nothing_away() {
        let policy =
            Quorums { deploy: Some(quorum(2, None, Origin::Policy)), ..Quorums::default() };
        assert_eq!(Quorums::default().and(policy.clone()), policy);
        assert_eq!(policy.clone().and(Quorums::default()), policy);
        let champion = "champion".parse().unwrap();
        assert_eq!(policy.of_alias(&champion).unwrap().to_string(), "2 approvals");
        assert!(policy.release.is_none() && !policy.is_empty());
    }

    #[test]
    fn an_alias_needs_what_is_said_of_it_else_what_is_said_of_all() {
        let alias = |name: &str| name.parse::<Alias>().unwrap();
        let one = |from| Some(quorum(1, None, from));
        let own = Quorums {
            deploy: one(Origin::Project),
            deploy_to: [(alias("test"), None), (alias("staging"), None)].into(),
            ..Quorums::default()
        };
        assert_eq!(own.of_alias(&alias("champion")), own.deploy.as_ref());
        assert_eq!(own.of_alias(&alias("test")), None);
        // A repository takes away nothing that the policy asks for, of that alias or of all.
        let policy = Quorums {
            deploy: Some(quorum(2, None, Origin::Policy)),
            deploy_to: [(alias("staging"), one(Origin::Policy)), (alias("dev"), None)].into(),
            ..Quorums::default()
        };
        for both in [own.clone().and(policy.clone()), policy.clone().and(own)] {
            assert_eq!(both.of_alias(&alias("champion")), policy.deploy.as_ref());
            assert_eq!(both.of_alias(&alias("test")), policy.deploy.as_ref());
            assert_eq!(both.of_alias(&alias("staging")), one(Origin::Policy).as_ref());
            assert_eq!(both.of_alias(&alias("dev")), one(Origin::Project).as_ref());
        }
    }
}
