//! The elements of a tensor that cells become, exactly or not at all.

use super::FeedError;
use crate::ElementType;
use crate::cells::Cells;
use crate::class::whole;

/// Writes `cells` to every `stride`th element of `into`, and returns how many are missing.
pub(super) fn fill<T: Element>(
    cells: &Cells,
    column: &str,
    first_row: usize,
    into: &mut [T],
    stride: usize,
) -> Result<usize, FeedError> {
    let (mut missing, mut empty, mut unfit) = (0, Tally::default(), Tally::default());
    for (row, place) in into.iter_mut().step_by(stride).enumerate() {
        let element = if cells.is_null(row) { T::MISSING } else { element_of(cells, row) };
        match element {
            Some(element) => {
                missing += usize::from(element.is_missing());
                *place = element;
            }
            None if cells.is_null(row) => empty.add(row),
            None => unfit.add(row),
        }
    }
    let (column, element, rows) = (column.to_owned(), T::ELEMENT, cells.len());
    if let Some(first) = unfit.first {
        let (count, shown) = (unfit.count, cells.shown(first));
        let first = first_row + first;
        return Err(FeedError::Unfit { column, element, count, rows, first, shown });
    }
    if let Some(first) = empty.first {
        let (count, first) = (empty.count, first_row + first);
        return Err(FeedError::Empty { column, element, count, rows, first });
    }
    Ok(missing)
}

/// Returns a cell as an element, `None` where it would be another value then.
fn element_of<T: Element>(cells: &Cells, row: usize) -> Option<T> {
    match cells {
        Cells::Int(cells) => T::of_int(cells.value(row)),
        Cells::Float(cells) => T::of_float(cells.value(row)),
        Cells::Bool(cells) => T::of_bool(cells.value(row)),
        Cells::Text(cells) => T::of_text(cells.value(row)),
    }
}

/// Rows that something is wrong with.
#[derive(Default)]
struct Tally {
    first: Option<usize>,
    count: usize,
}

impl Tally {
    fn add(&mut self, row: usize) {
        self.first.get_or_insert(row);
        self.count += 1;
    }
}

/// What a tensor is made of; a conversion that would change the value gives none.
pub(super) trait Element: Clone + Default {
    /// Its type.
    const ELEMENT: ElementType;
    /// What an empty cell becomes, if anything.
    const MISSING: Option<Self> = None;

    fn of_int(value: i64) -> Option<Self>;
    fn of_float(value: f64) -> Option<Self>;
    fn of_bool(value: bool) -> Option<Self>;
    fn of_text(text: &str) -> Option<Self>;

    fn is_missing(&self) -> bool {
        false
    }
}

/// Returns the finite number that a text is.
fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

impl Element for f64 {
    const ELEMENT: ElementType = ElementType::Double;
    const MISSING: Option<Self> = Some(Self::NAN);

    fn of_int(value: i64) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "checked in the next line")]
        let double = value as Self;
        (whole(double) == Some(value)).then_some(double)
    }

    fn of_float(value: f64) -> Option<Self> {
        Some(value)
    }

    fn of_bool(value: bool) -> Option<Self> {
        Some(value.into())
    }

    fn of_text(text: &str) -> Option<Self> {
        number(text)
    }

    fn is_missing(&self) -> bool {
        self.is_nan()
    }
}

impl Element for f32 {
    const ELEMENT: ElementType = ElementType::Float;
    const MISSING: Option<Self> = Some(Self::NAN);

    fn of_int(value: i64) -> Option<Self> {
        let double = f64::of_int(value)?;
        // An integer is an identity more often than a measurement: it is not rounded.
        Self::of_float(double).filter(|single| f64::from(*single).total_cmp(&double).is_eq())
    }

    fn of_float(value: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "the model computes in 32 bits")]
        let single = value as Self;
        (single.is_finite() || !value.is_finite()).then_some(single)
    }

    fn of_bool(value: bool) -> Option<Self> {
        Some(u8::from(value).into())
    }

    fn of_text(text: &str) -> Option<Self> {
        number(text).and_then(Self::of_float)
    }

    fn is_missing(&self) -> bool {
        self.is_nan()
    }
}

impl Element for i64 {
    const ELEMENT: ElementType = ElementType::Int64;

    fn of_int(value: i64) -> Option<Self> {
        Some(value)
    }

    fn of_float(value: f64) -> Option<Self> {
        whole(value)
    }

    fn of_bool(value: bool) -> Option<Self> {
        Some(value.into())
    }

    fn of_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }
}

impl Element for i32 {
    const ELEMENT: ElementType = ElementType::Int32;

    fn of_int(value: i64) -> Option<Self> {
        value.try_into().ok()
    }

    fn of_float(value: f64) -> Option<Self> {
        whole(value).and_then(Self::of_int)
    }

    fn of_bool(value: bool) -> Option<Self> {
        Some(value.into())
    }

    fn of_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }
}

impl Element for bool {
    const ELEMENT: ElementType = ElementType::Bool;

    fn of_int(value: i64) -> Option<Self> {
        match value {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn of_float(value: f64) -> Option<Self> {
        whole(value).and_then(Self::of_int)
    }

    fn of_bool(value: bool) -> Option<Self> {
        Some(value)
    }

    fn of_text(_: &str) -> Option<Self> {
        None
    }
}

impl Element for String {
    const ELEMENT: ElementType = ElementType::String;

    fn of_int(value: i64) -> Option<Self> {
        Some(value.to_string())
    }

    // Of a fraction or a truth value there are several spellings, and the model knows only one.
    fn of_float(_: f64) -> Option<Self> {
        None
    }

    fn of_bool(_: bool) -> Option<Self> {
        None
    }

    fn of_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}
