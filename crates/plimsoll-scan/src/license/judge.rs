//! Judges packages, datasets and models by a policy.

mod file;

use std::fmt;

use plimsoll_core::Day;
use serde::Serialize;

use super::expression::Expression;
use super::policy::{Decided, Exception, Intent, Policy, Verdict};
use super::reach::{Dependency, Reach, reaches};
use super::terms::{Bundled, Confidence, Said, State, Terms};
use crate::package::{Ecosystem, Package, Place};

pub use file::JudgedFile;

/// A package under its terms, as a policy judges it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct JudgedPackage {
    /// Its name.
    pub name: String,
    /// Its version, where one is fixed.
    pub version: Option<String>,
    /// Where it comes from.
    pub ecosystem: Ecosystem,
    /// Its license, where it is known.
    pub license: Option<Expression>,
    /// Whether it is.
    pub state: State,
    /// What the policy says.
    pub verdict: Verdict,
    /// Of a license that leaves a choice, the branch that the verdict is about.
    pub chosen: Option<Expression>,
    /// The rule that decided.
    pub rule: String,
    /// How sure the license is.
    pub confidence: Confidence,
    /// What it may be, where it is ambiguous.
    pub candidates: Vec<Expression>,
    /// Why the license is held to be so.
    pub reason: String,
    /// What every source says of it.
    pub sources: Vec<Said>,
    /// What comes along under other terms.
    pub bundled: Vec<Bundled>,
    /// The exception that it is allowed by.
    pub exception: Option<Exception>,
    /// What to do, where it is not allowed.
    pub next: Option<String>,
    /// Whether the project asks for it, or only others do.
    pub dependency: Dependency,
    /// Who asks, and each package between, in order; empty where nothing tells.
    pub through: Vec<String>,
    /// The file it was seen in.
    pub path: String,
    /// The line of that file, from 1.
    pub line: Option<u64>,
}

/// Everything that a judgment depends on beside the terms.
#[derive(Clone, Copy, Debug)]
pub struct Court<'p> {
    /// The policy.
    pub policy: &'p Policy,
    /// What the release is for.
    pub intent: Intent,
    /// The day on which it is judged, in UTC.
    pub today: Day,
}

/// What a policy says of terms.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Judgment {
    /// What it says.
    pub verdict: Verdict,
    /// The rule that decided.
    pub rule: String,
    /// The branch that was chosen, where the license is known or an exception says it.
    pub chosen: Option<Expression>,
    /// Why each license of it got its verdict.
    pub decided: Vec<Decided>,
    /// The exception that it is allowed by.
    pub exception: Option<Exception>,
    /// What to do, where it is not allowed.
    pub next: Option<String>,
}

/// What an exception has to name.
#[derive(Clone, Copy, Debug)]
pub struct Named<'n> {
    /// The name of a package, dataset or model.
    pub name: &'n str,
    /// Its version; of files the digest of their bytes.
    pub version: Option<&'n str>,
    /// Its ecosystem; datasets, models and files have none.
    pub ecosystem: Option<&'n Ecosystem>,
}

impl Named<'_> {
    /// Tells whether it is a file: what has no ecosystem has a version only where that is its digest.
    fn is_file(&self) -> bool {
        self.ecosystem.is_none() && self.version.is_some()
    }
}

impl Court<'_> {
    /// Says under which terms each package comes, and what the policy says of them, in the order given.
    pub fn judge_packages(&self, packages: &[Package]) -> Vec<JudgedPackage> {
        let transitive = self.policy.for_transitive();
        let reached = packages.iter().zip(reaches(packages));
        reached
            .map(|(package, reach)| self.judge_reached(package, reach, transitive.as_ref()))
            .collect()
    }

    /// Says under which terms a package comes, and what the policy says of them; `transitive` is what holds
    /// where only others need it, if that is something else.
    fn judge_reached(
        &self,
        package: &Package,
        reach: Reach,
        transitive: Option<&Policy>,
    ) -> JudgedPackage {
        let terms = Terms::of(&package.published);
        let named = Named {
            name: &package.name,
            version: package.version.as_deref(),
            ecosystem: Some(&package.ecosystem),
        };
        let mut judgment = match (transitive, reach.dependency) {
            (Some(policy), Dependency::Transitive) => {
                let mut judgment = Court { policy, ..*self }.judge(named, &terms);
                judgment.rule.push_str(" (transitive)");
                judgment
            }
            _ => self.judge(named, &terms),
        };
        let is_stricter = transitive.is_some() && judgment.verdict != Verdict::Allow;
        if is_stricter && reach.dependency == Dependency::Unknown {
            judgment.rule.push_str(" (held for direct, as nothing tells who needs it)");
        }
        let Place { path, line } = package.place.clone();
        JudgedPackage {
            name: package.name.clone(),
            version: package.version.clone(),
            ecosystem: package.ecosystem.clone(),
            license: terms.license,
            state: terms.state,
            verdict: judgment.verdict,
            chosen: judgment.chosen,
            rule: judgment.rule,
            confidence: terms.confidence,
            candidates: terms.candidates,
            reason: terms.reason,
            sources: terms.sources,
            bundled: terms.bundled,
            exception: judgment.exception,
            next: judgment.next,
            dependency: reach.dependency,
            through: reach.through,
            path,
            line,
        }
    }

    /// Judges terms that are known already.
    pub fn judge(&self, named: Named<'_>, terms: &Terms) -> Judgment {
        let judgment = match &terms.license {
            Some(license) if terms.state == State::Known => self.judge_known(license, terms),
            _ => Judgment {
                verdict: Verdict::Deny,
                rule: format!("deny what is {}", terms.state),
                chosen: None,
                decided: Vec::new(),
                exception: None,
                next: None,
            },
        };
        if judgment.verdict == Verdict::Allow {
            return judgment;
        }
        let mut expired = None;
        for exception in &self.policy.exceptions {
            if !self.covers(exception, named, terms) {
                continue;
            }
            if exception.expires < self.today {
                expired = Some(exception);
                continue;
            }
            return Judgment {
                verdict: Verdict::Allow,
                rule: format!("exception of {} until {}", exception.owner, exception.expires),
                chosen: judgment.chosen.or_else(|| Some(exception.license.clone())),
                exception: Some(exception.clone()),
                ..judgment
            };
        }
        let next = Some(next(named, terms, expired));
        Judgment { next, ..judgment }
    }

    fn judge_known(&self, license: &Expression, terms: &Terms) -> Judgment {
        let (mut verdict, chosen, decided) = self.policy.choose(license);
        let deciding = decided.iter().find(|it| it.verdict == verdict);
        let mut rule = deciding.map_or_else(String::new, |it| match decided.len() {
            1 => it.rule.clone(),
            _ => format!("{} (of `{}`)", it.rule, it.license),
        });
        // What comes along was not chosen by the package's license, so no rule about that one is enough. It
        // may be a part that is not used: a person has to look.
        if verdict == Verdict::Allow {
            let bundled = terms.bundled.iter().find_map(|bundled| match &bundled.license {
                Some(license) => {
                    let (verdict, ..) = self.policy.choose(license);
                    let is_allowed = verdict == Verdict::Allow;
                    (!is_allowed).then(|| format!("{license} in {}:{}", bundled.file, bundled.line))
                }
                None => Some(format!(
                    "a passage in {}:{} that is not known",
                    bundled.file, bundled.line
                )),
            });
            if let Some(what) = bundled {
                verdict = Verdict::Review;
                rule = format!("review what comes along: {what}");
            }
        }
        Judgment { verdict, rule, chosen: Some(chosen), decided, exception: None, next: None }
    }

    fn covers(&self, exception: &Exception, named: Named<'_>, terms: &Terms) -> bool {
        let same = |wanted: Option<&str>, found| wanted.is_none() || wanted == found;
        let is_scope = exception.scope.is_empty() || exception.scope.contains(&self.intent);
        let is_license = match &terms.license {
            Some(license) => *license == exception.license,
            // Who accepts what is not known says which version was looked at, and what it is.
            None => {
                exception.version.is_some()
                    && (terms.candidates.is_empty()
                        || exception.license.licenses().iter().all(|license| {
                            let candidates = terms.candidates.iter();
                            candidates.flat_map(Expression::licenses).any(|it| it == *license)
                        }))
            }
        };
        is_scope
            && is_license
            && exception.package == named.name
            && same(exception.version.as_deref(), named.version)
            && (!named.is_file() || exception.version.is_some())
            && (exception.ecosystem.is_none() || exception.ecosystem.as_ref() == named.ecosystem)
    }
}

/// Says what to do about something that is not allowed.
fn next(named: Named<'_>, terms: &Terms, expired: Option<&Exception>) -> String {
    let name = named.name;
    if let Some(exception) = expired {
        return format!(
            "the exception for `{name}` ended on {}: ask {} to look again, or replace it",
            exception.expires, exception.owner
        );
    }
    if let (true, Some(digest)) = (named.is_file(), named.version) {
        let what = match terms.state {
            State::Known => "remove it",
            State::Ambiguous | State::Unknown => "look up its license",
        };
        return format!(
            "{what}, or let its owner except `{name}` with version {digest} in the policy"
        );
    }
    match terms.state {
        State::Known => format!("replace `{name}`, or let its owner except it in the policy"),
        State::Ambiguous => format!(
            "look at the license of `{name}` and except this version in the policy with what you found"
        ),
        State::Unknown => format!(
            "look up the license of `{name}`, or scan the environment that it is installed in, which has its files"
        ),
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Known => "known",
            Self::Ambiguous => "ambiguous",
            Self::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests;
