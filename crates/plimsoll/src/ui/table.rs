//! Tables for people.

use std::borrow::Cow;
use std::cell::Cell as Slot;
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

    /// Returns its text in lines of at most `width`.
    fn lines(&self, width: usize) -> Vec<Cow<'_, str>> {
        if self.text.width() <= width {
            return vec![Cow::Borrowed(&self.text)];
        }
        // A digest or a name is not broken at its hyphens.
        textwrap::wrap(
            &self.text,
            textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation),
        )
    }
}

impl<T: fmt::Display> From<T> for Cell {
    fn from(text: T) -> Self {
        // A line break in a cell would tear the table apart.
        let text = text.to_string().replace(['\n', '\r', '\t'], " ");
        Self { text, paint: None }
    }
}

/// The longest word that stays whole where there is too little room.
const LONGEST_WORD: usize = 24;

thread_local! {
    /// How wide the terminal is that is written to; `None` where it is a file or a pipe.
    static ROOM: Slot<Option<usize>> = const { Slot::new(None) };
}

/// Has tables that `write` writes fit into `room`, the width of a terminal.
pub(super) fn within<T>(room: Option<usize>, write: impl FnOnce() -> T) -> T {
    ROOM.set(room);
    let written = write();
    ROOM.set(None);
    written
}

/// Rows under a heading, aligned, without lines; colours do not count as width. In a terminal that is too
/// narrow the widest columns of text are broken into several lines.
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
        let widths = self.widths(ROOM.get());
        for row in &self.rows {
            let cells = row.iter().zip(&widths).map(|(cell, width)| cell.lines(*width));
            let cells: Vec<Vec<Cow<'_, str>>> = cells.collect();
            for line in 0..cells.iter().map(Vec::len).max().unwrap_or(1) {
                self.line(f, row, &cells, &widths, line)?;
            }
        }
        Ok(())
    }
}

impl Table {
    /// Returns how wide each column is: as wide as its widest cell, or less where the room does not suffice.
    fn widths(&self, room: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> =
            (0..self.right.len()).map(|column| self.width(column)).collect();
        let Some(room) = room else { return widths };
        let least: Vec<usize> = (0..widths.len()).map(|column| self.least(column)).collect();
        // Each column has two blanks before it.
        while widths.iter().map(|width| width + 2).sum::<usize>() > room {
            let widest = widths.iter_mut().zip(&least).filter(|(width, least)| **width > **least);
            match widest.map(|(width, _)| width).max() {
                Some(width) => *width -= 1,
                // What is left over is the terminal's to break.
                None => break,
            }
        }
        widths
    }

    /// Returns how narrow a column may become: cells of numbers stay whole, and so do words.
    fn least(&self, column: usize) -> usize {
        if self.right.get(column).copied().unwrap_or(false) {
            return self.width(column);
        }
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let words = cells.flat_map(|cell| cell.text.split(' ')).map(UnicodeWidthStr::width);
        words.max().unwrap_or(0).min(LONGEST_WORD)
    }

    fn line(
        &self,
        f: &mut fmt::Formatter<'_>,
        row: &[Cell],
        cells: &[Vec<Cow<'_, str>>],
        widths: &[usize],
        line: usize,
    ) -> fmt::Result {
        let piece = |column: usize| {
            cells.get(column).and_then(|lines| lines.get(line)).map_or("", |piece| &**piece)
        };
        f.write_str("  ")?;
        let last = (0..row.len()).rfind(|column| !piece(*column).is_empty()).unwrap_or(0);
        for (column, cell) in row.iter().enumerate().take(last + 1) {
            let text = piece(column);
            let wanted = widths.get(column).copied().unwrap_or(0);
            let room = " ".repeat(wanted.saturating_sub(text.width()));
            let is_right = self.right.get(column).copied().unwrap_or(false);
            if is_right {
                f.write_str(&room)?;
            }
            match cell.paint {
                Some(colour) if !text.is_empty() => write!(f, "{}", paint(colour, text))?,
                _ => f.write_str(text)?,
            }
            if column < last {
                write!(f, "{}  ", if is_right { "" } else { &room })?;
            }
        }
        writeln!(f)
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

    #[test]
    fn a_terminal_that_is_too_narrow_breaks_the_widest_texts() {
        let mut table = Table::new(&["name", ">value", "why", "who"]);
        let why = "something happened that nobody expected, in /a/path/without/blanks";
        table.row(["bikes".into(), 1.5.into(), why.into(), "ada".into()]);
        table.row(["cars".into(), 22.into(), Cell::painted(Paint::Bad, "nothing"), "ben".into()]);
        let shown = |room| {
            let text = within(room, || table.to_string());
            anstream::adapter::strip_str(&text).to_string()
        };
        assert_eq!(shown(None).lines().count(), 3);
        assert_eq!(shown(None), shown(Some(200)));
        insta::assert_snapshot!(shown(Some(44)), @"
        name   value  why                      who
        bikes    1.5  something happened that  ada
                      nobody expected, in
                      /a/path/without/blanks
        cars      22  nothing                  ben
        ");
        // Narrower than it can be: the terminal breaks what is left.
        assert!(shown(Some(5)).lines().all(|line| line.len() < 50), "{}", shown(Some(5)));
    }
}
