//! How much more evidence would settle an open question.

use crate::estimate::Estimate;

/// The evidence with which an interval would end at the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The rows in all, not on top of those that are there; rounded up to two digits.
    pub rows: u64,
    /// The blocks in all, where blocks were declared; rounded up to two digits.
    pub blocks: Option<u64>,
}

/// On which side of a limit a number has to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// At the limit or above.
    Above,
    /// At the limit or below.
    Below,
}

/// Returns with how much evidence like the present the interval would reach `limit` and no
/// further, if the estimate stays where it is.
///
/// The half of the interval that faces the limit shrinks with the root of the sample, so `n (half /
/// distance)^2` rows or blocks are needed. It is an even bet at best: the estimate will move. There
/// is no answer if the estimate is on the wrong side (more rows of the same would not help), on
/// the limit, or without an interval; nor where the half has no width, which is no open question.
pub fn needed(estimate: &Estimate, limit: f64, side: Side) -> Option<Needed> {
    let ends = estimate.interval?.judged();
    let (distance, half) = match side {
        Side::Above => (estimate.value - limit, estimate.value - ends.low),
        Side::Below => (limit - estimate.value, ends.high - estimate.value),
    };
    if !(distance > 0.0 && half > 0.0) {
        return None;
    }
    let times = (half / distance).powi(2);
    let rows = round_up(estimate.rows, times)?;
    let blocks = match estimate.blocks {
        Some(blocks) => Some(round_up(blocks, times)?),
        None => None,
    };
    Some(Needed { rows, blocks })
}

/// Rounds up to two digits; what no one could collect is no answer.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1e15")]
fn round_up(count: usize, times: f64) -> Option<u64> {
    let exact = count as f64 * times;
    if exact.is_nan() || exact > 1e15 {
        return None;
    }
    // Rounding of the factors must not ask for one row more.
    let exact = (exact * (1.0 - 1e-9)).ceil() as u64;
    let unit = 10_u64.pow(exact.max(1).ilog10().saturating_sub(1));
    Some(exact.next_multiple_of(unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Blocks;
    use crate::interval::{Ends, Interval, Method};

    fn estimate(blocks: &Blocks) -> Estimate {
        let ends = Ends { low: 0.16, high: 0.22 };
        let interval = Interval::new(ends, ends, Method::BootT, None);
        Estimate::new(0.18, Some(interval), blocks)
    }

    #[test]
    fn the_half_that_faces_the_limit_has_to_shrink() {
        let rows = estimate(&Blocks::rows(500));
        // 500 (0.04 / 0.02)^2 = 2000, 500 (0.04 / 0.03)^2 = 888.9
        assert_eq!(needed(&rows, 0.20, Side::Below).unwrap().rows, 2_000);
        assert_eq!(needed(&rows, 0.21, Side::Below).unwrap(), Needed { rows: 890, blocks: None });
        // 500 (0.02 / 0.01)^2
        assert_eq!(needed(&rows, 0.17, Side::Above).unwrap().rows, 2_000);
    }

    #[test]
    fn blocks_are_counted_as_well() {
        let labels: Vec<u32> = (0..500).map(|row| row / 50).collect();
        let blocks = estimate(&Blocks::of_labels(&labels));
        let needed = needed(&blocks, 0.20, Side::Below).unwrap();
        assert_eq!(needed, Needed { rows: 2_000, blocks: Some(40) });
    }

    #[test]
    fn the_wrong_side_is_not_mended_by_rows() {
        let rows = estimate(&Blocks::rows(500));
        assert_eq!(needed(&rows, 0.17, Side::Below), None);
        assert_eq!(needed(&rows, 0.18, Side::Below), None);
        assert_eq!(needed(&rows, f64::NAN, Side::Below), None);
        assert_eq!(needed(&rows, 0.18 + 1e-12, Side::Below), None);
    }
}
