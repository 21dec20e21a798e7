//! A mixture of likelihood ratios of hits whose odds may be higher or lower than they should be.

use serde::{Deserialize, Serialize};

use super::Aim;
use super::evidence::{Evidence, ln_sum};

/// By how much the odds may differ.
const TIMES: [f64; 7] = [1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0];

/// The e-process of hits, each with its own chance at the border of the hypothesis.
///
/// It is the mean over the alternatives of `product of (p'/p if hit, else (1 - p')/(1 - p))`, where
/// p' has the odds of p times 1.1 to 10, or over that if fewer hits are to be shown. The ratio is
/// linear in the true chance and 1 at p, so nothing grows on the other side of p either.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Odds {
    aim: Aim,
    ratios: [f64; 7],
    evidence: Evidence,
}

impl Odds {
    pub(super) fn new(aim: Aim) -> Self {
        Self { aim, ratios: [0.0; 7], evidence: Evidence::default() }
    }

    /// Takes in whether something hit that has at most (for harm) or at least (for fitness) this
    /// chance by the hypothesis; the chance is between 0 and 1.
    pub(super) fn see(&mut self, chance: f64, hit: bool) {
        for (ratio, times) in self.ratios.iter_mut().zip(TIMES) {
            let times = if self.aim == Aim::Harm { times } else { 1.0 / times };
            // p' = t p / (1 + (t - 1) p): both ratios without a difference of nearly equal numbers.
            let misses = -((times - 1.0) * chance).ln_1p();
            *ratio += if hit { times.ln() + misses } else { misses };
        }
        let terms = self.ratios.map(|ratio| ratio - (TIMES.len() as f64).ln());
        self.evidence.follow(ln_sum(&terms));
    }

    pub(super) fn evidence(&self) -> Evidence {
        self.evidence
    }
}
