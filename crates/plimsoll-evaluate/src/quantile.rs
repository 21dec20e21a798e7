//! How good predicted quantiles are, and the intervals between them.
//!
//! The interval is the widest one whose two levels leave as much below as above, such as 0.05 and
//! 0.95: it is to hold the truth in 90 % of the rows.

use plimsoll_core::evidence::{Mark, Metric, Plot, Series};
use plimsoll_predict::Quantiles;
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::Estimate;
use plimsoll_stats::interval::Interval;
use plimsoll_stats::interval_forecasts::IntervalForecast;
use plimsoll_stats::metric::{Metric as Statistic, Wanted};
use plimsoll_stats::plan::Plan;
use plimsoll_stats::quantile_forecasts::QuantileForecast;
use plimsoll_stats::sample::SampleError;

use crate::outcomes::Outcomes;

/// Levels closer than this are one.
const SAME: f64 = 1e-9;

/// An estimate, or why there is none.
type Answer = Result<Estimate, String>;

/// Tells whether a metric is one of predicted quantiles.
pub(crate) fn is_of(metric: Metric) -> bool {
    Metric::OF_QUANTILES.contains(&metric)
}

/// Measures a metric of the predicted quantiles or, with a challenger, the share of it that that one
/// saves.
pub(crate) fn measure(
    (outcomes, challenger): (&Outcomes, Option<&Outcomes>),
    (metric, limits): (Metric, &[f64]),
    blocks: &Blocks,
    plan: &Plan,
) -> Result<Answer, SampleError> {
    let new = challenger.map(forecast).transpose();
    let ((truth, old), new) = match forecast(outcomes).and_then(|old| Ok((old, new?))) {
        Ok(both) => both,
        Err(reason) => return Ok(Err(reason)),
    };
    if new.is_some_and(|(_, new)| new.levels != old.levels) {
        return Ok(Err("the two predict quantiles of different levels".to_owned()));
    }
    let wanted = [Wanted { metric: of_stats(metric), limits }];
    if metric == Metric::QuantileLoss {
        let old = QuantileForecast::new(truth, &old.levels, &old.values)?;
        return Ok(only(match new {
            None => old.measure(&wanted, blocks, plan)?,
            Some((same, new)) => {
                let new = QuantileForecast::new(same, &new.levels, &new.values)?;
                old.compare(&new, &wanted, blocks, plan)?
            }
        }));
    }
    let ends = |(truth, of)| Ok((truth, Ends::of(of).ok_or_else(|| NO_INTERVAL.to_owned())?));
    let new = new.map(ends).transpose();
    let ((truth, old), new) = match ends((truth, old)).and_then(|old| Ok((old, new?))) {
        Ok(both) => both,
        Err(reason) => return Ok(Err(reason)),
    };
    let new = new.as_ref().map(|(same, new)| new.forecast(same)).transpose();
    Ok(match (old.forecast(truth), new) {
        (Ok(old), Ok(None)) => only(old.measure(&wanted, blocks, plan)?),
        (Ok(old), Ok(Some(new))) => only(old.compare(&new, &wanted, blocks, plan)?),
        (Err(error), _) | (_, Err(error)) => Err(error.to_string()),
    })
}

/// Draws how many truths lie at or below each quantile, which of a calibrated forecast are as many
/// as its level says.
pub(crate) fn plot(
    outcomes: &Outcomes,
    blocks: &Blocks,
    plan: &Plan,
) -> Result<Option<Plot>, SampleError> {
    let Ok((truth, Quantiles { levels, values })) = forecast(outcomes) else { return Ok(None) };
    if truth.is_empty() {
        return Ok(None);
    }
    let shares = QuantileForecast::new(truth, levels, values)?.shares_below(blocks, plan)?;
    let (mut points, mut band) = (Vec::new(), Vec::new());
    for (level, share) in levels.iter().zip(shares) {
        let Ok(share) = share else { continue };
        let ends = share.interval.as_ref().map(Interval::judged);
        points.push([*level, share.value]);
        band.push(ends.map_or([share.value; 2], |ends| [ends.low, ends.high]));
    }
    let calibrated = Series {
        name: "calibrated".to_owned(),
        mark: Mark::Guide,
        points: vec![[0.0, 0.0], [1.0, 1.0]],
        band: Vec::new(),
    };
    let seen =
        Series { name: "share, with its interval".to_owned(), mark: Mark::Dots, points, band };
    Ok(Some(Plot {
        title: "Calibration of the quantiles".to_owned(),
        x: "level".to_owned(),
        y: "share of truths at or below".to_owned(),
        ticks: Vec::new(),
        series: vec![calibrated, seen],
    }))
}

const NO_INTERVAL: &str =
    "no two of the predicted quantiles leave as much below as above, such as 0.1 and 0.9";

fn forecast(outcomes: &Outcomes) -> Result<(&[f64], &Quantiles), String> {
    match outcomes {
        Outcomes::Regression { truth, quantiles: Some(quantiles), .. } => Ok((truth, quantiles)),
        _ => {
            Err("no quantiles are predicted (columns or outputs such as `quantile_0.9`)".to_owned())
        }
    }
}

fn only(answers: Vec<Result<Estimate, plimsoll_stats::estimate::NoValue>>) -> Answer {
    match answers.into_iter().next() {
        Some(answer) => answer.map_err(|reason| reason.to_string()),
        None => Err("it is not measured".to_owned()),
    }
}

fn of_stats(metric: Metric) -> Statistic {
    match metric {
        Metric::Coverage => Statistic::Coverage,
        Metric::Width => Statistic::Width,
        Metric::IntervalScore => Statistic::IntervalScore,
        _ => Statistic::QuantileLoss,
    }
}

/// The ends of the predicted intervals.
struct Ends {
    low: Vec<f64>,
    high: Vec<f64>,
    level: f64,
}

impl Ends {
    fn of(quantiles: &Quantiles) -> Option<Self> {
        let levels = &quantiles.levels;
        let is_other =
            |level: f64| levels.iter().copied().find(|it| (it + level - 1.0).abs() < SAME);
        let (low, high) = levels.iter().find_map(|level| Some((*level, is_other(*level)?)))?;
        let level = high - low;
        let ends = Self { low: quantiles.of(low)?, high: quantiles.of(high)?, level };
        (level > SAME).then_some(ends)
    }

    fn forecast<'a>(&'a self, truth: &'a [f64]) -> Result<IntervalForecast<'a>, SampleError> {
        IntervalForecast::new(truth, &self.low, &self.high, self.level)
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Digest;

    use super::*;

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn outcomes(half: f64, rows: usize) -> Outcomes {
        let truth: Vec<f64> = (0..rows).map(|row| ((row * 7919) % 101) as f64).collect();
        let prediction: Vec<f64> =
            (0..rows).map(|row| truth[row] + ((row * 31) % 21) as f64 - 10.0).collect();
        let values = prediction.iter().flat_map(|it| [it - half, *it, it + half]).collect();
        let quantiles = Some(Quantiles { levels: vec![0.1, 0.5, 0.9], values });
        Outcomes::Regression { truth, prediction, quantiles }
    }

    fn value(outcomes: &Outcomes, metric: Metric) -> Answer {
        let plan = crate::measure::plan(&[&Digest::blake3(b"q")], 0);
        measure((outcomes, None), (metric, &[]), &Blocks::rows(outcomes.rows()), &plan).unwrap()
    }

    #[test]
    fn intervals_are_those_of_the_outermost_levels() {
        let outcomes = outcomes(8.0, 420);
        // Of 21 errors from -10 to 10 the 17 from -8 to 8 lie inside.
        let coverage = value(&outcomes, Metric::Coverage).unwrap();
        assert!((coverage.value - 17.0 / 21.0).abs() < 1e-12, "{coverage:?}");
        assert!((value(&outcomes, Metric::Width).unwrap().value - 16.0).abs() < 1e-12);
        // Outside by 1 and 2 on both sides, each with 2 / 0.2.
        let score = 16.0 + 10.0 * 6.0 / 21.0;
        assert!((value(&outcomes, Metric::IntervalScore).unwrap().value - score).abs() < 1e-9);
        let loss = value(&outcomes, Metric::QuantileLoss).unwrap();
        assert!(loss.value > 0.0 && loss.interval.is_some(), "{loss:?}");
    }

    #[test]
    fn the_plot_shows_shares_beside_levels() {
        let outcomes = outcomes(8.0, 420);
        let plan = crate::measure::plan(&[&Digest::blake3(b"q")], 0);
        let rows = Blocks::rows(420);
        let plot = plot(&outcomes, &rows, &plan).unwrap().unwrap();
        let shares = &plot.series[1];
        // Errors below -8 are 2 of 21, those up to 0 are 11, those up to 8 are 19.
        let expected = [[0.1, 2.0 / 21.0], [0.5, 11.0 / 21.0], [0.9, 19.0 / 21.0]];
        for (point, expected) in shares.points.iter().zip(expected) {
            assert!((point[0] - expected[0]).abs() < 1e-12, "{shares:?}");
            assert!((point[1] - expected[1]).abs() < 0.06, "{shares:?}");
        }
        assert!(
            shares
                .band
                .iter()
                .zip(&shares.points)
                .all(|(ends, at)| ends[0] < at[1] && at[1] < ends[1])
        );
        let none = Outcomes::numbers(vec![1.0], vec![1.0]);
        assert_eq!(super::plot(&none, &Blocks::rows(1), &plan).unwrap(), None);
    }

    #[test]
    fn what_has_no_interval_has_no_value_and_says_why() {
        let none = Outcomes::numbers(vec![1.0, 2.0], vec![1.0, 2.0]);
        assert!(value(&none, Metric::Coverage).unwrap_err().contains("quantile_0.9"));
        let lopsided = Outcomes::Regression {
            truth: vec![1.0; 30],
            prediction: vec![1.0; 30],
            quantiles: Some(Quantiles { levels: vec![0.2, 0.9], values: vec![0.5; 60] }),
        };
        assert_eq!(value(&lopsided, Metric::Width).unwrap_err(), NO_INTERVAL);
        let crossed = outcomes(-8.0, 420);
        assert!(value(&crossed, Metric::Coverage).unwrap_err().contains("420"));
    }

    #[test]
    fn a_narrower_forecast_that_still_holds_saves() {
        let (wide, narrow) = (outcomes(40.0, 420), outcomes(10.0, 420));
        let plan = crate::measure::plan(&[&Digest::blake3(b"q")], 0);
        let rows = Blocks::rows(420);
        let both = (&wide, Some(&narrow));
        let saved = |metric| measure(both, (metric, &[]), &rows, &plan).unwrap();
        assert!((saved(Metric::Width).unwrap().value - 0.75).abs() < 1e-9);
        assert!(saved(Metric::IntervalScore).unwrap().value > 0.5);
        assert!(saved(Metric::QuantileLoss).unwrap().value > 0.3);
    }
}
