//! The owner's prose on the page: where it stands, and what it was not written for.

use std::fmt::Write as _;

use plimsoll_core::card::{self, Section, Standing};

use super::{Facts, plain};

/// The owner's prose beside the facts of now.
pub(super) struct Owner<'f> {
    facts: &'f Facts<'f>,
    now: card::Facts,
}

/// The headings that facts stand below too.
const SHARED: [&str; 3] = ["interface", "data", "evaluation"];

impl<'f> Owner<'f> {
    pub(super) fn of(facts: &'f Facts<'f>) -> Self {
        Self { facts, now: card::Facts::of(facts.start, facts.evaluation) }
    }

    /// Writes what stands before the first section.
    pub(super) fn summary(&self, text: &mut String) {
        let summary = self.facts.start.project.card.as_ref().map(|prose| &prose.written.summary);
        if let Some(summary) = summary.filter(|summary| !summary.is_empty()) {
            _ = writeln!(text, "\n{summary}");
        }
    }

    /// Writes the sections that have headings of their own.
    pub(super) fn sections(&self, text: &mut String) {
        for section in self.written() {
            if !SHARED.contains(&section.name.as_str()) {
                _ = writeln!(text, "\n## {}", section.title);
                self.section(text, section);
            }
        }
    }

    /// Writes what the owner says below a heading that facts stand below.
    pub(super) fn below(&self, text: &mut String, heading: &str) {
        if let Some(section) = self.written().find(|section| section.name.as_str() == heading) {
            self.section(text, section);
        }
    }

    fn written(&self) -> impl Iterator<Item = &Section> {
        self.facts.start.project.card.iter().flat_map(|prose| &prose.written.sections)
    }

    fn section(&self, text: &mut String, section: &Section) {
        let standing = self.facts.start.project.card.as_ref();
        let standing = standing.map(|prose| prose.standing(section, &self.now));
        if let Some(Standing::Stale(changes)) = standing {
            *text += "\n> **Stale.** This was written for other facts. Since then:\n>\n";
            for change in changes {
                _ = writeln!(text, "> - {}", plain(&change.to_string()));
            }
        }
        if !section.text.is_empty() {
            _ = writeln!(text, "\n{}", section.text);
        }
    }
}
