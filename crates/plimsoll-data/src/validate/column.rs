//! One column held against its rules.

mod accepted;
mod order;
mod report;
mod text;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use arrow::util::display::array_value_to_string;

use self::accepted::Accepted;
use self::order::{Newest, Order};
use self::text::Texts;
use crate::example::{Tally, shown};
use crate::schema::{ColumnRule, Domain, Range};
use crate::table::Batch;
use crate::typed::Typed;

/// A column's rules in a form that is quick to ask; all parts of a table share it.
pub(super) struct ColumnPlan<'a> {
    name: &'a str,
    rule: &'a ColumnRule,
    accepted: Accepted<'a>,
    /// What time it is, in microseconds, where that matters and is known.
    now: Option<i64>,
    /// How many examples are kept.
    examples: usize,
}

impl<'a> ColumnPlan<'a> {
    pub(super) fn new(
        name: &'a str,
        rule: &'a ColumnRule,
        now: Option<i64>,
        examples: usize,
    ) -> Self {
        Self { name, rule, accepted: Accepted::of(&rule.domain), now, examples }
    }

    /// Tells whether cells may come as codes of a dictionary.
    pub(super) fn takes_codes(&self) -> bool {
        matches!(self.rule.domain, Domain::String { .. })
    }
}

/// What was wrong in a column so far.
pub(super) struct ColumnCheck {
    missing: Tally,
    wrong: Tally,
    not_finite: Tally,
    below: Beyond,
    above: Beyond,
    unexpected: Tally,
    texts: Texts,
    order: Order,
    newest: Newest,
}

/// Values beyond one end of a range.
struct Beyond {
    tally: Tally,
    /// The one that is farthest off, where values are numbers.
    farthest: Option<f64>,
}

impl ColumnCheck {
    pub(super) fn new(plan: &ColumnPlan<'_>) -> Self {
        let tally = || Tally::showing(plan.examples);
        let beyond = || Beyond { tally: tally(), farthest: None };
        Self {
            missing: tally(),
            wrong: tally(),
            not_finite: tally(),
            below: beyond(),
            above: beyond(),
            unexpected: tally(),
            texts: Texts::new(plan.examples),
            order: Order::new(plan.examples),
            newest: Newest::default(),
        }
    }

    /// Takes in the column at `at` of `batch`, read as `typed`.
    pub(super) fn take(&mut self, plan: &ColumnPlan<'_>, batch: &Batch, at: usize, typed: &Typed) {
        let cells = &batch.columns[at];
        if !plan.rule.nullable
            && let Some(nulls) = cells.logical_nulls().filter(|nulls| nulls.null_count() > 0)
        {
            for row in (0..batch.rows).filter(|&row| nulls.is_null(row)) {
                self.missing.add(batch.place(row), String::new);
            }
        }
        for &row in &typed.wrong {
            self.wrong.add(batch.place(row), || batch.cell(at, row));
        }
        match &plan.rule.domain {
            Domain::Integer { range, .. } => {
                #[expect(clippy::cast_precision_loss, reason = "shown as the farthest only")]
                let number = |value| Some(value as f64);
                self.range::<Int64Type>(batch, cells, typed, range, number);
                self.among::<Int64Type>(batch, cells, typed, |value| plan.accepted.has(value));
                self.ordered::<Int64Type>(plan, batch, cells, typed);
            }
            Domain::Number { range, values } => {
                self.finite(batch, cells, typed);
                self.range::<Float64Type>(batch, cells, typed, range, Some);
                if let Some(values) = values {
                    let has = |value: f64| {
                        let place = values.binary_search_by(|one| one.total_cmp(&(value + 0.0)));
                        place.is_ok() || !value.is_finite()
                    };
                    self.among::<Float64Type>(batch, cells, typed, has);
                }
                self.ordered::<Float64Type>(plan, batch, cells, typed);
            }
            Domain::Date { range, .. } => {
                self.range::<Date32Type>(batch, cells, typed, range, |_| None);
                let has = |day| plan.accepted.has(i64::from(day));
                self.among::<Date32Type>(batch, cells, typed, has);
                self.ordered::<Date32Type>(plan, batch, cells, typed);
                if let (Some(_), Some(now)) = (&plan.rule.fresh, plan.now) {
                    self.newest.take_days(typed, now);
                }
            }
            Domain::Timestamp { range, .. } => {
                self.range::<TimestampMicrosecondType>(batch, cells, typed, range, |_| None);
                let has = |moment| plan.accepted.has(moment);
                self.among::<TimestampMicrosecondType>(batch, cells, typed, has);
                self.ordered::<TimestampMicrosecondType>(plan, batch, cells, typed);
                if let (Some(_), Some(now)) = (&plan.rule.fresh, plan.now) {
                    self.newest.take_moments(typed, now);
                }
            }
            Domain::String { pattern, length, .. } => {
                let rules = text::Rules {
                    accepted: plan.accepted.strings(),
                    pattern: pattern.as_ref(),
                    length: *length,
                };
                let is_coded = cells.as_any_dictionary_opt().is_some();
                self.texts.take(&rules, batch, if is_coded { cells } else { &typed.values });
            }
            Domain::Boolean { values: Some(values) } => {
                if let Some(cells) = typed.values.as_boolean_opt() {
                    for (row, value) in cells.iter().enumerate() {
                        if value.is_some_and(|value| !values.contains(&value)) {
                            let value = || cells.value(row).to_string();
                            self.unexpected.add(batch.place(row), value);
                        }
                    }
                }
            }
            Domain::Boolean { values: None } => {}
        }
    }

    /// Takes in what was found in rows behind these.
    pub(super) fn absorb(&mut self, other: Self) {
        let joined: [(&mut Tally, Tally); 6] = [
            (&mut self.missing, other.missing),
            (&mut self.wrong, other.wrong),
            (&mut self.not_finite, other.not_finite),
            (&mut self.below.tally, other.below.tally),
            (&mut self.above.tally, other.above.tally),
            (&mut self.unexpected, other.unexpected),
        ];
        for (one, other) in joined {
            one.absorb(other, None);
        }
        self.below.farthest = farther(self.below.farthest, other.below.farthest, f64::min);
        self.above.farthest = farther(self.above.farthest, other.above.farthest, f64::max);
        self.texts.absorb(other.texts);
        self.order.absorb(other.order);
        self.newest.absorb(other.newest);
    }

    fn range<T: ArrowPrimitiveType>(
        &mut self,
        batch: &Batch,
        cells: &ArrayRef,
        typed: &Typed,
        range: &Range<T::Native>,
        number: impl Fn(T::Native) -> Option<f64>,
    ) where
        T::Native: PartialOrd,
    {
        let Some(values) = typed.values.as_primitive_opt::<T>() else { return };
        if let Some(min) = &range.min
            && any(values, |value| value < min.value)
        {
            for row in filled(values).filter(|&row| values.value(row) < min.value) {
                let farthest = &mut self.below.farthest;
                *farthest = farther(*farthest, number(values.value(row)), f64::min);
                self.below.tally.add(batch.place(row), || shown(&text(cells, row)));
            }
        }
        if let Some(max) = &range.max
            && any(values, |value| value > max.value)
        {
            for row in filled(values).filter(|&row| values.value(row) > max.value) {
                let farthest = &mut self.above.farthest;
                *farthest = farther(*farthest, number(values.value(row)), f64::max);
                self.above.tally.add(batch.place(row), || shown(&text(cells, row)));
            }
        }
    }

    fn finite(&mut self, batch: &Batch, cells: &ArrayRef, typed: &Typed) {
        let Some(values) = typed.values.as_primitive_opt::<Float64Type>() else { return };
        if any(values, |value| !value.is_finite()) {
            for row in filled(values).filter(|&row| !values.value(row).is_finite()) {
                self.not_finite.add(batch.place(row), || shown(&text(cells, row)));
            }
        }
    }

    fn among<T: ArrowPrimitiveType>(
        &mut self,
        batch: &Batch,
        cells: &ArrayRef,
        typed: &Typed,
        has: impl Fn(T::Native) -> bool,
    ) {
        let Some(values) = typed.values.as_primitive_opt::<T>() else { return };
        if any(values, |value| !has(value)) {
            for row in filled(values).filter(|&row| !has(values.value(row))) {
                self.unexpected.add(batch.place(row), || shown(&text(cells, row)));
            }
        }
    }

    fn ordered<T: ArrowPrimitiveType>(
        &mut self,
        plan: &ColumnPlan<'_>,
        batch: &Batch,
        cells: &ArrayRef,
        typed: &Typed,
    ) where
        T::Native: PartialOrd + Into<order::Key>,
    {
        if let (Some(monotone), Some(values)) =
            (plan.rule.monotone, typed.values.as_primitive_opt::<T>())
        {
            self.order.take(monotone, values, batch, |row| shown(&text(cells, row)));
        }
    }
}

fn farther(one: Option<f64>, other: Option<f64>, of: fn(f64, f64) -> f64) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(of(one, other)),
        (one, other) => one.or(other),
    }
}

/// Tells whether any value, empty cells' included, is `bad`. Written so that it is vectorised.
#[inline]
fn any<T: ArrowPrimitiveType>(values: &PrimitiveArray<T>, bad: impl Fn(T::Native) -> bool) -> bool {
    values
        .values()
        .chunks(256)
        .any(|chunk| chunk.iter().fold(false, |any, &value| any | bad(value)))
}

fn filled<T: ArrowPrimitiveType>(values: &PrimitiveArray<T>) -> impl Iterator<Item = usize> + '_ {
    (0..values.len()).filter(|&row| values.is_valid(row))
}

/// Returns the cell as the file has it.
pub(super) fn text(cells: &ArrayRef, row: usize) -> String {
    array_value_to_string(cells, row).unwrap_or_default()
}
