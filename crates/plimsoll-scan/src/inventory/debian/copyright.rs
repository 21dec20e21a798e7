//! `/usr/share/doc/PACKAGE/copyright`, machine-readable (DEP-5) or not.

use std::collections::BTreeSet;

use crate::inventory::expression::all_of;
use crate::inventory::stanza::stanzas;
use crate::package::{LicenseFile, Published};

/// The field that a machine-readable file starts with.
const FORMAT: &str = "Format";

/// Reads what a package publishes of its terms.
///
/// The short names of a machine-readable file are an expression only where each is one as it is
/// written; `GPL-2+` and `Expat` are none, and stay a text. The whole file is kept in any case.
pub(in crate::inventory) fn read_copyright(text: &str) -> Published {
    let mut published = Published::default();
    let mut names = BTreeSet::new();
    let mut is_readable = false;
    for (stanza, number) in stanzas(text).zip(0..) {
        if number == 0 {
            is_readable = stanza.get(FORMAT).is_some_and(|it| it.contains("copyright-format"));
        }
        if !is_readable {
            break;
        }
        // A stanza of a licence alone says what one is, not what is under it.
        if number == 0 || stanza.get("Files").is_some() {
            let name = stanza.get("License").and_then(|it| it.lines().next()).map(str::trim);
            names.extend(name.filter(|name| !name.is_empty()).map(str::to_owned));
        }
    }
    match all_of(names.iter().map(String::as_str)) {
        Some(expression) => published.expression = Some(expression),
        None if names.is_empty() => {}
        None => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            published.text = Some(names.join(", "));
        }
    }
    let file = LicenseFile { name: "copyright".to_owned(), text: Some(text.to_owned()) };
    published.files.push(file);
    published
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT_LINE: &str =
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n";

    fn read(rest: &str) -> (Option<String>, Option<String>) {
        let published = read_copyright(&format!("{FORMAT_LINE}{rest}"));
        assert_eq!(published.files.len(), 1);
        (published.expression, published.text)
    }

    #[test]
    fn short_names_are_an_expression_where_they_are_one() {
        let some = |text: &str| Some(text.to_owned());
        let two = "\nFiles: *\nLicense: Zlib\n text\n\nFiles: debian/*\nLicense: MIT OR ISC\n\nLicense: GPL-2\n unused\n";
        assert_eq!(read(two), (some("(MIT OR ISC) AND Zlib"), None));
        let old = "\nFiles: *\nLicense: Expat\n\nFiles: a\nLicense: GPL-2+\n";
        assert_eq!(read(old), (None, some("Expat, GPL-2+")));
        assert_eq!(read(""), (None, None));
    }

    #[test]
    fn prose_is_kept_as_it_is() {
        let published = read_copyright("This is free software.\n\nLicense: MIT\n");
        assert_eq!((published.expression, published.text), (None, None));
        assert_eq!(published.files.len(), 1);
    }
}
