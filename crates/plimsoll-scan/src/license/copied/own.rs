//! What a project says of its own license, and who it says holds it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::kind::{Kind, is_of_others};
use super::{How, Looked};
use crate::license::expression::{Expression, License};
use crate::license::notice::holders::holders;
use crate::license::terms::{Said, Terms};
use crate::package::{LicenseFile, Published};

/// What the files at the top of a folder say of the folder's own terms.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Own {
    /// Its license; `None` where nothing says it for certain.
    pub license: Option<Expression>,
    /// The files that say so, each with what it says.
    pub sources: Vec<Said>,
    /// Every license that it may come under.
    #[serde(skip)]
    pub(super) licenses: Vec<License>,
    /// The words of who holds its copyright.
    #[serde(skip)]
    holders: BTreeSet<String>,
    /// What its license files hold beside its own license.
    #[serde(skip)]
    pub(super) terms: Option<Terms>,
}

/// Words of copyright lines that name nobody.
const NOBODY: &[&str] = &[
    "all",
    "and",
    "authors",
    "com",
    "company",
    "contributors",
    "copyright",
    "corp",
    "corporation",
    "developers",
    "foundation",
    "gmbh",
    "inc",
    "individual",
    "its",
    "limited",
    "llc",
    "ltd",
    "of",
    "others",
    "present",
    "project",
    "reserved",
    "rights",
    "team",
    "the",
    "university",
    "various",
];

impl Own {
    /// Reads the files at the top of a folder.
    pub(super) fn of(top: &[&Looked]) -> Self {
        let mut own = Self::default();
        let mut published = Published::default();
        for looked in top {
            let base = looked.path.as_str();
            match looked.kind {
                Kind::License if !is_of_others(base) => {
                    let text = looked.text.clone();
                    published.files.push(LicenseFile { name: base.to_owned(), text });
                }
                Kind::Manifest => {
                    published.expression = published.expression.take().or(looked.text.clone());
                }
                Kind::Readme => {}
                _ => continue,
            }
            own.take(looked);
        }
        let mut terms = Terms::of(&published);
        // A file of several texts begins with the project's own; the others tell what comes along.
        if let (None, [_], Some(Expression::All(parts))) =
            (&published.expression, published.files.as_slice(), &terms.license)
        {
            published.expression = parts.first().map(ToString::to_string);
            terms = Terms::of(&published);
        }
        for file in &published.files {
            own.take_holders(file, &terms);
        }
        let licenses = terms.license.iter().chain(&terms.candidates);
        own.licenses.extend(licenses.flat_map(Expression::licenses).cloned());
        // Where no file says it, the README may.
        let said = || top.iter().flat_map(|it| &it.found).find_map(|it| it.terms.license.clone());
        own.license = terms.license.clone().or_else(said);
        own.terms = Some(terms);
        own
    }

    fn take(&mut self, looked: &Looked) {
        for said in &looked.found {
            let license = said.license().map(ToString::to_string);
            let says = license.unwrap_or_else(|| said.terms.state.to_string());
            self.sources.push(Said { source: said.path.clone(), says });
            // Which of several texts is the project's own is told by all files together.
            if said.how != How::LicenseFile {
                let licenses = said.terms.license.iter().chain(&said.terms.candidates);
                self.licenses.extend(licenses.flat_map(Expression::licenses).cloned());
            }
        }
        self.holders.extend(looked.authors.iter().flat_map(|it| words(it)));
    }

    /// Takes who holds the project by its license file: those who are named before what comes along.
    fn take_holders(&mut self, file: &LicenseFile, terms: &Terms) {
        let along = terms.bundled.iter().filter(|it| it.file == file.name).map(|it| it.line);
        let end = along.min().unwrap_or(usize::MAX);
        let lines = file.text.as_deref().unwrap_or_default().lines();
        let named = holders(lines.take(end.saturating_sub(1)));
        self.holders.extend(named.iter().flat_map(|it| words(it)));
    }

    /// Tells whether somebody else holds the copyright, as far as both are known.
    pub(super) fn is_held_by_others(&self, holders: &BTreeSet<String>) -> bool {
        let theirs: BTreeSet<String> = holders.iter().flat_map(|it| words(it)).collect();
        !self.holders.is_empty() && !theirs.is_empty() && self.holders.is_disjoint(&theirs)
    }

    /// Tells whether it is known who holds the project's copyright, and whether these are among them.
    pub(super) fn is_held_by(&self, holders: &BTreeSet<String>) -> bool {
        holders.iter().flat_map(|it| words(it)).any(|word| self.holders.contains(&word))
    }

    /// Tells whether it is known who holds the project's copyright.
    pub(super) fn has_holders(&self) -> bool {
        !self.holders.is_empty()
    }
}

/// Returns the words that tell one holder from another.
fn words(holder: &str) -> Vec<String> {
    let lower = holder.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphabetic());
    let tells = |word: &&str| word.chars().count() > 2 && !NOBODY.contains(word);
    words.filter(tells).map(str::to_owned).collect()
}

/// Tells whether a statement is about the folder that it lies in, not about its file alone.
pub(super) fn is_of_folder(how: How, kind: Kind) -> bool {
    matches!(how, How::LicenseFile | How::Manifest)
        || matches!(kind, Kind::License | Kind::Manifest | Kind::Readme)
}
