//! Outputs with other bytes, opened: what differs in them, and by how much.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use plimsoll_core::event::{OutputKind, Tree};
use plimsoll_core::evidence::Evaluation;
use plimsoll_core::ports::{FileMode, ObjectStore};
use plimsoll_core::project::{Evaluate, Predictor};
use plimsoll_core::record::RunRecord;
use plimsoll_core::reproduction::{
    Agreement, Differing, MetricAgain, OutputAgain, StepAgain, Tolerance,
};
use plimsoll_core::{Digest, RepoPath};
use plimsoll_engine::reproduce::Place;

use super::bench::Bench;
use super::commit::Written;
use super::origin::Origin;
use super::{Args, answers, files};
use crate::commands::run::Signal;
use crate::error::CommandError;
use crate::measure::Measurement;
use crate::ports::Ports;
use crate::{candidate, evidence};

/// What outputs are compared with.
pub(super) struct Contents<'a> {
    origin: &'a Origin,
    written: &'a Written,
    record: &'a RunRecord,
    /// The stores that may have what was made then.
    then: [Arc<dyn ObjectStore>; 2],
    /// The store that has what was made now.
    now: &'a dyn ObjectStore,
    folder: PathBuf,
    tolerance: Tolerance,
    measurement: Measurement,
    /// The test set, once a model was compared on it.
    test_set: OnceCell<Option<PathBuf>>,
}

impl<'a> Contents<'a> {
    pub(super) fn of(
        origin: &'a Origin,
        written: &'a Written,
        bench: &'a Bench,
        args: &Args,
        record: &'a RunRecord,
        place: &Place,
        ports: &Ports,
    ) -> Result<Self, CommandError> {
        let folder = place.folder().join("compared");
        std::fs::create_dir_all(&folder).map_err(|error| {
            CommandError::world(format!("{} could not be made: {error}", folder.display()))
        })?;
        let own = &bench.ports;
        let onnxruntime = bench.onnxruntime.clone();
        let measurement =
            Measurement::new(&own.settings, written.root(), onnxruntime, args.offline);
        Ok(Self {
            origin,
            written,
            record,
            then: origin.stores(ports),
            now: &*own.objects,
            folder,
            tolerance: args.tolerance,
            measurement,
            test_set: OnceCell::new(),
        })
    }

    /// Looks into every output that has other bytes; breaks off when a signal came.
    pub(super) async fn compare(
        &self,
        steps: &mut [StepAgain],
        signal: &Signal,
    ) -> Result<ControlFlow<()>, CommandError> {
        for step in steps {
            for output in &mut step.outputs {
                if *signal.borrow() != 0 {
                    return Ok(ControlFlow::Break(()));
                }
                if let (Agreement::Different, Some(then), Some(now)) =
                    (output.agreement, output.then, output.now)
                {
                    let differing = self.output(output, &then, &now).await?;
                    output.differ(differing);
                }
            }
            step.settle();
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Removes what was laid out to be compared.
    pub(super) fn tidy(&self) {
        // It goes with the folder around it, at the latest.
        _ = std::fs::remove_dir_all(&self.folder);
    }

    /// Holds what was measured then against what was measured now.
    pub(super) async fn metrics(
        &self,
        now: Option<&Evaluation>,
    ) -> Result<Vec<MetricAgain>, CommandError> {
        let (Some(digest), Some(now)) = (&self.origin.past.evaluation, now) else {
            return Ok(Vec::new());
        };
        let Some(store) = self.store(digest).await? else { return Ok(Vec::new()) };
        let then: Evaluation = evidence::read(store, digest).await?;
        let measured = then.overall.metrics.iter();
        let compared = measured.filter_map(|metric| {
            let value = metric.value.filter(|value| value.is_finite())?;
            let again = now.overall.metrics.iter().find(|it| it.metric == metric.metric);
            let again = again.and_then(|again| again.value);
            Some(MetricAgain::of(metric.metric.to_string(), value, again, self.tolerance))
        });
        Ok(compared.collect())
    }

    async fn store(&self, digest: &Digest) -> Result<Option<&dyn ObjectStore>, CommandError> {
        for store in &self.then {
            if store.contains(digest).await? {
                return Ok(Some(&**store));
            }
        }
        Ok(None)
    }

    async fn output(
        &self,
        output: &OutputAgain,
        then: &Digest,
        now: &Digest,
    ) -> Result<Differing, CommandError> {
        let Some(store) = self.store(then).await? else {
            return Ok(Differing::wholly(
                "has other bytes, and what was there is not in the store any more",
            ));
        };
        if output.kind != Some(OutputKind::Folder) {
            return self.file(&output.path, (store, then), now).await;
        }
        let listed: Result<Tree, CommandError> = evidence::read(store, then).await;
        let Ok(listed) = listed else { return Ok(Differing::wholly("is a folder (then a file)")) };
        let found: Tree = evidence::read(self.now, now).await?;
        self.folder(&output.path, &listed, &found).await
    }

    /// Compares folders file by file; the worst counts.
    async fn folder(
        &self,
        path: &RepoPath,
        then: &Tree,
        now: &Tree,
    ) -> Result<Differing, CommandError> {
        let (before, after): (BTreeSet<_>, BTreeSet<_>) =
            (then.0.keys().collect(), now.0.keys().collect());
        if let Some(gone) = before.difference(&after).next() {
            return Ok(Differing::wholly(format!("does not hold `{gone}` any more")));
        }
        if let Some(new) = after.difference(&before).next() {
            return Ok(Differing::wholly(format!("holds `{new}`, which was not there")));
        }
        let (mut worst, mut count, mut farthest): (Option<(String, Differing)>, usize, f64) =
            (None, 0, 0.0);
        for (inner, entry) in &then.0 {
            let Some(found) = now.0.get(inner).filter(|found| found.digest != entry.digest) else {
                continue;
            };
            count += 1;
            let Ok(file) = path.join(inner.as_str()) else { continue };
            let differing = match self.store(&entry.digest).await? {
                Some(store) => self.file(&file, (store, &entry.digest), &found.digest).await?,
                None => Differing::wholly("is not in the store any more"),
            };
            farthest = farthest.max(differing.distance.unwrap_or(0.0));
            let is_worse = worst.as_ref().is_none_or(|(_, it)| it.agreement < differing.agreement);
            if is_worse {
                worst = Some((inner.to_string(), differing));
            }
        }
        let Some((inner, differing)) = worst else {
            return Ok(Differing::wholly("holds files that may be executed now, or no more"));
        };
        let message = format!(
            "differs in {count} of {} files; `{inner}` {}",
            then.0.len(),
            differing.message
        );
        Ok(Differing { message, distance: differing.distance.map(|_| farthest), ..differing })
    }

    async fn file(
        &self,
        path: &RepoPath,
        (store, then): (&dyn ObjectStore, &Digest),
        now: &Digest,
    ) -> Result<Differing, CommandError> {
        let name = path.as_str().rsplit('/').next().unwrap_or("file");
        let place = |side: &str| {
            let folder = self.folder.join(side);
            std::fs::create_dir_all(&folder).map(|()| folder.join(name)).map_err(|error| {
                CommandError::world(format!("{} could not be made: {error}", folder.display()))
            })
        };
        let (before, after) = (place("then")?, place("now")?);
        store.restore(then, &before, FileMode::Plain).await?;
        self.now.restore(now, &after, FileMode::Plain).await?;
        let differing = match self.model(path) {
            Some(evaluate) => match self.test_set(evaluate).await? {
                Some(on) => answers::compare(
                    (&before, &after),
                    &on,
                    evaluate,
                    self.tolerance,
                    &self.measurement,
                ),
                None => {
                    Differing::wholly("has other bytes, and the test set is not there to ask it")
                }
            },
            None => files::compare(path, &before, &after, self.tolerance),
        };
        // A large model need not lie there until all is compared.
        _ = std::fs::remove_file(before);
        _ = std::fs::remove_file(after);
        Ok(differing)
    }

    /// Returns how the file is evaluated, where it is the model.
    fn model(&self, path: &RepoPath) -> Option<&Evaluate> {
        let evaluate = self.written.declared.project.evaluate.as_ref()?;
        matches!(&evaluate.predictor, Predictor::Model(model) if model == path).then_some(evaluate)
    }

    /// Returns the rows that both models are asked about: those that the version was judged by, else
    /// those that were made now.
    async fn test_set(&self, evaluate: &Evaluate) -> Result<Option<PathBuf>, CommandError> {
        if let Some(known) = self.test_set.get() {
            return Ok(known.clone());
        }
        let past = &self.origin.past;
        let name = evaluate.on.as_str().rsplit('/').next().unwrap_or("on");
        let file = self.folder.join(format!("on-{name}"));
        let withheld = past.retraining.as_ref().map(|retraining| &retraining.withheld);
        let recorded = withheld.or_else(|| past.output(&evaluate.on));
        let of_then = match recorded {
            Some(digest) => self.store(digest).await?.map(|store| (store, *digest)),
            None => None,
        };
        let found = match of_then {
            Some(found) => Some(found),
            None => candidate::output(self.record, &evaluate.on, self.now)
                .await?
                .map(|digest| (self.now, digest)),
        };
        let of_tree = evaluate.on.below(self.written.root());
        let on = match found {
            Some((store, digest)) => {
                store.restore(&digest, &file, FileMode::Plain).await?;
                Some(file)
            }
            None => of_tree.is_file().then_some(of_tree),
        };
        Ok(self.test_set.get_or_init(|| on).clone())
    }
}
