//! From files to a profile: parts are read at the same time and put together in their order.

use std::num::NonZeroUsize;
use std::thread;

use plimsoll_core::Finding;
use plimsoll_core::nearest::nearest;

use super::Profile;
use super::association::{self, Associations};
use super::blocks::{Blocks, Grid, Spread};
use super::column::Column;
use super::part::{Part, Reached};
use super::pass::Pass;
use super::sample::Sample;
use super::spreading::Spreading;
use super::target::{self, Target};
use crate::example::shown;
use crate::table::{Field, ReadError, Table};
use crate::tables::Tables;

/// Something went wrong on the way to a profile.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Columns share a name, so that nobody could tell which is meant.
    #[error("{file} has the column `{name}` twice")]
    Repeated {
        /// The file.
        file: String,
        /// The column.
        name: String,
    },
    /// A column that was named is not there.
    #[error("{file} has no column `{name}`{meant}")]
    NoColumn {
        /// The file.
        file: String,
        /// The column.
        name: String,
        /// The column that was probably meant, in words.
        meant: String,
    },
    /// There are too many blocks.
    #[error(
        "column `{column}` parts the rows into too many blocks (at most {most}, fewer for wide tables)"
    )]
    Blocks {
        /// The column.
        column: String,
        /// How many there may be.
        most: usize,
    },
    /// What was read a second time is not what it was.
    #[error("{file} changed while it was read")]
    Changed {
        /// The file.
        file: String,
    },
}

/// How to make a profile.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// How many threads read; the profile is the same with any number.
    pub threads: NonZeroUsize,
    /// The column whose relation to the others matters most.
    pub target: Option<&'a str>,
    /// The column whose values say which rows belong together.
    pub block: Option<&'a str>,
    /// Is told how many more rows were read.
    pub watch: &'a (dyn Fn(u64) + Sync),
}

impl<'a> Options<'a> {
    fn pass(&self) -> Pass<'a> {
        Pass { threads: self.threads, watch: self.watch }
    }
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { threads, target, block, .. } = self;
        let mut said = f.debug_struct("Options");
        said.field("threads", threads).field("target", target).field("block", block);
        said.finish_non_exhaustive()
    }
}

impl Default for Options<'_> {
    fn default() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { threads, target: None, block: None, watch: &|_| {} }
    }
}

/// A profile, and what was wrong with the files.
#[derive(Debug)]
pub struct Profiled {
    /// The profile of the sound rows.
    pub profile: Profile,
    /// Which columns go along with which.
    pub associations: Associations,
    /// How the target goes along with the other columns, if it was named.
    pub target: Option<Target>,
    /// Damaged rows and files that were left out: they are not in the profile.
    pub damage: Vec<Finding>,
}

/// Profiles `tables`. They are read once, and once more where blocks are asked for.
///
/// # Errors
/// A file cannot be read, two columns share a name, or the columns that are named are not there.
pub fn profile(tables: &Tables, options: &Options<'_>) -> Result<Profiled, ProfileError> {
    let table = tables.open()?;
    let layout = layout(tables, &table)?;
    for name in [options.target, options.block].into_iter().flatten() {
        ensure_there(tables, &layout, name)?;
    }
    let every: Vec<usize> = (0..layout.len()).collect();
    let passes = table.passes(&[], &every)?;
    let mut columns: Vec<Option<Column>> = layout.iter().map(|_| None).collect();
    let mut profile = Profile::new(Vec::new());
    let mut damage = Vec::new();
    let mut sample: Option<Sample> = None;
    let mut first = Some(table);
    for pass in &passes {
        let table = match first.take() {
            Some(table) => table,
            None => tables.open()?,
        };
        let empty: Vec<Column> = pass.iter().map(|&at| layout[at].clone()).collect();
        let reached = Reached::default();
        let begin = |piece| Part::new(&empty, layout.len(), &reached, piece);
        let seen = |all: &Part| reached.note(all);
        let (mut learnt, found) = options.pass().over(table, pass, begin, seen)?;
        profile.rows = learnt.rows;
        // The digest of a row is one of all its columns, and so are the pairs.
        if passes.len() == 1 {
            profile.digests = Some(std::mem::take(&mut learnt.digests));
            profile.pairs = learnt.pairs.take();
        }
        damage = found;
        let drawn = std::mem::take(&mut learnt.sample);
        match &mut sample {
            Some(sample) => {
                if !sample.beside(drawn) {
                    return Err(changed(tables));
                }
            }
            None => sample = Some(drawn),
        }
        for (&at, column) in pass.iter().zip(learnt.into_columns()) {
            columns[at] = Some(column);
        }
    }
    profile.columns = columns.into_iter().flatten().collect();
    let order: Vec<usize> = passes.concat();
    let mut sample = sample.unwrap_or_default();
    sample.reorder(&order);
    if let Some(block) = options.block {
        profile.set_blocks(Some(blocks(tables, &profile, block, options)?));
    }
    let associations = association::of_sample(&profile, &sample, options.target);
    let target = options
        .target
        .and_then(|name| target::target(&profile, &associations, Some(&sample), name));
    Ok(Profiled { profile, associations, target, damage })
}

/// Returns the columns of a table, empty, whose names must differ.
fn layout(tables: &Tables, table: &Table) -> Result<Vec<Column>, ProfileError> {
    let stored = |field: &Field| match table.format() {
        format if format.is_text() => "text".to_owned(),
        _ => field.data_type.to_string(),
    };
    let column = |field: &Field| Column::new(&field.name, stored(field));
    let columns: Vec<Column> = table.columns().iter().map(column).collect();
    let mut names: Vec<&str> = columns.iter().map(Column::name).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(ProfileError::Repeated { file: name_of(tables), name: shown(pair[0]) });
    }
    Ok(columns)
}

/// Counts every column by the blocks that the column `block` names.
fn blocks(
    tables: &Tables,
    profile: &Profile,
    block: &str,
    options: &Options<'_>,
) -> Result<(Blocks, Vec<Spread>), ProfileError> {
    let columns = profile.columns();
    let Some(at) = columns.iter().position(|column| column.name() == block) else {
        return Err(changed(tables));
    };
    let table = tables.open()?;
    let layout = layout(tables, &table)?;
    let every: Vec<usize> = (0..layout.len()).collect();
    let passes = table.passes(&[], &every)?;
    let mut first = Some(table);
    let mut spreads: Vec<Option<Spread>> = layout.iter().map(|_| None).collect();
    let mut found: Option<Blocks> = None;
    for pass in &passes {
        let table = match first.take() {
            Some(table) => table,
            None => tables.open()?,
        };
        let empty: Vec<Column> = pass.iter().map(|&at| layout[at].clone()).collect();
        let grids: Vec<Grid> = pass.iter().map(|&at| Grid::of(&columns[at])).collect();
        let begin = |_| Spreading::new(&empty, &grids, &columns[at]);
        let wanted: Vec<usize> = pass.iter().copied().chain([at]).collect();
        let (learnt, _) = options.pass().over(table, &wanted, begin, |_| {})?;
        let ends = pass.iter().map(|&at| Grid::ends(&columns[at]));
        let grids = grids.into_iter().zip(ends).collect();
        let (blocks, spread) = learnt.into_counting().finish(block, grids);
        if blocks.flaw(profile.rows()).is_some() || found.as_ref().is_some_and(|it| *it != blocks) {
            return Err(changed(tables));
        }
        found = Some(blocks);
        for (&at, spread) in pass.iter().zip(spread) {
            spreads[at] = Some(spread);
        }
    }
    found
        .map(|blocks| (blocks, spreads.into_iter().flatten().collect()))
        .ok_or_else(|| changed(tables))
}

fn changed(tables: &Tables) -> ProfileError {
    ProfileError::Changed { file: name_of(tables) }
}

fn name_of(tables: &Tables) -> String {
    let names = tables.names();
    match &names[..] {
        [one] => one.to_string(),
        [first, ..] => format!("{first} and {} more", names.len() - 1),
        [] => "the table".to_owned(),
    }
}

fn ensure_there(tables: &Tables, columns: &[Column], name: &str) -> Result<(), ProfileError> {
    let names = || columns.iter().map(Column::name);
    if names().any(|it| it == name) {
        return Ok(());
    }
    let near = nearest(name, names()).map(shown);
    Err(ProfileError::NoColumn {
        file: name_of(tables),
        name: shown(name),
        meant: near.map(|near| format!(" (is `{near}` meant?)")).unwrap_or_default(),
    })
}
