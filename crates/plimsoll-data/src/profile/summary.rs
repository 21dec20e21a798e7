//! What a person, or a program, wants to read of a profile.

mod histogram;
mod note;

use std::collections::BTreeMap;

use plimsoll_core::Share;
use serde::Serialize;

pub use self::histogram::Histogram;
pub use self::note::Note;

use super::{CLASSES, Column, Gaps, Instants, Kind, Numbers, Profile, Texts, Unit};
use crate::sketch::distinct::Distinct;

/// How many frequent values of a column are named.
const FREQUENT: usize = 20;

/// The quantiles that are named, in hundredths.
const QUANTILES: [(&str, f64); 9] = [
    ("1", 0.01),
    ("5", 0.05),
    ("10", 0.1),
    ("25", 0.25),
    ("50", 0.5),
    ("75", 0.75),
    ("90", 0.9),
    ("95", 0.95),
    ("99", 0.99),
];

/// A table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// How many rows there are.
    pub rows: u64,
    /// Rows that repeat an earlier one; none where they were not compared.
    pub repeated: Option<Repeated>,
    /// The column that parts the rows into blocks.
    pub block: Option<BlocksSummary>,
    /// The columns, in their order.
    pub columns: Vec<ColumnSummary>,
}

/// Rows that repeat an earlier one in every column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Repeated {
    /// How many.
    pub rows: u64,
    /// Their share of all rows.
    pub share: Share,
    /// Whether that is a count, not an estimate from a fair part of the rows.
    pub exact: bool,
}

/// The blocks of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct BlocksSummary {
    /// The column.
    pub column: String,
    /// How many blocks there are.
    pub blocks: u64,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// The kind of its values.
    pub kind: Kind,
    /// The type in the file.
    pub stored: String,
    /// Rows without a value.
    pub missing: u64,
    /// Their share of all rows.
    pub missing_share: Share,
    /// Missing ones that are empty cells.
    pub empty: u64,
    /// Missing ones that are NaN.
    pub not_a_number: u64,
    /// Missing ones by how they are spelled.
    pub spelled: BTreeMap<String, u64>,
    /// Filled cells that are not of the kind.
    pub unparsed: u64,
    /// Their share of filled cells.
    pub unparsed_share: Share,
    /// How many different values there are.
    pub distinct: DistinctCount,
    /// The most frequent values.
    pub frequent: Vec<Frequent>,
    /// By how much their counts may be too low.
    pub frequent_error: u64,
    /// Of numbers, and of dates and time stamps.
    pub numbers: Option<NumbersSummary>,
    /// Of dates and time stamps.
    pub instants: Option<InstantsSummary>,
    /// Of texts.
    pub text: Option<TextSummary>,
    /// Whether values rise or fall all the way.
    pub trend: Option<&'static str>,
    /// What a person should look at.
    pub notes: Vec<Note>,
}

/// How many different values there are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DistinctCount {
    /// How many.
    pub count: u64,
    /// The relative standard error; 0 where they were counted.
    pub error: f64,
}

/// A value and how often it is there.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Frequent {
    /// The value.
    pub value: String,
    /// How often.
    pub count: u64,
    /// Its share of all rows.
    pub share: Share,
}

/// Numbers; dates and time stamps are counted in days and microseconds since 1970-01-01.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NumbersSummary {
    /// The lowest one; none where it is infinite.
    pub min: Option<f64>,
    /// The highest one; none where it is infinite.
    pub max: Option<f64>,
    /// The mean of finite ones.
    pub mean: Option<f64>,
    /// Their standard deviation.
    pub standard_deviation: Option<f64>,
    /// Their skewness.
    pub skewness: Option<f64>,
    /// Infinite ones.
    pub infinite: u64,
    /// Zeros.
    pub zeros: Option<u64>,
    /// Quantiles by hundredths; none where infinite.
    pub quantiles: BTreeMap<&'static str, Option<f64>>,
    /// By how much the rank of a quantile may be off, as a share of the rows.
    pub rank_error: f64,
    /// How they are spread.
    pub histogram: Option<Histogram>,
}

/// Dates or time stamps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct InstantsSummary {
    /// The first.
    pub first: String,
    /// The last.
    pub last: String,
    /// Days with rows.
    pub days: Option<u64>,
    /// Days without rows between the first and the last.
    pub gaps: Option<GapsSummary>,
    /// Rows by the hour of the day, UTC; of time stamps.
    pub hours: Option<Vec<u64>>,
    /// Rows by the day of the week, from Monday on.
    pub weekdays: Vec<u64>,
}

/// Days without rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct GapsSummary {
    /// How many.
    pub days: u64,
    /// The longest run of them.
    pub longest: u64,
    /// The first day of that run.
    pub since: Option<String>,
}

/// Texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TextSummary {
    /// The shortest, in characters.
    pub shortest: u64,
    /// The longest.
    pub longest: u64,
    /// The middle length.
    pub median: u64,
    /// The share of each class among all characters.
    pub classes: BTreeMap<&'static str, Share>,
}

impl Profile {
    /// Sums up the profile.
    pub fn summary(&self) -> Summary {
        let rows = self.rows();
        let repeated = self.digests().map(|digests| Repeated {
            rows: digests.repeated(),
            share: share(digests.repeated(), rows),
            exact: digests.level() == 0,
        });
        let block = self.blocks().map(|blocks| BlocksSummary {
            column: blocks.column().to_owned(),
            blocks: blocks.names().len() as u64,
        });
        let columns = self.columns().iter().map(ColumnSummary::of).collect();
        Summary { rows, repeated, block, columns }
    }
}

impl ColumnSummary {
    /// Writes a value of the column, or a statistic of its values, for a person.
    pub fn written(&self, value: f64) -> String {
        self.kind.written(value)
    }

    fn of(column: &Column) -> Self {
        let rows = column.rows();
        let values = column.values();
        let frequent = values.counts.into_iter().take(FREQUENT);
        let frequent = frequent
            // A value that is there once says nothing about the others.
            .filter(|(_, count)| *count > 1 || rows <= FREQUENT as u64)
            .map(|(value, count)| Frequent { value, count, share: share(count, rows) });
        let is_counted = column.is_counted();
        let mut summary = Self {
            name: column.name().to_owned(),
            kind: column.kind(),
            stored: column.stored().to_owned(),
            missing: column.missing(),
            missing_share: share(column.missing(), rows),
            empty: column.empty(),
            not_a_number: column.not_numbers(),
            spelled: column.spelled().clone(),
            unparsed: column.unparsed(),
            unparsed_share: share(column.unparsed(), column.filled()),
            distinct: DistinctCount {
                count: column.distinct(),
                error: if is_counted { 0.0 } else { Distinct::ERROR },
            },
            frequent: frequent.collect(),
            frequent_error: values.error,
            numbers: column.numbers().map(NumbersSummary::of),
            instants: column.instants().and_then(InstantsSummary::of),
            text: column.texts().filter(|_| shows_text(column.kind())).map(TextSummary::of),
            trend: trend(column),
            notes: Vec::new(),
        };
        summary.notes = note::notes(column, &summary);
        summary
    }
}

/// Tells whether lengths and characters say something about a column of that kind.
fn shows_text(kind: Kind) -> bool {
    matches!(kind, Kind::Category | Kind::Text | Kind::Identifier | Kind::Json | Kind::Mixed)
}

fn trend(column: &Column) -> Option<&'static str> {
    column.numbers()?;
    let trend = column.trend();
    match (trend.is_rising(), trend.is_falling(), trend.is_strict()) {
        (true, _, true) => Some("strictly-rising"),
        (true, _, false) => Some("rising"),
        (_, true, true) => Some("strictly-falling"),
        (_, true, false) => Some("falling"),
        _ => None,
    }
}

impl NumbersSummary {
    fn of(numbers: &Numbers) -> Self {
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        let items = numbers.items();
        let quantile = |of: f64| super::numbers::quantile(&items, of).and_then(finite);
        let zeros = numbers.frequent().into_iter().find(|(value, _)| value.abs() <= 0.0);
        let zeros = zeros.map(|(_, count)| count);
        let moments = numbers.moments();
        Self {
            min: numbers.ends().and_then(|(low, _)| finite(low)),
            max: numbers.ends().and_then(|(_, high)| finite(high)),
            mean: moments.mean(),
            standard_deviation: moments.standard_deviation(),
            skewness: moments.skewness(),
            infinite: numbers.count() - moments.count(),
            zeros: zeros.or_else(|| numbers.is_exact().then_some(0)),
            quantiles: QUANTILES.iter().map(|(name, of)| (*name, quantile(*of))).collect(),
            rank_error: numbers.rank_error(),
            histogram: Histogram::of(&items),
        }
    }
}

impl InstantsSummary {
    fn of(instants: &Instants) -> Option<Self> {
        let (first, last) = instants.ends()?;
        let day = |day: i64| Unit::Day.written(day);
        let gaps = instants.gaps().map(|Gaps { days, longest, since }| GapsSummary {
            days,
            longest,
            since: (longest > 0).then(|| day(since)),
        });
        let hours = (instants.unit() == Unit::Microsecond).then(|| instants.hours().to_vec());
        Some(Self {
            first: instants.unit().written(first),
            last: instants.unit().written(last),
            days: instants.days().map(|days| days.len() as u64),
            gaps,
            hours,
            weekdays: instants.weekdays().to_vec(),
        })
    }
}

impl TextSummary {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "lengths")]
    fn of(texts: &Texts) -> Self {
        let lengths = texts.lengths();
        let all: u64 = texts.classes().iter().sum();
        let classes = CLASSES.into_iter().zip(texts.classes());
        Self {
            shortest: lengths.first().map_or(0, |length| length.0 as u64),
            longest: lengths.last().map_or(0, |length| length.0 as u64),
            median: super::numbers::quantile(&lengths, 0.5).unwrap_or_default() as u64,
            classes: classes.map(|(name, count)| (name, share(*count, all))).collect(),
        }
    }
}

/// Returns a part of a whole; of nothing it is 0.
pub(super) fn share(part: u64, whole: u64) -> Share {
    let whole = std::num::NonZeroU64::new(whole.max(part)).unwrap_or(std::num::NonZeroU64::MIN);
    Share::of(part, whole)
}
