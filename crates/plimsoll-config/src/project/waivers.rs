//! The findings that somebody answers for.

use plimsoll_core::gate::{Origin, Waiver};
use plimsoll_core::{Code, Day};

use super::{Draft, text};
use crate::node::Node;

impl Draft<'_, '_, '_> {
    pub(crate) fn waivers(&mut self) -> Vec<Waiver> {
        let mut waivers: Vec<Waiver> = Vec::new();
        let Some(entry) = self.root.entry("waivers") else { return waivers };
        for node in entry.value.items() {
            let Some(waiver) = waiver(node) else {
                self.report.not_understood(node.place, "the waiver");
                continue;
            };
            let same = waivers.iter().find(|other| {
                (&other.finding, &other.subject, &other.path)
                    == (&waiver.finding, &waiver.subject, &waiver.path)
            });
            if let Some(same) = same {
                let message = format!("there is a waiver for {same} on line {} already", same.line);
                let help = "keep the one that says who answers for it and until when";
                self.report.advise(node.place, message, help);
            }
            waivers.push(waiver);
        }
        waivers
    }
}

fn waiver(node: &Node) -> Option<Waiver> {
    Some(Waiver {
        line: u64::try_from(node.place.line).unwrap_or(u64::MAX),
        finding: Code::try_from(text(node, "finding")?).ok()?,
        subject: text(node, "subject"),
        path: text(node, "path"),
        owner: text(node, "owner")?,
        reason: text(node, "reason")?,
        expires: text(node, "expires")?.parse::<Day>().ok()?,
        from: Origin::Project,
    })
}
