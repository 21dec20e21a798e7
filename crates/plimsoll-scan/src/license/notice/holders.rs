//! Lines that say who holds a copyright.

use std::collections::BTreeSet;

/// The most lines of one package that are taken over.
const MAX_HOLDERS: usize = 200;

/// The longest line that is one.
const MAX_LINE: usize = 300;

/// Returns the copyright lines of texts, each once, in order.
pub(in crate::license) fn holders<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in texts.flat_map(str::lines) {
        if found.len() >= MAX_HOLDERS {
            break;
        }
        found.extend(holder(line));
    }
    found
}

/// Returns what a line says of who holds a copyright. Examples of such lines, as licenses give them, say nothing.
fn holder(line: &str) -> Option<String> {
    let is_mark = |letter: char| !letter.is_alphanumeric() && letter != '©' && letter != '(';
    let line = line.trim_matches(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = line.trim_start_matches(is_mark).trim_end_matches(['*', '/', '#', ' ', '|']);
    let lower = line.to_lowercase();
    if line.len() > MAX_LINE || line.contains(['<', '[', '{']) && !line.contains('@') {
        return None;
    }
    let rest = lower.strip_prefix("copyright").or_else(|| lower.strip_prefix("(c)"));
    let rest = rest.or_else(|| lower.strip_prefix('©'))?;
    let names_years = rest
        .split(|letter: char| !letter.is_ascii_digit())
        .any(|part| part.len() == 4 && (part.starts_with("19") || part.starts_with("20")));
    let is_signed = rest.trim_start().starts_with("(c)") || rest.trim_start().starts_with('©');
    let is_example = ["yyyy", "name of author", "name of copyright owner", "19yy", "xxxx"]
        .iter()
        .any(|example| rest.contains(example));
    if is_example || !(names_years || is_signed) || rest.trim().len() < 4 {
        return None;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_name_a_holder_are_taken_and_examples_are_not() {
        for (line, expected) in [
            (
                "Copyright (c) 2005-2024, NumPy Developers.",
                Some("Copyright (c) 2005-2024, NumPy Developers."),
            ),
            (
                " * Copyright 2019   Zoë <zoe@example.com> */",
                Some("Copyright 2019 Zoë <zoe@example.com>"),
            ),
            ("© 2021 Somebody", Some("© 2021 Somebody")),
            ("Copyright (c) The Project Developers", Some("Copyright (c) The Project Developers")),
            ("Copyright [yyyy] [name of copyright owner]", None),
            ("Copyright (C) <year>  <name of author>", None),
            ("Copyright yyyy name of author", None),
            ("copyright notice, this list of conditions", None),
            ("Copyright", None),
        ] {
            assert_eq!(holder(line).as_deref(), expected, "{line}");
        }
    }
}
