//! Arrays in `joblib`'s files: their bytes follow the object that stands for them, outside of all
//! instructions (`joblib/numpy_pickle.py`, `NumpyArrayWrapper.read_array`).

use super::value::Value;

/// What joblib writes in place of an array.
const WRAPPERS: &[&str] = &[
    "joblib.numpy_pickle.NumpyArrayWrapper",
    "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper",
];

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ElementType {
    /// Bytes of one element, where it is known.
    pub(super) size: Option<u64>,
    /// Whether elements are objects, which are pickled.
    pub(super) has_objects: bool,
}

impl ElementType {
    /// Reads what `numpy.dtype` is called with: `f8`, `V64`, `O8`.
    pub(super) fn of(specification: &str) -> Self {
        let plain = specification.trim_start_matches(['<', '>', '=', '|']);
        let mut characters = plain.chars();
        let kind = characters.next();
        let number = characters.as_str().parse::<u64>().ok();
        match kind {
            Some('O') => Self { size: Some(8), has_objects: true },
            Some('U') => Self { size: number.and_then(|it| it.checked_mul(4)), has_objects: false },
            Some('b' | 'i' | 'u' | 'f' | 'c' | 'm' | 'M' | 'S' | 'V' | 'a') => {
                Self { size: number, has_objects: false }
            }
            _ => Self::default(),
        }
    }

    /// Takes in the state that follows: order, names and types of fields, size, flags.
    pub(super) fn build(&mut self, state: &Value) {
        /// `NPY_ITEM_HASOBJECT`.
        const HAS_OBJECTS: i64 = 1;
        let Some(state) = state.items() else {
            self.size = None;
            return;
        };
        if let Some(size) = state.get(5).and_then(Value::int).filter(|size| *size >= 0) {
            self.size = u64::try_from(size).ok();
        }
        if state.get(7).and_then(Value::int).is_some_and(|flags| flags & HAS_OBJECTS != 0) {
            self.has_objects = true;
        }
        if let Some(Value::Dict(fields)) = state.get(4) {
            for (_, field) in &fields.borrow().kept {
                let first = field.items().and_then(|items| items.first());
                if let Some(Value::ElementType(field)) = first {
                    self.has_objects |= field.borrow().has_objects;
                }
            }
        }
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

/// Returns what follows after `object` was given `state`.
pub(super) fn follows(object: &Value, state: &Value) -> Follows {
    let Value::Call(call) = object else { return Follows::Nothing };
    let Value::Global(class) = &call.callee else { return Follows::Nothing };
    if !WRAPPERS.contains(&class.full.as_str()) {
        return Follows::Nothing;
    }
    let Some(Value::ElementType(element)) = state.entry("dtype") else { return Follows::Unclear };
    let element = *element.borrow();
    if element.has_objects {
        return Follows::Pickle;
    }
    let shape = state.entry("shape");
    let count = match shape.as_ref().and_then(Value::items) {
        Some(lengths) => lengths
            .iter()
            .map(|length| length.int().and_then(|length| u64::try_from(length).ok()))
            .try_fold(1_u64, |product, length| product.checked_mul(length?)),
        None => None,
    };
    let length = count.zip(element.size).and_then(|(count, size)| count.checked_mul(size));
    let is_padded = match state.entry("numpy_array_alignment_bytes") {
        None | Some(Value::None) => false,
        Some(Value::Int(_)) => true,
        Some(_) => return Follows::Unclear,
    };
    match length {
        Some(length) => Follows::Bytes { length, is_padded },
        None => Follows::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_an_element_is_read() {
        let of = |text| ElementType::of(text);
        assert_eq!(of("f8"), ElementType { size: Some(8), has_objects: false });
        assert_eq!(of("<U12"), ElementType { size: Some(48), has_objects: false });
        assert_eq!(of("V64"), ElementType { size: Some(64), has_objects: false });
        assert!(of("O8").has_objects);
        assert_eq!(of("weird"), ElementType::default());
        assert_eq!(of("U9999999999999999999").size, None);
    }
}
