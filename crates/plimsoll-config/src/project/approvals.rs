//! How many people must agree. A demand that is not understood is a mistake, never a demand less.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use plimsoll_core::Alias;
use plimsoll_core::approval::{Quorum, Quorums};
use plimsoll_core::gate::Origin;

use super::Draft;
use crate::node::{Entry, Kind, Node};
use crate::schema::format;

/// What is said when a demand is not understood.
const DEMAND: &str = "how many must approve";

impl Draft<'_, '_, '_> {
    pub(crate) fn approvals(&mut self, from: Origin) -> Quorums {
        let Some(entry) = self.root.entry("approvals") else { return Quorums::default() };
        let mut demanded = |purpose: &str| {
            let entry = entry.value.entry(purpose)?;
            // That nobody needs to is said by leaving it out.
            let quorum = quorum(entry, from).ok().flatten();
            if quorum.is_none() {
                self.report.not_understood(entry.place, DEMAND);
            }
            quorum
        };
        let (release, deploy) = (demanded("release"), demanded("deploy"));
        let mut deploy_to = BTreeMap::new();
        for entry in entry.value.get("deploy-to").map(Node::entries).unwrap_or_default() {
            match (entry.key.parse::<Alias>(), quorum(entry, from)) {
                (Ok(alias), Ok(quorum)) => _ = deploy_to.insert(alias, quorum),
                _ => self.report.not_understood(entry.place, DEMAND),
            }
        }
        Quorums { release, deploy, deploy_to }
    }
}

/// What is not understood.
struct NoDemand;

/// Returns what an entry demands, `None` for nobody.
fn quorum(entry: &Entry, from: Origin) -> Result<Option<Quorum>, NoDemand> {
    let node = &entry.value;
    let Some(&Kind::Integer(count)) = node.get("count").map(|node| &node.kind) else {
        return Err(NoDemand);
    };
    let within_days = match node.get("within") {
        Some(within) => Some(within.text().and_then(format::days).ok_or(NoDemand)?),
        None => None,
    };
    let count = NonZeroU32::new(u32::try_from(count).map_err(|_| NoDemand)?);
    let line = u64::try_from(entry.place.line).unwrap_or(u64::MAX);
    Ok(count.map(|count| Quorum { count, within_days, line, from }))
}
