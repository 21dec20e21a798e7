//! An evaluation from a request to evidence.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Instant;

use arrow::array::RecordBatch;
use plimsoll_core::evidence::{Comparison, EVALUATION, Evaluation, Part, level_in_words};
use plimsoll_core::ports::{EvaluateRequest, MeasureError};
use plimsoll_core::project::{Evaluate, Ledger, Predictor, Task};
use plimsoll_core::{Code, Finding, Severity};
use plimsoll_data::{ReadError, Wanted as Columns, read_columns};
use plimsoll_predict::{
    Class, EndpointAddress, EndpointError, FeedError, LoadModelError, MappingError, ModelFileError,
    PredictError, Predictions, PredictionsError, Runtime, Signature, Wanted,
};
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::ledger::{Look, MANY_LOOKS};
use plimsoll_stats::sample::SampleError;

use crate::asked::{AskError, Asked, OnnxModel, Reading};
use crate::checks::TrialParts;
use crate::column::{self, ColumnError};
use crate::truth::{Truth, TruthError};
use crate::{baseline, demanded, leak, measure, plots, quantile, slice};

/// So many models were measured on a test set that little can be decided on it.
const WORN_TEST_SET: Code = Code::of("gate.worn-test-set");

/// What loads ONNX Runtime, only where a model needs it.
pub type LoadRuntime<'r> = dyn Fn() -> Result<Runtime, MeasureError> + 'r;

/// What serves a model's file on this machine while it is tried, only where something asks for it.
pub type ServeModel<'r> = dyn Fn(&Path) -> Result<Box<dyn Served>, MeasureError> + 'r;

/// A server that was started to be tried. It ends with this value.
pub trait Served {
    /// Returns where its model is asked.
    fn address(&self) -> &EndpointAddress;

    /// Returns its process.
    fn process(&self) -> u32;

    /// Returns when it was started.
    fn started(&self) -> Instant;
}

/// A model could not be evaluated, which is never a pass.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The test set cannot be read.
    #[error("the test set `{path}` cannot be read")]
    TestSet {
        /// The declared path.
        path: String,
        /// Why.
        source: ReadError,
    },
    /// The test set has no rows.
    #[error("the test set `{path}` has no rows")]
    NoRows {
        /// The declared path.
        path: String,
    },
    /// A column cannot be used.
    #[error(transparent)]
    Column(#[from] ColumnError),
    /// The target is not what the task needs.
    #[error(transparent)]
    Truth(#[from] TruthError),
    /// There is no runtime to run the model with.
    #[error("{}", .0.message)]
    Runtime(MeasureError),
    /// The model's file cannot be used.
    #[error("{model} cannot be used")]
    ModelFile {
        /// Which model.
        model: String,
        /// Why.
        source: ModelFileError,
    },
    /// The model cannot be loaded.
    #[error("{model} cannot be loaded")]
    Load {
        /// Which model.
        model: String,
        /// Why.
        source: LoadModelError,
    },
    /// The model's inputs and the features do not fit.
    #[error("{model} cannot be given its features")]
    Mapping {
        /// Which model.
        model: String,
        /// Why.
        source: MappingError,
    },
    /// The test set cannot be fed to the model.
    #[error("{model} cannot be given the test set")]
    Feed {
        /// Which model.
        model: String,
        /// Why.
        source: FeedError,
    },
    /// The model does not answer.
    #[error("{model} does not answer")]
    Predict {
        /// Which model.
        model: String,
        /// Why.
        source: PredictError,
    },
    /// The served model does not answer.
    #[error("{model} does not answer")]
    Endpoint {
        /// Which model.
        model: String,
        /// Why.
        source: EndpointError,
    },
    /// There was no time left to ask the model.
    #[error("there was no time left to ask {model}")]
    Late {
        /// Which model.
        model: String,
    },
    /// A file of predictions cannot be read.
    #[error("{model} cannot be read")]
    PredictionsFile {
        /// Which file.
        model: String,
        /// Why.
        source: ReadError,
    },
    /// The predictions are not what the task needs.
    #[error("{model} has no predictions that can be judged")]
    Predictions {
        /// Which model or file.
        model: String,
        /// Why.
        source: PredictionsError,
    },
    /// The numbers are no sample.
    #[error(transparent)]
    Sample(#[from] SampleError),
}

impl EvaluateError {
    /// Says which model did not answer.
    pub(crate) fn of_ask(name: &str, error: AskError) -> Self {
        let model = name.to_owned();
        match error {
            AskError::Feed(source) => Self::Feed { model, source },
            AskError::Predict(source) => Self::Predict { model, source },
            AskError::Endpoint(source) => Self::Endpoint { model, source },
            AskError::Answer(source) => Self::Predictions { model, source },
            AskError::Late => Self::Late { model },
        }
    }

    /// Returns what to do.
    pub fn next(&self) -> Option<String> {
        match self {
            Self::Runtime(error) => error.next.clone(),
            Self::NoRows { .. } | Self::TestSet { .. } => {
                Some("check `evaluate.on` in plimsoll.yaml and the step that writes it".to_owned())
            }
            Self::Column(_) | Self::Truth(_) | Self::Mapping { .. } | Self::Feed { .. } => Some(
                "compare `evaluate` in plimsoll.yaml with the columns of the test set".to_owned(),
            ),
            _ => None,
        }
    }
}

/// Evaluates what `request` names. `leaking` are the columns that schemas mark as giving the target
/// away; `runtime` is asked only where a model has to be run, `serve` only where it has to be served.
pub fn evaluate(
    request: &EvaluateRequest,
    leaking: &[String],
    runtime: &LoadRuntime<'_>,
    serve: &ServeModel<'_>,
) -> Result<Evaluation, EvaluateError> {
    let declared = &request.evaluate;
    let path = || declared.on.to_string();
    let table = read_columns(&request.on, Columns::All)
        .map_err(|source| EvaluateError::TestSet { path: path(), source })?;
    if table.num_rows() == 0 {
        return Err(EvaluateError::NoRows { path: path() });
    }
    let truth = Truth::read(&table, &declared.target, request.task, declared.positive.as_ref())?;
    let challenger = predict(&request.predictor, declared, request.task, &table, &truth, runtime)?;
    let champion = match &request.champion {
        None => None,
        Some(champion) => {
            let declared = &champion.evaluate;
            let name = format!("the champion of run {}", champion.run.short());
            let predicted = predict_as(
                &name,
                &champion.predictor,
                declared,
                request.task,
                &table,
                &truth,
                runtime,
            )?;
            Some((champion, predicted))
        }
    };
    let classes = classes(
        &challenger.predictions,
        champion.as_ref().map(|(_, predicted)| &predicted.predictions),
    );
    let outcomes = truth.against(&challenger.predictions, &classes);

    let labels = match &declared.block {
        Some(name) => Some(column::labels(name, column::find(&table, name)?)?),
        None => None,
    };
    let blocks =
        labels.as_ref().map_or_else(|| Blocks::rows(table.num_rows()), |l| Blocks::of_labels(l));
    let plan = measure::plan(&[&request.predictor_digest, &request.on_digest], request.seed);
    let choice = measure::MetricChoice::by(declared, &request.demands);
    let overall = Part {
        rows: table.num_rows() as u64,
        blocks: blocks.declared_count().map(|count| count as u64),
        condition: None,
        metrics: measure::measure(&outcomes, &blocks, choice, None, &plan)?,
    };
    let mut slices = std::collections::BTreeMap::new();
    for (name, conditions) in &declared.slices {
        let chosen = slice::rows_of(conditions, &table)?;
        let part = outcomes.only(&chosen);
        let of_slice = match &labels {
            Some(labels) => Blocks::of_labels(&crate::outcomes::pick(labels, &chosen, 1)),
            None => Blocks::rows(part.rows()),
        };
        let measured = Part {
            rows: part.rows() as u64,
            blocks: of_slice.declared_count().map(|count| count as u64),
            condition: Some(slice::describe(conditions)),
            metrics: measure::measure(&part, &of_slice, choice, Some(name), &plan)?,
        };
        slices.insert(name.clone(), measured);
    }
    let comparison = match champion {
        None => None,
        Some((champion, predicted)) => {
            let old = truth.against(&predicted.predictions, &classes);
            // Of many challengers one is lucky: each is held to more than the one before.
            let plan = plan.at_level(Look::number(request.look).level());
            Some(Comparison {
                champion: champion.run,
                model: champion.digest,
                metrics: measure::compare(&old, &outcomes, &blocks, choice, &plan)?,
            })
        }
    };
    let mut findings = match &challenger.features {
        Some(features) => leak::look(&table, features, leaking, &outcomes),
        None => vec![leak::not_checked()],
    };
    if declared.ledger == Ledger::On && comparison.is_some() {
        findings.extend(worn(request.look));
    }
    let by_block = declared.block.as_deref().zip(labels.as_deref());
    let mut plots = plots::plots(&outcomes, by_block);
    plots.extend(quantile::plot(&outcomes, &blocks, &plan)?);
    let baseline = baseline::baseline(&outcomes, choice, &plan)?;
    let runtime_used = challenger.runtime.clone();
    let answered = TrialParts {
        target: declared.target.clone(),
        block: declared.block.clone(),
        table,
        truth,
        labels,
        predicted: challenger,
        settings: declared.checks.clone().unwrap_or_default(),
        plan,
        until: None,
    };
    let demanded = demanded::measure(request, answered, runtime, serve);
    Ok(Evaluation {
        schema: EVALUATION.to_owned(),
        task: request.task,
        model: request.predictor_digest,
        on: request.on_digest,
        target: declared.target.clone(),
        block: declared.block.clone(),
        look: (declared.ledger == Ledger::On).then_some(request.look),
        runtime: runtime_used,
        overall,
        slices,
        baseline,
        comparison,
        findings,
        checks: demanded.checks,
        weak: demanded.weak,
        weak_failed: demanded.weak_failed,
        spent: demanded.spent,
        plots,
    })
}

/// Warns that so many models were measured on these rows that fresh ones would decide more.
fn worn(look: NonZeroU32) -> Option<Finding> {
    let by_ledger = Look::number(look);
    by_ledger.wants_fresh_rows().then(|| {
        let level = level_in_words(by_ledger.level().share());
        let message = format!(
            "{look} models were measured on this test set, so this one is compared with the champion at {level} and needs {:.1} times the rows",
            by_ledger.times_the_rows()
        );
        let mut finding = Finding::new(WORN_TEST_SET, Severity::Warning, message);
        finding.value = Some(f64::from(look.get()));
        finding.limit = Some(f64::from(MANY_LOOKS));
        finding.next = Some("judge on rows that no model was measured on yet".to_owned());
        finding
    })
}

/// What predicted, and what it was given.
pub(crate) struct Predicted {
    pub(crate) predictions: Predictions,
    /// The columns that the model was given; not known of a file of predictions.
    pub(crate) features: Option<Vec<String>>,
    /// What the model takes and gives, with the classes that its answers name where its file does
    /// not; not known of a file of predictions.
    pub(crate) signature: Option<Signature>,
    pub(crate) runtime: Option<String>,
    /// The model itself, to be asked about other rows; a file of predictions cannot be.
    pub(crate) asked: Option<Box<dyn Asked>>,
}

impl Predicted {
    /// Asks a model about every row of `table`; `name` is what people know it by.
    pub(crate) fn by(
        name: &str,
        mut asked: Box<dyn Asked>,
        table: &RecordBatch,
        until: Option<Instant>,
    ) -> Result<Self, EvaluateError> {
        let answered = asked.ask(table, until);
        let predictions = answered.map_err(|error| EvaluateError::of_ask(name, error))?;
        Ok(Self {
            predictions,
            features: Some(asked.columns()),
            signature: asked.signature().cloned(),
            runtime: asked.runtime().map(str::to_owned),
            asked: Some(asked),
        })
    }
}

fn predict(
    file: &Path,
    declared: &Evaluate,
    task: Task,
    table: &RecordBatch,
    truth: &Truth,
    runtime: &LoadRuntime<'_>,
) -> Result<Predicted, EvaluateError> {
    let name = format!("`{}`", declared.predictor.path());
    predict_as(&name, file, declared, task, table, truth, runtime)
}

pub(crate) fn predict_as(
    name: &str,
    file: &Path,
    declared: &Evaluate,
    task: Task,
    table: &RecordBatch,
    truth: &Truth,
    runtime: &LoadRuntime<'_>,
) -> Result<Predicted, EvaluateError> {
    let wanted = Wanted {
        task,
        positive: declared.positive.as_ref(),
        truths: truth.classes(),
        rows: table.num_rows(),
    };
    if let Predictor::Predictions(_) = declared.predictor {
        let predictions = read_predictions(name, file, &wanted)?;
        return Ok(Predicted {
            predictions,
            features: None,
            signature: None,
            runtime: None,
            asked: None,
        });
    }
    let reading =
        Reading { task, positive: declared.positive.clone(), truths: truth.classes().to_vec() };
    let (features, target) = (&declared.features, &declared.target);
    let asked = OnnxModel::open(name, file, features, target, reading, runtime)?;
    Predicted::by(name, Box::new(asked), table, None)
}

/// Reads a file of predictions.
pub(crate) fn read_predictions(
    name: &str,
    file: &Path,
    wanted: &Wanted<'_>,
) -> Result<Predictions, EvaluateError> {
    let model = || name.to_owned();
    let predicted = read_columns(file, Columns::All)
        .map_err(|source| EvaluateError::PredictionsFile { model: model(), source })?;
    Predictions::from_table(&predicted, None, wanted)
        .map_err(|source| EvaluateError::Predictions { model: model(), source })
}

/// Returns the classes that models predict, challenger and champion together, in the order of their
/// names; none of another task.
pub(crate) fn classes(challenger: &Predictions, champion: Option<&Predictions>) -> Vec<Class> {
    let mut all: Vec<Class> = Vec::new();
    for predictions in std::iter::once(challenger).chain(champion) {
        if let Predictions::Multiclass { classes, .. } = predictions {
            let new = classes.iter().filter(|class| !all.iter().any(|known| known.is(class)));
            let new: Vec<Class> = new.cloned().collect();
            all.extend(new);
        }
    }
    all
}
