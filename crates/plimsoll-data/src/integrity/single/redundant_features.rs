//! Features that say the same.

use plimsoll_core::{Code, Finding, Severity, Share, number};
use plimsoll_stats::correlation::spearman;
use plimsoll_stats::correlation_ratio::correlation_ratio;
use plimsoll_stats::cramers_v::cramers_v;
use plimsoll_stats::rank::midranks;
use serde::{Deserialize, Serialize};

use crate::example::shown;
use crate::integrity::facts::Facts;
use crate::integrity::frame::{Answer, Examine, Subject, about};
use crate::integrity::kind::ColumnKind;
use crate::integrity::sample::Drawn;
use crate::integrity::say;
use crate::integrity::strength::FEWEST_ROWS;

/// Looks for pairs of features that say nearly the same.
///
/// Measured on rows drawn at random (up to 5,000): of two numbers Spearman's correlation in either
/// direction, of two categories Cramér's V without what chance brings (Bergsma 2013), of a category
/// and a number the correlation ratio of the number's ranks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RedundantFeatures {
    /// How much a finding weighs.
    pub severity: Severity,
    /// The least association that is redundant.
    pub max_association: Share,
}

impl Default for RedundantFeatures {
    fn default() -> Self {
        Self { severity: Severity::Warning, max_association: Share::constant(0.95) }
    }
}

/// The most features that are looked at in pairs, and the most rows.
const MOST_FEATURES: usize = 50;
const MOST_ROWS: usize = 5000;

/// A category needs so many rows on average to say anything of a number.
const ROWS_OF_CATEGORY: usize = 20;

/// How many pairs have a finding, the closest first.
const SHOWN: usize = 20;

/// The drawn cells of a feature.
enum Cells {
    Numbers(Vec<Option<f64>>),
    Categories(Vec<Option<u64>>),
}

impl Examine for RedundantFeatures {
    const CODE: Code = Code::of("integrity.redundant-features");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let features: Vec<(&str, Cells)> = facts
            .features()
            .filter_map(|(at, column)| Some((&*column.name, cells(facts, at)?)))
            .collect();
        let looked_at = features.len().min(MOST_FEATURES);
        if looked_at < 2 {
            return Answer::Idle("there are no two features to compare".to_owned());
        }
        let mut pairs = Vec::new();
        for (at, (one, of_one)) in features[..looked_at].iter().enumerate() {
            for (other, of_other) in &features[..at] {
                let Some((association, measure)) = associated(of_other, of_one) else { continue };
                pairs.push((*other, *one, association, measure));
            }
        }
        pairs.sort_by(|(_, _, one, _), (_, _, other, _)| other.total_cmp(one));
        let closest = pairs.first().map_or(0.0, |(_, _, association, _)| *association);
        let limit = self.max_association.get();
        let close = pairs.iter().take_while(|(_, _, association, _)| *association >= limit);
        let findings: Vec<Finding> = close
            .take(SHOWN)
            .map(|(other, one, association, measure)| {
                let message = format!(
                    "`{}` and `{}` say nearly the same ({measure} {}, less than {limit} expected)",
                    shown(other),
                    shown(one),
                    number::show(*association),
                );
                let mut finding = about(Self::CODE, self.severity, one, message);
                (finding.value, finding.limit) = (Some(*association), Some(limit));
                finding
            })
            .collect();
        let more = features.len() - looked_at;
        let more =
            if more > 0 { format!(" (the first of {})", features.len()) } else { String::new() };
        let says = format!(
            "{} in pairs{more}, the closest {}",
            say::columns(looked_at),
            number::show(closest)
        );
        Answer::Looked { says, findings }
    }
}

/// Returns the drawn cells of a column that is measured or has few values.
fn cells(facts: &Facts, at: usize) -> Option<Cells> {
    let column = facts.columns.get(at)?;
    let drawn = facts.sample.column(at);
    // Rows of the sample may be in order, so every so many of them are taken.
    let drawn = drawn.iter().step_by(drawn.len().div_ceil(MOST_ROWS).max(1));
    match column.kind() {
        ColumnKind::Number => Some(Cells::Numbers(drawn.map(|cell| cell.number()).collect())),
        ColumnKind::Boolean => {
            Some(Cells::Categories(drawn.map(|cell: &Drawn| cell.key()).collect()))
        }
        ColumnKind::Text if column.is_category() => {
            Some(Cells::Categories(drawn.map(|cell| cell.key()).collect()))
        }
        _ => None,
    }
}

/// Returns how close two features are, and by what measure.
fn associated(one: &Cells, other: &Cells) -> Option<(f64, &'static str)> {
    match (one, other) {
        (Cells::Numbers(one), Cells::Numbers(other)) => {
            let (one, other) = both(one, other)?;
            Some((spearman(&one, &other).ok()??.abs(), "Spearman's correlation"))
        }
        (Cells::Categories(one), Cells::Categories(other)) => {
            let (one, other) = both(one, other)?;
            Some((cramers_v(&one, &other).ok()?.corrected, "Cramér's V"))
        }
        (Cells::Categories(categories), Cells::Numbers(numbers))
        | (Cells::Numbers(numbers), Cells::Categories(categories)) => {
            let (categories, numbers) = both(categories, numbers)?;
            let mut distinct = categories.clone();
            distinct.sort_unstable();
            distinct.dedup();
            if distinct.len() * ROWS_OF_CATEGORY > categories.len() {
                return None;
            }
            let ranks = midranks(&numbers);
            Some((correlation_ratio(&categories, &ranks).ok()?.eta, "correlation ratio"))
        }
    }
}

/// Returns the rows that both have, if they are enough.
fn both<A: Copy, B: Copy>(one: &[Option<A>], other: &[Option<B>]) -> Option<(Vec<A>, Vec<B>)> {
    let rows = one.iter().zip(other).filter_map(|(one, other)| Some(((*one)?, (*other)?)));
    let (one, other): (Vec<A>, Vec<B>) = rows.unzip();
    (one.len() >= FEWEST_ROWS).then_some((one, other))
}
