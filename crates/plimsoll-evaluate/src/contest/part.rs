//! Slices that a challenger harms.

use std::collections::BTreeMap;

use plimsoll_core::evidence::{Interval, Metric};
use plimsoll_core::number;
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::MIN_BLOCKS;
use plimsoll_stats::fdr::benjamini_hochberg;
use plimsoll_stats::p_value::PValue;
use plimsoll_stats::paired::{PairedLosses, Required};
use plimsoll_stats::sample::SampleError;
use plimsoll_stats::slices::MIN_ROWS_OF_SLICE;
use serde::Serialize;

use super::{ContestError, Terms};
use crate::checks::{FALSE_ALARMS, Trial};
use crate::column;
use crate::loss::Loss;
use crate::measure;
use crate::outcomes::Outcomes;

/// A column with more values is not one of slices.
const MOST_SLICES: usize = 200;

/// What stands for a missing value.
const MISSING: &str = "(missing)";

/// A slice, and whether the challenger is proven to be worse on it by more than is accepted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Harm {
    /// `season in [1]`.
    pub condition: String,
    /// How many rows it has.
    pub rows: u64,
    /// The share of the champion's loss that disappears on it; below 0 where it grows.
    pub gain: Option<f64>,
    /// Its interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// The one-sided p-value of no harm beyond the tolerance, after Benjamini-Hochberg over all slices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// Whether harm beyond the tolerance is proven.
    pub is_proven: bool,
    /// Whether the rows can show that there is none.
    pub is_cleared: bool,
    /// Why nothing can be said, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Looks at every value of the named columns.
pub(super) fn harms(
    trial: &Trial,
    (old, new): (&Outcomes, &Outcomes),
    metric: Metric,
    terms: &Terms,
) -> Result<Vec<Harm>, ContestError> {
    let of_rows = ContestError::Loss(metric, "slices");
    let Some(loss) = Loss::of_metric(metric) else { return Err(of_rows) };
    let (Some(old), Some(new)) = (loss.of(old), loss.of(new)) else { return Err(of_rows) };
    let mut seen = Vec::new();
    for name in &terms.slices {
        let cells = column::texts(name, column::find(&trial.table, name)?)?;
        let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (row, cell) in cells.into_iter().enumerate() {
            rows.entry(cell.unwrap_or_else(|| MISSING.to_owned())).or_default().push(row);
        }
        if rows.len() > MOST_SLICES {
            let (column, count, most) = (name.clone(), rows.len(), MOST_SLICES);
            return Err(ContestError::Slices { column, count, most });
        }
        for (value, rows) in rows {
            let take = |losses: &[f64]| rows.iter().map(|row| losses[*row]).collect::<Vec<f64>>();
            let blocks = trial.blocks_of(&rows);
            let condition = format!("{name} in [{value}]");
            seen.push(harm(
                condition,
                (&take(&old), &take(&new)),
                &blocks,
                terms.tolerance,
                trial,
            )?);
        }
    }
    let p: Vec<PValue> = seen.iter().filter_map(|(_, p)| *p).collect();
    let mut adjusted = benjamini_hochberg(&p).into_iter();
    let mut harms: Vec<Harm> = seen
        .into_iter()
        .map(|(mut harm, p)| {
            if p.is_some() {
                harm.p_adjusted = adjusted.next().map(PValue::get);
                harm.is_proven = harm.p_adjusted.is_some_and(|p| p <= FALSE_ALARMS);
            }
            harm
        })
        .collect();
    let worst = |harm: &Harm| harm.gain.unwrap_or(f64::INFINITY);
    harms.sort_by(|a, b| b.is_proven.cmp(&a.is_proven).then(worst(a).total_cmp(&worst(b))));
    Ok(harms)
}

/// Returns a slice and the p-value of its harm; none where it is too small.
fn harm(
    condition: String,
    (old, new): (&[f64], &[f64]),
    blocks: &Blocks,
    tolerance: f64,
    trial: &Trial,
) -> Result<(Harm, Option<PValue>), SampleError> {
    let mut harm = Harm {
        condition,
        rows: old.len() as u64,
        gain: None,
        interval: None,
        p_adjusted: None,
        is_proven: false,
        is_cleared: false,
        reason: None,
    };
    let few_blocks = blocks.declared_count().filter(|count| *count < MIN_BLOCKS);
    if old.len() < MIN_ROWS_OF_SLICE {
        harm.reason = Some(format!("fewer than {MIN_ROWS_OF_SLICE} rows decide nothing"));
        return Ok((harm, None));
    }
    if let Some(count) = few_blocks {
        harm.reason = Some(format!("{count} blocks decide nothing, {MIN_BLOCKS} are needed"));
        return Ok((harm, None));
    }
    let gain = PairedLosses::new(old, new)?.saved_share(&[-tolerance], blocks, &trial.plan)?;
    match gain {
        Ok(gain) => {
            harm.gain = Some(gain.value);
            harm.is_cleared =
                gain.interval.is_some_and(|interval| interval.judged().low >= -tolerance);
            let has_blocks = gain.blocks.is_some();
            harm.interval = gain.interval.map(|ends| measure::evidence(&ends, has_blocks));
        }
        // Of nothing no share disappears; whether something is lost that was not is tested all the same.
        Err(reason) => harm.reason = Some(reason.to_string()),
    }
    let accepted: Vec<f64> = old.iter().map(|loss| loss * (1.0 + tolerance)).collect();
    let beyond = PairedLosses::new(new, &accepted)?.p_above(Required::PerRow(0.0), blocks)?;
    Ok((harm, Some(beyond.unwrap_or(PValue::ONE))))
}

impl Harm {
    /// Returns what is known of it in a word.
    pub fn word(&self) -> &'static str {
        match (self.is_proven, self.is_cleared) {
            (true, _) => "harmed",
            (false, true) => "not harmed",
            (false, false) => "undecided",
        }
    }

    /// Returns its gain with the interval.
    pub fn shown(&self) -> String {
        let Some(gain) = self.gain else { return self.reason.clone().unwrap_or_default() };
        match &self.interval {
            Some(ends) => format!(
                "{} [{}, {}]",
                number::percent(gain),
                number::percent(ends.low),
                number::percent(ends.high)
            ),
            None => number::percent(gain),
        }
    }
}
