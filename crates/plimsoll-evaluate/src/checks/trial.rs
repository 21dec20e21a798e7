//! A model and its test set, opened: what every check starts from.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{Array as _, ArrayRef, RecordBatch, UInt64Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{Field, Schema};
use plimsoll_core::checks::Checks;
use plimsoll_core::project::{Features, Task};
use plimsoll_data::{Wanted as Columns, read_columns};
use plimsoll_predict::{Endpoint, Predictions, Wanted};
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::plan::Plan;
use plimsoll_stats::random::Random;
use serde_json::Value;

use super::{CheckRequest, Subject};
use crate::asked::{AskError, Asked, OnnxModel, Reading, ServedModel};
use crate::column;
use crate::evaluate::{EvaluateError, LoadRuntime, Predicted, read_predictions};
use crate::measure;
use crate::outcomes::Outcomes;
use crate::truth::Truth;

/// A model that answered its test set, with all that a check may need.
pub struct Trial {
    pub(crate) target: String,
    pub(crate) block: Option<String>,
    pub(crate) table: RecordBatch,
    pub(crate) truth: Truth,
    /// What the model answered to the whole test set at once.
    pub(crate) predictions: Predictions,
    /// The label of each row's block.
    pub(crate) labels: Option<Vec<String>>,
    /// The columns that the model is given; of a file of predictions, what is said of it.
    pub(crate) features: Option<Vec<String>>,
    /// What the model was trained on.
    pub(crate) train: Option<(RecordBatch, Truth)>,
    /// What the model answered to the test set when it was trained.
    pub(crate) recorded: Option<Predictions>,
    pub(crate) settings: Checks,
    pub(crate) plan: Plan,
    pub(crate) until: Option<Instant>,
    pub(super) asked: Option<Box<dyn Asked>>,
}

/// Rows of the test set that a model is asked about again.
pub(crate) struct Sample {
    /// Their places, rising.
    pub(crate) rows: Vec<usize>,
    pub(crate) table: RecordBatch,
    pub(crate) blocks: Blocks,
}

impl Trial {
    /// Opens a model and its test set, and asks the model about all of it.
    ///
    /// # Errors
    /// Something cannot be read, does not fit together, or does not answer.
    pub fn open(request: &CheckRequest, runtime: &LoadRuntime<'_>) -> Result<Self, EvaluateError> {
        let until = Instant::now().checked_add(request.time);
        let (task, target) = (request.task, &request.target);
        let read = |path: &Path, shown: &str| {
            read_rows(path, shown, target, task, request.positive.as_ref())
        };
        let (table, truth) = read(&request.on, &request.on_shown)?;
        let train = match &request.train {
            Some(path) => Some(read(path, &path.display().to_string())?),
            None => None,
        };
        let reading =
            Reading { task, positive: request.positive.clone(), truths: truth.classes().to_vec() };
        let wanted = reading.wanted(table.num_rows());
        let told = Told {
            subject: &request.subject,
            shown: &request.shown,
            features: request.features.as_ref(),
            target,
        };
        let predicted = predict(&told, &reading, &wanted, &table, until, runtime)?;
        let recorded = match &request.recorded {
            Some((subject, shown)) => {
                let by = Told { subject, shown, ..told };
                Some(predict(&by, &reading, &wanted, &table, until, runtime)?.predictions)
            }
            None => None,
        };
        let labels = match &request.block {
            Some(name) => Some(column::labels(name, column::find(&table, name)?)?),
            None => None,
        };
        let digests: Vec<_> = request.digests.iter().collect();
        let parts = TrialParts {
            target: target.clone(),
            block: request.block.clone(),
            table,
            truth,
            labels,
            predicted,
            settings: request.settings.clone(),
            plan: measure::plan(&digests, request.seed),
            until,
        };
        Ok(Self { train, recorded, ..Self::of_parts(parts) })
    }

    /// Reads what the model was trained on.
    pub(crate) fn read_train(
        &mut self,
        path: &Path,
        shown: &str,
        task: Task,
        positive: Option<&Value>,
    ) -> Result<(), EvaluateError> {
        self.train = Some(read_rows(path, shown, &self.target, task, positive)?);
        Ok(())
    }

    /// Returns how many rows the test set has.
    pub fn rows(&self) -> usize {
        self.table.num_rows()
    }

    /// Tells whether the model can be asked about other rows than those of the test set.
    pub(crate) fn can_be_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Asks the model about `table`; `None` where only its answers are there.
    pub(crate) fn ask(&mut self, table: &RecordBatch) -> Option<Result<Predictions, AskError>> {
        let until = self.until;
        self.asked.as_mut().map(|asked| asked.ask(table, until))
    }

    /// Draws at most `most` rows by the seed: always the same ones, in their order.
    pub(crate) fn sample(&self, most: usize) -> Sample {
        let rows = draw(self.rows(), most, &self.plan);
        Sample { table: take(&self.table, &rows), blocks: self.blocks_of(&rows), rows }
    }

    /// Returns the blocks of the whole test set.
    pub(crate) fn blocks(&self) -> Blocks {
        let labels = self.labels.as_ref();
        labels.map_or_else(|| Blocks::rows(self.rows()), |labels| Blocks::of_labels(labels))
    }

    /// Returns the blocks that `rows` fall into.
    pub(crate) fn blocks_of(&self, rows: &[usize]) -> Blocks {
        match &self.labels {
            Some(labels) => {
                Blocks::of_labels(&rows.iter().map(|row| &labels[*row]).collect::<Vec<_>>())
            }
            None => Blocks::rows(rows.len()),
        }
    }

    /// Returns for each row a number that the rows of its block share.
    pub(crate) fn block_places(&self) -> Vec<u64> {
        let Some(labels) = &self.labels else { return (0..self.rows() as u64).collect() };
        let mut places: BTreeMap<&str, u64> =
            labels.iter().map(|label| (label.as_str(), 0)).collect();
        places.values_mut().zip(0..).for_each(|(place, at)| *place = at);
        labels.iter().map(|label| places[label.as_str()]).collect()
    }

    /// Returns truth and answers of the whole test set.
    pub(crate) fn outcomes(&self) -> Outcomes {
        self.truth.against(&self.predictions, classes(&self.predictions))
    }

    /// Returns truth and `answers` of `rows` of the test set.
    pub(crate) fn outcomes_of(&self, rows: &[usize], answers: &Predictions) -> Outcomes {
        self.truth.take(rows).against(answers, classes(answers))
    }

    /// Makes a trial of parts, for what measures them itself.
    pub(crate) fn of_parts(parts: TrialParts) -> Self {
        let TrialParts { target, block, table, truth, labels, predicted, settings, plan, until } =
            parts;
        Self {
            target,
            block,
            table,
            truth,
            predictions: predicted.predictions,
            labels,
            features: predicted.features,
            train: None,
            recorded: None,
            settings,
            plan,
            until,
            asked: predicted.asked,
        }
    }
}

/// What a trial is made of where somebody opened it already.
pub(crate) struct TrialParts {
    pub(crate) target: String,
    pub(crate) block: Option<String>,
    pub(crate) table: RecordBatch,
    pub(crate) truth: Truth,
    pub(crate) labels: Option<Vec<String>>,
    pub(crate) predicted: Predicted,
    pub(crate) settings: Checks,
    pub(crate) plan: Plan,
    pub(crate) until: Option<Instant>,
}

/// Reads rows and their truth.
fn read_rows(
    path: &Path,
    shown: &str,
    target: &str,
    task: Task,
    positive: Option<&Value>,
) -> Result<(RecordBatch, Truth), EvaluateError> {
    let table = read_columns(path, Columns::All)
        .map_err(|source| EvaluateError::TestSet { path: shown.to_owned(), source })?;
    if table.num_rows() == 0 {
        return Err(EvaluateError::NoRows { path: shown.to_owned() });
    }
    let truth = Truth::read(&table, target, task, positive)?;
    Ok((table, truth))
}

/// What is said of something that predicts.
#[derive(Clone, Copy)]
struct Told<'t> {
    subject: &'t Subject,
    shown: &'t str,
    features: Option<&'t Features>,
    target: &'t str,
}

fn predict(
    told: &Told<'_>,
    reading: &Reading,
    wanted: &Wanted<'_>,
    table: &RecordBatch,
    until: Option<Instant>,
    runtime: &LoadRuntime<'_>,
) -> Result<Predicted, EvaluateError> {
    let (name, target) = (told.shown, told.target);
    let reading = reading.clone();
    match told.subject {
        Subject::Predictions(file) => {
            let features = match told.features {
                Some(Features::Tensor(columns)) => Some(columns.clone()),
                _ => None,
            };
            let predictions = read_predictions(name, file, wanted)?;
            let (signature, runtime, asked) = (None, None, None);
            Ok(Predicted { predictions, features, signature, runtime, asked })
        }
        Subject::Model(file) => {
            let features = told.features.unwrap_or(&Features::Inputs);
            let asked = OnnxModel::open(name, file, features, target, reading, runtime)?;
            Predicted::by(name, Box::new(asked), table, until)
        }
        Subject::Endpoint { address, token, limits } => {
            let endpoint = Endpoint::open(address.clone(), token.clone(), *limits)
                .map_err(|source| EvaluateError::Endpoint { model: name.to_owned(), source })?;
            let asked = ServedModel::new(endpoint, told.features, target, reading)?;
            Predicted::by(name, Box::new(asked), table, until)
        }
    }
}

/// Returns the classes that answers name, of several.
pub(crate) fn classes(predictions: &Predictions) -> &[plimsoll_predict::Class] {
    match predictions {
        Predictions::Multiclass { classes, .. } => classes,
        Predictions::Regression { .. } | Predictions::Binary { .. } => &[],
    }
}

/// Draws at most `most` of `rows` rows: those with the smallest random words.
pub(crate) fn draw(rows: usize, most: usize, plan: &Plan) -> Vec<usize> {
    if rows <= most {
        return (0..rows).collect();
    }
    let random = Random::new(plan.seed, "rows of a check");
    let mut words: Vec<(u64, usize)> =
        (0..rows).map(|row| (random.word(row as u64), row)).collect();
    words.select_nth_unstable(most.saturating_sub(1));
    words.truncate(most);
    let mut drawn: Vec<usize> = words.into_iter().map(|(_, row)| row).collect();
    drawn.sort_unstable();
    drawn
}

/// Returns `rows` of a table, in their order.
pub(crate) fn take(table: &RecordBatch, rows: &[usize]) -> RecordBatch {
    let places = UInt64Array::from_iter_values(rows.iter().map(|row| *row as u64));
    // Places within the table are always there; without them nothing is asked, and nothing passes.
    take_record_batch(table, &places).unwrap_or_else(|_| table.slice(0, 0))
}

/// Returns a table with other cells in the column `name`.
pub(crate) fn replace(table: &RecordBatch, name: &str, cells: &ArrayRef) -> RecordBatch {
    let schema = table.schema();
    let own = |(field, column): (&Arc<Field>, &ArrayRef)| {
        let column = if field.name() == name { Arc::clone(cells) } else { Arc::clone(column) };
        let field = Field::new(field.name(), column.data_type().clone(), true);
        (Arc::new(field), column)
    };
    let (fields, columns): (Vec<_>, Vec<_>) =
        schema.fields().iter().zip(table.columns()).map(own).unzip();
    // Cells of as many rows always fit; if they did not, nothing would be asked.
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
        .unwrap_or_else(|_| table.slice(0, 0))
}

#[cfg(test)]
mod tests {
    use plimsoll_stats::random::Seed;

    use super::*;

    #[test]
    fn rows_are_drawn_alike_every_time_and_evenly() {
        let plan = |seed: u64| Plan::new(Seed::from(seed));
        let drawn = draw(10_000, 500, &plan(1));
        assert_eq!(drawn, draw(10_000, 500, &plan(1)));
        assert_ne!(drawn, draw(10_000, 500, &plan(2)));
        assert_eq!(drawn.len(), 500);
        assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
        let early = drawn.iter().filter(|row| **row < 5000).count();
        assert!(early.abs_diff(250) < 60, "{early} of the first half");
        assert_eq!(draw(3, 500, &plan(1)), [0, 1, 2]);
    }
}
