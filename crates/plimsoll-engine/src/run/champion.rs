//! The run that a model is compared with.

use plimsoll_core::event::{Output, RunStart};
use plimsoll_core::project::Evaluate;
use plimsoll_core::record::RunRecord;
use plimsoll_core::{Digest, ModelName, RepoPath, RunId};

use super::known::below;
use super::lookup::Lookup;
use super::{EnginePorts, RunError};

/// A run to compare with, and its model.
#[derive(Clone, Debug)]
pub(crate) struct ChampionRun {
    pub run: RunId,
    pub start: RunStart,
    pub evaluate: Evaluate,
    pub predictor: Digest,
}

impl ChampionRun {
    /// Finds the model of `run`, which must be one of `model`.
    pub(crate) async fn load(
        run: RunId,
        model: &ModelName,
        ports: &EnginePorts,
        lookup: &mut Lookup,
    ) -> Result<Self, RunError> {
        let refused = |problem: String| RunError::Champion { run, problem };
        let record = RunRecord::of(run, &ports.runs.events(&run).await?)
            .ok_or_else(|| refused("it is not known".to_owned()))?;
        let of = &record.start.project.model;
        if of != model {
            return Err(refused(format!("it is one of model `{of}`")));
        }
        let evaluate = record.start.project.evaluate.clone();
        let evaluate = evaluate.ok_or_else(|| refused("it declares no `evaluate:`".to_owned()))?;
        let path = evaluate.predictor.path();
        let outputs = record.steps.iter().flat_map(|step| &step.outputs);
        let found = find(outputs, path, lookup).await?;
        let predictor = found.ok_or_else(|| {
            refused(format!("no step of it wrote `{path}`, or it is not in the store any more"))
        })?;
        Ok(Self { run, start: record.start, evaluate, predictor })
    }
}

/// Finds the file `path` among `outputs`, or in one of them.
async fn find<'a>(
    outputs: impl Iterator<Item = &'a Output>,
    path: &RepoPath,
    lookup: &mut Lookup,
) -> Result<Option<Digest>, RunError> {
    for output in outputs.filter(|output| path.is_within(&output.path)) {
        let Some(written) = lookup.written(std::slice::from_ref(output)).await? else { continue };
        for written in written {
            let inner = below(path, &written.output.path);
            let entry = written.tree.as_ref().and_then(|tree| tree.0.get(&inner?).cloned());
            match entry {
                Some(entry) => return Ok(Some(entry.digest)),
                None if written.output.path == *path => return Ok(Some(written.output.digest)),
                None => {}
            }
        }
    }
    Ok(None)
}
