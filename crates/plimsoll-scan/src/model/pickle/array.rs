//! Arrays in `joblib`'s files: their bytes follow the object that stands for them, outside of all
//! instructions (`joblib/numpy_pickle.py`, `NumpyArrayWrapper.read_array`).

use super::value::{Entries, Value};

/// What joblib writes in place of an array.
const WRAPPERS: &[&str] = &[
    "joblib.numpy_pickle.NumpyArrayWrapper",
    "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper",
];

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ElementType {
    kind: Option<char>,
    /// Bytes of one element, where it is known.
    pub(super) size: Option<u64>,
    /// Whether elements are objects, which are pickled; `None` where it cannot be told for certain.
    pub(super) has_objects: Option<bool>,
}

impl ElementType {
    /// One of which nothing is known.
    pub(super) const UNCLEAR: Self = Self { kind: None, size: None, has_objects: None };

    /// Reads what `numpy.dtype` is called with: `f8`, `V64`, `O8`.
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
        Self { kind, size, has_objects: Some(kind == Some('O')) }
    }

    /// Takes in the state that follows: version, order, subarray, names, fields, size, alignment, flags
    /// (`numpy/core/src/multiarray/descriptor.c`, `arraydescr_setstate`).
    ///
    /// What NumPy would take in another way than it is written is unclear: two readings of where an array
    /// ends are two readings of all that follows.
    pub(super) fn build(&mut self, state: &Value) {
        *self = self.built(state).unwrap_or(Self::UNCLEAR);
    }

    fn built(self, state: &Value) -> Option<Self> {
        /// `NPY_ITEM_HASOBJECT`.
        const HAS_OBJECTS: i64 = 1;
        let state = state.items().filter(|state| matches!(state.len(), 8 | 9))?;
        let [_, _, _, _, fields, size, _, flags, ..] = state else { return None };
        let (size, flags) = (size.int()?, flags.int()?);
        let has_objects = flags & HAS_OBJECTS != 0;
        // Only types without a size of their own take one.
        let size = match u64::try_from(size) {
            Ok(size) if matches!(self.kind, Some('S' | 'U' | 'V' | 'a')) => Some(size),
            Ok(size) if Some(size) != self.size => return None,
            _ => self.size,
        };
        match fields {
            Value::None if has_objects != (self.kind == Some('O')) => return None,
            Value::None => {}
            Value::Dict(fields) => {
                let fields = fields.borrow();
                if fields.is_vague || fields.kept.len() as u64 != fields.count {
                    // More fields than are remembered: the flags alone decide, for NumPy too.
                } else {
                    let mut any = false;
                    for (_, field) in &fields.kept {
                        let Some([Value::ElementType(field), ..]) = field.items() else {
                            return None;
                        };
                        any |= field.borrow().has_objects?;
                    }
                    if any != has_objects {
                        return None;
                    }
                }
            }
            _ => return None,
        }
        Some(Self { size, has_objects: Some(has_objects), ..self })
    }
}

/// What follows an object that stands for an array.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// Nothing: it stands for no array.
    Nothing,
    /// A pickle of its own.
    Pickle,
    /// The elements.
    Bytes {
        /// How many bytes they take.
        length: u64,
        /// Whether a byte comes first that says by how many more the elements are preceded.
        is_padded: bool,
    },
    /// Something that cannot be told.
    Unclear,
}

/// Whether a name is that of what joblib writes in place of an array.
pub(super) fn is_wrapper(full: &str) -> bool {
    WRAPPERS.contains(&full)
}

/// Returns what follows after `object` was given `state`.
pub(super) fn follows(object: &Value, state: &Value) -> Follows {
    let Value::Call(call) = object else { return Follows::Nothing };
    let Value::Global(class) = &call.callee else { return Follows::Nothing };
    if !is_wrapper(&class.full) {
        return Follows::Nothing;
    }
    bytes_of(state).unwrap_or(Follows::Unclear)
}

fn bytes_of(state: &Value) -> Option<Follows> {
    let Value::Dict(entries) = state else { return None };
    // A key that is no plain text may stand for any other one, and so may one that is not remembered.
    let is_known =
        |entries: &Entries| !entries.is_vague && entries.kept.len() as u64 == entries.count;
    if !is_known(&entries.borrow()) {
        return None;
    }
    let Some(Value::ElementType(element)) = state.entry("dtype") else { return None };
    let element = *element.borrow();
    if element.has_objects? {
        return Some(Follows::Pickle);
    }
    let shape = state.entry("shape")?;
    let count = shape
        .items()?
        .iter()
        .map(|length| length.int().and_then(|length| u64::try_from(length).ok()))
        .try_fold(1_u64, |product, length| product.checked_mul(length?))?;
    let is_padded = match state.entry("numpy_array_alignment_bytes") {
        None | Some(Value::None) => false,
        Some(Value::Int(_)) => true,
        Some(_) => return None,
    };
    Some(Follows::Bytes { length: count.checked_mul(element.size?)?, is_padded })
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

    #[test]
    fn a_state_that_numpy_would_take_otherwise_is_unclear() {
        let state = |size: i64, flags: i64| {
            let values = [Value::Int(3), Value::None, Value::None, Value::None, Value::None];
            let rest = [Value::Int(size), Value::Int(1), Value::Int(flags)];
            Value::tuple(values.into_iter().chain(rest).collect(), 8)
        };
        let built = |text: &str, size: i64, flags: i64| {
            let mut element = ElementType::of(text);
            element.build(&state(size, flags));
            element
        };
        assert_eq!(built("f8", -1, 0), ElementType::of("f8"));
        assert_eq!(built("V8", 64, 0).size, Some(64));
        // Numbers keep their size, and what says of itself that it has no objects is read as bytes.
        assert_eq!(built("f8", 100, 0), ElementType::UNCLEAR);
        assert_eq!(built("O8", -1, 0), ElementType::UNCLEAR);
        assert_eq!(built("f8", -1, 63), ElementType::UNCLEAR);
    }
}
