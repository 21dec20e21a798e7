//! Files of others that were copied into a repository, as a policy judges them.

use plimsoll_core::Digest;
use serde::Serialize;

use super::{Court, Exception, Named};
use crate::license::copied::{Copied, How};
use crate::license::expression::Expression;
use crate::license::policy::Verdict;
use crate::license::terms::{Bundled, Confidence, State};

/// A file under the terms that it says, as a policy judges it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct JudgedFile {
    /// The file, from the folder that was looked at.
    pub path: String,
    /// The line that says it, from 1; of a notebook that of the cell's text.
    pub line: usize,
    /// The cell of a notebook, from 1.
    pub cell: Option<usize>,
    /// How it is said.
    pub how: How,
    /// What stands there, shortened.
    pub matched: String,
    /// What the file's bytes hash to: what an exception or a waiver has to name.
    pub digest: Digest,
    /// How many files it is said of.
    pub files: usize,
    /// The license, where it is known.
    pub license: Option<Expression>,
    /// Whether it is.
    pub state: State,
    /// What the policy says.
    pub verdict: Verdict,
    /// Of a license that leaves a choice, the branch that the verdict is about.
    pub chosen: Option<Expression>,
    /// The rule that decided.
    pub rule: String,
    /// How sure the license is.
    pub confidence: Confidence,
    /// What it may be, where it is ambiguous.
    pub candidates: Vec<Expression>,
    /// Why the license is held to be so.
    pub reason: String,
    /// What comes along under other terms.
    pub bundled: Vec<Bundled>,
    /// The exception that it is allowed by.
    pub exception: Option<Exception>,
    /// What to do, where it is not allowed.
    pub next: Option<String>,
}

impl Court<'_> {
    /// Says what the policy says of a file. An exception has to name its path, and its digest as the version.
    pub fn judge_file(&self, copied: &Copied) -> JudgedFile {
        let digest = copied.digest.to_string();
        let named = Named { name: &copied.path, version: Some(&digest), ecosystem: None };
        let judgment = self.judge(named, &copied.terms);
        let terms = copied.terms.clone();
        JudgedFile {
            path: copied.path.clone(),
            line: copied.line,
            cell: copied.cell,
            how: copied.how,
            matched: copied.matched.clone(),
            digest: copied.digest,
            files: copied.files,
            license: terms.license,
            state: terms.state,
            verdict: judgment.verdict,
            chosen: judgment.chosen,
            rule: judgment.rule,
            confidence: terms.confidence,
            candidates: terms.candidates,
            reason: terms.reason,
            bundled: terms.bundled,
            exception: judgment.exception,
            next: judgment.next,
        }
    }
}
