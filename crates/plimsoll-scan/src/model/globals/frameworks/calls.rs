//! How frameworks use the names that they write: most of them are kept, few are called with something.

use crate::model::globals::{Condition, Judged};

/// Functions and classes that are called with values, and do nothing but make an object of them.
///
/// Everything else is only referred to, or made without arguments and given a state: what a constructor
/// would do with arguments (`Booster(model_file=…)` opens a file), no model file needs.
const CALLED: &[&str] = &[
    // numpy
    "_convert_to_stringdtype_kwargs",
    "_frombuffer",
    "_reconstruct",
    "dtype",
    // pandas
    "BlockIndex",
    "BlockManager",
    "BlockPlacement",
    "BusinessDay",
    "BusinessMonthBegin",
    "BusinessMonthEnd",
    "CategoricalDtype",
    "DateOffset",
    "DatetimeTZDtype",
    "Day",
    "FrozenList",
    "Hour",
    "IntIndex",
    "Interval",
    "IntervalDtype",
    "Micro",
    "Milli",
    "Minute",
    "MonthBegin",
    "MonthEnd",
    "Nano",
    "Period",
    "PeriodDtype",
    "QuarterBegin",
    "QuarterEnd",
    "Second",
    "SingleBlockManager",
    "SparseDtype",
    "StringDtype",
    "Timedelta",
    "Timestamp",
    "Week",
    "YearBegin",
    "YearEnd",
    "_nat_unpickle",
    "_p",
    "_timedelta_unpickle",
    "_unpickle_block",
    "_unpickle_period",
    "_unpickle_timestamp",
    "new_block",
    // scikit-learn
    "EpsilonInsensitive",
    "Hinge",
    "Huber",
    "Log",
    "ModifiedHuber",
    "SquaredEpsilonInsensitive",
    "SquaredHinge",
    "SquaredLoss",
    "Tree",
    "_ImputerTriplet",
    // torch
    "Size",
    "UninitializedParameter",
    "_get_layout",
    "_rebuild_device_tensor_from_cpu_tensor",
    "_rebuild_device_tensor_from_numpy",
    "_rebuild_meta_tensor_no_storage",
    "_rebuild_nested_tensor",
    "_rebuild_parameter",
    "_rebuild_qtensor",
    "_rebuild_sparse_csr_tensor",
    "_rebuild_sparse_tensor",
    "_rebuild_tensor",
    "_rebuild_tensor_v2",
    "_rebuild_tensor_v3",
    "device",
];

/// Functions that make an object of a class, or of several, that they are given first.
const OF_CLASSES: &[(&str, usize)] = &[
    ("_mareconstruct", 2),
    ("_new_DatetimeIndex", 1),
    ("_new_Index", 1),
    ("_new_IntervalIndex", 1),
    ("_new_PeriodIndex", 1),
    ("_new_TimedeltaIndex", 1),
    ("_rebuild_wrapper_subclass", 1),
    ("newObj", 1),
];

/// Returns what is to be thought of a name that is on the list of a framework.
pub(super) fn of(module: &str, name: &str) -> Judged {
    if let Some((_, count)) = OF_CLASSES.iter().find(|(known, _)| *known == name) {
        return Judged::Conditional(Condition::Classes(*count));
    }
    if name.starts_with("__pyx_unpickle_") {
        return Judged::Conditional(Condition::Classes(1));
    }
    if module == "torch.jit._pickle" {
        return Judged::Conditional(Condition::HandedOn);
    }
    let is_compiled_loss = module.starts_with("sklearn.") && name.starts_with("Cy");
    match name {
        "scalar" => Judged::Conditional(Condition::Scalar),
        "__bit_generator_ctor"
        | "__generator_ctor"
        | "__randomstate_ctor"
        | "__RandomState_ctor" => Judged::Conditional(Condition::Generator),
        "_rebuild_from_type" | "_rebuild_from_type_v2" => Judged::Conditional(Condition::Rebuilt),
        "_rebuild_parameter_with_state" => Judged::Conditional(Condition::State),
        _ if is_compiled_loss || CALLED.contains(&name) => Judged::Safe,
        _ => Judged::Kept,
    }
}
