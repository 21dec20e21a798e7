//! How features go with the label, so that it can be told later whether they still do.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plimsoll_stats::correlation;
use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::label::{Label, LabelKind};
use super::sample::Drawn;
use super::strength::{Feature, both, mean_of_other_half};

/// A category with fewer rows has no mean to go by.
const FEWEST_OF_CATEGORY: f64 = 10.0;

/// How the features of a file go with its label.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Relations {
    /// The digests of the two classes that count as 0 and 1, where the label is classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) classes: Option<[u64; 2]>,
    /// The features by name.
    pub(crate) features: BTreeMap<String, Relation>,
}

/// How a feature goes with the label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Relation {
    /// Spearman's correlation with the label.
    pub(crate) correlation: f64,
    /// Of how many rows.
    pub(crate) rows: u64,
    /// Of categories: the mean of the label by digest, by which they are put in order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) means: BTreeMap<u64, f64>,
}

impl Relations {
    /// Returns how the features of a file go with its label; nothing of more than two classes, which
    /// have no order.
    pub(crate) fn of(facts: &Facts) -> Option<Self> {
        let label = Label::of(facts).ok()?;
        let cells = facts.sample.column(label.at);
        let classes = match label.kind {
            LabelKind::Number => None,
            LabelKind::Classes => return None,
            LabelKind::Binary => {
                let keys: BTreeSet<u64> = cells.iter().filter_map(|cell| cell.key()).collect();
                let keys: Vec<u64> = keys.into_iter().collect();
                match keys[..] {
                    [zero, one] => Some([zero, one]),
                    // A class that none of the drawn rows has: nothing goes with such a label, and
                    // the label is of two classes all the same.
                    [only] => {
                        return Some(Self { classes: Some([only; 2]), features: BTreeMap::new() });
                    }
                    _ => return None,
                }
            }
        };
        let mut relations = Self { classes, features: BTreeMap::new() };
        let truth = relations.truth(cells);
        for (at, column) in facts.features() {
            let relation = Feature::of(facts, at).and_then(|feature| Relation::of(feature, &truth));
            relations.features.extend(relation.map(|relation| (column.name.clone(), relation)));
        }
        Some(relations)
    }

    /// Returns the label as numbers.
    fn truth(&self, cells: &[Drawn]) -> Vec<Option<f64>> {
        match self.classes {
            None => cells.iter().map(|cell| cell.number()).collect(),
            Some([zero, one]) => cells
                .iter()
                .map(|cell| match cell.key() {
                    Some(key) if key == one => Some(1.0),
                    Some(key) if key == zero => Some(0.0),
                    _ => None,
                })
                .collect(),
        }
    }

    /// Returns how the feature at `at` of another file goes with its label, in the same order of
    /// categories, as a correlation and its rows.
    pub(crate) fn elsewhere(
        &self,
        facts: &Facts,
        label: &Label<'_>,
        at: usize,
    ) -> Option<(f64, u64)> {
        let before = self.features.get(&facts.columns.get(at)?.name)?;
        let truth = self.truth(facts.sample.column(label.at));
        let values = match Feature::of(facts, at)? {
            Feature::Numbers(numbers) if before.means.is_empty() => numbers,
            Feature::Categories(categories) if !before.means.is_empty() => {
                categories.iter().map(|category| before.means.get(&(*category)?).copied()).collect()
            }
            _ => return None,
        };
        correlated(values, &truth)
    }
}

impl Relation {
    fn of(feature: Feature, truth: &[Option<f64>]) -> Option<Self> {
        let (values, means) = match feature {
            Feature::Numbers(numbers) => (numbers, BTreeMap::new()),
            Feature::Categories(categories) => {
                let means = means(&categories, truth);
                if means.len() < 2 {
                    return None;
                }
                (mean_of_other_half(&categories, truth), means)
            }
        };
        let (correlation, rows) = correlated(values, truth)?;
        Some(Self { correlation, rows, means })
    }
}

fn correlated(values: Vec<Option<f64>>, truth: &[Option<f64>]) -> Option<(f64, u64)> {
    let (values, truth) = both(values, truth)?;
    let correlation = correlation::spearman(&values, &truth).ok()??;
    Some((correlation, values.len() as u64))
}

fn means(categories: &[Option<u64>], truth: &[Option<f64>]) -> BTreeMap<u64, f64> {
    let mut sums: HashMap<u64, (f64, f64)> = HashMap::new();
    for (category, truth) in categories.iter().zip(truth) {
        if let (Some(category), Some(truth)) = (category, truth) {
            let (sum, count) = sums.entry(*category).or_default();
            *sum += truth;
            *count += 1.0;
        }
    }
    let enough = sums.into_iter().filter(|(_, (_, count))| *count >= FEWEST_OF_CATEGORY);
    enough.map(|(category, (sum, count))| (category, sum / count)).collect()
}
