//! All columns together, on some rows of both sides.

use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::drift::domain::{Feature, LEAST_AUC, classify};
use plimsoll_stats::drift::ladder::grid;
use plimsoll_stats::plan::Plan;
use plimsoll_stats::random::Seed;

use super::DriftError;
use super::cell::each;
use super::judge::{Compared, Dependence};
use super::look::Measure;
use super::pass::{Rows, label};
use super::report::{TellingColumn, TogetherReport};
use super::slots::Slots;
use crate::sketch::hash;

/// About so many rows of a side are looked at, whole columns being read.
const MOST_ROWS: u64 = 20_000;

/// Into so many stretches rows are cut that are in the order of time.
const STRETCHES: usize = 50;

/// Resamples of blocks for the interval.
const RESAMPLES: usize = 2_000;

/// How many columns are named.
const NAMED: usize = 10;

/// Fits a model to the side that rows are on.
pub(super) fn together(
    columns: &[Compared<'_>],
    left_out: Option<&str>,
    rows: [&Rows<'_>; 2],
    dependence: &Dependence,
) -> Result<TogetherReport, DriftError> {
    let mut features: Vec<(&str, Slots)> = Vec::new();
    for column in columns.iter().filter(|column| Some(column.pair.name()) != left_out) {
        let looks = column.looks.iter().filter(|look| look.aspect.is_shape());
        for look in looks {
            features.extend(look.slots.clone().map(|slots| {
                let slots = match &look.measure {
                    Measure::Ordered { sides, .. } => {
                        finer(slots, grid(&sides[0].ladder(), &sides[1].ladder(), 254))
                    }
                    _ => slots,
                };
                (column.pair.name(), slots)
            }));
        }
    }
    let mut cells: Vec<Vec<u16>> = features.iter().map(|_| Vec::new()).collect();
    let (mut is_current, mut labels) = (Vec::new(), Vec::new());
    let mut sampled = [0, 0];
    for (side, rows) in rows.into_iter().enumerate() {
        let found = sample(&features, rows, dependence)?;
        sampled[side] = found.labels.len();
        for (all, more) in cells.iter_mut().zip(found.cells) {
            all.extend(more);
        }
        is_current.extend(std::iter::repeat_n(side == 1, sampled[side]));
        let stretch = sampled[side].div_ceil(STRETCHES).max(1);
        labels.extend(found.labels.into_iter().enumerate().map(|(at, label)| {
            let label = match dependence {
                Dependence::Order(_) => (at / stretch) as u64,
                _ => label,
            };
            (side, label)
        }));
    }
    let made: Vec<Feature> = features
        .iter()
        .zip(cells)
        .map(|((_, slots), cells)| {
            if slots.is_ordered() {
                // The first cell is that of rows without a value.
                let number = |cell: &u16| if *cell == 0 { f64::NAN } else { f64::from(*cell) };
                Feature::of_numbers(&cells.iter().map(number).collect::<Vec<f64>>())
            } else {
                let code = |cell: &u16| Some(u32::from(*cell));
                Feature::of_codes(&cells.iter().map(code).collect::<Vec<_>>())
            }
        })
        .collect();
    let blocks = match dependence {
        Dependence::Independent => Blocks::rows(labels.len()),
        _ => Blocks::of_labels(&labels),
    };
    let seed = rows.iter().fold(1, |seed, rows| hash::mixed(seed ^ rows.expected));
    let plan =
        Plan { resamples: RESAMPLES, most_resamples: RESAMPLES, ..Plan::new(Seed::from(seed)) };
    let plan = plan.with_threads(rows[0].threads);
    let domain = classify(&made, &is_current, &blocks, &plan)
        .map_err(|error| DriftError::Unmeasured(error.into()))?;
    let mut telling: Vec<TellingColumn> = Vec::new();
    for ((name, _), share) in features.iter().zip(&domain.telling) {
        match telling.iter_mut().find(|column| column.name == *name) {
            Some(column) => column.share += share,
            None => telling.push(TellingColumn { name: (*name).to_owned(), share: *share }),
        }
    }
    telling.retain(|column| column.share > 0.0);
    telling.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(&b.name)));
    telling.truncate(NAMED);
    let estimate = domain.auc.as_ref().ok();
    let judged = estimate.and_then(|auc| auc.interval).map(|interval| interval.judged());
    Ok(TogetherReport {
        differs: domain.differs(),
        auc: estimate.map(|auc| auc.value),
        interval: judged.map(|ends| [ends.low, ends.high]),
        minimum: LEAST_AUC,
        rows: sampled,
        columns: telling,
        reason: domain.auc.err().map(|error| error.to_string()),
    })
}

struct Sample {
    cells: Vec<Vec<u16>>,
    labels: Vec<u64>,
}

/// Takes some rows, about [`MOST_ROWS`], by their place: always the same ones.
fn sample(
    features: &[(&str, Slots)],
    rows: &Rows<'_>,
    dependence: &Dependence,
) -> Result<Sample, DriftError> {
    let by = match dependence {
        Dependence::Blocks(by) => Some(by.as_str()),
        _ => None,
    };
    let mut names: Vec<&str> = features.iter().map(|(name, _)| *name).collect();
    names.extend(by);
    #[expect(clippy::cast_possible_truncation, reason = "a share of 2^64, at most all")]
    let chance = ((u128::from(MOST_ROWS) << 64) / u128::from(rows.expected.max(1)))
        .min(u128::from(u64::MAX)) as u64;
    let mut found =
        Sample { cells: features.iter().map(|_| Vec::new()).collect(), labels: Vec::new() };
    rows.scan(
        &names,
        |columns, first| {
            let length = columns.first().map_or(0, |column| column.len());
            let chosen: Vec<usize> =
                (0..length).filter(|row| hash::mixed(first + *row as u64) <= chance).collect();
            let pick = |all: Vec<u16>| chosen.iter().map(|&row| all[row]).collect::<Vec<u16>>();
            let cells: Vec<Vec<u16>> = features
                .iter()
                .zip(columns)
                .map(|((_, slots), column)| pick(each(column, &|seen| slots.of(seen))))
                .collect();
            let labels: Vec<u64> = match (by, columns.last()) {
                (Some(_), Some(column)) => {
                    let labels = each(column, &label);
                    chosen.iter().map(|&row| labels[row].unwrap_or_default()).collect()
                }
                _ => vec![0; chosen.len()],
            };
            (cells, labels)
        },
        |(cells, labels)| {
            for (all, more) in found.cells.iter_mut().zip(cells) {
                all.extend(more);
            }
            found.labels.extend(labels);
        },
    )?;
    Ok(found)
}

fn finer(slots: Slots, cuts: Vec<f64>) -> Slots {
    match slots {
        Slots::Numbers { kind, .. } => Slots::Numbers { kind, cuts },
        Slots::Lengths { .. } => Slots::Lengths { cuts },
        other => other,
    }
}
