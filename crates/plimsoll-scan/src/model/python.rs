//! Python's own library, by the names of its modules.

use std::collections::HashSet;
use std::sync::LazyLock;

/// A module a line.
const TABLE: &str = include_str!("../../tables/python-modules.txt");

static MODULES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| TABLE.lines().filter(|line| !line.starts_with('#')).collect());

/// Tells whether a path of modules begins in Python's own library, of 2.7 or of 3.
pub(crate) fn is_of_standard_library(path: &str) -> bool {
    MODULES.contains(path.split(['.', ':']).next().unwrap_or_default().trim())
}

#[cfg(test)]
mod tests {
    use super::is_of_standard_library;

    #[test]
    fn the_first_part_of_a_path_decides() {
        assert!(is_of_standard_library("os") && is_of_standard_library("subprocess.Popen"));
        assert!(is_of_standard_library("builtins:eval") && is_of_standard_library("__builtin__"));
        assert!(!is_of_standard_library("sklearn.os") && !is_of_standard_library(""));
    }
}
