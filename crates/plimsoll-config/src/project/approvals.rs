//! How many people must agree. A demand that is not understood is a mistake, never a demand less.

use std::num::NonZeroU32;

use plimsoll_core::approval::{Quorum, Quorums};
use plimsoll_core::gate::Origin;

use super::Draft;
use crate::node::{Kind, Node};
use crate::schema::format;

impl Draft<'_, '_, '_> {
    pub(crate) fn approvals(&mut self) -> Quorums {
        let Some(entry) = self.root.entry("approvals") else { return Quorums::default() };
        let mut demanded = |purpose: &str| {
            let entry = entry.value.entry(purpose)?;
            let quorum = quorum(&entry.value, entry.place.line);
            if quorum.is_none() {
                self.report.not_understood(entry.place, "how many must approve");
            }
            quorum
        };
        Quorums { release: demanded("release"), deploy: demanded("deploy") }
    }
}

fn quorum(node: &Node, line: usize) -> Option<Quorum> {
    let Kind::Integer(count) = node.get("count")?.kind else { return None };
    let within_days = match node.get("within") {
        Some(within) => Some(format::days(within.text()?)?),
        None => None,
    };
    Some(Quorum {
        count: NonZeroU32::new(u32::try_from(count).ok()?)?,
        within_days,
        line: u64::try_from(line).unwrap_or(u64::MAX),
        from: Origin::Project,
    })
}
