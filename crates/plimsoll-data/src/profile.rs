//! What a table looks like, from one pass, in sketches that can be merged.

mod association;
mod blocks;
mod build;
mod column;
mod dictionary;
mod file;
mod instants;
mod kind;
mod numbers;
mod pairs;
mod part;
mod pass;
pub(crate) mod queue;
pub(crate) mod read;
mod sample;
mod spreading;
pub mod summary;
mod take;
mod target;
pub(crate) mod texts;
mod trend;

use serde::{Deserialize, Serialize};

pub use association::{Association, Associations, Measure};
pub use blocks::{Blocks, Grid, Spread};
pub use build::{Options, ProfileError, Profiled, profile};
pub use column::{Column, Values};
pub use file::ReadProfileError;
pub use instants::{Gaps, Instants, Unit};
pub use kind::Kind;
pub use numbers::{Numbers, Tail};
pub use target::{Group, Relation, Target};
pub use texts::{CLASSES, MIXES, Texts};
pub use trend::Trend;

use self::pairs::Pairs;
use crate::example::shown;
use crate::sketch::digests::Digests;

/// What a table looks like.
///
/// Profiles of parts of a table merge to the profile of the whole: what is counted exactly stays
/// exact, and the rest is within the errors that the accessors state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Profile {
    format: String,
    rows: u64,
    columns: Vec<Column>,
    /// Digests of the rows, unless there were too many columns to read them together.
    digests: Option<Digests>,
    /// Sums of products of columns of numbers, unless there are too many columns.
    pairs: Option<Pairs>,
    blocks: Option<Blocks>,
}

/// Two profiles are not those of one table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// A column is in one of them only.
    #[error("only one of the profiles has the column `{name}`")]
    Column {
        /// The column.
        name: String,
    },
}

impl Profile {
    /// The format of the files that are written and read.
    pub const FORMAT: &'static str = "plimsoll.profile/1";

    fn new(columns: Vec<Column>) -> Self {
        let format = Self::FORMAT.to_owned();
        Self { format, rows: 0, columns, digests: None, pairs: None, blocks: None }
    }

    /// Returns how many rows there are.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the columns, in the order of the first file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name() == name)
    }

    /// Returns digests of the rows; none where there were too many columns to read them together.
    pub fn digests(&self) -> Option<&Digests> {
        self.digests.as_ref()
    }

    /// Returns Pearson's correlation of the columns at two places, over the rows in which both have
    /// a finite number; none where one is constant, or where there are more than 50 columns.
    pub fn correlation(&self, a: usize, b: usize) -> Option<f64> {
        self.pairs.as_ref()?.get(a, b)?.correlation()
    }

    /// Returns the blocks that rows belong to, if a column was named for that; how each column is
    /// spread over them is [`Column::spread`].
    pub fn blocks(&self) -> Option<&Blocks> {
        self.blocks.as_ref()
    }

    /// Returns what is known from the profile alone of which columns go along with which.
    pub fn associations(&self) -> Associations {
        association::of_profile(self)
    }

    /// Returns what is known from the profile alone of how the column `name` goes along with the
    /// others; none where there is no such column.
    pub fn target(&self, name: &str) -> Option<Target> {
        target::target(self, &self.associations(), None, name)
    }

    /// Takes in the rows that come next, by their profile.
    ///
    /// Blocks stay where both have them by the same column: what is counted at other quantiles is
    /// then taken as spread evenly between them.
    ///
    /// # Errors
    /// The columns have other names; their order does not matter.
    pub fn merge(&mut self, next: Self) -> Result<(), MergeError> {
        if let Some(name) = self.only_in_one(&next.columns) {
            return Err(MergeError::Column { name: shown(&name) });
        }
        let place = |column: &Column| next.columns.iter().position(|of| of.name() == column.name());
        let places: Vec<usize> = self.columns.iter().filter_map(place).collect();
        let blocks = self.merged_blocks(&next, &places);
        match (&mut self.pairs, &next.pairs) {
            (Some(mine), Some(its)) => mine.merge(its, &places),
            (mine, _) => *mine = None,
        }
        match (&mut self.digests, &next.digests) {
            (Some(mine), Some(its)) => mine.merge(its),
            (mine, _) => *mine = None,
        }
        let mut its: Vec<Option<Column>> = next.columns.into_iter().map(Some).collect();
        for (mine, place) in self.columns.iter_mut().zip(places) {
            if let Some(its) = its[place].take() {
                mine.merge(its);
            }
        }
        self.rows += next.rows;
        self.set_blocks(blocks);
        Ok(())
    }

    fn merged_blocks(&self, next: &Self, places: &[usize]) -> Option<(Blocks, Vec<Spread>)> {
        let (mine, its) = (self.blocks.as_ref()?, next.blocks.as_ref()?);
        let spreads = self.columns.iter().map(Column::spread).collect::<Option<Vec<_>>>()?;
        let others = places.iter().map(|place| next.columns[*place].spread());
        let others = others.collect::<Option<Vec<_>>>()?;
        blocks::merged((mine, &spreads), (its, &others))
    }

    fn set_blocks(&mut self, found: Option<(Blocks, Vec<Spread>)>) {
        let (blocks, spreads) = found.map_or((None, Vec::new()), |(of, by)| (Some(of), by));
        self.blocks = blocks;
        let mut spreads = spreads.into_iter();
        self.columns.iter_mut().for_each(|column| column.set_spread(spreads.next()));
    }

    fn only_in_one(&self, others: &[Column]) -> Option<String> {
        let lacks = |columns: &[Column], name: &str| !columns.iter().any(|of| of.name() == name);
        let mine = self.columns.iter().find(|mine| lacks(others, mine.name()));
        let its = || others.iter().find(|its| lacks(&self.columns, its.name()));
        mine.or_else(its).map(|column| column.name().to_owned())
    }

    /// Tells what is wrong with a profile that was read back.
    fn flaw(&self) -> Option<String> {
        let mut names: Vec<&str> = self.columns.iter().map(Column::name).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Some("a column is there twice".to_owned());
        }
        if self.columns.iter().any(|column| column.rows() != self.rows) {
            return Some("its columns have other rows than the table".to_owned());
        }
        let many = self.columns.len();
        if self.pairs.as_ref().is_some_and(|pairs| !pairs.are_of(many)) {
            return Some("it has not the pairs of its columns".to_owned());
        }
        if let Some(blocks) = &self.blocks {
            let fits =
                |column: &Column| column.spread().is_some_and(|of| of.flaw(blocks).is_none());
            if !self.columns.iter().all(fits) {
                return Some("its columns are not spread over its blocks".to_owned());
            }
            if let Some(flaw) = blocks.flaw(self.rows) {
                return Some(flaw.to_owned());
            }
        }
        let flaw = |column: &Column| {
            column.flaw().map(|flaw| format!("column `{}`: {flaw}", shown(column.name())))
        };
        self.columns.iter().find_map(flaw)
    }
}

#[cfg(test)]
mod tests;
