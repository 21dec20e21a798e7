//! What tables have or lack as a whole.

use plimsoll_core::Severity;
use plimsoll_data::drift::{DriftError, Options, drift};
use plimsoll_stats::drift::decide::Answer;

use crate::scene::{Scene, compare, lines, with};

fn said(report: &plimsoll_data::drift::Report) -> Vec<String> {
    report
        .findings
        .iter()
        .map(|one| format!("{} {} {}", one.severity, one.code, one.message))
        .collect()
}

#[test]
fn columns_that_come_go_or_change_their_type_are_findings() {
    let scene = Scene::new();
    let before = lines("a,b,c", 1000, |row| format!("{row},x{},{}", row % 3, row % 7));
    let after = lines("a,b,d", 1000, |row| format!("v{},x{},1", row % 5, row % 3));
    let report =
        compare(&scene.csv("a.csv", &before), &scene.csv("b.csv", &after), &Options::default());
    let expected = [
        "error data.column-type-changed column `a` was identifier and is category",
        "error data.column-removed column `c` of the reference is not there",
        "warning data.column-added column `d` is not in the reference",
    ];
    assert_eq!(said(&report), expected);
    assert_eq!((report.drifted, report.answer), (true, Answer::Yes));
    assert_eq!(with(&report, Answer::No), ["b"]);
}

#[test]
fn far_fewer_rows_are_noted_and_decide_nothing() {
    let scene = Scene::new();
    let rows = |count: u32| lines("x", count, |row| (row * 7919 % 997).to_string());
    let report = compare(
        &scene.csv("a.csv", &rows(4000)),
        &scene.csv("b.csv", &rows(1000)),
        &Options::default(),
    );
    assert_eq!(said(&report), ["info data.row-count-changed 1,000 rows, the reference has 4,000"]);
    assert_eq!((report.drifted, report.answer), (false, Answer::No));
}

#[test]
fn no_rows_are_an_error_and_no_pass() {
    let scene = Scene::new();
    let some = scene.csv("a.csv", &lines("x", 50, |row| row.to_string()));
    let none = scene.csv("b.csv", "x\n");
    for (reference, current) in [(&some, &none), (&none, &some)] {
        let report = compare(reference, current, &Options::default());
        assert_eq!((report.drifted, report.answer), (false, Answer::Error));
        assert!(report.findings.iter().any(|one| one.severity == Severity::Error));
    }
}

#[test]
fn damaged_rows_are_no_pass() {
    let scene = Scene::new();
    let sound = lines("x,y", 1000, |row| format!("{},1", row % 50));
    let damaged = format!("{sound}7\n");
    let report =
        compare(&scene.csv("a.csv", &sound), &scene.csv("b.csv", &damaged), &Options::default());
    assert_eq!(report.answer, Answer::Error);
    assert!(said(&report)[0].starts_with("error data.ragged-row"), "{:?}", said(&report));
}

#[test]
fn options_that_name_no_column_are_refused() {
    let scene = Scene::new();
    let side = scene.csv("a.csv", &lines("temp,day", 50, |row| format!("{row},{}", row / 5)));
    let error = |options: Options| drift(&side, &side, &options).unwrap_err().to_string();
    let columns = Some(vec!["tmp".to_owned()]);
    assert_eq!(
        error(Options { columns, ..Options::default() }),
        "a.csv has no column `tmp` (is `temp` meant?)"
    );
    let block = Some("week".to_owned());
    assert_eq!(error(Options { block, ..Options::default() }), "a.csv has no column `week`");
}

#[test]
fn what_needs_rows_is_refused_of_a_profile() {
    let scene = Scene::new();
    let side = scene.csv("a.csv", &lines("x,day", 50, |row| format!("{row},{}", row / 5)));
    let stored = scene.stored(&side);
    let together = Options { together: true, ..Options::default() };
    let error = drift(&side, &stored, &together).unwrap_err();
    assert!(matches!(error, DriftError::NoRows { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "stored.profile is a profile, and the classifier of all columns needs the rows: give the files"
    );
}

#[test]
fn a_file_that_changed_in_between_is_refused() {
    let scene = Scene::new();
    let text = lines("x,day", 400, |row| format!("{row},{}", row / 20));
    let side = scene.csv("a.csv", &text);
    std::fs::write(scene.path("a.csv"), format!("{text}1,99\n")).unwrap();
    let block = Some("day".to_owned());
    let error = drift(&side, &side, &Options { block, ..Options::default() }).unwrap_err();
    assert_eq!(error.to_string(), "a.csv changed while it was read");
}
