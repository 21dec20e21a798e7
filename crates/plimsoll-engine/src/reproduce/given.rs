//! What is not as it was: said before the run begins, and noted in what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use plimsoll_core::event::RunStart;
use plimsoll_core::reproduction::{Condition, Past};

/// What stands where something is not there.
const NONE: &str = "none";

/// Returns what of `now` is not as it was in `past`: platform, interpreter, lock, packages, code.
pub fn conditions(past: &Past, now: &RunStart) -> Vec<Condition> {
    let (then, here) = (&past.environment, &now.environment);
    let one = |what: &str, then: &str, now: &str| {
        let found = Condition { what: what.to_owned(), then: shown(then), now: shown(now) };
        (then != now).then_some(found)
    };
    let mut found: Vec<Condition> = [
        one("platform", &then.platform, &here.platform),
        one("interpreter", &then.interpreter, &here.interpreter),
        one("lock of the environment", &then.python, &here.python),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.extend(differing("package", &then.packages, &here.packages, String::clone));
    found.extend(differing("code", &past.code, &now.code, plimsoll_core::Digest::short));
    found
}

fn shown(text: &str) -> String {
    if text.is_empty() { NONE.to_owned() } else { text.to_owned() }
}

/// Returns what stands under a name in one of two lists and not in the other.
fn differing<K: Ord + Display, V: PartialEq>(
    what: &str,
    then: &BTreeMap<K, V>,
    now: &BTreeMap<K, V>,
    word: impl Fn(&V) -> String,
) -> Vec<Condition> {
    let names: BTreeSet<&K> = then.keys().chain(now.keys()).collect();
    let differ = names.into_iter().filter(|name| then.get(name) != now.get(name));
    let word = |value: Option<&V>| value.map_or_else(|| NONE.to_owned(), &word);
    let condition = |name: &K| Condition {
        what: format!("{what} {name}"),
        then: word(then.get(name)),
        now: word(now.get(name)),
    };
    differ.map(condition).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_on_one_side_only_differs_too() {
        let list = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let then = list(&[("numpy", "2.0"), ("onnx", "1.16"), ("polars", "1.0")]);
        let now = list(&[("numpy", "2.1"), ("onnx", "1.16"), ("pyarrow", "17")]);
        let found = differing("package", &then, &now, String::clone);
        let said: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "package numpy: 2.0 then, 2.1 now",
                "package polars: 1.0 then, none now",
                "package pyarrow: none then, 17 now",
            ]
        );
    }
}
