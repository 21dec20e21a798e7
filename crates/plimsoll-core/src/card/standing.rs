//! How a section of prose stands to the facts, and what is said of it.

use std::collections::BTreeSet;

use super::{Change, Facts, Prose, Section};
use crate::name::SectionName;
use crate::{Code, Finding, Severity};

/// A section is not there, empty, or holds text that was to be replaced.
pub const CARD_INCOMPLETE: Code = Code::of("card.incomplete");

/// A section was written for other facts.
pub const CARD_STALE: Code = Code::of("card.stale");

/// Nobody has said that a section holds for these facts.
pub const CARD_UNCONFIRMED: Code = Code::of("card.unconfirmed");

/// How many changes a message names.
const NAMED: usize = 3;

/// Text that people leave to be replaced: within a line as it is written here.
const PLACEHOLDERS: [&str; 4] = ["TODO", "TBD", "FIXME", "XXX"];

/// The same in any case.
const PHRASES: [&str; 3] = ["[more information needed]", "lorem ipsum", "&lt;insert"];

/// How a section stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was accepted, and the facts are still the same.
    Current,
    /// Nobody has said which facts it holds for.
    Unconfirmed,
    /// Facts have changed since.
    Stale(Vec<Change>),
    /// It has no text.
    Empty,
    /// It has text that was to be replaced.
    Placeholder(String),
}

impl Prose {
    /// Tells how `section` stands to the facts.
    pub fn standing(&self, section: &Section, facts: &Facts) -> Standing {
        if is_empty(&section.text) {
            return Standing::Empty;
        }
        if let Some(placeholder) = placeholder(&section.text) {
            return Standing::Placeholder(placeholder.to_owned());
        }
        let topics = section.topics();
        if topics.is_empty() {
            return Standing::Current;
        }
        let accepted = self.accepted.get(&section.name);
        match accepted.and_then(|accepted| accepted.changes(facts, &topics)) {
            None => Standing::Unconfirmed,
            Some(changes) if changes.is_empty() => Standing::Current,
            Some(changes) => Standing::Stale(changes),
        }
    }

    /// Returns what keeps the section called `name` from being relied on; `None` where nothing does.
    pub fn fault(&self, name: &SectionName, facts: &Facts) -> Option<Finding> {
        let Some(section) = self.section(name) else {
            let message = format!("{} has no section `{name}`", self.path);
            let mut finding = finding(CARD_INCOMPLETE, name, message);
            finding.path = Some(self.path.to_string());
            finding.next = Some(format!("write it below a heading `## {}`", title(name)));
            return Some(finding);
        };
        let mut found = match self.standing(section, facts) {
            Standing::Current => return None,
            Standing::Unconfirmed => {
                let message = format!("nobody has said which facts section `{name}` holds for");
                next(finding(CARD_UNCONFIRMED, name, message), accept(name))
            }
            Standing::Stale(changes) => {
                let said = changes_in_words(&changes);
                let message = format!("section `{name}` was written for other facts: {said}");
                let advice = format!("read it again and mend it; then {}", accept(name));
                next(finding(CARD_STALE, name, message), advice)
            }
            Standing::Empty => {
                let found = finding(CARD_INCOMPLETE, name, format!("section `{name}` has no text"));
                next(found, "write it, or remove its heading".to_owned())
            }
            Standing::Placeholder(text) => {
                let message =
                    format!("section `{name}` has text that was to be replaced (`{text}`)");
                next(finding(CARD_INCOMPLETE, name, message), "write what belongs there".to_owned())
            }
        };
        found.path = Some(self.path.to_string());
        found.line = Some(section.line);
        Some(found)
    }
}

/// Returns what is to be said of the sections that no rule demands: nothing that blocks.
pub fn found_in_prose(
    prose: &Prose,
    facts: &Facts,
    demanded: &BTreeSet<SectionName>,
) -> Vec<Finding> {
    let sections = prose.written.sections.iter();
    let own = sections.filter(|section| !demanded.contains(&section.name));
    let mut unconfirmed: Vec<&str> = Vec::new();
    let mut findings = Vec::new();
    for section in own {
        let Some(mut finding) = prose.fault(&section.name, facts) else { continue };
        if finding.code == CARD_UNCONFIRMED {
            unconfirmed.push(section.name.as_str());
            continue;
        }
        finding.severity = Severity::Warning;
        findings.push(finding);
    }
    if !unconfirmed.is_empty() {
        let message = format!(
            "nobody has said which facts {} section(s) of {} hold for ({})",
            unconfirmed.len(),
            prose.path,
            unconfirmed.join(", ")
        );
        let mut finding = Finding::new(CARD_UNCONFIRMED, Severity::Info, message);
        finding.path = Some(prose.path.to_string());
        finding.next = Some("`plimsoll model card --accept` says it of all of them".to_owned());
        findings.push(finding);
    }
    findings
}

/// Says which facts changed, the first few by name.
pub(crate) fn changes_in_words(changes: &[Change]) -> String {
    let mut words: Vec<String> = changes.iter().take(NAMED).map(ToString::to_string).collect();
    if changes.len() > NAMED {
        words.push(format!("{} more", changes.len() - NAMED));
    }
    words.join("; ")
}

fn finding(code: Code, name: &SectionName, message: String) -> Finding {
    let mut finding = Finding::new(code, Severity::Error, message);
    finding.subject = Some(name.to_string());
    finding
}

fn next(finding: Finding, next: String) -> Finding {
    Finding { next: Some(next), ..finding }
}

fn accept(name: &SectionName) -> String {
    format!("`plimsoll model card --accept {name}`")
}

/// Returns a heading that gives a section this name.
fn title(name: &SectionName) -> String {
    let words = name.as_str().replace('-', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or(words)
}

/// Tells whether a text says nothing: headings alone are no text.
fn is_empty(text: &str) -> bool {
    text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}

/// Returns what in `text` was to be replaced.
fn placeholder(text: &str) -> Option<&'static str> {
    let is_word = |word: &str| {
        let parts = text.split(|c: char| !c.is_ascii_alphanumeric());
        parts.into_iter().any(|part| part == word)
    };
    let lower = text.to_lowercase();
    let words = PLACEHOLDERS.into_iter().find(|word| is_word(word));
    words.or_else(|| PHRASES.into_iter().find(|phrase| lower.contains(phrase)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::card::Written;

    fn prose(text: &str, accepted: serde_json::Value) -> Prose {
        Prose {
            path: "MODEL_CARD.md".parse().unwrap(),
            written: Written::read(text).unwrap(),
            accepted: serde_json::from_value(accepted).unwrap(),
        }
    }

    fn facts(license: &str) -> Facts {
        let facts = json!({
            "task": {}, "license": {"license": license}, "columns": {}, "data": {}, "metrics": {},
            "training": {},
        });
        serde_json::from_value(facts).unwrap()
    }

    fn fault(prose: &Prose, name: &str, license: &str) -> String {
        let found = prose.fault(&name.parse().unwrap(), &facts(license));
        found.map(|it| format!("{} {}", it.code, it.message)).unwrap_or_default()
    }

    #[test]
    fn what_is_missing_empty_or_to_be_replaced_cannot_be_relied_on() {
        let text = "## Intended use\n### For\n\n## Limitations\n- TODO: nights\n## Ethics\n[More Information Needed]\n## Contact\nTodor Todorov\n";
        let prose = prose(text, json!({}));
        assert_eq!(
            fault(&prose, "training", "MIT"),
            "card.incomplete MODEL_CARD.md has no section `training`"
        );
        assert_eq!(
            fault(&prose, "intended-use", "MIT"),
            "card.incomplete section `intended-use` has no text"
        );
        assert_eq!(
            fault(&prose, "limitations", "MIT"),
            "card.incomplete section `limitations` has text that was to be replaced (`TODO`)"
        );
        assert!(fault(&prose, "ethics", "MIT").contains("`[more information needed]`"));
        assert_eq!(fault(&prose, "contact", "MIT"), "");
    }

    #[test]
    fn a_section_holds_until_a_fact_that_it_is_about_changes() {
        let accepted = json!({"license": {"license": {"license": "MIT"}}});
        let prose = prose("## License\nOurs.\n## Notes\nMore.\n", accepted);
        assert_eq!(fault(&prose, "license", "MIT"), "");
        assert_eq!(
            fault(&prose, "license", "Apache-2.0"),
            "card.stale section `license` was written for other facts: the license is `Apache-2.0`, was `MIT`"
        );
        assert_eq!(
            fault(&prose, "notes", "MIT"),
            "card.unconfirmed nobody has said which facts section `notes` holds for"
        );
        let found = found_in_prose(&prose, &facts("Apache-2.0"), &BTreeSet::new());
        let seen: Vec<_> = found.iter().map(|it| (it.severity, it.code.as_str())).collect();
        assert_eq!(seen, [(Severity::Warning, "card.stale"), (Severity::Info, "card.unconfirmed")]);
        let demanded = ["license".parse().unwrap(), "notes".parse().unwrap()].into();
        assert!(found_in_prose(&prose, &facts("Apache-2.0"), &demanded).is_empty());
    }
}
