//! The files of a folder together: which are the project's own, and what each part that is not comes under.

use std::collections::BTreeMap;

use plimsoll_core::Digest;

use super::agree::agrees;
use super::kind::{Kind, is_of_others, is_vendored};
use super::own::{Own, is_of_folder};
use super::walk::Skipped;
use super::{Copied, How, Looked};
use crate::license::expression::License;
use crate::license::notice::holders::holders;
use crate::license::terms::{State, Terms};
use crate::package::{LicenseFile, Published};

/// What was seen in a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// How many files were looked at.
    pub files: usize,
    /// How many of them say that they come under the project's own license.
    pub own_files: usize,
    /// What the folder says of its own terms.
    pub own: Own,
    /// What comes from others, by path and line.
    pub found: Vec<Copied>,
    /// What was not looked at.
    pub skipped: Vec<Skipped>,
    /// The digest of every file that says something of terms, with its path.
    pub digest: Digest,
}

/// A folder of somebody else's, by what its license files and its manifest say together.
struct Part {
    licenses: Vec<License>,
    /// Its place in what was found; `None` of one that is the project's own.
    at: Option<usize>,
}

impl Tree {
    /// Brings together what files say.
    pub(super) fn of(files: usize, looked: &[Looked], skipped: Vec<Skipped>) -> Self {
        let top: Vec<&Looked> = looked.iter().filter(|it| !it.path.contains('/')).collect();
        let own = Own::of(&top);
        let mut found = bundled(&own, &top);
        let (parts, mut own_files) = parts(&own, looked, &mut found);
        for one in looked {
            let is_top = !one.path.contains('/');
            let speaks_of_project = is_top
                && match one.kind {
                    Kind::License => !is_of_others(&one.path),
                    Kind::Manifest | Kind::Readme => true,
                    _ => false,
                };
            if speaks_of_project {
                continue;
            }
            let (mut is_own, mut is_counted) = (false, false);
            for said in &one.found {
                if is_of_part(one, said) {
                    continue;
                }
                let part = nearest(&parts, &one.path);
                if let Some(part) = part.filter(|part| is_covered(said, &part.licenses)) {
                    match part.at.and_then(|at| found.get_mut(at)) {
                        Some(of) if !is_counted => of.files += 1,
                        Some(_) => {}
                        None => is_own = true,
                    }
                    is_counted = true;
                } else if is_own_statement(&own, one, said) {
                    is_own = true;
                } else {
                    let names: Vec<String> = one.holders.iter().cloned().collect();
                    let text = (!names.is_empty()).then(|| names.join("\n"));
                    let published = Published { text, ..Published::default() };
                    found.push(Copied { published, ..said.clone() });
                }
            }
            own_files += usize::from(is_own);
        }
        found.sort_by(|a, b| (&a.path, a.cell, a.line).cmp(&(&b.path, b.cell, b.line)));
        let speaking = looked.iter().filter(|it| !it.found.is_empty());
        let pinned: BTreeMap<&str, String> =
            speaking.map(|it| (it.path.as_str(), it.digest.to_string())).collect();
        let pinned: Vec<String> =
            pinned.iter().map(|(path, digest)| format!("{digest} {path}\n")).collect();
        let digest = Digest::blake3(pinned.concat().as_bytes());
        Self { files, own_files, own, found, skipped, digest }
    }
}

/// Tells whether a statement is part of what its folder says, which is judged as a whole.
fn is_of_part(one: &Looked, said: &Copied) -> bool {
    one.path.contains('/') && is_of_folder(said.how, one.kind) && !is_shelf(&one.path)
}

/// Tells whether a file lies in a folder that only keeps texts: each is about something else.
fn is_shelf(path: &str) -> bool {
    let folder = path.rsplit('/').nth(1).unwrap_or_default().to_lowercase();
    matches!(folder.as_str(), "licenses" | "licences" | "license" | "licence" | "legal")
        || is_of_others(path.rsplit('/').next().unwrap_or(path))
}

/// Returns the folders with terms of their own, and how many files say that they are the project's.
fn parts<'l>(
    own: &Own,
    looked: &'l [Looked],
    found: &mut Vec<Copied>,
) -> (BTreeMap<&'l str, Part>, usize) {
    let mut folders: BTreeMap<&str, Vec<&Looked>> = BTreeMap::new();
    for one in looked {
        let Some((folder, _)) = one.path.rsplit_once('/') else { continue };
        if one.found.iter().any(|said| is_of_part(one, said)) {
            folders.entry(folder).or_default().push(one);
        }
    }
    let (mut parts, mut own_files) = (BTreeMap::new(), 0);
    for (folder, files) in folders {
        let copied = of_folder(&files);
        let is_vendored = is_vendored(&copied.path);
        let held = holders(copied.published.files.iter().filter_map(|file| file.text.as_deref()));
        let agrees = agrees(&copied.terms, &own.licenses)
            || copied.terms.state == State::Unknown && own.is_held_by(&held);
        let is_own =
            agrees && !own.is_held_by_others(&held) && (!is_vendored || own.is_held_by(&held));
        let terms = &copied.terms;
        let licenses = terms.license.iter().chain(&terms.candidates);
        let licenses = licenses.flat_map(|it| it.licenses()).cloned().collect();
        if is_own {
            own_files += files.len();
            parts.insert(folder, Part { licenses, at: None });
        } else {
            parts.insert(folder, Part { licenses, at: Some(found.len()) });
            found.push(copied);
        }
    }
    (parts, own_files)
}

/// Reads license files and manifest of one folder like those of a package.
fn of_folder(files: &[&Looked]) -> Copied {
    let mut published = Published::default();
    let mut firsts: Vec<&Copied> = Vec::new();
    for one in files {
        match one.kind {
            Kind::License => {
                let name = one.path.rsplit('/').next().unwrap_or_default().to_owned();
                published.files.push(LicenseFile { name, text: one.text.clone() });
            }
            Kind::Manifest => published.expression = published.expression.or(one.text.clone()),
            _ => {}
        }
        firsts.extend(one.found.first());
    }
    // A license file says more than what declares the package or tells of it.
    let main = firsts.iter().copied().min_by_key(|said| (said.how != How::LicenseFile, &said.path));
    let alone = match firsts.as_slice() {
        // What one file says was read already, in more ways than a package has.
        [one] => Some(one.terms.clone()),
        _ => None,
    };
    let digests: Vec<String> =
        files.iter().map(|it| format!("{} {}\n", it.digest, it.path)).collect();
    let digest = match files {
        [one] => one.digest,
        _ => Digest::blake3(digests.concat().as_bytes()),
    };
    let mut terms = alone.unwrap_or_else(|| Terms::of(&published));
    if terms.state == State::Unknown
        && let Some(said) = firsts.iter().find(|it| it.terms.state == State::Known)
    {
        terms = said.terms.clone();
    }
    let (path, line, how, matched) = main.map_or_else(
        || (String::new(), 1, How::LicenseFile, String::new()),
        |it| (it.path.clone(), it.line, it.how, it.matched.clone()),
    );
    Copied { path, line, cell: None, how, matched, digest, terms, files: files.len(), published }
}

/// Returns what the project's own license files hold beside its license: what comes along with it.
fn bundled(own: &Own, top: &[&Looked]) -> Vec<Copied> {
    let Some(terms) = &own.terms else { return Vec::new() };
    let mut found = Vec::new();
    for bundled in &terms.bundled {
        let Some(of) = top.iter().find(|it| it.path == bundled.file) else { continue };
        let text = bundled.text.clone().unwrap_or_default();
        let terms = match &bundled.license {
            Some(license) => Terms::known(
                license.clone(),
                crate::license::terms::Confidence::High,
                "the text says so",
            ),
            None => Terms::unknown(format!("`{text}` is no text of a license that is known")),
        };
        if agrees(&terms, &own.licenses) {
            continue;
        }
        let line = of.text.as_deref().and_then(|text| text.lines().nth(bundled.line - 1));
        found.push(Copied {
            path: bundled.file.clone(),
            line: bundled.line,
            cell: None,
            how: How::Text,
            matched: super::shortened(&super::plain(line.unwrap_or_default())),
            digest: of.digest,
            terms,
            files: 1,
            published: Published::default(),
        });
    }
    found
}

/// Returns the folder with terms of its own that a file lies in, the innermost.
fn nearest<'p>(parts: &'p BTreeMap<&str, Part>, path: &str) -> Option<&'p Part> {
    let mut folder = path.rsplit_once('/')?.0;
    loop {
        if let Some(part) = parts.get(folder) {
            return Some(part);
        }
        folder = folder.rsplit_once('/')?.0;
    }
}

/// Tells whether the license of the folder says already what a file in it does.
fn is_covered(said: &Copied, licenses: &[License]) -> bool {
    said.how == How::Claim || agrees(&said.terms, licenses)
}

fn is_own_statement(own: &Own, one: &Looked, said: &Copied) -> bool {
    if said.how == How::Claim {
        // Where nobody is known to hold the project, nobody can be told from them.
        return !own.has_holders() || !own.is_held_by_others(&one.holders);
    }
    let is_vendored = is_vendored(&one.path);
    let forbids = said.terms.state == State::Unknown && said.how == How::Sentence;
    (agrees(&said.terms, &own.licenses) || forbids && own.is_held_by(&one.holders))
        && !own.is_held_by_others(&one.holders)
        && (!is_vendored || own.is_held_by(&one.holders))
}
