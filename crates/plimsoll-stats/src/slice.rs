//! The loss of a slice of the rows against that of others.

use crate::p_value::PValue;
use crate::tails;
use crate::tested::NoAnswer;

/// Some of the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    sums: Sums,
    /// The sums of each declared block that it touches, in ascending order.
    parts: Option<Vec<(usize, Sums)>>,
    whole: f64,
}

/// A slice that was tested for a higher loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worse {
    /// The loss of the slice less that of the other rows.
    pub difference: f64,
    /// It over its standard error; infinite where nothing varies.
    pub t: f64,
    /// The degrees of freedom of t; absent where nothing varies.
    pub degrees: Option<f64>,
    /// The one-sided p-value of a loss that is no higher.
    pub p: PValue,
}

impl Slice {
    /// Starts without any row, where every row stands for itself.
    pub(crate) fn of_rows(whole: f64) -> Self {
        Self { sums: Sums::default(), parts: None, whole }
    }

    /// Starts without any row, where rows belong to blocks.
    pub(crate) fn of_blocks(whole: f64) -> Self {
        Self { sums: Sums::default(), parts: Some(Vec::new()), whole }
    }

    /// Takes in a row with its loss, less what its size leads to expect; blocks come in order.
    pub(crate) fn add(&mut self, block: usize, loss: f64, size: f64) {
        self.sums.add(loss, size);
        let Some(parts) = &mut self.parts else { return };
        match parts.last_mut() {
            Some((last, sums)) if *last == block => sums.add(loss, size),
            _ => {
                let mut sums = Sums::default();
                sums.add(loss, size);
                parts.push((block, sums));
            }
        }
    }

    /// Returns how many rows it has.
    pub fn rows(&self) -> usize {
        self.sums.rows
    }

    /// Returns how many of the declared blocks it touches.
    pub fn blocks(&self) -> Option<usize> {
        self.parts.as_ref().map(Vec::len)
    }

    /// Returns its loss; nothing of no rows, or of sizes that are all 0.
    pub fn loss(&self) -> Option<f64> {
        (self.sums.size > 0.0).then(|| self.whole + self.sums.ratio())
    }

    /// Returns its rows without those of `part`, all of which it has.
    #[must_use]
    pub fn without(&self, part: &Self) -> Self {
        let parts = self.parts.as_ref().map(|parts| {
            let mut taken = part.parts.iter().flatten().peekable();
            let rest = parts.iter().filter_map(|&(block, sums)| {
                let same = taken.next_if(|(other, _)| *other == block);
                let rest = same.map_or(sums, |(_, other)| sums.less(other));
                (rest.rows > 0).then_some((block, rest))
            });
            rest.collect()
        });
        Self { sums: self.sums.less(&part.sums), parts, whole: self.whole }
    }

    /// Tests whether its loss is higher than that of `rest`, other rows of the same sample.
    ///
    /// Welch's t on the losses less their expectation by size; with declared blocks the variance is
    /// that of block sums, rows of both sides that share a block included, and the degrees of
    /// freedom are one less than the blocks of the side that touches fewer. Without any variation p
    /// is 0 if it is higher, else 1.
    ///
    /// # Errors
    /// A side has fewer than two rows (or blocks), sizes that are all 0, or losses so large that
    /// their squares leave the range of floats.
    pub fn worse_than(&self, rest: &Self) -> Result<Worse, NoAnswer> {
        let units = |slice: &Self| slice.parts.as_ref().map_or(slice.sums.rows, Vec::len);
        let fewest = units(self).min(units(rest));
        if fewest < 2 {
            return Err(NoAnswer::TooFewRows { rows: fewest as u64, least: 2 });
        }
        if !(self.sums.size > 0.0 && rest.sums.size > 0.0) {
            return Err(NoAnswer::OutOfRange);
        }
        let (own, others) = (self.sums.ratio(), rest.sums.ratio());
        let apart = own - others;
        // What is left of equal numbers after rounding is no difference.
        let difference =
            if apart.abs() <= 1e-12 * (own.abs() + others.abs()) { 0.0 } else { apart };
        let (variance, degrees) = match (&self.parts, &rest.parts) {
            (Some(inside), Some(outside)) => {
                (self.block_variance(inside, rest, outside), fewest as f64 - 1.0)
            }
            _ => welch(&self.sums, &rest.sums),
        };
        if !variance.is_finite() || !difference.is_finite() {
            return Err(NoAnswer::OutOfRange);
        }
        if variance <= 0.0 {
            let p = if difference > 0.0 { PValue::ZERO } else { PValue::ONE };
            let t = if difference == 0.0 { 0.0 } else { f64::INFINITY.copysign(difference) };
            return Ok(Worse { difference, t, degrees: None, p });
        }
        let t = difference / variance.sqrt();
        Ok(Worse { difference, t, degrees: Some(degrees), p: tails::student(t, degrees)? })
    }

    /// The variance of the difference by the sums of blocks: each block's influence on this loss
    /// less that on the other.
    fn block_variance(
        &self,
        inside: &[(usize, Sums)],
        rest: &Self,
        outside: &[(usize, Sums)],
    ) -> f64 {
        let (mut squares, mut blocks) = (0.0, 0.0);
        // Against which rounding is told from variance.
        let mut scale = 0.0;
        let whole = |sums: &Sums, of: f64| (sums.loss / of).powi(2);
        for (_, sums) in inside {
            scale += whole(sums, self.sums.size);
        }
        for (_, sums) in outside {
            scale += whole(sums, rest.sums.size);
        }
        let mut others = outside.iter().peekable();
        let here = |sums: &Sums| sums.apart(self.sums.ratio()) / self.sums.size;
        let there = |sums: &Sums| sums.apart(rest.sums.ratio()) / rest.sums.size;
        for (block, sums) in inside {
            while let Some((_, sums)) = others.next_if(|(other, _)| other < block) {
                squares += there(sums).powi(2);
                blocks += 1.0;
            }
            let same = others.next_if(|(other, _)| other == block);
            squares += (here(sums) - same.map_or(0.0, |(_, sums)| there(sums))).powi(2);
            blocks += 1.0;
        }
        for (_, sums) in others {
            squares += there(sums).powi(2);
            blocks += 1.0;
        }
        if squares <= 1e-24 * scale { 0.0 } else { blocks / (blocks - 1.0) * squares }
    }
}

/// Sums over rows, losses less what their size leads to expect.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    rows: usize,
    loss: f64,
    size: f64,
    loss_squared: f64,
    product: f64,
    size_squared: f64,
}

impl Sums {
    fn add(&mut self, loss: f64, size: f64) {
        self.rows += 1;
        self.loss += loss;
        self.size += size;
        self.loss_squared += loss * loss;
        self.product += loss * size;
        self.size_squared += size * size;
    }

    fn less(&self, part: &Self) -> Self {
        Self {
            rows: self.rows.saturating_sub(part.rows),
            loss: self.loss - part.loss,
            size: self.size - part.size,
            loss_squared: self.loss_squared - part.loss_squared,
            product: self.product - part.product,
            size_squared: self.size_squared - part.size_squared,
        }
    }

    fn ratio(&self) -> f64 {
        self.loss / self.size
    }

    /// The losses less `ratio` times the sizes.
    fn apart(&self, ratio: f64) -> f64 {
        self.loss - ratio * self.size
    }

    /// The variance of the ratio over rows.
    fn variance(&self) -> f64 {
        let (rows, ratio) = (self.rows as f64, self.ratio());
        let squares =
            self.loss_squared - 2.0 * ratio * self.product + ratio * ratio * self.size_squared;
        // What rounding leaves of equal losses is no spread.
        let squares = if squares > 1e-13 * self.loss_squared { squares } else { 0.0 };
        rows / (rows - 1.0) * squares / (self.size * self.size)
    }
}

/// The variance of the difference and Satterthwaite's degrees of freedom.
fn welch(inside: &Sums, outside: &Sums) -> (f64, f64) {
    let (here, there) = (inside.variance(), outside.variance());
    let all = here + there;
    let part = |variance: f64, sums: &Sums| (variance / all).powi(2) / (sums.rows as f64 - 1.0);
    (all, 1.0 / (part(here, inside) + part(there, outside)))
}
