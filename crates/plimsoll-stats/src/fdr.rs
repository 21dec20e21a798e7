//! P-values of a family of tests, adjusted for how many there are.

use crate::p_value::PValue;

/// Returns the Benjamini-Hochberg adjusted p-values, in the order given.
///
/// Rejecting those at most q keeps the expected share of false ones among the rejected at q or
/// below, if the tests are independent or positively dependent (Benjamini and Hochberg 1995); if
/// nothing differs anywhere, it is the chance of any rejection at all. The adjusted p of the k-th
/// smallest of n is the least `n/j p_j` over j >= k, at most 1: `scipy.stats.false_discovery_control`,
/// but on logarithms, so that the far tail keeps its order. O(n log n).
pub fn benjamini_hochberg(family: &[PValue]) -> Vec<PValue> {
    let mut order: Vec<usize> = (0..family.len()).collect();
    order.sort_by_key(|&test| family[test]);
    let mut adjusted = vec![PValue::ONE; family.len()];
    let mut least = PValue::ONE;
    for (before, &test) in order.iter().enumerate().rev() {
        let factor = family.len() as f64 / (before + 1) as f64;
        least = least.min(PValue::of_counts((family[test].ln() + factor.ln()).min(0.0)));
        adjusted[test] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn family(p: &[f64]) -> Vec<PValue> {
        p.iter().map(|&p| PValue::of(p).unwrap()).collect()
    }

    #[test]
    fn agrees_with_scipy() {
        // references/significance.py: scipy 1.17.1 false_discovery_control
        let p = [0.041, 0.001, 0.039, 0.9, 0.039, 1e-200, 0.7, 0.008];
        let expected = [
            0.054_666_666_666_666_67,
            0.004,
            0.054_666_666_666_666_67,
            0.9,
            0.054_666_666_666_666_67,
            8e-200,
            0.8,
            0.021_333_333_333_333_333,
        ];
        for (found, expected) in benjamini_hochberg(&family(&p)).into_iter().zip(expected) {
            assert!((found.get() / expected - 1.0).abs() < 1e-12, "{found} is not {expected}");
        }
    }

    #[test]
    fn works_where_floats_end() {
        let p = [-9000.0, -1.0, -8000.0].map(|ln| PValue::from_ln(ln).unwrap());
        let adjusted = benjamini_hochberg(&p);
        assert!((adjusted[0].ln() - (-9000.0 + 3.0_f64.ln())).abs() < 1e-9);
        assert!((adjusted[2].ln() - (-8000.0 + 1.5_f64.ln())).abs() < 1e-9);
        assert_eq!(benjamini_hochberg(&[PValue::ZERO, PValue::ONE])[0], PValue::ZERO);
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn keeps_the_order_and_never_lowers(p in prop::collection::vec(0.0..=1.0_f64, 1..40)) {
            let (family, adjusted) = (family(&p), benjamini_hochberg(&family(&p)));
            for (i, &p) in family.iter().enumerate() {
                prop_assert!(adjusted[i] >= p);
                for (j, &other) in family.iter().enumerate() {
                    prop_assert!(p > other || adjusted[i] <= adjusted[j]);
                }
            }
        }
    }
}
