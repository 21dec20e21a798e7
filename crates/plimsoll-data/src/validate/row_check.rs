//! What must be true of each row.

use arrow::array::{ArrayRef, new_null_array};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, TimeUnit};
use plimsoll_core::{Finding, Severity};

use super::found::Found;
use super::layout::Matched;
use crate::code;
use crate::example::{Tally, grouped, shown};
use crate::expression::{Expression, Rows, Truth};
use crate::schema::{ColumnType, RowCheck, TableSchema};
use crate::table::Batch;
use crate::typed::Typed;

/// A check, and where its columns are among those that are read.
pub(super) struct CheckPlan<'a> {
    check: &'a RowCheck,
    expression: Vec<Column<'a>>,
    when: Vec<Column<'a>>,
    /// What time it is, where that is known.
    now: Option<i64>,
    examples: usize,
}

/// A column of an expression.
struct Column<'a> {
    name: &'a str,
    /// Its place; one that may be absent and is has none.
    at: Option<usize>,
    of: ColumnType,
}

impl<'a> CheckPlan<'a> {
    pub(super) fn new(
        check: &'a RowCheck,
        matched: &[Matched<'_>],
        schema: &TableSchema,
        now: Option<i64>,
        examples: usize,
    ) -> Self {
        let column = |name: &'a String| Column {
            name,
            at: matched.iter().position(|column| column.name == name),
            of: schema
                .columns
                .get(name)
                .map_or(ColumnType::String, |rule| rule.domain.column_type()),
        };
        let expression = check.expression.columns().iter().map(column).collect();
        let when = check.when.iter().flat_map(Expression::columns).map(column).collect();
        Self { check, expression, when, now, examples }
    }

    /// Returns the places of its columns.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.expression.iter().chain(&self.when).filter_map(|column| column.at)
    }

    fn judge(
        &self,
        expression: &Expression,
        columns: &[Column<'_>],
        batch: &Batch,
        values: &[Typed],
    ) -> Truth {
        let cells: Vec<ArrayRef> = columns
            .iter()
            .map(|column| match column.at {
                Some(at) => values[at].values.clone(),
                None => new_null_array(&stored(column.of), batch.rows),
            })
            .collect();
        expression.judge(&Rows { columns: &cells, count: batch.rows, now: self.now })
    }

    /// Returns the cells of a row that the check looks at.
    fn cells(&self, batch: &Batch, row: usize) -> String {
        let cell = |column: &Column<'_>| {
            let cells = column.at.map(|at| &batch.columns[at]);
            let value = match cells {
                Some(cells) if !cells.logical_nulls().is_some_and(|nulls| nulls.is_null(row)) => {
                    shown(&super::column::text(cells, row))
                }
                _ => "empty".to_owned(),
            };
            format!("{} {value}", shown(column.name))
        };
        let cells: Vec<String> = self.expression.iter().map(cell).collect();
        cells.join(", ")
    }
}

/// Returns what cells of a type are read as.
fn stored(column_type: ColumnType) -> DataType {
    match column_type {
        ColumnType::Integer => DataType::Int64,
        ColumnType::Number => DataType::Float64,
        ColumnType::String => DataType::Utf8,
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
    }
}

/// What a check saw so far.
pub(super) struct CheckState {
    broken: Tally,
    failed: Tally,
    judged: u64,
    unknown: u64,
}

impl CheckState {
    pub(super) fn new(plan: &CheckPlan<'_>) -> Self {
        let tally = || Tally::showing(plan.examples);
        Self { broken: tally(), failed: tally(), judged: 0, unknown: 0 }
    }

    /// Judges the rows of a batch.
    pub(super) fn take(&mut self, plan: &CheckPlan<'_>, batch: &Batch, values: &[Typed]) {
        let truth = plan.judge(&plan.check.expression, &plan.expression, batch, values);
        let when = plan.check.when.as_ref();
        let when = when.map(|when| plan.judge(when, &plan.when, batch, values));
        let (mut right, mut wrong) = (truth.is(true), truth.is(false));
        let mut held = BooleanBuffer::new_set(batch.rows);
        if let Some(when) = &when {
            held = when.is(true);
            (right, wrong) = (&right & &held, &wrong & &held);
            for (row, failure) in &when.failures {
                self.failed.add(batch.place(*row), || format!("{failure} in `when`"));
            }
        }
        let failures = truth.failures.iter().filter(|(row, _)| held.value(**row));
        let mut failed = 0;
        for (row, failure) in failures {
            failed += 1;
            self.failed.add(batch.place(*row), || failure.to_string());
        }
        let (rights, wrongs) = (right.count_set_bits() as u64, wrong.count_set_bits() as u64);
        self.judged += rights + wrongs;
        self.unknown += held.count_set_bits() as u64 - rights - wrongs - failed;
        for row in wrong.set_indices() {
            self.broken.add(batch.place(row), || plan.cells(batch, row));
        }
    }

    /// Takes in what was seen in rows behind these.
    pub(super) fn absorb(&mut self, other: Self) {
        self.broken.absorb(other.broken, None);
        self.failed.absorb(other.failed, None);
        self.judged += other.judged;
        self.unknown += other.unknown;
    }

    /// Returns what is to be said of `rows` rows.
    pub(super) fn findings(&self, plan: &CheckPlan<'_>, rows: u64) -> Vec<Found> {
        let RowCheck { name, weight, expression, .. } = plan.check;
        let subject = || Some(name.clone());
        let label = shown(name);
        let mut findings = Vec::new();
        if self.failed.count().is_some() {
            let (of, examples) = (self.failed.of(rows), self.failed.examples());
            let message = format!("check `{label}` cannot be evaluated in {of}{examples}");
            let finding = Finding::new(code::NOT_EVALUATED, Severity::Error, message);
            let finding = Finding { subject: subject(), ..finding };
            findings.push(Found::of_rows(finding, &self.failed, rows));
        }
        if let Some(count) = self.broken.count()
            && !weight.allow.covers(count.get(), self.judged)
        {
            let source =
                shown(&expression.source().split_whitespace().collect::<Vec<_>>().join(" "));
            let (of, examples) = (self.broken.of(self.judged), self.broken.examples());
            let unjudged = match self.unknown {
                0 => String::new(),
                unknown => format!(" ({} more with empty cells)", grouped(unknown)),
            };
            let allowed = weight.allow.said();
            let message =
                format!("check `{label}` ({source}) is false in {of}{unjudged}{allowed}{examples}");
            let finding = Finding::new(code::CHECK, weight.severity, message);
            let finding = Finding { subject: subject(), ..finding };
            findings.push(Found::of_rows(finding, &self.broken, self.judged));
        }
        if self.judged == 0 && self.failed.count().is_none() && rows > 0 {
            let why = match (self.unknown, &plan.check.when) {
                (0, Some(_)) => "`when` is true of none",
                (0, None) => "there are none",
                (_, _) => "cells that it looks at are empty in all",
            };
            let message = format!("check `{label}` judged none of {} rows: {why}", grouped(rows));
            let finding = Finding::new(code::CHECK_IDLE, Severity::Info, message);
            findings.push(Found::new(Finding { subject: subject(), ..finding }));
        }
        findings
    }
}
