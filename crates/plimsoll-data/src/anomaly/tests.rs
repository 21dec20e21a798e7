use plimsoll_core::Severity;

use crate::integrity::digest::spread;
use crate::integrity::samples::Sample;
use crate::integrity::{Outcome, Roles};
use crate::text;

/// 2024-01-01 in days since 1970.
const FIRST_DAY: i64 = 19_723;

/// A number that is nearly normal, from -6 to 6.
fn noise(at: u64) -> f64 {
    (0..12).map(|part| (spread(12 * at + part) >> 11) as f64 / (1_u64 << 53) as f64).sum::<f64>()
        - 6.0
}

#[test]
fn rows_that_are_far_off_are_found_with_what_is_odd_about_them() {
    let table = |wild: bool| {
        Sample::rows("id,temp,income,flag", 3000, move |at| {
            let temp = if wild && at == 700 { 2100.0 } else { 20.0 + 3.0 * noise(u64::from(at)) };
            let income = (10.0 + noise(u64::from(at) + 90_000)).exp();
            format!("{at},{temp:.2},{income:.0},{}", u32::from(at % 700 == 0))
        })
    };
    let checked = table(true).check(&Roles::default(), None);
    let found = checked.found("anomaly.outlier-rows");
    assert!(found[0].message.starts_with("1 of 3,000 rows (< 0.1 %) hold numbers that are farther off than the rest of their column explains: line 702 `temp` 2100 ("), "{}", found[0].message);
    assert_eq!((found[0].line, found[0].subject.as_deref()), (Some(702), Some("temp")));
    let quiet = table(false).check(&Roles::default(), None);
    assert_eq!(quiet.says("anomaly.outlier-rows"), "0 of 3,000 rows (0 %) by 3 columns of numbers");
}

#[test]
fn a_series_is_judged_by_hour_or_day_and_says_when() {
    let roles =
        Roles { time: Some("at".to_owned()), series: vec!["rides".to_owned()], ..Roles::default() };
    let days = Sample::rows("at,rides", 70 * 3, |at| {
        let (day, part) = (at / 3, at % 3);
        let rides = if day == 60 {
            9000.0
        } else {
            100.0 + 20.0 * f64::from(day % 7) + 5.0 * noise(u64::from(at))
        };
        let date = text::moment((FIRST_DAY + i64::from(day)) * 86_400_000_000);
        format!("{date},{}", rides + f64::from(part))
    });
    let checked = days.check(&roles, None);
    let found = checked.found("anomaly.series");
    assert!(
        found[0].message.starts_with("series `rides` is far from what is usual in 1 of "),
        "{}",
        found[0].message
    );
    assert!(found[0].message.contains("1 episode: 2024-03-01: 9001"), "{}", found[0].message);
    assert_eq!((found[0].line, found[0].severity), (Some(182), Severity::Warning));
    let few = Sample::rows("at,rides", 15, |at| format!("2024-01-{:02},{at}", at + 1))
        .check(&roles, None);
    assert_eq!(
        (few.of("anomaly.series"), few.says("anomaly.series")),
        (Outcome::NotApplicable, "learning: 4 weeks with values are needed")
    );
    let sparse = Sample::rows("at,rides", 15, |at| format!("20{:02}-01-01,{at}", at + 10))
        .check(&roles, None);
    assert_eq!(sparse.of("anomaly.series"), Outcome::Error);
}
