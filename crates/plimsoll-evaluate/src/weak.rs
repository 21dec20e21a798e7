//! Parts of the test set on which a model is worse than on the rest, searched for.
//!
//! Every value of a feature (numbers in six bins of equally many rows, texts by the ten most frequent
//! ones) and every pair of two features' values is a part. A part is reported where its loss is above
//! that of all other rows after Benjamini-Hochberg over all parts that were looked at, and its ratio
//! is worth telling; a pair only where it is worse than its reported parents. What is found by
//! searching flatters itself, so with many rows one half is searched and the other one tells how much
//! worse a part is. (Chung et al. 2019, Slice Finder; `statistics.md`, section 4.)

mod cells;
mod estimate;

use std::collections::BTreeSet;

use plimsoll_core::checks::Weak;
use plimsoll_core::evidence::{Metric, WeakPart, WeakParts};
use plimsoll_core::{Digest, number};
use plimsoll_predict::Scores;
use plimsoll_stats::estimate::MIN_BLOCKS;
use plimsoll_stats::fdr::benjamini_hochberg;
use plimsoll_stats::p_value::PValue;
use plimsoll_stats::random::Random;
use plimsoll_stats::sample::SampleError;
use plimsoll_stats::slices::MIN_ROWS_OF_SLICE;

use crate::bins::{Binned, Fineness};
use crate::checks::Trial;
use crate::column;
use crate::loss::Loss;
use crate::outcomes::Outcomes;
use cells::{Cell, Rows, Support};

/// A part has this share of the rows at least.
const FEWEST_SHARE: f64 = 0.01;

/// From so many rows on, one half is searched and the other one measured.
const ENOUGH_TO_HALVE: usize = 10_000;

/// The expected share of false ones among the reported parts.
const FALSE_ALARMS: f64 = 0.05;

/// How many parts are reported at most.
const MOST_PARTS: usize = 50;

/// How many pairs are held against their parents at most, those with the smallest p-values.
const MOST_PAIRS: usize = 500;

const FINENESS: Fineness = Fineness { quantiles: 6, texts: 10 };

/// Weak parts could not be searched for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeakError {
    /// The metric is no mean over rows.
    #[error("{} is no loss of single rows, so no part of them can be compared by it", .0.label())]
    Metric(Metric),
    /// The predictions have no such loss.
    #[error("the predictions have no {0}")]
    Loss(&'static str),
    /// No column can be searched.
    #[error("there is no feature whose parts could be searched")]
    NoFeature,
    /// The losses are no sample.
    #[error(transparent)]
    Sample(#[from] SampleError),
}

/// The loss of each row, and of WAPE the size of the truth that it is a share of, so that rows with
/// much to predict are not taken for weak ones.
pub(crate) struct RowLosses {
    pub(crate) name: &'static str,
    pub(crate) values: Vec<f64>,
    pub(crate) sizes: Option<Vec<f64>>,
}

/// Searches the test set of `trial` for parts on which its model is worse.
///
/// # Errors
/// There is no loss to compare by, or nothing to search.
pub fn search(trial: &Trial, settings: &Weak) -> Result<WeakParts, WeakError> {
    let losses = losses(&trial.outcomes(), settings.metric)?;
    let binned = features(trial, settings.features as usize);
    if binned.is_empty() {
        return Err(WeakError::NoFeature);
    }
    let names = binned.iter().map(|feature| feature.name.clone()).collect();
    let places = trial.block_places();
    let halved = trial.rows() >= ENOUGH_TO_HALVE;
    let random = Random::new(trial.plan.seed, "halves of a search");
    let is_searched = |row: &usize| !halved || random.word(places[*row]).is_multiple_of(2);
    let (searched, rest): (Vec<usize>, Vec<usize>) = (0..trial.rows()).partition(is_searched);
    let blocks = trial.labels.as_ref().map(|_| places.as_slice());
    let rows = Rows::new(&losses, searched, blocks);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count of rows"
    )]
    let support = MIN_ROWS_OF_SLICE.max((FEWEST_SHARE * rows.places.len() as f64).ceil() as usize);
    let needs = Support { rows: support, blocks: MIN_BLOCKS };
    let all = cells::of(&rows, &binned, settings.pairs, needs)?;
    let found = reported(&all, 1.0 + settings.worse_by.get());
    let unsearched = halved.then(|| Rows::new(&losses, rest, blocks));
    let whole = Rows::new(&losses, (0..trial.rows()).collect(), blocks);
    let mut parts: Vec<WeakPart> = Vec::new();
    let mut told = BTreeSet::new();
    let mut found_parts = 0;
    for (cell, p) in found {
        let condition: Vec<String> =
            cell.bins.iter().map(|(feature, bin)| binned[*feature].condition(*bin)).collect();
        let holds: Vec<bool> = (0..trial.rows()).map(|row| cell.holds(&binned, row)).collect();
        // Columns that stand for each other make the same parts: one of them tells it.
        if !told.insert(Digest::blake3(&holds.iter().map(|it| u8::from(*it)).collect::<Vec<u8>>()))
        {
            continue;
        }
        found_parts += 1;
        if parts.len() == MOST_PARTS {
            continue;
        }
        let fresh = match &unsearched {
            Some(rows) => estimate::ratio(rows, &binned, cell, &trial.plan)?,
            None => None,
        };
        let optimistic = fresh.is_none();
        // What the other half cannot tell is told by all rows, rather than not at all.
        let measured = match fresh {
            Some(measured) => Some(measured),
            None => estimate::ratio(&whole, &binned, cell, &trial.plan)?,
        };
        let Some(measured) = measured else { continue };
        parts.push(WeakPart {
            condition: condition.join(", "),
            rows: holds.iter().filter(|it| **it).count() as u64,
            loss: measured.loss,
            ratio: measured.ratio,
            interval: measured.interval,
            p_adjusted: p.get(),
            optimistic,
        });
    }
    parts.sort_by(|a, b| b.ratio.total_cmp(&a.ratio).then(a.condition.cmp(&b.condition)));
    Ok(WeakParts {
        loss: losses.name.to_owned(),
        searched: all.len() as u64,
        support: support as u64,
        features: names,
        found: found_parts,
        parts,
    })
}

/// Returns what was searched and found in a sentence.
pub fn summary(weak: &WeakParts) -> String {
    let searched = format!(
        "{} parts of at least {} rows by {} feature(s)",
        weak.searched,
        weak.support,
        weak.features.len()
    );
    match weak.parts.first() {
        _ if weak.searched == 0 => {
            format!("no part has the {} rows that a search needs", weak.support)
        }
        None => format!("{} is nowhere higher than on the rest, of {searched}", weak.loss),
        Some(worst) => format!(
            "{} is higher in {} of {searched}; the most where {} ({} times the rest)",
            weak.loss,
            weak.parts.len(),
            worst.condition,
            number::show(worst.ratio)
        ),
    }
}

/// Returns the loss of each row by a metric, or by the usual one.
pub(crate) fn losses(outcomes: &Outcomes, metric: Option<Metric>) -> Result<RowLosses, WeakError> {
    let loss = match metric {
        Some(metric) => Loss::of_metric(metric).ok_or(WeakError::Metric(metric))?,
        None => match Loss::usual(outcomes) {
            Loss::Brier => Loss::Log,
            other => other,
        },
    };
    let values = loss.of(outcomes).ok_or(WeakError::Loss(loss.name()))?;
    match (metric, outcomes) {
        (Some(Metric::Wape), Outcomes::Regression { truth, .. }) => {
            let sizes = Some(truth.iter().map(|truth| truth.abs()).collect());
            Ok(RowLosses { name: "absolute error as a share of the truth", values, sizes })
        }
        (None, _) if loss == Loss::Log => {
            let sizes = expected_log_loss(outcomes);
            Ok(RowLosses { name: "log loss as a share of what the model expects", values, sizes })
        }
        _ => Ok(RowLosses { name: loss.name(), values, sizes: None }),
    }
}

/// Returns the log loss that each row costs on average if its probabilities are right: their entropy,
/// which is never taken as nothing, or what was certain and wrong would be a share of nothing.
fn expected_log_loss(outcomes: &Outcomes) -> Option<Vec<f64>> {
    const LEAST: f64 = 0.01;
    let term = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
    match outcomes {
        Outcomes::Binary { scores: Some(Scores::Probability(scores)), .. } => {
            Some(scores.iter().map(|p| (term(*p) + term(1.0 - p)).max(LEAST)).collect())
        }
        Outcomes::Multiclass { classes, probability: Some(all), .. } => {
            let rows = all.chunks_exact(classes.len().max(1));
            Some(rows.map(|row| row.iter().copied().map(term).sum::<f64>().max(LEAST)).collect())
        }
        _ => None,
    }
}

/// Cuts the features into bins; where they are not known, every column that may be one.
fn features(trial: &Trial, most: usize) -> Vec<Binned> {
    let schema = trial.table.schema();
    let every = || {
        let fields = schema.fields().iter().map(|field| field.name().clone());
        let other = |name: &String| *name != trial.target && Some(name) != trial.block.as_ref();
        fields.filter(other).collect::<Vec<_>>()
    };
    let names = trial.features.clone().unwrap_or_else(every);
    let mut seen = BTreeSet::new();
    let mut binned = Vec::new();
    for name in names.into_iter().filter(|name| seen.insert(name.clone())) {
        if binned.len() >= most {
            break;
        }
        let Ok(cells) = column::find(&trial.table, &name) else { continue };
        let Ok(feature) = Binned::of(&name, cells, FINENESS) else { continue };
        // One bin is the whole test set.
        if feature.bins.len() > 1 {
            binned.push(feature);
        }
    }
    binned
}

/// Returns the cells that are worth reporting, with their adjusted p-values.
fn reported(all: &[Cell], least_ratio: f64) -> Vec<(&Cell, PValue)> {
    let p: Vec<PValue> = all.iter().map(|cell| cell.p).collect();
    let adjusted = benjamini_hochberg(&p);
    let weak = |(cell, p): &(&Cell, PValue)| p.get() <= FALSE_ALARMS && cell.ratio >= least_ratio;
    let found: Vec<(&Cell, PValue)> = all.iter().zip(adjusted).filter(weak).collect();
    let (mut singles, mut pairs): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(cell, _)| cell.bins.len() == 1);
    pairs.sort_by_key(|(_, p)| *p);
    pairs.truncate(MOST_PAIRS);
    pairs.retain(|(pair, _)| {
        let explains = |parent: &&Cell| {
            pair.bins.contains(&parent.bins[0]) && {
                let beyond = pair.above_rest_of(parent);
                beyond.is_none_or(|p| p.get() > FALSE_ALARMS)
            }
        };
        !singles.iter().map(|(parent, _)| *parent).any(|parent| explains(&parent))
    });
    singles.append(&mut pairs);
    singles.sort_by(|(a, p), (b, q)| p.cmp(q).then(b.ratio.total_cmp(&a.ratio)));
    singles
}

#[cfg(test)]
mod tests;
