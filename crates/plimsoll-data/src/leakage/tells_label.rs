//! Columns that tell the label alone.

use plimsoll_core::{Code, Severity, Share, number};
use serde::{Deserialize, Serialize};

use crate::example::shown;
use crate::integrity::column::Column;
use crate::integrity::frame::{Answer, Examine, Subject, about};
use crate::integrity::kind::ColumnKind;
use crate::integrity::label::Label;
use crate::integrity::say;
use crate::integrity::strength::{Measure, strength};

/// How well a column may tell the label: one limit for each kind of label.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Limits {
    squared_spearman: Share,
    auc: Share,
    lambda: Share,
}

impl Limits {
    fn of(self, measure: Measure) -> Share {
        match measure {
            Measure::SquaredSpearman => self.squared_spearman,
            Measure::Auc => self.auc,
            Measure::Lambda => self.lambda,
        }
    }
}

/// Looks for features that tell the label alone, as what becomes known only with the label does.
///
/// Measured on rows drawn at random (up to 50,000), by the squared Spearman correlation of a
/// number, the AUC of two classes in either direction, and Goodman and Kruskal's lambda of more. A
/// category is taken as the mean of the label, or as its most frequent class, over the other half
/// of the rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FeatureLabel {
    /// How much a finding weighs.
    pub severity: Severity,
    /// The least squared correlation with a number that is suspicious.
    pub max_squared_spearman: Share,
    /// The least AUC that is suspicious.
    pub max_auc: Share,
    /// The least lambda that is suspicious.
    pub max_lambda: Share,
}

impl Default for FeatureLabel {
    fn default() -> Self {
        Self {
            severity: Severity::Warning,
            max_squared_spearman: Share::constant(0.90),
            max_auc: Share::constant(0.98),
            max_lambda: Share::constant(0.95),
        }
    }
}

/// Looks for identifiers that tell the label, as they do when rows are numbered by it.
///
/// Measured like [`FeatureLabel`]. Identifiers of text have no order and are not looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IdentifierLabel {
    /// How much a finding weighs.
    pub severity: Severity,
    /// The least squared correlation with a number that is suspicious.
    pub max_squared_spearman: Share,
    /// The least AUC that is suspicious.
    pub max_auc: Share,
    /// The least lambda that is suspicious.
    pub max_lambda: Share,
}

impl Default for IdentifierLabel {
    fn default() -> Self {
        Self {
            severity: Severity::Warning,
            max_squared_spearman: Share::constant(0.25),
            max_auc: Share::constant(0.75),
            max_lambda: Share::constant(0.25),
        }
    }
}

impl Examine for FeatureLabel {
    const CODE: Code = Code::of("leakage.feature-label");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let limits = Limits {
            squared_spearman: self.max_squared_spearman,
            auc: self.max_auc,
            lambda: self.max_lambda,
        };
        let features: Vec<usize> = subject.facts.features().map(|(at, _)| at).collect();
        told(subject, &features, limits, &Self::CODE, self.severity)
    }
}

impl Examine for IdentifierLabel {
    const CODE: Code = Code::of("leakage.identifier-label");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let index = match facts.layout.index.get() {
            Ok(index) => index,
            Err(absent) => return absent.answer("no identifier is named"),
        };
        let is_in_order = |at: &usize| {
            let kind = facts.columns.get(*at).map(Column::kind);
            matches!(kind, Some(ColumnKind::Number | ColumnKind::Moment))
        };
        let ordered: Vec<usize> = index.iter().copied().filter(is_in_order).collect();
        if ordered.is_empty() {
            return Answer::Idle("identifiers of text have no order".to_owned());
        }
        let limits = Limits {
            squared_spearman: self.max_squared_spearman,
            auc: self.max_auc,
            lambda: self.max_lambda,
        };
        told(subject, &ordered, limits, &Self::CODE, self.severity)
    }
}

fn told(
    subject: Subject<'_>,
    columns: &[usize],
    limits: Limits,
    code: &Code,
    severity: Severity,
) -> Answer {
    let facts = subject.facts;
    let label = match Label::of(facts) {
        Ok(label) => label,
        Err(answer) => return answer,
    };
    let measure = Measure::of(label.kind);
    let limit = limits.of(measure).get();
    let (mut findings, mut measured, mut strongest) = (Vec::new(), 0, 0.0_f64);
    for &at in columns {
        let Some(strength) = strength(facts, at, &label) else { continue };
        measured += 1;
        strongest = strongest.max(strength);
        if strength < limit {
            continue;
        }
        let (name, target) = (&facts.columns[at].name, &label.column.name);
        let message = format!(
            "`{}` alone tells the label `{}` ({} {}, less than {limit} expected)",
            shown(name),
            shown(target),
            measure.as_str(),
            number::show(strength),
        );
        let mut finding = about(code.clone(), severity, name, message);
        finding.value = Some(strength);
        finding.limit = Some(limit);
        finding.next =
            Some(format!("find out whether `{}` is known before the label is", shown(name)));
        findings.push(finding);
    }
    if measured == 0 {
        return Answer::Idle("no column has enough rows with the label".to_owned());
    }
    let says = format!(
        "{}, at most {} {}",
        say::columns(measured),
        measure.as_str(),
        number::show(strongest)
    );
    Answer::Looked { says, findings }
}
