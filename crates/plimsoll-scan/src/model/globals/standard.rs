//! Python's own library.

mod lists;

use std::collections::HashSet;
use std::sync::OnceLock;

use foldhash::fast::FixedState;

use self::lists::{
    BY_NAME, DANGEROUS, DANGEROUS_NAMES, DATA, HANDED_ON, KEPT, REACHING, SAFE, SCALARS,
};
use super::{Condition, Judged};
use crate::model::python;

/// Where a name of Python's library stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standard {
    /// It is of a module that acts.
    Dangerous(&'static str),
    /// It is of a module of data types, and none of those that are listed.
    Data,
    /// It is of no module of Python's library.
    Other,
}

pub(super) fn is_word(text: &str) -> bool {
    static WORDS: OnceLock<HashSet<&str, FixedState>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let lists = SAFE.iter().chain(KEPT);
        lists.flat_map(|(module, names)| names.iter().chain([module])).copied().collect()
    });
    words.contains(text)
}

/// Returns what is to be thought of a name that only makes a value, or is only kept.
pub(super) fn listed(module: &str, name: &str) -> Option<Judged> {
    let has = |list: &[(&str, &[&str])]| {
        list.iter().any(|(known, names)| *known == module && names.contains(&name))
    };
    if has(KEPT) {
        return Some(Judged::Kept);
    }
    has(SAFE).then(|| match name {
        _ if BY_NAME.contains(&name) => Judged::Conditional(Condition::Plain),
        _ if SCALARS.contains(&name) => Judged::Conditional(Condition::Flat),
        _ => Judged::Safe,
    })
}

/// Returns what a module does, by its own name or that of a module it is part of.
pub(super) fn dangerous(module: &str) -> Option<&'static str> {
    DANGEROUS.iter().find_map(|(why, modules)| {
        let is_it = |known: &&str| {
            module.strip_prefix(*known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        modules.iter().any(is_it).then_some(*why)
    })
}

/// Returns what a method of a data type does that reaches files: `Path.unlink` of `pathlib`.
pub(super) fn method(module: &str, name: &str) -> Option<&'static str> {
    let method = name.rsplit('.').next().unwrap_or(name);
    let top = module.split('.').next().unwrap_or(module);
    (DATA.contains(&top) && REACHING.contains(&method)).then_some("reaches files")
}

/// Whether the name is that of something that acts, whoever hands it on.
pub(super) fn is_handed_on(name: &str) -> bool {
    HANDED_ON.contains(&name) || name.starts_with("__") && name.ends_with("__")
}

pub(super) fn place(module: &str, name: &str) -> Standard {
    let first = name.split('.').next().unwrap_or(name);
    if let Some((.., why)) =
        DANGEROUS_NAMES.iter().find(|(known, names, _)| *known == module && *names == first)
    {
        return Standard::Dangerous(why);
    }
    if let Some(why) = dangerous(module) {
        return Standard::Dangerous(why);
    }
    let top = module.split('.').next().unwrap_or(module);
    if module == "logging.config" || module == "logging.handlers" {
        return Standard::Dangerous("configures by running what it is told");
    }
    if !DATA.contains(&top) {
        // Of Python's library, and neither a data type nor known to act: no model needs it.
        return if python::is_of_standard_library(top) {
            Standard::Dangerous("is of Python's library and no data type")
        } else {
            Standard::Other
        };
    }
    // No pickle of a model needs what the library keeps for itself, and some of it starts processes.
    if first.starts_with('_') {
        return Standard::Dangerous("is an inner part of Python's library");
    }
    Standard::Data
}
