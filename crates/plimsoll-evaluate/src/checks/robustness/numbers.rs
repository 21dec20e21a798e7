//! Numbers moved a little.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array};
use plimsoll_core::number;
use plimsoll_stats::quantile::of_sorted;
use plimsoll_stats::random::Random;

use crate::column;

/// A column of whole numbers with so few values holds codes, and none of them is near another.
const CODES: usize = 20;

/// A step of 1 is small only where it is at most this share of the spread.
const SMALL_STEP: f64 = 0.1;

/// How a column of numbers can be moved a little.
#[derive(Clone, Copy, Debug)]
pub(super) struct Movable {
    /// How far at most.
    step: f64,
    whole: bool,
    /// Moved numbers stay between the least and the greatest that there are.
    low: f64,
    high: f64,
    /// A number that more than half of the rows have means something of its own, such as nothing,
    /// and stays.
    fixed: Option<f64>,
}

impl Movable {
    /// Looks at all cells of a column; `share` is how much of their spread is little.
    pub(super) fn of(cells: &ArrayRef, share: f64) -> Result<Self, &'static str> {
        let numbers = column::numbers("", cells).map_err(|_| "no numbers")?;
        let mut sorted: Vec<f64> =
            numbers.iter().flatten().copied().filter(|number| number.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else {
            return Err("always missing");
        };
        if low >= high {
            return Err("always the same");
        }
        let runs: Vec<&[f64]> = sorted.chunk_by(|a, b| column::is_same(*a, *b)).collect();
        let fixed = runs.iter().find(|run| run.len() * 2 > sorted.len()).map(|run| run[0]);
        let whole = sorted.iter().all(|number| number.fract() == 0.0);
        if whole && runs.len() <= CODES {
            return Err("few whole numbers: codes");
        }
        let rest: Vec<f64> =
            sorted.iter().copied().filter(|number| Some(*number) != fixed).collect();
        let spread = spread(&rest);
        let mut step = share * spread;
        if whole {
            step = step.max(1.0).round();
            if step > SMALL_STEP.max(share) * spread {
                return Err("one more is much");
            }
        }
        if step <= 0.0 || !step.is_finite() {
            return Err("too little spread");
        }
        Ok(Self { step, whole, low, high, fixed })
    }

    /// Returns how far numbers are moved, in words.
    pub(super) fn by(&self, share: f64) -> String {
        if self.whole {
            number::show(self.step)
        } else {
            format!("{} of its spread", number::percent(share))
        }
    }

    /// Moves each number up or down by chance, at most by the step; tells which are others then.
    pub(super) fn moved(&self, cells: &ArrayRef, random: Random) -> (ArrayRef, Vec<bool>) {
        let numbers = column::numbers("", cells).unwrap_or_default();
        let move_one = |(row, number): (u64, &Option<f64>)| {
            let number = (*number)?;
            if Some(number) == self.fixed || !number.is_finite() {
                return Some(number);
            }
            let far = 2.0 * random.unit(row) - 1.0;
            let by = if self.whole {
                // At least one whole step, or nothing would be tried.
                (far.abs() * self.step).round().max(1.0).copysign(far)
            } else {
                far * self.step
            };
            // A number at its end is moved to the other side.
            let moved = number + by;
            let moved = if moved > self.high || moved < self.low { number - by } else { moved };
            Some(moved.clamp(self.low, self.high))
        };
        let moved: Vec<Option<f64>> = (0..).zip(&numbers).map(move_one).collect();
        let touched = numbers.iter().zip(&moved).map(|(before, after)| before != after).collect();
        #[expect(clippy::cast_possible_truncation, reason = "between whole numbers of the column")]
        let cells: ArrayRef = if cells.data_type().is_integer() {
            Arc::new(moved.iter().map(|number| number.map(|n| n as i64)).collect::<Int64Array>())
        } else {
            Arc::new(moved.into_iter().collect::<Float64Array>())
        };
        (cells, touched)
    }
}

/// Returns the spread of sorted numbers: that of the middle half, as a standard deviation, else the
/// standard deviation itself where half of them are equal.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn spread(sorted: &[f64]) -> f64 {
    /// How far apart the quartiles of a normal distribution are, in standard deviations.
    const QUARTILES_APART: f64 = 1.349;
    let quartile = |share| of_sorted(sorted, share).unwrap_or(0.0);
    let middle = (quartile(0.75) - quartile(0.25)) / QUARTILES_APART;
    if middle > 0.0 {
        return middle;
    }
    let count = sorted.len().max(1) as f64;
    let mean = sorted.iter().sum::<f64>() / count;
    (sorted.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray as _;
    use arrow::datatypes::{Float64Type, Int64Type};
    use plimsoll_stats::random::Seed;

    use super::*;

    fn random() -> Random {
        Random::new(Seed::from(1), "moved")
    }

    #[test]
    fn numbers_move_by_no_more_than_the_share_and_stay_in_their_range() {
        let column: ArrayRef = Arc::new(Float64Array::from_iter_values(
            (0..1000).map(|row| f64::from(row * 7919 % 1000) / 10.0),
        ));
        let movable = Movable::of(&column, 0.01).unwrap();
        let (moved, touched) = movable.moved(&column, random());
        assert!(touched.iter().all(|touched| *touched));
        let (before, after) =
            (column.as_primitive::<Float64Type>(), moved.as_primitive::<Float64Type>());
        // The quartiles are 50 apart, so that the spread is about 37.
        let far = before.iter().zip(after).map(|(a, b)| (b.unwrap() - a.unwrap()).abs());
        let far: Vec<f64> = far.collect();
        assert!(far.iter().all(|far| *far <= 0.375) && far.iter().any(|far| *far > 0.3));
        assert!(after.iter().flatten().all(|number| (0.0..=99.9).contains(&number)));
    }

    #[test]
    fn whole_numbers_stay_whole_and_codes_stay() {
        let ages: ArrayRef = Arc::new(Int64Array::from_iter_values((0..800).map(|row| row % 80)));
        let movable = Movable::of(&ages, 0.01).unwrap();
        assert_eq!(movable.by(0.01), "1.000");
        let (moved, touched) = movable.moved(&ages, random());
        assert!(touched.iter().all(|touched| *touched));
        let moved = moved.as_primitive::<Int64Type>();
        let apart = ages.as_primitive::<Int64Type>().iter().zip(moved);
        assert!(apart.into_iter().all(|(a, b)| a.unwrap().abs_diff(b.unwrap()) == 1));
        let months: ArrayRef = Arc::new(Int64Array::from_iter_values((0..800).map(|row| row % 12)));
        assert_eq!(Movable::of(&months, 0.01).unwrap_err(), "few whole numbers: codes");
        let hours: ArrayRef = Arc::new(Int64Array::from_iter_values((0..800).map(|row| row % 24)));
        assert_eq!(Movable::of(&hours, 0.01).unwrap_err(), "one more is much");
    }

    #[test]
    fn what_most_rows_have_and_what_is_missing_stays() {
        let gain = |row: i32| match row % 5 {
            0 => Some(1000.0 + f64::from(row * 37 % 500) + 0.5),
            4 => None,
            _ => Some(0.0),
        };
        let column: ArrayRef = Arc::new((0..500).map(gain).collect::<Float64Array>());
        let movable = Movable::of(&column, 0.05).unwrap();
        let (_, touched) = movable.moved(&column, random());
        let of = |rest: usize| touched.iter().skip(rest).step_by(5).filter(|it| **it).count();
        assert_eq!([of(0), of(1), of(4)], [100, 0, 0]);
        let constant: ArrayRef = Arc::new(Float64Array::from(vec![2.0; 9]));
        assert_eq!(Movable::of(&constant, 0.05).unwrap_err(), "always the same");
        let missing: ArrayRef = Arc::new(Float64Array::from(vec![None::<f64>; 9]));
        assert_eq!(Movable::of(&missing, 0.05).unwrap_err(), "always missing");
    }
}
