//! What e-processes have in common.

use serde::{Deserialize, Serialize};

use crate::p_value::PValue;

/// The error rate of a sequential test where no other is asked for.
pub const USUAL_ERROR: f64 = 0.05;

/// An e-process: the evidence against its hypothesis, now and at its highest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Evidence {
    /// How many rows or events it has seen.
    pub seen: u64,
    /// The logarithm of the e-value: 0 at the start.
    pub ln: f64,
    /// The largest logarithm so far, at least 0.
    pub largest: f64,
}

impl Evidence {
    /// Takes the logarithm of the e-value after one more row.
    pub(crate) fn follow(&mut self, ln: f64) {
        self.seen += 1;
        self.ln = ln;
        self.largest = self.largest.max(ln);
    }

    /// Returns the p-value that is valid whenever it is read: 1 over the largest e-value so far.
    pub fn p(&self) -> PValue {
        PValue::from_ln(-self.largest.max(0.0)).unwrap_or(PValue::ONE)
    }

    /// Returns whether the hypothesis has been rejected, at any time up to now, with at most this
    /// chance of doing so if it is true.
    pub fn rejects(&self, error: f64) -> bool {
        self.largest >= -error.ln()
    }
}

/// Where a rollout stands that is watched for harm and for fitness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Neither is shown yet, and there are rows to come.
    Open,
    /// Harm is shown: roll it back.
    Harm,
    /// It is shown to be fit: promote it.
    Fit,
    /// Neither was shown by the announced end.
    Inconclusive,
}

impl Standing {
    /// Reads the evidence of both tests, each with this error, `announced` rows being the end.
    ///
    /// Harm goes before fitness, should both be shown.
    pub fn of(harm: &Evidence, fit: &Evidence, error: f64, announced: u64) -> Self {
        if harm.rejects(error) {
            Self::Harm
        } else if fit.rejects(error) {
            Self::Fit
        } else if harm.seen.max(fit.seen) >= announced {
            Self::Inconclusive
        } else {
            Self::Open
        }
    }
}

/// Returns how many rows to announce where a test of `fixed` rows that is looked at once would do:
/// `2.5 fixed + 200`.
///
/// In simulations of the alternatives it was planned for, four of five tests had ended by then.
pub fn announced(fixed: u64) -> u64 {
    fixed.saturating_mul(5).div_ceil(2).saturating_add(200)
}

/// Returns the logarithm of the average of e-values, which is one itself: it tests that nothing is
/// wrong anywhere. Weights are fixed beforehand and taken as shares of their sum; of none, and of
/// weights that are not above 0, it is 0.
pub fn ln_average(weighted: &[(f64, Evidence)]) -> f64 {
    let weighted = || weighted.iter().filter(|(weight, _)| *weight > 0.0 && weight.is_finite());
    let total: f64 = weighted().map(|(weight, _)| weight).sum();
    let terms: Vec<f64> =
        weighted().map(|(weight, evidence)| (weight / total).ln() + evidence.ln).collect();
    if terms.is_empty() { 0.0 } else { ln_sum(&terms) }
}

/// Returns which hypotheses are rejected with an expected share of false ones of at most `rate`
/// (e-BH, Wang and Ramdas 2022): the k with the largest e-values, where k is the largest number of
/// them that are at least `n / (rate k)`. It holds whatever depends on what.
pub fn rejected(evidence: &[Evidence], rate: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..evidence.len()).collect();
    order.sort_by(|&a, &b| evidence[b].ln.total_cmp(&evidence[a].ln));
    let needed = |k: usize| (evidence.len() as f64 / (rate * k as f64)).ln();
    let reaches = |k: &usize| evidence[order[k - 1]].ln >= needed(*k);
    let count = (1..=evidence.len()).rev().find(reaches).unwrap_or(0);
    let mut rejected = vec![false; evidence.len()];
    for &test in &order[..count] {
        rejected[test] = true;
    }
    rejected
}

/// The logarithm of the sum of exponentials, without overflow.
pub(crate) fn ln_sum(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest.is_infinite() {
        return largest;
    }
    largest + terms.iter().map(|term| (term - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(e: f64) -> Evidence {
        let mut evidence = Evidence::default();
        evidence.follow(e.ln());
        evidence
    }

    #[test]
    fn what_was_rejected_once_stays_rejected() {
        let mut evidence = evidence(19.0);
        assert!(!evidence.rejects(0.05));
        evidence.follow(21.0_f64.ln());
        evidence.follow(0.1_f64.ln());
        assert!(evidence.rejects(0.05) && !evidence.rejects(0.04));
        assert!((evidence.p().get() - 1.0 / 21.0).abs() < 1e-12);
        assert_eq!((evidence.seen, Evidence::default().p()), (3, PValue::ONE));
    }

    #[test]
    fn harm_goes_first_and_the_end_is_announced() {
        let of = |harm, fit, end| Standing::of(&evidence(harm), &evidence(fit), 0.05, end);
        assert_eq!(of(30.0, 30.0, 9), Standing::Harm);
        assert_eq!(of(2.0, 30.0, 9), Standing::Fit);
        assert_eq!((of(2.0, 2.0, 9), of(2.0, 2.0, 1)), (Standing::Open, Standing::Inconclusive));
    }

    #[test]
    fn several_metrics_are_averaged() {
        let ln = ln_average(&[(3.0, evidence(8.0)), (1.0, evidence(0.5))]);
        assert!((ln.exp() - 6.125).abs() < 1e-12);
        assert!(ln_average(&[]) == 0.0 && ln_average(&[(f64::NAN, evidence(8.0))]) == 0.0);
    }

    #[test]
    fn false_discoveries_are_controlled_by_e_bh() {
        // Of 4 at 10 %: 40 for one, 20 each for two, 13.3 for three.
        let of = |e: [f64; 4]| rejected(&e.map(evidence), 0.1);
        assert_eq!(of([25.0, 1.0, 21.0, 12.0]), [true, false, true, false]);
        assert_eq!(of([25.0, 1.0, 14.0, 14.0]), [true, false, true, true]);
        assert_eq!(of([39.0, 1.0, 19.0, 12.0]), [false; 4]);
        assert!(rejected(&[], 0.1).is_empty());
    }

    #[test]
    fn the_announced_end_is_rounded_up() {
        assert_eq!((announced(1_000), announced(3)), (2_700, 208));
        assert_eq!(announced(u64::MAX), u64::MAX / 2 + 201);
    }
}
