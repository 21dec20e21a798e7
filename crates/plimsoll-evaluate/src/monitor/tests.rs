use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float32Array, Float64Array, Int64Array, StringArray};
use plimsoll_core::evidence::{Baseline, EVALUATION, Measured, Metric, Part};
use plimsoll_core::gate::Bound;
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::project::{Condition, Features, Limit, Predictor, Watch};
use plimsoll_predict::{ElementType, Kind, Port, Predictions, Signature};

use super::*;

const FIRST: &str = "2012-01-01";

/// What happens to the model on one day: how large its error is, and how many labels came.
#[derive(Clone, Copy)]
struct Served {
    error: f64,
    rows: u32,
    labelled: u32,
}

fn served(error: f64) -> Served {
    Served { error, rows: 24, labelled: 24 }
}

/// A number from -1 to 1 that looks like chance and is always the same.
fn chance(seed: u64) -> f64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    #[expect(clippy::cast_precision_loss, reason = "53 bits")]
    let unit = ((state ^ (state >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
    2.0 * unit - 1.0
}

fn column<T: Clone, A: From<Vec<T>> + arrow::array::Array + 'static>(all: &[T]) -> ArrayRef {
    Arc::new(A::from(all.to_vec()))
}

/// The rows of some days: hour, temperature, what was predicted, and what came.
#[derive(Default)]
struct Table {
    day: Vec<i32>,
    name: Vec<String>,
    hr: Vec<i64>,
    temp: Vec<f32>,
    answer: Vec<f32>,
    label: Vec<f64>,
}

impl Table {
    fn of(days: &[Served], seed: u64, rows_of: impl Fn(&Served) -> u32) -> Self {
        let epoch: Day = "1970-01-01".parse().unwrap();
        let first: Day = FIRST.parse().unwrap();
        let mut table = Self::default();
        for (after, served) in (0..).zip(days) {
            let day = first.plus(after);
            // The hours of a day err together, as real ones do.
            let of_day = chance(seed ^ u64::try_from(after).unwrap() << 20);
            for hour in 0..rows_of(served) {
                let at = seed ^ (u64::try_from(after).unwrap() << 20) ^ u64::from(hour + 1);
                let truth = 100.0 + 50.0 * chance(at ^ 0xabc);
                let error = served.error * (1.0 + 0.3 * of_day) * (1.0 + 0.5 * chance(at));
                table.day.push(i32::try_from(day.days_since(epoch)).unwrap());
                table.name.push(day.to_string());
                table.hr.push(i64::from(hour % 24));
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "as a model takes and gives it"
                )]
                table.temp.push((0.5 + 0.3 * chance(at ^ 0xdef)) as f32);
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "as a model takes and gives it"
                )]
                table.answer.push((truth * (1.0 - error)) as f32);
                table.label.push(truth);
            }
        }
        table
    }

    fn batch(&self) -> RecordBatch {
        RecordBatch::try_from_iter([
            (EVENT_DAY, column::<_, Date32Array>(&self.day)),
            ("dteday", column::<_, StringArray>(&self.name)),
            ("hr", column::<_, Int64Array>(&self.hr)),
            ("temp", column::<_, Float32Array>(&self.temp)),
            ("output:variable", column::<_, Float32Array>(&self.answer)),
            (LABEL, column::<_, Float64Array>(&self.label)),
        ])
        .unwrap()
    }
}

fn watch(limit: Limit) -> Watch {
    Watch { line: 52, limit }
}

fn wape(max: f64, slice: Option<&str>) -> Watch {
    let slice = slice.map(|name| name.parse().unwrap());
    watch(Limit::Metric { metric: Metric::Wape, bound: Bound::Max(max), slice })
}

fn part(value: f64) -> Part {
    let measured =
        Measured { metric: Metric::Wape, value: Some(value), interval: None, reason: None };
    Part { rows: 1716, blocks: Some(73), condition: None, metrics: vec![measured] }
}

fn request(days: &[Served], limits: Vec<Watch>) -> MonitorRequest {
    let first: Day = FIRST.parse().unwrap();
    let digest = Digest::blake3(b"test set");
    let evening = Condition::In(vec![17.into(), 18.into(), 19.into()]);
    let slices: BTreeMap<_, _> =
        [("evening".parse().unwrap(), [("hr".to_owned(), evening)].into())].into();
    let count = |(after, served): (i64, &Served)| DayCount {
        day: first.plus(after),
        predictions: u64::from(served.rows),
        labelled: u64::from(served.labelled),
    };
    MonitorRequest {
        version: "bike-demand@1.0.0".parse().unwrap(),
        subject: Subject::of(b"manifest"),
        run: RunId::from_bytes([1; 16]),
        task: Task::Regression,
        evaluate: Evaluate {
            predictor: Predictor::Model("build/model.onnx".parse().unwrap()),
            features: Features::Tensor(vec!["hr".into(), "temp".into()]),
            on: "build/test.parquet".parse().unwrap(),
            target: "cnt".into(),
            positive: None,
            block: Some("dteday".into()),
            train: None,
            recorded: None,
            metrics: Vec::new(),
            costs: None,
            ledger: plimsoll_core::project::Ledger::On,
            checks: None,
            slices,
        },
        monitor: Monitor { window_days: 14, limits },
        evaluation: Evaluation {
            schema: EVALUATION.to_owned(),
            task: Task::Regression,
            model: Digest::blake3(b"model"),
            on: digest,
            target: "cnt".into(),
            block: Some("dteday".into()),
            look: None,
            runtime: None,
            overall: part(0.16),
            slices: [("evening".parse().unwrap(), part(0.142))].into(),
            baseline: Baseline { name: String::new(), metrics: BTreeMap::new() },
            comparison: None,
            findings: Vec::new(),
            checks: Vec::new(),
            weak: None,
            weak_failed: None,
            spent: None,
            plots: Vec::new(),
        },
        evaluation_digest: Digest::blake3(b"evaluation"),
        reference: Table::of(&[served(0.16); 73], 99, |day| day.rows).batch(),
        model: "model.onnx".into(),
        days: (0..).zip(days).map(count).collect(),
        captured: Table::of(days, 1, |day| day.rows).batch(),
        labelled: Table::of(days, 1, |day| day.labelled).batch(),
        rows: Digest::blake3(b"rows"),
        seed: 0,
        history: false,
    }
}

fn known(request: &MonitorRequest) -> Known {
    let tensor = |name: &str, width| Port {
        name: name.to_owned(),
        kind: Kind::Tensor { element: ElementType::Float, shape: vec![None, Some(width)] },
    };
    let signature = Signature {
        inputs: vec![tensor("input", 2)],
        outputs: vec![tensor("variable", 1)],
        classes: Vec::new(),
    };
    let numbers = |name| crate::column::finite(name, &request.reference[name]).unwrap();
    Known {
        features: vec!["hr".into(), "temp".into()],
        signature,
        truth: Truth::Numbers(numbers(LABEL)),
        predictions: Predictions::numbers(numbers("output:variable")),
    }
}

fn seen(request: &MonitorRequest) -> Monitoring {
    let known = known(request);
    match Calendar::of(&request.days, request.monitor.window_days) {
        None => nothing_recorded(request),
        Some(calendar) => look(request, &known, &calendar).unwrap(),
    }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn a_breach_says_since_when_how_much_and_what_to_do() {
    let request = request(&[served(0.48); 14], vec![wape(0.3, None)]);
    let seen = seen(&request);
    assert_eq!((seen.answer, seen.since), (Watched::Breach, Some(day("2012-01-14"))));
    insta::assert_snapshot!(seen.message, @"WAPE is 0.503 [0.446, 0.549] (95 %) in 2012-01-01 to 2012-01-14, at most 0.300 accepted: the whole interval lies beyond the limit; in breach since 2012-01-14; the release had 0.160; bias -50.63; worst slice evening 0.554");
    assert_eq!(seen.next.as_deref(), Some("plimsoll retrain bike-demand --because EVIDENCE"));
    let evidence = Digest::blake3(b"seen");
    assert!(seen.next(&evidence).unwrap().ends_with(&evidence.to_string()));
    let again: Monitoring = serde_json::from_str(&serde_json::to_string(&seen).unwrap()).unwrap();
    assert_eq!(again, seen);
}

#[test]
fn calm_names_what_was_held_against_which_limit() {
    let mut request =
        request(&[served(0.2); 45], vec![wape(0.3, None), wape(0.3, Some("evening"))]);
    request.history = true;
    let seen = seen(&request);
    assert_eq!((seen.answer, seen.since, seen.next.clone()), (Watched::Calm, None, None));
    let ends: Vec<String> = seen.windows.iter().map(|window| window.to.to_string()).collect();
    assert_eq!(ends, ["2012-01-17", "2012-01-31", "2012-02-14"]);
    assert!(
        seen.windows
            .iter()
            .all(|window| (window.overall.rows, window.overall.blocks) == (336, Some(14)))
    );
    insta::assert_snapshot!(seen.message, @"no limit is breached in 2012-02-01 to 2012-02-14: WAPE is 0.203 [0.184, 0.222] (at most 0.300 accepted); WAPE on evening is 0.192 [0.167, 0.217] (at most 0.300 accepted)");
}

#[test]
fn since_is_the_first_day_on_which_the_breach_was_to_be_seen() {
    let days = [vec![served(0.2); 20], vec![served(0.5); 30]].concat();
    let whole = seen(&request(&days, vec![wape(0.3, None)]));
    let since = whole.since.unwrap();
    // Some days of a larger error must be in the window before all of its interval is beyond.
    assert!(day("2012-01-24") < since && since < day("2012-02-03"), "{since}");
    let until = |end: Day| {
        let kept = usize::try_from(end.days_since(day(FIRST)) + 1).unwrap();
        seen(&request(&days[..kept], vec![wape(0.3, None)]))
    };
    assert_eq!(until(since).answer, Watched::Breach);
    assert_eq!(until(since.plus(-1)).answer, Watched::Calm);
    // Looked at later, a window says what it said before.
    assert_eq!(until(since).since, Some(since));
}

#[test]
fn a_young_version_is_early_and_says_when_it_can_be_judged() {
    let unlabelled = [Served { labelled: 0, ..served(0.2) }; 14];
    let waiting = seen(&request(&unlabelled, vec![wape(0.3, None)]));
    assert_eq!(waiting.answer, Watched::Early);
    assert!(waiting.message.contains("no day has all its labels, 14 more"), "{}", waiting.message);
    let seen = seen(&request(&[served(0.9); 13], vec![wape(0.3, None)]));
    assert_eq!((seen.answer, seen.windows.len(), seen.days.len()), (Watched::Early, 0, 13));
    insta::assert_snapshot!(seen.message, @"there is no window of 14 days yet: predictions began on 2012-01-01, labels are complete up to 2012-01-13, 1 more day(s) of labels are needed; it can be judged when every prediction of 2012-01-14 has its label");
}

#[test]
fn labels_that_stop_are_an_error_whatever_was_seen_before() {
    let mut days = vec![served(0.2); 14];
    days.extend([Served { labelled: 3, ..served(0.2) }; 15]);
    let seen = seen(&request(&days, vec![wape(0.3, None)]));
    assert_eq!(seen.answer, Watched::Error);
    insta::assert_snapshot!(seen.message, @"labels have stopped: predictions go on until 2012-01-29, the newest day whose predictions all have labels is 2012-01-14, and 15 days of labels are missing where a window has 14; of 2012-01-15 3 of 24 predictions have one; before that, no limit is breached in 2012-01-01 to 2012-01-14: WAPE is 0.210 [0.186, 0.229] (at most 0.300 accepted)");
}

#[test]
fn nothing_recorded_or_nothing_asked_is_an_error() {
    let nothing = seen(&request(&[], vec![wape(0.3, None)]));
    assert_eq!(nothing.answer, Watched::Error);
    insta::assert_snapshot!(nothing.message, @"no predictions of bike-demand@1.0.0 were recorded, so nothing can be said of it");
    let no_limits = seen(&request(&[served(0.2); 14], Vec::new()));
    assert_eq!((no_limits.answer, no_limits.windows.len()), (Watched::Error, 1));
}

#[test]
fn an_answer_that_is_no_number_makes_the_limit_an_error_and_not_the_window_calm() {
    let mut request = request(&[served(0.2); 14], vec![wape(0.3, None)]);
    let mut table = Table::of(&[served(0.2); 14], 1, |day| day.rows);
    table.answer[7] = f32::NAN;
    request.labelled = table.batch();
    let seen = seen(&request);
    assert_eq!(seen.answer, Watched::Error);
    insta::assert_snapshot!(seen.message, @"`wape <= 0.3` could not be judged in 2012-01-01 to 2012-01-14: WAPE has no value (an answer or a label is empty or not finite in 1 of 336 labelled rows)");
}

#[test]
fn a_breach_stays_one_beside_a_limit_that_cannot_be_judged() {
    let limits = vec![wape(0.3, Some("night")), wape(0.3, None)];
    let seen = seen(&request(&[served(0.48); 14], limits));
    let outcomes: Vec<Watched> = seen.windows[0].limits.iter().map(|limit| limit.outcome).collect();
    assert_eq!((outcomes, seen.answer), (vec![Watched::Error, Watched::Breach], Watched::Breach));
    assert!(seen.message.contains("could not be judged"), "{}", seen.message);
}

#[test]
fn labels_that_are_missing_are_counted_and_listed() {
    let mut days = vec![served(0.2); 16];
    days[9].labelled = 20;
    days[15].labelled = 4;
    let seen = seen(&request(&days, vec![wape(0.3, None)]));
    assert_eq!((seen.windows[0].predictions, seen.windows[0].labelled), (336, 332));
    insta::assert_snapshot!(seen.findings[0].message, @"2 day(s) are labelled in part: 2012-01-10 (20 of 24), 2012-01-16 (4 of 24)");
    assert_eq!(seen.findings[0].severity, plimsoll_core::Severity::Warning);
}

#[test]
fn what_was_not_recorded_is_said() {
    let mut request = request(&[served(0.2); 14], vec![wape(0.3, None)]);
    let without = |batch: &RecordBatch, gone: &str| {
        let kept = batch.schema_ref().fields().iter().zip(batch.columns());
        let kept = kept.filter(|(field, _)| field.name() != gone);
        RecordBatch::try_from_iter(kept.map(|(field, cells)| (field.name().clone(), cells.clone())))
            .unwrap()
    };
    for gone in ["dteday", "hr"] {
        request.labelled = without(&request.labelled, gone);
        request.captured = without(&request.captured, gone);
    }
    let seen = seen(&request);
    assert_eq!(seen.answer, Watched::Calm);
    let codes: Vec<&str> = seen.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["monitor.block-not-recorded", "monitor.slice-not-recorded"]);
    // Whole days instead.
    assert_eq!(seen.windows[0].overall.blocks, Some(14));
    let last = seen.windows[0].drift.last().unwrap();
    assert_eq!(last.reason.as_deref(), Some("it was not recorded"));
}

#[test]
fn drift_is_shown_farthest_first_and_judged_only_where_a_limit_says_so() {
    let far = |column: Option<&str>, max| {
        watch(Limit::Drift { column: column.map(ToOwned::to_owned), max })
    };
    let mut request = request(&[served(0.2); 14], vec![wape(0.3, None)]);
    let mut table = Table::of(&[served(0.2); 14], 1, |day| day.rows);
    table.temp.iter_mut().for_each(|temp| *temp += 0.4);
    request.captured = table.batch();
    let calm = seen(&request);
    assert_eq!(calm.answer, Watched::Calm);
    let first = &calm.windows[0].drift[0];
    assert_eq!(first.column.as_deref(), Some("temp"));
    assert!(first.psi.unwrap() > 1.0 && first.distance.unwrap() > 0.5);
    request.monitor.limits = vec![far(Some("hr"), 0.25), far(Some("temp"), 0.25), far(None, 9.0)];
    let breach = seen(&request);
    let outcomes: Vec<Watched> =
        breach.windows[0].limits.iter().map(|limit| limit.outcome).collect();
    assert_eq!(outcomes, [Watched::Calm, Watched::Breach, Watched::Calm]);
    assert_eq!(breach.since, Some(day("2012-01-14")));
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let bytes = || {
        let mut request = request(&[served(0.3); 30], vec![wape(0.3, None)]);
        request.history = true;
        serde_json::to_string(&seen(&request)).unwrap()
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn counts_that_do_not_fit_the_rows_are_no_evidence() {
    let mut request = request(&[served(0.2); 14], vec![wape(0.3, None)]);
    request.days[3].labelled = 23;
    let calendar = Calendar::of(&request.days, 14).unwrap();
    let error = look(&request, &known(&request), &calendar).unwrap_err();
    assert_eq!(error.to_string(), "2012-01-04 has 24 labelled rows where 23 are counted");
}

#[test]
fn a_file_of_predictions_answers_no_requests() {
    let mut request = request(&[served(0.2); 14], vec![wape(0.3, None)]);
    request.evaluate.predictor = Predictor::Predictions("build/p.parquet".parse().unwrap());
    let error = monitor(&request, &|| panic!("no runtime is needed")).unwrap_err();
    assert!(matches!(error, MonitorError::NoModel { .. }), "{error}");
}

/// With a true error at the limit, at most 2.5 % of windows are breaches, by the level of the
/// interval. Rows of a day err together here; an interval over rows breaches far more often.
#[test]
fn chance_alone_breaches_a_limit_in_at_most_one_of_forty_windows() {
    const WINDOWS: u64 = 300;
    let days = [served(0.3); 14];
    let mut request = request(&days, vec![wape(0.3, None)]);
    let known = known(&request);
    let mut breaches = [0_u64; 2];
    for seed in 0..WINDOWS {
        let rows = Table::of(&days, 1000 + seed, |day| day.rows).batch();
        (request.captured, request.labelled) = (rows.clone(), rows);
        let mut labelled = Labelled::read(&request, &known).unwrap();
        let captured = Captured::read(&request, &known).unwrap();
        let compared = Compared::of(&request.reference, &known, &captured);
        let calendar = Calendar::of(&request.days, 14).unwrap();
        let span = calendar.newest_window().unwrap();
        for breaches in &mut breaches {
            let mut rows = Rows::new(&request, &labelled, &compared);
            (rows.plan.resamples, rows.plan.most_resamples) = (2000, 2000);
            *breaches += u64::from(rows.is_breach(span).unwrap());
            labelled.blocks = recorded::Grouping::Rows;
        }
    }
    // 2.5 % are 7.5; 3 standard deviations of a count are 8.1.
    assert!((1..=15).contains(&breaches[0]), "{} of {WINDOWS}", breaches[0]);
    assert!(breaches[1] > 30, "{} of {WINDOWS} over rows", breaches[1]);
}

#[test]
fn a_terminal_shows_windows_days_slices_and_drift() {
    let days = [vec![served(0.2); 20], vec![served(0.5); 22]].concat();
    let mut request = request(&days, vec![wape(0.3, None), wape(0.6, Some("evening"))]);
    request.history = true;
    let seen = seen(&request);
    insta::assert_snapshot!(text(&seen, Some(&Digest::blake3(b"seen")), true), @r"
    ✗ bike-demand@1.0.0: breach
    WAPE is 0.497 [0.454, 0.545] (95 %) in 2012-01-29 to 2012-02-11, at most 0.300 accepted: the whole interval lies beyond the limit; in breach since 2012-01-30; the release had 0.160; bias -49.50

    ✗ wape <= 0.3  (plimsoll.yaml:52)
        window                    rows  labels   WAPE  interval
        at release                1716          0.160
      ✓ 2012-01-01 to 2012-01-14   336   100 %  0.210  [0.186, 0.229]
      ~ 2012-01-15 to 2012-01-28   336   100 %  0.365  [0.270, 0.466], the limit inside
      ✗ 2012-01-29 to 2012-02-11   336   100 %  0.497  [0.454, 0.545]

    ✓ wape <= 0.6 on evening  (plimsoll.yaml:52)
        window                    rows  labels   WAPE  interval
        at release                1716          0.142
      ✓ 2012-01-01 to 2012-01-14    42   100 %  0.231  [0.194, 0.260]
      ✓ 2012-01-15 to 2012-01-28    42   100 %  0.342  [0.245, 0.470]
      ✓ 2012-01-29 to 2012-02-11    42   100 %  0.477  [0.417, 0.541]

    WAPE by day: ▂▂▁▂▂▂▁▁▁▁▃▂▁▂▁▁▁▁▂▂█▇▅▄▇▆▇▆▆▇▅▇▇█▆█▅▅▅▆██  0.140 to 0.626, 2012-01-01 to 2012-02-11
    slice evening: ✓ WAPE 0.477 [0.417, 0.541], at release 0.142 (42 rows)
    drift from the release's test set (PSI): answers 2.019, temp 0.022, hr 0.0
    next: plimsoll retrain bike-demand --because blake3:b40cd7704feed3265f78d9469a4853cc2268153cf6dade2c55e466129963a868
    ");
    let newest = text(&seen, None, false).to_string();
    assert!(!newest.contains("2012-01-15 to") && newest.ends_with("--because EVIDENCE\n"));
}

#[test]
fn a_page_is_complete_and_fetches_nothing() {
    let early = report(&seen(&request(&[served(0.2)], Vec::new())), None);
    let mut request = request(&[served(0.48); 28], vec![wape(0.3, None)]);
    request.history = true;
    request.evaluate.target = "<b>cnt</b>".into();
    let seen = seen(&request);
    let page = report(&seen, Some(&Digest::blake3(b"seen"))).unwrap();
    for part in [
        "2012-01-01 to 2012-01-14",
        "since 2012-01-14",
        "evening",
        "hr in [17, 18, 19]",
        "2012-01-28",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for foreign in ["<script", "http:", "https:", "url(", "NaN", "<b>cnt", "EVIDENCE"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(early.unwrap().contains("Labels by day"));
}

/// A model that says `yes` to the first rows of a day and is right about all but `wrong` of them.
fn yes_or_no(wrong: u32, labels: &[&str]) -> (MonitorRequest, Known) {
    let mut request = request(&[served(0.2); 14], Vec::new());
    request.task = Task::Binary;
    request.evaluate.positive = Some("yes".into());
    let metric = Metric::Accuracy;
    request.monitor.limits =
        vec![watch(Limit::Metric { metric, bound: Bound::Min(0.8), slice: None })];
    let score = |row: u32| if row % 24 < 8 { [0.2_f32, 0.8] } else { [0.9, 0.1] };
    let rows = || 0..24 * 14_u32;
    let answers: Vec<_> = rows().map(|row| Some(score(row).map(Some).to_vec())).collect();
    let scores = arrow::array::ListArray::from_iter_primitive::<arrow::datatypes::Float32Type, _, _>(
        answers,
    );
    let name = |row: u32| {
        let is_wrong = row % 24 >= 24 - wrong;
        if (row % 24 < 8) == is_wrong { labels[0] } else { labels[1] }
    };
    let names: Vec<&str> = rows().map(name).collect();
    let said: Vec<&str> = rows().map(|row| if row % 24 < 8 { "yes" } else { "no" }).collect();
    request.captured = RecordBatch::try_from_iter([
        (EVENT_DAY, Arc::clone(&request.captured[EVENT_DAY])),
        ("dteday", Arc::clone(&request.captured["dteday"])),
        ("hr", Arc::clone(&request.captured["hr"])),
        ("output:label", Arc::new(StringArray::from(said)) as ArrayRef),
        ("output:probabilities", Arc::new(scores)),
        (LABEL, Arc::new(StringArray::from(names))),
    ])
    .unwrap();
    request.labelled = request.captured.clone();
    let mut known = known(&request);
    let output = |name: &str| Port { name: name.to_owned(), ..known.signature.outputs[0].clone() };
    known.signature.outputs = vec![output("label"), output("probabilities")];
    let text = |text: &str| plimsoll_predict::Class::Text(text.to_owned());
    known.truth = Truth::Classes {
        classes: vec![text("no"), text("yes")],
        of_row: vec![0, 1],
        positive: Some(1),
    };
    known.predictions = Predictions::Binary {
        predicted: vec![false, true],
        scores: Some(plimsoll_predict::Scores::Probability(vec![0.1, 0.8])),
    };
    (request, known)
}

#[test]
fn two_classes_are_judged_by_recorded_labels_and_scores() {
    let looked = |wrong, labels: &[&str]| {
        let (request, known) = yes_or_no(wrong, labels);
        look(&request, &known, &Calendar::of(&request.days, 14).unwrap())
    };
    let seen = looked(1, &["no", "yes"]).unwrap();
    assert_eq!(seen.answer, Watched::Calm);
    let measured = |metric| seen.windows[0].overall.measured(metric).unwrap().value.unwrap();
    assert!((measured(Metric::Accuracy) - 23.0 / 24.0).abs() < 1e-12);
    assert!(measured(Metric::Auc) > 0.9 && measured(Metric::Brier) < 0.1);
    assert!(seen.plots.iter().any(|plot| plot.title.starts_with("Mean score")));
    assert_eq!(looked(12, &["no", "yes"]).unwrap().answer, Watched::Breach);
    let strange = looked(1, &["no", "maybe"]).unwrap_err();
    assert_eq!(
        strange.to_string(),
        "label `maybe` is none of the classes of target `cnt` (no, yes)"
    );
}

#[test]
fn a_window_without_a_single_positive_is_measured_all_the_same() {
    let (request, known) = yes_or_no(0, &["no", "no"]);
    let seen = look(&request, &known, &Calendar::of(&request.days, 14).unwrap()).unwrap();
    let accuracy = seen.windows[0].overall.measured(Metric::Accuracy).unwrap().value.unwrap();
    assert!((accuracy - 16.0 / 24.0).abs() < 1e-12);
}

#[test]
fn captures_are_read_as_they_are_beside_what_other_versions_answered() {
    let mut request = request(&[served(0.2); 14], vec![wape(0.3, None)]);
    let before = seen(&request);
    let named = |name: &str| match name {
        EVENT_DAY => format!("capture:{name}"),
        "hr" | "temp" => format!("input:{name}"),
        _ => name.to_owned(),
    };
    let batch = &request.captured;
    let columns = batch.schema_ref().fields().iter().zip(batch.columns());
    let mut columns: Vec<(String, ArrayRef)> =
        columns.map(|(field, cells)| (named(field.name()), Arc::clone(cells))).collect();
    let empty = Float32Array::from(vec![None; batch.num_rows()]);
    columns.push(("output:of_another".to_owned(), Arc::new(empty)));
    request.captured = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, cells)| (name, cells, true)),
    )
    .unwrap();
    assert_eq!(seen(&request), before);
}
