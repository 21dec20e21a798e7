//! Where versions are registered: the home, or the folder that `registry:` names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_core::event::{Output, OutputKind, RunEvent, Tree};
use plimsoll_core::ports::{AuditRow, History, ObjectStore, Registry, RegistryError, Runs};
use plimsoll_core::record::RunRecord;
use plimsoll_core::{Digest, ModelName, RunId};
use plimsoll_release::shelf::Shelf;
use plimsoll_store::{Database, FolderObjects, SqliteHistory, SqliteRegistry, SqliteRuns};

use super::Ports;
use crate::error::{CommandError, Kind};
use crate::project::Declared;

/// How many entries of the audit log are asked for at once.
const AT_ONCE: u32 = 1000;

/// A registry with everything that its versions refer to.
#[derive(Clone)]
pub(crate) struct Catalogue {
    /// Versions, aliases and the audit log.
    pub registry: Arc<dyn Registry>,
    /// What happened to models besides.
    pub history: Arc<dyn History>,
    /// The runs that versions came from.
    pub runs: Arc<dyn Runs>,
    /// The evidence of versions.
    pub objects: Arc<dyn ObjectStore>,
    /// The bundles.
    pub bundles: Shelf,
    /// The folder that the command line names, where it names one.
    pub named: Option<PathBuf>,
    /// Whether it is another folder than the home.
    is_elsewhere: bool,
}

impl Ports {
    /// Opens the registry: the folder that is `named`, else the one that the repository names in
    /// `registry:`, else the one that `PLIMSOLL_REGISTRY` names, else the home.
    pub(crate) async fn catalogue(&self, named: Option<&Path>) -> Result<Catalogue, CommandError> {
        let declared = match named {
            Some(_) => None,
            None => Declared::around(&self.folder)?,
        };
        self.catalogue_of(named, declared.as_ref()).await
    }

    /// As [`Self::catalogue`], of a repository that was read already.
    pub(crate) async fn catalogue_of(
        &self,
        named: Option<&Path>,
        declared: Option<&Declared>,
    ) -> Result<Catalogue, CommandError> {
        let of_repository = declared.and_then(|declared| {
            let registry = declared.project.registry.as_ref()?;
            Some(declared.root.join(registry))
        });
        let folder = named.map(|folder| self.folder.join(folder)).or(of_repository);
        let folder = folder.or_else(|| self.settings.registry.clone());
        let home = &self.settings.home;
        let is_elsewhere = folder.as_ref().is_some_and(|folder| !is_same(folder, home));
        let Some(folder) = folder.filter(|_| is_elsewhere) else {
            return Ok(Catalogue {
                registry: Arc::new(SqliteRegistry::new(self.database.clone())),
                history: Arc::new(SqliteHistory::new(self.database.clone())),
                runs: Arc::clone(&self.runs),
                objects: Arc::clone(&self.objects),
                bundles: Shelf::new(home.join("bundles")),
                named: named.map(Path::to_owned),
                is_elsewhere: false,
            });
        };
        if folder.to_string_lossy().contains("://") {
            let message = format!("registry {} is no folder", folder.display());
            return Err(CommandError::usage(message).hint("name a folder that may be written to"));
        }
        let database = Database::open(&folder).await?;
        Ok(Catalogue {
            registry: Arc::new(SqliteRegistry::new(database.clone())),
            history: Arc::new(SqliteHistory::new(database.clone())),
            runs: Arc::new(SqliteRuns::new(database)),
            objects: Arc::new(FolderObjects::open(&folder.join("objects"))?),
            bundles: Shelf::new(folder.join("bundles")),
            named: named.map(Path::to_owned),
            is_elsewhere: true,
        })
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other
        || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

impl Catalogue {
    /// Gives the registry what the versions of `record` refer to, so that every home that uses it
    /// finds the run, its model and its evidence.
    pub(crate) async fn take_in(
        &self,
        record: &RunRecord,
        ports: &Ports,
    ) -> Result<(), CommandError> {
        if !self.is_elsewhere {
            return Ok(());
        }
        copy_run(record, (&*ports.runs, &*ports.objects), (&*self.runs, &*self.objects)).await
    }

    /// Brings the run of a released version into the home, where another home made it.
    pub(crate) async fn bring(&self, run: RunId, ports: &Ports) -> Result<(), CommandError> {
        if !self.is_elsewhere {
            return Ok(());
        }
        // A copy that was broken off has no end yet, and is gone on with.
        let here = ports.runs.events(&run).await?;
        if here.last().is_some_and(|last| matches!(last.what, RunEvent::RunFinished { .. })) {
            return Ok(());
        }
        let record = crate::evidence::record(&*self.runs, run).await?;
        copy_run(&record, (&*self.runs, &*self.objects), (&*ports.runs, &*ports.objects)).await
    }

    /// Gives the registry an object of the home.
    pub(crate) async fn take_object(
        &self,
        digest: &Digest,
        ports: &Ports,
    ) -> Result<(), CommandError> {
        if self.is_elsewhere {
            copy_object(digest, &*ports.objects, &*self.objects).await
        } else {
            Ok(())
        }
    }

    /// Returns every entry of the audit log in order, of `model` or of all.
    pub(crate) async fn entries(
        &self,
        model: Option<&ModelName>,
    ) -> Result<Vec<AuditRow>, RegistryError> {
        let mut all: Vec<AuditRow> = Vec::new();
        loop {
            let after = all.last().map_or(0, |row| row.entry.sequence);
            let rows = self.registry.audit(model, after, AT_ONCE).await?;
            if rows.is_empty() {
                return Ok(all);
            }
            all.extend(rows);
        }
    }

    /// Returns the objects in which `digest` lies: those of the home, else the registry's.
    pub(crate) async fn objects_with(
        &self,
        digest: &Digest,
        ports: &Ports,
    ) -> Result<Arc<dyn ObjectStore>, CommandError> {
        let here = ports.objects.contains(digest).await?;
        Ok(Arc::clone(if here { &ports.objects } else { &self.objects }))
    }
}

type Place<'a> = (&'a dyn Runs, &'a dyn ObjectStore);

/// Copies the log of a run and what it is judged and used by: model, test set, evidence, verdict.
/// The objects come first, so that a log that is there has them.
async fn copy_run(
    record: &RunRecord,
    (runs, objects): Place<'_>,
    (to_runs, to_objects): Place<'_>,
) -> Result<(), CommandError> {
    let evidence = record.validated.values().map(|(digest, _)| *digest);
    let evidence = evidence.chain(record.scans.values().map(|(digest, _)| *digest));
    let evidence = evidence.chain(record.evaluation.map(|(digest, _)| digest));
    let evidence = evidence.chain(record.verdict.map(|(digest, _)| digest));
    let withheld = record.start.retraining.as_ref().map(|retraining| retraining.withheld.digest);
    let used = record.start.project.evaluate.iter().flat_map(|evaluate| {
        let files = [evaluate.predictor.path(), &evaluate.on];
        let outputs = record.steps.iter().flat_map(|step| &step.outputs);
        let is_used = move |output: &&Output| files.iter().any(|file| file.is_within(&output.path));
        outputs.filter(is_used).map(|output| (output.digest, output.kind))
    });
    let mut wanted: Vec<Digest> = evidence.chain(withheld).collect();
    for (digest, kind) in used {
        wanted.push(digest);
        if kind == OutputKind::Folder {
            let files: Tree = crate::evidence::read(objects, &digest).await?;
            wanted.extend(files.0.values().map(|file| file.digest));
        }
    }
    for digest in wanted {
        copy_object(&digest, objects, to_objects).await?;
    }
    let there = to_runs.events(&record.id).await?.len();
    for event in runs.events(&record.id).await?.into_iter().skip(there) {
        to_runs.append(&record.id, event.sequence, event.at, &[event.what]).await?;
    }
    Ok(())
}

async fn copy_object(
    digest: &Digest,
    from: &dyn ObjectStore,
    to: &dyn ObjectStore,
) -> Result<(), CommandError> {
    if to.contains(digest).await? {
        return Ok(());
    }
    let mut content = from.open(digest, None).await?;
    let found = to.put(&mut *content).await?;
    if found == *digest {
        return Ok(());
    }
    Err(CommandError::new(Kind::Damaged, format!("object {digest} is damaged (copied as {found})")))
}
