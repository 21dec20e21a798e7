//! One pass over the rows, with as many columns as can be held.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use arrow::array::AsArray;
use plimsoll_core::Finding;

use super::column::{ColumnCheck, ColumnPlan};
use super::found::Found;
use super::key::Key;
use super::layout::Matched;
use super::reference::{ReferencePlan, ReferenceState};
use super::row_check::{CheckPlan, CheckState};
use super::{Options, ValidateError, broken};
use crate::table::{Strings, Table};
use crate::typed::Typed;
use crate::unique::Keys;

/// How many parts of a table are read at the same time at most; each takes its memory.
const MOST_THREADS: usize = 4;

/// What one pass looks at.
pub(super) struct Pass<'a> {
    pub(super) columns: Vec<Matched<'a>>,
    plans: Vec<ColumnPlan<'a>>,
    /// Columns that rules of several columns look at.
    shared: Vec<bool>,
    pub(super) keys: Vec<Key<'a>>,
    pub(super) checks: Vec<CheckPlan<'a>>,
    pub(super) references: Vec<ReferencePlan<'a>>,
}

/// What one pass over some columns saw.
pub(super) struct Seen {
    /// How many sound rows there are.
    pub(super) sound: u64,
    /// How many rows there are, damaged ones included.
    pub(super) rows: u64,
    columns: Vec<ColumnCheck>,
    pub(super) checks: Vec<CheckState>,
    pub(super) references: Vec<ReferenceState>,
    /// What is wrong with the rows, whatever they hold.
    pub(super) damage: Vec<Finding>,
    /// Whether rows were left out.
    pub(super) is_partial: bool,
    /// Why the pass did not come to the end.
    pub(super) broken_off: Option<Finding>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(columns: Vec<Matched<'a>>, now: Option<i64>, options: &Options) -> Self {
        let plan =
            |column: &Matched<'a>| ColumnPlan::new(column.name, column.rule, now, options.examples);
        let (keys, checks, references) = (Vec::new(), Vec::new(), Vec::new());
        let plans = columns.iter().map(plan).collect();
        let shared = vec![false; columns.len()];
        Self { columns, plans, shared, keys, checks, references }
    }

    /// Reads the columns of `table`, which stands at its beginning.
    pub(super) fn over(
        mut self,
        mut table: Table,
        options: &Options,
    ) -> Result<(Self, Seen), ValidateError> {
        for key in &self.keys {
            key.at.iter().for_each(|&at| self.shared[at] = true);
        }
        for check in &self.checks {
            check.places().for_each(|at| self.shared[at] = true);
        }
        for reference in &self.references {
            reference.at.iter().for_each(|&at| self.shared[at] = true);
        }
        let wanted: Vec<usize> = self.columns.iter().map(|column| column.place).collect();
        let seen = if table.format().is_text() {
            table.project(&wanted);
            self.part(table, options)?
        } else {
            self.parts(table.into_parts(&wanted, Strings::Dictionaries), options)?
        };
        Ok((self, seen))
    }

    /// Reads parts at the same time and brings together what they saw, in order.
    fn parts(
        &self,
        parts: Result<Vec<Table>, crate::table::ReadError>,
        options: &Options,
    ) -> Result<Seen, ValidateError> {
        let parts = match parts {
            Ok(parts) => parts,
            Err(error) => {
                return Ok(Seen { broken_off: Some(broken(error)?), ..self.nothing() });
            }
        };
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let threads = threads.min(MOST_THREADS).min(parts.len());
        let next = AtomicUsize::new(0);
        let parts: Vec<Mutex<Option<Table>>> =
            parts.into_iter().map(|part| Mutex::new(Some(part))).collect();
        let seen: Vec<Mutex<Option<Result<Seen, ValidateError>>>> =
            parts.iter().map(|_| Mutex::new(None)).collect();
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(part) = parts.get(at) else { break };
                let table = part.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(table) = table {
                    let answer = self.part(table, options);
                    *seen[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
                }
            }
        };
        thread::scope(|scope| {
            for _ in 1..threads {
                // Where no thread is to be had, this one does all.
                _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        let mut whole: Option<Seen> = None;
        for part in seen {
            let Some(part) = part.into_inner().unwrap_or_else(PoisonError::into_inner) else {
                continue;
            };
            let part = part?;
            match &mut whole {
                None => whole = Some(part),
                Some(whole) => whole.absorb(part),
            }
            if whole.as_ref().is_some_and(|whole| whole.broken_off.is_some()) {
                break;
            }
        }
        Ok(whole.unwrap_or_else(|| self.nothing()))
    }

    fn nothing(&self) -> Seen {
        Seen {
            sound: 0,
            rows: 0,
            columns: self.plans.iter().map(ColumnCheck::new).collect(),
            checks: self.checks.iter().map(CheckState::new).collect(),
            references: self.references.iter().map(ReferenceState::new).collect(),
            damage: Vec::new(),
            is_partial: false,
            broken_off: None,
        }
    }

    /// Reads a part of the table to its end.
    fn part(&self, mut table: Table, options: &Options) -> Result<Seen, ValidateError> {
        let spill = |source| ValidateError::Spill { folder: options.folder.clone(), source };
        let mut seen = self.nothing();
        let mut hashes = Vec::new();
        loop {
            let batch = match table.next_batch() {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(error) => {
                    seen.broken_off = Some(broken(error)?);
                    break;
                }
            };
            seen.sound += batch.rows as u64;
            let values: Vec<Typed> = (batch.columns.iter().enumerate())
                .map(|(at, cells)| {
                    let is_coded = cells.as_any_dictionary_opt().is_some();
                    if is_coded && self.plans[at].takes_codes() && !self.shared[at] {
                        // Codes of texts are looked at as they are.
                        Typed { values: cells.clone(), wrong: Vec::new() }
                    } else {
                        batch.typed(at, self.columns[at].rule.domain.column_type())
                    }
                })
                .collect();
            for (at, (check, plan)) in seen.columns.iter_mut().zip(&self.plans).enumerate() {
                check.take(plan, &batch, at, &values[at]);
            }
            let of =
                |at: &[usize]| Keys::new(at.iter().map(|&at| (&batch.columns[at], &values[at])));
            for key in &self.keys {
                key.take(&of(&key.at), batch.rows, &mut hashes).map_err(spill)?;
            }
            for (state, plan) in seen.checks.iter_mut().zip(&self.checks) {
                state.take(plan, &batch, &values);
            }
            for (state, plan) in seen.references.iter_mut().zip(&self.references) {
                state.take(plan, &of(&plan.at), &batch);
            }
        }
        seen.rows = table.rows();
        seen.damage = table.damage();
        seen.is_partial = table.broke_off();
        Ok(seen)
    }
}

impl Seen {
    fn absorb(&mut self, other: Self) {
        self.sound += other.sound;
        self.rows += other.rows;
        self.columns.iter_mut().zip(other.columns).for_each(|(one, other)| one.absorb(other));
        self.checks.iter_mut().zip(other.checks).for_each(|(one, other)| one.absorb(other));
        let references = self.references.iter_mut().zip(other.references);
        references.for_each(|(one, other)| one.absorb(other));
        self.damage.extend(other.damage);
        self.is_partial |= other.is_partial;
        self.broken_off = self.broken_off.take().or(other.broken_off);
    }

    /// Returns what is wrong in columns, with the place of each.
    pub(super) fn of_columns(&self, pass: &Pass<'_>) -> Vec<(usize, Found)> {
        let mut findings = Vec::new();
        for ((check, plan), column) in self.columns.iter().zip(&pass.plans).zip(&pass.columns) {
            let mut of_column = check.findings(plan, self.sound);
            if self.broken_off.is_none() {
                of_column.extend(check.age(plan));
            }
            findings.extend(of_column.into_iter().map(|found| (column.place, found)));
        }
        findings
    }
}
