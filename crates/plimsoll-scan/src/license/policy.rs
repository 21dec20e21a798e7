//! What is allowed under which license.
//!
//! A policy says of ids, properties and families whether they are allowed, denied, or to be looked at. An id
//! decides before a property, a property before a family; where one rank says several things, the
//! strictest counts. What no rule speaks of is decided by `otherwise`. A choice in an expression is made for
//! the best branch; what holds together is judged by the worst. What is not known is denied, unless an
//! exception says for exactly that package under which license it was found to come.

mod defaults;

use std::fmt;

use plimsoll_core::Day;
pub use plimsoll_core::scans::Intent;
use serde::{Deserialize, Serialize};

use super::expression::{Expression, License};
use super::properties::{Family, Properties, Property};
use crate::package::Ecosystem;

/// What is said of a package, dataset or model. The worse, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It may be used.
    Allow,
    /// A person has to look at it.
    Review,
    /// It may not be used.
    Deny,
}

/// Licenses, by id, by property and by family.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Selection {
    /// Licenses, each with its exception where it has one. Without one it stands for the license alone.
    pub licenses: Vec<License>,
    /// Properties.
    pub properties: Vec<Property>,
    /// Families.
    pub families: Vec<Family>,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Policy {
    /// What it adds to; nothing where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<Extends>,
    /// What is allowed.
    #[serde(default)]
    pub allow: Selection,
    /// What a person has to look at.
    #[serde(default)]
    pub review: Selection,
    /// What is denied.
    #[serde(default)]
    pub deny: Selection,
    /// What holds where no rule speaks.
    #[serde(default = "Policy::denied")]
    pub otherwise: Verdict,
    /// What is allowed all the same.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
    /// What holds otherwise for packages that only others need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transitive: Option<Transitive>,
}

/// What holds for packages that the project does not ask for itself. What it does not speak of is as for those
/// that it does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Transitive {
    /// What is allowed.
    #[serde(default)]
    pub allow: Selection,
    /// What a person has to look at.
    #[serde(default)]
    pub review: Selection,
    /// What is denied.
    #[serde(default)]
    pub deny: Selection,
    /// What holds where no rule speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Verdict>,
}

/// What a policy can add to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extends {
    /// What is usual for the intent.
    Default,
}

/// A package that is allowed under a license, though no rule allows it, or though it is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Exception {
    /// The name of the package, dataset or model, exactly.
    pub package: String,
    /// Its ecosystem; `None` for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecosystem: Option<Ecosystem>,
    /// Its version; `None` for any. Terms that are not known need one: another version may have others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The license that it was judged under. If it comes under another one, the exception no longer holds.
    pub license: Expression,
    /// What the release is for; empty for anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<Intent>,
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it counts, in UTC.
    pub expires: Day,
}

/// Why a license got its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Decided {
    /// The license.
    pub license: License,
    /// What is said of it.
    pub verdict: Verdict,
    /// The rule that said so: ``deny property `non-commercial` ``.
    pub rule: String,
}

impl Policy {
    fn denied() -> Verdict {
        Verdict::Deny
    }

    /// Judges one license.
    pub fn decide(&self, license: &License) -> Decided {
        let known = Properties::of(license);
        // In the order in which the stricter comes first.
        let selections = [
            (Verdict::Deny, &self.deny),
            (Verdict::Review, &self.review),
            (Verdict::Allow, &self.allow),
        ];
        let decided = |verdict, rule| Decided { license: license.clone(), verdict, rule };
        for (verdict, selection) in selections {
            if selection.licenses.contains(license) {
                return decided(verdict, format!("{verdict} license `{license}`"));
            }
        }
        for (verdict, selection) in selections {
            if let Some(property) = selection.properties.iter().find(|it| known.has(**it)) {
                return decided(verdict, format!("{verdict} property `{property}`"));
            }
        }
        for (verdict, selection) in selections {
            if selection.families.contains(&known.family) {
                return decided(verdict, format!("{verdict} family `{}`", known.family));
            }
        }
        let rule = format!("{} otherwise (family `{}`)", self.otherwise, known.family);
        decided(self.otherwise, rule)
    }

    /// Judges an expression: of a choice the best branch, of what holds together the worst part. Returns the
    /// branch that was chosen, and why each license in it got its verdict.
    pub fn choose(&self, expression: &Expression) -> (Verdict, Expression, Vec<Decided>) {
        match expression {
            Expression::License(license) => {
                let decided = self.decide(license);
                (decided.verdict, expression.clone(), vec![decided])
            }
            Expression::All(parts) => {
                let judged: Vec<_> = parts.iter().map(|part| self.choose(part)).collect();
                let verdict = judged.iter().map(|it| it.0).max().unwrap_or(Verdict::Deny);
                let chosen = Expression::all(judged.iter().map(|it| it.1.clone()));
                (verdict, chosen, judged.into_iter().flat_map(|it| it.2).collect())
            }
            Expression::Any(parts) => {
                let judged = parts.iter().map(|part| self.choose(part));
                let best = judged.reduce(|best, one| if one.0 < best.0 { one } else { best });
                best.unwrap_or((Verdict::Deny, expression.clone(), Vec::new()))
            }
        }
    }

    /// Returns what holds for an intent: this policy, over what it extends.
    #[must_use]
    pub fn for_intent(self, intent: Intent) -> Self {
        match self.extends {
            None => self,
            Some(Extends::Default) => Self::default_for(intent).overlaid(self),
        }
    }

    /// Puts a policy over this one: what it speaks of, it decides; the rest stays.
    #[must_use]
    pub fn overlaid(mut self, over: Self) -> Self {
        let spoken = [&over.allow, &over.review, &over.deny];
        for own in [&mut self.allow, &mut self.review, &mut self.deny] {
            own.licenses.retain(|it| !spoken.iter().any(|over| over.licenses.contains(it)));
            own.properties.retain(|it| !spoken.iter().any(|over| over.properties.contains(it)));
            own.families.retain(|it| !spoken.iter().any(|over| over.families.contains(it)));
        }
        let pairs = [
            (&mut self.allow, over.allow),
            (&mut self.review, over.review),
            (&mut self.deny, over.deny),
        ];
        for (own, over) in pairs {
            own.licenses.extend(over.licenses);
            own.properties.extend(over.properties);
            own.families.extend(over.families);
        }
        self.exceptions.extend(over.exceptions);
        self.transitive = over.transitive.or(self.transitive);
        self
    }

    /// Returns what holds for packages that only others need, where that is something else.
    pub fn for_transitive(&self) -> Option<Self> {
        let Transitive { allow, review, deny, otherwise } = self.transitive.clone()?;
        let over = Self {
            extends: None,
            allow,
            review,
            deny,
            otherwise: Verdict::Deny,
            exceptions: Vec::new(),
            transitive: None,
        };
        let otherwise = otherwise.unwrap_or(self.otherwise);
        Some(Self { otherwise, ..self.clone().overlaid(over) })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Allow => "allow",
            Self::Review => "review",
            Self::Deny => "deny",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(intent: Intent, license: &str) -> (Verdict, String) {
        let (verdict, chosen, _) =
            Policy::default_for(intent).choose(&Expression::parse(license).unwrap());
        (verdict, chosen.to_string())
    }

    #[test]
    fn a_policy_that_extends_the_usual_one_changes_only_what_it_speaks_of() {
        let written = r#"{"extends": "default", "deny": {"families": ["strong-copyleft"]}}"#;
        let policy: Policy = serde_json::from_str(written).unwrap();
        let policy = policy.for_intent(Intent::Service);
        let verdict = |license: &str| policy.choose(&Expression::parse(license).unwrap()).0;
        assert_eq!(verdict("GPL-3.0-only"), Verdict::Deny);
        assert_eq!(verdict("MIT"), Verdict::Allow);
        let alone: Policy = serde_json::from_str(r#"{"allow": {"licenses": ["MIT"]}}"#).unwrap();
        let alone = alone.for_intent(Intent::Service);
        assert_eq!(alone.choose(&Expression::parse("Apache-2.0").unwrap()).0, Verdict::Deny);
    }

    #[test]
    fn what_is_said_of_transitive_packages_holds_for_them_alone() {
        let written = r#"{"extends": "default", "deny": {"licenses": ["ISC"]}, "transitive": {
            "allow": {"families": ["strong-copyleft"]}, "review": {"licenses": ["MIT"]}}}"#;
        let policy: Policy = serde_json::from_str(written).unwrap();
        let policy = policy.for_intent(Intent::Redistribute);
        let transitive = policy.for_transitive().unwrap();
        let both = |license: &str| {
            let license = License::of(license);
            (policy.decide(&license).verdict, transitive.decide(&license).verdict)
        };
        assert_eq!(both("GPL-3.0-only"), (Verdict::Deny, Verdict::Allow));
        assert_eq!(both("MIT"), (Verdict::Allow, Verdict::Review));
        assert_eq!(both("ISC"), (Verdict::Deny, Verdict::Deny));
        assert_eq!(both("AGPL-3.0-only"), (Verdict::Deny, Verdict::Deny));
        assert_eq!(Policy::default_for(Intent::Service).for_transitive(), None);
        let loose = Policy {
            transitive: Some(Transitive {
                otherwise: Some(Verdict::Allow),
                ..Transitive::default()
            }),
            ..policy
        };
        let loose = loose.for_transitive().unwrap();
        assert_eq!(loose.decide(&License::of("LicenseRef-Whatever")).verdict, Verdict::Allow);
        assert_eq!(loose.decide(&License::of("ISC")).verdict, Verdict::Deny);
    }

    #[test]
    fn what_is_not_said_is_judged_by_what_the_release_is_for() {
        use Intent::{Internal, Redistribute, Service};
        use Verdict::{Allow, Deny, Review};
        for (license, internal, service, redistribute) in [
            ("MIT", Allow, Allow, Allow),
            ("Apache-2.0 WITH LLVM-exception", Allow, Allow, Allow),
            ("MPL-2.0", Allow, Allow, Allow),
            ("LGPL-2.1-or-later", Allow, Allow, Allow),
            ("GPL-3.0-only WITH GCC-exception-3.1", Allow, Allow, Allow),
            ("GPL-3.0-only", Allow, Allow, Deny),
            ("AGPL-3.0-or-later", Review, Deny, Deny),
            ("SSPL-1.0", Review, Deny, Deny),
            ("CC-BY-4.0", Allow, Allow, Allow),
            ("CC-BY-SA-4.0", Allow, Review, Review),
            ("ODbL-1.0", Allow, Review, Review),
            ("CC-BY-NC-4.0", Review, Deny, Deny),
            ("CC-BY-ND-4.0", Review, Deny, Deny),
            ("LicenseRef-Gemma", Review, Review, Review),
            ("LicenseRef-Apple-AMLR", Deny, Deny, Deny),
            ("BUSL-1.1", Review, Deny, Deny),
            ("LicenseRef-NVIDIA-Proprietary", Review, Review, Deny),
            ("LicenseRef-Whatever", Deny, Deny, Deny),
        ] {
            let found = [Internal, Service, Redistribute].map(|intent| chosen(intent, license).0);
            assert_eq!(found, [internal, service, redistribute], "{license}");
        }
    }

    #[test]
    fn of_a_choice_the_best_branch_counts_and_of_all_the_worst() {
        let (verdict, branch) = chosen(Intent::Redistribute, "GPL-2.0-only OR MIT OR Apache-2.0");
        assert_eq!((verdict, branch.as_str()), (Verdict::Allow, "MIT"));
        let (verdict, branch) = chosen(Intent::Redistribute, "ISC AND (GPL-2.0-only OR Zlib)");
        assert_eq!((verdict, branch.as_str()), (Verdict::Allow, "ISC AND Zlib"));
        assert_eq!(chosen(Intent::Redistribute, "MIT AND GPL-2.0-only").0, Verdict::Deny);
    }

    #[test]
    fn an_id_decides_before_a_property_and_a_property_before_a_family() {
        let over = r#"{"allow": {"licenses": ["GPL-3.0-only"]}, "deny": {"families": ["weak-copyleft"], "properties": ["patent-grant"]}}"#;
        let over: Policy = serde_json::from_str(over).unwrap();
        let policy = Policy::default_for(Intent::Redistribute).overlaid(over);
        let decide = |license: &str| policy.decide(&License::of(license));
        assert_eq!(decide("GPL-3.0-only").rule, "allow license `GPL-3.0-only`");
        assert_eq!(decide("Apache-2.0").rule, "deny property `patent-grant`");
        assert_eq!(decide("LGPL-2.0-only").rule, "deny family `weak-copyleft`");
        assert_eq!(decide("MIT").rule, "allow family `permissive`");
    }

    #[test]
    fn a_policy_with_a_word_that_is_not_known_is_refused() {
        for text in [
            r#"{"alow": {}}"#,
            r#"{"transitive": {"exceptions": []}}"#,
            r#"{"allow": {"families": ["permisive"]}}"#,
            r#"{"allow": {"licenses": ["BSD"]}}"#,
            r#"{"allow": {"licenses": ["MIT OR ISC"]}}"#,
            r#"{"exceptions": [{"package": "x", "license": "MIT", "owner": "me", "reason": "so"}]}"#,
        ] {
            assert!(serde_json::from_str::<Policy>(text).is_err(), "{text}");
        }
    }
}
