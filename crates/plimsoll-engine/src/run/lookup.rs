//! What earlier runs did: asked for in few questions, believed only where the objects are there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_core::event::{Output, OutputKind, RunEvent, Tree};
use plimsoll_core::ports::{CacheEntry, ObjectStore, ReadError, Runs};
use plimsoll_core::{Digest, ModelName, StepName};

use super::RunError;
use super::known::{Known, Written};
use crate::attempt::{FetchError, read_tree};
use crate::plan::Plan;

/// What earlier runs did, as far as it was asked for.
pub(crate) struct Lookup {
    objects: Arc<dyn ObjectStore>,
    runs: Arc<dyn Runs>,
    asked: BTreeMap<Digest, Option<CacheEntry>>,
    trees: BTreeMap<Digest, Arc<Tree>>,
    /// The objects that are there.
    present: BTreeSet<Digest>,
}

impl Lookup {
    pub(crate) fn new(objects: Arc<dyn ObjectStore>, runs: Arc<dyn Runs>) -> Self {
        let (asked, trees, present) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { objects, runs, asked, trees, present }
    }

    /// Asks for those of `keys` that were not asked for yet.
    pub(crate) async fn ask(
        &mut self,
        keys: impl IntoIterator<Item = Digest>,
    ) -> Result<(), ReadError> {
        let new = keys.into_iter().filter(|key| !self.asked.contains_key(key)).collect();
        self.ask_again(new).await
    }

    /// Asks for all of `keys`: another run may have answered in the meantime.
    pub(crate) async fn ask_again(&mut self, keys: Vec<Digest>) -> Result<(), ReadError> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut found = self.runs.cached(&keys).await?;
        self.asked.extend(keys.into_iter().map(|key| (key, found.remove(&key))));
        Ok(())
    }

    /// Returns what is remembered under a key that was asked for.
    pub(crate) fn found(&self, key: &Digest) -> Option<&CacheEntry> {
        self.asked.get(key)?.as_ref()
    }

    /// Asks at once for whatever this run will need if all is as in the model's last run.
    ///
    /// The guess costs one question for a whole pipeline in place of one for each of its levels, and
    /// decides nothing: keys are made anew from what is really found.
    pub(crate) async fn anticipate(
        &mut self,
        plan: &Plan,
        known: &Known,
        model: &ModelName,
        more: impl Fn(&Known) -> Vec<Digest>,
    ) -> Result<(), RunError> {
        let mut guess = known.clone();
        let mut last = self.last_outputs(model).await?;
        let mut keys = Vec::with_capacity(plan.steps.len());
        for planned in &plan.steps {
            if let Ok(keyed) = guess.key(planned) {
                keys.push(keyed.key);
            }
            let name = &planned.step.name;
            if let (false, Some(outputs)) = (guess.outputs.contains_key(name), last.remove(name)) {
                // What is not there any more is no guess.
                if let Ok(Some(written)) = self.written(&outputs).await {
                    guess.outputs.insert(name.clone(), written);
                }
            }
        }
        keys.extend(more(&guess));
        Ok(self.ask(keys).await?)
    }

    async fn last_outputs(
        &self,
        model: &ModelName,
    ) -> Result<BTreeMap<StepName, Vec<Output>>, ReadError> {
        let Some(last) = self.runs.list(Some(model), 1).await?.pop() else {
            return Ok(BTreeMap::new());
        };
        let events = self.runs.events(&last.id).await?;
        let outputs = events.into_iter().filter_map(|recorded| match recorded.what {
            RunEvent::StepSucceeded { step, outputs, .. }
            | RunEvent::StepCached { step, outputs, .. } => Some((step, outputs)),
            _ => None,
        });
        Ok(outputs.collect())
    }

    /// Returns `outputs` with the files in them, if every object of them is there.
    pub(crate) async fn written(
        &mut self,
        outputs: &[Output],
    ) -> Result<Option<Vec<Written>>, RunError> {
        let mut written = Vec::with_capacity(outputs.len());
        for output in outputs {
            if !self.contains(&output.digest).await? {
                return Ok(None);
            }
            let mut tree = None;
            if output.kind == OutputKind::Folder {
                let files = self.tree(&output.digest).await?;
                for entry in files.0.values() {
                    if !self.contains(&entry.digest).await? {
                        return Ok(None);
                    }
                }
                tree = Some(files);
            }
            written.push(Written { output: output.clone(), tree });
        }
        Ok(Some(written))
    }

    /// Tells whether an object is there; once seen it is believed for the rest of the run, since
    /// nothing that a run may need is removed while it is young or referred to.
    pub(crate) async fn contains(&mut self, digest: &Digest) -> Result<bool, RunError> {
        if self.present.contains(digest) {
            return Ok(true);
        }
        let there = self.objects.contains(digest).await?;
        if there {
            self.present.insert(*digest);
        }
        Ok(there)
    }

    async fn tree(&mut self, digest: &Digest) -> Result<Arc<Tree>, RunError> {
        if let Some(tree) = self.trees.get(digest) {
            return Ok(Arc::clone(tree));
        }
        let tree = read_tree(&*self.objects, digest).await.map_err(unread)?;
        let tree = Arc::new(tree);
        self.trees.insert(*digest, Arc::clone(&tree));
        Ok(tree)
    }
}

/// Says why an object was not read.
pub(crate) fn unread(error: FetchError) -> RunError {
    match error {
        FetchError::Damaged(damaged) => RunError::Damaged(damaged),
        FetchError::Open(error) => RunError::Objects(error),
        other => RunError::Unreadable { message: other.to_string() },
    }
}
