//! The metrics against scikit-learn and a second implementation of the bootstrap.
//!
//! All numbers were printed by references/bootstrap.py (numpy 2.4, scikit-learn 1.9.1) into
//! references/bootstrap.txt.

#![expect(clippy::unwrap_used, reason = "a test may end in a panic")]

mod fixture;

use fixture::{Fixture, close, fixture};
use plimsoll_stats::auc::auc;
use plimsoll_stats::binary::Binary;
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::{Estimate, NoValue};
use plimsoll_stats::interval::{Method, Remark};
use plimsoll_stats::metric::{Metric, Wanted};
use plimsoll_stats::multiclass::Multiclass;
use plimsoll_stats::plan::Plan;
use plimsoll_stats::random::Seed;
use plimsoll_stats::regression::{Regression, mean};

/// What the script printed; of intervals: name, rows or blocks (13 of them), value, lower end, upper
/// end, carry.
const PRINTED: &str = include_str!("../references/bootstrap.txt");

const ALL: [Wanted<'static>; 10] = [
    Wanted::of(Metric::Mae),
    Wanted::of(Metric::Rmse),
    Wanted::of(Metric::Wape),
    Wanted::of(Metric::R2),
    Wanted::of(Metric::Bias),
    Wanted::of(Metric::Accuracy),
    Wanted::of(Metric::LogLoss),
    Wanted::of(Metric::Brier),
    Wanted::of(Metric::F1),
    Wanted::of(Metric::Auc),
];

type Answers = Vec<Result<Estimate, NoValue>>;

fn plan() -> Plan {
    Plan { resamples: 2_000, most_resamples: 2_000, ..Plan::new(Seed::from(2026)) }
}

fn answers(fixture: &Fixture, blocks: &Blocks) -> Vec<(String, Result<Estimate, NoValue>)> {
    let plan = plan();
    let champion = Regression::new(&fixture.y, &fixture.p).unwrap();
    let challenger = Regression::new(&fixture.y, &fixture.q).unwrap();
    let above = |score: &[f64]| score.iter().map(|&score| score > 0.5).collect::<Vec<_>>();
    let (old, new) = (above(&fixture.score), above(&fixture.other));
    let binary = Binary::new(&fixture.positive, &old, Some(&fixture.score)).unwrap();
    let better = Binary::new(&fixture.positive, &new, Some(&fixture.other)).unwrap();
    let classes = Multiclass::new(&fixture.truth, &fixture.answer, 3, None).unwrap();
    let named = |prefix: &'static str, answers: Answers| {
        let name = move |wanted: &Wanted<'_>| format!("{prefix}{}", wanted.metric);
        ALL.iter().map(name).zip(answers).filter(|(_, answer)| answer.is_ok()).collect::<Vec<_>>()
    };
    [
        named("", champion.measure(&ALL, blocks, &plan).unwrap()),
        named("gain-", champion.compare(&challenger, &ALL, blocks, &plan).unwrap()),
        named("", binary.measure(&ALL, blocks, &plan).unwrap()),
        named("gain-", binary.compare(&better, &ALL, blocks, &plan).unwrap()),
        named("macro-", classes.measure(&ALL, blocks, &plan).unwrap()),
    ]
    .concat()
}

fn agree(blocks: &Blocks, unit: &str) {
    let answers = answers(&fixture(), blocks);
    let mut compared = 0;
    for line in PRINTED.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, of, numbers @ ..] = &words[..] else { continue };
        // Without blocks accuracy has other intervals, which are tested with them.
        if *of != unit || (unit == "rows" && name.ends_with("accuracy")) {
            continue;
        }
        let numbers: Vec<f64> = numbers.iter().map(|number| number.parse().unwrap()).collect();
        let [value, low, high, carry] = numbers[..] else { panic!("unreadable: {line}") };
        let (_, answer) = answers.iter().find(|(found, _)| found == name).unwrap();
        let estimate = answer.as_ref().unwrap();
        let interval = estimate.interval.unwrap();
        close(estimate.value, value, name);
        close(interval.low, low, name);
        close(interval.high, high, name);
        close(interval.carry.unwrap(), carry, name);
        assert_eq!(interval.method, Method::BootT, "{name}");
        let units = u32::try_from(blocks.declared_count().unwrap_or(24)).unwrap();
        let few = (carry < (f64::from(units) / 4.0).min(6.0)).then_some(Remark::FewCarry);
        assert_eq!((interval.remark, interval.wide.is_some()), (few, few.is_some()), "{name}");
        compared += 1;
    }
    assert_eq!(compared, if unit == "rows" { 14 } else { 16 });
}

#[test]
fn intervals_of_rows_agree_with_a_second_implementation() {
    agree(&Blocks::rows(120), "rows");
}

#[test]
fn intervals_of_blocks_agree_with_a_second_implementation() {
    agree(&Blocks::of_labels(&fixture().day), "blocks");
}

#[test]
fn threads_change_nothing() {
    let fixture = fixture();
    for blocks in [Blocks::rows(120), Blocks::of_labels(&fixture.day)] {
        let model = Regression::new(&fixture.y, &fixture.p).unwrap();
        let with = |threads: usize| {
            let plan = plan().with_threads(threads.try_into().unwrap());
            model.measure(&ALL, &blocks, &plan).unwrap()
        };
        assert_eq!(with(1), with(3));
    }
}

#[test]
fn points_agree_with_scikit_learn() {
    let fixture = fixture();
    let answers = answers(&fixture, &Blocks::rows(120));
    for (name, value) in [
        ("mae", 4.518_241_434_206_152),
        ("rmse", 5.348_993_201_771_665),
        ("r2", 0.911_100_982_627_493_4),
        ("accuracy", 0.808_333_333_333_333_3),
        ("f1", 0.776_699_029_126_213_6),
        ("log_loss", 0.413_876_655_065_739_5),
        ("brier", 0.135_520_103_573_719_3),
        ("auc", 0.891_685_520_361_991),
        ("macro-f1", 0.731_520_882_584_712_3),
    ] {
        let (_, answer) = answers.iter().find(|(found, _)| found == name).unwrap();
        close(answer.as_ref().unwrap().value, value, name);
    }
    for (score, value) in
        [(&fixture.coarse, 0.891_685_520_361_991), (&fixture.other, 0.781_674_208_144_796_4)]
    {
        close(auc(&fixture.positive, score).unwrap().unwrap(), value, "auc");
    }
    let of_three: Vec<f64> =
        fixture.score.iter().flat_map(|s| [s / 2.0, 1.0 - s, s / 2.0]).collect();
    let classes = Multiclass::new(&fixture.truth, &fixture.answer, 3, Some(&of_three)).unwrap();
    let wanted = [Wanted::of(Metric::LogLoss), Wanted::of(Metric::Brier)];
    let losses = classes.measure(&wanted, &Blocks::rows(120), &plan()).unwrap();
    close(losses[0].as_ref().unwrap().value, 1.752_864_158_170_648_6, "multiclass log loss");
    close(losses[1].as_ref().unwrap().value, 0.992_260_418_570_735, "multiclass brier");
}

#[test]
fn areas_agree_with_delong_written_out() {
    let fixture = fixture();
    let none = vec![false; 120];
    let champion = Binary::new(&fixture.positive, &none, Some(&fixture.coarse)).unwrap();
    let challenger = Binary::new(&fixture.positive, &none, Some(&fixture.other)).unwrap();
    let wanted = [Wanted::of(Metric::Auc)];
    for (blocks, area, gain) in [
        (
            Blocks::rows(120),
            [0.823_958_282_669_167_3, 0.935_399_432_146_489_1],
            [-0.201_589_113_000_769_04, -0.018_433_511_433_620_223],
        ),
        (
            Blocks::of_labels(&fixture.day),
            [0.831_600_561_076_234_9, 0.937_746_994_251_835_8],
            [-0.213_509_635_525_764_57, -0.007_954_678_765_916_401],
        ),
    ] {
        let measured = champion.measure(&wanted, &blocks, &plan()).unwrap();
        let interval = measured[0].as_ref().unwrap().interval.unwrap();
        close(interval.low, area[0], "lower end of the area");
        close(interval.high, area[1], "upper end of the area");
        let compared = champion.compare(&challenger, &wanted, &blocks, &plan()).unwrap();
        let estimate = compared[0].as_ref().unwrap();
        close(estimate.value, -0.110_011_312_217_194_62, "gain in the area");
        close(estimate.interval.unwrap().low, gain[0], "lower end of the gain");
        close(estimate.interval.unwrap().high, gain[1], "upper end of the gain");
    }
}

#[test]
fn the_mean_is_that_of_the_errors() {
    let fixture = fixture();
    let errors: Vec<f64> = fixture.p.iter().zip(&fixture.y).map(|(p, y)| p - y).collect();
    let blocks = Blocks::rows(120);
    let model = Regression::new(&fixture.y, &fixture.p).unwrap();
    let bias = model.measure(&[Wanted::of(Metric::Bias)], &blocks, &plan()).unwrap();
    assert_eq!(mean(&errors, &[], &blocks, &plan()).unwrap(), bias[0]);
}
