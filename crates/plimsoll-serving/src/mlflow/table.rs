//! A table whose cells are collected by column.

use plimsoll_predict::ElementType;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::empty;
use crate::cells::{Fault, One, Sink};
use crate::element::Element;
use crate::intake::{Fed, Filling, Intake, IntakeError, Target};
use crate::refusal::Refusal;

/// Columns that grow row by row.
pub(super) struct Table<'i> {
    pub(super) intake: &'i Intake,
    pub(super) columns: Vec<Column>,
}

/// One column.
pub(super) struct Column {
    pub(super) target: Target,
    /// How many values a row has; `None` until a row tells.
    width: Option<usize>,
    pub(super) rows: usize,
    cells: Cells,
}

/// The cells of a column.
enum Cells {
    Float(Sink<f32>),
    Double(Sink<f64>),
    Int64(Sink<i64>),
    Int32(Sink<i32>),
    Bool(Sink<bool>),
    String(Sink<String>),
}

/// Calls a generic expression on the sink that cells are in.
macro_rules! on_sink {
    ($cells:expr, $sink:ident => $call:expr) => {
        match $cells {
            Cells::Float($sink) => $call,
            Cells::Double($sink) => $call,
            Cells::Int64($sink) => $call,
            Cells::Int32($sink) => $call,
            Cells::Bool($sink) => $call,
            Cells::String($sink) => $call,
        }
    };
}

impl<'i> Table<'i> {
    /// Makes a table without columns.
    pub(super) fn new(intake: &'i Intake) -> Self {
        Self { intake, columns: Vec::new() }
    }

    /// Makes a table with these columns.
    ///
    /// Names that mean nothing to a model of one tensor whose columns have no names are taken by
    /// their order.
    pub(super) fn with_columns(intake: &'i Intake, names: &[String]) -> Result<Self, IntakeError> {
        let mut table = Self::new(intake);
        if let [only] = &intake.ports[..]
            && only.features.is_empty()
            && matches!(only.shape[..], [_, width] if width.is_none_or(|width| width == names.len()))
            && !names.iter().any(|name| intake.target(name).is_ok())
        {
            table.columns.push(Column::new(intake, Target::Port(0)));
            return Ok(table);
        }
        for name in names {
            table.add(name)?;
        }
        Ok(table)
    }

    /// Makes a table whose columns are those of the model in its order.
    pub(super) fn in_order(intake: &'i Intake) -> Result<Self, Refusal> {
        let mut table = Self::new(intake);
        let targets = match (intake.row(), &intake.ports[..]) {
            (Some(targets), _) => targets,
            (None, [_]) => vec![Target::Port(0)],
            (None, _) => {
                let reason = "rows without names do not tell the model's inputs apart".to_owned();
                return Err(Refusal::Form { form: super::FORM, reason });
            }
        };
        table.columns = targets.into_iter().map(|target| Column::new(intake, target)).collect();
        Ok(table)
    }

    /// Adds a column and returns its place.
    pub(super) fn add(&mut self, name: &str) -> Result<usize, IntakeError> {
        let target = self.intake.target(name)?;
        if self.columns.iter().any(|column| column.target == target) {
            return Err(IntakeError::Twice(name.to_owned()));
        }
        self.columns.push(Column::new(self.intake, target));
        Ok(self.columns.len() - 1)
    }

    /// Tells whether a row is the list of values of one input, not one cell for each column.
    pub(super) fn is_one_tensor(&self) -> bool {
        matches!(&self.columns[..], [only] if only.is_wide(self.intake))
    }

    /// Says what is wrong with the last cell that was put into the column at `place`.
    pub(super) fn fault(&mut self, place: usize, error: &impl ToString) -> IntakeError {
        let column = &mut self.columns[place];
        let name = self.intake.name(column.target).as_ref().to_owned();
        let fault = on_sink!(&mut column.cells, sink => sink.fault.take());
        let fault = fault.unwrap_or_else(|| Fault::Json(error.to_string()));
        IntakeError::Value { name, row: Some(column.rows + 1), fault }
    }

    /// Gives the model what the columns hold.
    pub(super) fn finish(self) -> Result<Fed, Refusal> {
        if self.columns.iter().all(|column| column.rows == 0) {
            return Err(empty(self.intake).into());
        }
        let mut filling = Filling::new(self.intake);
        for column in self.columns {
            let shape = column.shape(self.intake);
            let shape = filling.fit(column.target, &shape)?;
            let values = match column.cells {
                Cells::Float(sink) => f32::values(sink.elements),
                Cells::Double(sink) => f64::values(sink.elements),
                Cells::Int64(sink) => i64::values(sink.elements),
                Cells::Int32(sink) => i32::values(sink.elements),
                Cells::Bool(sink) => bool::values(sink.elements),
                Cells::String(sink) => String::values(sink.elements),
            };
            filling.put(column.target, shape, values)?;
        }
        Ok(filling.finish()?)
    }
}

impl Column {
    fn new(intake: &Intake, target: Target) -> Self {
        let cells = match intake.element(target) {
            ElementType::Float => Cells::Float(Sink::with_room(0, None)),
            ElementType::Double => Cells::Double(Sink::with_room(0, None)),
            ElementType::Int64 => Cells::Int64(Sink::with_room(0, None)),
            ElementType::Int32 => Cells::Int32(Sink::with_room(0, None)),
            ElementType::Bool => Cells::Bool(Sink::with_room(0, None)),
            ElementType::String => Cells::String(Sink::with_room(0, None)),
        };
        let width = match target {
            Target::Port(at) => {
                let mut sizes = intake.ports[at].shape.iter().skip(1);
                let width = sizes.try_fold(1_usize, |all, size| all.checked_mul((*size)?));
                // An input of undeclared shape takes what comes.
                width.filter(|_| !intake.ports[at].shape.is_empty())
            }
            Target::Feature { .. } | Target::Context(_) => Some(1),
        };
        Self { target, width, rows: 0, cells }
    }

    /// Tells whether a row of it is a list.
    fn is_wide(&self, intake: &Intake) -> bool {
        matches!(self.target, Target::Port(at) if !intake.ports[at].is_one_value())
    }

    fn shape(&self, intake: &Intake) -> Vec<usize> {
        match self.target {
            Target::Port(at) if intake.ports[at].shape.len() > 2 => {
                let sizes = intake.ports[at].shape.iter().skip(1);
                let sizes = sizes.map(|size| size.unwrap_or(1));
                std::iter::once(self.rows).chain(sizes).collect()
            }
            Target::Port(_) => vec![self.rows, self.width.unwrap_or(1)],
            Target::Feature { .. } | Target::Context(_) => vec![self.rows],
        }
    }

    fn len(&self) -> usize {
        on_sink!(&self.cells, sink => sink.elements.len())
    }

    /// Reads the spelling of a cell.
    pub(super) fn parse(&mut self, spelling: &str) -> Result<(), Fault> {
        on_sink!(&mut self.cells, sink => sink.parse(spelling))?;
        self.rows += 1;
        Ok(())
    }
}

impl Column {
    /// Says that the cells read so far are so many rows of so many values.
    pub(super) fn of_rows(&mut self, rows: usize, width: usize) {
        self.rows = rows;
        self.width = Some(width);
    }
}

/// Reads one row of a column: a value, or the list of its values.
pub(super) struct Cell<'c>(pub(super) &'c mut Column);

impl<'de> DeserializeSeed<'de> for Cell<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        let before = self.0.len();
        let listed = self.0.width != Some(1) || matches!(self.0.target, Target::Port(_));
        reader.deserialize_any(Part { column: &mut *self.0, listed })?;
        let found = self.0.len() - before;
        let expected = *self.0.width.get_or_insert(found);
        if found != expected {
            return Err(D::Error::custom(format!("expected {expected} values, got {found}")));
        }
        self.0.rows += 1;
        Ok(())
    }
}

/// Reads a value into a column, or every value of a list.
struct Part<'c> {
    column: &'c mut Column,
    listed: bool,
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        on_sink!(&mut self.column.cells, sink => One(sink).visit_f64(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        on_sink!(&mut self.column.cells, sink => One(sink).visit_i64(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        on_sink!(&mut self.column.cells, sink => One(sink).visit_u64(value))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        on_sink!(&mut self.column.cells, sink => One(sink).visit_bool(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        on_sink!(&mut self.column.cells, sink => One(sink).visit_str(text))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        on_sink!(&mut self.column.cells, sink => One(sink).visit_unit())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        on_sink!(&mut self.column.cells, sink => One(sink).visit_map(map))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if !self.listed {
            return on_sink!(&mut self.column.cells, sink => One(sink).visit_seq(list));
        }
        while list.next_element_seed(Part { column: &mut *self.column, listed: true })?.is_some() {}
        Ok(())
    }
}
