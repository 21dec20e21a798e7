use plimsoll_core::evidence::{
    Baseline, Compared, Comparison, EVALUATION, Interval, Measured, Metric, Part,
};
use plimsoll_core::gate::{Answer, Bound, Demand, Judged, Outcome, Rule, Transition, VERDICT};
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::monitoring::{DayServed, MONITORING, Reference, Watched, WatchedLimit, Window};
use plimsoll_core::project::{Limit, Monitor, Task, Watch};
use plimsoll_core::{Code, Severity};

use super::sums::Sums;
use super::*;

const HOSTILE: &str = "<script src=\"https://example.org/x.js\">alert('&')</script>";

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::from_millis(day(text).start().as_millis() + 8 * 3_600_000)
}

fn version(number: &str) -> Version {
    format!("bike-demand@{number}").parse().unwrap()
}

fn run(place: u8) -> RunId {
    RunId::from_bytes([place; 16])
}

fn interval(low: f64, high: f64) -> Interval {
    Interval { low, high, level: 0.95, method: "block boot-t".into(), approximate: None }
}

fn part(value: f64) -> Part {
    let interval = Some(interval(value - 0.03, value + 0.03));
    let metric = Metric::Wape;
    let metrics = vec![Measured { metric, value: Some(value), interval, reason: None }];
    Part { rows: 336, blocks: Some(14), condition: None, metrics }
}

fn window(from: &str, value: f64) -> Window {
    let outcome = if value > 0.33 { Watched::Breach } else { Watched::Calm };
    let limit = Limit::Metric { metric: Metric::Wape, bound: Bound::Max(0.3), slice: None };
    let limit = WatchedLimit {
        watch: Watch { line: 52, limit },
        outcome,
        value: Some(value),
        interval: Some(interval(value - 0.03, value + 0.03)),
        message: format!("WAPE is {value}"),
    };
    Window {
        from: day(from),
        to: day(from).plus(13),
        predictions: 336,
        labelled: 336,
        overall: part(value),
        slices: [("evening".parse().unwrap(), part(value + 0.1))].into(),
        drift: Vec::new(),
        limits: vec![limit],
    }
}

/// Returns a look at `of` over windows, and over the days that the last of them ends.
fn look(of: &str, on: &str, windows: Vec<Window>) -> Look {
    let last = windows.last().unwrap();
    let answer = last.answer();
    let served = |after: i64| DayServed {
        day: last.from.plus(after),
        predictions: 24,
        labelled: if after < 14 { 24 } else { 0 },
        metrics: [("wape".to_owned(), 0.1 + 0.01 * f64::from(u8::try_from(after).unwrap()))].into(),
    };
    let digest = Digest::blake3(b"test set");
    let monitoring = Monitoring {
        schema: MONITORING.to_owned(),
        version: version(of),
        subject: Subject::of(of.as_bytes()),
        run: run(1),
        task: Task::Regression,
        target: "cnt".to_owned(),
        monitor: Monitor {
            window_days: 14,
            limits: last.limits.iter().map(|limit| limit.watch.clone()).collect(),
        },
        rows: digest,
        answer,
        message: format!("{answer} on {on}"),
        next: Some("plimsoll retrain bike-demand --because EVIDENCE".to_owned()),
        since: (answer == Watched::Breach).then_some(last.to),
        reference: Reference {
            evaluation: digest,
            on: digest,
            overall: part(0.16),
            slices: BTreeMap::new(),
        },
        days: (0..15).map(served).collect(),
        windows,
        findings: Vec::new(),
        plots: Vec::new(),
    };
    let bytes = serde_json::to_vec(&monitoring).unwrap();
    Look { at: at(on), evidence: Digest::blake3(&bytes), monitoring }
}

fn released(number: &str, on: &str, run: RunId, cause: Option<&Look>) -> ReleasedVersion {
    let digest = Digest::blake3(b"test set");
    let gain = Compared {
        metric: Metric::Mae,
        champion: Some(80.0),
        challenger: Some(40.0),
        gain: Some(0.5),
        interval: Some(interval(0.4, 0.6)),
        reason: None,
    };
    let comparison = Comparison { champion: run, model: digest, metrics: vec![gain] };
    ReleasedVersion {
        at: at(on),
        version: version(number),
        bump: Bump::Minor,
        because: "the model was trained again".to_owned(),
        run,
        cause: cause.map(because),
        yanked: None,
        evaluation: Some(Evaluation {
            schema: EVALUATION.to_owned(),
            task: Task::Regression,
            model: digest,
            on: digest,
            target: "cnt".to_owned(),
            block: None,
            look: None,
            runtime: None,
            overall: part(0.17),
            slices: BTreeMap::new(),
            baseline: Baseline { name: String::new(), metrics: BTreeMap::new() },
            comparison: cause.map(|_| comparison),
            findings: Vec::new(),
            checks: Vec::new(),
            weak: None,
            weak_failed: None,
            spent: None,
            plots: Vec::new(),
        }),
    }
}

fn because(look: &Look) -> Cause {
    Cause { evidence: look.evidence, summary: "the error grew".to_owned() }
}

fn judged(on: &str, run: RunId, outcome: Outcome, cause: Option<&Look>) -> Decision {
    let demand = Demand::Beats { metric: Metric::Mae, by: 0.1 };
    let rule = Judged {
        rule: Rule::new(60, demand),
        outcome,
        value: Some(0.05),
        interval: None,
        rows: 336,
        blocks: None,
        rows_needed: None,
        message: format!("the gain is small {HOSTILE}"),
        next: None,
    };
    let is_pass = outcome == Outcome::Pass;
    let verdict = Verdict {
        schema: VERDICT.to_owned(),
        run,
        answer: if is_pass { Answer::Pass } else { Answer::Block },
        policy: Digest::blake3(b"policy"),
        evidence: None,
        scans: BTreeMap::new(),
        at: Transition::Release,
        of: None,
        rules: vec![rule],
        findings: Vec::new(),
        waived: Vec::new(),
    };
    Decision {
        at: at(on),
        retraining: cause.map(|look| Retrained {
            cause: because(look),
            set: [("split.window".to_owned(), Value::from(HOSTILE))].into(),
        }),
        decided: Decided::Judged { run, verdict: Box::new(verdict) },
    }
}

/// A model that breaches, is refused twice, gets better, and is rolled back for a moment.
fn health() -> Health {
    let early = window("2012-01-01", 0.2);
    let breach = look("1.0.0", "2012-01-29", vec![window("2012-01-15", 0.5)]);
    let looks = vec![
        look("1.0.0", "2012-01-15", vec![early.clone()]),
        breach.clone(),
        // The day after, with every window since the first: nothing new but a late label.
        look("1.0.0", "2012-01-30", vec![early, window("2012-01-15", 0.51)]),
        look("1.1.0", "2012-02-15", vec![window("2012-02-01", 0.15)]),
    ];
    let finding = Finding::new(Code::of("data.range"), Severity::Error, HOSTILE.to_owned());
    let refused = Decided::Refused { reason: "there is nothing new to train on".to_owned() };
    let retraining = Retrained { cause: because(&breach), set: BTreeMap::new() };
    let decisions = vec![
        judged("2011-12-31", run(1), Outcome::Pass, None),
        Decision {
            at: at("2011-12-31"),
            retraining: None,
            decided: Decided::Invalid { run: run(2), findings: vec![finding] },
        },
        Decision { at: at("2012-01-29"), retraining: Some(retraining), decided: refused },
        judged("2012-01-30", run(3), Outcome::Inconclusive, Some(&breach)),
        judged("2012-01-31", run(4), Outcome::Pass, Some(&breach)),
    ];
    let (one, two) = (Some(version("1.0.0")), Some(version("1.1.0")));
    let moved = |on, from: &Option<Version>, to: &Option<Version>| Move {
        at: at(on),
        from: from.clone(),
        to: to.clone(),
    };
    let entry = |tone, what: &str| Entry {
        at: at("2012-01-15"),
        kind: "run".to_owned(),
        tone,
        subject: HOSTILE.to_owned(),
        what: what.to_owned(),
        who: Some(HOSTILE.to_owned()),
    };
    Health {
        model: "bike-demand".parse().unwrap(),
        champion: two.clone(),
        versions: vec![
            released("1.0.0", "2011-12-31", run(1), None),
            released("1.1.0", "2012-01-31", run(4), Some(&breach)),
        ],
        moves: vec![
            moved("2011-12-31", &None, &one),
            moved("2012-01-31", &one, &two),
            moved("2012-02-02", &two, &one),
            moved("2012-02-02", &one, &two),
        ],
        looks,
        decisions,
        entries: vec![entry(Tone::Good, "passed"), entry(Tone::Bad, HOSTILE)],
    }
}

#[test]
fn what_was_looked_at_twice_counts_once() {
    let health = health();
    let alerts = Alert::of(&health.looks);
    // 1.0.0 was asked on 1 to 29 January, 1.1.0 on 1 to 15 February, 24 times a day; the last
    // day of each look has no label yet, but that of the first look got one by the second.
    let expected = Sums {
        versions: 2,
        yanked: 0,
        predictions: (29 + 15) * 24,
        labelled: (28 + 14) * 24,
        looks: 4,
        breaches: 1,
        passed: 1,
        refused: 2,
        rollbacks: 1,
    };
    assert_eq!(Sums::of(&health, &alerts), expected);
    let windows = watched::windows(&health.looks);
    let value = |window: &watched::Seen<'_, _>| Window::clone(window.of).limits[0].value.unwrap();
    assert_eq!(windows.iter().map(value).collect::<Vec<_>>(), [0.2, 0.51, 0.15]);
}

#[test]
fn the_page_tells_everything_and_asks_nobody() {
    let html = html(&health()).unwrap();
    for told in [
        "1.1.0 is the champion since 2012-02-02",
        "calm on 2012-02-15",
        "WAPE over time",
        "1.0.0 released, deployed",
        "back to 1.0.0",
        "1.1.0 again",
        "✗ 1.0.0 in breach since 2012-01-28",
        "seen 2 times from 2012-01-29 to 2012-01-30 in 2012-01-15 to 2012-01-28",
        "retraining refused: there is nothing new to train on",
        "all 1 rules hold",
        "MAE 50.0 % [40.0 %, 60.0 %]",
        "2012-01-15 08:00",
    ] {
        assert!(html.contains(told), "{told}");
    }
    // Nothing is fetched, nothing runs, and what points somewhere points to something on the page.
    for (sign, allowed) in [("<script", 0), ("<link", 0), ("<img", 0), ("@import", 0), ("url(", 0)]
    {
        assert_eq!(html.matches(sign).count(), allowed, "{sign}");
    }
    assert!(!html.contains("src=\"") && !html.contains("NaN") && !html.contains("inf\""));
    for link in html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let target = link.strip_prefix('#').unwrap_or_else(|| panic!("{link} leaves the page"));
        assert!(html.contains(&format!("id=\"{target}\"")), "{link}");
    }
    assert_eq!(html, super::html(&health()).unwrap());
}

#[test]
fn a_breach_that_ends_and_returns_is_another_one() {
    let looks = [
        look("1.0.0", "2012-01-15", vec![window("2012-01-01", 0.5)]),
        look("1.0.0", "2012-01-29", vec![window("2012-01-15", 0.2)]),
        look("1.0.0", "2012-02-12", vec![window("2012-01-29", 0.5)]),
    ];
    assert_eq!(Alert::of(&looks).len(), 2);
    assert_eq!(Alert::of(&looks[..1]).len(), 1);
}

#[test]
fn a_model_of_which_little_is_known_has_a_page_too() {
    let whole = health();
    let empty = Health {
        champion: None,
        versions: Vec::new(),
        moves: Vec::new(),
        looks: Vec::new(),
        decisions: Vec::new(),
        entries: Vec::new(),
        ..whole.clone()
    };
    let page = html(&empty).unwrap();
    assert!(page.contains("not served") && !page.contains("<svg"));
    let unwatched = Health { looks: Vec::new(), ..whole };
    let page = html(&unwatched).unwrap();
    assert!(page.contains("not watched") && page.contains("MAE over time"));
}

#[test]
fn windows_that_share_days_are_a_band() {
    let daily = |after: i64| {
        let from = day("2012-01-01").plus(after).to_string();
        look("1.0.0", "2012-02-15", vec![window(&from, 0.2)])
    };
    let health = Health { looks: (0..9).map(daily).collect(), ..health() };
    let picture = Picture::of(&health, &Yardstick::of(&health).unwrap()).unwrap();
    assert!(picture.wide.contains("<polygon") && !picture.wide.contains("class=\"value\""));
}
