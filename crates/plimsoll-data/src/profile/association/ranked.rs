//! Ranks of a column, sorted once and used for many pairs.

/// The numbers of a column in their order.
pub(super) struct Ranked<'a> {
    numbers: &'a [f64],
    /// The rows with a finite number, by it.
    order: Vec<usize>,
}

impl<'a> Ranked<'a> {
    pub(super) fn of(numbers: &'a [f64]) -> Self {
        let mut order: Vec<usize> =
            (0..numbers.len()).filter(|row| numbers[*row].is_finite()).collect();
        order.sort_unstable_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
        Self { numbers, order }
    }

    /// Returns Spearman's rank correlation over the rows in which both have a number, with midranks
    /// for ties (as `plimsoll_stats::correlation::spearman`, which sorts for each pair), and how
    /// many rows those are; none where one of the columns is constant there.
    pub(super) fn spearman(&self, other: &Self) -> Option<(f64, u64)> {
        let both: Vec<bool> = self
            .numbers
            .iter()
            .zip(other.numbers)
            .map(|(a, b)| a.is_finite() && b.is_finite())
            .collect();
        let rows = both.iter().filter(|both| **both).count();
        let (a, b) = (self.ranks(&both), other.ranks(&both));
        let middle = f64::midpoint(as_float(rows), 1.0);
        let (mut product, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
        for row in (0..both.len()).filter(|row| both[*row]) {
            let (x, y) = (a[row] - middle, b[row] - middle);
            product += x * y;
            of_a += x * x;
            of_b += y * y;
        }
        if of_a <= 0.0 || of_b <= 0.0 {
            return None;
        }
        Some(((product / (of_a.sqrt() * of_b.sqrt())).clamp(-1.0, 1.0), rows as u64))
    }

    /// Returns the rank of each row among those that are in `among`.
    fn ranks(&self, among: &[bool]) -> Vec<f64> {
        let order: Vec<usize> = self.order.iter().copied().filter(|row| among[*row]).collect();
        let mut ranks = vec![0.0; self.numbers.len()];
        let mut before = 0;
        for ties in order.chunk_by(|a, b| self.numbers[*a] >= self.numbers[*b]) {
            let rank = as_float(2 * before + ties.len() + 1) / 2.0;
            for row in ties {
                ranks[*row] = rank;
            }
            before += ties.len();
        }
        ranks
    }
}

#[expect(clippy::cast_precision_loss, reason = "rows of a sample")]
fn as_float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use plimsoll_stats::correlation::spearman;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_sorting_for_each_pair(
            rows in prop::collection::vec((-9..9_i32, -9..9_i32, 0..8_u8), 2..120),
        ) {
            let number = |value: i32, gap: bool| if gap { f64::NAN } else { f64::from(value) };
            let a: Vec<f64> = rows.iter().map(|row| number(row.0, row.2 == 1)).collect();
            let b: Vec<f64> = rows.iter().map(|row| number(row.1, row.2 == 2)).collect();
            let both = || rows.iter().filter(|row| row.2 != 1 && row.2 != 2);
            let x: Vec<f64> = both().map(|row| f64::from(row.0)).collect();
            let y: Vec<f64> = both().map(|row| f64::from(row.1)).collect();
            let found = Ranked::of(&a).spearman(&Ranked::of(&b));
            if let Some(expected) = spearman(&x, &y).ok().flatten() {
                let (value, rows) = found.unwrap();
                prop_assert!((value - expected).abs() < 1e-12);
                prop_assert_eq!(rows, x.len() as u64);
            } else {
                prop_assert_eq!(found, None);
            }
        }
    }
}
