//! Everything that a run starts from, read once and as values from then on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use plimsoll_core::event::{DatasetPin, OutputKind, RunStart};
use plimsoll_core::ports::{SchemaSource, ValidateRequest};
use plimsoll_core::project::{PersonalData, Project, Python, Step};
use plimsoll_core::{DatasetName, Digest, RepoPath, StepName};
use tokio::sync::mpsc;

use super::champion::ChampionRun;
use super::known::{Fixed, Known, below};
use super::live;
use super::lookup::Lookup;
use super::validate::{Judged, validation_key};
use super::{
    Cancel, ChampionChoice, EnginePorts, Force, LiveTable, Locking, Notice, Observer, RunError,
    RunRequest,
};
use crate::attempt::keyed;
use crate::environment::{self, Prepared, Source as PythonSource};
use crate::lock_file::LockFile;
use crate::plan::{Plan, Source, plan, plan_digest};
use crate::schedule::GateWish;
use crate::tree::{HashError, Hashed, WorkingTree};

/// The name of the file that says what the datasets were.
const LOCK_FILE: &str = "plimsoll.lock";

/// Where labelled predictions come from, as `plimsoll.yaml` says it.
const CAPTURES: &str = "captures";

/// What a run starts from.
pub(crate) struct Started {
    pub plan: Plan,
    pub start: RunStart,
    pub known: Known,
    pub tree: WorkingTree,
    pub code: BTreeMap<RepoPath, Hashed>,
    pub prepared: Prepared,
    /// The datasets of which something is claimed.
    pub claims: BTreeMap<DatasetName, Claims>,
    pub champion: Option<ChampionRun>,
    pub lookup: Lookup,
    /// What `plimsoll.lock` is to say; `None` where it stays as it is.
    lock: Option<LockFile>,
}

/// What a dataset is held against.
#[derive(Clone, Debug)]
pub(crate) struct Claims {
    /// The key that the answer is remembered under.
    pub key: Digest,
    /// The files that the schema refers to, as they were when the run began.
    pub references: BTreeMap<RepoPath, Digest>,
    pub request: ValidateRequest,
}

/// What is done about an environment that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Making {
    /// It is made.
    Made,
    /// It is only named: nothing will run.
    Named,
}

/// Reads everything that a run starts from. Nothing is written but the environment.
pub(crate) async fn start(
    request: &RunRequest,
    ports: &EnginePorts,
    observer: &dyn Observer,
    cancel: &Cancel,
    making: Making,
) -> Result<Box<Started>, RunError> {
    let project = &request.project;
    let plan = plan(project, &request.targets)?;
    let forced = forced(&plan, &request.force)?;
    let mut tree = WorkingTree::open(&request.root)?;
    let tables = live::tables(request, &plan)?;
    let data = pins(project, &plan, &tables, &mut tree)?;
    let lock = locked(request, &plan, &data)?;
    let live_paths = project.data.values().filter(|dataset| dataset.live.is_some());
    let live_paths = live_paths.map(|dataset| &dataset.path);
    let written: Vec<RepoPath> =
        project.steps.iter().flat_map(Step::written).chain(live_paths).cloned().collect();
    let code = tree.code(&project.code, &written).map_err(RunError::Code)?;
    let inputs = inputs(&plan, &mut tree)?;
    let claims = claims(project, &plan, &data, &mut tree, ports)?;
    let mut lookup = Lookup::new(Arc::clone(&ports.objects), Arc::clone(&ports.runs));
    let champion = match request.champion.run() {
        Some(run) => Some(ChampionRun::load(run, &project.model, ports, &mut lookup).await?),
        None => None,
    };
    live::refuse_unjudgeable(request, champion.as_ref())?;
    if making == Making::Made {
        live::refuse_absent(request, &tables, &mut lookup).await?;
    }
    let prepared = prepare(request, tree.root(), observer, cancel.clone(), making).await?;

    let variables: BTreeMap<_, _> =
        plan.steps.iter().flat_map(|planned| keyed(&planned.step, &request.variables)).collect();
    let read: BTreeMap<RepoPath, Digest> =
        inputs.iter().map(|(path, hashed)| (path.clone(), hashed.digest)).collect();
    let judged = request.gate == GateWish::Judged && (plan.whole || plan.evaluation.is_some());
    let mut start = RunStart {
        repository: tree.root().display().to_string(),
        commit: request.commit.clone(),
        project: project.clone(),
        declared: request.declared,
        params: request.params.clone(),
        data,
        code: code.iter().map(|(path, hashed)| (path.clone(), hashed.digest)).collect(),
        environment: prepared.identity.clone(),
        steps: plan.steps.iter().map(|planned| planned.step.name.clone()).collect(),
        forced,
        champion: request.champion.run(),
        champion_lost: request.champion == ChampionChoice::Lost,
        retraining: request.retraining.clone(),
        gated: judged,
        at: request.at,
        plan: Digest::blake3(b""),
    };
    start.plan = plan_digest(&start, &read, &variables)?;
    let modes: BTreeMap<_, _> =
        code.iter().map(|(path, hashed)| (path, (hashed.digest, hashed.kind))).collect();
    let fixed = Fixed {
        code: Digest::of_json(&modes)?,
        environment: Digest::of_json(&prepared.identity)?,
        params: request.params.clone(),
        given_all: live::given_all(request, &plan, &code),
        variables: request.variables.clone(),
        seed: project.seed,
    };
    let live = live::files(project, &tables);
    let known = Known { tree: inputs, live, outputs: BTreeMap::new(), fixed };
    let started =
        Started { plan, start, known, tree, code, prepared, claims, champion, lookup, lock };
    Ok(Box::new(started))
}

impl Started {
    /// Brings `plimsoll.lock` up to date with the datasets that this run begins with.
    pub(crate) fn write_lock(&self, root: &Path) -> Result<(), RunError> {
        let Some(lock) = &self.lock else { return Ok(()) };
        let path = root.join(LOCK_FILE);
        // A repository without data has no use for the file.
        if !lock.data.is_empty() || path.exists() {
            lock.write(&path)?;
        }
        Ok(())
    }
}

fn forced(plan: &Plan, force: &Force) -> Result<Vec<StepName>, RunError> {
    let all = || plan.steps.iter().map(|planned| planned.step.name.clone());
    match force {
        Force::All => Ok(all().collect()),
        Force::Steps(steps) => match steps.iter().find(|step| plan.step(step).is_none()) {
            Some(step) => Err(RunError::ForcedElsewhere { step: step.clone() }),
            // In one order, so that equal wishes make equal plans.
            None => Ok(all().filter(|step| steps.contains(step)).collect()),
        },
    }
}

fn pins(
    project: &Project,
    plan: &Plan,
    tables: &BTreeMap<DatasetName, LiveTable>,
    tree: &mut WorkingTree,
) -> Result<BTreeMap<DatasetName, DatasetPin>, RunError> {
    let mut pins = BTreeMap::new();
    for (name, dataset) in &project.data {
        if !plan.datasets.contains(name) {
            continue;
        }
        if let Some(LiveTable { digest, bytes }) = tables.get(name).copied() {
            let source = Some(CAPTURES.to_owned());
            pins.insert(name.clone(), DatasetPin { digest, bytes, source });
            continue;
        }
        let hashed = tree
            .hash(&dataset.path)
            .map_err(|source| RunError::Dataset { dataset: name.clone(), source })?;
        let source = dataset.source.clone();
        let pin = DatasetPin { digest: hashed.digest, bytes: hashed.bytes, source };
        pins.insert(name.clone(), pin);
    }
    Ok(pins)
}

/// Returns what `plimsoll.lock` is to say, if it is to change and may.
///
/// Labelled predictions are not in it: what a retraining froze belongs to its plan alone, so it
/// leaves nothing to be committed.
fn locked(
    request: &RunRequest,
    plan: &Plan,
    data: &BTreeMap<DatasetName, DatasetPin>,
) -> Result<Option<LockFile>, RunError> {
    let mut old = LockFile::read(&request.root.join(LOCK_FILE))?.unwrap_or_default();
    let mut new = LockFile { data: data.clone() };
    for (name, _) in request.project.data.iter().filter(|(_, dataset)| dataset.live.is_some()) {
        old.data.remove(name);
        new.data.remove(name);
    }
    if !plan.whole {
        // What this run does not read stays as it was locked.
        let rest = old.data.iter().filter(|(name, _)| request.project.data.contains_key(*name));
        for (name, pin) in rest {
            new.data.entry(name.clone()).or_insert_with(|| pin.clone());
        }
    }
    if request.locking == Locking::Frozen {
        let differences = old.differences(&new);
        return if differences.is_empty() {
            Ok(None)
        } else {
            Err(RunError::Unlocked { differences })
        };
    }
    Ok(request.retraining.is_none().then_some(new))
}

/// Hashes what steps read of the tree, without what comes there from elsewhere.
fn inputs(plan: &Plan, tree: &mut WorkingTree) -> Result<BTreeMap<RepoPath, Hashed>, RunError> {
    let mut inputs = BTreeMap::new();
    for path in plan.of_the_tree() {
        let written = others_within(plan, &path);
        let hashed = match tree.hash(&path) {
            Ok(hashed) => hashed,
            // Where others write, nothing need be there before.
            Err(HashError::Missing { .. }) if !written.is_empty() => continue,
            Err(source) => {
                let reader = plan.steps.iter().find(|p| p.reads.iter().any(|r| r.path == path));
                let reader = reader.map_or("the evaluation".to_owned(), |planned| {
                    format!("step `{}`", planned.step.name)
                });
                return Err(RunError::Input { path, reader, source });
            }
        };
        inputs.insert(path.clone(), without(hashed, &path, &written)?);
    }
    Ok(inputs)
}

/// Returns what the folder `path` holds that is not of the tree.
fn others_within(plan: &Plan, path: &RepoPath) -> BTreeSet<RepoPath> {
    let of_path = plan.reads().filter(|read| read.path == *path);
    let others = of_path.filter_map(|read| match &read.from {
        Source::Mixed { outputs, live } => {
            Some(outputs.iter().map(|(_, output)| output).chain(live).cloned())
        }
        Source::Tree | Source::Live | Source::Output { .. } => None,
    });
    others.flatten().collect()
}

fn without(
    mut hashed: Hashed,
    path: &RepoPath,
    written: &BTreeSet<RepoPath>,
) -> Result<Hashed, RunError> {
    let Some(tree) = hashed.tree.as_mut().filter(|_| !written.is_empty()) else {
        return Ok(hashed);
    };
    let written: Vec<RepoPath> = written.iter().filter_map(|output| below(output, path)).collect();
    tree.0.retain(|file, _| !written.iter().any(|output| file.is_within(output)));
    hashed.bytes = tree.0.values().map(|entry| entry.bytes).sum();
    hashed.digest = Digest::of_json(&tree)?;
    hashed.kind = OutputKind::Folder;
    Ok(hashed)
}

fn claims(
    project: &Project,
    plan: &Plan,
    data: &BTreeMap<DatasetName, DatasetPin>,
    tree: &mut WorkingTree,
    ports: &EnginePorts,
) -> Result<BTreeMap<DatasetName, Claims>, RunError> {
    let identity = ports.measure.identity();
    let clock = ports.clock.now();
    let mut claims = BTreeMap::new();
    for name in &plan.datasets {
        let Some(dataset) = project.data.get(name) else { continue };
        let no_personal_data = dataset.personal_data == Some(PersonalData::None);
        if dataset.schema.is_none() && !no_personal_data {
            continue;
        }
        let Some(pin) = data.get(name) else { continue };
        let unread = |source| RunError::Dataset { dataset: name.clone(), source };
        let schema = match &dataset.schema {
            None => None,
            Some(schema) => Some(SchemaSource {
                path: schema.below(tree.root()),
                shown: schema.to_string(),
                digest: tree.hash(schema).map_err(unread)?.digest,
            }),
        };
        let schema_digest = schema.as_ref().map(|schema| schema.digest);
        let request = ValidateRequest {
            path: dataset.path.below(tree.root()),
            shown: dataset.path.to_string(),
            digest: pin.digest,
            schema,
            no_personal_data,
            clock,
        };
        let mut references = BTreeMap::new();
        for path in &dataset.references {
            references.insert(path.clone(), tree.hash(path).map_err(unread)?.digest);
        }
        let key = validation_key(&Judged {
            dataset: &pin.digest,
            schema: schema_digest.as_ref(),
            no_personal_data,
            references: &references,
            // What depends on the time is not remembered.
            clock: dataset.is_of_the_present.then_some(clock),
            identity: &identity,
        })?;
        claims.insert(name.clone(), Claims { key, references, request });
    }
    Ok(claims)
}

/// Prepares the environment on a thread of its own and passes on what is said meanwhile.
async fn prepare(
    request: &RunRequest,
    root: &Path,
    observer: &dyn Observer,
    mut cancel: Cancel,
    making: Making,
) -> Result<Prepared, RunError> {
    let lock = match &request.project.python {
        Some(Python::Lock(path)) => {
            let file = path.below(root);
            let bytes =
                fs::read(&file).map_err(|source| RunError::Folder { path: file, source })?;
            Some((path.clone(), bytes))
        }
        Some(Python::System) | None => None,
    };
    let is_system = request.project.python == Some(Python::System);
    let path = request.variables.get("PATH").cloned().unwrap_or_default();
    let search: Vec<PathBuf> =
        path.split(':').filter(|part| !part.is_empty()).map(PathBuf::from).collect();
    let (variables, network) = (request.variables.clone(), request.network);
    let (environments, root) = (request.home.join("environments"), root.to_owned());
    let stop = Arc::new(AtomicBool::new(false));
    let (say, mut said) = mpsc::unbounded_channel::<String>();
    let stopped = Arc::clone(&stop);
    let mut preparing =
        tokio::task::spawn_blocking(move || {
            let source = match &lock {
                Some((path, bytes)) => PythonSource::Lock { path, bytes },
                None if is_system => PythonSource::System,
                None => PythonSource::Undeclared,
            };
            let request = environment::Request {
                source,
                repository: &root,
                environments: &environments,
                search: &search,
                variables: &variables,
                network,
            };
            // Nobody listens any more where this fails.
            let mut progress = |line: &str| _ = say.send(line.to_owned());
            match making {
                Making::Made => environment::prepare(&request, &mut progress, &stopped),
                Making::Named => environment::identify(&request, &stopped).map(|identity| {
                    Prepared { identity, path_prefix: Vec::new(), variables: BTreeMap::new() }
                }),
            }
        });
    loop {
        tokio::select! {
            Some(line) = said.recv() => observer.notice(Notice::Environment(&line)),
            () = cancel.wished(), if !stop.load(Ordering::Relaxed) => {
                stop.store(true, Ordering::Relaxed);
            }
            prepared = &mut preparing => {
                let prepared = prepared.map_err(|error| RunError::Bug(error.to_string()))?;
                return Ok(prepared?);
            }
        }
    }
}
