//! What is learnt from some rows that follow each other.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::build::ProfileError;
use super::column::{Column, seed};
use super::pairs::Pairs;
use super::pass::Learn;
use super::sample::Sample;
use super::take::{Aligned, Scratch, Taking};
use crate::sketch::digests::Digests;
use crate::sketch::hash::mixed;
use crate::table::Batch;

/// Rows that follow each other: what is known of them.
pub(super) struct Part {
    /// Which piece of the table they are.
    piece: u64,
    pub(super) rows: u64,
    columns: Vec<Taking>,
    /// An odd number for each column, by its name: the digest of a row is a sum over its columns,
    /// whatever their order.
    weights: Vec<u64>,
    pub(super) digests: Digests,
    /// Unless there are too many columns.
    pub(super) pairs: Option<Pairs>,
    pub(super) sample: Sample,
    aligned: Vec<Aligned>,
    scratch: Scratch,
    sums: Vec<u64>,
}

/// What earlier rows have reached already, so that later ones need not begin from nothing. It makes
/// work shorter and changes nothing.
pub(super) struct Reached {
    level: AtomicU32,
    limit: AtomicU64,
}

impl Default for Reached {
    fn default() -> Self {
        Self { level: AtomicU32::new(0), limit: AtomicU64::new(u64::MAX) }
    }
}

impl Reached {
    /// Notes what `all` rows so far have reached.
    pub(super) fn note(&self, all: &Part) {
        self.level.store(all.digests.level(), Ordering::Relaxed);
        self.limit.store(all.sample.limit(), Ordering::Relaxed);
    }
}

impl Part {
    /// Begins with empty `columns` of a table that has `all`.
    pub(super) fn new(columns: &[Column], all: usize, reached: &Reached, piece: u64) -> Self {
        Self {
            piece,
            rows: 0,
            columns: columns.iter().cloned().map(Taking::new).collect(),
            weights: columns.iter().map(|column| seed(column.name()) | 1).collect(),
            digests: Digests::at_level(reached.level.load(Ordering::Relaxed)),
            pairs: Pairs::of(columns.len()),
            sample: Sample::new(columns.len(), all, reached.limit.load(Ordering::Relaxed)),
            aligned: columns.iter().map(|_| Aligned::default()).collect(),
            scratch: Scratch::default(),
            sums: Vec::new(),
        }
    }

    /// Returns the columns, once taking has ended.
    pub(super) fn into_columns(self) -> impl Iterator<Item = Column> {
        self.columns.into_iter().map(|taking| taking.column)
    }
}

impl Learn for Part {
    fn take(&mut self, batch: &Batch) -> Result<(), ProfileError> {
        self.sums.clear();
        self.sums.resize(batch.rows, 0);
        let columns = self.columns.iter_mut().zip(&batch.columns).zip(&mut self.aligned);
        for (((column, cells), aligned), weight) in columns.zip(&self.weights) {
            column.take(cells, &mut self.scratch, aligned);
            for (sum, hash) in self.sums.iter_mut().zip(&aligned.hashes) {
                *sum = sum.wrapping_add(hash.wrapping_mul(*weight));
            }
        }
        self.sums.iter_mut().for_each(|sum| *sum = mixed(*sum));
        self.digests.take(&self.sums);
        if let Some(pairs) = &mut self.pairs {
            pairs.take(&self.aligned);
        }
        self.sample.take(self.piece, self.rows, batch.rows, &self.aligned);
        self.rows += batch.rows as u64;
        Ok(())
    }

    fn finish(mut self) -> Self {
        self.columns.iter_mut().for_each(Taking::finish);
        self.sample.thin();
        // What is only needed while rows come is not kept until it is this part's turn.
        (self.aligned, self.scratch, self.sums) = Default::default();
        self
    }

    fn merge(&mut self, next: Self) -> Result<(), ProfileError> {
        self.rows += next.rows;
        for (mine, its) in self.columns.iter_mut().zip(next.columns) {
            mine.column.merge(its.column);
        }
        self.digests.merge(&next.digests);
        if let (Some(mine), Some(its)) = (&mut self.pairs, &next.pairs) {
            let same: Vec<usize> = (0..self.columns.len()).collect();
            mine.merge(its, &same);
        }
        self.sample.merge(next.sample);
        Ok(())
    }
}
