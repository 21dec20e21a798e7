//! Whether the columns of a table have drifted: effects, tests, and one decision over all of them.
//!
//! A column has facets: where its values lie, how many are missing, which are new. A facet has an
//! effect from 0 to 1, corrected for what chance alone adds, and a p-value. **A column has drifted
//! when one of its facets has an effect of at least its minimum and a Benjamini-Hochberg adjusted p,
//! over all facets of all columns, of at most 0.01.** Where the rows cannot tell, the answer is
//! `undecided`, with the number of rows that would decide. Rows that depend on each other count for
//! less: by blocks ([`clusters`]) or by their order ([`series`]).
//!
//! 1. Put a column of both sides in order ([`ladder::Ladder`]) or count its values
//!    ([`cells::Cells`]); say how much its rows say ([`sides::Sides`]).
//! 2. Make facets: [`numbers::shape`], [`numbers::tails`], [`cells::shape`],
//!    [`unseen::new_values`], [`shares::difference`].
//! 3. [`decide::decide`] takes the facets of all columns.
//!
//! [`domain`] looks at all columns together, apart from this family.
//!
//! Files and profiles both can feed this: nothing here reads rows.

pub mod cells;
pub mod clusters;
pub mod decide;
pub mod domain;
pub mod facet;
pub mod ladder;
pub mod numbers;
pub mod permutation;
pub mod power;
pub mod series;
pub mod shares;
pub mod sides;
pub mod unseen;
