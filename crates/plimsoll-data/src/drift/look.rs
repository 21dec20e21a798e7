//! What is compared of a column, as its profiles tell it.

use std::collections::{BTreeMap, HashMap, HashSet};

use plimsoll_stats::drift::cells::Cells;
use plimsoll_stats::drift::facet::Aspect;
use plimsoll_stats::drift::ladder::{Ladder, grid};
use plimsoll_stats::drift::unseen::Counted;
use plimsoll_stats::tested::NoAnswer;

use super::pair::Pair;
use super::slots::Slots;
use crate::profile::{Column, Kind, Numbers};
use crate::sketch::hash;

/// The most by which counts of frequent values may be off together.
const LOOSEST: f64 = 0.02;

/// One comparison of a column.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) aspect: Aspect,
    pub(super) measure: Measure,
    /// How rows fall into cells, for how alike they are; absent where a row alone does not tell.
    pub(super) slots: Option<Slots>,
}

/// What both sides have.
#[derive(Clone, Debug)]
pub(super) enum Measure {
    /// Values in ascending order.
    Ordered {
        sides: [Steps; 2],
        /// By how much a share may be off because a sketch was read, of each side.
        errors: [f64; 2],
    },
    /// Values without an order.
    Counted {
        cells: Cells,
        /// What is in each cell.
        names: Vec<String>,
        /// How many rows each single value has, missing ones left out.
        values: [Vec<u64>; 2],
        /// By how much a share may be off because a sketch was read, of each side.
        errors: [f64; 2],
        /// Which share of the rows has values that are not told apart, of the side that has less.
        hidden: f64,
    },
    /// Rows that have something.
    Share { hits: [u64; 2] },
    /// Rows below and above the reference's order statistics.
    Tails { beyond: [[u64; 2]; 2] },
    /// The rows of each value.
    New { values: Vec<Counted>, names: Vec<String> },
}

/// Values in ascending order, each with how many rows have it or one before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    pub(super) missing: u64,
    pub(super) values: Vec<f64>,
    pub(super) through: Vec<u64>,
}

impl Steps {
    pub(super) fn of(items: impl IntoIterator<Item = (f64, u64)>, rows: u64) -> Self {
        let mut steps = Self::default();
        let mut sum = 0_u64;
        for (value, count) in items {
            sum += count;
            steps.values.push(value);
            steps.through.push(sum);
        }
        steps.missing = rows.saturating_sub(sum);
        steps
    }

    pub(super) fn ladder(&self) -> Ladder<'_> {
        Ladder { missing: self.missing, values: &self.values, through: Some(&self.through) }
    }
}

/// Returns everything that is compared of a column, numbers put into `parts` to see how alike those
/// of a block are.
///
/// # Errors
/// A side has no rows.
pub(super) fn looks(pair: &Pair<'_>, parts: u64) -> Result<Vec<Look>, NoAnswer> {
    let missing = Look {
        aspect: Aspect::Missing,
        measure: Measure::Share { hits: pair.missing() },
        slots: Some(Slots::Missing { kind: pair.kind }),
    };
    let mut looks = vec![missing];
    match pair.kind {
        Kind::Integer | Kind::Number => looks.extend(of_numbers(pair, parts)),
        Kind::Boolean => looks.push(flags(pair)?),
        Kind::Date => looks.extend(weekdays(pair)?),
        Kind::Timestamp => {
            looks.extend(hours(pair)?);
            looks.extend(weekdays(pair)?);
        }
        Kind::Category => looks.extend(categories(pair)?),
        Kind::Text | Kind::Json => {
            looks.push(lengths(pair, parts));
            looks.extend(characters(pair)?);
        }
        Kind::Identifier => {
            looks.extend(duplicates(pair));
            looks.extend(characters(pair)?);
        }
        Kind::Mixed => looks.push(forms(pair)?),
        Kind::Empty => {}
    }
    Ok(looks)
}

fn of_numbers(pair: &Pair<'_>, parts: u64) -> Vec<Look> {
    let kind = pair.kind;
    let sides = pair.columns().map(|column| {
        let items = column.all_numbers().map(Numbers::items).unwrap_or_default();
        Steps::of(items, column.rows())
    });
    let error = |column: &Column| column.all_numbers().map_or(0.0, Numbers::rank_error);
    let errors = pair.columns().map(error);
    let cuts = grid(&sides[0].ladder(), &sides[1].ladder(), parts);
    let tails = tails(pair, &sides[1], errors[1]);
    let mut looks = vec![Look {
        aspect: Aspect::Shape,
        measure: Measure::Ordered { sides, errors },
        slots: Some(Slots::Numbers { kind, cuts }),
    }];
    looks.extend(tails.map(|(beyond, limits)| Look {
        aspect: Aspect::Tails,
        measure: Measure::Tails { beyond },
        slots: Some(Slots::Tails { kind, limits }),
    }));
    looks
}

/// Returns the rows beyond the reference's tail limits, and these. The reference's are exact; of a
/// sketched current side as many are left off as the sketch may have too many.
fn tails(pair: &Pair<'_>, current: &Steps, error: f64) -> Option<([[u64; 2]; 2], [f64; 2])> {
    let reference = pair.reference.all_numbers()?;
    let [low, high] = reference.tails(reference.count().div_ceil(1000))?;
    let ladder = current.ladder();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of rows"
    )]
    let unsure = (error * ladder.filled() as f64).ceil() as u64;
    let below = ladder.below(low.limit).saturating_sub(unsure);
    let above = (ladder.filled() - ladder.up_to(high.limit)).saturating_sub(unsure);
    Some(([[low.beyond, below], [high.beyond, above]], [low.limit, high.limit]))
}

fn flags(pair: &Pair<'_>) -> Result<Look, NoAnswer> {
    let missing = pair.missing();
    let counts = |side: usize| {
        let [no, yes] = pair.columns()[side].flags();
        [no, yes, missing[side]]
    };
    let names = ["false", "true", "missing"];
    let of = ["false", "true"].map(|name| hash::of_bytes(name.as_bytes()));
    counted(Aspect::Shape, names, [counts(0), counts(1)], |cells| Slots::Values {
        of: of.into_iter().zip([slot(cells, 0), slot(cells, 1)]).collect(),
        missing: slot(cells, 2),
        other: slot(cells, 2),
        count: width(cells),
    })
}

fn hours(pair: &Pair<'_>) -> Result<Option<Look>, NoAnswer> {
    let counts = pair.columns().map(|column| column.instants().map_or([0; 24], |at| *at.hours()));
    // Days that are stored as moments have one hour only.
    let used = (0..24).filter(|&hour| counts[0][hour] + counts[1][hour] > 0).count();
    if used < 2 {
        return Ok(None);
    }
    let names = (0..24).map(|hour| format!("{hour} h")).chain(["missing".to_owned()]);
    parts(pair, Aspect::Hour, names, counts.map(|counts| counts.to_vec()), Slots::Hours).map(Some)
}

fn weekdays(pair: &Pair<'_>) -> Result<Option<Look>, NoAnswer> {
    let counts = pair.columns().map(|column| column.instants().map_or([0; 7], |at| *at.weekdays()));
    let names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let names = names.into_iter().chain(["missing"]).map(str::to_owned);
    let slots = Slots::Weekdays { kind: pair.kind };
    parts(pair, Aspect::Weekday, names, counts.map(|counts| counts.to_vec()), slots).map(Some)
}

/// Compares parts of dates, of which every cell is kept: rare ones are put together where they are
/// judged.
fn parts(
    pair: &Pair<'_>,
    aspect: Aspect,
    names: impl IntoIterator<Item = String>,
    counts: [Vec<u64>; 2],
    slots: Slots,
) -> Result<Look, NoAnswer> {
    let missing = pair.missing();
    let values = counts.clone();
    let [mut a, mut b] = counts;
    a.push(missing[0]);
    b.push(missing[1]);
    let cells = Cells::pooled(&a, &b)?;
    let names = names_of(&cells, names);
    let measure = Measure::Counted { cells, names, values, errors: [0.0; 2], hidden: 0.0 };
    Ok(Look { aspect, measure, slots: Some(slots) })
}

fn categories(pair: &Pair<'_>) -> Result<Vec<Look>, NoAnswer> {
    let values = pair.columns().map(Column::values);
    let exact = values[0].exact && values[1].exact;
    let mut counts: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for (side, values) in values.iter().enumerate() {
        for (name, count) in &values.counts {
            counts.entry(name).or_default()[side] += count;
        }
    }
    let mut looks = Vec::new();
    if exact {
        let named = |(name, [reference, current]): (&&str, &[u64; 2])| {
            (Counted { reference: *reference, current: *current, blocks: None }, (*name).to_owned())
        };
        let (values, words) = counts.iter().map(named).unzip();
        let known = counts.iter().filter(|(_, [reference, _])| *reference > 0);
        let known: HashSet<u64> = known.map(|(name, _)| hash::of_bytes(name.as_bytes())).collect();
        looks.push(Look {
            aspect: Aspect::NewValues,
            measure: Measure::New { values, names: words },
            slots: Some(Slots::Unseen { known }),
        });
    }
    let rows = pair.columns().map(|column| column.rows().max(1));
    #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
    let each = [0, 1].map(|side: usize| values[side].error as f64 / rows[side] as f64);
    let both = each[0] + each[1];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    let most = if both > 0.0 { (LOOSEST / both) as usize } else { usize::MAX };
    let mut frequent: Vec<(&str, [u64; 2])> = counts.into_iter().collect();
    frequent.sort_by_key(|(name, [a, b])| (std::cmp::Reverse(a + b), *name));
    frequent.truncate(most);
    #[expect(clippy::cast_precision_loss, reason = "counts of values")]
    let errors = each.map(|each| each * frequent.len() as f64);
    let missing = pair.missing();
    let filled = pair.filled();
    let listed = |side: usize| frequent.iter().map(move |(_, counts)| counts[side]);
    let side = |side: usize| -> Vec<u64> {
        let others = filled[side].saturating_sub(listed(side).sum());
        listed(side).chain([others, missing[side]]).collect()
    };
    let values = [side(0), side(1)];
    let cells = Cells::pooled(&values[0], &values[1])?;
    let values = values.map(|counts| counts[..=frequent.len()].to_vec());
    let names = frequent.iter().map(|(name, _)| (*name).to_owned());
    let names = names_of(&cells, names.chain(["other values".to_owned(), "missing".to_owned()]));
    let of: HashMap<u64, u16> = frequent
        .iter()
        .enumerate()
        .map(|(at, (name, _))| (hash::of_bytes(name.as_bytes()), slot(&cells, at)))
        .collect();
    let slots = Slots::Values {
        of,
        missing: slot(&cells, frequent.len() + 1),
        other: slot(&cells, frequent.len()),
        count: width(&cells),
    };
    // Where all values are counted, "other values" is empty.
    let hidden = if exact {
        0.0
    } else {
        #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
        let others =
            [0, 1].map(|side: usize| values[side][frequent.len()] as f64 / rows[side] as f64);
        others[0].min(others[1])
    };
    let measure = Measure::Counted { cells, names, values, errors, hidden };
    looks.push(Look { aspect: Aspect::Shape, measure, slots: Some(slots) });
    Ok(looks)
}

fn lengths(pair: &Pair<'_>, parts: u64) -> Look {
    let sides = pair.columns().map(|column| {
        let lengths = column.texts().map(crate::profile::Texts::lengths).unwrap_or_default();
        Steps::of(lengths, column.rows())
    });
    let cuts = grid(&sides[0].ladder(), &sides[1].ladder(), parts);
    Look {
        aspect: Aspect::Length,
        measure: Measure::Ordered { sides, errors: [0.0; 2] },
        slots: Some(Slots::Lengths { cuts }),
    }
}

fn characters(pair: &Pair<'_>) -> Result<Option<Look>, NoAnswer> {
    let texts = pair.columns().map(Column::texts);
    if texts.iter().all(Option::is_none) {
        return Ok(None);
    }
    let counts = |side: usize| {
        let ways = texts[side].map_or([0; 64], |texts| *texts.mixes());
        let rest = pair.columns()[side].rows() - ways.iter().sum::<u64>();
        ways.into_iter().chain([rest]).collect::<Vec<u64>>()
    };
    let values = [counts(0), counts(1)];
    let cells = Cells::pooled(&values[0], &values[1])?;
    let names = names_of(&cells, (0..64).map(mix_name).chain(["no text".to_owned()]));
    let slots = Slots::Characters {
        of: (0..65).map(|way| slot(&cells, way)).collect(),
        count: width(&cells),
    };
    let measure = Measure::Counted { cells, names, values, errors: [0.0; 2], hidden: 0.0 };
    Ok(Some(Look { aspect: Aspect::Characters, measure, slots: Some(slots) }))
}

fn mix_name(way: usize) -> String {
    let classes = crate::profile::CLASSES.iter().enumerate();
    let has: Vec<&str> =
        classes.filter(|(bit, _)| way >> bit & 1 == 1).map(|(_, name)| *name).collect();
    if has.is_empty() { "empty".to_owned() } else { has.join(" + ") }
}

/// Compares how many rows repeat an earlier one, which is only known where all values are counted.
fn duplicates(pair: &Pair<'_>) -> Option<Look> {
    let counted = pair.columns().iter().all(|column| column.is_counted());
    let repeated = |column: &Column| column.filled() - column.distinct();
    counted.then(|| Look {
        aspect: Aspect::Duplicates,
        measure: Measure::Share { hits: pair.columns().map(repeated) },
        slots: None,
    })
}

fn forms(pair: &Pair<'_>) -> Result<Look, NoAnswer> {
    let missing = pair.missing();
    let counts = |side: usize| {
        let forms = pair.columns()[side].form_counts();
        [missing[side], forms[0], forms[1], forms[2], forms[3], forms[4]]
    };
    let names = ["missing", "numbers", "true or false", "dates", "time stamps", "texts"];
    let (a, b) = (counts(0), counts(1));
    let cells = Cells::pooled(&a, &b)?;
    let names = names_of(&cells, names.map(str::to_owned));
    let values = [a[1..].to_vec(), b[1..].to_vec()];
    let measure = Measure::Counted { cells, names, values, errors: [0.0; 2], hidden: 0.0 };
    Ok(Look { aspect: Aspect::Shape, measure, slots: Some(Slots::Forms) })
}

fn counted<const N: usize>(
    aspect: Aspect,
    names: [&str; N],
    counts: [[u64; N]; 2],
    slots: impl Fn(&Cells) -> Slots,
) -> Result<Look, NoAnswer> {
    let cells = Cells::pooled(&counts[0], &counts[1])?;
    let slots = Some(slots(&cells));
    let names = names_of(&cells, names.map(str::to_owned));
    // The last one is missing.
    let values = counts.map(|counts| counts[..N - 1].to_vec());
    Ok(Look {
        aspect,
        measure: Measure::Counted { cells, names, values, errors: [0.0; 2], hidden: 0.0 },
        slots,
    })
}

/// Returns the names of cells: of the value that is alone in it, or that they are rare.
fn names_of(cells: &Cells, values: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut names = vec![None; cells.count()];
    for (value, &cell) in values.into_iter().zip(&cells.of_value) {
        if let Some(name) = names.get_mut(cell) {
            *name = Some(if name.is_none() { value } else { "rare values".to_owned() });
        }
    }
    names.into_iter().map(Option::unwrap_or_default).collect()
}

fn slot(cells: &Cells, value: usize) -> u16 {
    let cell = cells.of_value.get(value).copied().unwrap_or_default();
    // A value that is nowhere may have a place beyond the cells.
    u16::try_from(cell.min(cells.count().saturating_sub(1))).unwrap_or(u16::MAX)
}

fn width(cells: &Cells) -> u16 {
    u16::try_from(cells.count()).unwrap_or(u16::MAX)
}
