//! What may change about a column of each kind.

use plimsoll_data::drift::{Given, Options, Report};
use plimsoll_stats::drift::decide::Answer;
use plimsoll_stats::drift::facet::Aspect;

use crate::scene::{Scene, compare, lines, unit, with};

const ROWS: u32 = 2_000;

/// Returns both sides of a table with the columns `same` and `x`, whose cells these make.
fn sides(
    scene: &Scene,
    before: impl Fn(u32) -> String,
    after: impl Fn(u32) -> String,
) -> [Given; 2] {
    let same = |row: u32, side: &str| format!("{:.6}", unit(row, side));
    let reference = lines("same,x", ROWS, |row| format!("{},{}", same(row, "a"), before(row)));
    let current = lines("same,x", ROWS, |row| format!("{},{}", same(row, "b"), after(row)));
    [scene.csv("reference.csv", &reference), scene.csv("current.csv", &current)]
}

/// Returns the aspects of `x` that drifted, from the files and from their profiles, which agree.
fn drifted(before: impl Fn(u32) -> String, after: impl Fn(u32) -> String) -> (Vec<Aspect>, Report) {
    let scene = Scene::new();
    let [reference, current] = sides(&scene, before, after);
    let report = compare(&reference, &current, &Options::default());
    let profiles = compare(&scene.stored(&reference), &scene.stored(&current), &Options::default());
    let aspects = |report: &Report| {
        assert!(!with(report, Answer::Yes).contains(&"same"));
        let column = report.columns.iter().find(|column| column.name == "x").unwrap();
        let found = column.facets.iter().filter(|facet| facet.answer == Answer::Yes);
        let mut found: Vec<Aspect> = found.map(|facet| facet.aspect).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(aspects(&report), aspects(&profiles));
    assert_eq!(report.columns.len(), profiles.columns.len());
    for (a, b) in report.columns.iter().zip(&profiles.columns) {
        assert_eq!((&a.name, a.effect, a.p_adjusted), (&b.name, b.effect, b.p_adjusted));
    }
    (aspects(&report), report)
}

#[test]
fn numbers_that_moved_are_seen_and_the_median_is_told() {
    let (aspects, report) = drifted(
        |row| format!("{:.5}", unit(row, "x")),
        |row| format!("{:.5}", 0.3 + unit(row, "y")),
    );
    assert_eq!(aspects, [Aspect::Shape, Aspect::Tails]);
    let message = &report.findings[0].message;
    assert!(message.starts_with("column `x` drifted: "), "{message}");
    assert!(message.contains("of its rows moved, median 0.49"), "{message}");
    assert!(message.contains("(10 % counts, adjusted p "), "{message}");
}

#[test]
fn a_p_that_no_float_holds_is_told_by_its_logarithm() {
    let (_, report) = drifted(
        |row| format!("{:.5}", unit(row, "x")),
        |row| format!("{:.5}", 2.0 + unit(row, "y")),
    );
    let moved = report.columns.iter().find(|column| column.name == "x").unwrap();
    let (ln, adjusted) = (moved.ln_p.unwrap(), moved.ln_p_adjusted.unwrap());
    assert_eq!((moved.p, moved.p_adjusted), (Some(0.0), Some(0.0)));
    assert!(ln < -700.0 && adjusted >= ln && adjusted < -700.0, "{ln} {adjusted}");
    assert!(report.findings[0].message.contains("adjusted p < 1e-300"));
}

#[test]
fn missing_rows_are_part_of_it_however_they_are_spelled() {
    let number = |row: u32| format!("{:.5}", unit(row, "x"));
    let (aspects, _) =
        drifted(number, |row| if row % 12 == 0 { "NA".to_owned() } else { number(row) });
    assert_eq!(aspects, [Aspect::Missing]);
}

#[test]
fn few_far_values_are_a_tail() {
    let number = |row: u32| format!("{:.5}", unit(row, "x"));
    let far = |row: u32| if row.is_multiple_of(25) { "99".to_owned() } else { number(row) };
    assert_eq!(drifted(number, far).0, [Aspect::Tails]);
    let infinite = |row: u32| if row.is_multiple_of(25) { "inf".to_owned() } else { number(row) };
    assert_eq!(drifted(number, infinite).0, [Aspect::Tails]);
}

#[test]
fn truth_values_and_categories_move_by_their_shares() {
    let flag = |share: f64| move |row: u32| (unit(row, "flag") < share).to_string();
    assert_eq!(drifted(flag(0.3), flag(0.5)).0, [Aspect::Shape]);
    assert_eq!(drifted(flag(0.3), flag(0.32)).0, []);
    let town = |shift: f64| {
        move |row: u32| {
            let towns = ["Aix", "Bath", "Cork", "Delft"];
            towns[((unit(row, "town") + shift).min(0.999) * 4.0) as usize].to_owned()
        }
    };
    assert_eq!(drifted(town(0.0), town(0.2)).0, [Aspect::Shape]);
}

#[test]
fn a_value_that_was_never_seen_is_news() {
    let town = |row: u32| ["Aix", "Bath", "Cork"][(row % 3) as usize].to_owned();
    let (aspects, report) =
        drifted(town, |row| if row % 40 == 0 { "Ulm".to_owned() } else { town(row) });
    assert_eq!(aspects, [Aspect::NewValues]);
    assert!(
        report.findings[0]
            .message
            .contains("2.5 % of its rows have a new value, `Ulm` 0.0 % to 2.5 %"),
        "{}",
        report.findings[0].message
    );
}

#[test]
fn rows_that_move_to_other_hours_or_days_are_seen_and_later_dates_are_not() {
    // Rows are in no order, and fall on 84 days from a Friday on.
    let at = |from: u32, hours: u32| {
        move |row: u32| {
            let row = row * 1201 % ROWS;
            let (day, hour) = (from + row / 24, row % hours);
            format!("2021-{:02}-{:02}T{hour:02}:30:00", 1 + day / 28, 1 + day % 28)
        }
    };
    assert_eq!(drifted(at(0, 24), at(168, 24)).0, []);
    assert_eq!(drifted(at(0, 24), at(0, 6)).0, [Aspect::Hour]);
    let weekend = |row: u32| format!("2021-01-{:02}", 2 + row % 2 + row % 3 * 7);
    let date = |row: u32| format!("2021-01-{:02}", 1 + row * 1201 % 28);
    assert_eq!(drifted(date, weekend).0, [Aspect::Weekday]);
}

#[test]
fn texts_are_compared_by_their_length_and_their_characters() {
    let word = |row: u32, count: u32| {
        (0..count)
            .map(|at| ["sea", "ship", "load", "line", "hull"][((row + at * 7) % 5) as usize])
            .collect::<Vec<_>>()
            .join(" ")
    };
    let text = |count: u32| {
        move |row: u32| format!("{} {:.6}", word(row, 10 + row % count), unit(row, "text"))
    };
    let (aspects, _) = drifted(text(5), text(15));
    assert_eq!(aspects, [Aspect::Length]);
    let shout = |row: u32| text(5)(row).to_uppercase();
    assert_eq!(drifted(text(5), shout).0, [Aspect::Characters]);
}

#[test]
fn identifiers_are_compared_by_how_often_they_repeat() {
    let id = |row: u32| format!("k{:05}", row * 37 % 99_991);
    let (aspects, _) = drifted(id, |row| if row % 10 == 0 { id(0) } else { id(row) });
    assert_eq!(aspects, [Aspect::Duplicates]);
}

#[test]
fn a_column_that_is_always_empty_is_nothing_to_be_alarmed_at_until_it_is_filled() {
    assert_eq!(drifted(|_| String::new(), |_| String::new()).0, []);
    assert_eq!(
        drifted(|_| String::new(), |row| (row % 9).to_string()).0,
        [Aspect::Shape, Aspect::Missing]
    );
}

#[test]
fn few_rows_are_undecided_and_say_how_many_would_do() {
    let scene = Scene::new();
    let rows = |purpose: &str| lines("x", 200, |row| format!("{:.5}", unit(row, purpose)));
    let (a, b) = (scene.csv("a.csv", &rows("a")), scene.csv("b.csv", &rows("b")));
    let report = compare(&a, &b, &Options::default());
    assert_eq!((report.drifted, report.answer), (false, Answer::Undecided));
    assert_eq!(
        report.findings[0].message,
        "column `x` is undecided: too few rows to tell a change of 10 % from chance; 947 on each side would do"
    );
}

#[test]
fn a_category_whose_values_became_many_others_is_not_compared_as_text() {
    let towns = ["Bergen", "Dublin", "Lisbon", "Madrid", "Prague"];
    let word = |row: u32| -> String {
        let letter = |place: u32| char::from(b'a' + (row / 26_u32.pow(place) % 26) as u8);
        (0..6).map(|place| if place == 0 { 'Q' } else { letter(place - 1) }).collect()
    };
    let (aspects, _) = drifted(|row| towns[row as usize % 5].to_owned(), |row| word(row % 1_100));
    assert!(
        aspects.contains(&Aspect::NewValues) && aspects.contains(&Aspect::Shape),
        "{aspects:?}"
    );
}

#[test]
fn integers_of_a_short_side_that_number_its_rows_are_compared_as_integers() {
    let scene = Scene::new();
    let year = scene.csv("year.csv", &lines("hr", 8_760, |row| (row % 24).to_string()));
    let day = scene.csv("day.csv", &lines("hr", 24, |row| row.to_string()));
    let report = compare(&year, &day, &Options::default());
    assert_eq!(with(&report, Answer::Yes), [""; 0]);
    let facets = &report.columns[0].facets;
    assert!(facets.iter().any(|facet| facet.aspect == Aspect::Shape));
    assert!(facets.iter().all(|facet| facet.aspect != Aspect::Duplicates));
}

#[test]
fn a_category_of_too_many_values_is_undecided_where_others_took_their_place() {
    // 12,000 values of some three rows each, and none of them is there any more.
    let scene = Scene::new();
    let table = |side: &str| {
        lines("same,x", 40_000, |row| {
            format!("{:.6},{side}{:05}", unit(row, side), row * 7 % 12_000)
        })
    };
    let (reference, current) = (scene.csv("a.csv", &table("a")), scene.csv("b.csv", &table("b")));
    let report = compare(&reference, &current, &Options::default());
    let x = report.columns.iter().find(|column| column.name == "x").unwrap();
    assert_eq!(x.answer, Answer::Undecided, "{x:?}");
    let said =
        &report.findings.iter().find(|it| it.subject.as_deref() == Some("x")).unwrap().message;
    assert!(said.contains("too many values to tell them all apart"), "{said}");
}
