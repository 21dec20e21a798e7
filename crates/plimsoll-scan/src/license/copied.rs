//! Files of others that were copied into a repository: what their headers and license texts say.
//!
//! `look` takes one file: `SPDX-License-Identifier` lines, the notices that licenses ask for, whole texts in
//! comments, "licensed under …", and the cells of notebooks. `walk` looks at every file of a folder. That a file
//! says nothing is no finding; that it says something that is not understood is one.

mod header;
mod notebook;
mod sentence;
mod walk;

use serde::Serialize;

use super::expression::Expression;
use super::judge::{Court, Judgment, Named};
use super::sources::Sources;
use super::terms::Terms;
use crate::package::{LicenseFile, Published};

pub use walk::{MAX_FILES, Skipped, Tree, WalkError, walk};

/// How much of a file is looked at, in bytes: headers stand at its beginning, and license files are short.
pub const MAX_LOOKED_AT: usize = 1024 * 1024;

/// How much of a source file may be its header, in bytes.
const MAX_HEADER: usize = 16 * 1024;

/// How it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// By a line `SPDX-License-Identifier`.
    Identifier,
    /// By the notice that a license asks for, or its whole text.
    Text,
    /// By a sentence: "licensed under the MIT license".
    Sentence,
    /// By a file that is called like a license.
    LicenseFile,
}

/// What a file says of its terms.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Copied {
    /// The file.
    pub path: String,
    /// Its line, from 1; of a notebook that of the cell's text.
    pub line: usize,
    /// The cell of a notebook, from 1.
    pub cell: Option<usize>,
    /// How it is said.
    pub how: How,
    /// What it comes to.
    pub terms: Terms,
}

impl Copied {
    /// Says what a policy says of it; exceptions name its path.
    pub fn judge(&self, court: Court<'_>) -> Judgment {
        court.judge(Named { name: &self.path, version: None, ecosystem: None }, &self.terms)
    }

    /// Returns the license, where it is known.
    pub fn license(&self) -> Option<&Expression> {
        self.terms.license.as_ref()
    }
}

/// Looks at one file; `bytes` may be its beginning, of [`MAX_LOOKED_AT`] bytes.
pub fn look(path: &str, bytes: &[u8]) -> Vec<Copied> {
    let bytes = bytes.get(..MAX_LOOKED_AT.min(bytes.len())).unwrap_or_default();
    if is_binary(bytes) {
        return Vec::new();
    }
    let text = decoded(bytes);
    let base = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let found = |line, cell, how, terms| Copied { path: path.to_owned(), line, cell, how, terms };
    if is_license_file(base) {
        let identifiers = header::identifiers(&text);
        if identifiers.is_empty() {
            return vec![found(1, None, How::LicenseFile, terms_of_file(&text))];
        }
        let said = identifiers.into_iter();
        return said.map(|(line, how, terms)| found(line, None, how, terms)).collect();
    }
    if has_extension(base, "ipynb") {
        let cells = match notebook::cells(&text) {
            Ok(cells) => cells,
            Err(reason) => {
                return vec![found(1, None, How::Text, Terms::unknown(reason))];
            }
        };
        let mut all = Vec::new();
        for (at, (is_prose, cell)) in cells.iter().enumerate() {
            let base = if *is_prose { "cell.md" } else { "cell.py" };
            let said = header::read(base, cell).into_iter();
            all.extend(said.map(|(line, how, terms)| found(line, Some(at + 1), how, terms)));
        }
        return all;
    }
    let end = text.floor_char_boundary(MAX_HEADER);
    let header = text.get(..end).unwrap_or_default();
    let said = header::read(base, header).into_iter();
    said.map(|(line, how, terms)| found(line, None, how, terms)).collect()
}

/// Takes a license file for what it says, like that of a package.
fn terms_of_file(text: &str) -> Terms {
    let file = LicenseFile { name: "LICENSE".to_owned(), text: Some(text.to_owned()) };
    let sources = Sources::of(&Published { files: vec![file], ..Published::default() });
    super::reconcile::reconcile(sources)
}

/// Tells whether a file is called like a license. Program code about licenses (`license.rs`) is not.
fn is_license_file(base: &str) -> bool {
    let lower = base.to_lowercase();
    let names = ["license", "licence", "copying", "unlicense", "unlicence"];
    let (stem, extension) = lower.split_once('.').unwrap_or((&lower, ""));
    let is_text = ["", "txt", "md", "rst", "html", "mit", "apache", "bsd", "gpl", "lgpl", "mpl"];
    let is_named = names.iter().any(|name| {
        stem == *name || stem.strip_prefix(name).is_some_and(|rest| rest.starts_with(['-', '_']))
    });
    let is_suffixed =
        names.iter().any(|name| stem.strip_suffix(name).is_some_and(|it| it.ends_with(['-', '_'])));
    is_named
        && (is_text.contains(&extension) || spdx::license_id(&base[stem.len() + 1..]).is_some())
        || is_suffixed && is_text.contains(&extension)
        || extension.ends_with("license") && !stem.is_empty()
}

fn has_extension(base: &str, extension: &str) -> bool {
    base.rsplit_once('.').is_some_and(|(_, it)| it.eq_ignore_ascii_case(extension))
}

/// Tells whether bytes are no text: text has no zero bytes, unless it is UTF-16, which begins with its mark.
fn is_binary(bytes: &[u8]) -> bool {
    const LOOKED_AT: usize = 8 * 1024;
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    !is_utf16 && bytes.iter().take(LOOKED_AT).any(|byte| *byte == 0)
}

/// Reads bytes as UTF-16 where they begin so, and otherwise as UTF-8 in which some may be lost.
fn decoded(bytes: &[u8]) -> String {
    let units = |of: fn([u8; 2]) -> u16| -> Vec<u16> {
        bytes.chunks_exact(2).skip(1).map(|pair| of([pair[0], pair[1]])).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests;
