use plimsoll_core::project::{Dataset, Features, Live, Predictor};
use proptest::prelude::*;

use super::sample::{project, step};
use super::*;

fn order(steps: Vec<Step>, targets: &[&str]) -> Result<Vec<String>, PlanError> {
    let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
    let plan = plan(&project(steps), &targets)?;
    Ok(plan.steps.iter().map(|planned| planned.step.name.to_string()).collect())
}

fn pipeline() -> Vec<Step> {
    vec![
        step("report", &["build/model.onnx"], &["build/report.html"]),
        step("split", &["data.hourly"], &["build/parts"]),
        step("train", &["build/parts/train.csv"], &["build/model.onnx"]),
        step("count", &["data.hourly"], &["build/count"]),
    ]
}

#[test]
fn steps_come_after_what_they_need_and_otherwise_as_in_the_file() {
    assert_eq!(order(pipeline(), &[]).unwrap(), ["split", "train", "report", "count"]);
}

#[test]
fn a_target_brings_what_it_needs_and_nothing_else() {
    assert_eq!(order(pipeline(), &["train"]).unwrap(), ["split", "train"]);
    assert_eq!(order(pipeline(), &["build/parts/test.csv"]).unwrap(), ["split"]);
    assert_eq!(order(pipeline(), &["build/count", "split"]).unwrap(), ["split", "count"]);
    assert_eq!(
        order(pipeline(), &["trian"]).unwrap_err().to_string(),
        "`trian` is neither a step nor an output of one (the steps are `report`, `split`, `train`, `count`)"
    );
}

#[test]
fn a_folder_in_which_steps_write_needs_them() {
    let mut steps = pipeline();
    steps.push(step("pack", &["build"], &["packed.zip"]));
    let plan = plan(&project(steps), &["pack".to_owned()]).unwrap();
    let packed = plan.steps.last().unwrap();
    assert_eq!(packed.needs.len(), 4);
    assert!(matches!(&packed.reads[0].from, Source::Mixed { outputs, .. } if outputs.len() == 4));
}

#[test]
fn labelled_predictions_come_from_the_store_however_they_are_named() {
    let steps = vec![
        step("named", &["data.live"], &["a"]),
        step("by-path", &["data/live.parquet"], &["b"]),
        step("folder", &["data"], &["c"]),
        step("other", &["data.hourly"], &["d"]),
    ];
    let mut project = project(steps);
    let live = Dataset {
        path: "data/live.parquet".parse().unwrap(),
        live: Some(Live { holdout_days: 14 }),
        ..project.data.values().next().unwrap().clone()
    };
    let name: DatasetName = "live".parse().unwrap();
    project.data.insert(name.clone(), live);
    for (target, expected) in [
        ("named", Source::Live),
        ("by-path", Source::Live),
        (
            "folder",
            Source::Mixed { outputs: Vec::new(), live: vec!["data/live.parquet".parse().unwrap()] },
        ),
    ] {
        let plan = plan(&project, &[target.to_owned()]).unwrap();
        assert_eq!(plan.steps[0].reads[0].from, expected, "{target}");
        assert!(plan.datasets.contains(&name), "{target}");
        assert_eq!(plan.of_the_tree().len(), usize::from(target == "folder"), "{target}");
    }
    let plan = plan(&project, &["other".to_owned()]).unwrap();
    assert!(!plan.datasets.contains(&name));
}

#[test]
fn contradictions_are_named() {
    let cycle = vec![step("a", &["x"], &["y"]), step("b", &["y/z"], &["x"])];
    assert_eq!(
        order(cycle, &[]).unwrap_err().to_string(),
        "the steps wait for each other: `a` -> `b` -> `a`"
    );
    let itself = vec![step("a", &["x"], &["x/y"])];
    let error = order(itself, &[]).unwrap_err().to_string();
    assert_eq!(error, "the steps wait for each other: `a` -> `a`");
    let twice = vec![step("a", &[], &["x"]), step("b", &[], &["x/y"])];
    let error = order(twice, &[]).unwrap_err().to_string();
    assert_eq!(error, "`x` is written by step `a` and, as `x/y`, by step `b`");
    let dataset = vec![step("a", &[], &["data"])];
    assert!(matches!(order(dataset, &[]), Err(PlanError::WrittenDataset { .. })));
    let unknown = vec![step("a", &["data.daily"], &["x"])];
    assert!(matches!(order(unknown, &[]), Err(PlanError::UnknownDataset { .. })));
}

#[test]
fn an_evaluation_is_made_where_its_files_are() {
    let mut project = project(pipeline());
    project.evaluate = Some(Evaluate {
        predictor: Predictor::Model("build/model.onnx".parse().unwrap()),
        features: Features::Inputs,
        on: "build/parts/test.csv".parse().unwrap(),
        target: "cnt".to_owned(),
        positive: None,
        block: None,
        slices: BTreeMap::new(),
        train: None,
        recorded: None,
        metrics: Vec::new(),
        costs: None,
        ledger: plimsoll_core::project::Ledger::On,
        checks: None,
    });
    let evaluates = |targets: &[&str]| {
        let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
        plan(&project, &targets).unwrap().evaluation.is_some()
    };
    assert!(evaluates(&[]));
    assert!(evaluates(&["report"]));
    assert!(!evaluates(&["split"]));
    assert!(!evaluates(&["count"]));
}

proptest! {
    /// Whatever the order of the file, everything runs once and after what it needs.
    #[test]
    fn every_order_respects_needs(edges in prop::collection::vec((0..12_usize, 0..12_usize), 0..40), shift in 0..12_usize) {
        let mut inputs: Vec<Vec<String>> = vec![Vec::new(); 12];
        for (a, b) in edges {
            // From lower to higher only, so there is no cycle.
            if a < b {
                inputs[b].push(format!("out/{a}"));
            }
        }
        let mut steps: Vec<Step> = (0..12).map(|at| {
            let reads: Vec<&str> = inputs[at].iter().map(String::as_str).collect();
            step(&format!("s{at}"), &reads, &[&format!("out/{at}")])
        }).collect();
        steps.rotate_left(shift);
        steps.reverse();
        let plan = plan(&project(steps), &[]).unwrap();
        prop_assert_eq!(plan.steps.len(), 12);
        let mut done = BTreeSet::new();
        for planned in plan.steps {
            prop_assert!(planned.needs.is_subset(&done));
            done.insert(planned.step.name);
        }
    }
}
