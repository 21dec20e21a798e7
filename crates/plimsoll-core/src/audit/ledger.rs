//! What the log tells of versions and aliases, to be held against what is kept of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{AuditEntry, AuditFault, Transition};
use crate::approval::{Approval, ApprovalRecord};
use crate::lifecycle::Yanked;
use crate::{Alias, Digest, Number, Timestamp, Variant, Version};

/// Every version and alias as the entries so far tell of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The versions.
    pub versions: BTreeMap<Version, Standing>,
    /// Where each alias points.
    pub aliases: BTreeMap<(Variant, Alias), Number>,
    /// What was said of bundles, by its entry.
    pub approvals: BTreeMap<u64, ApprovalRecord>,
}

/// How a version stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The digest of its record.
    pub record: Digest,
    /// When it was released.
    pub at: Timestamp,
    /// Who took it back, when and why.
    pub yanked: Option<Yanked>,
}

impl Ledger {
    /// Takes an entry in.
    pub fn apply(&mut self, entry: &AuditEntry) {
        match &entry.what {
            Transition::Released { version, record, .. } => {
                let standing = Standing { record: *record, at: entry.at, yanked: None };
                self.versions.insert(version.clone(), standing);
            }
            Transition::AliasMoved { variant, alias, to, .. } => {
                let key = (variant.clone(), alias.clone());
                match to {
                    Some(number) => _ = self.aliases.insert(key, number.clone()),
                    None => _ = self.aliases.remove(&key),
                }
            }
            Transition::Approval(approval) => {
                let (at, why) = (entry.at, entry.why.clone());
                let approval = approval.clone();
                let record = ApprovalRecord { entry: entry.sequence, at, why, approval };
                self.approvals.insert(entry.sequence, record);
            }
            Transition::Yanked { version } => {
                if let Some(standing) = self.versions.get_mut(version) {
                    let (who, why) = (entry.who.clone(), entry.why.clone());
                    standing.yanked = Some(Yanked { at: entry.at, who, why });
                }
            }
            // What is done with a key leaves versions and aliases as they are.
            Transition::Encrypted(_) | Transition::KeyUsed(_) => {}
        }
    }

    /// Returns in what `kept` differs from what the log tells.
    ///
    /// This also finds a log whose end was cut off, as long as the tables were not cut with it.
    pub fn compare(&self, kept: &Self) -> Vec<AuditFault> {
        let mut faults = Vec::new();
        let mut untold = |what: String, problem: &str| {
            faults.push(AuditFault::Untold { what, problem: problem.to_owned() });
        };
        for version in self.versions.keys().filter(|it| !kept.versions.contains_key(it)) {
            untold(version.to_string(), "it was released and is not there");
        }
        for (version, standing) in &kept.versions {
            match self.versions.get(version) {
                None => untold(version.to_string(), "it is there and no entry releases it"),
                Some(told) if told.at != standing.at => {
                    untold(version.to_string(), "another time of its release is kept");
                }
                Some(told) if told.yanked != standing.yanked => {
                    untold(
                        version.to_string(),
                        match (&told.yanked, &standing.yanked) {
                            (_, None) => "it was yanked and counts as released",
                            (None, _) => "it counts as yanked and no entry yanks it",
                            (Some(_), Some(_)) => {
                                "another reason, person or time of its yank is kept"
                            }
                        },
                    );
                }
                Some(_) => {}
            }
        }
        let aliases = self.aliases.keys().chain(kept.aliases.keys());
        let mut aliases: Vec<_> = aliases.collect();
        aliases.sort();
        aliases.dedup();
        for (variant, alias) in aliases {
            let key = (variant.clone(), alias.clone());
            let (told, found) = (self.aliases.get(&key), kept.aliases.get(&key));
            if told != found {
                let place = |number: Option<&Number>| {
                    number.map_or("nowhere".to_owned(), |number| format!("at {number}"))
                };
                let problem = format!("it points {}, not {}", place(found), place(told));
                untold(format!("{variant}@{alias}"), &problem);
            }
        }
        self.compare_approvals(kept, &mut faults);
        for (version, found) in &kept.versions {
            let told = self.versions.get(version);
            if let Some(told) = told.filter(|told| told.record != found.record) {
                let (version, released, found) = (version.clone(), told.record, found.record);
                faults.push(AuditFault::ChangedRecord { version, released, found });
            }
        }
        faults
    }

    fn compare_approvals(&self, kept: &Self, faults: &mut Vec<AuditFault>) {
        let entries: BTreeSet<u64> =
            self.approvals.keys().chain(kept.approvals.keys()).copied().collect();
        for entry in entries {
            let (told, found) = (self.approvals.get(&entry), kept.approvals.get(&entry));
            let problem = match (told, found) {
                (Some(_), None) => "it was recorded and is not there",
                (None, Some(_)) => "it is there and no entry tells of it",
                (told, found) if told != found => "something else is kept of it",
                _ => continue,
            };
            let Some(ApprovalRecord { approval, .. }) = told.or(found) else { continue };
            let Approval { decision, subject, by, .. } = approval;
            let what = format!("what {by} said of {} (entry {entry}, {decision})", subject.short());
            faults.push(AuditFault::Untold { what, problem: problem.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::samples::occasion;

    fn told() -> Ledger {
        let version: Version = "bike-demand@1.0.0".parse().unwrap();
        let released = |number| Transition::Released {
            version: Version { variant: version.variant.clone(), number },
            subject: crate::lifecycle::Subject::of(b"manifest"),
            bump: crate::lifecycle::Bump::First,
            record: Digest::blake3(b"record"),
            verdict: Digest::blake3(b"verdict"),
        };
        let moved = |alias: &str, to| Transition::AliasMoved {
            variant: version.variant.clone(),
            alias: alias.parse().unwrap(),
            from: None,
            to,
            statement: None,
        };
        let mut ledger = Ledger::default();
        for what in [
            released(Number::new(1, 0, 0)),
            released(Number::new(1, 1, 0)),
            moved("champion", Some(Number::new(1, 1, 0))),
            moved("challenger", Some(Number::new(1, 0, 0))),
            moved("challenger", None),
            Transition::Yanked { version: version.clone() },
        ] {
            ledger.apply(&AuditEntry::new(1, what, &occasion("because")));
        }
        ledger
    }

    #[test]
    fn every_difference_is_named() {
        assert_eq!(told().compare(&told()), []);
        let found = |change: fn(&mut Ledger)| {
            let mut kept = told();
            change(&mut kept);
            let faults = told().compare(&kept);
            faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        let swapped = Ledger::default().compare(&told());
        assert_eq!(swapped.len(), 3);
        insta::assert_snapshot!([
            found(|kept| kept.versions.clear()),
            found(|kept| {
                let yanked = kept.versions.values().find_map(|it| it.yanked.clone());
                for standing in kept.versions.values_mut() {
                    standing.yanked = standing.yanked.is_none().then(|| yanked.clone()).flatten();
                }
            }),
            found(|kept| {
                let yanked = kept.versions.values_mut().find_map(|it| it.yanked.as_mut());
                yanked.unwrap().why = "by accident".parse().unwrap();
            }),
            found(|kept| {
                kept.versions.values_mut().for_each(|it| it.at = Timestamp::from_millis(9));
            }),
            found(|kept| {
                kept.versions.values_mut().for_each(|it| it.record = Digest::blake3(b"other"));
            }),
            found(|kept| kept.aliases.clear()),
            found(|kept| kept.aliases.values_mut().for_each(|to| *to = Number::FIRST)),
        ].join("\n"), @r"
        bike-demand@1.0.0 is not as the audit log tells: it was released and is not there
        bike-demand@1.1.0 is not as the audit log tells: it was released and is not there
        bike-demand@1.0.0 is not as the audit log tells: it was yanked and counts as released
        bike-demand@1.1.0 is not as the audit log tells: it counts as yanked and no entry yanks it
        bike-demand@1.0.0 is not as the audit log tells: another reason, person or time of its yank is kept
        bike-demand@1.0.0 is not as the audit log tells: another time of its release is kept
        bike-demand@1.1.0 is not as the audit log tells: another time of its release is kept
        the record of bike-demand@1.0.0 was changed: it hashes to blake3:3f796163, and blake3:04efd86b was released
        the record of bike-demand@1.1.0 was changed: it hashes to blake3:3f796163, and blake3:04efd86b was released
        bike-demand@champion is not as the audit log tells: it points nowhere, not at 1.1.0
        bike-demand@champion is not as the audit log tells: it points at 1.0.0, not at 1.1.0
        ");
    }
}
