//! Which files are code.

use std::collections::BTreeSet;
use std::path::Path;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use plimsoll_core::RepoPath;

use super::HashError;
use super::walk::Wanted;

/// The patterns under `code:`, and which of them have matched.
pub(super) struct Patterns<'a> {
    set: GlobSet,
    each: Vec<Pattern>,
    outputs: BTreeSet<&'a str>,
}

struct Pattern {
    text: String,
    /// The folder that everything it matches lies in; empty for the root.
    base: String,
    /// How many folders deep it reaches; `None` without limit.
    depth: Option<usize>,
    /// Whether it matches names that begin with a dot.
    hidden: bool,
    matched: bool,
}

impl<'a> Patterns<'a> {
    pub(super) fn parse(texts: &[String], outputs: &'a [RepoPath]) -> Result<Self, HashError> {
        let mut set = GlobSetBuilder::new();
        let mut each = Vec::new();
        for text in texts {
            // `./train.py` and `train.py` are one path.
            let plain = text.trim_start_matches("./");
            set.add(glob(text, plain)?);
            each.push(Pattern::of(text, plain));
        }
        let set = set.build().map_err(|error| bad(&texts.join(", "), &error.to_string()))?;
        let outputs = outputs.iter().map(RepoPath::as_str).collect();
        Ok(Self { set, each, outputs })
    }

    /// Refuses a pattern that nothing matched.
    pub(super) fn refuse_unmatched(&self, root: &Path) -> Result<(), HashError> {
        let Some(pattern) = self.each.iter().find(|pattern| !pattern.matched) else {
            return Ok(());
        };
        let folder = pattern.text.trim_end_matches('/');
        let hint = if !folder.is_empty() && root.join(folder).is_dir() {
            ", since it names a folder (add `/**` for everything in it)"
        } else if self.outputs.is_empty() {
            ""
        } else {
            " that no step writes"
        };
        Err(HashError::NoMatch { pattern: pattern.text.clone(), hint })
    }

    fn is_output(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.into_iter().any(|end| self.outputs.contains(&path[..end]))
    }
}

impl Wanted for Patterns<'_> {
    fn enters(&mut self, path: &str, real: &Path) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        if matches!(name, ".git" | ".plimsoll" | "__pycache__") || self.is_output(path) {
            return false;
        }
        let reached = self.each.iter().any(|pattern| pattern.reaches(path));
        // The mark of a Python environment: thousands of files, none of them the repository's.
        reached && !real.join("pyvenv.cfg").exists()
    }

    fn takes(&mut self, path: &str) -> bool {
        let matches = self.set.matches(path);
        if matches.is_empty() || self.is_output(path) {
            return false;
        }
        let hidden = is_hidden(path);
        let mut taken = false;
        for at in matches {
            let pattern = &mut self.each[at];
            if pattern.hidden || !hidden {
                pattern.matched = true;
                taken = true;
            }
        }
        taken
    }
}

impl Pattern {
    fn of(text: &str, plain: &str) -> Self {
        let is_literal = |part: &&str| !part.contains(['*', '?', '[', '{', '\\']);
        let parts: Vec<&str> = plain.split('/').collect();
        let folders = &parts[..parts.len() - 1];
        let base: Vec<&str> = folders.iter().copied().take_while(is_literal).collect();
        // A `/` inside braces counts as a folder here, which only walks further than needed.
        let depth = (!plain.contains("**")).then_some(folders.len());
        Self {
            text: text.to_owned(),
            base: base.join("/"),
            depth,
            hidden: is_hidden(plain),
            matched: false,
        }
    }

    /// Tells whether files that it matches may lie in `folder`.
    fn reaches(&self, folder: &str) -> bool {
        let deep = folder.split('/').count();
        let related =
            self.base.is_empty() || is_within(folder, &self.base) || is_within(&self.base, folder);
        related
            && self.depth.is_none_or(|depth| deep <= depth)
            && (self.hidden || !is_hidden(folder))
    }
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}

fn glob(text: &str, plain: &str) -> Result<Glob, HashError> {
    if plain.is_empty() {
        return Err(bad(text, "it is empty"));
    }
    if plain.starts_with('/') || plain.split('/').any(|part| part == "..") {
        return Err(bad(text, "it leads out of the repository"));
    }
    GlobBuilder::new(plain)
        .literal_separator(true)
        .backslash_escape(true)
        .empty_alternates(true)
        .build()
        .map_err(|error| bad(text, &error.kind().to_string()))
}

fn bad(pattern: &str, problem: &str) -> HashError {
    HashError::BadPattern { pattern: pattern.to_owned(), problem: problem.to_owned() }
}
