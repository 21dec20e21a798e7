//! Layers on top of each other: what a container would see.

use std::collections::{BTreeMap, HashMap};

use super::layer::{Item, Layer};
use crate::inventory::error::Problem;
use crate::inventory::files::{Files, Kept};

/// How many links are followed before it is a circle.
const MOST_LINKS: usize = 40;

/// What is kept of the layers so far.
#[derive(Debug, Default)]
pub(super) struct Merged {
    files: Files,
    links: BTreeMap<String, String>,
}

impl Merged {
    /// Returns the files.
    pub(super) fn files(&self) -> &Files {
        &self.files
    }

    /// Puts a layer on top: first what it removes, then what it covers, then what it brings.
    ///
    /// # Errors
    /// More is kept than may be.
    pub(super) fn apply(&mut self, layer: &Layer) -> Result<(), Problem> {
        // By the paths as they are written: whether a link in front is followed depends on who unpacks,
        // and what one of them would leave is there.
        for path in &layer.removed {
            self.remove_within(path);
            self.remove(path);
        }
        for folder in &layer.opaque {
            self.remove_within(folder);
        }
        for path in self.covered_by(layer) {
            self.remove(&path);
        }
        for (path, item) in &layer.items {
            if let Item::Link(target) = item {
                let path = self.free_place_of(path);
                self.links.insert(path, target.clone());
            }
        }
        for (path, item) in &layer.items {
            let Item::File(kept) = item else { continue };
            self.files.insert(self.free_place_of(path), kept.clone())?;
        }
        // A hard link names a file of the same layer, or of one below.
        for (path, item) in &layer.items {
            let Item::Hard(target) = item else { continue };
            let away = Kept::Named("it is a hard link to a file that is not kept");
            let kept = self.open(target).cloned().unwrap_or(away);
            self.files.insert(self.free_place_of(path), kept)?;
        }
        Ok(())
    }

    fn remove(&mut self, path: &str) {
        self.files.remove(path);
        self.links.remove(path);
    }

    fn remove_within(&mut self, folder: &str) {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let links = self.links.range(start.clone()..).map(|(path, _)| path.clone());
        let links: Vec<String> = links.take_while(|path| path.starts_with(&start)).collect();
        let files: Vec<String> = match folder {
            "" => self.files.iter().map(|(path, _)| path.to_owned()).collect(),
            _ => self.files.within(folder).map(|(inside, _)| format!("{start}{inside}")).collect(),
        };
        for path in links.iter().chain(&files) {
            self.remove(path);
        }
    }

    /// Returns the paths that are gone because the layer has something else there, or above.
    fn covered_by(&self, layer: &Layer) -> Vec<String> {
        let mut folders: HashMap<String, bool> = HashMap::new();
        let paths = self.files.iter().map(|(path, _)| path);
        let paths = paths.chain(self.links.keys().map(String::as_str));
        let is_covered = |path: &&str| {
            let mut is_covered = layer.covers_file(path);
            for (end, _) in path.match_indices('/') {
                let folder = path.get(..end).unwrap_or_default();
                let known = folders.get(folder).copied();
                let covers = known.unwrap_or_else(|| layer.covers_folder(folder));
                if known.is_none() {
                    folders.insert(folder.to_owned(), covers);
                }
                is_covered |= covers;
            }
            is_covered
        };
        paths.filter(is_covered).map(str::to_owned).collect()
    }

    /// Returns where a path lies after following the links in front of its last part.
    fn place_of(&self, path: &str) -> String {
        match path.rsplit_once('/') {
            Some((folder, name)) => {
                let folder = self.resolve(folder);
                if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
            }
            None => path.to_owned(),
        }
    }

    /// Returns where a path lies, unless something is there that only some would replace.
    fn free_place_of(&self, path: &str) -> String {
        let place = self.place_of(path);
        let is_taken = self.files.get(&place).is_some() || self.links.contains_key(&place);
        if is_taken && place != path { path.to_owned() } else { place }
    }

    /// Returns where a path leads after following all links. Nothing leads above the root; a circle
    /// leads to itself.
    pub(super) fn resolve(&self, path: &str) -> String {
        if self.links.is_empty() {
            return path.to_owned();
        }
        let mut todo: Vec<&str> = path.split('/').rev().collect();
        let mut done = String::with_capacity(path.len());
        let mut followed = 0;
        while let Some(part) = todo.pop() {
            match part {
                "" | "." => continue,
                ".." => {
                    done.truncate(done.rfind('/').unwrap_or(0));
                    continue;
                }
                _ if done.is_empty() => done.push_str(part),
                _ => {
                    done.push('/');
                    done.push_str(part);
                }
            }
            let Some(target) = self.links.get(&done) else { continue };
            followed += 1;
            if followed > MOST_LINKS {
                return path.to_owned();
            }
            done.truncate(match done.rfind('/') {
                Some(end) if !target.starts_with('/') => end,
                _ => 0,
            });
            todo.extend(target.split('/').rev());
        }
        done
    }

    /// Returns the file that a path leads to.
    pub(super) fn open(&self, path: &str) -> Option<&Kept> {
        self.files.get(path).or_else(|| self.files.get(&self.resolve(path)))
    }

    /// Tells whether a path is a link.
    pub(super) fn is_link(&self, path: &str) -> bool {
        self.links.contains_key(&self.place_of(path))
    }
}
