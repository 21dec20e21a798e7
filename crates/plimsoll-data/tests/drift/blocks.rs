//! Rows that come in blocks, or in the order of time.

use plimsoll_data::drift::{DependenceReport, Given, Named, Options, Tested, drift};
use plimsoll_stats::drift::decide::Answer;
use plimsoll_stats::drift::facet::{Aspect, Test};

use crate::scene::{Scene, compare, lines, unit, with};

/// Days of 20 rows whose numbers and towns are nearly the day's own.
fn days(purpose: &str, days: u32, shift: f64) -> String {
    lines("day,number,town", 20 * days, |row| {
        let day = row / 20;
        let of_day = unit(day, purpose);
        let number = of_day + 0.1 * unit(row, purpose) + shift;
        let town = ["Aix", "Bath", "Cork"][(of_day * 2.999) as usize];
        format!("d{day},{number:.5},{town}")
    })
}

fn by_day() -> Options {
    Options { block: Some("day".to_owned()), ..Options::default() }
}

#[test]
fn days_that_differ_by_chance_are_no_drift_of_their_rows() {
    let scene = Scene::new();
    let (a, b) = (scene.csv("a.csv", &days("a", 60, 0.0)), scene.csv("b.csv", &days("b", 20, 0.0)));
    let report = compare(&a, &b, &by_day());
    assert_eq!(with(&report, Answer::Yes), [""; 0]);
    // The column that makes the blocks is not compared itself.
    assert_eq!(report.columns.len(), 2);
    let blocks = |blocks| DependenceReport::Blocks { column: "day".to_owned(), blocks };
    assert_eq!(
        (&report.reference.dependence, &report.current.dependence),
        (&blocks(60), &blocks(20))
    );
    let number = report.columns.iter().find(|column| column.name == "number").unwrap();
    assert!(number.facets.iter().any(|facet| facet.design_effects[1] > 10.0));
    let by_row = compare(&scene.stored(&a), &scene.stored(&b), &Options::default());
    assert!(!with(&by_row, Answer::Yes).is_empty());
}

#[test]
fn a_change_of_every_day_is_seen_by_formula_and_by_exchange() {
    let scene = Scene::new();
    let (a, b) = (scene.csv("a.csv", &days("a", 60, 0.0)), scene.csv("b.csv", &days("b", 40, 0.9)));
    let shape = |options: &Options| {
        let report = compare(&a, &b, options);
        assert!(with(&report, Answer::Yes).contains(&"number"));
        let number = report.columns.into_iter().find(|column| column.name == "number").unwrap();
        let shape = number.facets.into_iter().find(|facet| facet.aspect == Aspect::Shape).unwrap();
        (shape.method, shape.p.unwrap())
    };
    let formula = shape(&by_day());
    let exchanged = shape(&Options { tested: Tested::Permuted, ..by_day() });
    assert_eq!(formula.0, Named::Test(Test::KolmogorovSmirnov));
    assert_eq!(exchanged.0, Named::Test(Test::BlockPermutation));
    assert!(exchanged.1 < 1e-4 && exchanged.1 > 0.0, "{exchanged:?}");
}

#[test]
fn profiles_that_know_their_blocks_say_what_the_rows_say() {
    let scene = Scene::new();
    let (a, b) = (scene.csv("a.csv", &days("a", 60, 0.0)), scene.csv("b.csv", &days("b", 40, 0.9)));
    let files = compare(&a, &b, &by_day());
    let stored = [scene.with_blocks("a.csv", "day"), scene.with_blocks("b.csv", "day")];
    let shape = |report: &plimsoll_data::drift::Report, name: &str| {
        let column = report.columns.iter().find(|column| column.name == name).unwrap();
        let facet = column.facets.iter().find(|facet| facet.aspect == Aspect::Shape).unwrap();
        (facet.answer, facet.observed, facet.design_effects)
    };
    // The column is found in the profiles: nobody has to name it again.
    for (a, b) in [(&stored[0], &stored[1]), (&stored[0], &b), (&a, &stored[1])] {
        let report = compare(a, b, &Options::default());
        assert_eq!(report.reference.dependence, files.reference.dependence);
        for name in ["number", "town"] {
            let (found, expected) = (shape(&report, name), shape(&files, name));
            assert_eq!((found.0, found.1), (expected.0, expected.1), "{name}");
            // Their grids part numbers at other places.
            let off = found.2[1] / expected.2[1] - 1.0;
            assert!(off.abs() < 0.25, "{name} {:?} {:?}", found.2, expected.2);
        }
    }
    let error = drift(&stored[0], &scene.stored(&b), &by_day()).unwrap_err().to_string();
    assert_eq!(
        error,
        "stored.profile is a profile, and blocks by `day` needs the rows: give the files"
    );
}

#[test]
fn time_stamps_make_a_block_of_each_day() {
    let scene = Scene::new();
    let rows = |month: u32| {
        lines("at,x", 600, |row| {
            format!(
                "2021-{month:02}-{:02}T{:02}:00:00,{:.4}",
                1 + row / 24,
                row % 24,
                unit(row / 24, "day")
            )
        })
    };
    let (a, b) = (scene.csv("a.csv", &rows(1)), scene.csv("b.csv", &rows(2)));
    let report = compare(&a, &b, &Options { block: Some("at".to_owned()), ..Options::default() });
    let expected = DependenceReport::Blocks { column: "at".to_owned(), blocks: 25 };
    assert_eq!(report.current.dependence, expected);
}

#[test]
fn fewer_than_ten_blocks_decide_nothing() {
    let scene = Scene::new();
    let (a, b) = (scene.csv("a.csv", &days("a", 60, 0.0)), scene.csv("b.csv", &days("b", 9, 5.0)));
    let report = compare(&a, &b, &by_day());
    assert_eq!(with(&report, Answer::Undecided), ["number", "town"]);
    assert!(
        report.findings[0].message.ends_with("a side has fewer than 10 blocks"),
        "{:?}",
        report.findings
    );
}

#[test]
fn fewer_than_ten_blocks_do_not_decide_about_repeated_values_either() {
    let scene = Scene::new();
    let ids = |days: u32, each: u32| {
        lines("day,id", 20 * days, |row| format!("d{},{}", row / 20, row / each))
    };
    let (a, b) = (scene.csv("a.csv", &ids(60, 1)), scene.csv("b.csv", &ids(9, 2)));
    let report = compare(&a, &b, &by_day());
    assert_eq!(with(&report, Answer::Undecided), ["id"]);
}

#[test]
fn rows_without_a_block_are_refused() {
    let scene = Scene::new();
    let text = days("a", 20, 0.0);
    let (a, b) =
        (scene.csv("a.csv", &text), scene.csv("b.csv", &format!("{text},1,Aix\n,2,Aix\n")));
    let error = drift(&a, &b, &by_day()).unwrap_err().to_string();
    assert_eq!(error, "b.csv: 2 rows have no value in `day`, so that their block is not known");
}

#[test]
fn rows_in_the_order_of_time_are_not_taken_for_independent() {
    let scene = Scene::new();
    let series = |purpose: &str| {
        lines("at,number,town", 3_000, |row| {
            let of_hours = unit(row / 60, purpose) + 0.1 * unit(row, purpose);
            let town = ["Aix", "Bath"][usize::from(unit(row / 60, purpose) > 0.5)];
            format!(
                "2021-01-{:02}T{:02}:{:02}:00,{of_hours:.5},{town}",
                1 + row / 1440,
                row / 60 % 24,
                row % 60
            )
        })
    };
    let (a, b) = (scene.csv("a.csv", &series("a")), scene.csv("b.csv", &series("b")));
    let report = compare(&a, &b, &Options::default());
    assert_eq!(report.current.dependence, DependenceReport::Order { column: "at".to_owned() });
    assert_eq!(with(&report, Answer::Yes), [""; 0]);
    let open = with(&report, Answer::Undecided);
    assert!(open.contains(&"number") && open.contains(&"town"), "{open:?}");
    assert!(
        report.notes[0].starts_with("rows of a.csv are in the order of `at`"),
        "{:?}",
        report.notes
    );
}

fn swapped(scene: &Scene, name: &str, purpose: &str, turned: bool) -> Given {
    let text = lines("a,b,c", 1_500, |row| {
        let a = unit(row, purpose);
        let b = if turned { 1.0 - a } else { a };
        format!("{a:.5},{b:.5},{:.5}", unit(row + 9_999, purpose))
    });
    scene.csv(name, &text)
}

#[test]
fn what_no_column_shows_all_of_them_together_do() {
    let scene = Scene::new();
    let together = Options { together: true, ..Options::default() };
    let reference = swapped(&scene, "a.csv", "a", false);
    let report = compare(&reference, &swapped(&scene, "b.csv", "b", true), &together);
    assert_eq!(with(&report, Answer::Yes), [""; 0]);
    assert!(report.drifted);
    let found = report.together.unwrap();
    assert_eq!((found.differs, found.rows), (Some(true), [1_500, 1_500]));
    let mut names: Vec<&str> =
        found.columns[..2].iter().map(|column| column.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b"]);
    assert!(report.findings[0].message.starts_with("all columns together differ: "));
    let same = compare(&reference, &swapped(&scene, "c.csv", "c", false), &together);
    assert_eq!((same.drifted, same.together.unwrap().differs), (false, Some(false)));
}
