//! What each source of a package says of its terms.

use super::claim::{Reading, Relation};
use super::expression::{Expression, License, shortened};
use super::terms::{Bundled, Said};
use super::text::{Found, Identified, can_soften, identify};
use super::{classifier, debian, names};
use crate::package::{LicenseFile, Published};

/// The most license files of a package that are read.
const MAX_FILES: usize = 500;

/// A claim, and who makes it.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) source: String,
    pub(super) reading: Reading,
    /// Whether it is made by a whole text.
    pub(super) is_text: bool,
    /// Whether that text ends before the license does: it agrees, but proves nothing alone.
    pub(super) is_cut: bool,
    /// What limits the use of the whole, though no license that is known says it.
    pub(super) restriction: Option<String>,
    /// Whether it is a text of more than one license, where such words may be about what comes along.
    pub(super) is_several: bool,
    /// How many words no license that is known accounts for.
    pub(super) unexplained: usize,
}

/// Everything that was published of a package's terms.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    /// An expression in a field for expressions.
    pub(super) expression: Option<Expression>,
    /// What else makes a claim.
    pub(super) claims: Vec<Claim>,
    /// Whether the terms are said to be somebody's own.
    pub(super) is_proprietary: bool,
    /// Text in the free field that is no name: what an own license may be called.
    pub(super) own_name: Option<String>,
    pub(super) said: Vec<Said>,
    pub(super) bundled: Vec<Bundled>,
    /// License files of which only the name is known.
    pub(super) unread: Vec<String>,
}

impl Sources {
    /// Reads what was published.
    pub(super) fn of(published: &Published) -> Self {
        let mut sources = Self::default();
        if let Some((name, reading)) = machine_readable(published) {
            // What else was published was taken from that file.
            sources.claim(name, reading);
            return sources;
        }
        if let Some(text) = &published.expression {
            sources.take_expression(text);
        }
        if let Some(text) = published.text.as_deref() {
            sources.take_text(text);
        }
        let classified = classifier::read(&published.classifiers);
        sources.is_proprietary = classified.is_proprietary;
        if classified.is_proprietary {
            sources.say("classifiers", "Other/Proprietary License");
        }
        sources.claim("classifiers", classified.reading);
        for file in published.files.iter().take(MAX_FILES) {
            sources.take_file(file);
        }
        if published.files.len() > MAX_FILES {
            let more = published.files.len() - MAX_FILES;
            let reason = format!("{more} license files more than are read");
            sources.claim("files", Reading::Unreadable(reason));
        }
        sources
    }

    fn say(&mut self, source: &str, says: impl Into<String>) {
        self.said.push(Said { source: source.to_owned(), says: says.into() });
    }

    fn claim(&mut self, source: &str, reading: Reading) {
        if reading == Reading::Silent {
            return;
        }
        self.say(source, reading.to_string());
        self.claims.push(Claim {
            source: source.to_owned(),
            reading,
            is_text: false,
            is_cut: false,
            restriction: None,
            is_several: false,
            unexplained: 0,
        });
    }

    fn take_expression(&mut self, text: &str) {
        match Expression::parse(text) {
            Ok(expression) => {
                self.say("expression", expression.to_string());
                self.expression = Some(expression);
            }
            // What was written there before there were expressions may be a name all the same.
            Err(error) => match names::read(text) {
                Reading::Unreadable(_) => {
                    self.claim("expression", Reading::Unreadable(error.to_string()));
                }
                reading => self.claim("expression", reading),
            },
        }
    }

    fn take_text(&mut self, text: &str) {
        const LINES: usize = 4;
        let is_text = text.trim_start().to_lowercase().starts_with("copyright");
        let is_long = text.len() > names::MAX_NAME || text.lines().count() >= LINES || is_text;
        if !is_long {
            let reading = names::read(text);
            if matches!(reading, Reading::Unreadable(_)) {
                self.own_name = Some(text.trim().to_owned());
            }
            self.claim("license field", reading);
            return;
        }
        self.take_identified("license field", &identify(text), text);
    }

    fn take_file(&mut self, file: &LicenseFile) {
        let Some(text) = &file.text else {
            if is_license(&file.name) {
                self.unread.push(file.name.clone());
            }
            return;
        };
        if !is_license(&file.name) {
            return;
        }
        let identified = identify(text);
        if is_bundled(&file.name) {
            self.bundle(&file.name, &identified, 0);
            return;
        }
        self.take_identified(&file.name, &identified, text);
    }

    /// Takes what a whole text says: the license that it begins with, and what comes along.
    fn take_identified(&mut self, source: &str, identified: &Identified, text: &str) {
        let many = identified.found.len() > 1 || text.len() > LONG;
        let unexplained = identified.rest.iter().map(|rest| rest.words).sum();
        let restriction = identified.rest.iter().find(|rest| rest.restricts);
        let parts = identified.parts();
        let reading = if identified.is_too_long {
            Reading::Unreadable("it is longer than what is read".to_owned())
        } else if !parts.is_empty() {
            Reading::Parts { relation: Relation::All, parts }
        } else if says_either(text) {
            Reading::Choice
        } else {
            Reading::Unreadable(format!(
                "`{}` is no text of a license that is known",
                shortened(text)
            ))
        };
        self.say(source, reading.to_string());
        if let Some(rest) = restriction {
            self.say(source, format!("line {}: …{}…", rest.line, rest.text));
        }
        self.claims.push(Claim {
            source: source.to_owned(),
            reading,
            is_text: true,
            is_cut: identified.found.iter().any(|found| found.is_cut),
            restriction: restriction.map(|rest| rest.text.clone()),
            is_several: many,
            unexplained,
        });
        if identified.found.len() > 1 {
            self.bundle(source, identified, 1);
        } else if many {
            let restricting = identified.rest.iter().filter(|rest| rest.restricts);
            self.bundled.extend(restricting.map(|rest| Bundled::passage(source, rest)));
        }
    }

    /// Notes what a file holds, but for the first licenses in it.
    fn bundle(&mut self, source: &str, identified: &Identified, skipped: usize) {
        for found in identified.found.iter().skip(skipped) {
            let license = match found.exception {
                // The license that it softens stands there too, and is judged as it stands.
                Some(exception) if identified.found.iter().any(|it| softens(exception, it)) => {
                    continue;
                }
                Some(exception) => softened(exception),
                None => found.candidates.strictest().cloned().map(Expression::License),
            };
            let text = license.is_none().then(|| {
                found.exception.map_or_else(|| found.candidates.to_string(), str::to_owned)
            });
            let bundled = Bundled { file: source.to_owned(), line: found.line, license, text };
            let is_new = !self.bundled.iter().any(|it| {
                it.file == bundled.file && it.license == bundled.license && it.text == bundled.text
            });
            if is_new {
                self.bundled.push(bundled);
            }
        }
        let restricting = identified.rest.iter().filter(|rest| rest.restricts);
        self.bundled.extend(restricting.map(|rest| Bundled::passage(source, rest)));
        if identified.found.is_empty()
            && skipped == 0
            && let Some(rest) = identified.rest.iter().find(|rest| !rest.restricts)
        {
            self.bundled.push(Bundled::passage(source, rest));
        }
    }
}

fn softens(exception: &str, found: &Found) -> bool {
    let licenses = found.candidates.licenses();
    !licenses.is_empty() && licenses.iter().all(|license| can_soften(exception, &license.id))
}

/// Returns the license that an exception belongs to that stands alone, where its text names that one.
fn softened(exception: &str) -> Option<Expression> {
    let id = match exception {
        "GCC-exception-3.1" => "GPL-3.0-only",
        "LLVM-exception" => "Apache-2.0",
        _ => return None,
    };
    Some(Expression::License(License { id: id.to_owned(), exception: Some(exception.to_owned()) }))
}

/// Returns what the copyright file of a Debian package says, if it is machine-readable.
fn machine_readable(published: &Published) -> Option<(&str, Reading)> {
    let file = published.files.iter().find(|file| file.name == "copyright")?;
    Some((&file.name, debian::read(file.text.as_deref()?)?))
}

/// A text of more bytes than this is a list of what comes along: no license is as long.
const LONG: usize = 60 * 1024;

/// Tells whether a file's name says that it holds a license; lists of authors and notices do not.
fn is_license(name: &str) -> bool {
    let lower = name.to_lowercase();
    let base = lower.rsplit('/').next().unwrap_or(&lower);
    let no_license =
        ["authors", "contributors", "notice", "readme", "changelog", "patents", "credits"];
    !no_license.iter().any(|word| base.starts_with(word)) || base.contains("license")
}

/// Tells whether a file is about something else than the package itself: it lies in a folder, or is called
/// after what it is about.
fn is_bundled(name: &str) -> bool {
    let lower = name.to_lowercase();
    let mut parts: Vec<&str> = lower.split('/').filter(|part| !part.is_empty()).collect();
    let base = parts.pop().unwrap_or_default();
    let own = ["licenses", "license", "licences", "legal", "."];
    let is_foreign = |folder: &&str| !own.contains(folder) && !folder.ends_with(".dist-info");
    let names =
        ["license", "licence", "copying", "copyright", "unlicense", "unlicence", "lgpl", "gpl"];
    let is_own = names.iter().any(|word| base.starts_with(word))
        || spdx::license_id(base.trim_end_matches(".txt")).is_some()
        || lower.starts_with("licenses/") && names::read(base.trim_end_matches(".txt")).is_one();
    let words = ["3rd", "third", "vendor", "bundled", "dependencies"];
    parts.iter().any(is_foreign) || !is_own || words.iter().any(|it| lower.contains(it))
}

/// Tells whether a short text offers licenses by name of their files: "either of the licenses found in".
fn says_either(text: &str) -> bool {
    const SHORT: usize = 2000;
    let lower = text.to_lowercase().replace(['*', '_', '`'], "");
    text.len() <= SHORT && (lower.contains("either of") || lower.contains("at your option"))
}
