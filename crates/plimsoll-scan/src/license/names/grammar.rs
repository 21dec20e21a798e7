//! What the words of a text say of a license together.

use super::gnu::gnu;
use super::table;
use super::words::{Word, words};
use super::{Candidates, Reading, Relation, reference, shortened};

/// Words that stand around names and say nothing that matters.
const AROUND: &[&str] = &[
    "open",
    "source",
    "either",
    "both",
    "see",
    "file",
    "text",
    "full",
    "details",
    "included",
    "license.txt",
    "license.md",
    "license.rst",
    "copying",
    "standard",
];

/// Words that say that there is a choice.
const CHOICE: &[&str] = &["dual", "dually", "duallicensed", "choice", "choose"];

/// What the words between two names say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    None,
    Comma,
    And,
    Or,
    AndOr,
}

/// Reads a text that is no expression.
pub(super) fn read(text: &str) -> Reading {
    let words = words(text);
    let mut found =
        Found { parts: Vec::new(), join: Join::None, choice: false, pending: Join::None };
    match found.read(&words, text) {
        Err(reason) => Reading::Unreadable(reason),
        Ok(()) if found.parts.is_empty() && found.choice => Reading::Choice,
        Ok(()) if found.parts.is_empty() => {
            Reading::Unreadable(format!("`{}` names no license that is known", shortened(text)))
        }
        Ok(()) => found.into_reading(),
    }
}

struct Found {
    parts: Vec<Candidates>,
    join: Join,
    choice: bool,
    /// What was said since the last name.
    pending: Join,
}

impl Found {
    fn read(&mut self, words: &[Word], text: &str) -> Result<(), String> {
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let rest = &words[at..];
            if let Some((count, candidates)) = gnu(rest).or_else(|| table::name(rest)) {
                self.add(candidates, text)?;
                at += count;
                continue;
            }
            at += 1;
            match word {
                Word::Comma => self.say(Join::Comma),
                Word::Slash => self.say(Join::Or),
                Word::Ampersand => self.say(Join::And),
                Word::Aside(inner) => self.aside(inner, text)?,
                Word::Plain(word) => match word.as_str() {
                    "or" => self.say(Join::Or),
                    "and" => self.say(Join::And),
                    "with" | "plus" if mentions_exception(rest) => {
                        return self.soften(rest, text);
                    }
                    _ if CHOICE.contains(&word.as_str()) => self.choice = true,
                    _ if AROUND.contains(&word.as_str()) => {}
                    _ => {
                        at = self.commercial(words, at - 1, text)?;
                    }
                },
            }
        }
        Ok(())
    }

    fn say(&mut self, join: Join) {
        self.pending = match (self.pending, join) {
            (Join::None | Join::Comma, join) => join,
            (before, Join::Comma) => before,
            (before, join) if before == join => join,
            _ => Join::AndOr,
        };
    }

    fn add(&mut self, candidates: Candidates, text: &str) -> Result<(), String> {
        if self.parts.is_empty() {
            self.parts.push(candidates);
            self.pending = Join::None;
            return Ok(());
        }
        match self.pending {
            // Two names in a row are two names of one license, or nothing that can be read.
            Join::None => self.narrow(&candidates, text)?,
            pending => {
                self.join = match (self.join, pending) {
                    (Join::None | Join::Comma, pending) => pending,
                    (before, Join::Comma) => before,
                    (before, pending) if before == pending => before,
                    _ => {
                        return Err(format!("`{}` joins with both AND and OR", shortened(text)));
                    }
                };
                self.parts.push(candidates);
            }
        }
        self.pending = Join::None;
        Ok(())
    }

    fn narrow(&mut self, candidates: &Candidates, text: &str) -> Result<(), String> {
        let Some(last) = self.parts.last_mut() else { return Ok(()) };
        let narrowed = last.and(candidates);
        if narrowed.is_empty() {
            return Err(format!("`{}` gives two names that are not the same", shortened(text)));
        }
        *last = narrowed;
        Ok(())
    }

    /// Takes in what stands in parentheses: an exception, another name of the same license, or a name of
    /// whoever publishes it.
    fn aside(&mut self, inner: &[Word], text: &str) -> Result<(), String> {
        const OWNER: usize = 4;
        if mentions_exception(inner) {
            return self.soften(inner, text);
        }
        let mut other =
            Self { parts: Vec::new(), join: Join::None, choice: false, pending: Join::None };
        if other.read(inner, text).is_ok() && !other.parts.is_empty() {
            return match (other.parts.pop(), other.parts.is_empty()) {
                (Some(candidates), true) if !self.parts.is_empty() => {
                    self.narrow(&candidates, text)
                }
                _ => Err(format!("`{}` names several licenses in parentheses", shortened(text))),
            };
        }
        let words: Vec<&str> = inner.iter().filter_map(Word::plain).collect();
        let says_something = words.iter().any(|word| OPERATIVE.contains(word));
        if words.len() == inner.len() && words.len() <= OWNER && !says_something {
            return Ok(());
        }
        Err(format!("`{}` says something in parentheses that is not understood", shortened(text)))
    }

    /// Takes in the exception that follows, up to the end.
    fn soften(&mut self, rest: &[Word], text: &str) -> Result<(), String> {
        let mut words = Vec::new();
        for word in rest {
            match word {
                Word::Aside(inner) => words.extend(inner.iter().filter_map(Word::plain)),
                other => words.extend(other.plain()),
            }
        }
        let (Some(exception), Some(last)) = (table::exception(&words), self.parts.last_mut())
        else {
            return Err(format!("`{}` has an exception that is not known", shortened(text)));
        };
        *last = last.with(exception);
        Ok(())
    }

    /// Takes "Acme Commercial License" for a license of Acme's; returns where the text goes on.
    fn commercial(&mut self, words: &[Word], at: usize, text: &str) -> Result<usize, String> {
        let unknown = || format!("`{}` names no license that is known", shortened(text));
        let rest = words.get(at..).unwrap_or_default();
        let run: Vec<&str> =
            rest.iter().map_while(Word::plain).take_while(|it| !JOINS.contains(it)).collect();
        let proprietary = run.len() > 1 && run.last() == Some(&"commercial");
        if !proprietary || run.iter().any(|word| OPERATIVE.contains(word) && *word != "commercial")
        {
            return Err(unknown());
        }
        let lower = text.to_lowercase();
        // The name in the case that it was written in.
        let start = run.first().and_then(|first| lower.find(first)).ok_or_else(unknown)?;
        let end = lower.get(start..).and_then(|it| it.find("commercial")).ok_or_else(unknown)?;
        let name = text.get(start..start + end + "commercial".len()).ok_or_else(unknown)?;
        let license = reference(name).ok_or_else(unknown)?;
        self.add(Candidates::of([license]), text)?;
        Ok(at + run.len())
    }

    fn into_reading(self) -> Reading {
        let relation = match self.join {
            _ if self.choice => Relation::Any,
            Join::Or => Relation::Any,
            Join::AndOr => Relation::Unsaid,
            Join::None | Join::And | Join::Comma => Relation::All,
        };
        let mut parts = self.parts;
        if relation == Relation::Any && !self.choice {
            parts.sort();
        }
        Reading::Parts { relation, parts }
    }
}

/// Words that join names.
const JOINS: &[&str] = &["or", "and", "with", "plus"];

/// Words that change what a license allows: what they stand in is never taken for a name.
const OPERATIVE: &[&str] = &[
    "academic",
    "ai",
    "but",
    "clause",
    "commercial",
    "compatible",
    "except",
    "for",
    "free",
    "like",
    "no",
    "non",
    "noncommercial",
    "not",
    "only",
    "partially",
    "parts",
    "personal",
    "research",
    "some",
    "style",
    "use",
    "variant",
    "without",
];

fn mentions_exception(words: &[Word]) -> bool {
    words.iter().filter_map(Word::plain).any(|word| word.starts_with("exception"))
}
