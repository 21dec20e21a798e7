//! Texts that are far shorter or longer than the rest of their column.

use plimsoll_core::{Code, Severity};
use serde::{Deserialize, Serialize};

use crate::example::{grouped, shown};
use crate::integrity::column::Column;
use crate::integrity::frame::{Answer, Examine, Subject, about, seen_at};
use crate::integrity::kind::ColumnKind;
use crate::integrity::lengths::Lengths;
use crate::integrity::say;

/// Looks for texts that are far shorter or longer than the others in their column.
///
/// Where 99 % of the texts have one length, that is the length. Elsewhere a text is out of bounds
/// when its length is beyond a quartile by `spread` times the distance of the quartiles, both of
/// the logarithm of the length (Tukey's fences, 1977), which is at least half an octave. Of normally
/// distributed logarithms less than one in a billion is. More than 1 % out of bounds is how the
/// texts are, and nothing is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TextLength {
    /// How much a finding weighs.
    pub severity: Severity,
    /// How many distances of the quartiles a text may be off.
    pub spread: f64,
}

impl Default for TextLength {
    fn default() -> Self {
        Self { severity: Severity::Warning, spread: 4.0 }
    }
}

const FEWEST_TEXTS: u64 = 100;
const FEWEST_VALUES: usize = 50;
const FIXED: f64 = 0.99;
const FEW: f64 = 0.01;
const LEAST_DISTANCE: f64 = 0.5;

impl Examine for TextLength {
    const CODE: Code = Code::of("integrity.text-length");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let is_judged = |column: &&Column| {
            column.kind() == ColumnKind::Text
                && !column.is_category()
                && column.lengths.count() >= FEWEST_TEXTS
                && column.dictionary.len() >= FEWEST_VALUES
        };
        let texts: Vec<&Column> = facts.columns.iter().filter(is_judged).collect();
        if texts.is_empty() {
            return Answer::Idle("no column holds texts of its own in each row".to_owned());
        }
        let mut findings = Vec::new();
        for column in &texts {
            let (least, most) = self.bounds(&column.lengths);
            let outside = column.lengths.outside(least, most);
            if outside == 0 || say::share(outside, column.lengths.count()) > FEW {
                continue;
            }
            let extremes = column.lengths.extremes(least, most);
            let said: Vec<_> =
                extremes.iter().map(|(length, at)| (&at.place, grouped(*length as u64))).collect();
            let examples =
                said.iter().map(|(place, length)| format!("{place}: {length} characters"));
            let usual =
                if least == most { format!("{least}") } else { format!("{least} to {most}") };
            let message = format!(
                "column `{}` holds texts of other lengths than {usual} characters in {}, for example {}",
                shown(&column.name),
                say::of_rows(outside, facts.sound),
                examples.collect::<Vec<_>>().join(", "),
            );
            let mut finding = about(Self::CODE, self.severity, &column.name, message);
            finding.value = Some(say::share(outside, facts.sound));
            findings.push(seen_at(finding, extremes.first().map(|(_, at)| &at.place)));
        }
        Answer::Looked { says: format!("{} of texts", say::columns(texts.len())), findings }
    }
}

impl TextLength {
    /// Returns the least and the greatest usual length.
    fn bounds(&self, lengths: &Lengths) -> (usize, usize) {
        let (mode, count) = lengths.mode();
        if say::share(count, lengths.count()) >= FIXED {
            return (mode, mode);
        }
        let log = |share| (lengths.quantile(share).max(1) as f64).log2();
        let (low, high) = (log(0.25), log(0.75));
        let reach = self.spread * (high - low).max(LEAST_DISTANCE);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length")]
        let length = |log: f64| log.clamp(0.0, 40.0).exp2() as usize;
        let (least, most) = (length((low - reach).max(0.0)), length(high + reach));
        // Of short texts a few characters more are nothing.
        (if low - reach <= 0.0 { 1 } else { least }, most.max(lengths.quantile(0.75) + 10))
    }
}
