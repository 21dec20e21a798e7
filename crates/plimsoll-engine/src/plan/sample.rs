//! Small projects for tests.

use std::collections::BTreeMap;

use plimsoll_core::project::{Dataset, DatasetKind, Input, Project, Step, Task};

/// Makes a step; inputs are written as in `plimsoll.yaml`.
pub(crate) fn step(name: &str, inputs: &[&str], outputs: &[&str]) -> Step {
    let input = |text: &&str| match text.strip_prefix("data.") {
        Some(dataset) => Input::Dataset(dataset.parse().unwrap()),
        None => Input::Path(text.parse().unwrap()),
    };
    Step {
        name: name.parse().unwrap(),
        run: format!("make {name}"),
        inputs: inputs.iter().map(input).collect(),
        params: Vec::new(),
        outputs: outputs.iter().map(|path| path.parse().unwrap()).collect(),
        metrics: None,
        env: Vec::new(),
        timeout: None,
        cpus: 1,
    }
}

/// Makes a project of `steps` with one dataset, `data.hourly` in `data/hour.csv`.
pub(crate) fn project(steps: Vec<Step>) -> Project {
    let hourly = Dataset {
        path: "data/hour.csv".parse().unwrap(),
        schema: None,
        license: None,
        source: None,
        kind: DatasetKind::Data,
        card: None,
        personal_data: None,
        leaks: Vec::new(),
        columns: Vec::new(),
        references: Vec::new(),
        is_of_the_present: false,
        live: None,
    };
    Project {
        model: "bike-demand".parse().unwrap(),
        task: Task::Regression,
        owners: Vec::new(),
        license: None,
        python: None,
        registry: None,
        seed: 0,
        data: BTreeMap::from([("hourly".parse().unwrap(), hourly)]),
        params: None,
        code: Vec::new(),
        steps,
        evaluate: None,
        gate: Vec::new(),
        serve: None,
        waivers: Vec::new(),
        approvals: plimsoll_core::approval::Quorums::default(),
        monitor: None,
        retrain: None,
        scan: None,
        card: None,
        policy: None,
    }
}
