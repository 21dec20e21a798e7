//! The metrics against scikit-learn and a second implementation of the bootstrap.
//!
//! All numbers were printed by references/bootstrap.py (numpy 2.4, scikit-learn 1.9.1).

#![expect(clippy::unwrap_used, reason = "a test may end in a panic")]

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

/// Value, lower end, upper end, carry, with every row its own block.
const ROWS: &[(&str, [f64; 4])] = &[
    (
        "mae",
        [
            4.518_241_434_206_152,
            3.997_937_466_838_113,
            5.057_012_270_648_149,
            33.428_220_783_796_434,
        ],
    ),
    (
        "rmse",
        [
            5.348_993_201_771_665,
            4.799_816_380_922_298,
            5.990_971_566_375_413,
            12.903_295_913_043_785,
        ],
    ),
    (
        "wape",
        [
            0.112_906_405_420_754_88,
            0.097_917_977_286_479_12,
            0.130_031_229_508_855_5,
            33.790_920_680_401_584,
        ],
    ),
    (
        "bias",
        [
            1.526_312_589_398_220_8,
            0.622_497_498_670_804_1,
            2.396_713_046_653_205_4,
            50.556_305_937_742_586,
        ],
    ),
    (
        "r2",
        [
            0.911_100_982_627_493_4,
            0.887_037_532_731_806_7,
            0.932_078_814_561_215_7,
            19.342_926_582_689_216,
        ],
    ),
    (
        "gain-mae",
        [
            0.224_632_353_185_534_98,
            0.085_215_254_005_610_92,
            0.335_807_091_109_117_8,
            36.295_464_374_264_22,
        ],
    ),
    (
        "gain-rmse",
        [
            0.228_347_132_835_794_33,
            0.090_900_314_572_571_08,
            0.333_343_663_166_008_05,
            17.177_130_763_237_25,
        ],
    ),
    (
        "gain-r2",
        [
            0.035_964_262_172_123_646,
            0.013_730_647_851_447_501,
            0.059_824_373_704_108_52,
            17.155_924_424_576_28,
        ],
    ),
    (
        "f1",
        [
            0.776_699_029_126_213_6,
            0.679_367_573_021_892_9,
            0.854_295_213_739_726_1,
            47.940_446_650_124_07,
        ],
    ),
    (
        "log_loss",
        [
            0.413_876_655_065_739_5,
            0.345_372_465_067_191_7,
            0.496_440_374_843_751_3,
            27.153_408_012_778_01,
        ],
    ),
    (
        "brier",
        [
            0.135_520_103_573_719_32,
            0.106_755_665_774_751_29,
            0.170_804_637_219_877_93,
            26.496_721_522_055_072,
        ],
    ),
    (
        "macro-f1",
        [
            0.731_520_882_584_712_4,
            0.657_371_421_057_992_4,
            0.809_760_484_905_485_9,
            47.452_273_126_189_06,
        ],
    ),
    (
        "gain-log_loss",
        [
            -0.413_323_172_814_232_36,
            -0.794_340_974_832_976_8,
            -0.100_461_606_750_085_86,
            31.888_024_025_258_105,
        ],
    ),
    (
        "gain-f1",
        [
            -0.168_855_891_871_311_67,
            -0.311_943_247_133_037,
            -0.036_252_391_112_941_706,
            34.500_637_037_988_38,
        ],
    ),
];

/// The same with 13 declared blocks.
const BLOCKS: &[(&str, [f64; 4])] = &[
    (
        "mae",
        [
            4.518_241_434_206_152,
            4.166_020_409_188_861,
            4.954_715_094_036_674,
            6.286_247_462_520_667,
        ],
    ),
    (
        "rmse",
        [
            5.348_993_201_771_665,
            4.920_538_291_052_101,
            5.795_157_415_397_835,
            6.864_318_576_712_399,
        ],
    ),
    (
        "wape",
        [
            0.112_906_405_420_754_88,
            0.103_954_319_531_270_39,
            0.125_091_080_431_682_77,
            6.250_493_825_098_803,
        ],
    ),
    (
        "bias",
        [
            1.526_312_589_398_220_8,
            0.934_688_516_670_392_7,
            2.252_109_027_386_598_2,
            5.878_338_592_753_303,
        ],
    ),
    (
        "r2",
        [
            0.911_100_982_627_493_4,
            0.894_573_639_177_324_2,
            0.928_272_869_504_692_9,
            5.337_851_922_163_268,
        ],
    ),
    (
        "gain-mae",
        [
            0.224_632_353_185_534_98,
            0.111_018_137_685_876_54,
            0.337_714_398_669_151_54,
            4.810_678_242_294_17,
        ],
    ),
    (
        "gain-rmse",
        [
            0.228_347_132_835_794_33,
            0.092_195_654_531_507_46,
            0.337_167_415_100_092_2,
            5.388_679_982_827_391,
        ],
    ),
    (
        "gain-r2",
        [
            0.035_964_262_172_123_646,
            0.013_782_412_267_000_398,
            0.056_250_531_498_664_55,
            6.622_358_038_205_955,
        ],
    ),
    (
        "accuracy",
        [
            0.808_333_333_333_333_3,
            0.730_957_191_665_024_7,
            0.863_828_000_568_353_7,
            9.211_807_375_269_911,
        ],
    ),
    (
        "f1",
        [
            0.776_699_029_126_213_6,
            0.678_063_320_655_971_4,
            0.845_396_660_636_518_1,
            7.802_260_068_131_694_5,
        ],
    ),
    (
        "log_loss",
        [
            0.413_876_655_065_739_5,
            0.339_775_945_497_926_3,
            0.561_119_047_740_724_4,
            4.946_798_486_183_494,
        ],
    ),
    (
        "brier",
        [
            0.135_520_103_573_719_32,
            0.107_221_326_896_489_78,
            0.197_277_509_226_380_93,
            4.596_637_848_994_55,
        ],
    ),
    (
        "macro-f1",
        [
            0.731_520_882_584_712_4,
            0.610_490_696_308_406_4,
            0.805_755_090_643_321_3,
            4.216_471_554_021_728,
        ],
    ),
    (
        "gain-accuracy",
        [
            -0.141_666_666_666_666_66,
            -0.274_641_844_024_013_04,
            0.013_580_381_363_118_76,
            6.368_628_543_417_404,
        ],
    ),
    (
        "gain-log_loss",
        [
            -0.413_323_172_814_232_36,
            -0.941_960_783_118_502,
            0.018_949_559_541_985_517,
            5.700_696_959_792,
        ],
    ),
    (
        "gain-f1",
        [
            -0.168_855_891_871_311_67,
            -0.329_236_229_003_332_27,
            0.031_309_810_606_073_38,
            5.358_720_413_228_006,
        ],
    ),
];

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

struct Fixture {
    y: Vec<f64>,
    p: Vec<f64>,
    q: Vec<f64>,
    day: Vec<u32>,
    positive: Vec<bool>,
    score: Vec<f64>,
    coarse: Vec<f64>,
    other: Vec<f64>,
    truth: Vec<u32>,
    answer: Vec<u32>,
}

fn fixture() -> Fixture {
    let rows = || (0..120_u32).map(f64::from);
    let every = |i: f64, n: f64| if i % n == 0.0 { 2.0 } else { 1.0 };
    let y = |i: f64| 40.0 + 25.0 * (0.37 * i).sin() + 5.0 * (2.1 * i).cos();
    let expit = |g: f64| 1.0 / (1.0 + (-g).exp());
    let score = |i: f64| expit(2.0 * (0.7 * i).sin() - 0.4 + 1.6 * (2.9 * i).sin());
    let other = |i: f64| expit(2.0 * (0.7 * i).sin() - 0.4 + 2.6 * (3.7 * i).sin());
    let class = |x: f64| if x < 1.0 { 0 } else { u32::from(x >= 2.0) + 1 };
    let wave = |i: f64| (0.7 * i).sin();
    Fixture {
        y: rows().map(y).collect(),
        p: rows().map(|i| y(i) + 6.0 * (1.3 * i + 0.2).sin() * every(i, 7.0) + 1.5).collect(),
        q: rows().map(|i| y(i) + 5.0 * (0.9 * i + 0.5).sin() * every(i, 9.0) + 0.5).collect(),
        day: (0..120).map(|i| (i * 5 + i / 11) % 13).collect(),
        positive: rows().map(|i| wave(i) > 0.2).collect(),
        score: rows().map(score).collect(),
        coarse: rows().map(|i| (score(i) * 20.0).round() / 20.0).collect(),
        other: rows().map(other).collect(),
        truth: rows().map(|i| class(3.0 * (wave(i) + 1.0) / 2.0)).collect(),
        answer: rows()
            .map(|i| class(3.0 * (wave(i) + 0.5 * (2.9 * i).sin() + 1.0) / 2.0))
            .collect(),
    }
}

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

fn close(found: f64, expected: f64, what: &str) {
    let near = 1e-9 * expected.abs().max(1.0);
    assert!((found - expected).abs() <= near, "{what}: {found} instead of {expected}");
}

fn agree(blocks: &Blocks, references: &[(&str, [f64; 4])]) {
    let answers = answers(&fixture(), blocks);
    for (name, [value, low, high, carry]) in references {
        let (_, answer) = answers.iter().find(|(found, _)| found == name).unwrap();
        let estimate = answer.as_ref().unwrap();
        let interval = estimate.interval.unwrap();
        close(estimate.value, *value, name);
        close(interval.low, *low, name);
        close(interval.high, *high, name);
        close(interval.carry.unwrap(), *carry, name);
        assert_eq!(interval.method, Method::BootT, "{name}");
        let few = (*carry < 6.0).then_some(Remark::FewCarry);
        assert_eq!((interval.remark, interval.wide.is_some()), (few, few.is_some()), "{name}");
    }
}

#[test]
fn intervals_of_rows_agree_with_a_second_implementation() {
    agree(&Blocks::rows(120), ROWS);
}

#[test]
fn intervals_of_blocks_agree_with_a_second_implementation() {
    agree(&Blocks::of_labels(&fixture().day), BLOCKS);
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
