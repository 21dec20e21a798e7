//! Which columns a table of captures has, and rows of other tables brought into them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;

use super::cells::{Cells, values_of};
use super::journal::{Layout, LayoutColumn};
use super::record::Element;

/// The id of the request.
pub const REQUEST_ID: &str = "request-id";
/// The id of the row: the value of the column that names rows, else `REQUEST:ROW`, counted from 0.
pub const ROW_ID: &str = "row-id";
/// When it happened, in milliseconds: the value of the time column, else when it was received.
pub const EVENT_TIME: &str = "event-time";
/// The day of that, in UTC.
pub const EVENT_DAY: &str = "event-day";
/// Whether there is a time column that gave the row no time, so that the receipt is taken for it.
pub const TIME_MISSING: &str = "event-time-missing";
/// When the request was received, in milliseconds.
pub const RECEIVED_AT: &str = "received-at";
/// The variant that answered.
pub const MODEL: &str = "model";
/// The version that answered.
pub const VERSION: &str = "version";
/// How long the answer took, in microseconds.
pub const LATENCY: &str = "latency-us";

/// The zone of moments, as Arrow takes it without a table of names.
pub(super) const UTC: &str = "+00:00";

/// What a column of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Input,
    Context,
    Output,
}

impl Group {
    const ALL: [Self; 3] = [Self::Input, Self::Context, Self::Output];

    /// Returns what its columns' names begin with in a table.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Input => "input:",
            Self::Context => "context:",
            Self::Output => "output:",
        }
    }

    /// Parts the name of a table's column.
    pub(super) fn split(name: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|group| Some((group, name.strip_prefix(group.prefix())?)))
    }
}

/// What a cell of a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CellType {
    pub(super) element: Element,
    /// Whether rows have several values.
    pub(super) list: bool,
}

impl CellType {
    fn with(self, other: Self) -> Self {
        Self { element: self.element.with(other.element), list: self.list || other.list }
    }

    /// Reads the type of a table's column.
    pub(super) fn of(data_type: &DataType) -> Option<Self> {
        let (data_type, list) = match data_type {
            DataType::List(item) => (item.data_type(), true),
            scalar => (scalar, false),
        };
        let element = match data_type {
            DataType::Float32 => Element::Float32,
            DataType::Float64 => Element::Float64,
            DataType::Int64 => Element::Int64,
            DataType::Boolean => Element::Bool,
            DataType::Utf8 => Element::Text,
            _ => return None,
        };
        Some(Self { element, list })
    }

    /// Returns the type of a table's column.
    pub(super) fn data_type(self) -> DataType {
        let element = match self.element {
            Element::Float32 => DataType::Float32,
            Element::Float64 => DataType::Float64,
            Element::Int64 => DataType::Int64,
            Element::Bool => DataType::Boolean,
            Element::Text => DataType::Utf8,
        };
        if self.list { DataType::List(Arc::new(item(element))) } else { element }
    }
}

/// Returns the field of a list's values.
pub(super) fn item(data_type: DataType) -> Field {
    Field::new("item", data_type, true)
}

/// The columns that requests have, sorted, so that the order of requests does not show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    columns: [BTreeMap<String, CellType>; 3],
}

/// A table has a column that captures do not have.
#[derive(Debug)]
pub(super) struct OtherColumn(String, DataType);

impl fmt::Display for OtherColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column `{}` ({}) is none of captures", self.0, self.1)
    }
}

impl Shape {
    /// Makes room for records of `layout`.
    pub(super) fn add_layout(&mut self, layout: &Layout) {
        for (group, columns) in groups(layout) {
            for LayoutColumn { name, element, width } in columns {
                self.add(group, name, CellType { element: *element, list: *width > 1 });
            }
        }
    }

    /// Makes room for the rows of a table.
    pub(super) fn add_schema(&mut self, schema: &Schema) -> Result<(), OtherColumn> {
        let fixed = fixed_fields();
        for field in schema.fields() {
            let other = || OtherColumn(field.name().clone(), field.data_type().clone());
            if let Some(known) = fixed.iter().find(|known| known.name() == field.name()) {
                if known.data_type() != field.data_type() {
                    return Err(other());
                }
                continue;
            }
            let (group, name) = Group::split(field.name()).ok_or_else(other)?;
            self.add(group, name, CellType::of(field.data_type()).ok_or_else(other)?);
        }
        match fixed.iter().find(|fixed| schema.index_of(fixed.name()).is_err()) {
            Some(lacking) => Err(OtherColumn(lacking.name().clone(), DataType::Null)),
            None => Ok(()),
        }
    }

    fn add(&mut self, group: Group, name: &str, cell: CellType) {
        let columns = &mut self.columns[group as usize];
        match columns.get_mut(name) {
            Some(known) => *known = known.with(cell),
            None => _ = columns.insert(name.to_owned(), cell),
        }
    }

    /// Returns the columns in their order.
    pub(super) fn columns(&self) -> impl Iterator<Item = (Group, &str, CellType)> {
        Group::ALL.into_iter().flat_map(|group| {
            let columns = self.columns[group as usize].iter();
            columns.map(move |(name, cell)| (group, name.as_str(), *cell))
        })
    }

    /// Returns the schema of the table.
    pub(super) fn schema(&self) -> SchemaRef {
        let columns = self.columns().map(|(group, name, cell)| {
            Field::new(format!("{}{name}", group.prefix()), cell.data_type(), true)
        });
        Arc::new(Schema::new(fixed_fields().into_iter().chain(columns).collect::<Vec<_>>()))
    }

    /// Brings `rows` of a table that this has room for into `schema`, which is [`Shape::schema`].
    pub(super) fn conform(
        rows: &RecordBatch,
        schema: &SchemaRef,
    ) -> Result<RecordBatch, ArrowError> {
        if rows.schema_ref() == schema {
            return Ok(rows.clone());
        }
        let column = |field: &Arc<Field>| match rows.column_by_name(field.name()) {
            None => new_null_array(field.data_type(), rows.num_rows()),
            Some(column) => convert(column, field.data_type()),
        };
        RecordBatch::try_new(schema.clone(), schema.fields().iter().map(column).collect())
    }
}

/// Returns the columns of `layout` by what they are.
pub(super) fn groups(layout: &Layout) -> [(Group, &[LayoutColumn]); 3] {
    [
        (Group::Input, &layout.inputs),
        (Group::Context, &layout.context),
        (Group::Output, &layout.outputs),
    ]
}

/// The columns that every table of captures has.
fn fixed_fields() -> Vec<Field> {
    let moment = || DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into()));
    vec![
        Field::new(REQUEST_ID, DataType::Utf8, false),
        Field::new(ROW_ID, DataType::Utf8, false),
        Field::new(EVENT_TIME, moment(), false),
        Field::new(EVENT_DAY, DataType::Date32, false),
        Field::new(TIME_MISSING, DataType::Boolean, false),
        Field::new(RECEIVED_AT, moment(), false),
        Field::new(MODEL, DataType::Utf8, false),
        Field::new(VERSION, DataType::Utf8, false),
        Field::new(LATENCY, DataType::UInt32, false),
    ]
}

/// Returns `column` as a wider type of captures.
fn convert(column: &ArrayRef, wanted: &DataType) -> ArrayRef {
    if column.data_type() == wanted {
        return column.clone();
    }
    let Some(cell) = CellType::of(wanted) else { return new_null_array(wanted, column.len()) };
    let mut cells = Cells::new(cell, column.len());
    for row in 0..column.len() {
        if column.is_null(row) {
            cells.push_null();
            continue;
        }
        let values = match column.as_list_opt::<i32>() {
            Some(lists) => lists.value(row),
            None => column.slice(row, 1),
        };
        cells.push(&values_of(&values), 0..values.len());
    }
    cells.finish()
}
