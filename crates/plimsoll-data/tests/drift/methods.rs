//! Methods of other tools, by name.

use std::collections::BTreeMap;

use plimsoll_data::drift::{Given, Method, Named, Options, Report, Rule, drift};
use plimsoll_stats::drift::decide::Answer;
use plimsoll_stats::drift::facet::Aspect;

use crate::scene::{Scene, compare, lines, unit, with};

fn sides(scene: &Scene) -> [Given; 2] {
    let rows = |purpose: &'static str, shift: f64| {
        lines("number,flag,town", 1_500, |row| {
            let town = ["Aix", "Bath", "Cork"][(unit(row, purpose) * 3.0) as usize];
            let flag = unit(row + 5_000, purpose) < 0.4 + shift;
            format!("{:.5},{flag},{town}", unit(row + 9_000, purpose) + shift)
        })
    };
    [scene.csv("a.csv", &rows("a", 0.0)), scene.csv("b.csv", &rows("b", 0.2))]
}

fn named(report: &Report, name: &str) -> Option<(Method, f64, Option<f64>, Answer)> {
    let column = report.columns.iter().find(|column| column.name == name).unwrap();
    let facet = column.facets.iter().find(|facet| facet.aspect == Aspect::Shape).unwrap();
    match facet.method {
        Named::Method(method) => Some((method, facet.effect.unwrap(), facet.p, facet.answer)),
        Named::Test(_) => None,
    }
}

#[test]
fn every_method_answers_where_it_applies() {
    let scene = Scene::new();
    let [a, b] = sides(&scene);
    for method in Method::ALL {
        let methods = vec![Rule::new(method, None)];
        let report = compare(&a, &b, &Options { methods, ..Options::default() });
        let found: Vec<_> = ["number", "flag", "town"]
            .map(|name| named(&report, name))
            .into_iter()
            .flatten()
            .collect();
        assert!(!found.is_empty(), "{method}");
        for (used, value, p, _) in &found {
            assert_eq!(*used, method);
            // A tenth of the reference that is empty now makes this one infinite.
            let is_number = value.is_finite() || method == Method::Kl;
            assert!(is_number && p.is_some() == method.is_test(), "{method} {value} {p:?}");
        }
        // What moved by 0.2 of its range is seen by all of them.
        if let Some((_, value, p, answer)) = named(&report, "number") {
            assert_eq!(answer, Answer::Yes, "{method} {value} {p:?}");
        }
        if let Some((_, value, p, answer)) = named(&report, "town") {
            assert_eq!(answer, Answer::No, "{method} {value} {p:?}");
        }
    }
}

#[test]
fn a_method_for_one_column_leaves_the_others_to_the_default() {
    let scene = Scene::new();
    let [a, b] = sides(&scene);
    let of_columns = BTreeMap::from([("number".to_owned(), Rule::new(Method::Psi, Some(10.0)))]);
    let report = compare(&a, &b, &Options { of_columns, ..Options::default() });
    let (method, value, p, answer) = named(&report, "number").unwrap();
    assert_eq!((method, p, answer), (Method::Psi, None, Answer::No));
    assert!(value > 0.25 && value < 10.0);
    assert!(named(&report, "flag").is_none());
    // The tails of the column are judged by the default all the same.
    assert_eq!(with(&report, Answer::Yes), ["flag", "number"]);
}

#[test]
fn a_method_that_does_not_apply_is_refused_for_its_column() {
    let scene = Scene::new();
    let [a, b] = sides(&scene);
    let refused = |name: &str, method| {
        let of_columns = BTreeMap::from([(name.to_owned(), Rule::new(method, None))]);
        drift(&a, &b, &Options { of_columns, ..Options::default() }).unwrap_err().to_string()
    };
    assert_eq!(
        refused("town", Method::Wasserstein),
        "the method wasserstein does not apply to column `town` (category): it needs numbers"
    );
    assert_eq!(
        refused("town", Method::Fisher),
        "the method fisher does not apply to column `town` (category): it needs two values"
    );
}

#[test]
fn methods_that_need_each_row_work_on_profiles_that_counted_all_values() {
    let scene = Scene::new();
    let [a, b] = sides(&scene);
    let methods = vec![Rule::new(Method::Welch, None)];
    let options = Options { methods, ..Options::default() };
    let files = compare(&a, &b, &options);
    let profiles = compare(&scene.stored(&a), &scene.stored(&b), &options);
    assert_eq!(named(&files, "number"), named(&profiles, "number"));
}
