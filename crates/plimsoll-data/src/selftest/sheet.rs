//! Some rows of a table as text, to be damaged and written again.

use std::collections::BTreeMap;
use std::io::{self, Write};

use arrow::util::display::array_value_to_string;

use crate::example::Place;
use crate::integrity::cell::Cell;
use crate::integrity::kind::{CellKind, ColumnKind, Kinds};
use crate::sketch::hash::mixed;
use crate::table::ReadError;
use crate::tables::Tables;

/// A column: its name and its cells, empty ones absent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) cells: Vec<Option<String>>,
}

/// The cells of a row, empty ones absent.
type Row = Vec<Option<String>>;

/// The rows whose numbers have the least hashes: a sample without replacement in one pass.
struct Drawn {
    most: usize,
    seen: u64,
    /// By hash, so that the greatest is at hand.
    kept: BTreeMap<u64, (u64, Row)>,
}

impl Drawn {
    fn new(most: usize) -> Self {
        Self { most, seen: 0, kept: BTreeMap::new() }
    }

    /// Counts a row, and keeps its cells if it is drawn.
    fn offer(&mut self, cells: impl FnOnce() -> Row) {
        let number = self.seen;
        self.seen += 1;
        // Two numbers never have the same hash: it is a permutation.
        let hash = mixed(number);
        if self.kept.len() == self.most {
            match self.kept.last_key_value() {
                Some((greatest, _)) if hash < *greatest => _ = self.kept.pop_last(),
                _ => return,
            }
        }
        self.kept.insert(hash, (number, cells()));
    }

    /// Returns the rows in the order of the table.
    fn rows(self) -> Vec<Row> {
        let mut rows: Vec<(u64, Row)> = self.kept.into_values().collect();
        rows.sort_unstable_by_key(|(number, _)| *number);
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

/// Columns of equally many rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sheet(pub(super) Vec<Column>);

impl Sheet {
    /// Draws `most` rows of a table, every row with the same chance and always the same ones, and
    /// keeps their order. Also returns how many rows the table has.
    pub(super) fn draw(tables: &Tables, most: usize) -> Result<(Self, u64), ReadError> {
        let mut table = tables.open()?;
        let names: Vec<String> = table.columns().iter().map(|field| field.name.clone()).collect();
        let mut drawn = Drawn::new(most);
        while let Some(batch) = table.next_batch()? {
            for row in 0..batch.rows {
                drawn.offer(|| {
                    let written = |cells| array_value_to_string(cells, row).unwrap_or_default();
                    let cell = |cells| Some(written(cells)).filter(|cell| !cell.is_empty());
                    batch.columns.iter().map(|cells| cell(cells)).collect()
                });
            }
        }
        let seen = drawn.seen;
        Ok((Self::of_rows(names, drawn.rows()), seen))
    }

    fn of_rows(names: Vec<String>, rows: Vec<Row>) -> Self {
        let empty = |name| Column { name, cells: Vec::with_capacity(rows.len()) };
        let mut columns: Vec<Column> = names.into_iter().map(empty).collect();
        for row in rows {
            for (column, cell) in columns.iter_mut().zip(row) {
                column.cells.push(cell);
            }
        }
        Self(columns)
    }

    pub(super) fn rows(&self) -> usize {
        self.0.first().map_or(0, |column| column.cells.len())
    }

    pub(super) fn columns(&self) -> usize {
        self.0.len()
    }

    pub(super) fn name(&self, at: usize) -> &str {
        &self.0[at].name
    }

    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|column| column.name == name)
    }

    /// Returns what kind of column it is, by its cells.
    pub(super) fn kind(&self, at: usize) -> ColumnKind {
        let mut kinds = Kinds::default();
        for cell in self.0[at].cells.iter().flatten() {
            if let Some(kind) = CellKind::of(Cell::of_text(cell)) {
                kinds.add(kind, || Place::Row(1), String::new);
            }
        }
        kinds.column()
    }

    /// Returns the finite numbers of a column.
    pub(super) fn numbers(&self, at: usize) -> Vec<f64> {
        let cells = self.0[at].cells.iter().flatten();
        cells.filter_map(|cell| Cell::of_text(cell).number()).collect()
    }

    /// Writes it as CSV.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(self.0.iter().map(|column| &column.name))?;
        for row in 0..self.rows() {
            let cells = self.0.iter().map(|column| column.cells[row].as_deref());
            out.write_record(cells.map(Option::unwrap_or_default))?;
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let column = |name: &str, cells: &[&str]| Column {
            name: name.to_owned(),
            cells: cells
                .iter()
                .map(|cell| Some((*cell).to_owned()).filter(|c| !c.is_empty()))
                .collect(),
        };
        let sheet = Sheet(vec![
            column("a,b", &["1", "", "x\"y"]),
            column("c", &["Köln", "two\nlines", ","]),
        ]);
        let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        sheet.write(&mut &file).unwrap();
        let tables = Tables::file(file.path());
        assert_eq!(Sheet::draw(&tables, 10).unwrap(), (sheet, 3));
        let (two, rows) = Sheet::draw(&tables, 2).unwrap();
        assert_eq!((two.rows(), rows), (2, 3));
    }

    #[test]
    fn rows_are_drawn_from_the_whole_table_in_its_order() {
        let mut drawn = Drawn::new(1000);
        for number in 0..100_000 {
            drawn.offer(|| vec![Some(number.to_string())]);
        }
        let number = |row: Row| row[0].as_ref().unwrap().parse::<u32>().unwrap();
        let numbers: Vec<u32> = drawn.rows().into_iter().map(number).collect();
        assert_eq!(numbers.len(), 1000);
        assert!(numbers.is_sorted());
        // Of 1,000 rows 100 are expected of each tenth, give or take four deviations of 9.5.
        for tenth in 0..10 {
            let there = numbers.iter().filter(|number| **number / 10_000 == tenth).count();
            assert!((62..=138).contains(&there), "{there} of tenth {tenth}");
        }
    }
}
