//! Rules that look at a row: expressions of CEL, the Common Expression Language.
//!
//! An expression is checked against the columns of its schema when it is read, so a name that is
//! none, or two types that do not go together, is a mistake with a place and not a surprise in
//! row 3,000,000. It is then judged column by column: what is common (comparisons, arithmetic,
//! `&&`, `||`, `!`, `?:`, `in`, tests for empty cells, tests of text, parts of timestamps) as loops
//! over Arrow arrays, the rest row by row by the interpreter of the `cel` crate.
//!
//! # Empty cells
//! An empty cell is unknown, as `NULL` is in SQL (ISO/IEC 9075-2, 8.21): whatever is computed from
//! it is unknown, `&&` and `||` are true or false where the known side decides (Kleene 1938), and
//! `x == null` tells whether the cell is empty. A row whose answer is unknown is not judged: as
//! with a `CHECK` of SQL, only `false` breaks the rule.
//!
//! # What cannot be computed
//! An overflow, a division of an integer by nought, a comparison with NaN: the row has no answer,
//! which is an error and never a pass, unless the other side of a `&&` or `||` decides, as the
//! specification of CEL has it.

mod bools;
mod cost;
mod functions;
mod infer;
mod interpret;
mod lower;
mod nodes;
mod numbers;
mod parse;
mod scope;
mod types;
mod vector;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;

use self::cost::Bounds;
use self::nodes::Bools;
use crate::schema::ColumnType;

pub(crate) use self::vector::Truth;

/// What is wrong with an expression, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// The characters that are meant.
    pub(crate) at: Range<usize>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) help: Option<String>,
}

/// A checked expression that is true or false of a row.
#[derive(Clone)]
pub struct Expression {
    source: String,
    columns: Vec<String>,
    asks_for_the_present: bool,
    root: Arc<Bools>,
    /// Of the texts that are made of others on the way.
    made: Vec<Bounds>,
}

/// How many bytes of texts that were made of others are held at once.
const MOST_MADE: usize = 64 << 20;

impl Expression {
    /// Checks each of `sources` against columns with their types.
    ///
    /// They are read together, on a thread whose stack bears the deepest of them.
    pub(crate) fn compile(
        sources: &[&str],
        types: &BTreeMap<&str, ColumnType>,
    ) -> Vec<Result<Self, Vec<Complaint>>> {
        parse::on_a_deep_stack(sources, |source| {
            let parsed = parse::parse(source).map_err(|complaint| vec![complaint])?;
            let columns = scope::Columns::new(types);
            let mut checked = infer::Inference::new(&parsed, &columns);
            checked.must_be_true_or_false();
            let complaints = checked.complaints;
            if !complaints.is_empty() {
                return Err(complaints);
            }
            // Before it is lowered: that takes as long as the expression would.
            cost::check(&parsed, &columns).map_err(|one| vec![one])?;
            let lowered = lower::lower(&parsed, &columns).map_err(|one| vec![one])?;
            Ok(Self {
                source: source.to_owned(),
                columns: lowered.columns,
                asks_for_the_present: lowered.asks_for_the_present,
                root: Arc::new(lowered.root),
                made: lowered.made,
            })
        })
    }

    /// Returns the text that it was written as.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Tells whether the answer depends on what time it is.
    pub fn asks_for_the_present(&self) -> bool {
        self.asks_for_the_present
    }

    /// Returns the columns that it looks at.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Judges every row of some cells.
    pub(crate) fn judge(&self, rows: &Rows<'_>) -> Truth {
        let at_once = self.rows_at_once(rows);
        if rows.count <= at_once {
            return self.root.of(rows);
        }
        let parts = (0..rows.count).step_by(at_once).map(|from| {
            let count = at_once.min(rows.count - from);
            let columns: Vec<ArrayRef> =
                rows.columns.iter().map(|column| column.slice(from, count)).collect();
            self.root.of(&Rows { columns: &columns, count, now: rows.now })
        });
        Truth::of_parts(parts)
    }

    /// Returns how many rows can be judged together without too many bytes of texts.
    fn rows_at_once(&self, rows: &Rows<'_>) -> usize {
        if self.made.is_empty() {
            return rows.count;
        }
        let texts = rows.columns.iter().filter(|column| *column.data_type() == DataType::Utf8);
        let longest = texts.flat_map(|column| {
            let ends = column.as_string::<i32>().offsets();
            ends.lengths()
        });
        let longest = longest.max().unwrap_or(0);
        let of_row = |made: &Bounds| made.largest(longest.min(made.longest));
        let bytes: usize = self.made.iter().map(of_row).sum();
        (MOST_MADE / bytes.max(1)).max(1)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.columns == other.columns
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}

/// Rows to judge: the cells of [`Expression::columns`], in that order, typed.
pub(crate) struct Rows<'a> {
    /// Int64, Float64, Utf8, Boolean, Date32 or microseconds.
    pub(crate) columns: &'a [ArrayRef],
    /// How many rows.
    pub(crate) count: usize,
    /// The present, in microseconds since 1970-01-01 UTC, where it was given.
    pub(crate) now: Option<i64>,
}

#[cfg(test)]
mod tests;
