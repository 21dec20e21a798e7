//! What columns are, in words.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::datatypes::DataType;
use plimsoll_core::ports::{FileMode, ObjectStore};
use plimsoll_core::project::{Evaluate, Features};
use plimsoll_core::record::RunRecord;
use plimsoll_data::{Wanted, read_columns};

use super::output;
use crate::error::{CommandError, Kind};

/// The types of columns in words: those of the data schemas, else those of the test set.
pub(super) struct Kinds(BTreeMap<String, String>);

impl Kinds {
    pub(super) async fn of(
        record: &RunRecord,
        evaluate: &Evaluate,
        objects: &dyn ObjectStore,
        folder: &Path,
    ) -> Result<Self, CommandError> {
        let project = &record.start.project;
        let columns = project.data.values().flat_map(|dataset| &dataset.columns);
        let mut kinds: BTreeMap<String, String> =
            columns.map(|column| (column.name.clone(), column.kind.clone())).collect();
        let Features::Tensor(features) = &evaluate.features else { return Ok(Self(kinds)) };
        if features.iter().all(|feature| kinds.contains_key(feature)) {
            return Ok(Self(kinds));
        }
        // The declared test set, not what a retraining was judged on: of both kinds of runs the same.
        if let Some(on) = output(record, &evaluate.on, objects).await? {
            let file = folder.join("on");
            objects.restore(&on, &file, FileMode::Plain).await?;
            let table = read_columns(&file, Wanted::All)
                .map_err(|error| CommandError::new(Kind::No, error))?;
            for field in table.schema().fields() {
                kinds.entry(field.name().clone()).or_insert_with(|| word(field.data_type()));
            }
        }
        Ok(Self(kinds))
    }

    pub(super) fn of_column(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_else(|| "unknown".to_owned())
    }
}

fn word(stored: &DataType) -> String {
    match stored {
        DataType::Int64 => "integer",
        DataType::Float64 => "number",
        DataType::Utf8 => "string",
        DataType::Boolean => "boolean",
        DataType::Date32 => "date",
        DataType::Timestamp(..) => "timestamp",
        _ => "unknown",
    }
    .to_owned()
}
