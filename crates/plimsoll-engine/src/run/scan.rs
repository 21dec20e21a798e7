//! What comes from elsewhere, scanned: the model's file, packages, data and base models.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::sync::Arc;

use plimsoll_core::event::RunEvent;
use plimsoll_core::evidence::{ScanName, Scanned};
use plimsoll_core::gate::Demand;
use plimsoll_core::ports::{GivenFile, Packages, Reaching, ScanRequest};
use plimsoll_core::project::{Input, Predictor, Project, Python};
use plimsoll_core::{DatasetName, Day, Digest, StepName};

use super::RunError;
use super::driver::{Answer, Driver};
use super::evaluate::EvaluationPlan;
use crate::attempt::{InputFile, Workshop, private};
use crate::plan::{Plan, Source};

/// Returns the scans that the rules ask for.
pub(crate) fn demanded(project: &Project) -> BTreeSet<ScanName> {
    let scan = |demand: &Demand| match demand {
        Demand::Scan { scan } => Some(*scan),
        _ => None,
    };
    project.gate.iter().filter_map(|rule| scan(&rule.demand)).collect()
}

impl Driver<'_> {
    /// Starts a scan. It is made anew in each run: databases grow older, and waivers end.
    pub(crate) fn scan(&mut self, scan: ScanName) {
        let evaluation = self.measuring.as_ref().map(|measuring| measuring.plan(&self.known));
        let project = &self.start.project;
        let declared = project.evaluate.as_ref().map(|evaluate| &evaluate.predictor);
        let (file, missing) = match (declared, evaluation) {
            (Some(Predictor::Model(_)), Some(Ok(EvaluationPlan { predictor, .. }))) => {
                (Some(predictor), String::new())
            }
            (Some(Predictor::Model(path)), Some(Err(why))) => {
                (None, format!("the model `{path}` is not there: {why}"))
            }
            _ => (None, "predictions are evaluated, and no model's file is named".to_owned()),
        };
        let request = ScanRequest {
            scan,
            settings: project.scan.clone().unwrap_or_default(),
            model: None,
            shown: file.as_ref().map(|file| file.path.to_string()).unwrap_or_default(),
            packages: self.packages(),
            lineage: lineage(&self.plan, project, &self.start.data),
            code: self.start.code.keys().cloned().collect(),
            license: project.license.clone(),
            name: project.model.clone(),
            clock: self.journal.started(),
        };
        let (shop, measure) = (Arc::clone(&self.shop), Arc::clone(&self.ports.measure));
        self.tasks.spawn_blocking(move || {
            let scanned = match (scan, &file) {
                (ScanName::Model, None) => Scanned::failed(
                    scan,
                    missing,
                    Some("name the model by `evaluate.model`, or leave the rule out".to_owned()),
                ),
                (ScanName::Model, Some(file)) => laid_out(file, &shop, |model| {
                    measure.scan(&ScanRequest { model: Some(model), ..request })
                })
                .unwrap_or_else(|why| Scanned::failed(scan, why, None)),
                _ => measure.scan(&request),
            };
            Answer::Scanned(Box::new(scanned))
        });
    }

    fn packages(&self) -> Packages {
        let environment = &self.start.environment;
        match &self.start.project.python {
            None => Packages::Undeclared,
            Some(Python::System) => Packages::System(environment.packages.clone()),
            Some(Python::Lock(lock)) => {
                let folder = self.shop.python.0.first().and_then(|programs| programs.parent());
                match (folder, environment.python.parse::<Digest>()) {
                    (Some(folder), Ok(digest)) => Packages::Environment {
                        folder: folder.to_owned(),
                        lock: lock.clone(),
                        file: lock.below(&self.shop.root),
                        digest,
                    },
                    _ => Packages::Undeclared,
                }
            }
        }
    }

    /// Records what a scan saw.
    pub(crate) async fn take_scanned(&mut self, scanned: Scanned) -> Result<(), RunError> {
        let waivers = &self.start.project.waivers;
        let today = Day::of(self.journal.started());
        let (scan, errors) = (scanned.scan, scanned.blocking(waivers, today));
        let evidence = self.store("the result of a scan", &scanned).await?;
        self.scans.push((scanned, evidence));
        self.record(RunEvent::Scanned { scan, evidence, errors });
        Ok(())
    }
}

/// Lays the model out in a folder of its own, checked, for as long as it is looked at.
fn laid_out(
    file: &InputFile,
    shop: &Workshop,
    scan: impl FnOnce(GivenFile) -> Scanned,
) -> Result<Scanned, String> {
    let attempts = private(&shop.root, "attempts")
        .map_err(|error| format!("no folder to scan in could be made: {error}"))?;
    let folder = attempts.join(shop.run.short()).join("scan");
    let laid = shop.lay_out(&folder, std::slice::from_ref(file));
    laid.map_err(|problem| problem.into_failure().to_string())?;
    let scanned = scan(GivenFile { path: file.path.below(&folder), digest: file.digest });
    // What stays is swept by a later run.
    _ = fs::remove_dir_all(&folder);
    Ok(scanned)
}

/// Returns the datasets that reach the model, each with the shortest way of steps.
///
/// A step sees nothing but what it declares, so the declared inputs are all there are. A model that no
/// step makes may be made of anything: every dataset counts.
fn lineage(
    plan: &Plan,
    project: &Project,
    pins: &BTreeMap<DatasetName, plimsoll_core::event::DatasetPin>,
) -> Vec<Reaching> {
    let made_by =
        plan.evaluation.as_ref().and_then(|evaluation| match &evaluation.predictor.from {
            Source::Output { step, .. } => Some(step.clone()),
            _ => None,
        });
    let reaching = project.data.iter().filter_map(|(name, declared)| {
        let through = match &made_by {
            None => Vec::new(),
            Some(last) => way(plan, name, last)?,
        };
        let digest = pins.get(name)?.digest;
        Some(Reaching { name: name.clone(), declared: declared.clone(), digest, through })
    });
    reaching.collect()
}

/// Returns the fewest steps by which a dataset reaches what the step `last` writes.
fn way(plan: &Plan, dataset: &DatasetName, last: &StepName) -> Option<Vec<StepName>> {
    let reads = |inputs: &[Input]| inputs.contains(&Input::Dataset(dataset.clone()));
    let mut before: BTreeMap<&StepName, Option<&StepName>> = BTreeMap::new();
    let mut next: VecDeque<&StepName> = VecDeque::new();
    for planned in plan.steps.iter().filter(|planned| reads(&planned.step.inputs)) {
        before.insert(&planned.step.name, None);
        next.push_back(&planned.step.name);
    }
    while let Some(step) = next.pop_front() {
        if step == last {
            let mut way = vec![step.clone()];
            let mut at = step;
            while let Some(Some(earlier)) = before.get(at) {
                way.push((*earlier).clone());
                at = earlier;
            }
            way.reverse();
            return Some(way);
        }
        for planned in plan.steps.iter().filter(|planned| planned.needs.contains(step)) {
            if !before.contains_key(&planned.step.name) {
                before.insert(&planned.step.name, Some(step));
                next.push_back(&planned.step.name);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::plan;
    use crate::plan::sample::{project, step};

    #[test]
    fn a_dataset_reaches_a_model_by_the_fewest_steps() {
        let steps = vec![
            step("split", &["data.hourly"], &["build/train.csv", "build/test.csv"]),
            step("clean", &["build/train.csv"], &["build/clean.csv"]),
            step("train", &["build/clean.csv", "build/train.csv"], &["build/model.onnx"]),
            step("plot", &["data.hourly"], &["build/plot.svg"]),
        ];
        let project = project(steps);
        let plan = plan(&project, &[]).unwrap();
        let names = |way: Option<Vec<StepName>>| {
            way.map(|way| way.iter().map(ToString::to_string).collect::<Vec<_>>().join(" > "))
        };
        let hourly = "hourly".parse().unwrap();
        let to = |step: &str| names(way(&plan, &hourly, &step.parse().unwrap()));
        assert_eq!(to("train").as_deref(), Some("split > train"));
        assert_eq!(to("plot").as_deref(), Some("plot"));
        assert_eq!(names(way(&plan, &"other".parse().unwrap(), &"train".parse().unwrap())), None);
    }
}
