//! Ranks with ties.

/// Returns the rank of each number, from 1; equal numbers share the middle of their ranks.
///
/// As `scipy.stats.rankdata`. The numbers are finite or infinite but not NaN, which has no rank;
/// callers check for it. O(n log n).
pub fn midranks(numbers: &[f64]) -> Vec<f64> {
    let order = order_of(numbers);
    let mut ranks = vec![0.0; numbers.len()];
    for (first, group) in ties(&order, numbers) {
        let rank = first as f64 + f64::midpoint(1.0, group.len() as f64);
        for &row in group {
            ranks[row] = rank;
        }
    }
    ranks
}

/// Returns the positions of `numbers` from the smallest to the largest.
///
/// Equal numbers stay in their order.
pub(crate) fn order_of(numbers: &[f64]) -> Vec<usize> {
    let mut keyed: Vec<(u64, usize)> =
        numbers.iter().enumerate().map(|(row, &number)| (key(number), row)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// Returns a whole number that is ordered as `number` is: sorting by it needs neither a look at the
/// number nor a comparison of floats.
fn key(number: f64) -> u64 {
    // Adding 0 makes -0 and 0 one number, as comparison by `==` has it.
    let bits = (number + 0.0).to_bits();
    let sign = 1 << 63;
    if bits & sign == 0 { bits | sign } else { !bits }
}

/// Cuts `order` into groups of equal numbers, each with the number of rows before it.
pub(crate) fn ties<'a>(
    order: &'a [usize],
    numbers: &'a [f64],
) -> impl Iterator<Item = (usize, &'a [usize])> {
    let same = |&a: &usize, &b: &usize| numbers[a] <= numbers[b] && numbers[b] <= numbers[a];
    order.chunk_by(same).scan(0, |before, group| {
        let first = *before;
        *before += group.len();
        Some((first, group))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_that_of_the_numbers() {
        let numbers = [2.0, f64::NEG_INFINITY, -0.0, 1e-310, 0.0, -3.5, f64::INFINITY, -3.5];
        assert_eq!(order_of(&numbers), [1, 5, 7, 2, 4, 3, 0, 6]);
    }

    #[test]
    fn agrees_with_scipy() {
        // references/basics.py: scipy 1.17.1 rankdata
        let numbers = [0.61, 0.82, 0.61, 1.45, 0.29, 0.29, 0.95, 1.73, 0.29, 2.5];
        assert_eq!(midranks(&numbers), [4.5, 6.0, 4.5, 8.0, 2.0, 2.0, 7.0, 9.0, 2.0, 10.0]);
        assert_eq!(midranks(&[0.0, -0.0]), [1.5, 1.5]);
        assert!(midranks(&[]).is_empty());
    }
}
