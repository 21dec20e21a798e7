//! Tables in JSON: lists of rows, records, and columns.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::FORM;
use super::table::{Cell, Table};
use crate::intake::{Intake, IntakeError};
use crate::refusal::Refusal;

/// Reads rows that are lists, one cell for each column.
pub(super) fn lists<'i>(table: Table<'i>, rows: &RawValue) -> Result<Table<'i>, Refusal> {
    read(table, rows, Form::Lists)
}

/// Reads rows that are objects; the first one names the columns.
pub(super) fn records<'i>(table: Table<'i>, rows: &RawValue) -> Result<Table<'i>, Refusal> {
    read(table, rows, Form::Records)
}

/// Reads rows that are objects, lists or single values, whichever the first one is.
pub(super) fn instances<'i>(intake: &'i Intake, rows: &RawValue) -> Result<Table<'i>, Refusal> {
    let first = rows.get().trim_start().strip_prefix('[').map_or("", str::trim_start);
    if first.starts_with('{') {
        return records(Table::new(intake), rows);
    }
    let table = Table::in_order(intake)?;
    let form = if first.starts_with('[') { Form::Lists } else { Form::Values };
    read(table, rows, form)
}

/// Reads one column, a list with a cell for each row.
pub(super) fn column(table: &mut Table<'_>, name: &str, cells: &RawValue) -> Result<(), Refusal> {
    let place = table.add(name)?;
    let mut trouble = None;
    let mut reader = serde_json::Deserializer::from_str(cells.get());
    let list = Rows { table, form: Form::Column(place), trouble: &mut trouble };
    list.deserialize(&mut reader).map_err(|error| refusal(trouble, &error))
}

#[derive(Clone, Copy)]
enum Form {
    Lists,
    Records,
    /// Every row is the only cell of its row.
    Values,
    /// Every entry is a cell of the column at this place.
    Column(usize),
}

fn read<'i>(mut table: Table<'i>, rows: &RawValue, form: Form) -> Result<Table<'i>, Refusal> {
    let mut trouble = None;
    let mut reader = serde_json::Deserializer::from_str(rows.get());
    let list = Rows { table: &mut table, form, trouble: &mut trouble };
    list.deserialize(&mut reader).map_err(|error| refusal(trouble, &error))?;
    Ok(table)
}

fn refusal(trouble: Option<IntakeError>, error: &serde_json::Error) -> Refusal {
    trouble.map_or_else(|| Refusal::of_json(FORM, error), Refusal::Intake)
}

/// Reads the list of all rows.
struct Rows<'t, 'i> {
    table: &'t mut Table<'i>,
    form: Form,
    trouble: &'t mut Option<IntakeError>,
}

impl<'de> DeserializeSeed<'de> for Rows<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut row = 0;
        loop {
            row += 1;
            let one = Row {
                table: &mut *self.table,
                form: self.form,
                number: row,
                trouble: &mut *self.trouble,
            };
            if list.next_element_seed(one)?.is_none() {
                return Ok(());
            }
        }
    }
}

/// Reads one row.
struct Row<'t, 'i> {
    table: &'t mut Table<'i>,
    form: Form,
    number: usize,
    trouble: &'t mut Option<IntakeError>,
}

impl Row<'_, '_> {
    /// Keeps what is wrong with a cell in words that name its column and row.
    fn keep<E: Error>(&mut self, place: usize, error: E) -> E {
        if self.trouble.is_none() {
            *self.trouble = Some(self.table.fault(place, &error));
        }
        error
    }

    fn count<E: Error>(&self, found: usize) -> E {
        let (row, expected) = (self.number, self.table.columns.len());
        E::custom(format!("row {row} has {found} values, expected {expected}"))
    }
}

impl<'de> DeserializeSeed<'de> for Row<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, reader: D) -> Result<(), D::Error> {
        match self.form {
            Form::Records => reader.deserialize_map(self),
            Form::Lists if self.table.is_one_tensor() => self.cell(0, reader),
            Form::Lists => reader.deserialize_seq(self),
            Form::Column(place) => self.cell(place, reader),
            Form::Values if self.table.columns.len() == 1 => self.cell(0, reader),
            Form::Values => Err(self.count(1)),
        }
    }
}

impl Row<'_, '_> {
    fn cell<'de, D: Deserializer<'de>>(&mut self, place: usize, reader: D) -> Result<(), D::Error> {
        let read = Cell(&mut self.table.columns[place]).deserialize(reader);
        read.map_err(|error| self.keep(place, error))
    }
}

impl<'de> Visitor<'de> for Row<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self.form, Form::Records) { "an object" } else { "a list" })
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut cells: A) -> Result<(), A::Error> {
        for place in 0..self.table.columns.len() {
            let cell = Cell(&mut self.table.columns[place]);
            match cells.next_element_seed(cell) {
                Ok(Some(())) => {}
                Ok(None) => return Err(self.count(place)),
                Err(error) => return Err(self.keep(place, error)),
            }
        }
        let mut more = 0;
        while cells.next_element::<serde::de::IgnoredAny>()?.is_some() {
            more += 1;
        }
        if more > 0 { Err(self.count(self.table.columns.len() + more)) } else { Ok(()) }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut cells: A) -> Result<(), A::Error> {
        let mut next = 0;
        while let Some(name) = cells.next_key::<Cow<'de, str>>()? {
            let place = self.place(&name, next)?;
            if self.table.columns[place].rows >= self.number {
                return Err(A::Error::custom(format!("row {} has `{name}` twice", self.number)));
            }
            let cell = Cell(&mut self.table.columns[place]);
            cells.next_value_seed(cell).map_err(|error| self.keep(place, error))?;
            next = place + 1;
        }
        let missing = self.table.columns.iter().find(|column| column.rows < self.number);
        match missing {
            Some(column) => {
                let name = self.table.intake.name(column.target);
                Err(A::Error::custom(format!("row {} has no `{name}`", self.number)))
            }
            None => Ok(()),
        }
    }
}

impl Row<'_, '_> {
    /// Returns the place of the column called `name`, which is mostly the next one.
    fn place<E: Error>(&mut self, name: &str, next: usize) -> Result<usize, E> {
        let is = |place: usize| {
            let column = self.table.columns.get(place);
            column.is_some_and(|column| **self.table.intake.name(column.target) == *name)
        };
        if is(next) {
            return Ok(next);
        }
        if let Some(place) = (0..self.table.columns.len()).find(|place| is(*place)) {
            return Ok(place);
        }
        let known = self.table.intake.target(name);
        match known {
            Ok(_) if self.number > 1 => {
                Err(E::custom(format!("row {} has `{name}`, the first row has not", self.number)))
            }
            _ => self.table.add(name).map_err(|error| {
                let said = E::custom(&error);
                *self.trouble = Some(error);
                said
            }),
        }
    }
}
