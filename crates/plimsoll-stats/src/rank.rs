//! Ranks with ties.

/// Returns the rank of each number, from 1; equal numbers share the middle of their ranks.
///
/// As `scipy.stats.rankdata`. The numbers are finite or infinite but not NaN, which has no rank;
/// callers check for it. O(n log n).
pub(crate) fn midranks(numbers: &[f64]) -> Vec<f64> {
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
pub(crate) fn order_of(numbers: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    // Adding 0 makes -0 and 0 one number, as comparison by `==` has it.
    order.sort_by(|&a, &b| (numbers[a] + 0.0).total_cmp(&(numbers[b] + 0.0)));
    order
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
    fn agrees_with_scipy() {
        // references/basics.py: scipy 1.17.1 rankdata
        let numbers = [0.61, 0.82, 0.61, 1.45, 0.29, 0.29, 0.95, 1.73, 0.29, 2.5];
        assert_eq!(midranks(&numbers), [4.5, 6.0, 4.5, 8.0, 2.0, 2.0, 7.0, 9.0, 2.0, 10.0]);
        assert_eq!(midranks(&[0.0, -0.0]), [1.5, 1.5]);
        assert!(midranks(&[]).is_empty());
    }
}
