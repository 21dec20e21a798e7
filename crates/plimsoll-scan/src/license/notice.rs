//! The NOTICE of a release, and the bundle of license texts that goes with it.
//!
//! Both say the same whenever they are made of the same packages: they are sorted, and each distinct text is
//! there once, named after its license and its digest. A package that came without its text gets the text of
//! the SPDX list, and is said to; where there is neither, it is named as missing, never passed over.

pub(in crate::license) mod holders;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use super::copied::Copied;
use super::expression::Expression;
use super::judge::{JudgedFile, JudgedPackage};
use super::policy::Verdict;
use super::terms::State;
use super::text::identify;
use crate::package::{Package, Published};

/// The longest NOTICE file of a package that is taken over, in bytes.
const MAX_NOTICE: usize = 256 * 1024;

/// Where files come from that were copied.
const COPIED: &str = "copied into the repository";

/// Something of others, and what was published with it.
#[derive(Clone, Debug)]
pub struct Entry<'p> {
    /// What it is called, with its version.
    name: String,
    /// Where it comes from.
    origin: String,
    license: Option<&'p Expression>,
    chosen: Option<&'p Expression>,
    state: State,
    verdict: Verdict,
    reason: &'p str,
    rule: &'p str,
    published: &'p Published,
}

impl<'p> Entry<'p> {
    /// Pairs packages with what they were judged to be, which is in the same order.
    pub fn pair(packages: &'p [Package], judged: &'p [JudgedPackage]) -> Vec<Self> {
        let pairs = packages.iter().zip(judged);
        pairs.map(|(package, judged)| Self::of_package(package, judged)).collect()
    }

    fn of_package(package: &'p Package, judged: &'p JudgedPackage) -> Self {
        let name = match &judged.version {
            Some(version) => format!("{} {version}", judged.name),
            None => judged.name.clone(),
        };
        Self {
            name: one_line(&name),
            origin: judged.ecosystem.to_string(),
            license: judged.license.as_ref(),
            chosen: judged.chosen.as_ref(),
            state: judged.state,
            verdict: judged.verdict,
            reason: &judged.reason,
            rule: &judged.rule,
            published: &package.published,
        }
    }

    /// Pairs copied files with what they were judged to be, which is in the same order. Files that say the same of
    /// the same people are one entry.
    pub fn pair_files(copied: &'p [Copied], judged: &'p [JudgedFile]) -> Vec<Self> {
        let mut entries: Vec<(Self, usize)> = Vec::new();
        for (copied, judged) in copied.iter().zip(judged) {
            let published = &copied.published;
            let is_alike = |(entry, _): &&mut (Self, usize)| {
                published.files.is_empty()
                    && entry.published == published
                    && (entry.license, entry.chosen)
                        == (judged.license.as_ref(), judged.chosen.as_ref())
                    && (entry.reason, entry.rule) == (judged.reason.as_str(), judged.rule.as_str())
            };
            if let Some((_, more)) = entries.iter_mut().find(is_alike) {
                *more += 1;
                continue;
            }
            let entry = Self {
                name: one_line(&judged.path),
                origin: COPIED.to_owned(),
                license: judged.license.as_ref(),
                chosen: judged.chosen.as_ref(),
                state: judged.state,
                verdict: judged.verdict,
                reason: &judged.reason,
                rule: &judged.rule,
                published,
            };
            entries.push((entry, 0));
        }
        let named = entries.into_iter().map(|(entry, more)| {
            let name = match more {
                0 => entry.name,
                1 => format!("{} and 1 more file", entry.name),
                more => format!("{} and {more} more files", entry.name),
            };
            Self { name, ..entry }
        });
        named.collect()
    }
}

/// A text of the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct BundledText {
    /// The name of its file: `MIT-1f0b9d2c4a6e8f30.txt`.
    pub file: String,
    /// What it says.
    pub text: String,
    /// The packages that it came with, each with its version.
    pub packages: BTreeSet<String>,
    /// Whether it is the text of the SPDX list, as those came without one.
    pub is_standard: bool,
}

/// The NOTICE and the texts that it points to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Notice {
    /// The text of the NOTICE.
    pub text: String,
    /// The texts, by the names of their files.
    pub texts: Vec<BundledText>,
    /// Packages whose terms ask for a text that nobody has, each with its license.
    pub missing: Vec<String>,
}

/// Makes the NOTICE of what is called `title`, and the texts that go with it in the folder `licenses`.
///
/// Packages that are not allowed are in it too, with their verdict: who releases them all the same has the more
/// reason to name them.
pub fn notice(title: &str, entries: &[Entry<'_>]) -> Notice {
    let mut sorted: Vec<&Entry<'_>> = entries.iter().collect();
    sorted.sort_by_key(|entry| (entry.name.to_lowercase(), &entry.name, &entry.origin));
    let mut texts: BTreeMap<String, BundledText> = BTreeMap::new();
    let mut missing = Vec::new();
    let mut out = format!("{}\n\n", clean(title).trim());
    let count = sorted.len();
    let copied = sorted.iter().filter(|entry| entry.origin == COPIED).count();
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let packages = counted(count - copied, "package");
    let made_with = match (count - copied, copied) {
        (_, 0) => packages,
        (0, copied) => counted(copied, "part"),
        (_, copied) => format!("{packages} and {}", counted(copied, "copied part")),
    };
    let _ = writeln!(
        out,
        "Made with {made_with} of others. The texts of their licenses are in the folder `licenses`."
    );
    for entry in sorted {
        section(entry, &mut out, &mut texts, &mut missing);
    }
    Notice { text: out, texts: texts.into_values().collect(), missing }
}

fn section(
    entry: &Entry<'_>,
    out: &mut String,
    texts: &mut BTreeMap<String, BundledText>,
    missing: &mut Vec<String>,
) {
    let name = entry.name.as_str();
    let heading = format!("{name} ({})", entry.origin);
    let _ = write!(out, "\n{heading}\n{}\n", "-".repeat(heading.chars().count()));
    match entry.license {
        Some(license) => _ = writeln!(out, "License: {license}"),
        None => _ = writeln!(out, "License: {} ({})", entry.state, one_line(entry.reason)),
    }
    if let Some(chosen) = entry.chosen.filter(|it| Some(*it) != entry.license) {
        let _ = writeln!(out, "Used under: {chosen}");
    }
    if entry.verdict != Verdict::Allow {
        let _ = writeln!(out, "Not allowed without a person's word: {}", one_line(entry.rule));
    }
    let missing_before = missing.len();
    let files = own_texts(entry, name, texts);
    let standard = match entry.chosen.or(entry.license) {
        Some(license) if files.is_empty() => standard_texts(license, name, texts, missing),
        None if files.is_empty() => {
            missing.push(format!("{name}: its license is {}", entry.state));
            BTreeSet::new()
        }
        _ => BTreeSet::new(),
    };
    if missing.len() > missing_before {
        out.push_str("Text: missing\n");
    }
    for file in &files {
        let _ = writeln!(out, "Text: licenses/{file}");
    }
    for file in standard {
        let _ =
            writeln!(out, "Text: licenses/{file} (of the SPDX list: the package came without one)");
    }
    let license_texts = entry.published.files.iter().filter_map(|file| file.text.as_deref());
    let free_text = entry.published.text.as_deref().into_iter();
    for holder in holders::holders(license_texts.chain(free_text)) {
        let _ = writeln!(out, "{holder}");
    }
    for file in &entry.published.files {
        let Some(text) = file.text.as_deref().filter(|_| is_notice(&file.name)) else { continue };
        let text = clean(text.get(..text.floor_char_boundary(MAX_NOTICE)).unwrap_or_default());
        let _ = writeln!(out, "\n{}:", one_line(&file.name));
        text.lines().for_each(|line| _ = writeln!(out, "    {line}"));
    }
}

/// Takes the license files of a package into the bundle, and returns their names there.
fn own_texts(
    entry: &Entry<'_>,
    name: &str,
    texts: &mut BTreeMap<String, BundledText>,
) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for file in &entry.published.files {
        let Some(text) = file.text.as_deref().filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        if is_notice(&file.name) || is_list_of_people(&file.name) {
            continue;
        }
        let parts = identify(text).parts();
        let label = match parts.as_slice() {
            [one] => one.licenses().first().map(ToString::to_string),
            [] => None,
            _ => Some("several".to_owned()),
        };
        files.insert(add(&label.unwrap_or_else(|| "other".to_owned()), text, name, false, texts));
    }
    files
}

/// Takes the texts of the SPDX list for what came without one, and returns their names in the bundle.
fn standard_texts(
    license: &Expression,
    name: &str,
    texts: &mut BTreeMap<String, BundledText>,
    missing: &mut Vec<String>,
) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for license in license.licenses() {
        match spdx::license_id(license.id.trim_end_matches('+')) {
            Some(id) => _ = files.insert(add(&license.id, id.text(), name, true, texts)),
            None => missing.push(format!("{name}: {license}")),
        }
        let Some(exception) = &license.exception else { continue };
        match spdx::exception_id(exception) {
            Some(id) => _ = files.insert(add(exception, id.text(), name, true, texts)),
            None => missing.push(format!("{name}: {exception}")),
        }
    }
    files
}

fn add(
    label: &str,
    text: &str,
    name: &str,
    is_standard: bool,
    texts: &mut BTreeMap<String, BundledText>,
) -> String {
    const DIGITS: usize = 16;
    let text = clean(text);
    let digest = blake3::hash(text.as_bytes()).to_hex();
    let safe: String =
        label
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() || ".-+".contains(letter) { letter } else { '-' }
            })
            .collect();
    let file = format!("{safe}-{}.txt", digest.get(..DIGITS).unwrap_or_default());
    let entry = texts.entry(file.clone()).or_insert_with(|| BundledText {
        file: file.clone(),
        text,
        packages: BTreeSet::new(),
        is_standard,
    });
    entry.is_standard &= is_standard;
    entry.packages.insert(name.to_owned());
    file
}

fn is_notice(name: &str) -> bool {
    base(name).starts_with("notice")
}

fn is_list_of_people(name: &str) -> bool {
    ["authors", "contributors", "credits"].iter().any(|word| base(name).starts_with(word))
}

fn base(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_lowercase()
}

/// Writes a text with one kind of line end and without what would steer a terminal.
fn clean(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut clean: String = lines
        .chars()
        .filter(|letter| !letter.is_control() || *letter == '\n' || *letter == '\t')
        .collect();
    clean.truncate(clean.trim_end().len());
    clean.push('\n');
    clean
}

fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
