//! Tables for people.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use super::style::{Paint, paint};

/// A cell: its text and what its colour means.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    paint: Option<Paint>,
}

impl Cell {
    /// Makes a cell in colour.
    pub(crate) fn painted(paint: Paint, text: impl fmt::Display) -> Self {
        Self { text: text.to_string(), paint: Some(paint) }
    }
}

impl<T: fmt::Display> From<T> for Cell {
    fn from(text: T) -> Self {
        // A line break in a cell would tear the table apart.
        let text = text.to_string().replace(['\n', '\r', '\t'], " ");
        Self { text, paint: None }
    }
}

/// Rows under a heading, aligned, without lines; colours do not count as width.
#[derive(Debug)]
pub(crate) struct Table {
    right: Vec<bool>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Makes a table with these column names; those that begin with `>` are aligned to the right.
    pub(crate) fn new(columns: &[&str]) -> Self {
        let right = columns.iter().map(|name| name.starts_with('>')).collect();
        let names = columns.iter().map(|name| name.trim_start_matches('>'));
        let heading = names.map(|name| Cell::painted(Paint::Faint, name)).collect();
        Self { right, rows: vec![heading] }
    }

    /// Adds a row.
    pub(crate) fn row<I: IntoIterator<Item = Cell>>(&mut self, cells: I) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Tells whether there is nothing under the heading.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.text.width()).max().unwrap_or(0)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<usize> = (0..self.right.len()).map(|column| self.width(column)).collect();
        for row in &self.rows {
            f.write_str("  ")?;
            let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
            for (column, cell) in row.iter().enumerate().take(last + 1) {
                let wanted = widths.get(column).copied().unwrap_or(0);
                let room = " ".repeat(wanted.saturating_sub(cell.text.width()));
                let is_right = self.right.get(column).copied().unwrap_or(false);
                if is_right {
                    f.write_str(&room)?;
                }
                match cell.paint {
                    Some(colour) => write!(f, "{}", paint(colour, &cell.text))?,
                    None => f.write_str(&cell.text)?,
                }
                if column < last {
                    write!(f, "{}  ", if is_right { "" } else { &room })?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_colours_and_scripts() {
        let mut table = Table::new(&["name", ">value", "note"]);
        table.row(["größe".into(), 1.5.into(), "".into()]);
        table.row([Cell::painted(Paint::Bad, "x"), 22.into(), "a\nb".into()]);
        let plain = anstream::adapter::strip_str(&table.to_string()).to_string();
        assert_eq!(plain, "  name   value  note\n  größe    1.5\n  x         22  a b\n");
    }
}
