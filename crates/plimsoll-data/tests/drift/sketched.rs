//! Columns of more values than a profile counts one by one.

use plimsoll_data::drift::{Given, Options};
use plimsoll_stats::drift::decide::Answer;
use plimsoll_stats::drift::facet::Aspect;

use crate::scene::{Scene, compare, lines, unit};

const ROWS: u32 = 30_000;

fn numbers(scene: &Scene, name: &str, purpose: &str, shift: f64) -> Given {
    scene.csv(name, &lines("x", ROWS, |row| format!("{:.9}", unit(row, purpose) + shift)))
}

#[test]
fn sketches_say_what_the_rows_say_within_their_error() {
    let scene = Scene::new();
    let (a, b) = (numbers(&scene, "a.csv", "a", 0.0), numbers(&scene, "b.csv", "b", 0.2));
    let report = compare(&scene.stored(&a), &scene.stored(&b), &Options::default());
    let facet =
        report.columns[0].facets.iter().find(|facet| facet.aspect == Aspect::Shape).unwrap();
    assert_eq!(facet.answer, Answer::Yes);
    assert!(facet.sketch_error > 0.0 && facet.sketch_error < 0.005, "{}", facet.sketch_error);
    assert!((facet.observed.unwrap() - 0.2).abs() < 0.015 + facet.sketch_error);
}

#[test]
fn rows_are_read_again_only_where_the_sketch_could_decide() {
    let scene = Scene::new();
    let reference = numbers(&scene, "a.csv", "a", 0.0);
    let shape = |current: &Given| {
        let report = compare(&reference, current, &Options::default());
        report.columns[0].facets.iter().find(|facet| facet.aspect == Aspect::Shape).unwrap().clone()
    };
    let far = shape(&numbers(&scene, "b.csv", "b", 0.2));
    assert!(far.sketch_error > 0.0);
    // The effect is brought to the minimum by trying.
    let near = (0..40).map(|step| 0.09 + 0.0005 * f64::from(step)).find_map(|shift| {
        let facet = shape(&numbers(&scene, "c.csv", "c", shift));
        (facet.sketch_error <= 0.0).then_some(facet)
    });
    let near = near.unwrap();
    assert!((near.effect.unwrap() - 0.1).abs() < 0.006 && near.at_the_limit, "{near:?}");
}
