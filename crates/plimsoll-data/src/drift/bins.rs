//! Numbers in cells of about a tenth of the reference each.

use plimsoll_stats::drift::ladder::Ladder;
use plimsoll_stats::psi::BINS;

/// Returns how many rows of both sides are in each cell, rows without a value left out.
///
/// The ends are the reference's deciles, as in [`plimsoll_stats::psi::Bins`]: a number that is
/// several deciles at once is a cell of its own.
pub(super) fn binned(reference: &Ladder<'_>, current: &Ladder<'_>) -> [Vec<u64>; 2] {
    let filled = reference.filled();
    let decile = |tenth: u64| reference.at_rank((tenth * filled).div_ceil(BINS as u64).max(1));
    let deciles: Vec<f64> = (1..BINS as u64).filter_map(decile).collect();
    let mut counts = [Vec::new(), Vec::new()];
    let mut before = [0, 0];
    let sides = [reference, current];
    let mut end = |rows: [u64; 2]| {
        for side in 0..2 {
            counts[side].push(rows[side] - before[side]);
        }
        before = rows;
    };
    for same in deciles.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
        if same.len() > 1 {
            end(sides.map(|side| side.below(same[0])));
        }
        end(sides.map(|side| side.up_to(same[0])));
    }
    end(sides.map(Ladder::filled));
    counts
}

#[cfg(test)]
mod tests {
    use plimsoll_stats::psi::Bins;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cells_are_those_of_the_stability_index(
            mut a in prop::collection::vec(0..12_i32, 1..80), mut b in prop::collection::vec(0..12_i32, 1..80),
        ) {
            a.sort_unstable();
            b.sort_unstable();
            let number = |side: &[i32]| side.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
            let (a, b) = (number(&a), number(&b));
            let bins = Bins::of(&a).unwrap();
            let found = binned(&Ladder::of_rows(3, &a), &Ladder::of_rows(0, &b));
            prop_assert_eq!(found, [bins.counts(&a), bins.counts(&b)]);
        }
    }
}
