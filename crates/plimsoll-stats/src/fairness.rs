//! Whether groups of people, or of anything else, are treated alike.

use serde::{Deserialize, Serialize};

use crate::blocks::Blocks;
use crate::estimate::{Estimate, NoValue};
use crate::fdr::benjamini_hochberg;
use crate::p_value::PValue;
use crate::plan::Plan;
use crate::sample::{SampleError, check_class, check_length};
use crate::sides::Sides;

/// Which rows are positive, which are predicted to be, and the group of each.
#[derive(Clone, Copy, Debug)]
pub struct Fairness<'a> {
    positive: &'a [bool],
    predicted: &'a [bool],
    group: &'a [u32],
    groups: u32,
    blocks: &'a Blocks,
}

/// A share of rows that is compared between groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rate {
    /// Of all rows, those predicted positive: demographic parity asks for equal ones.
    Selection,
    /// Of the positive rows, those predicted so: equal opportunity (Hardt, Price and Srebro 2016).
    TruePositive,
    /// Of the negative rows, those predicted positive: with the true positive rate, equalised odds.
    FalsePositive,
}

/// What a group is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// All rows of other groups.
    Rest,
    /// The rows of one group.
    Group(u32),
}

/// A rate of one group next to that of its reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Disparity {
    /// The group.
    pub group: u32,
    /// The rate.
    pub rate: Rate,
    /// The rows of the group and of the reference that the rate is a share of.
    pub rows: [usize; 2],
    /// The rate of the group less that of the reference.
    pub difference: Result<Estimate, NoValue>,
    /// The rate of the group over that of the reference.
    pub ratio: Result<Estimate, NoValue>,
    /// The two-sided p-value of equal rates; absent where a side has too few rows or blocks to be
    /// judged.
    pub p: Option<PValue>,
    /// The same, adjusted for all groups and rates that were asked for together.
    pub adjusted: Option<PValue>,
}

impl<'a> Fairness<'a> {
    /// Puts targets, predictions and groups of the same rows together; groups are below `groups`.
    ///
    /// # Errors
    /// There are no rows, the lengths differ, or a group is not below `groups`.
    pub fn new(
        positive: &'a [bool],
        predicted: &'a [bool],
        group: &'a [u32],
        groups: u32,
        blocks: &'a Blocks,
    ) -> Result<Self, SampleError> {
        if positive.is_empty() {
            return Err(SampleError::Empty);
        }
        check_length("the prediction", predicted.len(), positive.len())?;
        check_length("the group column", group.len(), positive.len())?;
        check_length("the block column", blocks.row_count(), positive.len())?;
        check_class("the group column", group, groups)?;
        Ok(Self { positive, predicted, group, groups, blocks })
    }

    /// Compares the rates of each group that has rows with those of its reference, group by group.
    ///
    /// Without declared blocks: Newcombe's interval of the difference (1998, two proportions,
    /// method 10), that of the ratio from the same Wilson ends (MOVER, Donner and Zou 2012), and the
    /// test of two proportions. With blocks: boot-t of the difference and of the log of the ratio,
    /// and Student's t by blocks. A side with fewer than 50 rows or 10 blocks is not tested. The p
    /// are adjusted by Benjamini and Hochberg over all that are tested.
    pub fn disparities(&self, rates: &[Rate], reference: Reference, plan: &Plan) -> Vec<Disparity> {
        let mut found = Vec::new();
        for group in 0..self.groups {
            let has_rows = self.group.contains(&group);
            if !has_rows || reference == Reference::Group(group) {
                continue;
            }
            found.extend(rates.iter().map(|&rate| self.disparity(group, rate, reference, plan)));
        }
        let family: Vec<PValue> = found.iter().filter_map(|disparity| disparity.p).collect();
        let mut adjusted = benjamini_hochberg(&family).into_iter();
        for disparity in &mut found {
            disparity.adjusted = disparity.p.and_then(|_| adjusted.next());
        }
        found
    }

    fn disparity(&self, group: u32, rate: Rate, reference: Reference, plan: &Plan) -> Disparity {
        let side = |row: usize| {
            let inside = self.group[row] == group;
            let outside = match reference {
                Reference::Rest => !inside,
                Reference::Group(other) => self.group[row] == other,
            };
            (rate.holds(self.positive[row]) && (inside || outside)).then_some(inside)
        };
        let sides = Sides {
            rows: (0..self.group.len()).map(side).collect(),
            hits: self.predicted,
            blocks: self.blocks,
        };
        let rows = [true, false].map(|inside| sides.counts(inside).1);
        let (difference, ratio) = sides.estimates(plan);
        let p = sides.p();
        Disparity { group, rate, rows, difference, ratio, p, adjusted: None }
    }
}

impl Rate {
    fn holds(self, positive: bool) -> bool {
        match self {
            Self::Selection => true,
            Self::TruePositive => positive,
            Self::FalsePositive => !positive,
        }
    }
}
