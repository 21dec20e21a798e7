//! Which of the things that people said count, and whether that is enough.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decision, Quorum};
use crate::audit::Note;
use crate::{Digest, Timestamp};

/// How far the clock of whoever approved may be ahead of the one here, in milliseconds: ten minutes.
const AHEAD: i64 = 10 * 60 * 1000;

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// What somebody said, once the signature was found to hold and the key to be an approver's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// What the trust file calls who said it: a person, whichever of their keys signed.
    pub by: String,
    /// Yes or no.
    pub decision: Decision,
    /// Why.
    pub comment: Note,
    /// When, by the clock of whoever said it.
    pub at: Timestamp,
    /// The first moment at which it counts no more; `None` for never.
    pub expires: Option<Timestamp>,
    /// The verdict that was looked at.
    pub verdict: Digest,
    /// The rules that the verdict was given by.
    pub rules: Digest,
    /// The organisation's policy among them; `None` where there was none.
    pub policy: Option<Digest>,
    /// Whether the key counts at present.
    pub validity: Validity,
    /// The signed statement, an object.
    pub statement: Digest,
}

/// Whether the key of an [`Opinion`] counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It does.
    Valid,
    /// It was one of the person's and does not count any more, for this reason: what it approved is
    /// void, what it rejected stays rejected.
    Ended(String),
}

/// What is to be approved.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// How many must say yes; `None` where nobody needs to.
    pub quorum: Option<&'a Quorum>,
    /// The verdict on what is to be approved.
    pub verdict: Digest,
    /// The rules that it was given by.
    pub rules: Digest,
    /// The organisation's policy among them.
    pub policy: Option<Digest>,
    /// Who built or released it, as the trust file calls them: nobody approves their own work.
    pub makers: &'a BTreeSet<String>,
    /// The present.
    pub now: Timestamp,
}

/// How something stands that is to be approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many must say yes.
    pub needed: u32,
    /// Whose yes counts, by name.
    pub counted: Vec<Opinion>,
    /// Whose yes does not count.
    pub uncounted: Vec<Uncounted>,
    /// Whose last word is no. One is enough.
    pub rejected: Vec<Opinion>,
}

/// A yes that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncounted {
    /// Whose.
    pub by: String,
    /// Why, as a half sentence: `expired on …`.
    pub why: String,
}

impl Standing {
    /// Returns how many more people must say yes.
    pub fn missing(&self) -> u32 {
        self.needed.saturating_sub(u32::try_from(self.counted.len()).unwrap_or(u32::MAX))
    }

    /// Tells whether nobody objects and enough people agree.
    pub fn is_enough(&self) -> bool {
        self.rejected.is_empty() && self.missing() == 0
    }
}

/// Decides how what `case` describes stands, given everything that was said of it in any order.
///
/// The newest word of each person counts; of a yes and a no of one moment, the no.
pub fn judge(opinions: &[Opinion], case: &Case<'_>) -> Standing {
    let mut newest: BTreeMap<&str, &Opinion> = BTreeMap::new();
    for opinion in opinions {
        let word = newest.entry(&opinion.by).or_insert(opinion);
        if (opinion.at, opinion.decision) > (word.at, word.decision) {
            *word = opinion;
        }
    }
    let needed = case.quorum.map_or(0, |quorum| quorum.count.get());
    let mut standing = Standing { needed, ..Standing::default() };
    for opinion in newest.into_values() {
        match (opinion.decision, void(opinion, case)) {
            (Decision::Reject, _) => standing.rejected.push(opinion.clone()),
            (Decision::Approve, None) => standing.counted.push(opinion.clone()),
            (Decision::Approve, Some(why)) => {
                standing.uncounted.push(Uncounted { by: opinion.by.clone(), why });
            }
        }
    }
    standing
}

/// Says why a yes does not count; `None` where it does.
fn void(opinion: &Opinion, case: &Case<'_>) -> Option<String> {
    let (said, now) = (opinion.at.as_millis(), case.now.as_millis());
    if case.makers.contains(&opinion.by) {
        return Some("built or released it, and nobody approves their own work".to_owned());
    }
    if let Validity::Ended(why) = &opinion.validity {
        return Some(why.clone());
    }
    if opinion.verdict != case.verdict {
        let (other, this) = (opinion.verdict.short(), case.verdict.short());
        return Some(format!("approved verdict {other}, and this is {this}"));
    }
    if (opinion.rules, opinion.policy) != (case.rules, case.policy) {
        return Some("approved it by other rules or another policy".to_owned());
    }
    if said > now.saturating_add(AHEAD) {
        return Some("approved it in the future: one of the two clocks is wrong".to_owned());
    }
    if opinion.expires.is_some_and(|expires| case.now >= expires) {
        return Some("approved it for a time that is over".to_owned());
    }
    let within = case.quorum.and_then(|quorum| quorum.within_days);
    let is_old = |days: u32| now.saturating_sub(said) >= i64::from(days).saturating_mul(DAY);
    within.filter(|days| is_old(*days)).map(|days| {
        let days_ago = now.saturating_sub(said) / DAY;
        let plural = if days_ago == 1 { "" } else { "s" };
        format!("approved it {days_ago} day{plural} ago, and a yes counts less than {days}")
    })
}

#[cfg(test)]
mod tests;
