//! Classes that are nearly not there.

use plimsoll_core::{Code, Severity, Share};
use plimsoll_stats::interval::Level;
use plimsoll_stats::proportion::wilson;
use serde::{Deserialize, Serialize};

use crate::example::{grouped, quoted, shown};
use crate::integrity::frame::{Answer, Examine, Subject, about, seen_at};
use crate::integrity::label::Label;
use crate::integrity::say;

/// Looks for classes of the label with too small a share of the rows.
///
/// A class is too rare when the upper end of the 95 % interval of its share (Wilson) is below the
/// limit, so that few rows prove nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClassImbalance {
    /// How much a finding weighs.
    pub severity: Severity,
    /// The least accepted share of a class.
    pub min_share: Share,
}

impl Default for ClassImbalance {
    fn default() -> Self {
        Self { severity: Severity::Warning, min_share: Share::constant(0.01) }
    }
}

impl Examine for ClassImbalance {
    const CODE: Code = Code::of("integrity.class-imbalance");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let label = match Label::classes(subject.facts) {
            Ok(label) => label,
            Err(answer) => return answer,
        };
        let classes = label.column.dictionary.by_count();
        let rows: u64 = classes.iter().map(|(_, value)| value.count).sum();
        let mut findings = Vec::new();
        for (_, value) in &classes {
            let is_rare = wilson(value.count, rows, Level::USUAL)
                .is_some_and(|ends| ends.high < self.min_share.get());
            if !is_rare {
                continue;
            }
            let class =
                if label.column.is_personal() { "a class".to_owned() } else { quoted(&value.text) };
            let message = format!(
                "label `{}` is {class} in {} only, at least {} expected",
                shown(&label.column.name),
                say::of_rows(value.count, rows),
                self.min_share,
            );
            let mut finding = about(Self::CODE, self.severity, &label.column.name, message);
            finding.value = Some(say::share(value.count, rows));
            finding.limit = Some(self.min_share.get());
            findings.push(seen_at(finding, Some(&value.first.place)));
        }
        let rarest = classes.last().map_or(0, |(_, value)| value.count);
        let says = format!(
            "{} classes, the rarest in {} of {} rows",
            classes.len(),
            grouped(rarest),
            grouped(rows)
        );
        Answer::Looked { says, findings }
    }
}
