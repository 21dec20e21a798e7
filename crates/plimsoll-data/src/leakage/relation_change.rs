//! Features that no longer go with the label as they did in training.

use plimsoll_core::{Code, Severity};
use plimsoll_stats::fdr::benjamini_hochberg;
use plimsoll_stats::tails;
use serde::{Deserialize, Serialize};

use crate::example::{grouped, shown};
use crate::integrity::frame::{Answer, Examine, Subject, about};
use crate::integrity::label::{Label, LabelKind};
use crate::integrity::say;

/// Looks for features whose correlation with the label is another than in the training data.
///
/// Spearman's correlation is compared; categories are put in the order of the label's mean in the
/// training data. A feature is found when the correlations differ by at least `min_change` and that
/// is not chance: the difference of Fisher's z with the variance of Bonett and Wright (2000),
/// adjusted for the number of features (Benjamini and Hochberg), has p at most 0.01.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RelationChange {
    /// How much a finding weighs.
    pub severity: Severity,
    /// The change of the correlation, from 0 to 2, from which on it matters.
    pub min_change: f64,
}

impl Default for RelationChange {
    fn default() -> Self {
        Self { severity: Severity::Warning, min_change: 0.2 }
    }
}

/// The level of the adjusted p-value.
const LEVEL: f64 = 0.01;

/// Fisher's z of 1 is infinite.
const NEAR_ONE: f64 = 1.0 - 1e-9;

impl Examine for RelationChange {
    const CODE: Code = Code::of("split.feature-label-change");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let label = match Label::of(facts) {
            Ok(label) => label,
            Err(answer) => return answer,
        };
        let reference = match subject.training() {
            Ok(reference) => reference,
            Err(answer) => return answer,
        };
        if label.kind == LabelKind::Classes {
            return Answer::Idle("more than two classes have no order".to_owned());
        }
        let name = &label.column.name;
        let is_label = reference.label.as_ref() == Some(name);
        let Some(relations) = reference.relations.as_ref().filter(|_| is_label) else {
            return Answer::Unable(format!(
                "the training data has no label `{}` of two classes or numbers",
                shown(name)
            ));
        };
        if relations.classes.is_some() != (label.kind == LabelKind::Binary) {
            return Answer::Unable(format!("the label `{}` is of another kind there", shown(name)));
        }
        let mut compared = Vec::new();
        let mut family = Vec::new();
        for (at, column) in facts.features() {
            let before = relations.features.get(&column.name);
            let now = relations.elsewhere(facts, &label, at);
            let Some((before, (now, rows))) = before.zip(now) else { continue };
            let z = |correlation: f64| correlation.clamp(-NEAR_ONE, NEAR_ONE).atanh();
            let variance = |correlation: f64, rows: u64| {
                (1.0 + correlation * correlation / 2.0) / (rows as f64 - 3.0)
            };
            let spread = variance(before.correlation, before.rows) + variance(now, rows);
            let difference = (z(now) - z(before.correlation)) / spread.sqrt();
            let Ok(p) = tails::normal_two_sided(difference) else { continue };
            family.push(p);
            compared.push((column, before, now, rows));
        }
        if compared.is_empty() {
            return Answer::Idle("no feature has enough rows with the label in both".to_owned());
        }
        let mut findings = Vec::new();
        for ((column, before, now, rows), p) in compared.iter().zip(benjamini_hochberg(&family)) {
            let change = now - before.correlation;
            if change.abs() < self.min_change || p.get() > LEVEL {
                continue;
            }
            let message = format!(
                "the correlation of `{}` with the label `{}` was {:.2} in training ({} rows) and is \
                 {now:.2} ({} rows), a change of {change:+.2}, less than {} expected (p {p})",
                shown(&column.name),
                shown(name),
                before.correlation,
                grouped(before.rows),
                grouped(*rows),
                self.min_change,
            );
            let mut finding = about(Self::CODE, self.severity, &column.name, message);
            finding.value = Some(change.abs());
            finding.limit = Some(self.min_change);
            findings.push(finding);
        }
        Answer::Looked { says: say::columns(compared.len()), findings }
    }
}
