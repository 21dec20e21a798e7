//! Licenses as SPDX 2.3 can write them: what is not on its list is a `LicenseRef-` of the document.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::document::{Extracted, Package};
use super::{NO_ASSERTION, line};
use crate::bom::Stated;
use crate::license::{Expression, License};

/// The licenses of a document that are on no list: what each is called, by its id here.
#[derive(Default)]
pub(super) struct Licenses {
    named: BTreeMap<String, String>,
}

impl Licenses {
    /// Writes what is stated of a package's license.
    pub(super) fn state(&mut self, stated: &Stated, bundled: &[Expression], package: &mut Package) {
        let mut comments = Vec::new();
        match stated {
            Stated::Declared(license) => {
                package.license_declared = self.expression(license);
                package.license_concluded = package.license_declared.clone();
            }
            Stated::Concluded(license) => {
                package.license_concluded = self.expression(license);
                let why = "concluded from names, classifiers and license texts that were published";
                comments.push(why.to_owned());
            }
            Stated::Ambiguous { .. } => comments.extend(stated.ambiguity()),
            Stated::Unknown => {}
        }
        if !bundled.is_empty() {
            let bundled: Vec<String> = bundled.iter().map(ToString::to_string).collect();
            comments.push(format!("files in it are under other terms: {}", bundled.join("; ")));
        }
        if !comments.is_empty() {
            package.license_comments = Some(line(&comments.join(". ")));
        }
    }

    /// Returns the texts of the licenses that are on no list. No text is known, and it is said so.
    pub(super) fn extracted(self) -> Vec<Extracted> {
        let text = |name: &str| {
            format!("The text of the license that is called {name} was not read: look it up.")
        };
        let all = self.named.into_iter();
        all.map(|(license_id, name)| Extracted { extracted_text: text(&name), license_id, name })
            .collect()
    }

    fn expression(&mut self, expression: &Expression) -> String {
        match expression {
            Expression::License(license) => self.license(license),
            Expression::All(parts) => self.joined(parts, " AND "),
            Expression::Any(parts) => self.joined(parts, " OR "),
        }
    }

    fn joined(&mut self, parts: &[Expression], operator: &str) -> String {
        let mut joined = String::new();
        for part in parts {
            if !joined.is_empty() {
                joined.push_str(operator);
            }
            let written = self.expression(part);
            match part {
                Expression::Any(_) => _ = write!(joined, "({written})"),
                _ => joined.push_str(&written),
            }
        }
        // Of nothing there is no expression.
        if joined.is_empty() { NO_ASSERTION.to_owned() } else { joined }
    }

    fn license(&mut self, license: &License) -> String {
        let id = license.id.strip_suffix('+').unwrap_or(&license.id);
        let is_listed = spdx::license_id(id).is_some();
        let exception = license.exception.as_deref();
        let is_known = exception.is_none_or(|it| spdx::exception_id(it).is_some());
        if is_listed && is_known {
            return license.to_string();
        }
        let own = "LicenseRef-";
        if let (Some(_), true, None) =
            (license.id.strip_prefix(own), is_sound(&license.id), exception)
        {
            self.named.insert(license.id.clone(), license.id.clone());
            return license.id.clone();
        }
        // A reference into another document, or an exception that only SPDX 3 can write.
        let letters = license.to_string();
        let bare = letters.replace(own, "").replace("DocumentRef-", "");
        let readable = |it: char| if it.is_ascii_alphanumeric() || it == '.' { it } else { '-' };
        let id: String = own.chars().chain(bare.chars().map(readable)).collect();
        self.named.insert(id.clone(), line(&letters));
        match exception.filter(|_| is_known) {
            // The exception holds, whatever the license is called.
            Some(exception) if !is_listed => {
                self.named.remove(&id);
                let bare = License { id: license.id.clone(), exception: None };
                format!("{} WITH {exception}", self.license(&bare))
            }
            _ => id,
        }
    }
}

fn is_sound(id: &str) -> bool {
    id.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_no_list_is_a_reference_of_the_document() {
        let mut licenses = Licenses::default();
        let written: Vec<String> = [
            "MIT OR (Apache-2.0 AND ISC)",
            "(MIT OR ISC) AND Zlib",
            "LicenseRef-Gemma",
            "DocumentRef-other:LicenseRef-a",
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
            "LicenseRef-b WITH Classpath-exception-2.0",
            "MIT WITH AdditionRef-c",
        ]
        .into_iter()
        .map(|text| licenses.expression(&Expression::parse(text).unwrap()))
        .collect();
        insta::assert_snapshot!(written.join("\n"), @r"
        MIT OR Apache-2.0 AND ISC
        (MIT OR ISC) AND Zlib
        LicenseRef-Gemma
        LicenseRef-other-a
        GPL-2.0-or-later WITH Classpath-exception-2.0
        LicenseRef-b WITH Classpath-exception-2.0
        LicenseRef-MIT-WITH-AdditionRef-c
        ");
        let named: Vec<String> = licenses
            .extracted()
            .iter()
            .map(|it| format!("{}: {}", it.license_id, it.name))
            .collect();
        insta::assert_snapshot!(named.join("\n"), @r"
        LicenseRef-Gemma: LicenseRef-Gemma
        LicenseRef-MIT-WITH-AdditionRef-c: MIT WITH AdditionRef-c
        LicenseRef-b: LicenseRef-b
        LicenseRef-other-a: DocumentRef-other:LicenseRef-a
        ");
        assert_eq!(Licenses::default().joined(&[], " OR "), "NOASSERTION");
    }
}
