//! What is there, and what steps will write.

use std::cmp::Ordering;

use plimsoll_core::RepoPath;

use super::{Draft, Named};
use plimsoll_core::nearest::nearest;

/// What is found at a path of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Nothing.
    Absent,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link, on the path or at its end, that leads out of the repository.
    Outside,
    /// Something that is there and cannot be looked at, or is neither file nor folder.
    Unreadable,
}

/// What steps write: paths with the step that writes them, found by path.
#[derive(Debug, Default)]
pub(super) struct Written {
    outputs: Vec<Output>,
}

/// A file or folder that a step writes.
#[derive(Debug)]
pub(super) struct Output {
    /// The step's place in the file.
    pub(super) step: usize,
    /// The step's name.
    pub(super) name: String,
    /// The path and where it is declared.
    pub(super) named: Named,
    /// Which output it lies in, if it wrongly does.
    inside: Option<usize>,
}

impl Written {
    pub(super) fn add(&mut self, step: usize, name: &str, named: Named) {
        self.outputs.push(Output { step, name: name.to_owned(), named, inside: None });
    }

    /// Brings what lies in a folder next to the folder; to be called when all are added.
    pub(super) fn sort(&mut self) {
        self.outputs.sort_by(|a, b| by_parts(&a.named.path, &b.named.path));
        let mut around: Vec<usize> = Vec::new();
        for index in 0..self.outputs.len() {
            let path = self.outputs[index].named.path.clone();
            let leaves = |outer: &mut usize| !path.is_within(&self.outputs[*outer].named.path);
            while around.pop_if(leaves).is_some() {}
            self.outputs[index].inside = around.last().copied();
            around.push(index);
        }
    }

    /// Returns the outputs that reading `path` needs: it, a folder that it lies in, or what lies in it.
    pub(super) fn needed(&self, path: &RepoPath) -> impl Iterator<Item = &Output> {
        let from =
            self.outputs.partition_point(|output| by_parts(&output.named.path, path).is_lt());
        // What lies around `path` is the one just before, or lies around that one.
        let before = from.checked_sub(1);
        let around = std::iter::successors(before, |index| self.outputs[*index].inside);
        let around = around.map(|index| &self.outputs[index]);
        let around = around.filter(|output| path.is_within(&output.named.path));
        let inside = self.outputs.iter().skip(from);
        around.chain(inside.take_while(|output| output.named.path.is_within(path)))
    }

    /// Returns the pairs of outputs of which the second is the first or lies in it.
    pub(super) fn overlaps(&self) -> impl Iterator<Item = (&Output, &Output)> {
        let outer = |output: &Output| output.inside.map(|index| &self.outputs[index]);
        self.outputs.iter().filter_map(move |output| Some((outer(output)?, output)))
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(|output| output.named.path.as_str())
    }
}

/// Orders paths part by part, so that a folder stands right before what lies in it.
fn by_parts(a: &RepoPath, b: &RepoPath) -> Ordering {
    a.as_str().split('/').cmp(b.as_str().split('/'))
}

impl Draft<'_, '_, '_> {
    /// Tells whether `named` is a file, and reports if not; `what` it is.
    pub(super) fn must_be_file(&mut self, named: &Named, what: &str, help: &str) -> bool {
        let path = &named.path;
        let (state, help) = match (self.surroundings.files)(path) {
            FileState::File => return true,
            FileState::Absent => ("does not exist", help),
            FileState::Folder => ("is a folder (expected a file)", "name a file in it"),
            FileState::Outside => OUTSIDE,
            FileState::Unreadable => UNREADABLE,
        };
        self.report.advise(named.place, format!("`{path}`, {what}, {state}"), help);
        false
    }

    /// Reports what is neither there nor written by a step; `what` it is, `known` what was perhaps meant.
    pub(super) fn must_come_from_somewhere(
        &mut self,
        named: &Named,
        what: &str,
        written: &Written,
        known: &[String],
    ) {
        let path = &named.path;
        if written.needed(path).next().is_some() {
            return;
        }
        let (state, help) = match (self.surroundings.files)(path) {
            FileState::File | FileState::Folder => return,
            FileState::Outside => (OUTSIDE.0, OUTSIDE.1.to_owned()),
            FileState::Unreadable => (UNREADABLE.0, UNREADABLE.1.to_owned()),
            FileState::Absent => {
                let known = known.iter().map(String::as_str).chain(written.paths());
                let help = match nearest(path.as_str(), known) {
                    Some(near) => format!("the nearest output or dataset is `{near}`"),
                    None => "correct the path, add the file, or declare it as an output".to_owned(),
                };
                ("is no output of a step and does not exist", help)
            }
        };
        self.report.advise(named.place, format!("`{path}`, {what}, {state}"), help);
    }
}

const OUTSIDE: (&str, &str) =
    ("is a link that leads out of the repository", "put the file into the repository");

const UNREADABLE: (&str, &str) =
    ("cannot be read", "check its permissions and that it is a plain file");
