//! A column of a profile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::blocks::Spread;
use super::instants::{Instants, Unit};
use super::kind::{self, Form, Kind};
use super::numbers::Numbers;
use super::texts::Texts;
use super::trend::Trend;
use crate::sketch::hash;
use crate::sketch::order::Scale;

/// What is known of a column. Cells of text are read: a cell is a number, a flag, a date, a time
/// stamp or, where it is none of these, a text; each kind is summed up apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Column {
    name: String,
    /// The type in the file; `text` of files of text.
    stored: String,
    nested: bool,
    rows: u64,
    empty: u64,
    /// NaN.
    not_numbers: u64,
    /// Cells that spell that they are empty.
    spelled: BTreeMap<String, u64>,
    /// Values that do not fit in 64 bits.
    unreadable: u64,
    /// How many of the numbers are integers.
    whole: u64,
    flags: [u64; 2],
    trend: Trend,
    numbers: Option<Box<Numbers>>,
    dates: Option<Box<Instants>>,
    stamps: Option<Box<Instants>>,
    texts: Option<Box<Texts>>,
    spread: Option<Spread>,
}

/// Values of a column by name, with how often each is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// The most frequent first; those equally frequent by name.
    pub counts: Vec<(String, u64)>,
    /// Whether these are all values.
    pub exact: bool,
    /// By how much a count may be too low; a value that is not named may have been there as often.
    pub error: u64,
}

impl Column {
    pub(super) fn new(name: &str, stored: String) -> Self {
        Self {
            name: name.to_owned(),
            stored,
            nested: false,
            rows: 0,
            empty: 0,
            not_numbers: 0,
            spelled: BTreeMap::new(),
            unreadable: 0,
            whole: 0,
            flags: [0; 2],
            trend: Trend::default(),
            numbers: None,
            dates: None,
            stamps: None,
            texts: None,
            spread: None,
        }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the type in the file; `text` of files of text, `several` where files differ.
    pub fn stored(&self) -> &str {
        &self.stored
    }

    /// Returns how many rows there are.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the kind of the values.
    pub fn kind(&self) -> Kind {
        kind::kind(self).0
    }

    /// Returns how many filled cells are of another kind than [`Column::kind`], or do not fit in
    /// 64 bits.
    pub fn unparsed(&self) -> u64 {
        self.filled() - kind::kind(self).1 + self.unreadable
    }

    /// Returns how many rows have no value: empty cells, NaN, and cells that spell it
    /// ([`Column::spelled`]).
    pub fn missing(&self) -> u64 {
        self.empty + self.not_numbers + self.spelled.values().sum::<u64>()
    }

    /// Returns how many cells are empty (null).
    pub fn empty(&self) -> u64 {
        self.empty
    }

    /// Returns how many numbers are NaN.
    pub fn not_numbers(&self) -> u64 {
        self.not_numbers
    }

    /// Returns the texts that stand for an empty cell, `?` and `NA` and such, each with how often
    /// it is there. Blanks alone are the empty text.
    pub fn spelled(&self) -> &BTreeMap<String, u64> {
        &self.spelled
    }

    /// Returns how many cells have a value that could be read.
    pub fn filled(&self) -> u64 {
        self.forms().iter().map(|(_, count)| count).sum()
    }

    /// Returns how values follow each other: of numbers and instants.
    pub fn trend(&self) -> &Trend {
        &self.trend
    }

    /// Returns the numbers of a column that has numbers, days or instants by its kind; days count
    /// from 1970-01-01, instants in microseconds.
    pub fn numbers(&self) -> Option<&Numbers> {
        match self.kind() {
            Kind::Integer | Kind::Number => self.numbers.as_deref(),
            Kind::Date => self.dates.as_deref().map(Instants::values),
            Kind::Timestamp => self.stamps.as_deref().map(Instants::values),
            Kind::Identifier if self.texts.is_none() => self.numbers.as_deref(),
            _ => None,
        }
    }

    /// Returns dates or time stamps of a column that has them by its kind.
    pub fn instants(&self) -> Option<&Instants> {
        match self.kind() {
            Kind::Date => self.dates.as_deref(),
            Kind::Timestamp => self.stamps.as_deref(),
            _ => None,
        }
    }

    /// Returns the cells that are texts and nothing else, whatever the kind of the column.
    pub fn texts(&self) -> Option<&Texts> {
        self.texts.as_deref()
    }

    /// Returns the cells that are numbers, whatever the kind of the column.
    pub fn all_numbers(&self) -> Option<&Numbers> {
        self.numbers.as_deref()
    }

    /// Returns how the column is spread over the blocks of its table, if there are any.
    pub fn spread(&self) -> Option<&Spread> {
        self.spread.as_ref()
    }

    /// Returns how many are `false` and how many are `true`.
    pub fn flags(&self) -> [u64; 2] {
        self.flags
    }

    /// Returns how many different values there are; about, unless [`Column::is_counted`].
    pub fn distinct(&self) -> u64 {
        let flags = self.flags.iter().filter(|count| **count > 0).count() as u64;
        let instants = [&self.dates, &self.stamps].into_iter().flatten();
        let numbers = instants.map(|instants| instants.values()).chain(self.numbers.as_deref());
        let texts = self.texts.as_ref().map_or(0, |texts| texts.words().distinct());
        let all = flags + texts + numbers.map(Numbers::distinct).sum::<u64>();
        all.min(self.filled())
    }

    /// Tells whether every value is counted, so that all counts are exact.
    pub fn is_counted(&self) -> bool {
        let instants = [&self.dates, &self.stamps].into_iter().flatten();
        let mut numbers = instants.map(|instants| instants.values()).chain(self.numbers.as_deref());
        numbers.all(Numbers::is_exact)
            && self.texts.as_ref().is_none_or(|texts| texts.words().is_exact())
    }

    /// Returns the values by name, whatever the kind, missing ones left out: all of them where
    /// they are counted, else the frequent ones. Numbers are written in their shortest form.
    pub fn values(&self) -> Values {
        let mut counts: Vec<(String, u64)> = Vec::new();
        let mut error = 0;
        for (flag, count) in ["false", "true"].into_iter().zip(self.flags) {
            counts.extend((count > 0).then(|| (flag.to_owned(), count)));
        }
        if let Some(numbers) = self.numbers.as_deref() {
            error = error.max(numbers.frequent_error());
            counts.extend(numbers.frequent_by_name());
        }
        for instants in [&self.dates, &self.stamps].into_iter().flatten() {
            error = error.max(instants.values().frequent_error());
            let frequent = instants.values().frequent_integers();
            counts.extend(frequent.map(|(value, count)| (instants.unit().written(value), count)));
        }
        if let Some(texts) = self.texts.as_deref() {
            error = error.max(texts.words().error());
            counts.extend(texts.words().iter().map(|(text, count)| (text.to_owned(), count)));
        }
        counts.sort_unstable_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        Values { counts, exact: self.is_counted(), error }
    }

    /// Takes in the rows that come next.
    pub(super) fn merge(&mut self, next: Self) {
        if self.stored != next.stored {
            "several".clone_into(&mut self.stored);
        }
        self.nested |= next.nested;
        self.rows += next.rows;
        self.empty += next.empty;
        self.not_numbers += next.not_numbers;
        for (spelling, count) in next.spelled {
            *self.spelled.entry(spelling).or_default() += count;
        }
        self.unreadable += next.unreadable;
        self.whole += next.whole;
        self.flags = [self.flags[0] + next.flags[0], self.flags[1] + next.flags[1]];
        self.trend.merge(&next.trend);
        merged(&mut self.numbers, next.numbers, Numbers::merge);
        merged(&mut self.dates, next.dates, Instants::merge);
        merged(&mut self.stamps, next.stamps, Instants::merge);
        merged(&mut self.texts, next.texts, |mine, its| mine.merge(&its));
    }

    /// Puts what waits into the sketches.
    pub(super) fn settle(&mut self) {
        let instants = [&mut self.dates, &mut self.stamps].into_iter().flatten();
        let numbers = instants.map(|instants| instants.values_mut());
        numbers.chain(self.numbers.as_deref_mut()).for_each(Numbers::settle);
    }

    /// Returns how many cells were read as what.
    pub(super) fn forms(&self) -> [(Form, u64); 5] {
        let instants = |of: &Option<Box<Instants>>| of.as_ref().map_or(0, |of| of.values().count());
        [
            (Form::Numbers, self.numbers.as_ref().map_or(0, |numbers| numbers.count())),
            (Form::Flags, self.flags[0] + self.flags[1]),
            (Form::Dates, instants(&self.dates)),
            (Form::Stamps, instants(&self.stamps)),
            (Form::Texts, self.texts.as_ref().map_or(0, |texts| texts.count())),
        ]
    }

    /// Returns how many cells were read as numbers, flags, dates, time stamps and texts.
    pub(crate) fn form_counts(&self) -> [u64; 5] {
        self.forms().map(|form| form.1)
    }

    /// Tells whether all numbers are integers.
    pub(super) fn are_whole(&self) -> bool {
        self.numbers.as_ref().is_some_and(|numbers| numbers.count() == self.whole)
    }

    pub(super) fn is_nested(&self) -> bool {
        self.nested
    }

    /// Tells what is wrong with a column that was read back.
    pub(super) fn flaw(&self) -> Option<&'static str> {
        let parts = [self.empty, self.not_numbers, self.unreadable].into_iter();
        let parts = parts.chain(self.spelled.values().copied());
        let parts = parts.chain(self.forms().map(|form| form.1));
        if parts.fold(0, u64::saturating_add) != self.rows {
            return Some("the cells of a column are not as many as its rows");
        }
        let instants = || [&self.dates, &self.stamps].into_iter().flatten();
        let flaws = instants().filter_map(|instants| instants.flaw());
        let flaws = flaws.chain(self.numbers.as_ref().and_then(|numbers| numbers.flaw()));
        flaws.chain(self.texts.as_ref().and_then(|texts| texts.flaw())).next()
    }

    // What taking cells in adds to.

    pub(super) fn add_rows(&mut self, rows: u64) {
        self.rows += rows;
    }

    pub(super) fn add_empty(&mut self, cells: u64) {
        self.empty += cells;
    }

    pub(super) fn add_not_numbers(&mut self, cells: u64) {
        self.not_numbers += cells;
    }

    pub(super) fn add_unreadable(&mut self, cells: u64) {
        self.unreadable += cells;
    }

    /// Counts cells as unreadable that were taken as empty.
    pub(super) fn take_back_empty(&mut self, cells: u64) {
        self.empty -= cells;
        self.unreadable += cells;
    }

    pub(super) fn add_whole(&mut self, cells: u64) {
        self.whole += cells;
    }

    pub(super) fn add_flags(&mut self, flag: bool, cells: u64) {
        self.flags[usize::from(flag)] += cells;
    }

    pub(super) fn add_spelled(&mut self, spelling: &str, cells: u64) {
        if let Some(count) = self.spelled.get_mut(spelling) {
            *count += cells;
        } else {
            self.spelled.insert(spelling.to_owned(), cells);
        }
    }

    pub(super) fn set_nested(&mut self) {
        self.nested = true;
    }

    pub(super) fn set_spread(&mut self, spread: Option<Spread>) {
        self.spread = spread;
    }

    pub(super) fn trend_mut(&mut self) -> &mut Trend {
        &mut self.trend
    }

    pub(super) fn numbers_mut(&mut self, scale: Scale) -> &mut Numbers {
        let seed = seed(&self.name);
        self.numbers.get_or_insert_with(|| Box::new(Numbers::new(scale, seed)))
    }

    pub(super) fn instants_mut(&mut self, unit: Unit) -> &mut Instants {
        let seed = seed(&self.name);
        let place = match unit {
            Unit::Day => &mut self.dates,
            Unit::Microsecond => &mut self.stamps,
        };
        place.get_or_insert_with(|| Box::new(Instants::new(unit, seed)))
    }

    pub(super) fn texts_mut(&mut self) -> &mut Texts {
        self.texts.get_or_insert_with(Box::default)
    }
}

/// Returns where the chance of a column's sketches comes from.
pub(super) fn seed(name: &str) -> u64 {
    hash::of_bytes(name.as_bytes())
}

fn merged<T>(mine: &mut Option<Box<T>>, its: Option<Box<T>>, merge: impl FnOnce(&mut T, T)) {
    match (mine, its) {
        (Some(mine), Some(its)) => merge(mine, *its),
        (mine @ None, its) => *mine = its,
        (Some(_), None) => {}
    }
}
