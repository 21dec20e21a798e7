//! Metrics with their intervals, and gains over a champion, as evidence.

use plimsoll_core::evidence::{self, Compared, Measured};
use plimsoll_core::gate::Demand;
use plimsoll_core::project::{Costs, Evaluate, Task};
use plimsoll_core::{Digest, SliceName};
use plimsoll_predict::Scores;
use plimsoll_stats::binary::Binary;
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::{Estimate, NoValue};
use plimsoll_stats::interval::{Interval, Method, Remark};
use plimsoll_stats::metric::{Metric, Wanted};
use plimsoll_stats::multiclass::Multiclass;
use plimsoll_stats::plan::Plan;
use plimsoll_stats::random::Seed;
use plimsoll_stats::regression::Regression;
use plimsoll_stats::sample::SampleError;

use crate::outcomes::Outcomes;
use crate::{cost, quantile};

type Answers = Vec<Result<Estimate, NoValue>>;

/// Returns the resampling plan whose seed follows from what is measured, so that the same inputs
/// give the same bytes.
pub(crate) fn plan(inputs: &[&Digest], seed: u64) -> Plan {
    let mut material = seed.to_le_bytes().to_vec();
    for input in inputs {
        material.extend_from_slice(input.as_bytes());
    }
    let threads = std::thread::available_parallelism().unwrap_or(std::num::NonZeroUsize::MIN);
    Plan::new(Seed::from_bytes(*Digest::blake3(&material).as_bytes())).with_threads(threads)
}

/// Which metrics there are to be beyond the usual ones of a task.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MetricChoice<'a> {
    /// What the numbers will be judged by.
    pub(crate) demands: &'a [Demand],
    /// Further metrics.
    pub(crate) metrics: &'a [evidence::Metric],
    /// What answers cost.
    pub(crate) costs: Option<&'a Costs>,
}

impl<'a> MetricChoice<'a> {
    /// Returns what an evaluation asks.
    pub(crate) fn by(evaluate: &'a Evaluate, demands: &'a [Demand]) -> Self {
        Self { demands, metrics: &evaluate.metrics, costs: evaluate.costs.as_ref() }
    }

    /// Returns what is measured of a task: the usual metrics, and those that anything names.
    pub(crate) fn of(&self, task: Task, has_quantiles: bool) -> Vec<evidence::Metric> {
        let named = self.demands.iter().filter_map(Demand::metric);
        let named: Vec<_> = named.chain(self.metrics.iter().copied()).collect();
        let usual: Vec<_> = evidence::Metric::usual(task).collect();
        let is_asked = |metric: &evidence::Metric| {
            let costs = *metric == evidence::Metric::Cost && self.costs.is_some();
            let quantiles = quantile::is_of(*metric) && has_quantiles;
            usual.contains(metric) || named.contains(metric) || costs || quantiles
        };
        let of_task = evidence::Metric::ALL.into_iter().filter(|metric| metric.is_of(task));
        of_task.filter(is_asked).collect()
    }
}

/// Measures the metrics of the task, and those that are asked for, on `outcomes`; `slice` tells
/// which limits apply.
pub(crate) fn measure(
    outcomes: &Outcomes,
    blocks: &Blocks,
    choice: MetricChoice<'_>,
    slice: Option<&SliceName>,
    plan: &Plan,
) -> Result<Vec<Measured>, SampleError> {
    let metrics = choice.of(outcomes.task(), outcomes.quantiles().is_some());
    let limits: Vec<Vec<f64>> =
        metrics.iter().map(|metric| limits_of(*metric, choice.demands, slice)).collect();
    if outcomes.rows() == 0 {
        return Ok(metrics.iter().map(|metric| nothing(*metric, "there are no rows")).collect());
    }
    let answers = answers((outcomes, None), (&metrics, &limits), choice.costs, blocks, plan)?;
    let has_blocks = blocks.declared_count().is_some();
    let measured = metrics.iter().zip(answers).map(|(metric, answer)| match answer {
        Err(reason) => nothing(*metric, &reason),
        Ok(estimate) => Measured {
            metric: *metric,
            value: Some(estimate.value),
            reason: reason(&estimate),
            interval: estimate.interval.as_ref().map(|interval| evidence(interval, has_blocks)),
        },
    });
    Ok(measured.collect())
}

/// Measures how much better `challenger` is than `champion` on the same rows.
pub(crate) fn compare(
    champion: &Outcomes,
    challenger: &Outcomes,
    blocks: &Blocks,
    choice: MetricChoice<'_>,
    plan: &Plan,
) -> Result<Vec<Compared>, SampleError> {
    let mut metrics = choice.of(challenger.task(), challenger.quantiles().is_some());
    metrics.retain(|metric| metric.has_gain());
    let margins: Vec<Vec<f64>> =
        metrics.iter().map(|metric| margins_of(*metric, choice.demands)).collect();
    let few = Plan { resamples: 100, most_resamples: 100, ..*plan };
    let without_limits = MetricChoice { metrics: &metrics, demands: &[], ..choice };
    let values = |outcomes: &Outcomes| -> Result<Vec<Option<f64>>, SampleError> {
        let measured = measure(outcomes, blocks, without_limits, None, &few)?;
        let value =
            |metric: &evidence::Metric| measured.iter().find(|it| it.metric == *metric)?.value;
        Ok(metrics.iter().map(value).collect())
    };
    let (old, new) = (values(champion)?, values(challenger)?);
    let both = (champion, Some(challenger));
    let gains = answers(both, (&metrics, &margins), choice.costs, blocks, plan)?;
    let has_blocks = blocks.declared_count().is_some();
    let rows = metrics.iter().zip(old.into_iter().zip(new)).zip(gains);
    let compared = rows.map(|((metric, (champion, challenger)), gain)| match gain {
        Err(reason) => Compared {
            metric: *metric,
            champion,
            challenger,
            gain: None,
            interval: None,
            reason: Some(reason),
        },
        Ok(estimate) => Compared {
            metric: *metric,
            champion,
            challenger,
            gain: Some(estimate.value),
            reason: reason(&estimate),
            interval: estimate.interval.as_ref().map(|interval| evidence(interval, has_blocks)),
        },
    });
    Ok(compared.collect())
}

/// Measures the gain of `challenger` over `champion` in one metric, held against what is required.
pub(crate) fn gain(
    champion: &Outcomes,
    challenger: &Outcomes,
    blocks: &Blocks,
    (metric, required): (evidence::Metric, f64),
    costs: Option<&Costs>,
    plan: &Plan,
) -> Result<Result<Estimate, String>, SampleError> {
    let asked: (&[_], &[_]) = (&[metric], &[vec![required]]);
    let mut gains = answers((champion, Some(challenger)), asked, costs, blocks, plan)?;
    Ok(gains.pop().unwrap_or_else(|| Err(NoValue::NotApplicable.to_string())))
}

/// Measures each of `metrics` of the outcomes, or the gain of a challenger over them, where its
/// limits are most of interest.
fn answers(
    (outcomes, challenger): (&Outcomes, Option<&Outcomes>),
    (metrics, limits): (&[evidence::Metric], &[Vec<f64>]),
    costs: Option<&Costs>,
    blocks: &Blocks,
    plan: &Plan,
) -> Result<Vec<Result<Estimate, String>>, SampleError> {
    let wanted = wanted(metrics, limits);
    let mut of_answers = answer(outcomes, challenger, &wanted, blocks, plan)?.into_iter();
    let mut answers = Vec::new();
    for (metric, limits) in metrics.iter().zip(limits) {
        answers.push(match metric {
            evidence::Metric::Cost => {
                cost::measure((outcomes, challenger), costs, limits, blocks, plan)?
            }
            metric if quantile::is_of(*metric) => {
                quantile::measure((outcomes, challenger), (*metric, limits), blocks, plan)?
            }
            _ => {
                of_answers.next().unwrap_or(Err(NoValue::NotApplicable)).map_err(|r| r.to_string())
            }
        });
    }
    Ok(answers)
}

fn limits_of(metric: evidence::Metric, demands: &[Demand], part: Option<&SliceName>) -> Vec<f64> {
    let limit = |demand: &Demand| match demand {
        Demand::Limit { metric: judged, bound, slice } => {
            (*judged == metric && slice.as_ref() == part).then(|| bound.limit())
        }
        _ => None,
    };
    demands.iter().filter_map(limit).collect()
}

fn margins_of(metric: evidence::Metric, demands: &[Demand]) -> Vec<f64> {
    let margin = |demand: &Demand| match demand {
        Demand::Beats { metric: judged, by } => (*judged == metric).then_some(*by),
        _ => None,
    };
    demands.iter().filter_map(margin).collect()
}

fn wanted<'a>(metrics: &[evidence::Metric], limits: &'a [Vec<f64>]) -> Vec<Wanted<'a>> {
    let pairs = metrics.iter().zip(limits);
    let wanted = pairs.map(|(metric, limits)| Some(Wanted { metric: of_stats(*metric)?, limits }));
    wanted.flatten().collect()
}

/// Measures `outcomes`, or the gain of `challenger` over it.
fn answer(
    outcomes: &Outcomes,
    challenger: Option<&Outcomes>,
    wanted: &[Wanted<'_>],
    blocks: &Blocks,
    plan: &Plan,
) -> Result<Answers, SampleError> {
    match (outcomes, challenger) {
        (Outcomes::Regression { truth, prediction, .. }, None) => {
            Regression::new(truth, prediction)?.measure(wanted, blocks, plan)
        }
        (
            Outcomes::Regression { truth, prediction, .. },
            Some(Outcomes::Regression { truth: same, prediction: other, .. }),
        ) => {
            let challenger = Regression::new(same, other)?;
            Regression::new(truth, prediction)?.compare(&challenger, wanted, blocks, plan)
        }
        (Outcomes::Binary { truth, predicted, scores }, None) => {
            let model = Binary::new(truth, predicted, scores.as_ref().map(Scores::values))?;
            let answers = model.measure(wanted, blocks, plan)?;
            Ok(without_likelihood(answers, wanted, is_ranking(scores.as_ref())))
        }
        (
            Outcomes::Binary { truth, predicted, scores },
            Some(Outcomes::Binary { truth: same, predicted: other, scores: other_scores }),
        ) => {
            let challenger = Binary::new(same, other, other_scores.as_ref().map(Scores::values))?;
            let champion = Binary::new(truth, predicted, scores.as_ref().map(Scores::values))?;
            let answers = champion.compare(&challenger, wanted, blocks, plan)?;
            let ranking = is_ranking(scores.as_ref()) || is_ranking(other_scores.as_ref());
            Ok(without_likelihood(answers, wanted, ranking))
        }
        (Outcomes::Multiclass { classes, truth, predicted, probability }, None) => {
            Multiclass::new(truth, predicted, count(classes), probability.as_deref())?
                .measure(wanted, blocks, plan)
        }
        (
            Outcomes::Multiclass { classes, truth, predicted, probability },
            Some(Outcomes::Multiclass {
                classes: known,
                truth: same,
                predicted: other,
                probability: given,
            }),
        ) if classes == known => {
            let challenger = Multiclass::new(same, other, count(classes), given.as_deref())?;
            Multiclass::new(truth, predicted, count(classes), probability.as_deref())?.compare(
                &challenger,
                wanted,
                blocks,
                plan,
            )
        }
        // Champion and challenger of different tasks or classes have nothing in common.
        _ => Ok(wanted.iter().map(|_| Err(NoValue::NotApplicable)).collect()),
    }
}

fn is_ranking(scores: Option<&Scores>) -> bool {
    matches!(scores, Some(Scores::Ranking(_)))
}

/// Scores that only rank rows may lie between 0 and 1 and are no probabilities all the same.
fn without_likelihood(answers: Answers, wanted: &[Wanted<'_>], ranking: bool) -> Answers {
    let of_metric = answers.into_iter().zip(wanted).map(|(answer, wanted)| {
        let is_likelihood = matches!(wanted.metric, Metric::LogLoss | Metric::Brier);
        if ranking && is_likelihood { Err(NoValue::NoProbabilities) } else { answer }
    });
    of_metric.collect()
}

fn count(classes: &[String]) -> u32 {
    u32::try_from(classes.len()).unwrap_or(u32::MAX)
}

fn nothing(metric: evidence::Metric, reason: &str) -> Measured {
    Measured { metric, value: None, interval: None, reason: Some(reason.to_owned()) }
}

fn reason(estimate: &Estimate) -> Option<String> {
    if estimate.interval.is_none() {
        return Some("one row or block says nothing about variation".to_owned());
    }
    let clipped = estimate.clipped_rows;
    (clipped > 0).then(|| format!("{clipped} rows had the probability 0 or 1 and were clipped"))
}

/// Returns the interval that is shown and judged: where it is approximate, the wider one with a
/// fifth of the error (the carry rule).
pub(crate) fn evidence(interval: &Interval, has_blocks: bool) -> evidence::Interval {
    let ends = interval.judged();
    let level = match interval.wide {
        Some(_) => 1.0 - (1.0 - interval.level) / 5.0,
        None => interval.level,
    };
    let of_blocks = if has_blocks { "block " } else { "" };
    let method = match interval.method {
        Method::BootT => format!("{of_blocks}boot-t"),
        Method::Percentile => format!("{of_blocks}percentile bootstrap"),
        Method::TransformedT => "transformed t".to_owned(),
        Method::Wilson => "Wilson".to_owned(),
        Method::LogitDelong => "DeLong on the logit".to_owned(),
        Method::PairedDelong => "paired DeLong".to_owned(),
        Method::PairedNewcombe => "paired Newcombe".to_owned(),
        Method::StudentT => format!("{of_blocks}t"),
        Method::CorrectedCalibration => "corrected for chance".to_owned(),
        Method::RuleOfThree => "rule of three".to_owned(),
        Method::DieboldMariano => "Diebold-Mariano".to_owned(),
        other => format!("{other:?}"),
    };
    let unit = if has_blocks { "blocks" } else { "rows" };
    let approximate = interval.remark.map(|remark| match (remark, interval.carry) {
        (Remark::FewCarry, Some(carry)) => format!("{carry:.1} {unit} carry the error"),
        (Remark::FewCarry, None) => format!("few {unit} carry the error"),
        (Remark::FewOutcomes, _) => "fewer than 10 rows of one outcome".to_owned(),
        (Remark::AtEdge, _) => "the value lies at the end of its range".to_owned(),
        (Remark::Constant, _) => format!("all {unit} give the same value"),
        (Remark::Undefined, _) => "many resamples had no value".to_owned(),
        (other, _) => format!("{other:?}"),
    });
    evidence::Interval { low: ends.low, high: ends.high, level, method, approximate }
}

/// Returns the statistic that measures a metric by predictions and truth alone.
fn of_stats(metric: evidence::Metric) -> Option<Metric> {
    Some(match metric {
        evidence::Metric::Mae => Metric::Mae,
        evidence::Metric::Rmse => Metric::Rmse,
        evidence::Metric::R2 => Metric::R2,
        evidence::Metric::Wape => Metric::Wape,
        evidence::Metric::Bias => Metric::Bias,
        evidence::Metric::Mape => Metric::Mape,
        evidence::Metric::Accuracy => Metric::Accuracy,
        evidence::Metric::Auc => Metric::Auc,
        evidence::Metric::LogLoss => Metric::LogLoss,
        evidence::Metric::F1 => Metric::F1,
        evidence::Metric::Brier => Metric::Brier,
        evidence::Metric::AveragePrecision => Metric::AveragePrecision,
        evidence::Metric::Precision => Metric::Precision,
        evidence::Metric::Recall => Metric::Recall,
        evidence::Metric::Specificity => Metric::Specificity,
        evidence::Metric::BalancedAccuracy => Metric::BalancedAccuracy,
        evidence::Metric::WeightedF1 => Metric::WeightedF1,
        evidence::Metric::WeightedPrecision => Metric::WeightedPrecision,
        evidence::Metric::Kappa => Metric::Kappa,
        evidence::Metric::Mcc => Metric::Mcc,
        evidence::Metric::Cost
        | evidence::Metric::QuantileLoss
        | evidence::Metric::Coverage
        | evidence::Metric::Width
        | evidence::Metric::IntervalScore => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(rows: usize) -> Blocks {
        Blocks::of_labels(&(0..rows).map(|row| row / 24).collect::<Vec<_>>())
    }

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn demand(rows: usize, error: f64) -> Outcomes {
        let truth: Vec<f64> = (0..rows).map(|row| 100.0 + ((row * 7919) % 97) as f64).collect();
        let wave = |row: usize| ((row * 31 + row / 24 * 17) % 11) as f64 - 5.0;
        let prediction = truth.iter().enumerate().map(|(row, y)| y + error * wave(row)).collect();
        Outcomes::numbers(truth, prediction)
    }

    #[test]
    fn every_metric_of_the_task_has_a_value_and_an_interval_around_it() {
        let outcomes = demand(960, 1.0);
        let plan = plan(&[&Digest::blake3(b"model")], 0);
        let measured =
            measure(&outcomes, &days(960), MetricChoice::default(), None, &plan).unwrap();
        assert_eq!(measured.len(), 5);
        for measured in measured {
            let (value, interval) = (measured.value.unwrap(), measured.interval.unwrap());
            assert!(interval.low <= value && value <= interval.high, "{}", measured.metric);
        }
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn what_is_asked_for_is_measured_too() {
        let truth: Vec<bool> = (0..400).map(|row| row % 3 == 0).collect();
        let predicted: Vec<bool> =
            (0..400).map(|row| row % 3 == 0 && row % 7 != 0 || row % 11 == 5).collect();
        let score = predicted.iter().enumerate();
        let score =
            score.map(|(row, hit)| if *hit { 0.8 } else { 0.2 } + (row % 10) as f64 / 100.0);
        let scores = Some(Scores::Probability(score.collect()));
        let outcomes = Outcomes::Binary { truth, predicted, scores };
        let costs = Costs::Binary {
            false_positive: 1.0,
            false_negative: 10.0,
            true_positive: 0.0,
            true_negative: 0.0,
        };
        let metrics: Vec<_> =
            evidence::Metric::ALL.into_iter().filter(|it| it.is_of(Task::Binary)).collect();
        let choice = MetricChoice { metrics: &metrics, costs: Some(&costs), demands: &[] };
        let plan = plan(&[&Digest::blake3(b"model")], 0);
        let rows = Blocks::rows(400);
        let measured = measure(&outcomes, &rows, choice, None, &plan).unwrap();
        let named: Vec<_> = measured.iter().map(|measured| measured.metric).collect();
        assert_eq!(named, metrics);
        for measured in &measured {
            let (value, ends) = (measured.value.unwrap(), measured.interval.as_ref().unwrap());
            assert!(ends.low <= value && value <= ends.high, "{measured:?}");
        }
        let Outcomes::Binary { truth, predicted, .. } = &outcomes else { panic!() };
        let count = |of: bool, answer: bool| {
            truth.iter().zip(predicted).filter(|(t, p)| (**t, **p) == (of, answer)).count() as f64
        };
        let value = |metric| measured.iter().find(|it| it.metric == metric).unwrap().value.unwrap();
        let recall = count(true, true) / (count(true, true) + count(true, false));
        assert!((value(evidence::Metric::Recall) - recall).abs() < 1e-12);
        let cost = (count(false, true) + 10.0 * count(true, false)) / 400.0;
        assert!((value(evidence::Metric::Cost) - cost).abs() < 1e-12);
        let usual = measure(&outcomes, &rows, MetricChoice::default(), None, &plan).unwrap();
        assert_eq!(usual.len(), 5);
        // A metric of which nobody said what it needs has no value, and so passes no rule.
        let asked = MetricChoice { costs: None, ..choice };
        let unsaid = measure(&outcomes, &rows, asked, None, &plan).unwrap();
        let cost = unsaid.iter().find(|it| it.metric == evidence::Metric::Cost).unwrap();
        assert!(cost.value.is_none() && cost.reason.as_ref().unwrap().contains("evaluate.costs"));
        let compared = compare(&outcomes, &outcomes, &rows, choice, &plan).unwrap();
        assert_eq!(compared.len(), metrics.len());
        let saved = compared.iter().find(|it| it.metric == evidence::Metric::Cost).unwrap();
        assert!(saved.gain.unwrap().abs() < 1e-12, "{saved:?}");
    }

    #[test]
    fn the_same_inputs_give_the_same_bytes_and_others_do_not() {
        let outcomes = demand(960, 1.0);
        let bytes = |model: &[u8]| {
            let plan = plan(&[&Digest::blake3(model)], 0);
            let measured =
                measure(&outcomes, &days(960), MetricChoice::default(), None, &plan).unwrap();
            serde_json::to_string(&measured).unwrap()
        };
        assert_eq!(bytes(b"a"), bytes(b"a"));
        assert_ne!(bytes(b"a"), bytes(b"b"));
    }

    #[test]
    fn a_gain_is_positive_where_the_challenger_is_better() {
        let (champion, challenger) = (demand(960, 2.0), demand(960, 1.0));
        let plan = plan(&[], 0);
        let compared =
            compare(&champion, &challenger, &days(960), MetricChoice::default(), &plan).unwrap();
        let mae = compared.iter().find(|c| c.metric == evidence::Metric::Mae).unwrap();
        assert!((mae.gain.unwrap() - 0.5).abs() < 1e-9);
        assert!(mae.interval.as_ref().unwrap().low > 0.4);
        assert!(compared.iter().all(|compared| compared.metric != evidence::Metric::Bias));
    }

    #[test]
    fn no_rows_give_no_values() {
        let empty = demand(0, 1.0);
        let measured =
            measure(&empty, &Blocks::rows(0), MetricChoice::default(), None, &plan(&[], 0))
                .unwrap();
        assert!(measured.iter().all(|m| m.value.is_none() && m.reason.is_some()));
    }
}
