//! Scores of classes and forecasts where they have no value, no variation or hardly any rows.

#![expect(clippy::unwrap_used, reason = "a test may end in a panic")]

use plimsoll_stats::binary::Binary;
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::{Estimate, NoValue};
use plimsoll_stats::interval::{Method, Remark};
use plimsoll_stats::interval_forecasts::IntervalForecast;
use plimsoll_stats::metric::{Metric, Wanted};
use plimsoll_stats::multiclass::Multiclass;
use plimsoll_stats::plan::{Intervals, Plan};
use plimsoll_stats::quantile_forecasts::QuantileForecast;
use plimsoll_stats::random::Seed;
use plimsoll_stats::regression::Regression;
use plimsoll_stats::sample::SampleError;

const SCORES: [Metric; 6] = [
    Metric::Precision,
    Metric::Recall,
    Metric::BalancedAccuracy,
    Metric::WeightedF1,
    Metric::Kappa,
    Metric::Mcc,
];

fn plan() -> Plan {
    Plan { resamples: 999, most_resamples: 999, ..Plan::new(Seed::from(1)) }
}

fn binary(positive: &[bool], predicted: &[bool], metric: Metric) -> Result<Estimate, NoValue> {
    let sample = Binary::new(positive, predicted, None).unwrap();
    let blocks = Blocks::rows(positive.len());
    sample.measure(&[Wanted::of(metric)], &blocks, &plan()).unwrap().remove(0)
}

fn ranked(positive: &[bool], score: &[f64], blocks: &Blocks) -> Result<Estimate, NoValue> {
    let sample = Binary::new(positive, positive, Some(score)).unwrap();
    let wanted = [Wanted::of(Metric::AveragePrecision)];
    sample.measure(&wanted, blocks, &plan()).unwrap().remove(0)
}

#[test]
fn what_is_not_defined_has_no_value() {
    let (none, all, some) = ([false; 4], [true; 4], [true, false, true, false]);
    assert_eq!(binary(&some, &none, Metric::Precision), Err(NoValue::ZeroDenominator));
    assert_eq!(binary(&none, &some, Metric::Recall), Err(NoValue::ZeroDenominator));
    assert_eq!(binary(&all, &some, Metric::Specificity), Err(NoValue::ZeroDenominator));
    assert_eq!(binary(&all, &some, Metric::BalancedAccuracy), Err(NoValue::OneClass));
    assert_eq!(binary(&all, &some, Metric::Mcc), Err(NoValue::ConstantAnswers));
    assert_eq!(binary(&all, &all, Metric::Kappa), Err(NoValue::ConstantAnswers));
    assert_eq!(binary(&some, &some, Metric::WeightedF1), Err(NoValue::NotApplicable));
    let scores = [0.1, 0.2, 0.3, 0.4];
    assert_eq!(ranked(&none, &scores, &Blocks::rows(4)), Err(NoValue::NonePositive));
    let target = [1.0, 0.0, 2.0, 0.0];
    let model = Regression::new(&target, &scores).unwrap();
    let mape = [Wanted::of(Metric::Mape)];
    let zeros = [Err(NoValue::ZeroTargets { rows: 2 })];
    assert_eq!(model.measure(&mape, &Blocks::rows(4), &plan()).unwrap(), zeros);
    assert_eq!(model.compare(&model, &mape, &Blocks::rows(4), &plan()).unwrap(), zeros);
    assert_eq!(model.row_losses(Metric::Mape), Err(NoValue::ZeroTargets { rows: 2 }));
}

#[test]
fn a_score_without_misses_is_not_certain() {
    // Class 2 has three rows: its recall of 1 says little.
    let truth: Vec<u32> = (0..60).map(|row| if row < 3 { 2 } else { row % 2 }).collect();
    let sample = Multiclass::new(&truth, &truth, 3, None).unwrap();
    let answers = sample.measure(&SCORES.map(Wanted::of), &Blocks::rows(60), &plan()).unwrap();
    for (metric, answer) in SCORES.iter().zip(answers) {
        let estimate = answer.unwrap();
        let interval = estimate.interval.unwrap();
        assert!((estimate.value - 1.0).abs() < 1e-12, "{metric}");
        assert!((interval.high - 1.0).abs() < 1e-12, "{metric}");
        assert_eq!((interval.method, interval.remark), (Method::Wilson, Some(Remark::AtEdge)));
        let most = if matches!(metric, Metric::Kappa | Metric::Mcc) { 0.95 } else { 0.8 };
        assert!(interval.low < most, "{metric}: {}", interval.low);
        assert!(interval.judged().low < interval.low, "{metric}");
    }
}

#[test]
fn a_perfect_ranking_is_as_certain_as_its_positive_rows() {
    let positive: Vec<bool> = (0..400).map(|row| row >= 395).collect();
    let score: Vec<f64> = (0..400).map(f64::from).collect();
    let rows = ranked(&positive, &score, &Blocks::rows(400)).unwrap().interval.unwrap();
    // Wilson's lower end of 5 of 5.
    assert!((rows.low - 0.565_518).abs() < 1e-6 && rows.remark == Some(Remark::AtEdge));
    let halves: Vec<u32> = (0..400).map(|row| u32::from(row >= 395) + row % 20).collect();
    let blocks = ranked(&positive, &score, &Blocks::of_labels(&halves)).unwrap().interval.unwrap();
    assert!(blocks.low <= rows.low);
}

#[test]
fn few_positive_rows_are_marked() {
    let positive: Vec<bool> = (0..600).map(|row| row % 12 == 0).collect();
    let score: Vec<f64> = (0..600)
        .map(|row| f64::from(row * 7 % 31) + f64::from(u8::from(row % 12 == 0)) * 9.0)
        .collect();
    let many = ranked(&positive, &score, &Blocks::rows(600)).unwrap().interval.unwrap();
    assert_eq!(many.remark, None);
    let few = ranked(&positive[..588], &score[..588], &Blocks::rows(588)).unwrap();
    assert_eq!(few.interval.unwrap().remark, Some(Remark::FewPositives));
}

#[test]
fn scores_that_tie_have_the_share_of_positive_rows() {
    let positive: Vec<bool> = (0..40).map(|row| row % 4 == 0).collect();
    let estimate = ranked(&positive, &[0.5; 40], &Blocks::rows(40)).unwrap();
    assert!((estimate.value - 0.25).abs() < 1e-12);
    assert!(estimate.interval.unwrap().ends().contain(0.25));
}

#[test]
fn a_copy_of_the_champion_gains_nothing() {
    let positive: Vec<bool> = (0..60).map(|row| row % 3 == 0).collect();
    let predicted: Vec<bool> = (0..60).map(|row| row % 3 == 0 || row % 7 == 0).collect();
    let score: Vec<f64> = (0..60).map(|row| f64::from(row * 7 % 31)).collect();
    let model = Binary::new(&positive, &predicted, Some(&score)).unwrap();
    let wanted = Metric::ALL.map(Wanted::of);
    for intervals in [Intervals::Recommended, Intervals::Bca, Intervals::Percentile] {
        let plan = Plan { intervals, ..plan() };
        let gains = model.compare(&model, &wanted, &Blocks::rows(60), &plan).unwrap();
        let gains: Vec<Estimate> = gains.into_iter().filter_map(Result::ok).collect();
        assert_eq!(gains.len(), 10, "{intervals:?}");
        for gain in gains {
            let interval = gain.interval.unwrap();
            assert!(gain.value.abs() < 1e-12 && interval.ends().contain(0.0), "{interval:?}");
        }
    }
}

#[test]
fn forecasts_that_make_no_sense_are_refused() {
    let target = [1.0, 2.0, 3.0];
    let error =
        IntervalForecast::new(&target, &[0.0, 3.0, 4.0], &[2.0, 2.0, 2.0], 0.8).unwrap_err();
    assert_eq!(error, SampleError::CrossedEnds { count: 2, rows: 3, first: 1 });
    for level in [0.0, 1.0, f64::NAN] {
        assert!(IntervalForecast::new(&target, &target, &target, level).is_err());
        assert!(QuantileForecast::new(&target, &[level], &target).is_err());
    }
    assert!(QuantileForecast::new(&target, &[], &[]).is_err());
    assert!(QuantileForecast::new(&target, &[0.1, 0.9], &target).is_err());
    let (wide, narrow) = (
        IntervalForecast::new(&target, &target, &target, 0.9).unwrap(),
        IntervalForecast::new(&target, &target, &target, 0.8).unwrap(),
    );
    let error = wide.compare(&narrow, &[], &Blocks::rows(3), &plan()).unwrap_err();
    assert_eq!(error, SampleError::DifferentLevels);
}

#[test]
fn crossed_quantiles_are_counted_whatever_the_order_of_levels() {
    let target = [1.0, 2.0, 3.0];
    let prediction = [2.0, 1.0, 1.0, 2.0, 5.0, 0.0];
    let forecast = QuantileForecast::new(&target, &[0.9, 0.1], &prediction).unwrap();
    assert_eq!(forecast.crossed_rows(), 1);
    let shares = forecast.shares_below(&Blocks::rows(3), &plan()).unwrap();
    let values: Vec<f64> = shares.into_iter().map(|share| share.unwrap().value).collect();
    assert!((values[0] - 2.0 / 3.0).abs() < 1e-12 && (values[1] - 2.0 / 3.0).abs() < 1e-12);
}
