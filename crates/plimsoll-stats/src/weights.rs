//! How often each block is in a resample.

use crate::random::{Random, Seed};

/// Below this many blocks a resample has exactly as many blocks as the sample.
///
/// From there on each block's count is drawn on its own, which is faster and needs no more than a
/// piece of the weights at a time (Chamandy et al. 2012, "Estimating uncertainty for massive data
/// streams"); the size of the resample then varies, which ratios of sums do not feel.
pub(crate) const MULTINOMIAL_BELOW: usize = 100;

/// The weight vectors of all resamples of `blocks` blocks, made piece by piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights {
    random: Random,
    blocks: usize,
}

/// `round(65536 * P(Poisson(1) <= k)) - 32769` for k = 0..8: a 16-bit number that is above the
/// k-th limit has passed k + 1 steps of the distribution function.
const LIMITS: [i16; 8] = [-8660, 15450, 27504, 31523, 32527, 32728, 32762, 32766];

impl Weights {
    pub(crate) fn new(seed: Seed, blocks: usize) -> Self {
        Self { random: Random::new(seed, "bootstrap weights"), blocks }
    }

    /// Writes the weights of the blocks from `start` on in resample number `resample`.
    ///
    /// `start` is a multiple of 4; below [`MULTINOMIAL_BELOW`] blocks it is 0 and `out` takes them
    /// all. What `out` has beyond the last block is of no meaning.
    pub(crate) fn fill(&self, resample: u64, start: usize, out: &mut [u8]) {
        if self.blocks < MULTINOMIAL_BELOW {
            debug_assert!(start == 0 && out.len() >= self.blocks);
            self.fill_multinomial(resample, out);
        } else {
            self.fill_poisson(resample, start, out);
        }
    }

    fn fill_multinomial(&self, resample: u64, out: &mut [u8]) {
        out.fill(0);
        // Each resample owns 2^32 positions, so no two share a word.
        let first = resample << 32;
        let blocks = self.blocks as u64;
        for draw in 0..blocks {
            let word = self.random.word(first + draw / 2);
            let half = if draw % 2 == 0 { word & 0xffff_ffff } else { word >> 32 };
            // With fewer than 100 blocks and 32 bits the shares are even to 3e-8.
            out[((half * blocks) >> 32) as usize] += 1;
        }
    }

    fn fill_poisson(&self, resample: u64, start: usize, out: &mut [u8]) {
        debug_assert!(start.is_multiple_of(4));
        let first = (resample << 32) + start as u64 / 4;
        let mut bits = [0_i16; 64];
        for (piece, out) in out.chunks_mut(bits.len()).enumerate() {
            let first = first + (piece * bits.len() / 4) as u64;
            for (position, four) in bits.chunks_exact_mut(4).enumerate() {
                let word = self.random.word(first + position as u64);
                #[expect(clippy::cast_possible_truncation, reason = "16 bits at a time")]
                for (lane, bits) in four.iter_mut().enumerate() {
                    *bits = (word >> (16 * lane)) as i16;
                }
            }
            let mut weights = [0_u8; 64];
            for (weight, bits) in weights.iter_mut().zip(&bits) {
                *weight = LIMITS.iter().map(|limit| u8::from(bits > limit)).sum();
            }
            out.copy_from_slice(&weights[..out.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_the_poisson_distribution() {
        let mut below = 0.0;
        let mut term = (-1.0_f64).exp();
        for (k, limit) in LIMITS.iter().enumerate() {
            below += term;
            term /= (k + 1) as f64;
            let expected = (65_536.0 * below).round() - 32_769.0;
            assert!((f64::from(*limit) - expected).abs() < 0.5, "P(<= {k}): {expected}");
        }
    }

    #[test]
    fn few_blocks_are_drawn_with_replacement() {
        let weights = Weights::new(Seed::from(3), 73);
        let mut total = vec![0_u32; 73];
        for resample in 0..2_000 {
            let mut out = [0; 80];
            weights.fill(resample, 0, &mut out);
            assert_eq!(out[..73].iter().map(|&weight| u32::from(weight)).sum::<u32>(), 73);
            total.iter_mut().zip(out).for_each(|(total, weight)| *total += u32::from(weight));
        }
        // 5 standard deviations of a total are 222.
        assert!(total.iter().all(|total| total.abs_diff(2_000) < 222), "{total:?}");
    }

    #[test]
    fn many_blocks_have_mean_and_variance_one() {
        let weights = Weights::new(Seed::from(5), 1_000_000);
        let mut out = vec![0; 1_000_000];
        weights.fill(9, 0, &mut out);
        let mean = out.iter().map(|&weight| f64::from(weight)).sum::<f64>() / 1e6;
        let spread = out.iter().map(|&weight| (f64::from(weight) - 1.0).powi(2)).sum::<f64>() / 1e6;
        assert!((mean - 1.0).abs() < 0.005, "{mean}");
        assert!((spread - 1.0).abs() < 0.01, "{spread}");
    }

    #[test]
    fn a_piece_is_a_piece_of_the_whole() {
        let weights = Weights::new(Seed::from(5), 5_000);
        let mut whole = vec![0; 5_000];
        weights.fill(4, 0, &mut whole);
        for start in (0..5_000).step_by(204) {
            let mut piece = vec![0; 204.min(5_000 - start)];
            weights.fill(4, start, &mut piece);
            assert_eq!(piece, whole[start..start + piece.len()]);
        }
    }
}
