//! What happens where statistics have no value, no variation or hardly any rows.

#![expect(clippy::unwrap_used, reason = "a test may end in a panic")]

use plimsoll_stats::binary::Binary;
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::{Estimate, NoValue};
use plimsoll_stats::interval::{Ends, Method, Remark};
use plimsoll_stats::metric::{Metric, Wanted};
use plimsoll_stats::multiclass::Multiclass;
use plimsoll_stats::plan::Plan;
use plimsoll_stats::random::Seed;
use plimsoll_stats::regression::Regression;
use plimsoll_stats::sample::SampleError;

fn plan() -> Plan {
    Plan { resamples: 999, most_resamples: 999, ..Plan::new(Seed::from(1)) }
}

fn regress(target: &[f64], prediction: &[f64], metric: Metric) -> Result<Estimate, NoValue> {
    let sample = Regression::new(target, prediction).unwrap();
    let blocks = Blocks::rows(target.len());
    sample.measure(&[Wanted::of(metric)], &blocks, &plan()).unwrap().remove(0)
}

fn classify(
    positive: &[bool],
    predicted: &[bool],
    score: &[f64],
    metric: Metric,
    blocks: &Blocks,
) -> Result<Estimate, NoValue> {
    let sample = Binary::new(positive, predicted, Some(score)).unwrap();
    sample.measure(&[Wanted::of(metric)], blocks, &plan()).unwrap().remove(0)
}

fn assert_constant(estimate: &Estimate, value: f64) {
    let interval = estimate.interval.unwrap();
    assert!((estimate.value - value).abs() < 1e-12);
    assert_eq!((interval.low, interval.high), (estimate.value, estimate.value));
    assert_eq!(interval.remark, Some(Remark::Constant));
    assert_eq!(interval.wide, Some(interval.ends()));
}

#[test]
fn what_is_not_defined_has_no_value() {
    let rows = [0.1; 30];
    let other: Vec<f64> = (0..30).map(f64::from).collect();
    assert_eq!(regress(&rows, &other, Metric::R2), Err(NoValue::ConstantTarget));
    assert_eq!(regress(&[3.0], &[4.0], Metric::R2), Err(NoValue::ConstantTarget));
    assert_eq!(regress(&[0.0; 30], &other, Metric::Wape), Err(NoValue::ZeroDenominator));
    assert_eq!(regress(&rows, &other, Metric::F1), Err(NoValue::NotApplicable));
    let blocks = Blocks::rows(2);
    let of =
        |positive: &[bool], metric| classify(positive, &[false; 2], &[0.2, 0.7], metric, &blocks);
    assert_eq!(of(&[true; 2], Metric::Auc), Err(NoValue::OneClass));
    assert_eq!(of(&[false; 2], Metric::F1), Err(NoValue::NoSuchClass));
    let unscored = Binary::new(&[true, false], &[true; 2], None).unwrap();
    for metric in [Metric::Auc, Metric::LogLoss, Metric::Brier] {
        let answer = unscored.measure(&[Wanted::of(metric)], &blocks, &plan()).unwrap();
        assert_eq!(answer, [Err(NoValue::NoProbabilities)], "{metric}");
    }
}

#[test]
fn no_error_and_no_variation_are_said_and_not_hidden() {
    let target: Vec<f64> = (0..30).map(f64::from).collect();
    let shifted: Vec<f64> = target.iter().map(|y| y + 0.1).collect();
    assert_constant(&regress(&target, &target, Metric::Mae).unwrap(), 0.0);
    assert_constant(&regress(&target, &target, Metric::Rmse).unwrap(), 0.0);
    assert_constant(&regress(&target, &target, Metric::R2).unwrap(), 1.0);
    let mae = regress(&target, &shifted, Metric::Mae).unwrap();
    let interval = mae.interval.unwrap();
    assert!((interval.low - 0.1).abs() < 1e-9 && (interval.high - 0.1).abs() < 1e-9);
}

#[test]
fn a_variation_that_sums_would_lose_is_judged_by_t() {
    let target = [0.0; 4];
    let prediction = [5.0, 5.0 + 1e-8, 5.0, 5.0 + 1e-8];
    let interval = regress(&target, &prediction, Metric::Mae).unwrap().interval.unwrap();
    assert_eq!((interval.method, interval.remark), (Method::TransformedT, Some(Remark::FewCarry)));
    // The standard error is 1e-8 / sqrt(12); scipy 1.17.1: t.isf(0.025, 3), t.isf(0.005, 3)
    let half = |width: f64| width / 2.0 * 12.0_f64.sqrt() / 1e-8;
    let wide = interval.wide.unwrap();
    assert!((half(interval.high - interval.low) - 3.182_446).abs() < 1e-4, "{interval:?}");
    assert!((half(wide.high - wide.low) - 5.840_909).abs() < 1e-4, "{interval:?}");
}

#[test]
fn one_row_or_one_block_has_a_number_without_an_interval() {
    let one = regress(&[3.0], &[4.0], Metric::Mae).unwrap();
    assert_eq!((one.value, one.interval, one.is_enough_evidence()), (1.0, None, false));
    let target: Vec<f64> = (0..30).map(f64::from).collect();
    let sample = Regression::new(&target, &[1.0; 30]).unwrap();
    let block = Blocks::of_labels(&["monday"; 30]);
    let estimate = sample.measure(&[Wanted::of(Metric::Mae)], &block, &plan()).unwrap().remove(0);
    assert_eq!(estimate.unwrap().interval, None);
}

#[test]
fn evidence_is_counted_in_rows_and_in_blocks() {
    let target: Vec<f64> = (0..30).map(f64::from).collect();
    assert!(regress(&target, &[1.0; 30], Metric::Mae).unwrap().is_enough_evidence());
    assert!(!regress(&target[..19], &[1.0; 19], Metric::Mae).unwrap().is_enough_evidence());
    let labels: Vec<usize> = (0..30).map(|row| row % 9).collect();
    let sample = Regression::new(&target, &[1.0; 30]).unwrap();
    let blocks = Blocks::of_labels(&labels);
    let estimate = sample.measure(&[Wanted::of(Metric::Mae)], &blocks, &plan()).unwrap().remove(0);
    assert!(!estimate.unwrap().is_enough_evidence(), "9 blocks");
}

#[test]
fn a_perfect_share_is_bounded_by_the_blocks_that_count() {
    let positive: Vec<bool> = (0..60).map(|row| row < 20).collect();
    let labels: Vec<usize> = (0..60).map(|row| row % 12).collect();
    let score: Vec<f64> = positive.iter().map(|&p| if p { 0.9 } else { 0.2 }).collect();
    let by_block = Blocks::of_labels(&labels);
    let of =
        |metric, blocks: &Blocks| classify(&positive, &positive, &score, metric, blocks).unwrap();

    // statsmodels 0.15.0: proportion_confint(12, 12, method="wilson")
    let accuracy = of(Metric::Accuracy, &by_block).interval.unwrap();
    assert!((accuracy.low - 0.757_506_1).abs() < 1e-6 && accuracy.high >= 1.0, "{accuracy:?}");
    assert_eq!((accuracy.method, accuracy.remark), (Method::Wilson, Some(Remark::AtEdge)));
    // F1 counts the 20 rows that hold a positive, not the 60.
    let f1 = of(Metric::F1, &Blocks::rows(60)).interval.unwrap();
    assert!((f1.low - 0.838_874_9).abs() < 1e-6, "{f1:?}");

    // Rule of three: 20 rows and 12 blocks with a positive.
    let rows = of(Metric::Auc, &Blocks::rows(60)).interval.unwrap();
    assert!((rows.low - (1.0 - 2.995_732 / 20.0)).abs() < 1e-6, "{rows:?}");
    let blocks = of(Metric::Auc, &by_block).interval.unwrap();
    assert!((blocks.low - (1.0 - 2.995_732 / 12.0)).abs() < 1e-6, "{blocks:?}");
    assert_eq!((blocks.method, blocks.high), (Method::RuleOfThree, 1.0));
    let turned: Vec<f64> = score.iter().map(|s| -s).collect();
    let worst = classify(&positive, &positive, &turned, Metric::Auc, &by_block).unwrap();
    assert_eq!((worst.value, worst.interval.unwrap().low), (0.0, 0.0));
}

#[test]
fn one_row_of_a_class_says_nothing_about_an_area() {
    let positive: Vec<bool> = (0..30).map(|row| row == 17).collect();
    let score: Vec<f64> = (0..30).map(f64::from).collect();
    let area = classify(&positive, &positive, &score, Metric::Auc, &Blocks::rows(30)).unwrap();
    assert_eq!(area.interval.unwrap().ends(), Ends { low: 0.0, high: 1.0 });
    let constant = classify(&positive, &positive, &[0.5; 30], Metric::Auc, &Blocks::rows(30));
    assert_eq!(constant.unwrap().interval.unwrap().ends(), Ends { low: 0.0, high: 1.0 });
}

#[test]
fn errors_in_two_rows_leave_a_finite_marked_interval() {
    // Many resamples hold none of the two rows, so that the log of their error is infinite.
    let target = [1.0; 50];
    let prediction: Vec<f64> =
        (0..50).map(|row| if row < 2 { 4.0 + f64::from(row) } else { 1.0 }).collect();
    let interval = regress(&target, &prediction, Metric::Mae).unwrap().interval.unwrap();
    assert_eq!((interval.method, interval.remark), (Method::Percentile, Some(Remark::Undefined)));
    assert!(interval.low >= 0.0 && interval.high.is_finite() && interval.high > 0.14);
    assert!(interval.wide.unwrap().high >= interval.high && interval.carry.unwrap() < 3.0);
}

#[test]
fn a_resample_without_errors_widens_and_is_not_forgotten() {
    // 1.6 % of the resamples hold none of the four errors: too few for the 95 % ends, too many for
    // the upper 99 % end, which the percentiles then give.
    let target = [1.0; 50];
    let prediction: Vec<f64> =
        (0..50).map(|row| if row < 4 { 4.0 + f64::from(row) } else { 1.0 }).collect();
    let interval = regress(&target, &prediction, Metric::Mae).unwrap().interval.unwrap();
    assert_eq!((interval.method, interval.remark), (Method::BootT, Some(Remark::FewCarry)));
    let wide = interval.wide.unwrap();
    assert!(wide.high >= interval.high && wide.high.is_finite(), "{interval:?}");
}

#[test]
fn rare_positives_leave_a_marked_interval() {
    let positive: Vec<bool> = (0..60).map(|row| row < 3).collect();
    let predicted: Vec<bool> = (0..60).map(|row| (2..4).contains(&row)).collect();
    let estimate =
        classify(&positive, &predicted, &[0.1; 60], Metric::F1, &Blocks::rows(60)).unwrap();
    let interval = estimate.interval.unwrap();
    // 1.6 % of the resamples hold none of the four rows that count, and have no F1.
    assert_eq!((interval.method, interval.remark), (Method::Percentile, Some(Remark::Undefined)));
    assert!((estimate.value - 0.4).abs() < 1e-12, "{interval:?}");
    assert!(interval.low >= 0.0 && interval.high <= 1.0 && interval.ends().contain(0.4));
}

#[test]
fn numbers_beyond_the_range_of_floats_are_no_result() {
    let target: Vec<f64> = (0..30).map(|row| f64::from(row) * 1e300).collect();
    for metric in [Metric::Rmse, Metric::R2] {
        assert_eq!(regress(&target, &[0.0; 30], metric), Err(NoValue::OutOfRange), "{metric}");
    }
}

#[test]
fn a_limit_near_an_end_is_looked_at_more_closely() {
    let target: Vec<f64> = (0..200).map(f64::from).collect();
    let prediction: Vec<f64> = target.iter().map(|y| y + (y * 1.7).sin()).collect();
    let sample = Regression::new(&target, &prediction).unwrap();
    let blocks = Blocks::rows(200);
    let measure = |limits: &[f64], resamples, most_resamples| {
        let plan = Plan { resamples, most_resamples, ..plan() };
        let wanted = [Wanted { metric: Metric::Mae, limits }, Wanted::of(Metric::Rmse)];
        let answers = sample.measure(&wanted, &blocks, &plan).unwrap();
        answers.into_iter().map(|answer| answer.unwrap().interval.unwrap()).collect::<Vec<_>>()
    };
    let (few, many) = (measure(&[], 500, 500), measure(&[], 20_000, 20_000));
    let near = few[0].high + 1e-6;
    assert_eq!(measure(&[near], 500, 20_000), [many[0], few[1]]);
    assert_eq!(measure(&[2.0 * near], 500, 20_000), few);
    assert_ne!(few[0], many[0]);
}

#[test]
fn gains_without_a_base_have_no_value() {
    let target: Vec<f64> = (0..30).map(f64::from).collect();
    let off: Vec<f64> = target.iter().map(|y| y + (y * 1.7).sin()).collect();
    let (perfect, flawed) =
        (Regression::new(&target, &target).unwrap(), Regression::new(&target, &off).unwrap());
    let gain = |champion: &Regression<'_>, challenger: &Regression<'_>, metric| {
        let blocks = Blocks::rows(30);
        champion.compare(challenger, &[Wanted::of(metric)], &blocks, &plan()).unwrap().remove(0)
    };
    assert_eq!(gain(&perfect, &flawed, Metric::Mae), Err(NoValue::PerfectChampion));
    assert_eq!(gain(&flawed, &flawed, Metric::Bias), Err(NoValue::NotApplicable));
    assert_constant(&gain(&flawed, &perfect, Metric::Rmse).unwrap(), 1.0);
    assert_constant(&gain(&flawed, &flawed, Metric::Mae).unwrap(), 0.0);
    assert_constant(&gain(&flawed, &flawed, Metric::R2).unwrap(), 0.0);
}

#[test]
fn samples_that_do_not_fit_are_refused() {
    assert_eq!(Regression::new(&[], &[]).unwrap_err(), SampleError::Empty);
    assert!(Regression::new(&[1.0, f64::NAN], &[1.0, 2.0]).is_err());
    let sample = Regression::new(&[1.0, 2.0], &[1.0, 2.5]).unwrap();
    assert!(sample.measure(&[], &Blocks::rows(3), &plan()).is_err());
    let other = Regression::new(&[1.0, 3.0], &[1.0, 2.5]).unwrap();
    let error = sample.compare(&other, &[], &Blocks::rows(2), &plan()).unwrap_err();
    assert_eq!(error, SampleError::DifferentTargets { row: 1 });
    let error = Multiclass::new(&[0, 1, 2], &[0, 3, 2], 3, None).unwrap_err();
    assert!(error.to_string().starts_with("the prediction holds class 3 in row 1"), "{error}");
}

#[test]
fn classes_that_never_occur_do_not_count() {
    let truth: Vec<u32> = (0..40).map(|row| row % 2).collect();
    let predicted: Vec<u32> = (0..40).map(|row| u32::from(row % 5 == 0 || row % 2 == 1)).collect();
    let blocks = Blocks::rows(40);
    let of = |classes| {
        let sample = Multiclass::new(&truth, &predicted, classes, None).unwrap();
        sample.measure(&[Wanted::of(Metric::F1)], &blocks, &plan()).unwrap().remove(0).unwrap()
    };
    assert_eq!(of(2), of(7));
    // sklearn 1.9.1: f1_score(average="macro")
    assert!((of(2).value - 0.898_989_898_989_899).abs() < 1e-12, "{}", of(2).value);
}
