//! Labelled predictions: read for monitors, frozen for retraining, empty for ordinary runs.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{Date32Type, Field, Schema};
use plimsoll_core::project::{Features, Project};
use plimsoll_core::signature::Column;
use plimsoll_core::{DatasetName, Day, Digest, Timestamp, Variant};
use plimsoll_data::capture::{
    self, Captured, Days, EVENT_DAY, Labelled, Labels, ROW_ID, Versions, capture_column,
};
use plimsoll_engine::run::LiveTable;
use plimsoll_evaluate::monitor::{self, DayCount};

use crate::error::{CommandError, Kind};
use crate::ports::Ports;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// What was served of a model, with the labels that joined it.
pub(crate) struct Served {
    /// The days of event time on which it was asked, the oldest first.
    pub days: Vec<DayCount>,
    /// Every recorded row, as a monitor measures it.
    pub captured: RecordBatch,
    /// Those with a label, as a monitor measures them.
    pub labelled: RecordBatch,
    /// The digest of the labelled rows.
    pub digest: Digest,
    joined: Labelled,
}

/// Reads what was recorded of `variant`: of one version, or of all, each row once then.
pub(crate) fn served(
    variant: &Variant,
    version: Option<&str>,
    ports: &Ports,
) -> Result<Served, CommandError> {
    let failed = |error: &dyn std::fmt::Display| CommandError::world(error.to_string());
    let only = version.map(|version| [version]);
    let versions = only.as_ref().map_or(Versions::All, |only| Versions::Only(only));
    let captured = capture::read(&ports.captures(variant), Days::All, versions)?;
    if !captured.unreadable.is_empty() {
        let first = captured.unreadable.first().map(|path| path.display().to_string());
        let message = format!(
            "{} files of captures cannot be read (the first is {})",
            captured.unreadable.len(),
            first.unwrap_or_default()
        );
        return Err(CommandError::new(Kind::Damaged, message)
            .hint("a newer version of Plimsoll wrote them, or they are damaged: move them away to go on without"));
    }
    let labels = Labels::load(&ports.labels(variant))?;
    let mut joined =
        capture::join(&captured, &labels).map_err(|error| CommandError::new(Kind::No, error))?;
    if version.is_none() {
        joined.rows = each_row_once(&joined.rows).map_err(|error| failed(&error))?;
    }
    let bytes = joined.to_parquet().map_err(|error| failed(&error))?;
    let days = joined.days.iter().map(|(day, count)| DayCount {
        day: *day,
        predictions: count.predictions,
        labelled: count.labelled,
    });
    Ok(Served {
        days: days.collect(),
        captured: measured(&captured).map_err(|error| failed(&error))?,
        labelled: renamed(&joined.rows, |name| {
            if name == capture_column(EVENT_DAY) {
                monitor::EVENT_DAY.to_owned()
            } else {
                name.to_owned()
            }
        })
        .map_err(|error| failed(&error))?,
        digest: Digest::blake3(&bytes),
        joined,
    })
}

/// Returns the recorded rows under the names of datasets.
fn measured(captured: &Captured) -> Result<RecordBatch, arrow::error::ArrowError> {
    let all = concat_batches(&captured.schema, &captured.batches)?;
    renamed(&all, |name| {
        let plain = name.strip_prefix("input:").or_else(|| name.strip_prefix("context:"));
        match plain {
            Some(plain) => plain.to_owned(),
            None if name == EVENT_DAY => monitor::EVENT_DAY.to_owned(),
            None if name.starts_with(monitor::OUTPUT) => name.to_owned(),
            None => capture_column(name),
        }
    })
}

fn renamed(
    rows: &RecordBatch,
    name: impl Fn(&str) -> String,
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let schema = rows.schema();
    let fields = schema.fields().iter().map(|field| {
        Field::new(name(field.name()), field.data_type().clone(), field.is_nullable())
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), rows.columns().to_vec())
}

/// Leaves of rows that several versions answered the one of the newest.
fn each_row_once(rows: &RecordBatch) -> Result<RecordBatch, arrow::error::ArrowError> {
    let Some(ids) = rows.column_by_name(&capture_column(ROW_ID)) else { return Ok(rows.clone()) };
    let ids = ids.as_string::<i32>();
    let mut seen = HashSet::new();
    let mut kept: Vec<bool> = (0..ids.len()).rev().map(|row| seen.insert(ids.value(row))).collect();
    kept.reverse();
    filter_record_batch(rows, &BooleanArray::from(kept))
}

impl Served {
    /// Returns how many labelled rows lie on days that `wanted` takes.
    pub(crate) fn rows(&self, wanted: &dyn Fn(Day) -> bool) -> Result<u64, CommandError> {
        Ok(self.chosen(wanted)?.iter().filter(|chosen| **chosen).count() as u64)
    }

    fn chosen(&self, wanted: &dyn Fn(Day) -> bool) -> Result<Vec<bool>, CommandError> {
        let days = self.labelled.column_by_name(monitor::EVENT_DAY);
        let days = days
            .and_then(|days| days.as_primitive_opt::<Date32Type>())
            .ok_or_else(|| CommandError::new(Kind::Damaged, "recorded rows have no day"))?;
        let day = |number: i32| Day::of(Timestamp::from_millis(i64::from(number) * DAY));
        Ok(days.values().iter().map(|number| wanted(day(*number))).collect())
    }
}

/// Returns the labelled rows of the days that `wanted` takes, as the table of a dataset.
pub(crate) fn freeze(
    served: &Served,
    project: &Project,
    wanted: &dyn Fn(Day) -> bool,
) -> Result<Vec<u8>, CommandError> {
    let chosen = BooleanArray::from(served.chosen(wanted)?);
    let rows = filter_record_batch(&served.joined.rows, &chosen)
        .map_err(|error| CommandError::world(error.to_string()))?;
    let labelled = Labelled { rows, ..served.joined.clone() };
    let target = target(project)?;
    capture::freeze(&labelled, &columns(project), &target, Days::All)
        .map_err(|error| CommandError::new(Kind::No, error))
}

/// Returns the columns of a table of labelled predictions, sorted by name: features and what is
/// sent along, with the types of the datasets' schemas.
fn columns(project: &Project) -> Vec<Column> {
    let mut all = project.context();
    if let Some(Features::Tensor(features)) = project.evaluate.as_ref().map(|it| &it.features) {
        let feature = |name: &String| Column { name: name.clone(), kind: kind(project, name) };
        all.extend(features.iter().map(feature));
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

/// Returns the target with its type.
fn target(project: &Project) -> Result<Column, CommandError> {
    let evaluate = project.evaluate.as_ref();
    let name = evaluate.map(|evaluate| evaluate.target.clone()).ok_or_else(|| {
        CommandError::usage("a dataset from captures needs `evaluate:`, which names the target")
    })?;
    Ok(Column { kind: kind(project, &name), name })
}

fn kind(project: &Project, name: &str) -> String {
    let columns = project.data.values().flat_map(|dataset| &dataset.columns);
    let found = columns.into_iter().find(|column| column.name == name);
    found.map_or_else(|| "unknown".to_owned(), |column| column.kind.clone())
}

/// Returns the table of each dataset from captures in a run that is no retraining: no rows.
pub(crate) async fn empty(
    project: &Project,
    ports: &Ports,
) -> Result<BTreeMap<DatasetName, LiveTable>, CommandError> {
    let mut tables = BTreeMap::new();
    for (name, dataset) in &project.data {
        if dataset.live.is_none() {
            continue;
        }
        let bytes = capture::empty(&columns(project), &target(project)?)
            .map_err(|error| CommandError::world(error.to_string()))?;
        let size = bytes.len() as u64;
        let digest = ports.objects.put(&mut std::io::Cursor::new(bytes)).await?;
        tables.insert(name.clone(), LiveTable { digest, bytes: size });
    }
    Ok(tables)
}
