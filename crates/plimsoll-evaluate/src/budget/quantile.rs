//! A quantile of latencies with an interval by order statistics.

use plimsoll_core::evidence::{Budget, Cost};
use plimsoll_stats::p_value::PValue;
use plimsoll_stats::tails;

use super::unknown;

/// The error on each side of an interval.
const TAIL: f64 = 0.025;

/// Returns the `share` quantile of latencies in seconds, with a 95 % interval.
///
/// The quantile is the smallest latency that at least the share lies at or below. Of n latencies
/// Bin(n, share) lie below the true quantile, so it lies between the l-th and the u-th with at least
/// 95 %: l the largest with P(Bin < l) <= 2.5 %, u the smallest with P(Bin >= u) <= 2.5 % (Conover
/// 1999, section 3.2). With so few latencies that there is no such u there is no upper end, and then
/// no value: a limit would be held against a number that nothing is known about.
pub(super) fn cost(budget: Budget, latencies: &[f64], share: f64) -> Cost {
    let mut sorted = latencies.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = sorted.len() as u64;
    let Some((low, high)) = ranks(count, share) else {
        let fewest = fewest(share);
        let reason = format!(
            "{count} requests were answered in time, at least {fewest} are needed for an upper end"
        );
        return unknown(budget, &reason);
    };
    let at = |rank: u64| usize::try_from(rank - 1).ok().and_then(|at| sorted.get(at)).copied();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count of requests"
    )]
    let rank = ((count as f64 * share).ceil() as u64).clamp(1, count);
    match (at(rank), at(low), at(high)) {
        (Some(value), Some(low), Some(high)) => {
            Cost { budget, value: Some(value), interval: Some([low, high]), reason: None }
        }
        _ => unknown(budget, "no request was answered"),
    }
}

/// Returns the ranks, from 1, between which the quantile lies; nothing where there is no upper one.
fn ranks(count: u64, share: f64) -> Option<(u64, u64)> {
    let at_least = |hits: u64| tails::binomial(hits, count, share).map_or(1.0, PValue::get);
    // P(Bin >= hits) falls as hits rise, so both ends are found by halving.
    let first = |holds: &dyn Fn(u64) -> bool| {
        let (mut below, mut above) = (0, count + 1);
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            if holds(middle) { above = middle } else { below = middle }
        }
        above
    };
    let high = first(&|rank| at_least(rank) <= TAIL);
    // P(Bin < rank) = 1 - P(Bin >= rank) passes the tail for the first time one above the lower end.
    let low = first(&|rank| 1.0 - at_least(rank) > TAIL) - 1;
    (high <= count).then_some((low.max(1), high))
}

/// Returns with how few latencies there is an upper end.
fn fewest(share: f64) -> u64 {
    let mut count = 1;
    while ranks(count, share).is_none() && count < 1_000_000 {
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use plimsoll_stats::random::{Random, Seed};

    use super::*;

    #[test]
    fn ranks_agree_with_the_binomial_distribution() {
        // scipy 1.17.1: l = binom.ppf(.025, n, p) + 0 where cdf(l - 1) <= .025, u from isf(.025)
        assert_eq!(ranks(1000, 0.5), Some((469, 532)));
        assert_eq!(ranks(1000, 0.95), Some((936, 964)));
        assert_eq!(ranks(1000, 0.99), Some((983, 997)));
        assert_eq!((ranks(367, 0.99), fewest(0.99)), (None, 368));
    }

    #[test]
    fn the_interval_holds_the_quantile_as_often_as_it_says() {
        let (runs, rows) = (400, 500);
        for (share, truth) in [(0.5, std::f64::consts::LN_2), (0.95, 20.0_f64.ln())] {
            let held = (0..runs).filter(|run| {
                let random = Random::new(Seed::from(*run), "latencies");
                let latencies: Vec<f64> = (0..rows).map(|row| -random.unit(row).ln()).collect();
                let [low, high] = cost(Budget::LatencyP95, &latencies, share).interval.unwrap();
                low <= truth && truth <= high
            });
            let held = held.count();
            // 95 % of 400 is 380; four standard errors are 18.
            assert!(held >= 362, "{share}: {held} of {runs}");
        }
    }

    #[test]
    fn too_few_requests_give_no_number_to_pass_by() {
        let few = cost(Budget::LatencyP99, &[0.001; 200], 0.99);
        assert_eq!(few.value, None);
        assert!(few.reason.unwrap().contains("at least 368"));
        let none = cost(Budget::LatencyP50, &[], 0.5);
        assert_eq!(none.value, None);
        let enough = cost(Budget::LatencyP99, &[0.001; 400], 0.99);
        assert_eq!((enough.value, enough.interval), (Some(0.001), Some([0.001, 0.001])));
    }
}
