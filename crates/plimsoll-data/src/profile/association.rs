//! Which columns go along with which.

mod ranked;

use std::collections::BTreeSet;

use plimsoll_stats::correlation_ratio::correlation_ratio;
use plimsoll_stats::cramers_v::cramers_v;
use serde::Serialize;

use self::ranked::Ranked;
use super::Profile;
use super::column::Column;
use super::kind::Kind;
use super::sample::{Drawn, Sample};

/// With fewer rows nothing is said.
const FEWEST: u64 = 20;

/// Columns of more different values are no categories to compare by.
const MOST_VALUES: usize = 100;

/// Of wider tables only what goes along with the target is looked for.
const MOST_COLUMNS: usize = 100;

/// How two columns go along with each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Association {
    /// One column.
    pub a: String,
    /// The other one.
    pub b: String,
    /// How it was measured.
    pub measure: Measure,
    /// From -1 to 1 for correlations, from 0 to 1 for the others.
    pub value: f64,
    /// Pearson's correlation over all rows, of numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pearson: Option<f64>,
    /// In how many rows both columns have a value, of those that were looked at.
    pub rows: u64,
}

/// How an association is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Spearman's rank correlation, of two columns of numbers or instants.
    Spearman,
    /// Pearson's correlation, of profiles that were merged.
    Pearson,
    /// Cramér's V without what chance alone brings (Bergsma 2013), of two columns of categories.
    CramersV,
    /// The correlation ratio eta, of categories and numbers.
    CorrelationRatio,
}

/// What goes along with what.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Associations {
    /// The strongest first.
    pub pairs: Vec<Association>,
    /// How many rows were looked at for ranks and categories: all of them, or a fair sample.
    pub sampled: u64,
    /// How many columns could be compared.
    pub columns: u64,
    /// Why some pairs were not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Numbers,
    Categories,
}

impl Role {
    fn of(column: &Column) -> Option<Self> {
        match column.kind() {
            Kind::Integer | Kind::Number | Kind::Date | Kind::Timestamp => Some(Self::Numbers),
            Kind::Boolean => Some(Self::Categories),
            Kind::Category | Kind::Mixed if column.is_counted() => {
                let values = usize::try_from(column.distinct()).unwrap_or(usize::MAX);
                (values <= MOST_VALUES).then_some(Self::Categories)
            }
            _ => None,
        }
    }
}

/// Measures all pairs of columns on a sample of the rows, those with `target` alone where there are
/// too many columns.
pub(super) fn of_sample(profile: &Profile, sample: &Sample, target: Option<&str>) -> Associations {
    let columns = profile.columns().iter().enumerate();
    let columns: Vec<(usize, &Column, Role)> =
        columns.filter_map(|(at, column)| Some((at, column, Role::of(column)?))).collect();
    let is_wide = columns.len() > MOST_COLUMNS;
    let is_target = |column: &Column| target == Some(column.name());
    let mut found = Associations {
        sampled: sample.rows() as u64,
        columns: columns.len() as u64,
        note: is_wide.then(|| {
            let (many, most) = (columns.len(), MOST_COLUMNS);
            format!("of {many} columns only pairs with the target were looked at (at most {most})")
        }),
        ..Associations::default()
    };
    let drawn: Vec<Option<Compared<'_>>> = columns
        .iter()
        .map(|(at, _, role)| Some(Compared::of(*role, sample.column(*at)?)))
        .collect();
    for (place, first) in columns.iter().enumerate() {
        for (other, second) in columns.iter().enumerate().skip(place + 1) {
            if is_wide && !is_target(first.1) && !is_target(second.1) {
                continue;
            }
            let measured = drawn[place].as_ref().zip(drawn[other].as_ref());
            let measured = measured.and_then(|(a, b)| a.against(b));
            let Some((measure, value, rows)) = measured else { continue };
            let pearson = profile.correlation(first.0, second.0);
            let pearson = pearson.filter(|_| measure == Measure::Spearman);
            let (a, b) = (first.1.name().to_owned(), second.1.name().to_owned());
            found.pairs.push(Association { a, b, measure, value, pearson, rows });
        }
    }
    found.sort();
    found
}

/// Returns what is known of pairs from the profile alone: correlations of numbers.
pub(super) fn of_profile(profile: &Profile) -> Associations {
    let columns = profile.columns().iter().enumerate();
    let columns: Vec<(usize, &Column)> =
        columns.filter(|(_, column)| Role::of(column) == Some(Role::Numbers)).collect();
    let mut found = Associations {
        columns: columns.len() as u64,
        note: Some(
            "of stored profiles only Pearson's correlation of numbers is known; ranks and \
             categories need the rows"
                .to_owned(),
        ),
        ..Associations::default()
    };
    for (place, first) in columns.iter().enumerate() {
        for second in &columns[place + 1..] {
            let Some(value) = profile.correlation(first.0, second.0) else { continue };
            let (a, b) = (first.1.name().to_owned(), second.1.name().to_owned());
            let pair = profile.pairs.as_ref().and_then(|pairs| pairs.get(first.0, second.0));
            let rows = pair.map_or(0, |pair| pair.count());
            let (measure, pearson) = (Measure::Pearson, Some(value));
            found.pairs.push(Association { a, b, measure, value, pearson, rows });
        }
    }
    found.sort();
    found
}

impl Associations {
    fn sort(&mut self) {
        self.pairs.sort_by(|x, y| {
            let strength = y.value.abs().total_cmp(&x.value.abs());
            strength.then_with(|| (&x.a, &x.b).cmp(&(&y.a, &y.b)))
        });
    }

    /// Returns the associations of one column, the strongest first.
    pub fn with<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a Association> {
        self.pairs.iter().filter(move |pair| pair.a == column || pair.b == column)
    }
}

/// The sampled cells of a column as they are compared.
enum Compared<'a> {
    Numbers { of: &'a Drawn, ranked: Ranked<'a> },
    Categories(&'a Drawn),
}

impl<'a> Compared<'a> {
    fn of(role: Role, of: &'a Drawn) -> Self {
        match role {
            Role::Numbers => Self::Numbers { of, ranked: Ranked::of(&of.numbers) },
            Role::Categories => Self::Categories(of),
        }
    }

    fn against(&self, other: &Self) -> Option<(Measure, f64, u64)> {
        let (measure, value, rows) = match (self, other) {
            (Self::Numbers { ranked: a, .. }, Self::Numbers { ranked: b, .. }) => {
                let (value, rows) = a.spearman(b)?;
                (Measure::Spearman, value, rows)
            }
            (Self::Categories(a), Self::Categories(b)) => {
                let rows = rows(|row| a.hashes[row] != 0 && b.hashes[row] != 0, a);
                let names = |of: &Drawn| rows.iter().map(|row| of.hashes[*row]).collect::<Vec<_>>();
                let value = cramers_v(&names(a), &names(b)).ok()?.corrected;
                (Measure::CramersV, value, rows.len() as u64)
            }
            (Self::Categories(of), Self::Numbers { of: numbers, .. })
            | (Self::Numbers { of: numbers, .. }, Self::Categories(of)) => {
                let is_there = |row: usize| of.hashes[row] != 0 && numbers.numbers[row].is_finite();
                let rows = rows(is_there, of);
                let names: Vec<u64> = rows.iter().map(|row| of.hashes[*row]).collect();
                let numbers: Vec<f64> = rows.iter().map(|row| numbers.numbers[*row]).collect();
                let eta = correlation_ratio(&names, &numbers).ok()?.eta;
                (Measure::CorrelationRatio, corrected(eta, &names)?, rows.len() as u64)
            }
        };
        (value.is_finite() && rows >= FEWEST).then_some((measure, value, rows))
    }
}

/// Returns the correlation ratio less what chance alone brings, as many categories of few rows each tell
/// every number (epsilon squared, Kelley 1935); nothing where each row is a category of its own.
#[expect(clippy::cast_precision_loss, reason = "counts of drawn rows")]
fn corrected(eta: f64, categories: &[u64]) -> Option<f64> {
    let different = categories.iter().collect::<BTreeSet<_>>().len();
    let (rows, groups) = (categories.len() as f64, different as f64);
    let left = (1.0 - eta * eta) * (rows - 1.0) / (rows - groups);
    (different < categories.len()).then(|| (1.0 - left).max(0.0).sqrt())
}

fn rows(is_there: impl Fn(usize) -> bool, of: &Drawn) -> Vec<usize> {
    (0..of.hashes.len()).filter(|row| is_there(*row)).collect()
}
