//! Files of others that were copied into a repository: what their headers and license texts say.
//!
//! `look` takes one file: lines `SPDX-License-Identifier`, the notices that licenses ask for, whole texts and
//! "licensed under …" in comments, license files, manifests, and the cells of notebooks. `walk` looks at every file
//! of a folder and tells the project's own files from those of others ([`Tree`]). That a file says nothing is no
//! finding; that it says something that is not understood is one.
//!
//! Prose is no license: of a README only what it says of itself counts ("this … is licensed under", what stands
//! under the heading "License"), of other prose only whole texts.

mod agree;
mod comments;
mod header;
mod kind;
mod manifest;
mod notebook;
mod own;
mod sentence;
mod settle;
mod walk;

use std::collections::BTreeSet;

use plimsoll_core::Digest;
use serde::Serialize;

use self::header::{Statement, identifiers, read};
use self::kind::Kind;
use self::sentence::{Voice, sentences};
use super::card::Card;
use super::expression::{Expression, shortened};
use super::notice::holders::holders;
use super::sources::Sources;
use super::terms::{State, Terms};
use crate::package::{LicenseFile, Published};

pub use own::Own;
pub use settle::Tree;
pub use walk::{MAX_FILES, Skipped, WalkError, walk};

/// How much of a file is looked at, in bytes: headers stand at its beginning, and license files are short.
pub const MAX_LOOKED_AT: usize = 1024 * 1024;

/// How much of a file is searched for who holds its copyright, in bytes.
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
    /// By the file that declares a package, or the front matter of a card.
    Manifest,
    /// By who claims a copyright and reserves all rights.
    Claim,
}

/// What a file says of its terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Copied {
    /// The file.
    pub path: String,
    /// Its line, from 1; of a notebook that of the cell's text.
    pub line: usize,
    /// The cell of a notebook, from 1.
    pub cell: Option<usize>,
    /// How it is said.
    pub how: How,
    /// What stands there, shortened.
    pub matched: String,
    /// What the file's bytes hash to; of a folder with several license files, what their digests do.
    pub digest: Digest,
    /// What it comes to.
    pub terms: Terms,
    /// How many files it is said of: those below a license file that say nothing else.
    pub files: usize,
    /// The texts and names that a NOTICE needs.
    pub published: Published,
}

impl Copied {
    /// Returns the license, where it is known.
    pub fn license(&self) -> Option<&Expression> {
        self.terms.license.as_ref()
    }
}

/// A file that was looked at, as far as it matters to the folder that it lies in.
#[derive(Clone, Debug, PartialEq)]
struct Looked {
    path: String,
    kind: Kind,
    digest: Digest,
    found: Vec<Copied>,
    /// Who claims a copyright in its first lines.
    holders: BTreeSet<String>,
    /// Of a license file its text, of a manifest the license.
    text: Option<String>,
    /// Whom a manifest names as authors.
    authors: Vec<String>,
}

/// Looks at one file; `bytes` may be its beginning, of [`MAX_LOOKED_AT`] bytes.
pub fn look(path: &str, bytes: &[u8]) -> Vec<Copied> {
    looked_at(path, bytes, Digest::blake3(bytes)).map(|looked| looked.found).unwrap_or_default()
}

/// Returns what a file says, with what else is known of it; `None` of what is no text.
fn looked_at(path: &str, bytes: &[u8], digest: Digest) -> Option<Looked> {
    let base = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let kind = Kind::of(base);
    // The pictures in a notebook make it long.
    let most = if kind == Kind::Notebook { bytes.len() } else { MAX_LOOKED_AT.min(bytes.len()) };
    let bytes = bytes.get(..most).unwrap_or_default();
    if kind == Kind::Data || is_binary(bytes) {
        return None;
    }
    let text = decoded(bytes);
    let mut looked = Looked {
        path: path.to_owned(),
        kind,
        digest,
        found: Vec::new(),
        holders: BTreeSet::new(),
        text: None,
        authors: Vec::new(),
    };
    match kind {
        Kind::License => license_file(&mut looked, &text),
        Kind::Manifest => manifest_file(&mut looked, base, &text),
        Kind::Notebook => notebook_file(&mut looked, &text),
        Kind::Readme => {
            let front = front_matter(&text);
            let is_card = front.is_some();
            looked.add(&text, None, front);
            if !is_card {
                looked.add(&text, None, read(&unfenced(&text), Voice::Declaring));
            }
        }
        Kind::Prose => looked.add(&text, None, read(&unfenced(&text), Voice::Telling)),
        Kind::Code => {
            let comments = comments::comments(base, &text);
            looked.add(&comments, None, read(&comments, Voice::Comment));
            looked.claim(&comments);
        }
        Kind::Data => {}
    }
    Some(looked)
}

fn license_file(looked: &mut Looked, text: &str) {
    let mut said = identifiers(text, Voice::Declaring);
    if said.is_empty() {
        let terms = terms_of_file(text);
        // What is no text of a license may still say which one holds.
        if terms.state == State::Unknown {
            said = sentences(text, Voice::Declaring);
        }
        if said.is_empty() && !refers_elsewhere(text) {
            said.push(Statement { line: first_line(text), how: How::LicenseFile, terms });
        }
    }
    looked.add(text, None, said);
    looked.holders = holders(std::iter::once(text));
    looked.text = Some(text.to_owned());
}

fn manifest_file(looked: &mut Looked, base: &str, text: &str) {
    match manifest::read(base, text) {
        Err(reason) => {
            let terms = Terms::unknown(reason);
            looked.add(text, None, [Statement { line: 1, how: How::Manifest, terms }]);
        }
        Ok(declaration) => {
            looked.authors = declaration.authors;
            let Some(license) = declaration.license else { return };
            let terms =
                Terms::of(&Published { expression: Some(license.clone()), ..Published::default() });
            looked.text = Some(license);
            let line = declaration.line;
            looked.add(text, None, [Statement { line, how: How::Manifest, terms }]);
        }
    }
}

fn notebook_file(looked: &mut Looked, text: &str) {
    let cells = match notebook::cells(text) {
        Ok(cells) => cells,
        Err(reason) => {
            let terms = Terms::unknown(reason);
            return looked.add(text, None, [Statement { line: 1, how: How::Text, terms }]);
        }
    };
    for (at, (is_prose, cell)) in cells.iter().enumerate() {
        if *is_prose {
            looked.add(cell, Some(at + 1), read(&unfenced(cell), Voice::Declaring));
        } else {
            let comments = comments::comments("cell.py", cell);
            looked.add(&comments, Some(at + 1), read(&comments, Voice::Comment));
        }
    }
}

impl Looked {
    fn add(&mut self, text: &str, cell: Option<usize>, said: impl IntoIterator<Item = Statement>) {
        for Statement { line, how, terms } in said {
            let matched = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
            self.found.push(Copied {
                path: self.path.clone(),
                line,
                cell,
                how,
                matched: shortened(&plain(matched)),
                digest: self.digest,
                terms,
                files: 1,
                published: Published::default(),
            });
        }
        if !self.found.is_empty() && cell.is_none_or(|cell| cell == 1) {
            self.holders.extend(holders(std::iter::once(beginning(text))));
        }
    }

    /// Notes that somebody reserves all rights, where no license is said.
    fn claim(&mut self, comments: &str) {
        let head = beginning(comments);
        if !self.found.is_empty() || !head.to_lowercase().contains("all rights reserved") {
            return;
        }
        let holders = holders(std::iter::once(head));
        let Some(first) = holders.first().cloned() else { return };
        let at = head.lines().position(|line| plain(line).contains(first.as_str()));
        let terms =
            Terms::unknown(format!("`{first}` reserves all rights, and no license is said"));
        let line = at.unwrap_or_default() + 1;
        self.add(comments, None, [Statement { line, how: How::Claim, terms }]);
        self.holders = holders;
    }
}

/// Takes a license file for what it says, like that of a package.
fn terms_of_file(text: &str) -> Terms {
    let file = LicenseFile { name: "LICENSE".to_owned(), text: Some(text.to_owned()) };
    let sources = Sources::of(&Published { files: vec![file], ..Published::default() });
    super::reconcile::reconcile(sources)
}

/// Returns what the front matter of a card says, where there is one that names a license.
fn front_matter(text: &str) -> Option<Statement> {
    if !text.starts_with("---") {
        return None;
    }
    let card = Card::read(text).ok()?;
    let terms = card.declared.terms();
    if terms.state == State::Unknown && card.declared.licenses.is_empty() {
        return None;
    }
    let line = text.lines().position(|line| line.starts_with("license")).unwrap_or_default() + 1;
    Some(Statement { line, how: How::Manifest, terms })
}

/// Tells whether a license file only says where the license is: a link as Windows checks it out.
fn refers_elsewhere(text: &str) -> bool {
    const LONGEST: usize = 200;
    let text = text.trim();
    let is_path = !text.is_empty() && !text.contains(char::is_whitespace) && text.contains("../");
    text.len() < LONGEST && (is_path || text.starts_with(".. include::"))
}

/// Takes the examples out of prose; the lines keep their numbers.
fn unfenced(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let begin = line.trim_start();
        match fence {
            Some(mark) if begin.starts_with(mark) => fence = None,
            Some(_) => {}
            None => {
                fence = ["```", "~~~"].into_iter().find(|mark| begin.starts_with(mark));
                if fence.is_none() {
                    kept.push_str(line);
                }
            }
        }
        kept.push('\n');
    }
    kept
}

fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_HEADER)).unwrap_or_default()
}

fn first_line(text: &str) -> usize {
    text.lines().position(|line| !line.trim().is_empty()).unwrap_or_default() + 1
}

/// Returns a line without what marks it as a comment, and without what would steer a terminal.
fn plain(line: &str) -> String {
    let shown: String = line.chars().filter(|letter| !letter.is_control()).collect();
    let is_mark = |letter: char| letter.is_whitespace() || "#*/;!<>-%\"'".contains(letter);
    shown.trim_matches(is_mark).split_whitespace().collect::<Vec<_>>().join(" ")
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
