use super::*;
use crate::checks::test_trials::{Planted, Row, sound};

fn terms() -> Terms {
    Terms {
        metric: None,
        by: None,
        planned: None,
        guards: Vec::new(),
        costs: None,
        tolerance: USUAL_TOLERANCE,
        slices: Vec::new(),
        horizon: None,
    }
}

fn off(by: f64) -> impl Fn(&Row) -> f64 {
    move |row| sound(row) + by * if row.x > 0.0 { 1.0 } else { -1.0 }
}

fn trial(planted: Planted, by: f64) -> Trial {
    planted.answering(off(by)).trial()
}

#[test]
fn the_better_model_passes_and_the_worse_one_blocks() {
    let worse = trial(Planted::regression(2000), 1.0);
    let better = trial(Planted::regression(2000), 0.2);
    let won = compare(&worse, &better, &terms()).unwrap();
    assert_eq!((won.verdict, won.decisive.metric), (Outcome::Pass, Metric::Mae));
    assert!((won.decisive.required - USUAL_GAIN).abs() < 1e-12);
    assert!(won.tests[0].p < 1e-6, "{:?}", won.tests);
    let lost = compare(&better, &worse, &terms()).unwrap();
    assert_eq!(lost.verdict, Outcome::Block, "{}", lost.decisive.message);
}

#[test]
fn a_copy_is_not_better_and_no_worse() {
    let (one, other) = (trial(Planted::binary(800), 0.0), trial(Planted::binary(800), 0.0));
    let better = compare(&one, &other, &Terms { by: Some(0.0), ..terms() }).unwrap();
    assert_eq!(better.verdict, Outcome::Block, "{}", better.decisive.message);
    let tolerated = compare(&one, &other, &Terms { by: Some(-0.02), ..terms() }).unwrap();
    assert_eq!(tolerated.verdict, Outcome::Pass, "{}", tolerated.decisive.message);
    let mcnemar = better.tests.iter().find(|test| test.name == "McNemar, mid-p").unwrap();
    assert!((mcnemar.p - 1.0).abs() < 1e-12);
    assert!(better.tests.iter().any(|test| test.name == "DeLong, paired"));
}

#[test]
fn what_the_rows_cannot_tell_is_inconclusive_and_says_how_many_would() {
    let (old, new) = (trial(Planted::regression(150), 0.3), trial(Planted::regression(150), 0.25));
    let open = compare(&old, &new, &Terms { by: Some(0.04), ..terms() }).unwrap();
    assert_eq!(open.verdict, Outcome::Inconclusive, "{}", open.decisive.message);
    assert!(open.decisive.rows_needed.is_some_and(|rows| rows > 150), "{:?}", open.decisive);
}

#[test]
fn a_slice_that_is_harmed_blocks_although_the_whole_gains() {
    let harmful = |row: &Row| sound(row) + if row.group == "a" { 1.5 } else { 0.0 };
    let old = trial(Planted::regression(2000), 1.4);
    let new = Planted::regression(2000).answering(harmful).trial();
    let with = Terms { slices: vec!["group".to_owned()], ..terms() };
    let seen = compare(&old, &new, &with).unwrap();
    assert_eq!(seen.decisive.outcome, Outcome::Pass, "{}", seen.decisive.message);
    assert_eq!(seen.verdict, Outcome::Block);
    assert_eq!(seen.slices[0].condition, "group in [a]");
    assert!(seen.slices[0].is_proven && seen.slices[1].is_cleared, "{:?}", seen.slices);
    let many = Terms { slices: vec!["x".to_owned()], ..terms() };
    assert!(matches!(compare(&old, &new, &many), Err(ContestError::Slices { .. })));
}

#[test]
fn no_slice_is_harmed_by_chance() {
    for seed in 0..40 {
        let planted = || Planted::regression(600).seed(seed);
        let old = trial(planted(), 0.3);
        let new = planted().answering(|row| sound(row) - if row.x > 0.0 { 0.3 } else { -0.3 });
        let with = Terms { slices: vec!["group".to_owned(), "town".to_owned()], ..terms() };
        let seen = compare(&old, &new.trial(), &with).unwrap();
        assert!(seen.slices.iter().all(|slice| !slice.is_proven), "seed {seed}: {:?}", seen.slices);
    }
}

#[test]
fn a_guard_rail_that_is_lost_blocks() {
    // Fewer large errors and more small ones: RMSE gains, MAE does not.
    let old = Planted::regression(2000)
        .answering(|row| sound(row) + if row.age < 5 { 6.0 } else { 0.0 })
        .trial();
    let new = trial(Planted::regression(2000), 0.9);
    let with = Terms { metric: Some(Metric::Rmse), guards: vec![Metric::Mae], ..terms() };
    let seen = compare(&old, &new, &with).unwrap();
    assert_eq!(seen.decisive.outcome, Outcome::Pass, "{}", seen.decisive.message);
    assert_eq!(seen.guards[0].outcome, Outcome::Block, "{}", seen.guards[0].message);
    assert_eq!(seen.verdict, Outcome::Block);
}

#[test]
fn forecasts_are_judged_over_time() {
    let (old, new) = (trial(Planted::regression(600), 1.0), trial(Planted::regression(600), 0.2));
    let horizon = NonZeroUsize::new(24).unwrap();
    let with = |column: &str| Terms { horizon: Some((column.to_owned(), horizon)), ..terms() };
    let seen = compare(&old, &new, &with("x")).unwrap();
    assert_eq!(seen.verdict, Outcome::Pass, "{}", seen.decisive.message);
    assert!(seen.tests.iter().any(|test| test.name.starts_with("Diebold-Mariano")));
    let repeated = compare(&old, &new, &with("group")).unwrap_err().to_string();
    assert!(repeated.contains("again in row"), "{repeated}");
    let far = NonZeroUsize::new(100).unwrap();
    let few = Terms { horizon: Some(("x".to_owned(), far)), ..terms() };
    assert_eq!(compare(&old, &new, &few).unwrap().verdict, Outcome::Inconclusive);
}

#[test]
fn a_metric_of_another_task_is_refused() {
    let (old, new) = (trial(Planted::regression(100), 0.0), trial(Planted::regression(100), 0.0));
    let with = Terms { metric: Some(Metric::Auc), ..terms() };
    assert!(matches!(compare(&old, &new, &with), Err(ContestError::Metric { .. })));
}

#[test]
fn what_is_to_be_near_a_value_neither_decides_nor_guards() {
    let model = trial(Planted::regression(60), 0.0);
    for metric in [Metric::Bias, Metric::Coverage] {
        let decides = Terms { metric: Some(metric), ..terms() };
        let guards = Terms { guards: vec![metric], ..terms() };
        for terms in [decides, guards] {
            let refused = compare(&model, &model, &terms);
            assert!(matches!(refused, Err(ContestError::NoGain(of)) if of == metric));
        }
    }
}

#[test]
fn of_scores_over_time_the_required_difference_counts() {
    // The challenger is right a little more often, by far less than ten points.
    let old = trial(Planted::binary(4000), 0.25);
    let new = trial(Planted::binary(4000), 0.0);
    let horizon = Some(("x".to_owned(), NonZeroUsize::MIN));
    let asked = |by: f64| Terms {
        metric: Some(Metric::Accuracy),
        by: Some(by),
        horizon: horizon.clone(),
        ..terms()
    };
    let far = compare(&old, &new, &asked(0.1)).unwrap();
    assert!(far.decisive.difference.is_some_and(|gain| gain < 0.05), "{:?}", far.decisive);
    assert_eq!(far.verdict, Outcome::Block, "{}", far.decisive.message);
    assert_eq!(far.decisive.interval, None, "it is not judged by that of independent rows");
    let tolerated = compare(&new, &new, &asked(-0.02)).unwrap();
    assert_eq!(tolerated.verdict, Outcome::Pass, "{}", tolerated.decisive.message);
}

#[test]
fn a_guard_that_is_as_good_as_it_was_passes_without_any_tolerance() {
    let model = trial(Planted::regression(500), 0.4);
    let with = Terms { by: Some(-0.01), guards: vec![Metric::Rmse], tolerance: 0.0, ..terms() };
    let same = compare(&model, &model, &with).unwrap();
    assert_eq!(same.guards[0].outcome, Outcome::Pass, "{}", same.guards[0].message);
    assert_eq!(same.verdict, Outcome::Pass);
}
