use super::super::test_trials::{Planted, Row, codes, sound};
use super::*;

fn subjects(checked: &Checked) -> Vec<&str> {
    checked.findings.iter().filter_map(|finding| finding.subject.as_deref()).collect()
}

#[test]
fn a_smooth_model_is_robust_and_what_was_tried_is_told() {
    for planted in [Planted::regression(1000), Planted::binary(1000)] {
        let checked = check(&mut planted.set(|set| set.robustness.spelling.clear()).trial());
        assert_eq!(
            (checked.state, checked.findings.len()),
            (CheckState::Answered, 0),
            "{checked:?}"
        );
        assert!(checked.figures.iter().any(|figure| figure.name.contains("all numbers")));
        assert!(checked.figures.iter().any(|figure| figure.name.contains("z is missing")));
    }
}

#[test]
fn a_model_that_hangs_on_the_last_digit_is_found_by_its_column() {
    let jumpy =
        |row: &Row| sound(row) + if (row.z * 40.0).rem_euclid(2.0) < 1.0 { 2.0 } else { 0.0 };
    let checked = check(&mut Planted::regression(1000).truly(jumpy).answering(jumpy).trial());
    let error = |finding: &&Finding| finding.severity == Severity::Error;
    let errors: Vec<&Finding> = checked.findings.iter().filter(error).collect();
    assert!(errors.iter().any(|it| it.code == NOT_ROBUST && it.subject.as_deref() == Some("z")));
    assert!(errors.iter().all(|it| it.subject.as_deref() != Some("x")), "{errors:?}");
    assert!(errors[0].message.contains("row "), "{}", errors[0].message);
}

#[test]
fn a_model_that_knows_one_spelling_is_told_so_and_not_blocked_where_the_list_is_closed() {
    let far = |row: &Row| sound(row) + if row.town == "Ada" { -4.0 } else { 0.0 };
    let checked = check(&mut Planted::regression(1000).truly(far).answering(far).trial());
    assert!(codes(&checked).iter().all(|code| *code == "model.not-robust"), "{checked:?}");
    assert!(checked.findings.iter().all(|finding| finding.severity == Severity::Warning));
    assert_eq!(subjects(&checked).iter().filter(|subject| **subject == "town").count(), 4);
}

#[test]
fn what_is_missing_may_not_make_it_worse_than_no_model() {
    // The model takes a missing number for 0, which here means much.
    let fragile = |row: &Row| sound(row) + if row.x == 0.0 { 9.0 } else { 0.0 };
    let checked = check(&mut Planted::regression(600).answering(fragile).trial());
    assert!(codes(&checked).contains(&"model.breaks-on-missing"), "{}", checked.summary);
    assert!(subjects(&checked).contains(&"x"));
    let unseen = |row: &Row| sound(row) + if row.town == UNSEEN { 9.0 } else { 0.0 };
    let checked = check(&mut Planted::regression(600).answering(unseen).trial());
    assert!(codes(&checked).contains(&"model.breaks-on-unseen"), "{}", checked.summary);
}

#[test]
fn a_number_that_is_none_is_a_finding_and_a_refusal_is_none() {
    let nan = |row: &Row| if row.missing { f64::NAN } else { sound(row) };
    let checked = check(&mut Planted::regression(400).answering(nan).trial());
    assert!(codes(&checked).contains(&"model.answers-nonsense"), "{}", checked.summary);
    let refusing =
        Planted::regression(400).refusing_missing().set(|set| set.robustness.spelling.clear());
    let checked = check(&mut refusing.trial());
    assert!(checked.findings.is_empty(), "{}", checked.summary);
    assert!(checked.summary.contains("takes no rows where"), "{}", checked.summary);
}

#[test]
fn a_model_that_refuses_every_change_does_not_pass() {
    // The test set and the unchanged rows are answered, nothing else is.
    let checked = check(&mut Planted::regression(400).refusing_after(2).trial());
    assert_eq!(checked.state, CheckState::Undecided, "{}", checked.summary);
    assert!(checked.summary.starts_with("none of "), "{}", checked.summary);
}

#[test]
fn few_rows_leave_it_undecided_and_say_how_many_would_do() {
    // One answer in twenty or so changes, which is the limit.
    let edgy =
        |row: &Row| sound(row) + if (row.z * 100.0).rem_euclid(8.0) < 0.2 { 1.0 } else { 0.0 };
    let mut undecided = 0;
    for seed in 0..5 {
        let planted = Planted::regression(60).seed(seed).answering(edgy);
        let checked = check(&mut planted.set(|set| set.robustness.spelling.clear()).trial());
        undecided += u32::from(checked.state == CheckState::Undecided);
        assert!(checked.findings.is_empty(), "{}", checked.summary);
    }
    assert_eq!(undecided, 5);
}

#[test]
fn a_robust_model_raises_no_alarm_whatever_the_draw() {
    for seed in 0..40 {
        let planted = Planted::regression(300).seed(seed).in_blocks_of(10);
        let quiet = planted.set(|set| set.robustness.spelling.clear());
        let checked = check(&mut quiet.trial());
        assert!(checked.findings.is_empty(), "seed {seed}: {}", checked.summary);
    }
}

#[test]
fn without_time_or_a_model_nothing_passes() {
    assert_eq!(
        check(&mut Planted::regression(100).trial().out_of_time()).state,
        CheckState::Failed
    );
    assert_eq!(check(&mut Planted::regression(100).predictions_only()).state, CheckState::Failed);
}
