//! Recorded rows, as they are measured.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Date32Type};
use plimsoll_core::project::Task;
use plimsoll_core::{Day, SliceName, Timestamp};
use plimsoll_predict::{Class, Predictions, Scores, Signature, Wanted};

use super::{DayCount, EVENT_DAY, LABEL, MonitorError, MonitorRequest, outputs};
use crate::column::{self, ColumnError};
use crate::outcomes::Outcomes;
use crate::slice;
use crate::truth::Truth;

/// What the release knows of the model: its answers on the test set, and what they are about.
pub(super) struct Known {
    /// The columns that the model is given.
    pub features: Vec<String>,
    pub signature: Signature,
    pub truth: Truth,
    pub predictions: Predictions,
}

/// Labelled rows whose answer and label can be compared.
pub(super) struct Labelled {
    pub days: Vec<Day>,
    pub outcomes: Outcomes,
    /// How many rows of a day have an answer or a label that is empty or no finite number.
    pub unsound: BTreeMap<Day, u64>,
    pub blocks: Grouping,
    /// The rows of each slice, or why they are not known.
    pub slices: BTreeMap<SliceName, Result<Vec<bool>, String>>,
}

/// Which rows are resampled together.
pub(super) enum Grouping {
    /// Those with the same value of the declared column.
    Declared(Vec<String>),
    /// Those of a day, because the declared column was not recorded with every row.
    InsteadOf(String),
    /// Those of a day, because none is declared and there are enough days.
    Days,
    /// None: every row for itself, as the release was measured.
    Rows,
}

/// All rows, with what was answered.
pub(super) struct Captured {
    pub table: RecordBatch,
    pub days: Vec<Day>,
    /// The answers of rows where they are there and finite.
    pub answers: Answers,
    /// The days of those rows.
    pub answered: Vec<Day>,
}

/// Answers, as far as their distribution goes.
pub(super) enum Answers {
    /// Numbers, or probabilities of the positive class.
    Numbers(Vec<f64>),
    /// The predicted classes.
    Words(Vec<String>),
}

impl Labelled {
    pub(super) fn read(request: &MonitorRequest, known: &Known) -> Result<Self, MonitorError> {
        let days = days_of(&request.labelled)?;
        check_counts("labelled", &days, &request.days, |count| count.labelled)?;
        let mut sound = outputs::are_sound(&request.labelled, &known.signature.outputs)?;
        let labels = request.labelled.column_by_name(LABEL);
        let labels = labels.ok_or(MonitorError::Recorded(LABEL))?;
        let numeric = request.task == Task::Regression;
        let numbers = if numeric { column::numbers(LABEL, labels)? } else { Vec::new() };
        for (row, sound) in sound.iter_mut().enumerate() {
            *sound &= labels.is_valid(row);
            *sound &= !numeric || numbers[row].is_some_and(f64::is_finite);
        }
        let mut unsound = BTreeMap::new();
        for (day, _) in days.iter().zip(&sound).filter(|(_, sound)| !**sound) {
            *unsound.entry(*day).or_default() += 1;
        }
        let table = only(&request.labelled, &sound)?;
        let days: Vec<Day> =
            days.into_iter().zip(&sound).filter_map(|(d, s)| s.then_some(d)).collect();
        let truth = truth(&table, request, known)?;
        let predictions = predictions(&table, request, known)?;
        let slices = request.evaluate.slices.iter().map(|(name, conditions)| {
            let rows = slice::rows_of(conditions, &table).map_err(|error| said(&error));
            (name.clone(), rows)
        });
        Ok(Self {
            outcomes: truth.against(&predictions, &classes(&predictions, &known.predictions)),
            blocks: Grouping::of(request, &table),
            slices: slices.collect(),
            days,
            unsound,
        })
    }
}

impl Grouping {
    fn of(request: &MonitorRequest, table: &RecordBatch) -> Self {
        let Some(name) = &request.evaluate.block else {
            let days = u64::from(request.monitor.window_days);
            let enough = days >= plimsoll_core::gate::FEWEST_BLOCKS;
            return if enough { Self::Days } else { Self::Rows };
        };
        let labels = table.column_by_name(name).map(|cells| column::labels(name, cells));
        match labels {
            Some(Ok(labels)) => Self::Declared(labels),
            Some(Err(_)) | None => Self::InsteadOf(name.clone()),
        }
    }
}

impl Captured {
    pub(super) fn read(request: &MonitorRequest, known: &Known) -> Result<Self, MonitorError> {
        let days = days_of(&request.captured)?;
        check_counts("recorded", &days, &request.days, |count| count.predictions)?;
        let sound = outputs::are_sound(&request.captured, &known.signature.outputs)?;
        let answers = Answers::of(predictions(&only(&request.captured, &sound)?, request, known)?);
        let answered = days.iter().zip(&sound).filter_map(|(day, sound)| sound.then_some(*day));
        Ok(Self { answered: answered.collect(), table: request.captured.clone(), days, answers })
    }
}

impl Answers {
    pub(super) fn of(predictions: Predictions) -> Self {
        match predictions {
            Predictions::Regression { values, .. } => Self::Numbers(values),
            Predictions::Binary { scores: Some(scores), .. } => Self::Numbers(match scores {
                Scores::Probability(values) | Scores::Ranking(values) => values,
            }),
            Predictions::Binary { predicted, scores: None } => {
                let word = |positive| if positive { "positive" } else { "negative" }.to_owned();
                Self::Words(predicted.into_iter().map(word).collect())
            }
            Predictions::Multiclass { classes, predicted, .. } => {
                let word = |place: u32| classes.get(place as usize).map(ToString::to_string);
                Self::Words(
                    predicted.into_iter().map(|place| word(place).unwrap_or_default()).collect(),
                )
            }
        }
    }
}

/// Returns a column by its name in the data, or as captures call it where it comes from them as it
/// is.
pub(super) fn cells<'t>(table: &'t RecordBatch, name: &str) -> Option<&'t ArrayRef> {
    let named = |group: &str| table.column_by_name(&format!("{group}{name}"));
    ["", "input:", "context:", "capture:"].into_iter().find_map(named)
}

/// Returns the day of each row.
fn days_of(table: &RecordBatch) -> Result<Vec<Day>, MonitorError> {
    let of_days =
        |column: &&ArrayRef| *column.data_type() == DataType::Date32 && column.null_count() == 0;
    let column = cells(table, EVENT_DAY).filter(of_days);
    let column = column.ok_or(MonitorError::Recorded(EVENT_DAY))?;
    let epoch = Day::of(Timestamp::from_millis(0));
    let days = column.as_primitive::<Date32Type>().values();
    Ok(days.iter().map(|days| epoch.plus(i64::from(*days))).collect())
}

/// Rows that nobody counted, or counts without rows, would be measured as something else than what
/// is said.
fn check_counts(
    what: &'static str,
    rows: &[Day],
    counts: &[DayCount],
    of: impl Fn(&DayCount) -> u64,
) -> Result<(), MonitorError> {
    let mut found: BTreeMap<Day, u64> = BTreeMap::new();
    for day in rows {
        *found.entry(*day).or_default() += 1;
    }
    for count in counts {
        let (rows, counted) = (found.remove(&count.day).unwrap_or(0), of(count));
        if rows != counted {
            return Err(MonitorError::Counts { day: count.day, what, found: rows, counted });
        }
    }
    found
        .into_iter()
        .next()
        .map_or(Ok(()), |(day, found)| Err(MonitorError::Counts { day, what, found, counted: 0 }))
}

fn only(table: &RecordBatch, chosen: &[bool]) -> Result<RecordBatch, MonitorError> {
    let chosen = BooleanArray::from(chosen.to_vec());
    filter_record_batch(table, &chosen).map_err(|_| MonitorError::Recorded(EVENT_DAY))
}

fn predictions(
    table: &RecordBatch,
    request: &MonitorRequest,
    known: &Known,
) -> Result<Predictions, MonitorError> {
    let wanted = Wanted {
        task: request.task,
        positive: request.evaluate.positive.as_ref(),
        truths: known.truth.classes(),
        rows: table.num_rows(),
    };
    Ok(Predictions::from_outputs(
        &outputs::read(table, &known.signature.outputs)?,
        &known.signature,
        &wanted,
    )?)
}

/// Returns the labels as the truth. There may be none of a class, so the test set says which there
/// are: two of a binary task and no third one.
fn truth(
    table: &RecordBatch,
    request: &MonitorRequest,
    known: &Known,
) -> Result<Truth, MonitorError> {
    let labels = table.column_by_name(LABEL).ok_or(MonitorError::Recorded(LABEL))?;
    if request.task == Task::Regression {
        return Ok(Truth::Numbers(column::finite(LABEL, labels)?));
    }
    let rows = column::filled(LABEL, labels, Class::of_column(labels))?;
    let mut classes: Vec<Class> = known.truth.classes().to_vec();
    let mut of_row = Vec::with_capacity(rows.len());
    for label in rows {
        let place = classes.iter().position(|class| class.is(&label));
        if place.is_none() && request.task == Task::Binary && classes.len() == 2 {
            let all: Vec<String> = classes.iter().map(ToString::to_string).collect();
            return Err(MonitorError::StrangeLabel {
                label: label.to_string(),
                target: request.evaluate.target.clone(),
                known: all.join(", "),
            });
        }
        of_row.push(place.unwrap_or_else(|| {
            classes.push(label);
            classes.len() - 1
        }));
    }
    let positive = request.evaluate.positive.as_ref().and_then(Class::of_value);
    let positive = positive.and_then(|wanted| classes.iter().position(|class| class.is(&wanted)));
    Ok(Truth::Classes { classes, of_row, positive })
}

/// Returns the classes that the model names, on the test set and since; none of another task.
fn classes(now: &Predictions, before: &Predictions) -> Vec<Class> {
    let mut all: Vec<Class> = Vec::new();
    for predictions in [before, now] {
        if let Predictions::Multiclass { classes, .. } = predictions {
            for class in classes {
                if !all.iter().any(|known| known.is(class)) {
                    all.push(class.clone());
                }
            }
        }
    }
    all
}

/// The words for columns of a test set do not fit recorded rows.
fn said(error: &ColumnError) -> String {
    match error {
        ColumnError::Missing { name, .. } => format!("column `{name}` was not recorded"),
        other => other.to_string(),
    }
}
