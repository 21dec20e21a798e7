//! The lowest and the highest values of a stream, exactly.

use serde::{Deserialize, Serialize};

use super::bytes;
use super::sort::merge_into;

/// How many are kept at each end: 0.1 % of a million rows, and more than that of fewer.
pub const KEPT: usize = 1024;

/// The lowest and the highest values so far, repeated ones included.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, try_from = "Stored")]
pub struct Extremes {
    /// The lowest, ascending.
    #[serde(with = "bytes")]
    low: Vec<u64>,
    /// The highest, ascending.
    #[serde(with = "bytes")]
    high: Vec<u64>,
}

/// What is read back before it is looked at.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Stored {
    #[serde(with = "bytes")]
    low: Vec<u64>,
    #[serde(with = "bytes")]
    high: Vec<u64>,
}

impl TryFrom<Stored> for Extremes {
    type Error = &'static str;

    fn try_from(Stored { low, high }: Stored) -> Result<Self, Self::Error> {
        let sound = |end: &[u64]| end.len() <= KEPT && end.is_sorted();
        let sound = sound(&low) && sound(&high) && low.len() == high.len();
        if sound { Ok(Self { low, high }) } else { Err("the extreme values are not in order") }
    }
}

impl Extremes {
    /// Returns the lowest values, ascending.
    pub fn low(&self) -> &[u64] {
        &self.low
    }

    /// Returns the highest values, ascending.
    pub fn high(&self) -> &[u64] {
        &self.high
    }

    /// Takes in sorted values.
    pub(crate) fn take_sorted(&mut self, values: &[u64]) {
        let lower = match self.low.last() {
            Some(limit) if self.low.len() == KEPT => values.partition_point(|value| value < limit),
            _ => values.len(),
        };
        if lower > 0 {
            merge_into(&mut self.low, &values[..lower.min(KEPT)]);
            self.low.truncate(KEPT);
        }
        let higher = match self.high.first() {
            Some(limit) if self.high.len() == KEPT => {
                values.partition_point(|value| value <= limit)
            }
            _ => 0,
        };
        if higher < values.len() {
            let from = higher.max(values.len().saturating_sub(KEPT));
            merge_into(&mut self.high, &values[from..]);
            self.high.drain(..self.high.len().saturating_sub(KEPT));
        }
    }

    /// Takes in values in ascending order, each with how often it is there.
    pub(crate) fn take_counted(&mut self, values: &[(u64, u64)]) {
        let repeated = |(value, count): &(u64, u64)| {
            std::iter::repeat_n(*value, usize::try_from(*count).unwrap_or(KEPT).min(KEPT))
        };
        let low: Vec<u64> = values.iter().flat_map(repeated).take(KEPT).collect();
        let high: Vec<u64> = values.iter().rev().flat_map(repeated).take(KEPT).collect();
        let high: Vec<u64> = high.into_iter().rev().collect();
        self.merge(&Self { low, high });
    }

    /// Takes in what another one has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        merge_into(&mut self.low, &other.low);
        self.low.truncate(KEPT);
        merge_into(&mut self.high, &other.high);
        self.high.drain(..self.high.len().saturating_sub(KEPT));
    }

    /// Gives the values other names in the same order.
    pub(crate) fn rename(&mut self, name: impl Fn(u64) -> u64) {
        self.low.iter_mut().chain(&mut self.high).for_each(|value| *value = name(*value));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]
        #[test]
        fn the_ends_are_exact_whatever_the_chunks(
            values in prop::collection::vec(0_u64..5_000, 0..6_000),
            chunk in 1_usize..3_000,
            at in 0..100_usize,
        ) {
            let (a, b) = values.split_at(values.len() * at / 100);
            let [mut merged, other] = [a, b].map(|part| {
                let mut extremes = Extremes::default();
                for chunk in part.chunks(chunk) {
                    let mut chunk = chunk.to_vec();
                    chunk.sort_unstable();
                    extremes.take_sorted(&chunk);
                }
                extremes
            });
            merged.merge(&other);
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let kept = sorted.len().min(KEPT);
            prop_assert_eq!(merged.low(), &sorted[..kept]);
            prop_assert_eq!(merged.high(), &sorted[sorted.len() - kept..]);
            let counted: Vec<(u64, u64)> = sorted
                .chunk_by(|a, b| a == b)
                .map(|run| (run[0], run.len() as u64))
                .collect();
            let mut extremes = Extremes::default();
            extremes.take_counted(&counted);
            prop_assert_eq!(&extremes, &merged);
            let text = serde_json::to_string(&merged).unwrap();
            prop_assert_eq!(serde_json::from_str::<Extremes>(&text).unwrap(), merged);
        }
    }
}
