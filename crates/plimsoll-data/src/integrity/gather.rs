//! One pass over a file that feeds every check.

use std::collections::HashMap;
use std::io::{self, Write};

use plimsoll_core::Finding;

use super::cell::Cell;
use super::coded::{CodedSet, Writer, bits_for};
use super::column::Column;
use super::digest::{column as of_column, part, row as of_row, word};
use super::facts::{Facts, TimeKind};
use super::groups::{self, LABEL_BITS, NO_LABEL};
use super::options::{LookError, Options};
use super::reference::Reference;
use super::roles::Layout;
use super::row_words::RowWords;
use super::sample::Sample;
use super::values::Values;
use crate::anomaly::Hours;
use crate::table::{Batch, ReadError, Table};
use crate::tables::Tables;
use crate::unique::{Hashed, Sorter};
use crate::validate::broken;

/// How many values of all columns together are held, and the most and the fewest of one column.
const VALUES: usize = 2_000_000;
const MOST_VALUES: usize = 10_000;
const FEWEST_VALUES: usize = 100;

/// Words of a row beside the sums of its sets: the number of its label, and whether it lacks an
/// identifier.
const EXTRA: usize = 2;

/// What a pass is for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Purpose<'a> {
    /// The columns among which those are by which rows are remembered, where not all.
    pub(crate) compared_by: Option<&'a [String]>,
    /// What the rows are compared with.
    pub(crate) reference: Option<&'a Reference>,
    /// Whether the digests of the rows are wanted afterwards.
    pub(crate) wants_digests: bool,
}

/// Looks at `tables`: every cell once, in bounded memory.
pub(crate) fn gather(
    tables: &Tables,
    options: &Options,
    purpose: &Purpose<'_>,
) -> Result<Facts, LookError> {
    let unread = |finding: Finding| Facts { damage: vec![finding], ..Facts::default() };
    let table = match tables.open() {
        Ok(table) => table,
        Err(error) => return Ok(unread(broken(error)?)),
    };
    let names: Vec<&str> = table.columns().iter().map(|field| field.name.as_str()).collect();
    let layout = options.roles.layout(&names);
    let first = roles_first(&layout);
    let others: Vec<usize> = layout.kept.iter().copied().filter(|at| !first.contains(at)).collect();
    let passes = match table.passes(&first, &others) {
        Ok(passes) => passes,
        Err(error) => return Ok(unread(broken(error)?)),
    };
    let names: Vec<String> = layout.kept.iter().map(|at| names[*at].to_owned()).collect();
    let mut gathering = Gathering::new(&names, layout, options, purpose);
    let spilled = |source| LookError::Spill { folder: options.folder.clone(), source };
    let mut table = Some(table);
    let mut rows = None;
    for (at, pass) in passes.iter().enumerate() {
        let is_last = at + 1 == passes.len();
        gathering.words.begin(is_last).map_err(spilled)?;
        let mut table = match table.take() {
            Some(table) => table,
            None => tables.open()?,
        };
        let broken_off =
            gathering.pass(&mut table, pass, is_last).map_err(|error| match error {
                PassError::Spill(source) => spilled(source),
                PassError::Read(error) => LookError::Read(error),
            })?;
        if at == 0 {
            gathering.facts.damage.extend(table.damage());
        }
        gathering.facts.rows = table.rows();
        if let Some(broken_off) = broken_off {
            gathering.facts.damage.push(broken_off);
            break;
        }
        if rows.is_some_and(|rows| rows != gathering.facts.sound) {
            return Err(LookError::Changed { shown_as: options.shown_as.clone() });
        }
        rows = Some(gathering.facts.sound);
    }
    gathering.finish(purpose).map_err(spilled)
}

/// Returns the places in the file of the columns that mean something.
fn roles_first(layout: &Layout) -> Vec<usize> {
    let mut first: Vec<usize> = layout.index.at().into_iter().flatten().copied().collect();
    first.extend(layout.label.at());
    first.extend(layout.time.at());
    first.extend(layout.series.at().into_iter().flatten());
    first.sort_unstable();
    first.dedup();
    first.into_iter().map(|at| layout.kept[at]).collect()
}

enum PassError {
    Spill(io::Error),
    Read(ReadError),
}

/// Rows as digests of some of their columns.
struct DigestSet<'a> {
    /// For each column that is looked at, what stands for it where it counts.
    columns: Vec<Option<u64>>,
    sorter: Sorter<'a, Hashed>,
}

struct Gathering<'a> {
    facts: Facts,
    words: RowWords<'a>,
    sets: Vec<DigestSet<'a>>,
    kinds: Sets,
    labels: HashMap<u64, u64>,
    reference_end: Option<(TimeKind, f64)>,
}

/// Which of the sets is which; several may be one.
#[derive(Clone, Copy, Debug, Default)]
struct Sets {
    /// All columns but identifiers, by which rows repeat each other.
    own: usize,
    /// The label left out as well, by which rows contradict each other and are remembered.
    features: usize,
    /// Those by which the rows of the reference were remembered, if the file has them all.
    reference: Option<usize>,
    /// Identifiers.
    index: Option<usize>,
}

impl<'a> Gathering<'a> {
    fn new(names: &[String], layout: Layout, options: &'a Options, purpose: &Purpose<'_>) -> Self {
        let digest_of = |counts: &dyn Fn(usize) -> bool| -> Vec<Option<u64>> {
            let of = |at: usize| counts(at).then(|| of_column(&names[at]));
            (0..names.len()).map(of).collect()
        };
        let in_index = |at: usize| layout.index.at().is_some_and(|index| index.contains(&at));
        let is_compared = |at: usize| purpose.compared_by.is_none_or(|by| by.contains(&names[at]));
        let mut columns: Vec<Vec<Option<u64>>> = Vec::new();
        let mut place = |set: Vec<Option<u64>>| {
            columns.iter().position(|other| *other == set).unwrap_or_else(|| {
                columns.push(set);
                columns.len() - 1
            })
        };
        let own = place(digest_of(&|at| !in_index(at)));
        let features = place(digest_of(&|at| {
            !in_index(at) && layout.label.at() != Some(&at) && is_compared(at)
        }));
        let reference = purpose.reference.filter(|reference| {
            !reference.columns.is_empty()
                && reference.columns.iter().all(|name| names.contains(name))
        });
        let reference = reference
            .map(|reference| place(digest_of(&|at| reference.columns.contains(&names[at]))));
        let index = layout.index.at().map(|_| place(digest_of(&in_index)));
        let kinds = Sets { own, features, reference, index };
        let memory = options.memory / columns.len();
        let sets: Vec<_> = columns
            .into_iter()
            .map(|columns| DigestSet { columns, sorter: Sorter::new(memory, &options.folder) })
            .collect();
        let most = (VALUES / names.len().max(1)).clamp(FEWEST_VALUES, MOST_VALUES);
        let facts = Facts {
            columns: names.iter().map(|name| Column::new(name, most)).collect(),
            sample: Sample::new(names.len()),
            series: vec![Hours::default(); layout.series.at().map_or(0, Vec::len)],
            layout,
            ..Facts::default()
        };
        let words = RowWords::new(sets.len() + EXTRA, &options.folder);
        let time = purpose.reference.and_then(|reference| reference.time.as_ref());
        let reference_end = time.map(|time| (time.kind, time.max));
        Self { facts, words, sets, kinds, labels: HashMap::new(), reference_end }
    }

    fn pass(
        &mut self,
        table: &mut Table,
        pass: &[usize],
        is_last: bool,
    ) -> Result<Option<Finding>, PassError> {
        table.project(pass);
        let places: Vec<usize> =
            pass.iter().filter_map(|at| self.facts.layout.kept.binary_search(at).ok()).collect();
        let mut sample = Sample::new(self.facts.columns.len());
        let mut sound = 0;
        loop {
            let batch = match table.next_batch() {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(error) => return broken(error).map(Some).map_err(PassError::Read),
            };
            sound += batch.rows as u64;
            self.batch(&batch, &places, &mut sample, is_last).map_err(PassError::Spill)?;
        }
        self.facts.sound = sound;
        self.facts.sample.take_over(sample, &places);
        Ok(None)
    }

    fn batch(
        &mut self,
        batch: &Batch,
        places: &[usize],
        sample: &mut Sample,
        is_last: bool,
    ) -> io::Result<()> {
        let width = self.sets.len() + EXTRA;
        let mut sums = self.words.take(batch.rows)?;
        let drawn = sample.draw(batch.first, batch.rows);
        let mut words = Vec::with_capacity(batch.rows);
        let missing = word(Cell::Missing);
        let mut over_time: Vec<(usize, Values)> = Vec::new();
        for (&at, cells) in places.iter().zip(&batch.columns) {
            let values = Values::of(cells);
            self.facts.columns[at].take(batch, &values, &mut words);
            sample.fill(at, &drawn, &values);
            for (set, digests) in self.sets.iter().enumerate() {
                let Some(column) = digests.columns[at] else { continue };
                for (sums, word) in sums.chunks_exact_mut(width).zip(&words) {
                    sums[set] = sums[set].wrapping_add(part(column, *word));
                }
            }
            let layout = &self.facts.layout;
            let in_series = layout.series.at().is_some_and(|series| series.contains(&at));
            let (is_label, is_time) =
                (layout.label.at() == Some(&at), layout.time.at() == Some(&at));
            let is_index = layout.index.at().is_some_and(|index| index.contains(&at));
            for (sums, word) in sums.chunks_exact_mut(width).zip(&words) {
                if is_label {
                    sums[width - 1] = if *word == missing { NO_LABEL } else { self.label(*word) };
                } else if is_index && *word == missing {
                    sums[width - 2] = 1;
                }
            }
            if is_time {
                for row in 0..batch.rows {
                    self.facts.time.add(values.cell(row), || batch.place(row), self.reference_end);
                }
            }
            if is_time || in_series {
                over_time.push((at, values));
            }
        }
        self.series(batch, &over_time);
        self.words.keep(&sums)?;
        if is_last {
            self.push(batch, &sums)?;
        }
        Ok(())
    }

    /// Takes in the points of series, whose columns are read together with the time.
    fn series(&mut self, batch: &Batch, over_time: &[(usize, Values)]) {
        let layout = &self.facts.layout;
        let (Some(series), Some(time)) = (layout.series.at(), layout.time.at()) else { return };
        let find =
            |at: usize| over_time.iter().find(|(other, _)| *other == at).map(|(_, values)| values);
        let Some(times) = find(*time) else { return };
        for (hours, at) in self.facts.series.iter_mut().zip(series) {
            let Some(values) = find(*at) else { continue };
            for row in 0..batch.rows {
                if let (Cell::Moment(micros, _), Some(value)) =
                    (times.cell(row), values.cell(row).number())
                {
                    hours.add(micros, value, || batch.place(row));
                }
            }
        }
    }

    /// Takes in the digests of a batch whose columns are all read.
    fn push(&mut self, batch: &Batch, sums: &[u64]) -> io::Result<()> {
        let width = self.sets.len() + EXTRA;
        let has_label = self.facts.layout.label.at().is_some();
        let mut rows = vec![Vec::with_capacity(batch.rows); self.sets.len()];
        for (index, sums) in sums.chunks_exact(width).enumerate() {
            let spot = self.facts.spots.spot(&batch.place(index)).bits();
            // Without a label nothing is contradicted.
            let label = if has_label { sums[width - 1] } else { NO_LABEL };
            let lacks_index = sums[width - 2] != 0;
            for (at, rows) in rows.iter_mut().enumerate() {
                if self.kinds.index != Some(at) || !lacks_index {
                    let row = spot << LABEL_BITS | label;
                    rows.push(Hashed { hash: of_row(sums[at]), row });
                }
            }
        }
        self.sets.iter_mut().zip(&rows).try_for_each(|(set, rows)| set.sorter.extend(rows))
    }

    fn label(&mut self, word: u64) -> u64 {
        let next = self.labels.len() as u64;
        if next >= NO_LABEL {
            return self.labels.get(&word).copied().unwrap_or(NO_LABEL);
        }
        *self.labels.entry(word).or_insert(next)
    }

    fn finish(mut self, purpose: &Purpose<'_>) -> io::Result<Facts> {
        let bits = bits_for(self.facts.sound);
        let folder = self.words.folder();
        let kinds = self.kinds;
        for (at, set) in self.sets.into_iter().enumerate() {
            let (is_features, is_index) = (at == kinds.features, kinds.index == Some(at));
            let of_index = || purpose.reference?.index.as_ref().map(|index| &index.set);
            let other = if kinds.reference == Some(at) {
                purpose.reference.map(|reference| &reference.rows_set)
            } else if is_index {
                of_index()
            } else {
                None
            };
            let mut out = if purpose.wants_digests && (is_features || is_index) {
                Some(Writer::new(io::BufWriter::new(tempfile::tempfile_in(folder)?), bits))
            } else {
                None
            };
            let walked = groups::walk(set.sorter, other, out.as_mut())?;
            let coded = out.map(|out| coded(out, bits)).transpose()?;
            if is_index {
                (self.facts.index_shared, self.facts.index_digests) = (walked.shared, coded);
                continue;
            }
            if kinds.reference == Some(at) {
                self.facts.rows_shared = walked.shared;
            }
            if at == kinds.own {
                self.facts.repeats = walked.repeats.clone();
            }
            if is_features {
                self.facts.row_digests = coded;
                self.facts.twins = walked.repeats.twins;
                let has_label = self.facts.layout.label.at().is_some();
                self.facts.conflicts = has_label.then_some(walked.conflicts);
            }
        }
        Ok(self.facts)
    }
}

fn coded(out: Writer<io::BufWriter<std::fs::File>>, bits: u32) -> io::Result<CodedSet> {
    let (mut out, count, bytes) = out.finish()?;
    out.flush()?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(CodedSet { file, at: 0, bytes, count, bits })
}
