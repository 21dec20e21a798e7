use super::*;
use crate::checks::test_trials::{Planted, Row, sound};

/// A model that is wrong by more where people of one town are old.
fn weak_in_a_corner(by: f64) -> impl Fn(&Row) -> f64 {
    move |row: &Row| {
        let weak = row.town == "Ada" && row.age >= 67;
        let side = if row.x + row.z > 0.0 { 1.0 } else { -1.0 };
        sound(row) + if weak { by * side } else { 0.0 }
    }
}

fn found(planted: Planted) -> WeakParts {
    let trial = planted.trial();
    search(&trial, &trial.settings.weak).unwrap()
}

#[test]
fn a_weak_corner_is_found_and_named() {
    let weak = found(Planted::regression(4000).answering(weak_in_a_corner(1.5)));
    let worst = &weak.parts[0];
    assert!(worst.condition.contains("town in [Ada]"), "{}", summary(&weak));
    assert!(worst.condition.contains("age from"), "{}", summary(&weak));
    assert!(worst.ratio > 2.0 && worst.interval.low > 1.5, "{worst:?}");
    assert!(worst.optimistic && worst.p_adjusted < 1e-6);
    assert_eq!((weak.loss.as_str(), weak.support), ("absolute error", 50));
}

#[test]
fn nothing_is_found_where_nothing_is_weak() {
    for planted in [Planted::regression(3000), Planted::binary(3000), Planted::multiclass(3000)] {
        let weak = found(planted);
        assert!(weak.parts.is_empty(), "{}", summary(&weak));
        assert!(weak.searched > 100, "{}", weak.searched);
    }
}

#[test]
fn no_alarm_is_raised_by_searching() {
    let any = |seed: u64| {
        let planted = Planted::regression(600).seed(seed).in_blocks_of(8);
        u32::from(!found(planted).parts.is_empty())
    };
    let alarms: u32 = (0..15).map(any).sum();
    assert!(alarms <= 2, "{alarms} of 15 searches");
}

#[test]
fn a_pair_that_its_parent_explains_is_not_told_twice() {
    let weak_town = |row: &Row| sound(row) + if row.town == "Bern" { 1.5 * row.x } else { 0.0 };
    let weak = found(Planted::regression(4000).answering(weak_town));
    let parts: Vec<&str> = weak.parts.iter().map(|part| part.condition.as_str()).collect();
    assert!(parts.contains(&"town in [Bern]"), "{parts:?}");
    // Of the pairs with it only those at the ends of x, where the error is larger still.
    let others = parts.iter().filter(|part| !part.contains("x from") && !part.contains("z from"));
    assert_eq!(others.count(), 1, "{parts:?}");
}

#[test]
fn with_many_rows_one_half_searches_and_the_other_one_measures() {
    let weak = found(Planted::regression(12_000).answering(weak_in_a_corner(0.6)));
    let worst = &weak.parts[0];
    assert!(!worst.optimistic && worst.condition.contains("town in [Ada]"), "{}", summary(&weak));
    assert_eq!(weak.support, 61);
    let again = found(Planted::regression(12_000).answering(weak_in_a_corner(0.6)));
    assert_eq!(serde_json::to_string(&weak).unwrap(), serde_json::to_string(&again).unwrap());
}

#[test]
fn classes_that_overlap_are_not_weak_unless_plain_losses_are_asked_for() {
    let of = |metric| {
        let trial = Planted::binary(3000).set(|set| set.weak.metric = metric).trial();
        search(&trial, &trial.settings.weak).unwrap()
    };
    assert!(of(None).parts.is_empty());
    // Where the classes overlap, a model that knows all that can be known loses more.
    assert!(!of(Some(Metric::LogLoss)).parts.is_empty());
    // A model that is as sure of itself where it knows nothing is weak there.
    let blind = |row: &Row| if row.town == "Bern" { 2.0 * row.x } else { sound(row) };
    let weak = found(Planted::binary(4000).answering(blind));
    assert!(weak.parts.iter().any(|part| part.condition.contains("Bern")), "{}", summary(&weak));
}

#[test]
fn a_share_of_the_truth_is_not_weak_where_there_is_much_to_predict() {
    // The error grows with the truth: a mean is larger there, a share of the truth is not.
    let large = |row: &Row| 2.0 + f64::from(row.age);
    let off = |row: &Row| (2.0 + f64::from(row.age)) * if row.z > 0.0 { 1.1 } else { 0.9 };
    let of = |metric| {
        let planted = Planted::regression(3000).truly(large).answering(off).noise(0.0);
        let trial = planted.set(|set| set.weak.metric = metric).trial();
        search(&trial, &trial.settings.weak).unwrap()
    };
    assert!(!of(Some(Metric::Mae)).parts.is_empty());
    let shares = of(Some(Metric::Wape));
    assert!(shares.parts.is_empty(), "{}", summary(&shares));
}

#[test]
fn what_cannot_be_searched_is_an_error_and_too_few_rows_are_none() {
    let trial = Planted::regression(200).trial();
    let by = |metric| Weak { metric: Some(metric), ..Weak::default() };
    assert!(matches!(search(&trial, &by(Metric::R2)), Err(WeakError::Metric(Metric::R2))));
    assert!(matches!(search(&trial, &by(Metric::Brier)), Err(WeakError::Loss(_))));
    let few = found(Planted::regression(60));
    assert_eq!((few.searched, few.parts.len()), (0, 0));
    assert!(summary(&few).contains("no part has the 50 rows"));
}
