//! Two samples put together: their distinct values, and who has them.

use crate::ordered::{Ordered, Walk, of_sorted};
use crate::sample::{SampleError, check_numbers, in_order};

/// The distinct values of two samples in ascending order.
///
/// Tests and distances that look at ranks or at distribution functions need no more than this, and
/// sketches and dictionaries of counts give it without the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    steps: Vec<Step>,
    rows: [u64; 2],
}

/// One distinct value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The value.
    pub value: f64,
    /// How many rows of the first and of the second sample have it.
    pub rows: [u64; 2],
}

impl Steps {
    /// Puts two samples of numbers in any order together; infinite ones are ordered like any other.
    /// O(n log n).
    ///
    /// # Errors
    /// A sample is empty or holds NaN.
    pub fn of(a: &[f64], b: &[f64]) -> Result<Self, SampleError> {
        let (a, b) = (in_order("the first sample", a)?, in_order("the second sample", b)?);
        Self::of_ordered(of_sorted(&a, 0), of_sorted(&b, 0))
    }

    /// Puts two samples in order together. Rows without a value are left out.
    ///
    /// # Errors
    /// A sample has no row with a value, or is not in order.
    pub fn of_ordered<A, B>(a: Ordered<A>, b: Ordered<B>) -> Result<Self, SampleError>
    where
        A: Iterator<Item = (f64, u64)> + Clone,
        B: Iterator<Item = (f64, u64)> + Clone,
    {
        let mut a = Walk::new("the first sample", Ordered { missing: 0, ..a })?;
        let mut b = Walk::new("the second sample", Ordered { missing: 0, ..b })?;
        let rows = [a.rows, b.rows];
        if rows.contains(&0) {
            return Err(SampleError::Empty);
        }
        let mut steps = Vec::new();
        loop {
            let value = match (a.next, b.next) {
                (Some((x, _)), Some((y, _))) => x.min(y),
                (Some((x, _)), None) | (None, Some((x, _))) => x,
                (None, None) => break,
            };
            let before = [a.upto, b.upto];
            a.pass(value);
            b.pass(value);
            let rows = [a.upto - before[0], b.upto - before[1]];
            if rows != [0, 0] {
                steps.push(Step { value, rows });
            }
        }
        Ok(Self { steps, rows })
    }

    /// Returns the distinct values, from the smallest to the largest; at least one.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns the rows of the first and of the second sample.
    pub fn rows(&self) -> [u64; 2] {
        self.rows
    }

    /// Returns whether all rows of both samples have the same value.
    pub fn is_constant(&self) -> bool {
        self.steps.len() == 1
    }

    /// Returns the rows of both samples as numbers.
    pub(crate) fn sizes(&self) -> [f64; 2] {
        self.rows.map(|rows| rows as f64)
    }

    /// Returns an error if a value is infinite, for what needs distances between values.
    pub(crate) fn check_finite(&self) -> Result<(), SampleError> {
        let values: Vec<f64> = self.steps.iter().map(|step| step.value).collect();
        check_numbers("the distinct values", &values, values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_each_value_once_with_its_rows() {
        let steps = Steps::of(&[2.0, -0.0, 2.0], &[0.0, f64::INFINITY]).unwrap();
        let found: Vec<_> = steps.steps().iter().map(|step| (step.value, step.rows)).collect();
        assert_eq!(found, [(0.0, [1, 1]), (2.0, [2, 0]), (f64::INFINITY, [0, 1])]);
        assert_eq!(steps.rows(), [3, 2]);
        assert!(steps.check_finite().is_err() && !steps.is_constant());
    }

    #[test]
    fn counts_give_the_same_and_missing_rows_are_left_out() {
        let counted = [(0.0, 1), (1.0, 0), (2.0, 1), (2.0, 1)];
        let ordered = || Ordered { missing: 7, items: counted.iter().copied() };
        let steps = Steps::of_ordered(ordered(), of_sorted(&[2.0], 3)).unwrap();
        assert_eq!(steps, Steps::of(&[0.0, 2.0, 2.0], &[2.0]).unwrap());
        let nothing = Ordered { missing: 7, items: [].into_iter() };
        assert_eq!(Steps::of_ordered(ordered(), nothing), Err(SampleError::Empty));
    }
}
