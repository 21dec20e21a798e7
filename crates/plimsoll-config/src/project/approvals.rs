//! How many people must agree. A demand that is not understood is a mistake, never a demand less.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use plimsoll_core::Alias;
use plimsoll_core::approval::{Quorum, Quorums};
use plimsoll_core::gate::Origin;

use super::Draft;
use crate::node::{Entry, Kind};
use crate::schema::format;

/// What is said when a demand is not understood.
const DEMAND: &str = "how many must approve";

impl Draft<'_, '_, '_> {
    pub(crate) fn approvals(&mut self, from: Origin) -> Quorums {
        let Some(entry) = self.root.entry("approvals") else { return Quorums::default() };
        let mut demanded = |purpose: &str| {
            let entry = entry.value.entry(purpose)?;
            match quorum(entry, from) {
                Some(Some(quorum)) => Some(quorum),
                // That nobody needs to is said by leaving it out.
                Some(None) | None => {
                    self.report.not_understood(entry.place, DEMAND);
                    None
                }
            }
        };
        let (release, deploy) = (demanded("release"), demanded("deploy"));
        let mut deploy_to = BTreeMap::new();
        for entry in entry.value.get("deploy-to").map(|node| node.entries()).unwrap_or_default() {
            match (entry.key.parse::<Alias>(), quorum(entry, from)) {
                (Ok(alias), Some(quorum)) => _ = deploy_to.insert(alias, quorum),
                _ => self.report.not_understood(entry.place, DEMAND),
            }
        }
        Quorums { release, deploy, deploy_to }
    }
}

/// Returns what an entry demands, nothing of it for nobody; `None` where it is not understood.
fn quorum(entry: &Entry, from: Origin) -> Option<Option<Quorum>> {
    let node = &entry.value;
    let Kind::Integer(count) = node.get("count")?.kind else { return None };
    let within_days = match node.get("within") {
        Some(within) => Some(format::days(within.text()?)?),
        None => None,
    };
    let count = NonZeroU32::new(u32::try_from(count).ok()?);
    let line = u64::try_from(entry.place.line).unwrap_or(u64::MAX);
    Some(count.map(|count| Quorum { count, within_days, line, from }))
}
