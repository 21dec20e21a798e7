//! Findings of a comparison.

use plimsoll_core::{Code, Finding, Severity};
use plimsoll_stats::drift::decide::Answer;
use plimsoll_stats::drift::facet::Aspect;
use plimsoll_stats::p_value::PValue;

use super::code;
use super::pair::Changed;
use super::report::{ColumnReport, FacetReport, Named, TogetherReport};
use crate::example::{grouped, rows_in_words, shown};

fn finding(code: Code, severity: Severity, path: &str, message: String) -> Finding {
    Finding { path: Some(path.to_owned()), ..Finding::new(code, severity, message) }
}

impl ColumnReport {
    /// Says in a few words what moved, or what would decide.
    pub fn in_words(&self) -> String {
        let first = self.facets.first();
        match (self.answer, first) {
            (Answer::Error, _) => self
                .errors
                .first()
                .map_or_else(|| "nothing was measured".to_owned(), |error| error.reason.clone()),
            (Answer::Undecided, _) => undecided(self),
            (Answer::Yes, Some(facet)) => format!("{}{}", what(facet), how(self, facet)),
            (_, Some(facet)) if facet.at_the_limit => format!("{}, at the limit", what(facet)),
            _ => "nothing that counts".to_owned(),
        }
    }
}

/// Says what is wrong with a column; nothing if nothing is.
pub(super) fn of_column(column: &ColumnReport, path: &str) -> Option<Finding> {
    let name = shown(&column.name);
    let drifted: Vec<&FacetReport> =
        column.facets.iter().filter(|facet| facet.answer == Answer::Yes).collect();
    let (code, severity, message) = match column.answer {
        Answer::No => return None,
        Answer::Yes => {
            let said: Vec<String> = drifted.iter().map(|facet| moved(column, facet)).collect();
            (code::DRIFT, Severity::Error, format!("column `{name}` drifted: {}", said.join("; ")))
        }
        Answer::Error => {
            let why = column.errors.first().map_or("nothing was measured", |error| &error.reason);
            let message = format!("column `{name}` could not be compared: {why}");
            (code::DRIFT_ERROR, Severity::Error, message)
        }
        Answer::Undecided => {
            let message = format!("column `{name}` is undecided: {}", undecided(column));
            (code::DRIFT_UNDECIDED, Severity::Warning, message)
        }
    };
    let facet = drifted.first().copied();
    let mut finding = finding(code, severity, path, message);
    finding.subject = Some(column.name.clone());
    finding.limit = facet.map(|facet| facet.minimum);
    finding.value = facet.and_then(|facet| facet.effect).filter(|effect| effect.is_finite());
    Some(finding)
}

/// Says what moved, by how much, and how sure that is.
fn moved(column: &ColumnReport, facet: &FacetReport) -> String {
    let effect = facet.effect.unwrap_or_default();
    let p = |p: Option<f64>| {
        let p = p.and_then(|p| PValue::of(p).ok());
        p.map(|p| format!("p {p}")).unwrap_or_default()
    };
    if let Named::Method(method) = facet.method {
        let limit = facet.minimum;
        return if method.is_test() {
            format!("{method} {effect:.3}, {}, below {limit} counts", p(facet.p))
        } else {
            format!("{method} {effect:.3}, {limit} or more counts")
        };
    }
    let (what, how) = (what(facet), how(column, facet));
    let (limit, close) =
        (percent(facet.minimum), if facet.at_the_limit { ", at the limit" } else { "" });
    format!("{what}{how} ({limit} counts, adjusted {}{close})", p(facet.p_adjusted))
}

/// Says what moved and by how much.
fn what(facet: &FacetReport) -> String {
    let effect = facet.effect.unwrap_or_default();
    if let Named::Method(method) = facet.method {
        return format!("{method} {effect:.3}");
    }
    match facet.aspect {
        Aspect::Shape => format!("{} of its rows moved", percent(effect)),
        Aspect::Tails => {
            format!("{} more of its rows lie beyond where the reference ends", percent(effect))
        }
        Aspect::Missing => format!("the share without a value differs by {}", percent(effect)),
        Aspect::NewValues => format!("{} of its rows have a new value", percent(effect)),
        Aspect::Hour => format!("{} of its rows moved to another hour", percent(effect)),
        Aspect::Weekday => {
            format!("{} of its rows moved to another day of the week", percent(effect))
        }
        Aspect::Length => format!("the length of {} of its texts moved", percent(effect)),
        Aspect::Characters => {
            format!("{} of its texts have other kinds of characters", percent(effect))
        }
        Aspect::Duplicates => {
            format!("the share of repeated values differs by {}", percent(effect))
        }
        _ => format!("an effect of {}", percent(effect)),
    }
}

fn how(column: &ColumnReport, facet: &FacetReport) -> String {
    match facet.aspect {
        Aspect::Shape | Aspect::NewValues => values(column, facet.aspect),
        _ => String::new(),
    }
}

/// Says which values moved, or where the median went.
fn values(column: &ColumnReport, aspect: Aspect) -> String {
    let shown_values = &column.shown;
    if let Some(median) = shown_values.quantiles.iter().find(|one| (one.share - 0.5).abs() < 1e-9)
        && aspect == Aspect::Shape
    {
        return format!(", median {} to {}", short(median.reference), short(median.current));
    }
    let moved = if aspect == Aspect::NewValues { &column.new_values } else { &shown_values.moved };
    let said = moved.iter().take(2).map(|one| {
        let (from, to) = (percent(one.reference), percent(one.current));
        format!("`{}` {from} to {to}", shown(&one.value))
    });
    let said = said.collect::<Vec<_>>().join(", ");
    if said.is_empty() { said } else { format!(", {said}") }
}

fn undecided(column: &ColumnReport) -> String {
    let open = column.facets.iter().find(|facet| facet.answer == Answer::Undecided);
    let Some(facet) = open else {
        return column.errors.first().map_or_else(String::new, |error| error.reason.clone());
    };
    let limit = percent(facet.minimum);
    match facet.rows_needed {
        None if facet.hidden > 0.0 => format!(
            "it has too many values to tell them all apart; {} of its rows have others than the most frequent ones, and may have moved",
            percent(facet.hidden)
        ),
        None => "a side has fewer than 10 blocks".to_owned(),
        Some(needed) => {
            let alone =
                needed.current.map(|rows| format!(", or {} currently", rows_in_words(rows)));
            let alone = alone.unwrap_or_default();
            let each = grouped(needed.each);
            format!(
                "too few rows to tell a change of {limit} from chance; {each} on each side would do{alone}"
            )
        }
    }
}

/// Says that a column is of another kind.
pub(super) fn type_changed(name: &str, changed: Changed, path: &str) -> Finding {
    let Changed { from, to } = changed;
    let message = format!("column `{}` was {from} and is {to}", shown(name));
    let mut found = finding(code::COLUMN_TYPE_CHANGED, Severity::Error, path, message);
    found.subject = Some(name.to_owned());
    found
}

pub(super) fn removed(name: &str, path: &str) -> Finding {
    let message = format!("column `{}` of the reference is not there", shown(name));
    let mut found = finding(code::COLUMN_REMOVED, Severity::Error, path, message);
    found.subject = Some(name.to_owned());
    found
}

pub(super) fn added(name: &str, path: &str) -> Finding {
    let message = format!("column `{}` is not in the reference", shown(name));
    let mut found = finding(code::COLUMN_ADDED, Severity::Warning, path, message);
    found.subject = Some(name.to_owned());
    found
}

/// Says that there are far more or far fewer rows.
#[expect(clippy::cast_precision_loss, reason = "counts of rows")]
pub(super) fn row_count(reference: u64, current: u64, path: &str) -> Option<Finding> {
    let ratio = current as f64 / reference.max(1) as f64;
    if (0.5..=2.0).contains(&ratio) {
        return None;
    }
    let message = format!("{}, the reference has {}", rows_in_words(current), grouped(reference));
    let mut found = finding(code::ROW_COUNT_CHANGED, Severity::Info, path, message);
    found.value = Some(current as f64);
    found.limit = Some(if ratio < 0.5 { 0.5 } else { 2.0 } * reference as f64);
    Some(found)
}

/// Says that a model tells the sides apart, or that it could not be measured.
pub(super) fn together(report: &TogetherReport, path: &str) -> Option<Finding> {
    let by = report
        .columns
        .iter()
        .take(3)
        .map(|column| format!("`{}` {}", shown(&column.name), percent(column.share)));
    let by = by.collect::<Vec<_>>().join(", ");
    let (code, severity, message) = match (report.differs, report.auc, report.interval) {
        (Some(false), ..) => return None,
        (Some(true), Some(auc), Some([low, high])) => {
            let message = format!(
                "all columns together differ: a model tells the sides apart with an AUC of {auc:.3} \
                 [{low:.3}, {high:.3}], by {by}"
            );
            (code::DRIFT_TOGETHER, Severity::Error, message)
        }
        _ => {
            let why = report.reason.clone().unwrap_or_else(|| "too few rows or blocks".to_owned());
            let message = format!("all columns together are undecided: {why}");
            (code::DRIFT_UNDECIDED, Severity::Warning, message)
        }
    };
    let mut found = finding(code, severity, path, message);
    found.limit = Some(report.minimum);
    found.value = report.interval.map(|interval| interval[0]);
    Some(found)
}

pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let digits = usize::from(percent.abs() < 9.95);
    format!("{percent:.digits$} %")
}

fn short(number: f64) -> String {
    if number.is_infinite() || (1e-3..1e6).contains(&number.abs()) || number.abs() < 1e-300 {
        let rounded = format!("{number:.3}");
        let short = rounded.trim_end_matches('0').trim_end_matches('.');
        return if rounded.contains('.') { short.to_owned() } else { rounded };
    }
    format!("{number:.2e}")
}

/// Says that a side has no rows.
pub(super) fn empty(path: &str) -> Finding {
    let message = "there are no rows, so nothing could be compared".to_owned();
    finding(crate::code::EMPTY, Severity::Error, path, message)
}
