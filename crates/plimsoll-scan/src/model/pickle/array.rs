//! Arrays in `joblib`'s files: their bytes follow the object that stands for them, outside of all
//! instructions (`joblib/numpy_pickle.py`, `NumpyArrayWrapper.read_array`).

use super::value::{Entries, Value};

/// What joblib writes in place of an array.
const WRAPPERS: &[&str] = &[
    "joblib.numpy_pickle.NumpyArrayWrapper",
    "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper",
];

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
