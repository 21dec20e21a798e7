//! Quantiles of the usual distributions and of a sample.

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::erf::{erfc, erfc_inv};

/// Returns the upper `share` quantile of the standard normal distribution: 1.96 for 0.025.
///
/// `share` is in (0, 1); outside there is no quantile and the result is infinite or NaN.
pub fn normal_upper(share: f64) -> f64 {
    std::f64::consts::SQRT_2 * erfc_inv(2.0 * share)
}

/// Returns the chance that a standard normal number is below `x`: 0.975 for 1.96.
pub(crate) fn normal_below(x: f64) -> f64 {
    0.5 * erfc(-x / std::f64::consts::SQRT_2)
}

/// Returns the upper `share` quantile of Student's t, or the normal one above a million degrees
/// of freedom, where the two differ by less than 3e-6.
pub fn student_upper(share: f64, degrees: f64) -> f64 {
    if degrees > 1e6 {
        return normal_upper(share);
    }
    StudentsT::new(0.0, 1.0, degrees).map_or(f64::NAN, |t| -t.inverse_cdf(share))
}

/// Returns the `share` quantile of `sorted` numbers by linear interpolation, as `numpy.quantile`.
///
/// Infinite numbers are ordered like any other; between a finite and an infinite one the result
/// is the infinite one. Of no numbers there is none.
pub fn of_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = share.clamp(0.0, 1.0) * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in 0..=last")]
    let below = position.floor() as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    let part = position.fract();
    if part == 0.0 || low.total_cmp(&high).is_eq() {
        return Some(low);
    }
    if !low.is_finite() || !high.is_finite() {
        return Some(if low.is_finite() { high } else { low });
    }
    Some(low + (high - low) * part)
}

/// With fewer draws than this beyond an end, it is extrapolated.
const MIN_DRAWS: f64 = 10.0;

/// Returns below which number `tail` of the `sorted` draws around `centre` lie.
///
/// Where fewer than ten do, the draws cannot tell (the smallest of them would promise too much):
/// the quantile below which ten lie is carried on as a normal distribution would, by the ratio of
/// its quantiles. A tail of 0 ends at the outermost draw.
pub(crate) fn lower_end(sorted: &[f64], tail: f64, centre: f64) -> Option<f64> {
    let (share, times) = reach(sorted.len(), tail);
    let end = of_sorted(sorted, share)?;
    Some(if times > 1.0 { centre + (end - centre) * times } else { end })
}

/// Returns above which number `tail` of the `sorted` draws around `centre` lie, as
/// [`lower_end`].
pub(crate) fn upper_end(sorted: &[f64], tail: f64, centre: f64) -> Option<f64> {
    let (share, times) = reach(sorted.len(), tail);
    let end = of_sorted(sorted, 1.0 - share)?;
    Some(if times > 1.0 { centre + (end - centre) * times } else { end })
}

/// The share of the draws that is looked at, and how much further out the tail is.
fn reach(draws: usize, tail: f64) -> (f64, f64) {
    let share = (MIN_DRAWS / draws as f64).min(0.25);
    if tail <= 0.0 {
        (0.0, 1.0)
    } else if tail < share {
        (share, normal_upper(tail) / normal_upper(share))
    } else {
        (tail, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_beyond_the_draws_is_extrapolated() {
        let draws: Vec<f64> =
            (0..999).map(|i| normal_upper(1.0 - (f64::from(i) + 0.5) / 999.0)).collect();
        for (tail, near) in [(0.025, 0.02), (0.001, 0.1), (1e-5, 0.2)] {
            let end = upper_end(&draws, tail, 0.0).unwrap();
            assert!((end - normal_upper(tail)).abs() < near, "{tail}: {end}");
            assert!((end + lower_end(&draws, tail, 0.0).unwrap()).abs() < 1e-9);
        }
        assert_eq!(upper_end(&[], 0.025, 0.0), None);
        assert_eq!(lower_end(&[f64::NEG_INFINITY; 20], 1e-6, 0.0), Some(f64::NEG_INFINITY));
    }

    #[test]
    fn agrees_with_scipy() {
        // references/basics.py: scipy 1.17.1 norm.isf, t.isf
        assert!((normal_upper(0.025) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((normal_upper(0.005) - 2.575_829_303_548_901).abs() < 1e-12);
        assert!((student_upper(0.025, 9.0) - 2.262_157_162_798_205).abs() < 1e-8);
        assert!((student_upper(0.025, 72.0) - 1.993_463_566_661_872_3).abs() < 1e-8);
        assert!((student_upper(0.005, 3.0) - 5.840_909_309_733_357).abs() < 1e-8);
        assert!((student_upper(0.025, 1e7) - 1.959_964_221_767_205_5).abs() < 3e-6);
    }

    #[test]
    fn agrees_with_numpy() {
        // references/basics.py: numpy.quantile
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert!((of_sorted(&sorted, 0.025).unwrap() - 1.075).abs() < 1e-12);
        assert!((of_sorted(&sorted, 0.5).unwrap() - 3.0).abs() < 1e-12);
        assert_eq!(of_sorted(&sorted, 1.0), Some(8.0));
        assert_eq!(of_sorted(&[], 0.5), None);
    }

    #[test]
    fn infinite_numbers_do_not_become_nan() {
        let sorted = [f64::NEG_INFINITY, f64::NEG_INFINITY, 0.0, f64::INFINITY];
        assert_eq!(of_sorted(&sorted, 0.1), Some(f64::NEG_INFINITY));
        assert_eq!(of_sorted(&sorted, 0.5), Some(f64::NEG_INFINITY));
        assert_eq!(of_sorted(&sorted, 0.9), Some(f64::INFINITY));
    }
}
