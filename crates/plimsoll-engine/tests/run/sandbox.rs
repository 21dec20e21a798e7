//! A repository, a home and ports, and short words for what tests do with them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plimsoll_core::event::{Retraining, RunEvent};
use plimsoll_core::evidence::Metric;
use plimsoll_core::gate::{Bound, Demand, Rule, Transition};
use plimsoll_core::ports::{ObjectStore, Runs};
use plimsoll_core::project::{
    Dataset, DatasetKind, Evaluate, Features, Input, Predictor, Project, Step, Task,
};
use plimsoll_core::{DatasetName, Digest, RunId};
use plimsoll_engine::environment::Network;
use plimsoll_engine::run::{
    Cancel, Canceller, ChampionChoice, Clock, EnginePorts, Force, LiveTable, Locking, Notice,
    Observer, RunError, RunOutcome, RunRequest, Unfinished, run,
};
use plimsoll_engine::schedule::{GateWish, OnFailure};
use plimsoll_store::{Database, FolderObjects, SqliteRuns};

use crate::fake::{Ledger, Logs, Objects, Scales, Wall};

type Store = (Arc<dyn ObjectStore>, Arc<dyn Runs>);

static IDS: AtomicU32 = AtomicU32::new(0);

/// Where a test happens.
pub(crate) struct Sandbox {
    pub folder: PathBuf,
    pub project: Project,
    pub params: BTreeMap<String, serde_json::Value>,
    pub live: BTreeMap<DatasetName, LiveTable>,
    pub champion: ChampionChoice,
    pub retraining: Option<Retraining>,
    pub logs: Arc<Logs>,
    pub scales: Arc<Scales>,
    pub ledger: Arc<Ledger>,
    pub clock: Arc<dyn Clock>,
    pub seen: Seen,
    real: Option<Store>,
    /// What is removed when this is dropped.
    own: Option<tempfile::TempDir>,
}

/// What an observer saw.
#[derive(Clone, Default)]
pub(crate) struct Seen(pub Arc<Mutex<Vec<String>>>);

impl Observer for Seen {
    fn notice(&self, notice: Notice<'_>) {
        let said = match notice {
            Notice::Recorded(recorded) => word(&recorded.what),
            Notice::Output { step, line } => format!("{step}| {}", String::from_utf8_lossy(line)),
            Notice::Waiting { step } => format!("waiting {step}"),
            Notice::Note(note) => format!("note: {note}"),
            Notice::Environment(line) => format!("environment: {line}"),
            Notice::Known { beginning, .. } => format!("{beginning:?}"),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(said);
    }
}

impl Seen {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Returns an event in a few words.
pub(crate) fn word(event: &RunEvent) -> String {
    match event {
        RunEvent::RunStarted(_) => "started".to_owned(),
        RunEvent::RunResumed {} => "resumed".to_owned(),
        RunEvent::DataValidated { dataset, errors, .. } => format!("validated {dataset} {errors}"),
        RunEvent::StepStarted { step, attempt, .. } => format!("start {step} {attempt}"),
        RunEvent::StepSucceeded { step, .. } => format!("ran {step}"),
        RunEvent::StepCached { step, .. } => format!("cached {step}"),
        RunEvent::StepFailed { step, reason, .. } => format!("failed {step}: {reason}"),
        RunEvent::StepSkipped { step, because } => format!("skipped {step} because {because}"),
        RunEvent::Evaluated { .. } => "evaluated".to_owned(),
        RunEvent::EvaluationFailed { message } => format!("not evaluated: {message}"),
        RunEvent::Scanned { scan, errors, .. } => format!("scanned {scan} {errors}"),
        RunEvent::Judged { answer, .. } => format!("judged {answer}"),
        RunEvent::RunFinished { end } => format!("finished {end}"),
    }
}

/// Makes a step; inputs are written as in `plimsoll.yaml`.
pub(crate) fn step(name: &str, run: &str, inputs: &[&str], outputs: &[&str]) -> Step {
    let input = |text: &&str| match text.strip_prefix("data.") {
        Some(dataset) => Input::Dataset(dataset.parse().unwrap()),
        None => Input::Path(text.parse().unwrap()),
    };
    Step {
        name: name.parse().unwrap(),
        run: run.to_owned(),
        inputs: inputs.iter().map(input).collect(),
        params: Vec::new(),
        outputs: outputs.iter().map(|path| path.parse().unwrap()).collect(),
        metrics: None,
        env: Vec::new(),
        timeout: None,
        cpus: 1,
    }
}

impl Sandbox {
    /// Makes one with a split, a training and an evaluation: `params.wape` is how wrong the model is.
    pub(crate) fn new() -> Self {
        let own = tempfile::tempdir().unwrap();
        let mut sandbox = Self::at(own.path());
        sandbox.write("data/hour.csv", "1\n2\n3\n4\n");
        sandbox.write("schemas/hour.yaml", "version: 1\n");
        sandbox.write("tools.sh", "true\n");
        sandbox.own = Some(own);
        sandbox
    }

    /// Returns the one whose files are in `folder` already.
    pub(crate) fn at(folder: &Path) -> Self {
        let split =
            "head -n 2 data/hour.csv > build/train.csv; tail -n 2 data/hour.csv > build/test.csv";
        let train = "cat build/train.csv; sed -n 's/^wape: //p' params.yaml > build/model.txt; echo '{\"trees\": 3}' > build/train.json";
        let mut train = step("train", train, &["build/train.csv"], &["build/model.txt"]);
        train.params = vec!["wape".to_owned()];
        train.metrics = Some("build/train.json".parse().unwrap());
        let hourly = Dataset {
            path: "data/hour.csv".parse().unwrap(),
            schema: Some("schemas/hour.yaml".parse().unwrap()),
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
        let evaluate = Evaluate {
            predictor: Predictor::Model("build/model.txt".parse().unwrap()),
            features: Features::Inputs,
            on: "build/test.csv".parse().unwrap(),
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
        };
        let demand = Demand::Limit { metric: Metric::Wape, bound: Bound::Max(0.25), slice: None };
        let project = Project {
            model: "bike-demand".parse().unwrap(),
            task: Task::Regression,
            owners: Vec::new(),
            license: None,
            python: None,
            registry: None,
            seed: 1,
            data: BTreeMap::from([("hourly".parse().unwrap(), hourly)]),
            params: Some("params.yaml".parse().unwrap()),
            code: vec!["*.sh".to_owned()],
            steps: vec![
                step("split", split, &["data.hourly"], &["build/train.csv", "build/test.csv"]),
                train,
            ],
            evaluate: Some(evaluate),
            gate: vec![Rule::new(40, demand)],
            waivers: Vec::new(),
            approvals: plimsoll_core::approval::Quorums::default(),
            serve: None,
            monitor: None,
            retrain: None,
            scan: None,
            card: None,
            policy: None,
        };
        fs::create_dir_all(folder.join("repository")).unwrap();
        Self {
            folder: folder.to_owned(),
            project,
            params: BTreeMap::from([("wape".to_owned(), 0.18.into())]),
            live: BTreeMap::new(),
            champion: ChampionChoice::Never,
            retraining: None,
            logs: Arc::new(Logs::new(folder.join("home/runs"))),
            scales: Arc::default(),
            ledger: Arc::default(),
            clock: Arc::new(Wall),
            seen: Seen::default(),
            real: None,
            own: None,
        }
    }

    /// Leaves nothing but `steps`.
    pub(crate) fn with_steps(mut self, steps: Vec<Step>) -> Self {
        self.project.steps = steps;
        self.project.evaluate = None;
        self.project.gate = Vec::new();
        self
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("repository")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    pub(crate) fn objects(&self) -> Objects {
        Objects(self.folder.join("home/objects"))
    }

    /// Stores `text` as labelled predictions.
    pub(crate) async fn keep(&self, text: &str) -> LiveTable {
        let digest = self.ports().objects.put(&mut Cursor::new(text.to_owned())).await.unwrap();
        LiveTable { digest, bytes: text.len() as u64 }
    }

    /// Keeps objects and runs as the program does.
    pub(crate) async fn with_the_real_store(mut self) -> Self {
        let home = self.folder.join("home");
        let objects = FolderObjects::open(&home.join("objects")).unwrap();
        let database = Database::open(&home).await.unwrap();
        self.real = Some((Arc::new(objects), Arc::new(SqliteRuns::new(database))));
        self
    }

    pub(crate) fn ports(&self) -> EnginePorts {
        let fake = || -> Store { (Arc::new(self.objects()), self.logs.clone()) };
        let (objects, runs) = self.real.clone().unwrap_or_else(fake);
        let looks = self.ledger.clone();
        EnginePorts {
            objects,
            runs,
            looks,
            measure: self.scales.clone(),
            clock: self.clock.clone(),
        }
    }

    pub(crate) fn request(&self) -> RunRequest {
        let mut id = [0; 16];
        // The first digits are what people read, and folders are named by: no two may be alike.
        let first = (std::process::id() << 10) | IDS.fetch_add(1, Ordering::Relaxed);
        id[..4].copy_from_slice(&first.to_be_bytes());
        let gated = !self.project.gate.is_empty();
        RunRequest {
            id: RunId::from_bytes(id),
            project: self.project.clone(),
            declared: Digest::blake3(b"plimsoll.yaml"),
            params: self.params.clone(),
            live: self.live.clone(),
            root: self.root(),
            home: self.folder.join("home"),
            variables: BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]),
            commit: None,
            targets: Vec::new(),
            force: Force::Steps(Vec::new()),
            on_failure: OnFailure::Stop,
            jobs: NonZeroU32::new(2).unwrap(),
            locking: Locking::Update,
            network: Network::Forbidden,
            gate: if gated { GateWish::Judged } else { GateWish::Free },
            at: Transition::Release,
            champion: self.champion,
            retraining: self.retraining.clone(),
            unfinished: Unfinished::TakeUp,
            grace: Duration::from_millis(300),
        }
    }

    pub(crate) async fn try_run(&self, request: RunRequest) -> Result<RunOutcome, RunError> {
        let (_canceller, cancel) = Canceller::new();
        self.run_until(request, cancel).await
    }

    pub(crate) async fn run_until(
        &self,
        request: RunRequest,
        cancel: Cancel,
    ) -> Result<RunOutcome, RunError> {
        run(request, &self.ports(), &self.seen, cancel).await
    }

    /// Runs everything and returns what was seen of it.
    pub(crate) async fn run(&self) -> Vec<String> {
        self.seen.take();
        self.try_run(self.request()).await.unwrap();
        self.seen.take()
    }
}
