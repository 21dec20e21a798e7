//! The messages of Core ML's format and the operators of its programs.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// `field MESSAGE NUMBER KIND` and `operator NAME`, a line each.
const LINES: &str = include_str!("../../../tables/coreml-messages.txt");

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An integer, or several.
    Number,
    /// Numbers of 4 bytes each, one or several.
    Numbers4,
    /// Numbers of 8 bytes each, one or several.
    Numbers8,
    Text,
    /// Numbers that are packed, or something of Apple's that nobody else reads.
    Bytes,
    /// A message of that name.
    Message(&'static str),
}

/// The table.
pub(super) struct Table {
    fields: HashMap<(&'static str, u32), Kind>,
    operators: HashSet<&'static str>,
}

/// What the format knows.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { fields: HashMap::new(), operators: HashSet::new() };
    for line in LINES.lines() {
        let words: Vec<&'static str> = line.split(' ').collect();
        match words[..] {
            ["field", message, number, kind] => {
                let kind = match kind {
                    "number" => Kind::Number,
                    "float" => Kind::Numbers4,
                    "double" => Kind::Numbers8,
                    "text" => Kind::Text,
                    "bytes" => Kind::Bytes,
                    name => Kind::Message(name),
                };
                if let Ok(number) = number.parse() {
                    table.fields.insert((message, number), kind);
                }
            }
            ["operator", name] => _ = table.operators.insert(name),
            _ => {}
        }
    }
    table
});

impl Table {
    /// Returns what a field holds; none of one that is not known.
    pub(super) fn kind(&self, message: &'static str, number: u32) -> Option<Kind> {
        self.fields.get(&(message, number)).copied()
    }

    /// Whether programs have an operator of that name.
    pub(super) fn is_operator(&self, name: &str) -> bool {
        self.operators.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_that_a_field_holds_is_in_the_table() {
        let known: HashSet<&str> = TABLE.fields.keys().map(|(message, _)| *message).collect();
        // Messages without any field.
        let empty = |name: &str| !LINES.contains(&format!("field {name} "));
        for kind in TABLE.fields.values() {
            if let Kind::Message(name) = kind {
                assert!(known.contains(name) || empty(name), "{name}");
            }
        }
        assert_eq!(TABLE.kind("Model", 1), Some(Kind::Number));
        assert!(TABLE.is_operator("conv") && !TABLE.is_operator("system"));
    }
}
