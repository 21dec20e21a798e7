//! What each column says about the one that is to be predicted.

use serde::Serialize;

use super::Profile;
use super::association::{Associations, Measure};
use super::blocks::named;
use super::column::Column;
use super::kind::Kind;
use super::sample::{Drawn, Sample};

/// In how many groups the rows are parted by a column at most.
const GROUPS: usize = 10;

/// A target of more classes is not looked at class by class.
const MOST_CLASSES: u64 = 20;

/// How the target goes along with the other columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Target {
    /// The column.
    pub column: String,
    /// Of a target of classes the one whose share is shown: of two the rarer one, else the most
    /// frequent one. A target of numbers is shown by its mean.
    pub class: Option<String>,
    /// The mean, or the share of the class, over all rows that were looked at.
    pub overall: Option<f64>,
    /// The other columns, the strongest relation first.
    pub relations: Vec<Relation>,
}

/// How the target goes along with a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Relation {
    /// The column.
    pub column: String,
    /// How the strength is measured.
    pub measure: Measure,
    /// The strength.
    pub value: f64,
    /// The target by groups of rows with like values of the column, in their order.
    pub groups: Vec<Group>,
}

/// Rows with like values.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Group {
    /// The values: one, or from and to.
    pub label: String,
    /// How many rows, of those that were looked at.
    pub rows: u64,
    /// The mean of the target, or the share of its class.
    pub value: f64,
}

/// Returns how the column `target` goes along with the others; none where there is no such column.
pub(super) fn target(
    profile: &Profile,
    associations: &Associations,
    sample: Option<&Sample>,
    target: &str,
) -> Option<Target> {
    let columns = profile.columns();
    let at = columns.iter().position(|column| column.name() == target)?;
    let outcome = sample.and_then(|sample| Outcome::of(&columns[at], sample.column(at)?));
    let relation = |pair: &super::Association| {
        let other = if pair.a == target { &pair.b } else { &pair.a };
        let place = columns.iter().position(|column| column.name() == other);
        let drawn = place.zip(sample).and_then(|(place, of)| Some((place, of.column(place)?)));
        let groups = drawn.zip(outcome.as_ref());
        let groups = groups.map(|((place, drawn), of)| of.by(&columns[place], drawn));
        Relation {
            column: other.clone(),
            measure: pair.measure,
            value: pair.value,
            groups: groups.unwrap_or_default(),
        }
    };
    Some(Target {
        column: target.to_owned(),
        class: outcome.as_ref().and_then(|outcome| outcome.class.clone()),
        overall: outcome.as_ref().and_then(Outcome::overall),
        relations: associations.with(target).map(relation).collect(),
    })
}

/// The target row by row: a number, or 1 where it is the class and 0 where it is another.
struct Outcome {
    class: Option<String>,
    values: Vec<f64>,
}

impl Outcome {
    fn of(column: &Column, drawn: &Drawn) -> Option<Self> {
        match column.kind() {
            Kind::Integer | Kind::Number => {
                Some(Self { class: None, values: drawn.numbers.clone() })
            }
            Kind::Boolean | Kind::Category | Kind::Mixed if column.distinct() <= MOST_CLASSES => {
                let values = column.values().counts;
                let class = if values.len() == 2 { &values[1].0 } else { &values.first()?.0 };
                let hash = named(class);
                let value = |it: &u64| match *it {
                    0 => f64::NAN,
                    it => f64::from(u8::from(it == hash)),
                };
                let values = drawn.hashes.iter().map(value).collect();
                Some(Self { class: Some(class.clone()), values })
            }
            _ => None,
        }
    }

    fn overall(&self) -> Option<f64> {
        mean(self.values.iter().copied())
    }

    /// Returns the target by groups of rows with like values of a column.
    fn by(&self, column: &Column, drawn: &Drawn) -> Vec<Group> {
        let numbers = column.numbers().filter(|_| column.kind() != Kind::Identifier);
        if numbers.is_none_or(|numbers| numbers.is_exact() && numbers.distinct() <= GROUPS as u64) {
            self.by_value(column, drawn)
        } else {
            self.by_range(column, drawn)
        }
    }

    fn by_value(&self, column: &Column, drawn: &Drawn) -> Vec<Group> {
        let mut values: Vec<(String, u64)> = column.values().counts;
        values.truncate(GROUPS);
        if column.instants().is_some() {
            values.sort_unstable();
        } else if column.numbers().is_some() {
            let order = |value: &str| value.parse::<f64>().unwrap_or(f64::NAN);
            values.sort_by(|a, b| order(&a.0).total_cmp(&order(&b.0)));
        }
        let group = |(label, _): (String, u64)| {
            let hash = named(&label);
            self.group(label, |row| drawn.hashes[row] == hash)
        };
        values.into_iter().filter_map(group).collect()
    }

    fn by_range(&self, column: &Column, drawn: &Drawn) -> Vec<Group> {
        let numbers = drawn.numbers.iter();
        let mut sorted: Vec<f64> = numbers.copied().filter(|number| number.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else { return Vec::new() };
        let mut edges: Vec<f64> = (0..=GROUPS).map(|edge| sorted[edge * last / GROUPS]).collect();
        edges.dedup();
        let written = |value: f64| {
            let written = column.kind().written(value);
            // Of a moment the day is enough.
            written.split('T').next().unwrap_or_default().to_owned()
        };
        let range = |pair: &[f64]| {
            let (from, to) = (pair[0], pair[1]);
            let is_last = to >= sorted[last];
            let label = format!("{} to {}", written(from), written(to));
            self.group(label, |row| {
                let number = drawn.numbers[row];
                number >= from && (number < to || (is_last && number <= to))
            })
        };
        edges.windows(2).filter_map(range).collect()
    }

    fn group(&self, label: String, is_in: impl Fn(usize) -> bool) -> Option<Group> {
        let rows =
            (0..self.values.len()).filter(|row| is_in(*row) && self.values[*row].is_finite());
        let values: Vec<f64> = rows.map(|row| self.values[row]).collect();
        let rows = values.len() as u64;
        mean(values.into_iter()).map(|value| Group { label, rows, value })
    }
}

#[expect(clippy::cast_precision_loss, reason = "rows of a sample")]
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let finite = values.filter(|value| value.is_finite());
    let (sum, count) = finite.fold((0.0, 0_u64), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}
