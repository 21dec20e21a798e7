//! What a person looks at: errors over blocks, their spread, predictions against the truth.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use plimsoll_core::evidence::{Mark, Plot, Series};
use plimsoll_core::number;
use plimsoll_predict::Scores;
use plimsoll_stats::quantile;

use crate::outcomes::Outcomes;

/// More blocks than this are joined to equal stretches, so that the picture stays readable.
const MOST_PLACES: usize = 120;

/// Returns the plots for `outcomes`; `blocks` are the labels of the rows.
pub(crate) fn plots(outcomes: &Outcomes, blocks: Option<(&str, &[String])>) -> Vec<Plot> {
    if outcomes.rows() == 0 {
        return Vec::new();
    }
    match outcomes {
        Outcomes::Regression { truth, prediction, .. } => {
            let errors: Vec<f64> = prediction.iter().zip(truth).map(|(p, t)| p - t).collect();
            let mut plots = vec![against_truth(truth, prediction), spread(&errors)];
            if let Some((column, labels)) = blocks {
                let absolute: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
                plots.insert(0, over_blocks(column, labels, &absolute, "mean absolute error"));
            }
            plots
        }
        Outcomes::Binary { truth, predicted, scores } => {
            let mut plots = Vec::new();
            plots.extend(scores.as_ref().and_then(|scores| roc(truth, scores.values())));
            if let Some(Scores::Probability(score)) = scores {
                plots.push(calibration(truth, score));
            }
            plots.extend(wrong_over_blocks(blocks, truth, predicted));
            plots
        }
        Outcomes::Multiclass { classes, truth, predicted, .. } => {
            let mut plots = vec![recall(classes, truth, predicted)];
            plots.extend(wrong_over_blocks(blocks, truth, predicted));
            plots
        }
    }
}

fn wrong_over_blocks<T: PartialEq>(
    blocks: Option<(&str, &[String])>,
    truth: &[T],
    predicted: &[T],
) -> Option<Plot> {
    let (column, labels) = blocks?;
    let wrong = truth.iter().zip(predicted).map(|(t, p)| f64::from(u8::from(t != p)));
    Some(over_blocks(column, labels, &wrong.collect::<Vec<_>>(), "share of wrong answers"))
}

fn series(name: &str, mark: Mark, points: Vec<[f64; 2]>) -> Series {
    Series { name: name.to_owned(), mark, points, band: Vec::new() }
}

/// Dates and numbers are shown in their order, other labels by their error, worst first.
#[expect(clippy::cast_precision_loss, reason = "places and counts of rows")]
fn over_blocks(column: &str, labels: &[String], losses: &[f64], what: &str) -> Plot {
    let mut of_block: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (label, loss) in labels.iter().zip(losses) {
        let (sum, rows) = of_block.entry(label).or_default();
        *sum += loss;
        *rows += 1.0;
    }
    let mut blocks: Vec<(&str, (f64, f64))> = of_block.into_iter().collect();
    let all = blocks.len();
    let number = |label: &str| label.parse::<f64>().ok();
    if blocks.iter().all(|(label, _)| number(label).is_some()) {
        blocks
            .sort_by(|(a, _), (b, _)| number(a).partial_cmp(&number(b)).unwrap_or(Ordering::Equal));
    }
    let (mark, title) =
        if blocks.iter().all(|(label, _)| label.starts_with(|c: char| c.is_ascii_digit())) {
            (Mark::Line, format!("Error by {column}"))
        } else {
            blocks.sort_by(|(_, a), (_, b)| (b.0 / b.1).total_cmp(&(a.0 / a.1)));
            blocks.truncate(MOST_PLACES);
            let part =
                if all > MOST_PLACES { format!(" {MOST_PLACES} of {all}") } else { String::new() };
            (Mark::Dots, format!("Error by {column}, the worst{part} first"))
        };
    let joined = blocks.len().div_ceil(MOST_PLACES).max(1);
    let mut points = Vec::new();
    let mut ticks = Vec::new();
    for (place, stretch) in blocks.chunks(joined).enumerate() {
        let (sum, rows) =
            stretch.iter().fold((0.0, 0.0), |(s, r), (_, (sum, rows))| (s + sum, r + rows));
        points.push([place as f64, sum / rows]);
        ticks.push(stretch[0].0.to_owned());
    }
    let mean = losses.iter().sum::<f64>() / losses.len() as f64;
    let last = points.len().saturating_sub(1) as f64;
    let guide = vec![[0.0, mean], [last, mean]];
    let by = if joined == 1 { column.to_owned() } else { format!("{column}, {joined} joined") };
    let mean = format!("mean of all rows, {}", number::show(mean));
    Plot {
        title,
        x: by,
        y: what.to_owned(),
        ticks,
        series: vec![
            series(&format!("by {column}"), mark, points),
            series(&mean, Mark::Guide, guide),
        ],
    }
}

/// Means of twenty groups of equally many rows, ordered by prediction.
fn against_truth(truth: &[f64], prediction: &[f64]) -> Plot {
    let mut rows: Vec<(f64, f64)> = prediction.iter().copied().zip(truth.iter().copied()).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let groups = rows.chunks(rows.len().div_ceil(20).max(1));
    #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
    let mean = |group: &[(f64, f64)]| {
        let (p, t) = group.iter().fold((0.0, 0.0), |(p, t), row| (p + row.0, t + row.1));
        [p / group.len() as f64, t / group.len() as f64]
    };
    let points: Vec<[f64; 2]> = groups.map(mean).collect();
    let low = points.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let high = points.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    Plot {
        title: "Truth against prediction, means of 20 groups".to_owned(),
        x: "predicted".to_owned(),
        y: "true".to_owned(),
        ticks: Vec::new(),
        series: vec![
            series("prediction equals truth", Mark::Guide, vec![[low, low], [high, high]]),
            series("mean of a group of rows", Mark::Dots, points),
        ],
    }
}

/// A histogram between the 1st and the 99th percentile; what lies beyond counts at the ends.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts, and bins from 0 to 29"
)]
fn spread(errors: &[f64]) -> Plot {
    const BINS: usize = 30;
    let mut sorted = errors.to_vec();
    sorted.sort_by(f64::total_cmp);
    let low = quantile::of_sorted(&sorted, 0.01).unwrap_or(0.0);
    let high = quantile::of_sorted(&sorted, 0.99).unwrap_or(0.0);
    let width = if high > low { (high - low) / BINS as f64 } else { 1.0 };
    let mut counts = [0_u32; BINS];
    for error in errors {
        let bin = ((error - low) / width).floor().clamp(0.0, BINS as f64 - 1.0);
        counts[bin as usize] += 1;
    }
    let bar = |(bin, count): (usize, &u32)| [low + (bin as f64 + 0.5) * width, f64::from(*count)];
    Plot {
        title: "Errors (beyond the 1st and 99th percentile at the ends)".to_owned(),
        x: "prediction minus truth".to_owned(),
        y: "rows".to_owned(),
        ticks: Vec::new(),
        series: vec![series("rows", Mark::Bars, counts.iter().enumerate().map(bar).collect())],
    }
}

/// The ROC curve at no more than 200 thresholds; none where one class is missing.
#[expect(clippy::cast_precision_loss, reason = "counts of rows")]
fn roc(truth: &[bool], score: &[f64]) -> Option<Plot> {
    let positives = truth.iter().filter(|positive| **positive).count() as f64;
    let negatives = truth.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let mut rows: Vec<(f64, bool)> = score.iter().copied().zip(truth.iter().copied()).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut points = vec![[0.0, 0.0]];
    let (mut hits, mut false_alarms) = (0.0, 0.0);
    // Rows of one score cross the threshold together.
    for tie in rows.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let found = tie.iter().filter(|row| row.1).count() as f64;
        hits += found;
        false_alarms += tie.len() as f64 - found;
        points.push([false_alarms / negatives, hits / positives]);
    }
    let every = points.len().div_ceil(200).max(1);
    let mut shown: Vec<[f64; 2]> = points.iter().copied().step_by(every).collect();
    if (points.len() - 1) % every != 0 {
        shown.push([1.0, 1.0]);
    }
    Some(Plot {
        title: "ROC curve".to_owned(),
        x: "false positive rate".to_owned(),
        y: "true positive rate".to_owned(),
        ticks: Vec::new(),
        series: vec![
            series("chance", Mark::Guide, vec![[0.0, 0.0], [1.0, 1.0]]),
            series("model", Mark::Line, shown),
        ],
    })
}

/// Observed shares in ten bins of equal width.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "scores from 0 to 1 fall into bins 0 to 9"
)]
fn calibration(truth: &[bool], score: &[f64]) -> Plot {
    let mut bins = [(0.0, 0.0, 0.0); 10];
    for (positive, score) in truth.iter().zip(score) {
        let bin = &mut bins[((score * 10.0) as usize).min(9)];
        bin.0 += 1.0;
        bin.1 += score;
        bin.2 += f64::from(u8::from(*positive));
    }
    let filled = bins.iter().filter(|bin| bin.0 > 0.0);
    let points = filled.map(|(rows, scores, hits)| [scores / rows, hits / rows]).collect();
    Plot {
        title: "Calibration in ten bins".to_owned(),
        x: "mean score".to_owned(),
        y: "share of positives".to_owned(),
        ticks: Vec::new(),
        series: vec![
            series("perfectly calibrated", Mark::Guide, vec![[0.0, 0.0], [1.0, 1.0]]),
            series("rows of a bin", Mark::Dots, points),
        ],
    }
}

#[expect(clippy::cast_precision_loss, reason = "places and counts of rows")]
fn recall(classes: &[String], truth: &[u32], predicted: &[u32]) -> Plot {
    let bar = |class: usize| {
        let of_class = truth.iter().zip(predicted).filter(|(truth, _)| **truth as usize == class);
        let rows = of_class.clone().count();
        let hits = of_class.filter(|(truth, predicted)| truth == predicted).count();
        (rows > 0).then(|| [class as f64, hits as f64 / rows as f64])
    };
    Plot {
        title: "Recall by class".to_owned(),
        x: "class".to_owned(),
        y: "share of its rows that are found".to_owned(),
        ticks: classes.to_vec(),
        series: vec![series("recall", Mark::Bars, (0..classes.len()).filter_map(bar).collect())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roc_curve_runs_from_corner_to_corner_through_ties() {
        let truth = [true, false, true, false];
        let plot = roc(&truth, &[0.9, 0.9, 0.4, 0.1]).unwrap();
        assert_eq!(plot.series[1].points, [[0.0, 0.0], [0.5, 0.5], [0.5, 1.0], [1.0, 1.0]]);
        assert!(roc(&[true, true], &[0.1, 0.2]).is_none());
    }

    #[test]
    fn every_point_is_finite_even_for_constants() {
        let constant = Outcomes::numbers(vec![1.0; 50], vec![1.0; 50]);
        let labels = vec!["a".to_owned(); 50];
        for plot in plots(&constant, Some(("day", &labels))) {
            let points = plot.series.iter().flat_map(|series| series.points.iter().flatten());
            assert!(points.clone().count() > 0);
            assert!(points.copied().all(f64::is_finite), "{}", plot.title);
        }
    }

    #[test]
    fn blocks_stand_in_the_order_of_their_numbers_or_else_of_their_errors() {
        let ticks = |labels: &[&str]| {
            let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
            over_blocks("block", &labels, &[1.0, 3.0, 2.0], "error").ticks
        };
        assert_eq!(ticks(&["10", "9", "100"]), ["9", "10", "100"]);
        assert_eq!(ticks(&["2011-02-01", "2011-01-02", "2012-01-01"])[0], "2011-01-02");
        assert_eq!(ticks(&["ann", "bob", "cem"]), ["bob", "cem", "ann"]);
    }
}
