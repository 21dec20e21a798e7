//! Texts that come as places in a dictionary: each is read once, and counted by its place.

use std::sync::Arc;

use arrow::array::{Array, AsArray, DictionaryArray, StringArray};
use arrow::datatypes::Int32Type;

use super::column::Column;
use super::instants::Unit;
use super::read::{Cell, read};
use super::take::Aligned;
use crate::sketch::hash;
use crate::sketch::moments::Moments;
use crate::sketch::order::{self, Scale};

/// A dictionary and how often each of its texts was there.
pub(super) struct Dictionary {
    /// Held, so that no other dictionary can lie where this one is.
    texts: Arc<dyn Array>,
    /// The hash and the number of each.
    meanings: Vec<(u64, f64)>,
    counts: Vec<u64>,
}

impl Dictionary {
    /// Takes in cells. Those of an earlier dictionary are counted first, if this is another one.
    pub(super) fn take(
        held: &mut Option<Self>,
        cells: &DictionaryArray<Int32Type>,
        column: &mut Column,
        out: &mut Aligned,
    ) {
        if held.as_ref().is_some_and(|held| !is_same(&held.texts, cells.values()))
            && let Some(before) = held.take()
        {
            before.count_into(column);
        }
        let dictionary = held.get_or_insert_with(|| Self::new(cells.values()));
        let mut empty = 0;
        for key in cells.keys() {
            let place = key.and_then(|key| usize::try_from(key).ok());
            let place = place.filter(|place| dictionary.texts.is_valid(*place));
            let (hash, number) = if let Some(place) = place {
                dictionary.counts[place] += 1;
                dictionary.meanings[place]
            } else {
                empty += 1;
                (0, f64::NAN)
            };
            out.hashes.push(hash);
            out.numbers.push(number);
        }
        column.add_empty(empty);
        if out.numbers.iter().all(|number| number.is_nan()) {
            out.numbers.clear();
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "what looks at several columns takes floats")]
    fn new(values: &Arc<dyn Array>) -> Self {
        let texts: &StringArray = values.as_string();
        let meaning = |text: Option<&str>| {
            let Some(text) = text else { return (0, f64::NAN) };
            let number = match read(text) {
                Cell::Integer(value) => return (hash::of_integer(value), value as f64),
                Cell::Number(value) => value,
                Cell::Flag(flag) => f64::from(u8::from(flag)),
                Cell::Date(day) => f64::from(day),
                Cell::Stamp(stamp) => return (hash::of_integer(stamp), stamp as f64),
                Cell::Missing(_) => return (0, f64::NAN),
                Cell::Text => return (hash::of_bytes(text.as_bytes()), f64::NAN),
            };
            (hash::of_float(number), number)
        };
        Self {
            texts: Arc::clone(values),
            meanings: texts.iter().map(meaning).collect(),
            counts: vec![0; texts.len()],
        }
    }

    /// Gives to `column` what was counted.
    pub(super) fn count_into(self, column: &mut Column) {
        let texts: &StringArray = self.texts.as_string();
        let (mut integers, mut numbers) = (Vec::new(), Vec::new());
        let (mut days, mut stamps) = (Vec::new(), Vec::new());
        for (place, (&count, meaning)) in self.counts.iter().zip(&self.meanings).enumerate() {
            if count == 0 || texts.is_null(place) {
                continue;
            }
            let text = texts.value(place);
            match read(text) {
                Cell::Integer(value) => integers.push((value, count)),
                Cell::Number(value) => numbers.push((value, count)),
                Cell::Flag(flag) => column.add_flags(flag, count),
                Cell::Date(day) => days.push((i64::from(day), count)),
                Cell::Stamp(stamp) => stamps.push((stamp, count)),
                Cell::Missing(spelling) => column.add_spelled(spelling, count),
                Cell::Text => column.texts_mut().take(text, meaning.0, count),
            }
        }
        count_numbers(column, &integers, &numbers);
        for (unit, values) in [(Unit::Day, days), (Unit::Microsecond, stamps)] {
            if !values.is_empty() {
                let instants = column.instants_mut(unit);
                instants.take_counted(&values);
                instants.values_mut().take_moments(&of_integers(&values));
            }
        }
    }
}

fn count_numbers(column: &mut Column, integers: &[(i64, u64)], numbers: &[(f64, u64)]) {
    if integers.is_empty() && numbers.is_empty() {
        return;
    }
    column.add_whole(integers.iter().map(|(_, count)| count).sum());
    let all = column.numbers_mut(Scale::Integer);
    if !numbers.is_empty() {
        all.become_float();
    }
    let is_float = all.scale() == Scale::Float;
    #[expect(clippy::cast_precision_loss, reason = "the column holds floats by now")]
    let key = |value: i64| {
        if is_float { order::of_float(value as f64) } else { order::of_integer(value) }
    };
    let mut keys: Vec<(u64, u64)> =
        integers.iter().map(|(value, count)| (key(*value), *count)).collect();
    keys.extend(numbers.iter().map(|(value, count)| (order::of_float(*value), *count)));
    all.take_counted(&mut keys);
    let mut moments = of_integers(integers);
    for &(value, count) in numbers.iter().filter(|(value, _)| value.is_finite()) {
        moments.merge(&Moments::repeated(value, count));
    }
    all.take_moments(&moments);
}

#[expect(clippy::cast_precision_loss, reason = "moments are floats")]
fn of_integers(values: &[(i64, u64)]) -> Moments {
    let mut moments = Moments::default();
    for &(value, count) in values {
        moments.merge(&Moments::repeated(value as f64, count));
    }
    moments
}

/// Tells whether two dictionaries are one: the same bytes at the same place.
fn is_same(held: &Arc<dyn Array>, other: &Arc<dyn Array>) -> bool {
    let (held, other): (&StringArray, &StringArray) = (held.as_string(), other.as_string());
    held.len() == other.len()
        && std::ptr::eq(held.value_data().as_ptr(), other.value_data().as_ptr())
        && std::ptr::eq(held.value_offsets().as_ptr(), other.value_offsets().as_ptr())
}
