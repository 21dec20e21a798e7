//! Named, reasoned, expiring exceptions to findings.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Origin, POLICY_WEAKENED, Rule};
use crate::{Code, Day, Finding, Severity};

/// A waiver excuses nothing that was seen.
pub const WAIVER_UNUSED: Code = Code::of("waiver.unused");

/// A waiver's last day is over.
pub const WAIVER_EXPIRED: Code = Code::of("waiver.expired");

/// A finding that somebody answers for until a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Waiver {
    /// The line of its file that it stands on.
    pub line: u64,
    /// The finding's code.
    pub finding: Code,
    /// The column, slice or package that it is about; `None` for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The file that it was seen in; `None` for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it counts, in UTC.
    pub expires: Day,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Origin::is_default")]
    pub from: Origin,
}

impl Waiver {
    /// Tells whether `finding` is within its scope.
    pub fn covers(&self, finding: &Finding) -> bool {
        let is_in = |scope: &Option<String>, of: &Option<String>| scope.is_none() || scope == of;
        self.finding == finding.code
            && is_in(&self.subject, &finding.subject)
            && is_in(&self.path, &finding.path)
    }

    /// Tells whether one of `waivers` keeps `finding` from blocking on `today`.
    pub fn any_excuses(waivers: &[Self], finding: &Finding, today: Day) -> bool {
        waivers.iter().any(|waiver| waiver.covers(finding) && !waiver.is_over(today))
    }

    /// Returns where it stands: `plimsoll.yaml:70`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.from.file(), self.line)
    }

    /// Tells whether its last day was before `today`.
    pub fn is_over(&self, today: Day) -> bool {
        self.expires < today
    }
}

impl fmt::Display for Waiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.finding)?;
        if let Some(subject) = &self.subject {
            write!(f, " of `{subject}`")?;
        }
        match &self.path {
            Some(path) => write!(f, " in {path}"),
            None => Ok(()),
        }
    }
}

/// A finding that would have blocked, and what excuses it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Waived {
    /// What was found.
    pub finding: Finding,
    /// What excuses it.
    pub waiver: Waiver,
}

/// What is left of findings, what of them is excused on `today`, and what is to be said of the waivers.
///
/// For findings that stand alone; those of a gate are excused as it judges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Excused {
    /// What still counts.
    pub left: Vec<Finding>,
    /// What somebody answers for.
    pub waived: Vec<Waived>,
    /// Waivers that excuse nothing, or whose last day is over.
    pub said: Vec<Finding>,
}

impl Excused {
    /// Takes what `waivers` excuse on `today` out of `findings`.
    pub fn of(findings: Vec<Finding>, waivers: &[Waiver], today: Day) -> Self {
        let mut applied = Waivers::new(waivers, today);
        let left = applied.without_waived(findings);
        let (waived, said) = applied.finish();
        Self { left, waived, said }
    }
}

/// How closely a waiver has to name what it excuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// It may be about all findings of a kind.
    Any,
    /// It names its subject.
    Exact,
}

/// Waivers put to use on a day.
pub(super) struct Waivers<'w> {
    given: &'w [Waiver],
    used: Vec<bool>,
    today: Day,
    waived: Vec<Waived>,
}

impl<'w> Waivers<'w> {
    pub(super) fn new(waivers: &'w [Waiver], today: Day) -> Self {
        Self { given: waivers, used: vec![false; waivers.len()], today, waived: Vec::new() }
    }

    /// Takes the findings of `all` that block and are excused out of it, and returns the rest.
    pub(super) fn without_waived(
        &mut self,
        all: impl IntoIterator<Item = Finding>,
    ) -> Vec<Finding> {
        all.into_iter()
            .filter_map(|finding| self.unless_waived(finding, Origin::Project, Scope::Any))
            .collect()
    }

    /// The same with what a scan found: a waiver has to name its subject, and what has none is excused
    /// by nobody. One for all of a kind would excuse what nobody has seen yet.
    pub(super) fn without_waived_exactly(
        &mut self,
        rule: &Rule,
        all: impl IntoIterator<Item = Finding>,
    ) -> Vec<Finding> {
        let excused = |finding: Finding| match finding.subject {
            Some(_) => self.unless_waived(finding, rule.from, Scope::Exact),
            None => Some(finding),
        };
        all.into_iter().filter_map(excused).collect()
    }

    /// The same with what a rule found: a rule of the policy takes only waivers of the policy.
    pub(super) fn without_waived_of(
        &mut self,
        rule: &Rule,
        all: impl IntoIterator<Item = Finding>,
    ) -> Vec<Finding> {
        all.into_iter()
            .filter_map(|finding| self.unless_waived(finding, rule.from, Scope::Any))
            .collect()
    }

    fn unless_waived(&mut self, finding: Finding, by: Origin, scope: Scope) -> Option<Finding> {
        // What blocks nothing needs no excuse, and a waiver for it would never be missed.
        if finding.severity != Severity::Error {
            return Some(finding);
        }
        // What the organisation demands, only the organisation excuses.
        let by_policy = by == Origin::Policy || finding.code == POLICY_WEAKENED;
        let mut valid = None;
        for (at, waiver) in self.given.iter().enumerate() {
            let names = scope == Scope::Any || waiver.subject.is_some();
            let counts = names && (!by_policy || waiver.from == Origin::Policy);
            if counts && waiver.covers(&finding) {
                self.used[at] = true;
                if !waiver.is_over(self.today) {
                    valid = valid.or(Some(waiver));
                }
            }
        }
        match valid {
            None => Some(finding),
            Some(waiver) => {
                self.waived.push(Waived { finding, waiver: waiver.clone() });
                None
            }
        }
    }

    /// Returns what was excused, and what is to be said of the waivers themselves.
    pub(super) fn finish(self) -> (Vec<Waived>, Vec<Finding>) {
        let mut findings = Vec::new();
        for (waiver, used) in self.given.iter().zip(self.used) {
            let (code, message) = if waiver.is_over(self.today) {
                let (owner, expires) = (&waiver.owner, waiver.expires);
                (WAIVER_EXPIRED, format!("the waiver of {owner} for {waiver} ended on {expires}"))
            } else if used || waiver.from == Origin::Policy {
                // An exception of the organisation need not concern every model.
                continue;
            } else {
                let owner = &waiver.owner;
                (WAIVER_UNUSED, format!("the waiver of {owner} for {waiver} excuses nothing here"))
            };
            let mut finding = Finding::new(code, Severity::Warning, message);
            finding.path = Some(waiver.from.file().to_owned());
            finding.line = Some(waiver.line);
            finding.next = Some(if used {
                "mend what was found, or agree on a new day with its owner".to_owned()
            } else {
                format!("remove it from `waivers`, line {}", waiver.line)
            });
            findings.push(finding);
        }
        (self.waived, findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiver(subject: Option<&str>, expires: &str) -> Waiver {
        Waiver {
            line: 70,
            finding: Code::of("leak.suspected"),
            subject: subject.map(str::to_owned),
            path: None,
            owner: "ada".to_owned(),
            reason: "known at prediction time".to_owned(),
            expires: expires.parse().unwrap(),
            from: Origin::Project,
        }
    }

    fn leak(column: &str) -> Finding {
        let mut finding = Finding::new(Code::of("leak.suspected"), Severity::Error, column);
        finding.subject = Some(column.to_owned());
        finding
    }

    fn outcome(waivers: &[Waiver], findings: Vec<Finding>) -> (usize, usize, Vec<String>) {
        let mut applied = Waivers::new(waivers, "2027-01-31".parse().unwrap());
        let left = applied.without_waived(findings).len();
        let (waived, said) = applied.finish();
        (left, waived.len(), said.into_iter().map(|finding| finding.code.to_string()).collect())
    }

    #[test]
    fn what_is_in_scope_is_excused_until_the_last_day() {
        let findings = || vec![leak("temp"), leak("hum")];
        assert_eq!(outcome(&[waiver(Some("temp"), "2027-01-31")], findings()), (1, 1, vec![]));
        assert_eq!(outcome(&[waiver(None, "2027-06-01")], findings()), (0, 2, vec![]));
    }

    #[test]
    fn an_expired_or_unused_waiver_is_said_and_excuses_nothing() {
        let expired = waiver(None, "2027-01-30");
        let said = vec!["waiver.expired".to_owned()];
        assert_eq!(outcome(&[expired], vec![leak("temp")]), (1, 0, said));
        let said = vec!["waiver.unused".to_owned()];
        assert_eq!(outcome(&[waiver(Some("cnt"), "2027-06-01")], vec![leak("temp")]), (1, 0, said));
        let mut harmless = leak("temp");
        harmless.severity = Severity::Warning;
        let said = vec!["waiver.unused".to_owned()];
        assert_eq!(outcome(&[waiver(None, "2027-06-01")], vec![harmless]), (1, 0, said));
    }

    #[test]
    fn of_two_waivers_the_valid_one_excuses() {
        let both = [waiver(None, "2026-01-01"), waiver(Some("temp"), "2027-06-01")];
        let said = vec!["waiver.expired".to_owned()];
        assert_eq!(outcome(&both, vec![leak("temp")]), (0, 1, said));
    }
}
