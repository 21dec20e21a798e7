//! One pass over a table: its parts are read at the same time and put together in their order.

use std::num::NonZeroUsize;
use std::sync::mpsc::sync_channel;
use std::thread;

use plimsoll_core::Finding;

use super::build::ProfileError;
use super::queue::in_order;
use crate::table::{Batch, Format, Strings, Table};

/// How many pieces of work a table is parted into at most: each costs a merge of all sketches.
const MOST_PIECES: usize = 128;

/// How many batches of text wait to be taken in.
const WAITING: usize = 2;

/// What takes in the rows of a piece of a table, one batch after the other.
pub(super) trait Learn: Sized {
    /// Takes in rows.
    fn take(&mut self, batch: &Batch) -> Result<(), ProfileError>;

    /// Ends taking.
    fn finish(self) -> Self;

    /// Takes in the rows of the piece that comes next, which has ended.
    fn merge(&mut self, next: Self) -> Result<(), ProfileError>;
}

/// How a pass is made.
#[derive(Clone, Copy)]
pub(super) struct Pass<'a> {
    /// How many threads read.
    pub(super) threads: NonZeroUsize,
    /// Is told how many more rows were read.
    pub(super) watch: &'a (dyn Fn(u64) + Sync),
}

impl Pass<'_> {
    /// Reads the columns at `wanted`. `begin` makes what takes in the piece of a number; what comes
    /// of the pass does not depend on the number of threads. `seen` looks at what was learnt so
    /// far.
    pub(super) fn over<L: Learn + Send>(
        &self,
        table: Table,
        wanted: &[usize],
        begin: impl Fn(u64) -> L + Sync,
        seen: impl Fn(&L) + Sync,
    ) -> Result<(L, Vec<Finding>), ProfileError> {
        let format = table.format();
        let mut parts = table.into_parts(wanted, Strings::Dictionaries)?.into_iter();
        let is_stream = parts.len() == 1 && format != Format::Parquet && self.threads.get() > 1;
        let size = parts.len().div_ceil(MOST_PIECES).max(1);
        let pieces = std::iter::from_fn(move || {
            let piece: Vec<Table> = parts.by_ref().take(size).collect();
            (!piece.is_empty()).then_some(piece)
        });
        let work = |(number, piece): (usize, Vec<Table>)| {
            let mut learnt = begin(number as u64);
            let mut damage = Vec::new();
            for mut table in piece {
                if is_stream {
                    self.beside(&mut table, &mut learnt)?;
                } else {
                    while let Some(batch) = table.next_batch()? {
                        learnt.take(&batch)?;
                        (self.watch)(batch.rows as u64);
                    }
                }
                damage.extend(table.damage());
            }
            Ok::<_, ProfileError>((learnt.finish(), damage))
        };
        let mut all = Ok(begin(0));
        let mut damage = Vec::new();
        let merge = |(next, found): (L, Vec<Finding>)| {
            damage.extend(found);
            if let Ok(learnt) = &mut all {
                match learnt.merge(next) {
                    Ok(()) => seen(learnt),
                    Err(error) => all = Err(error),
                }
            }
        };
        in_order(self.threads, pieces.enumerate(), work, merge)?;
        Ok((all?, damage))
    }

    /// Reads a table on another thread while what was read is taken in on this one.
    fn beside<L: Learn>(&self, table: &mut Table, learnt: &mut L) -> Result<(), ProfileError> {
        let (give, take) = sync_channel(WAITING);
        thread::scope(|scope| {
            let reader = scope.spawn(move || {
                while let Some(batch) = table.next_batch()? {
                    if give.send(batch).is_err() {
                        break;
                    }
                }
                Ok(())
            });
            for batch in take {
                learnt.take(&batch)?;
                (self.watch)(batch.rows as u64);
            }
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}
