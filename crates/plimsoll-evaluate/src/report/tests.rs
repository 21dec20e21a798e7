use plimsoll_core::Digest;
use plimsoll_core::evidence::{Baseline, Interval, Mark, Metric, Part, Plot, Series};
use plimsoll_core::gate::{Bound, Demand, Rule};
use plimsoll_core::project::Task;

use super::*;

fn interval() -> Interval {
    let method = "block boot-t".to_owned();
    Interval { low: 0.1, high: 0.3, level: 0.95, method, approximate: None }
}

fn judged(metric: Metric, bound: Bound, slice: Option<&str>, outcome: Outcome) -> Judged {
    let slice = slice.map(|name| name.parse().unwrap());
    Judged {
        rule: Rule::new(7, Demand::Limit { metric, bound, slice }),
        outcome,
        value: None,
        interval: None,
        rows: 0,
        blocks: None,
        rows_needed: None,
        message: String::new(),
        next: None,
    }
}

#[test]
fn a_picture_shows_the_refused_side_of_the_limit() {
    let refused = |bound| {
        let interval = interval();
        let range = Range { value: 0.2, interval: Some(&interval), bounds: &[bound], guide: None };
        let svg = range.draw(&range.axis(), number::show);
        svg.split("class=\"refused\" x=\"").nth(1).unwrap().to_owned()
    };
    assert!(!refused(Bound::Max(0.25)).starts_with("0.0"));
    assert!(refused(Bound::Min(0.25)).starts_with("0.0"));
}

#[test]
fn slices_stand_worst_first_below_the_whole_with_their_rules() {
    let part = |value: Option<f64>| {
        let reason = value.is_none().then(|| "there are no rows".to_owned());
        let interval = value.map(|value| Interval { low: value - 90.0, ..interval() });
        let metrics = vec![Measured { metric: Metric::Mae, value, interval, reason }];
        Part { rows: 30, blocks: None, condition: None, metrics }
    };
    let named = |name: &str, value| (name.parse().unwrap(), part(value));
    let evaluation = Evaluation {
        schema: String::new(),
        task: Task::Regression,
        model: Digest::blake3(b""),
        on: Digest::blake3(b""),
        target: "y".into(),
        block: None,
        look: None,
        runtime: None,
        overall: part(Some(1.0)),
        slices: [named("good", Some(0.5)), named("empty", None), named("bad", Some(2.0))].into(),
        baseline: Baseline { name: String::new(), metrics: [].into() },
        comparison: None,
        findings: Vec::new(),
        checks: Vec::new(),
        weak: None,
        weak_failed: None,
        spent: None,
        plots: Vec::new(),
    };
    let rule = judged(Metric::Mae, Bound::Max(1.5), Some("bad"), Outcome::Block);
    let forest = Forest::of_all(&evaluation, &[rule]).remove(0);
    let order: Vec<&str> = forest.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(order, ["all rows", "empty", "bad", "good"]);
    let signs = &forest.rows[2].signs;
    assert_eq!((signs[0].0.glyph, signs[0].1.as_str()), ("✗", "≤ 1.5"));
    assert_eq!(forest.rows[1].picture, "");
    // An interval a hundred times as long as the values differ does not flatten the others.
    assert!(forest.rows[3].picture.contains("class=\"more\""));
}

#[test]
fn names_from_data_cannot_become_markup() {
    let plot = Plot {
        title: "<script>alert(1)</script>".into(),
        x: "\"x\"".into(),
        y: "a & b".into(),
        ticks: vec!["<b>".into(), "c".into()],
        series: vec![
            Series {
                name: "</svg>".into(),
                mark: Mark::Bars,
                points: vec![[0.0, 1.0], [1.0, 2.0]],
                band: vec![[0.5, 1.5], [1.0, 3.0]],
            },
            Series { name: "s".into(), mark: Mark::Line, points: Vec::new(), band: Vec::new() },
        ],
    };
    let svg = plot::draw(&plot);
    for markup in ["<script>", "<b>", "</svg><", "\"\"x"] {
        assert!(
            !svg.replace("</svg><div class=\"legend\">", "").contains(markup),
            "{markup}: {svg}"
        );
    }
    assert!(svg.contains("&lt;script&gt;") && svg.contains("a &amp; b"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn a_metric_without_value_says_why() {
    let measured = Measured {
        metric: Metric::R2,
        value: None,
        interval: None,
        reason: Some("the target is constant".into()),
    };
    let row = MetricRow::of(&measured, String::new());
    assert_eq!((row.value.as_str(), row.note.as_str()), ("no value", "the target is constant"));
    let rule = judged(Metric::R2, Bound::Min(0.5), None, Outcome::Error);
    assert_eq!(RuleRow::of(&rule).picture, "");
}

#[test]
fn names_of_classes_are_thinned_and_cut() {
    let class = |place: u32| format!("a class whose name has a number, {place}");
    let points = (0..300).map(|place| [f64::from(place), 0.5]).collect();
    let plot = Plot {
        title: String::new(),
        x: String::new(),
        y: String::new(),
        ticks: (0..300).map(class).collect(),
        series: vec![Series { name: String::new(), mark: Mark::Bars, points, band: Vec::new() }],
    };
    let svg = plot::draw(&plot);
    let names = svg.matches("…</text>").count();
    assert!((10..=24).contains(&names), "{names}");
    assert!(svg.contains("<title>a class whose name has a number, 299: 0.500</title>"));
}
