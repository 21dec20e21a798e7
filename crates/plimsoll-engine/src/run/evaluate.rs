//! The model, measured on its test set.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use plimsoll_core::event::RunEvent;
use plimsoll_core::evidence::Evaluation;
use plimsoll_core::gate::Demand;
use plimsoll_core::ports::{ChampionModel, EvaluateRequest, GivenFile, MeasureError, Recorded};
use plimsoll_core::project::{Evaluate, Ledger};
use plimsoll_core::{DatasetName, Digest, ModelName, RepoPath, RunId};
use serde::Serialize;

use super::RunError;
use super::champion::ChampionRun;
use super::driver::{Answer, Driver};
use super::known::{KeyError, Known};
use super::start::Started;
use crate::attempt::{InputFile, Origin, Workshop, private};
use crate::plan::{PlannedEvaluation, Read};

/// The version of what the key of an evaluation is made of.
const FORMAT: u32 = 2;

/// What an evaluation is made of, once its files are known.
#[derive(Clone, Debug)]
pub(crate) struct EvaluationPlan {
    pub key: Digest,
    pub predictor: InputFile,
    on: InputFile,
    train: Option<InputFile>,
    /// The answers of training, and the rows that they are answers to.
    recorded: Option<[InputFile; 2]>,
}

/// What decides an evaluation and no step changes.
#[derive(Clone, Debug)]
pub(crate) struct Measuring {
    evaluate: Evaluate,
    request: Deciding,
    champion: Option<ChampionRun>,
    schemas: Vec<(DatasetName, std::path::PathBuf)>,
    planned: PlannedEvaluation,
    /// The test set in place of the declared one.
    withheld: Option<InputFile>,
}

#[derive(Clone, Debug, Serialize)]
struct Deciding {
    format: u32,
    /// Whose ledger of test sets counts.
    model: ModelName,
    task: plimsoll_core::project::Task,
    evaluate: Evaluate,
    schemas: BTreeMap<DatasetName, Digest>,
    seed: u64,
    demands: Vec<Demand>,
    identity: String,
    champion: Option<(RunId, Evaluate, Digest)>,
}

impl Measuring {
    /// Returns how this run evaluates; `None` where it does not.
    pub(crate) fn of(started: &Started, identity: String) -> Option<Self> {
        let project = &started.start.project;
        let evaluate = project.evaluate.clone()?;
        let planned = started.plan.evaluation.clone()?;
        let champion = started.champion.clone();
        let schemas = || {
            let claims = started.claims.iter();
            claims.filter_map(|(name, claims)| Some((name.clone(), claims.request.schema.clone()?)))
        };
        let request = Deciding {
            format: FORMAT,
            model: project.model.clone(),
            task: project.task,
            evaluate: evaluate.clone(),
            schemas: schemas().map(|(name, schema)| (name, schema.digest)).collect(),
            seed: project.seed,
            demands: project
                .gate
                .iter()
                .filter(|rule| rule.applies_to(project.task))
                // What people say of the model changes nothing that is measured.
                .filter(|rule| !matches!(rule.demand, Demand::Card { .. }))
                .map(|rule| rule.demand.clone())
                .collect(),
            identity,
            champion: champion.as_ref().map(|c| (c.run, c.evaluate.clone(), c.predictor)),
        };
        let schemas = schemas().map(|(name, schema)| (name, schema.path)).collect();
        let retraining = started.start.retraining.as_ref();
        let withheld = retraining.map(|retraining| InputFile {
            path: evaluate.on.clone(),
            digest: retraining.withheld.digest,
            bytes: retraining.withheld.bytes,
            executable: false,
            from: Origin::Store,
        });
        Some(Self { evaluate, request, champion, schemas, planned, withheld })
    }

    /// Returns the evaluation of what is known.
    pub(crate) fn plan(&self, known: &Known) -> Result<EvaluationPlan, String> {
        let predictor = file(known, &self.planned.predictor)?;
        let on = match &self.withheld {
            Some(withheld) => withheld.clone(),
            None => file(known, &self.planned.on)?,
        };
        let train = self.planned.train.as_ref().map(|train| file(known, train)).transpose()?;
        let recorded = match &self.planned.recorded {
            Some(answers) => Some([file(known, answers)?, file(known, &self.planned.on)?]),
            None => None,
        };
        let trained_on = train.as_ref().map(|train| train.digest);
        let answered = recorded.as_ref().map(|files| [files[0].digest, files[1].digest]);
        let files = (predictor.digest, on.digest, trained_on, answered);
        let key = Digest::of_json(&("evaluation", &self.request, files));
        let key = key.map_err(|error| error.to_string())?;
        Ok(EvaluationPlan { key, predictor, on, train, recorded })
    }

    /// Lays out the files in a folder of their own, checked, and measures them there.
    fn measure(
        &self,
        plan: &EvaluationPlan,
        look: NonZeroU32,
        shop: &Workshop,
        measure: &dyn plimsoll_core::ports::Measure,
    ) -> Result<Evaluation, MeasureError> {
        let refused = |message: String| MeasureError { message, next: None };
        let attempts = private(&shop.root, "attempts")
            .map_err(|error| refused(format!("no folder to evaluate in could be made: {error}")))?;
        let folder = attempts.join(shop.run.short()).join("evaluation");
        let evaluated = self.measure_in(&folder, plan, look, shop, measure);
        // What stays is swept by a later run.
        _ = fs::remove_dir_all(&folder);
        evaluated
    }

    fn measure_in(
        &self,
        folder: &Path,
        plan: &EvaluationPlan,
        look: NonZeroU32,
        shop: &Workshop,
        measure: &dyn plimsoll_core::ports::Measure,
    ) -> Result<Evaluation, MeasureError> {
        let lay_out = |folder: &Path, files: &[InputFile]| {
            let laid = shop.lay_out(folder, files);
            laid.map_err(|problem| {
                let message = problem.into_failure().to_string();
                MeasureError { message, next: None }
            })
        };
        let own = folder.join("model");
        let mut files = vec![plan.predictor.clone(), plan.on.clone()];
        files.extend(plan.train.clone());
        // One file may be both, and is laid out once.
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        lay_out(&own, &files)?;
        let champion = match &self.champion {
            None => None,
            Some(ChampionRun { run, evaluate, predictor, .. }) => {
                let path = evaluate.predictor.path();
                let file = InputFile {
                    path: path.clone(),
                    digest: *predictor,
                    bytes: 0,
                    executable: false,
                    from: Origin::Store,
                };
                let theirs = folder.join("champion");
                lay_out(&theirs, &[file])?;
                Some(ChampionModel {
                    run: *run,
                    evaluate: evaluate.clone(),
                    predictor: path.below(&theirs),
                    digest: *predictor,
                })
            }
        };
        let train = plan.train.as_ref();
        let train =
            train.map(|file| GivenFile { path: file.path.below(&own), digest: file.digest });
        let recorded = match &plan.recorded {
            None => None,
            Some(files) => {
                // On their own: withheld rows may lie where the declared test set belongs.
                let then = folder.join("recorded");
                lay_out(&then, files)?;
                let [answers, on] = files.each_ref().map(|file| file.path.below(&then));
                Some(Recorded { answers, on })
            }
        };
        measure.evaluate(&EvaluateRequest {
            task: self.request.task,
            evaluate: self.evaluate.clone(),
            predictor: plan.predictor.path.below(&own),
            predictor_digest: plan.predictor.digest,
            on: plan.on.path.below(&own),
            on_digest: plan.on.digest,
            train,
            recorded,
            schemas: self.schemas.clone(),
            look,
            seed: self.request.seed,
            demands: self.request.demands.clone(),
            champion,
        })
    }
}

/// Returns the one file that `read` names.
fn file(known: &Known, read: &Read) -> Result<InputFile, String> {
    let resolved = known.resolve(read).map_err(|error: KeyError| error.to_string())?;
    let is_it = |file: &InputFile, path: &RepoPath| file.path == *path;
    let found = resolved.files.into_iter().find(|file| is_it(file, &read.path));
    found.ok_or_else(|| format!("`{}` is a folder (expected a file to evaluate)", read.path))
}

impl Driver<'_> {
    /// Takes an evaluation that is known, or asks for one.
    pub(crate) async fn evaluate(&mut self) -> Result<(), RunError> {
        let Some(measuring) = self.measuring.clone() else {
            return Err(RunError::Bug("nothing says how to evaluate".to_owned()));
        };
        let plan = match measuring.plan(&self.known) {
            Ok(plan) => plan,
            Err(message) => {
                self.record(RunEvent::EvaluationFailed { message });
                return Ok(());
            }
        };
        self.lookup.ask([plan.key]).await?;
        if let Some(entry) = self.lookup.found(&plan.key).cloned()
            && let Some(evidence) = entry.outputs.first().map(|output| output.digest)
            && self.lookup.contains(&evidence).await?
        {
            let evaluation: Evaluation = self.evidence(&evidence).await?;
            // What could not be measured then may be now: a server that did not start, no time left.
            if evaluation.is_settled() {
                self.evaluated(plan.key, evidence, evaluation, Some(entry.run));
                return Ok(());
            }
        }
        let look = self.look(&measuring, &plan).await?;
        let (shop, measure) = (Arc::clone(&self.shop), Arc::clone(&self.ports.measure));
        self.tasks.spawn_blocking(move || {
            let answer = measuring.measure(&plan, look, &shop, &*measure);
            Answer::Evaluated { key: plan.key, answer: Box::new(answer) }
        });
        Ok(())
    }

    /// Enters the model into the ledger of the test set before anything of it is seen.
    async fn look(
        &self,
        measuring: &Measuring,
        plan: &EvaluationPlan,
    ) -> Result<NonZeroU32, RunError> {
        let (model, now) = (&self.start.project.model, self.ports.clock.now());
        let entered = self.ports.looks.look(model, &plan.on.digest, &plan.predictor.digest, now);
        let look = entered.await.map_err(RunError::Ledger)?;
        // Where it is switched off looks are counted and not applied: switching it on again must not
        // forget them.
        Ok(if measuring.evaluate.ledger == Ledger::Off { NonZeroU32::MIN } else { look })
    }

    /// Records what was measured, or why nothing was.
    pub(crate) async fn take_evaluation(
        &mut self,
        key: Digest,
        answer: Result<Evaluation, MeasureError>,
    ) -> Result<(), RunError> {
        match answer {
            Ok(evaluation) => {
                let evidence = self.store("the evaluation", &evaluation).await?;
                self.evaluated(key, evidence, evaluation, None);
            }
            Err(MeasureError { message, next }) => {
                let advice = next.map(|next| format!(" ({next})")).unwrap_or_default();
                let message = format!("{message}{advice}");
                self.record(RunEvent::EvaluationFailed { message });
            }
        }
        Ok(())
    }

    fn evaluated(
        &mut self,
        key: Digest,
        evidence: Digest,
        evaluation: Evaluation,
        from_run: Option<RunId>,
    ) {
        let measured = evaluation.overall.metrics.iter();
        let values = measured.filter_map(|m| Some((m.metric.to_string(), m.value?)));
        let metrics = values.filter(|(_, value)| value.is_finite()).collect();
        self.evaluation = Some((evaluation, evidence));
        self.record(RunEvent::Evaluated { key, evidence, metrics, from_run });
    }
}
