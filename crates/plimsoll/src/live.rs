//! Datasets of labelled predictions, as tables of the object store.

use std::collections::BTreeMap;

use plimsoll_core::DatasetName;
use plimsoll_core::project::{Features, Project};
use plimsoll_core::signature::Column;
use plimsoll_engine::run::LiveTable;

use crate::error::CommandError;
use crate::ports::Ports;

/// Returns the columns of a table of labelled predictions, sorted by name: features and what is
/// sent along, with the types of the datasets' schemas.
pub(crate) fn columns(project: &Project) -> Vec<Column> {
    let mut all = project.context();
    if let Some(Features::Tensor(features)) = project.evaluate.as_ref().map(|it| &it.features) {
        all.extend(
            features.iter().map(|name| Column { name: name.clone(), kind: kind(project, name) }),
        );
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

/// Returns the target with its type.
pub(crate) fn target(project: &Project) -> Option<Column> {
    let name = &project.evaluate.as_ref()?.target;
    Some(Column { name: name.clone(), kind: kind(project, name) })
}

fn kind(project: &Project, name: &str) -> String {
    let columns = project.data.values().flat_map(|dataset| &dataset.columns);
    let found = columns.into_iter().find(|column| column.name == name);
    found.map_or_else(|| "unknown".to_owned(), |column| column.kind.clone())
}

/// Returns the table of each dataset from captures in a run that is no retraining: no rows.
pub(crate) async fn empty(
    _project: &Project,
    _ports: &Ports,
) -> Result<BTreeMap<DatasetName, LiveTable>, CommandError> {
    Ok(BTreeMap::new())
}
