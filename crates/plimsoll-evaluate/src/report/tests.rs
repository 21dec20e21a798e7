use plimsoll_core::evidence::{Interval, Mark, Metric, Plot, Series};
use plimsoll_core::gate::{Bound, Demand};

use super::*;

fn interval() -> Interval {
    let method = "block boot-t".to_owned();
    Interval { low: 0.1, high: 0.3, level: 0.95, method, approximate: None }
}

#[test]
fn a_picture_shows_the_refused_side_of_the_limit() {
    let most = range::draw(0.2, &interval(), Bound::Max(0.25), "block");
    let least = range::draw(0.2, &interval(), Bound::Min(0.25), "block");
    let refused = |svg: &str| svg.split("class=\"refused\" x=\"").nth(1).unwrap().to_owned();
    assert!(!refused(&most).starts_with("0.0"), "{most}");
    assert!(refused(&least).starts_with("0.0"), "{least}");
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
    let rule = plimsoll_core::gate::Rule {
        line: 7,
        demand: Demand::Limit { metric: Metric::R2, bound: Bound::Min(0.5), slice: None },
    };
    let judged = Judged {
        rule,
        outcome: Outcome::Error,
        value: None,
        interval: None,
        rows: 0,
        blocks: None,
        rows_needed: None,
        message: String::new(),
        next: None,
    };
    assert_eq!(RuleRow::of(&judged).picture, "");
}
