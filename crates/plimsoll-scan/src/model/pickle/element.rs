//! Types of elements of `NumPy`'s arrays: how long one is, and whether it is an object, which is pickled.
//!
//! `NumPy` believes what a pickle says of a type (`numpy/core/src/multiarray/descriptor.c`,
//! `arraydescr_setstate`). One that says that it holds no objects and holds some makes numbers of the file
//! addresses of objects, and so does one whose fields lie outside of it: that is as good as a program.

use super::value::{Items, Value};
use crate::model::report::Verdict;

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ElementType {
    kind: Option<char>,
    /// Bytes of one element, where it is known.
    pub(super) size: Option<u64>,
    /// Whether elements are objects, which are pickled; `None` where it cannot be told for certain.
    pub(super) has_objects: Option<bool>,
    /// Whether it is a part of something, which goes by what it was then.
    is_settled: bool,
}

/// Why a type is not one that `NumPy` writes.
type Refusal = (Verdict, &'static str);

const UNTOLD: Refusal = (Verdict::Unknown, "gives a type of elements a state that cannot be told");
const FLAGS: Refusal = (
    Verdict::Unsafe,
    "makes a type of elements whose flags do not go with what it holds, so that numbers are taken for addresses",
);
const BEYOND: Refusal = (
    Verdict::Unsafe,
    "makes a type of elements that reaches beyond its elements, into the memory of the program",
);
const CHANGED: Refusal = (
    Verdict::Unsafe,
    "changes a type of elements that is in use, so that numbers are taken for addresses",
);

/// What a type holds: fields, or elements of another type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    has_objects: bool,
    /// Where the last of it ends.
    end: u64,
    /// Whether there is something that is no field.
    is_unclear: bool,
}

impl Held {
    /// Takes in what may be a field: its type, where it begins, and perhaps a title.
    pub(super) fn add(&mut self, field: &Value) {
        let end = match field.items() {
            Some(
                [Value::ElementType(of), Value::Int(from)]
                | [Value::ElementType(of), Value::Int(from), _],
            ) => {
                let of = *of.borrow();
                self.has_objects |= of.has_objects != Some(false);
                of.size
                    .zip(u64::try_from(*from).ok())
                    .and_then(|(size, from)| from.checked_add(size))
            }
            _ => None,
        };
        match end {
            Some(end) => self.end = self.end.max(end),
            None => self.is_unclear = true,
        }
    }

    /// Reads a type and how many of it there are: `(dtype, (2, 3))`.
    fn of_subarray(items: &Items) -> Option<Self> {
        let [Value::ElementType(of), shape] = &items.kept[..] else { return None };
        let of = *of.borrow();
        let lengths = shape.items().unwrap_or(std::slice::from_ref(shape));
        let end = lengths.iter().try_fold(of.size?, |product, length| {
            product.checked_mul(u64::try_from(length.int()?).ok()?)
        })?;
        Some(Self { has_objects: of.has_objects?, end, is_unclear: false })
    }
}

impl ElementType {
    /// One of which nothing is known.
    pub(super) const UNCLEAR: Self =
        Self { kind: None, size: None, has_objects: None, is_settled: false };

    /// Reads what `numpy.dtype` is called with first: `f8`, `V64`, `O8`, or the class of a record.
    pub(super) fn of_call(arguments: &Value) -> Self {
        /// What `NumPy` writes for structures whose elements are read by attributes.
        const RECORDS: &[&str] = &[
            "numpy.record",
            "numpy.rec.record",
            "numpy.core.records.record",
            "numpy._core.records.record",
        ];
        match arguments.items() {
            Some([Value::Text(specification), ..]) => Self::of(specification),
            Some([Value::Global(class), ..]) if RECORDS.contains(&&*class.full) => {
                Self { kind: Some('V'), has_objects: Some(false), ..Self::UNCLEAR }
            }
            _ => Self::UNCLEAR,
        }
    }

    /// Reads the name of a type: `f8`, `V64`, `O8`.
    pub(super) fn of(specification: &str) -> Self {
        let plain = specification.trim_start_matches(['<', '>', '=', '|']);
        let mut characters = plain.chars();
        let kind = characters.next();
        // Dates and spans of time say their unit behind: `M8[ns]`.
        let written = characters.as_str();
        let written = match kind {
            Some('m' | 'M') if written.ends_with(']') => written.split('[').next(),
            _ => Some(written),
        };
        let number = written.and_then(|written| written.parse::<u64>().ok());
        let size = match kind {
            Some('O') => Some(8),
            Some('U') => number.and_then(|it| it.checked_mul(4)),
            Some('b' | 'i' | 'u' | 'f' | 'c' | 'm' | 'M' | 'S' | 'V' | 'a') => number,
            _ => return Self::UNCLEAR,
        };
        Self { kind, size, has_objects: Some(kind == Some('O')), is_settled: false }
    }

    /// Notes that it becomes a part of something.
    pub(super) fn settle(&mut self) {
        self.is_settled = true;
    }

    /// Takes in the state that follows: version, order, subarray, names, fields, size, alignment, flags.
    ///
    /// # Errors
    /// `NumPy` writes no such state. What it would take in another way than it is written is unclear then:
    /// two readings of where an array ends are two readings of all that follows.
    pub(super) fn build(&mut self, state: &Value) -> Result<(), Refusal> {
        let was_settled = self.is_settled;
        let built = self.built(state);
        *self = Self { is_settled: true, ..*built.as_ref().unwrap_or(&Self::UNCLEAR) };
        if was_settled { Err(CHANGED) } else { built.map(drop) }
    }

    fn built(self, state: &Value) -> Result<Self, Refusal> {
        /// `NPY_ITEM_REFCOUNT`, `NPY_LIST_PICKLE` and `NPY_ITEM_IS_POINTER`.
        const OF_OBJECTS: i64 = 7;
        let items = state.items().filter(|items| matches!(items.len(), 8 | 9));
        let Some([_, _, subarray, _, fields, size, _, flags, ..]) = items else {
            return Err(UNTOLD);
        };
        let (Some(size), Some(flags), Some(kind)) = (size.int(), flags.int(), self.kind) else {
            return Err(UNTOLD);
        };
        // Only types without a size of their own take one.
        let size = match (kind, u64::try_from(size)) {
            ('S' | 'V' | 'a', Ok(size)) => Some(size),
            ('U', Ok(size)) if size.is_multiple_of(4) => Some(size),
            ('S' | 'V' | 'a' | 'U', _) => None,
            (_, Ok(size)) if Some(size) != self.size => None,
            _ => self.size,
        };
        let size = size.ok_or(UNTOLD)?;
        let held = match (subarray, fields) {
            (Value::None, Value::None) => Held { has_objects: kind == 'O', ..Held::default() },
            (Value::None, Value::Dict(fields)) if kind == 'V' => fields.borrow_mut().as_fields(),
            (Value::Tuple(items), Value::None) if kind == 'V' => {
                Held::of_subarray(items).ok_or(UNTOLD)?
            }
            _ => return Err(UNTOLD),
        };
        // Objects alone are kept by their addresses; structures have them in their fields.
        let expected = match (held.has_objects, kind) {
            (false, _) => 0,
            (true, 'O') => OF_OBJECTS,
            (true, _) => 3,
        };
        if flags & OF_OBJECTS != expected {
            return Err(FLAGS);
        }
        if held.is_unclear {
            return Err(UNTOLD);
        }
        if held.end > size {
            return Err(BEYOND);
        }
        Ok(Self { size: Some(size), has_objects: Some(held.has_objects), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_an_element_is_read() {
        let of = |text| {
            let element = ElementType::of(text);
            (element.size, element.has_objects)
        };
        assert_eq!(of("f8"), (Some(8), Some(false)));
        assert_eq!(of("<U12"), (Some(48), Some(false)));
        assert_eq!(of("V64"), (Some(64), Some(false)));
        assert_eq!(of("<M8[ns]"), (Some(8), Some(false)));
        assert_eq!(of("O8"), (Some(8), Some(true)));
        assert_eq!(of("U9999999999999999999"), (None, Some(false)));
        assert_eq!(ElementType::of("weird"), ElementType::UNCLEAR);
    }

    /// Builds a type of a state with these subarray, fields, size and flags.
    fn built(
        text: &str,
        [subarray, fields]: [Value; 2],
        size: i64,
        flags: i64,
    ) -> Result<ElementType, Refusal> {
        let mut element = ElementType::of(text);
        let values = [Value::Int(3), Value::None, subarray, Value::None, fields];
        let rest = [Value::Int(size), Value::Int(1), Value::Int(flags)];
        let state = Value::tuple(values.into_iter().chain(rest).collect(), 8);
        element.build(&state).map(|()| element)
    }

    fn element(text: &str) -> Value {
        Value::ElementType(std::rc::Rc::new(ElementType::of(text).into()))
    }

    const NOTHING: [Value; 2] = [Value::None, Value::None];

    #[test]
    fn a_state_that_numpy_would_take_otherwise_is_refused() {
        assert_eq!(built("f8", NOTHING, -1, 0).unwrap().size, Some(8));
        assert_eq!(built("V8", NOTHING, 64, 0).unwrap().size, Some(64));
        assert_eq!(built("U3", NOTHING, 12, 8).unwrap().size, Some(12));
        assert_eq!(built("O8", NOTHING, -1, 63).unwrap().has_objects, Some(true));
        // Numbers keep their size, and what says of itself that it has no objects is read as bytes.
        assert_eq!(built("f8", NOTHING, 100, 0), Err(UNTOLD));
        assert_eq!(built("V8", NOTHING, -1, 0), Err(UNTOLD));
        assert_eq!(built("O8", NOTHING, -1, 0), Err(FLAGS));
        assert_eq!(built("O8", NOTHING, -1, 61), Err(FLAGS));
        assert_eq!(built("f8", NOTHING, -1, 63), Err(FLAGS));
    }

    #[test]
    fn fields_lie_within_and_say_whether_they_are_objects() {
        let fields = |text: &str, from: i64| {
            let dict = Value::empty_dict();
            let field = Value::tuple(vec![element(text), Value::Int(from)], 2);
            dict.set(&Value::Text("a".into()), &field);
            [Value::None, dict]
        };
        assert_eq!(built("V16", fields("f8", 8), 16, 16).unwrap().size, Some(16));
        assert_eq!(built("V8", fields("O8", 0), 8, 27).unwrap().has_objects, Some(true));
        assert_eq!(built("V8", fields("O8", 0), 8, 0), Err(FLAGS));
        assert_eq!(built("V8", fields("f8", 1), 8, 16), Err(BEYOND));
        assert_eq!(built("V8", fields("f8", -8), 8, 16), Err(UNTOLD));
        assert_eq!(built("f8", fields("O8", 0), -1, 0), Err(UNTOLD));
        let array = |text: &str, length: i64| {
            [
                Value::tuple(vec![element(text), Value::tuple(vec![Value::Int(length)], 1)], 2),
                Value::None,
            ]
        };
        assert_eq!(built("V24", array("f8", 3), 24, 0).unwrap().size, Some(24));
        assert_eq!(built("V8", array("f8", 3), 8, 0), Err(BEYOND));
        assert_eq!(built("V8", array("O8", 1), 8, 0), Err(FLAGS));
    }

    #[test]
    fn a_type_in_use_does_not_change() {
        let mut element = ElementType::of("V8");
        element.settle();
        let state =
            [3, 0, 0, 0, 0, 8, 1, 0].map(|it| if it == 0 { Value::None } else { Value::Int(it) });
        assert_eq!(element.build(&Value::tuple(state.to_vec(), 8)), Err(CHANGED));
    }
}
