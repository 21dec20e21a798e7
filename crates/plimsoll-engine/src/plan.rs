//! What a run does, worked out before anything is done.
//!
//! Pure: a project and what was asked for go in; steps in an order in which they can run come out,
//! each with where its inputs come from.

mod key;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::project::{Evaluate, Input, Project, Step};
use plimsoll_core::{DatasetName, RepoPath, StepName};

pub use key::{KEY_FORMAT, digest_of_input, key, plan_digest};

/// What a run does.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The steps, each after those that it needs, otherwise in the order of the file.
    pub steps: Vec<PlannedStep>,
    /// The datasets that are read, or all where everything was asked for.
    pub datasets: BTreeSet<DatasetName>,
    /// Where the evaluation's files come from; `None` where this run does not evaluate.
    pub evaluation: Option<PlannedEvaluation>,
    /// Whether everything was asked for.
    pub whole: bool,
}

/// A step in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedStep {
    /// The step as declared.
    pub step: Step,
    /// The steps that must be done before it.
    pub needs: BTreeSet<StepName>,
    /// What it reads.
    pub reads: Vec<Read>,
}

/// Something that is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// Where it lies.
    pub path: RepoPath,
    /// Where its bytes come from.
    pub from: Source,
}

/// Where the bytes of an input come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The working tree.
    Tree,
    /// The object store, which holds the rows of a dataset of labelled predictions.
    Live,
    /// An output of a step, or a part of one.
    Output {
        /// Whose.
        step: StepName,
        /// Which.
        output: RepoPath,
    },
    /// A folder of the working tree with more in it than what lies there.
    Mixed {
        /// Which steps write what in it.
        outputs: Vec<(StepName, RepoPath)>,
        /// The datasets of labelled predictions that belong there.
        live: Vec<RepoPath>,
    },
}

/// The files of an evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedEvaluation {
    /// What predicts.
    pub predictor: Read,
    /// The test set.
    pub on: Read,
    /// What the model was trained on, where that is declared.
    pub train: Option<Read>,
    /// What it answered when it was trained, where that is declared.
    pub recorded: Option<Read>,
}

/// A project has no plan.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Steps wait for each other.
    #[error("the steps wait for each other: {}", names(cycle, " -> "))]
    Cycle {
        /// Which, the first again at the end.
        cycle: Vec<StepName>,
    },
    /// Two steps write to one place.
    #[error("`{path}` is written by step `{first}` and, as `{other}`, by step `{second}`")]
    Overlap {
        /// The one output.
        path: RepoPath,
        /// The other output: equal, or one within the other.
        other: RepoPath,
        /// Who writes the one.
        first: StepName,
        /// Who writes the other.
        second: StepName,
    },
    /// A step reads a dataset that is not declared.
    #[error("step `{step}` reads `data.{dataset}`, which is not declared under `data`")]
    UnknownDataset {
        /// Which step.
        step: StepName,
        /// Which dataset.
        dataset: DatasetName,
    },
    /// A dataset lies where a step writes.
    #[error("dataset `{dataset}` (`{path}`) lies where step `{step}` writes")]
    WrittenDataset {
        /// Which dataset.
        dataset: DatasetName,
        /// Where it lies.
        path: RepoPath,
        /// Who writes there.
        step: StepName,
    },
    /// Something was asked for that is neither a step nor written by one.
    #[error(
        "`{target}` is neither a step nor an output of one (the steps are {})",
        names(steps, ", ")
    )]
    UnknownTarget {
        /// What was asked for.
        target: String,
        /// What there is.
        steps: Vec<StepName>,
    },
}

fn names(steps: &[StepName], between: &str) -> String {
    steps.iter().map(|step| format!("`{step}`")).collect::<Vec<_>>().join(between)
}

/// Works out what a run of `targets` does: names of steps or paths of outputs, all where empty.
///
/// Whatever the targets need is done before them.
///
/// # Errors
/// A target is unknown, or the project contradicts itself.
pub fn plan(project: &Project, targets: &[String]) -> Result<Plan, PlanError> {
    let writers = Writers::of(project)?;
    let steps = project.steps.iter().map(|step| writers.planned(project, step));
    let steps: Vec<PlannedStep> = steps.collect::<Result<_, _>>()?;
    let mut order = in_order(steps)?;
    let whole = targets.is_empty();
    if !whole {
        let wanted = wanted(project, &order, targets)?;
        order.retain(|planned| wanted.contains(&planned.step.name));
    }
    let evaluation = project.evaluate.as_ref().map(|evaluate| writers.evaluation(evaluate));
    let evaluation = evaluation.filter(|planned| whole || planned.is_made_by(&order));
    let mut plan = Plan { steps: order, datasets: BTreeSet::new(), evaluation, whole };
    plan.datasets =
        if whole { project.data.keys().cloned().collect() } else { plan.read_of(project) };
    Ok(plan)
}

impl Plan {
    /// Returns the step called `name`.
    pub fn step(&self, name: &StepName) -> Option<&PlannedStep> {
        self.steps.iter().find(|planned| planned.step.name == *name)
    }

    /// Returns what is read of the working tree, besides what steps write there.
    pub fn of_the_tree(&self) -> BTreeSet<RepoPath> {
        let is_there = |read: &&Read| matches!(read.from, Source::Tree | Source::Mixed { .. });
        self.reads().filter(is_there).map(|read| read.path.clone()).collect()
    }

    /// Returns everything that is read, by steps and by the evaluation.
    pub(crate) fn reads(&self) -> impl Iterator<Item = &Read> + Clone {
        let evaluated = self.evaluation.iter().flat_map(PlannedEvaluation::reads);
        self.steps.iter().flat_map(|planned| &planned.reads).chain(evaluated)
    }

    /// Returns the datasets that are read: as such, or those of labelled predictions by a path.
    fn read_of(&self, project: &Project) -> BTreeSet<DatasetName> {
        let inputs = self.steps.iter().flat_map(|planned| &planned.step.inputs);
        let declared = inputs.filter_map(|input| match input {
            Input::Dataset(name) => Some(name.clone()),
            Input::Path(_) => None,
        });
        let mut datasets: BTreeSet<DatasetName> = declared.collect();
        for (name, dataset) in project.data.iter().filter(|(_, dataset)| dataset.live.is_some()) {
            if self.reads().any(|read| dataset.path.is_within(&read.path)) {
                datasets.insert(name.clone());
            }
        }
        datasets
    }
}

impl PlannedEvaluation {
    /// Returns everything that is read.
    pub fn reads(&self) -> impl Iterator<Item = &Read> + Clone {
        [&self.predictor, &self.on].into_iter().chain(&self.train).chain(&self.recorded)
    }

    /// Tells whether steps of `order` write what it reads.
    fn is_made_by(&self, order: &[PlannedStep]) -> bool {
        let made = |read: &Read| match &read.from {
            Source::Output { step, .. } => order.iter().any(|planned| planned.step.name == *step),
            Source::Tree | Source::Live | Source::Mixed { .. } => false,
        };
        let given = |read: &Read| matches!(read.from, Source::Tree | Source::Live);
        let (model, on) = (&self.predictor, &self.on);
        let more = [&self.train, &self.recorded];
        let there = more.into_iter().flatten().all(|read| made(read) || given(read));
        there && ((made(model) && (made(on) || given(on))) || (given(model) && made(on)))
    }
}

/// What is written by whom, and not by a person.
struct Writers<'a> {
    steps: BTreeMap<&'a RepoPath, &'a StepName>,
    /// The datasets of labelled predictions.
    live: BTreeSet<&'a RepoPath>,
}

impl<'a> Writers<'a> {
    fn of(project: &'a Project) -> Result<Self, PlanError> {
        let mut writers: BTreeMap<&RepoPath, &StepName> = BTreeMap::new();
        for step in &project.steps {
            for path in step.written() {
                let overlapping = writers.iter().find(|(other, _)| touch(path, other));
                if let Some((&other, &first)) = overlapping {
                    return Err(PlanError::Overlap {
                        path: RepoPath::clone(other),
                        other: path.clone(),
                        first: StepName::clone(first),
                        second: step.name.clone(),
                    });
                }
                writers.insert(path, &step.name);
            }
        }
        for (name, dataset) in &project.data {
            if let Some((_, &step)) = writers.iter().find(|(path, _)| touch(path, &dataset.path)) {
                return Err(PlanError::WrittenDataset {
                    dataset: name.clone(),
                    path: dataset.path.clone(),
                    step: StepName::clone(step),
                });
            }
        }
        let live = project.data.values().filter(|dataset| dataset.live.is_some());
        Ok(Self { steps: writers, live: live.map(|dataset| &dataset.path).collect() })
    }

    fn source(&self, path: &RepoPath) -> Source {
        let whole = self.steps.iter().find(|(output, _)| path.is_within(output));
        if let Some((&output, &step)) = whole {
            return Source::Output { step: step.clone(), output: output.clone() };
        }
        if self.live.contains(path) {
            return Source::Live;
        }
        let within = self.steps.iter().filter(|(output, _)| output.is_within(path));
        let outputs: Vec<_> =
            within.map(|(&output, &step)| (step.clone(), output.clone())).collect();
        let within = self.live.iter().filter(|live| live.is_within(path));
        let live: Vec<_> = within.map(|&live| live.clone()).collect();
        let is_plain = outputs.is_empty() && live.is_empty();
        if is_plain { Source::Tree } else { Source::Mixed { outputs, live } }
    }

    fn planned(&self, project: &Project, step: &Step) -> Result<PlannedStep, PlanError> {
        let mut reads: BTreeMap<RepoPath, Source> = BTreeMap::new();
        for input in &step.inputs {
            let path = match input {
                Input::Path(path) => path.clone(),
                Input::Dataset(name) => {
                    let unknown = || PlanError::UnknownDataset {
                        step: step.name.clone(),
                        dataset: name.clone(),
                    };
                    project.data.get(name).ok_or_else(unknown)?.path.clone()
                }
            };
            let from = self.source(&path);
            reads.insert(path, from);
        }
        let mut needs = BTreeSet::new();
        for from in reads.values() {
            match from {
                Source::Tree | Source::Live => {}
                Source::Output { step, .. } => _ = needs.insert(step.clone()),
                Source::Mixed { outputs, .. } => {
                    needs.extend(outputs.iter().map(|(step, _)| step.clone()));
                }
            }
        }
        let reads = reads.into_iter().map(|(path, from)| Read { path, from }).collect();
        Ok(PlannedStep { step: step.clone(), needs, reads })
    }

    fn evaluation(&self, evaluate: &Evaluate) -> PlannedEvaluation {
        let read = |path: &RepoPath| Read { path: path.clone(), from: self.source(path) };
        PlannedEvaluation {
            predictor: read(evaluate.predictor.path()),
            on: read(&evaluate.on),
            train: evaluate.train.as_ref().map(read),
            recorded: evaluate.recorded.as_ref().map(read),
        }
    }
}

/// Tells whether writing one changes the other.
fn touch(a: &RepoPath, b: &RepoPath) -> bool {
    a.is_within(b) || b.is_within(a)
}

/// Sorts steps so that each comes after those that it needs: always the first of the file that can.
fn in_order(mut waiting: Vec<PlannedStep>) -> Result<Vec<PlannedStep>, PlanError> {
    let mut done: BTreeSet<StepName> = BTreeSet::new();
    let mut order = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let Some(next) = waiting.iter().position(|planned| planned.needs.is_subset(&done)) else {
            return Err(PlanError::Cycle { cycle: cycle(&waiting) });
        };
        let planned = waiting.remove(next);
        done.insert(planned.step.name.clone());
        order.push(planned);
    }
    Ok(order)
}

/// Follows needs among steps that all wait for another of them until one comes up again.
fn cycle(waiting: &[PlannedStep]) -> Vec<StepName> {
    let by_name: BTreeMap<_, _> = waiting.iter().map(|step| (&step.step.name, step)).collect();
    let mut path: Vec<StepName> = Vec::new();
    let mut at = waiting.first();
    while let Some(step) = at {
        let name = &step.step.name;
        if let Some(start) = path.iter().position(|seen| seen == name) {
            path.drain(..start);
            path.push(name.clone());
            // It was followed against the flow of data.
            path.reverse();
            break;
        }
        path.push(name.clone());
        at = step.needs.iter().find_map(|need| by_name.get(need).copied());
    }
    path
}

fn wanted(
    project: &Project,
    order: &[PlannedStep],
    targets: &[String],
) -> Result<BTreeSet<StepName>, PlanError> {
    let mut wanted = BTreeSet::new();
    for target in targets {
        let by_name = order.iter().filter(|planned| planned.step.name.as_str() == target);
        let mut found: Vec<_> = by_name.map(|planned| planned.step.name.clone()).collect();
        if let (true, Ok(path)) = (found.is_empty(), target.parse::<RepoPath>()) {
            let writes =
                |planned: &&PlannedStep| planned.step.written().any(|output| touch(output, &path));
            found = order.iter().filter(writes).map(|planned| planned.step.name.clone()).collect();
        }
        if found.is_empty() {
            let steps = project.steps.iter().map(|step| step.name.clone()).collect();
            return Err(PlanError::UnknownTarget { target: target.clone(), steps });
        }
        wanted.extend(found);
    }
    // What a step needs comes before it, so one pass from the end reaches everything.
    for planned in order.iter().rev() {
        if wanted.contains(&planned.step.name) {
            wanted.extend(planned.needs.iter().cloned());
        }
    }
    Ok(wanted)
}
