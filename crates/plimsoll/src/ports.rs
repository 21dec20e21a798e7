//! The composition root: the only place that names adapters.

mod catalogue;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobSetBuilder};
use plimsoll_core::event::CommitState;
use plimsoll_core::ports::{ObjectStore, ResolveError, Runs};
use plimsoll_core::project::{Project, Step};
use plimsoll_core::{ModelName, RepoPath, RunId, StepName, Timestamp};
use plimsoll_engine::run::{Clock, EnginePorts};
use plimsoll_store::git;
use plimsoll_store::{
    Database, FolderObjects, Roots, SqliteHistory, SqliteLooks, SqliteRegistry, SqliteRuns,
};

pub(crate) use catalogue::Catalogue;

use crate::error::{CommandError, Kind};
use crate::measure::Measurement;
use crate::project::Declared;
use crate::settings::{Settings, find_root};

pub(crate) use plimsoll_store::git::{Checkout, GitError, PastCommit};

/// What commands are given of the outside.
pub(crate) struct Ports {
    /// The environment as values.
    pub settings: Settings,
    /// The logs of runs.
    pub runs: Arc<dyn Runs>,
    /// The objects.
    pub objects: Arc<dyn ObjectStore>,
    /// The objects as the folder that they lie in, for `plimsoll store`.
    pub folder_objects: FolderObjects,
    /// The folder that the command acts in.
    pub folder: PathBuf,
    /// What says how late it is.
    pub clock: Arc<dyn Clock>,
    database: Database,
    sqlite: SqliteRuns,
}

/// What to do where `latest` has no repository to be the latest of.
const OUTSIDE: &str = "name a run by the beginning of its id; `plimsoll runs --all` lists them";

/// The machine's clock.
struct MachineClock;

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
    }
}

impl Ports {
    /// Opens the home that `settings` name.
    pub(crate) async fn open(settings: Settings, folder: PathBuf) -> Result<Self, CommandError> {
        let database = Database::open(&settings.home).await?;
        let objects = FolderObjects::open(&settings.home.join("objects"))?;
        let sqlite = SqliteRuns::new(database.clone());
        Ok(Self {
            settings,
            runs: Arc::new(sqlite.clone()),
            objects: Arc::new(objects.clone()),
            folder_objects: objects,
            folder,
            clock: Arc::new(MachineClock),
            database,
            sqlite,
        })
    }

    /// Returns what a run needs of the outside.
    pub(crate) fn engine(
        &self,
        declared: &Declared,
        onnxruntime: Option<PathBuf>,
        offline: bool,
    ) -> EnginePorts {
        EnginePorts {
            objects: Arc::clone(&self.objects),
            runs: Arc::clone(&self.runs),
            looks: Arc::new(SqliteLooks::new(self.database.clone())),
            measure: Arc::new(Measurement::new(
                &self.settings,
                &declared.root,
                onnxruntime,
                offline,
            )),
            clock: Arc::clone(&self.clock),
        }
    }

    /// Returns everything that runs, versions and histories of the home refer to.
    pub(crate) async fn roots(&self) -> Result<Roots, CommandError> {
        let mut roots = self.sqlite.referenced().await?;
        let registry = SqliteRegistry::new(self.database.clone()).referenced().await?;
        let history = SqliteHistory::new(self.database.clone()).referenced().await?;
        for more in [registry, history] {
            roots.objects.extend(more.objects);
            roots.folders.extend(more.folders);
        }
        Ok(roots)
    }

    /// Returns the model of the repository that the command acts in.
    pub(crate) fn model(&self) -> Result<ModelName, CommandError> {
        if find_root(&self.folder).is_none() {
            let error = CommandError::usage("there is no plimsoll.yaml here or in a folder above");
            return Err(error.hint("name a model with `--model NAME`, or all with `--all`"));
        }
        Declared::read(&self.folder).map(|declared| declared.project.model)
    }

    /// Finds the run that `selector` names: the beginning of an id, or `latest` of the model of the
    /// repository that the command acts in.
    pub(crate) async fn find_run(&self, selector: &str) -> Result<RunId, CommandError> {
        if selector != "latest" {
            return Ok(self.runs.resolve(selector).await?);
        }
        // Never the latest of another model: its verdict would be taken for this one's.
        let model = self.model().map_err(|error| match error.hint {
            None => error.hint("name a run by the beginning of its id instead of `latest`"),
            Some(_) => CommandError { hint: Some(OUTSIDE.to_owned()), ..error },
        })?;
        let newest = self.runs.list(Some(&model), 1).await?;
        newest.first().map(|row| row.id).ok_or_else(|| {
            let error = CommandError::usage(format!("there is no run of {model} yet"));
            error.hint("`plimsoll run` makes one")
        })
    }

    /// As [`Self::find_run`], where the latest is that of `model`.
    pub(crate) async fn find_run_of(
        &self,
        model: &ModelName,
        selector: &str,
    ) -> Result<RunId, CommandError> {
        if selector != "latest" {
            return Ok(self.runs.resolve(selector).await?);
        }
        let newest = self.runs.list(Some(model), 1).await?;
        let found = newest.first().map(|row| row.id);
        found.ok_or_else(|| ResolveError::Unknown(selector.to_owned()).into())
    }

    /// Returns the file with what a step printed.
    pub(crate) fn log(&self, run: &RunId, step: &StepName, attempt: u32) -> PathBuf {
        plimsoll_engine::log_path(&self.settings.home, run, step, attempt)
    }

    /// Checks `revision` of the repository out, in a folder below the home.
    pub(crate) fn checkout(&self, revision: &str) -> Result<Checkout, CommandError> {
        Ok(git::checkout(&self.folder, revision, &self.settings.home.join("checkouts"))?)
    }
}

/// Returns the machine's clock.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(MachineClock)
}

/// Returns the present.
pub(crate) fn now() -> Timestamp {
    MachineClock.now()
}

/// Returns the bytes of the file `path` of the repository `folder` at `commit`.
pub(crate) fn file_at(
    folder: &Path,
    commit: &str,
    path: &RepoPath,
) -> Result<Option<Vec<u8>>, CommandError> {
    Ok(git::file_at(folder, commit, path.as_str())?)
}

/// Draws an id for a run.
pub(crate) fn fresh_run_id() -> Result<RunId, CommandError> {
    let mut bytes = [0; 16];
    let drawn = std::fs::File::open("/dev/urandom")
        .and_then(|mut source| std::io::Read::read_exact(&mut source, &mut bytes));
    drawn.map_err(|error| CommandError::world(format!("no randomness: {error}")))?;
    Ok(RunId::from_bytes(bytes))
}

/// Returns the commit of the folder `root`, dirty where tracked files differ or code files are
/// not tracked, ignored ones included; `None` without git.
pub(crate) fn commit(root: &Path, project: &Project) -> Result<Option<CommitState>, CommandError> {
    let Some(state) = git::state(root)? else { return Ok(None) };
    let mut code = GlobSetBuilder::new();
    for pattern in &project.code {
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        code.add(glob.map_err(|error| CommandError::new(Kind::Usage, error))?);
    }
    let code = code.build().map_err(|error| CommandError::new(Kind::Usage, error))?;
    // What steps write is no code, and neither is what Python compiled of it.
    let is_made = |path: &str| {
        let mut outputs = project.steps.iter().flat_map(Step::written);
        path.split('/').any(|part| matches!(part, ".plimsoll" | "__pycache__"))
            || outputs.any(|output| Path::new(path).starts_with(output.as_str()))
    };
    let is_new_code = |path: &String| code.is_match(path) && !is_made(path);
    let dirty = !state.changed.is_empty() || state.untracked.iter().any(is_new_code);
    Ok(Some(CommitState { hash: state.hash, branch: state.branch, dirty }))
}
