//! What a run knows of its files: those of the tree as it began, and what its steps wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_core::event::{KeyParts, Output, OutputKind, Tree, TreeEntry};
use plimsoll_core::{Digest, RepoPath, StepName};
use serde_json::Value;

use crate::attempt::{InputFile, Origin, file_of, keyed};
use crate::params::{SelectError, select};
use crate::plan::{KEY_FORMAT, PlannedStep, Read, Source, digest_of_input, key};
use crate::tree::Hashed;

/// Something that a step wrote, with the files in it where it is a folder.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub output: Output,
    pub tree: Option<Arc<Tree>>,
}

impl Written {
    pub(crate) fn hashed(&self) -> Hashed {
        let Output { digest, bytes, kind, .. } = self.output;
        Hashed { digest, bytes, kind, tree: self.tree.as_deref().cloned() }
    }
}

/// What is known.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// What was read of the working tree when the run began.
    pub tree: BTreeMap<RepoPath, Hashed>,
    /// The datasets of labelled predictions, which are in the store.
    pub live: BTreeMap<RepoPath, Hashed>,
    /// What steps wrote.
    pub outputs: BTreeMap<StepName, Vec<Written>>,
    /// The same for every step.
    pub fixed: Fixed,
}

/// The parts of keys that no step changes.
#[derive(Clone, Debug)]
pub(crate) struct Fixed {
    pub code: Digest,
    pub environment: Digest,
    pub params: BTreeMap<String, Value>,
    /// The steps that are given all parameters though they name none.
    pub given_all: BTreeSet<StepName>,
    pub variables: BTreeMap<String, String>,
    pub seed: u64,
}

/// An input, with its bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolved {
    pub files: Vec<InputFile>,
    pub folders: Vec<RepoPath>,
}

/// A step's key is not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// Not all that it needs was done.
    #[error("`{0}` is not known yet")]
    Early(RepoPath),
    /// A part of an output was not written.
    #[error("`{path}` is not in `{output}`, which step `{step}` wrote")]
    Absent { path: RepoPath, output: RepoPath, step: StepName },
    /// It is not part of the plan.
    #[error("step `{0}` is not part of the plan")]
    Unplanned(StepName),
    /// It asks for parameters that are not there.
    #[error(transparent)]
    Params(#[from] SelectError),
    /// A value has no JSON.
    #[error("a key could not be made")]
    Json(#[from] serde_json::Error),
}

/// A step's key and what it was made of.
#[derive(Clone, Debug)]
pub(crate) struct Keyed {
    pub key: Digest,
    pub parts: KeyParts,
}

impl Known {
    /// Returns the key of a step, once everything that it needs is known.
    pub(crate) fn key(&self, planned: &PlannedStep) -> Result<Keyed, KeyError> {
        let step = &planned.step;
        let mut inputs = BTreeMap::new();
        for read in &planned.reads {
            inputs.insert(read.path.clone(), self.digest(read)?);
        }
        let mut outputs: Vec<RepoPath> = step.written().cloned().collect();
        outputs.sort();
        let params = if self.fixed.given_all.contains(&step.name) {
            self.fixed.params.clone()
        } else {
            select(&self.fixed.params, &step.params)?
        };
        let parts = KeyParts {
            format: KEY_FORMAT,
            command: step.run.clone(),
            code: self.fixed.code,
            inputs,
            outputs,
            params,
            environment: self.fixed.environment,
            env: keyed(step, &self.fixed.variables),
            seed: self.fixed.seed,
        };
        Ok(Keyed { key: key(&parts)?, parts })
    }

    /// Returns the digest of what `read` names, as a step sees it.
    pub(crate) fn digest(&self, read: &Read) -> Result<Digest, KeyError> {
        let path = &read.path;
        let (digest, kind) = match &read.from {
            Source::Tree => self.tree.get(path).map(|hashed| (hashed.digest, hashed.kind)),
            Source::Output { step, output } if path == output => {
                let output = &self.written(step, output)?.output;
                Some((output.digest, output.kind))
            }
            _ => Some(self.find(read)?).map(|hashed| (hashed.digest, hashed.kind)),
        }
        .ok_or_else(|| KeyError::Early(path.clone()))?;
        Ok(digest_of_input(&digest, kind))
    }

    /// Returns the files that `read` names.
    pub(crate) fn resolve(&self, read: &Read) -> Result<Resolved, KeyError> {
        let mut resolved = Resolved::default();
        match &read.from {
            Source::Tree => {
                let hashed = self.find(read)?;
                resolved.add(&read.path, &hashed, Origin::Tree);
            }
            Source::Live | Source::Output { .. } => {
                let hashed = self.find(read)?;
                resolved.add(&read.path, &hashed, Origin::Store);
            }
            Source::Mixed { outputs, live } => {
                if let Some(hashed) = self.tree.get(&read.path) {
                    resolved.add(&read.path, hashed, Origin::Tree);
                }
                resolved = Resolved::all([resolved, self.stored(outputs, live)?]);
            }
        }
        Ok(resolved)
    }

    /// Returns what a folder holds besides what lies in the tree.
    fn stored(
        &self,
        outputs: &[(StepName, RepoPath)],
        live: &[RepoPath],
    ) -> Result<Resolved, KeyError> {
        let mut stored = Resolved::default();
        for (step, path) in outputs {
            stored.add(path, &self.written(step, path)?.hashed(), Origin::Store);
        }
        for path in live {
            stored.add(path, self.live(path)?, Origin::Store);
        }
        Ok(stored)
    }

    fn live(&self, path: &RepoPath) -> Result<&Hashed, KeyError> {
        self.live.get(path).ok_or_else(|| KeyError::Early(path.clone()))
    }

    fn written(&self, step: &StepName, path: &RepoPath) -> Result<&Written, KeyError> {
        let written = self.outputs.get(step).into_iter().flatten();
        let mut matching = written.filter(|written| written.output.path == *path);
        matching.next().ok_or_else(|| KeyError::Early(path.clone()))
    }

    fn find(&self, read: &Read) -> Result<Hashed, KeyError> {
        let path = &read.path;
        match &read.from {
            Source::Tree => {
                self.tree.get(path).cloned().ok_or_else(|| KeyError::Early(path.clone()))
            }
            Source::Live => self.live(path).cloned(),
            Source::Output { step, output } => {
                let written = self.written(step, output)?;
                if path == output {
                    return Ok(written.hashed());
                }
                let absent = || KeyError::Absent {
                    path: path.clone(),
                    output: output.clone(),
                    step: step.clone(),
                };
                part(written, path, output)?.ok_or_else(absent)
            }
            Source::Mixed { outputs, live } => {
                let mut all = Tree::default();
                let own = self.tree.get(path).and_then(|hashed| hashed.tree.clone());
                all.0.extend(own.unwrap_or_default().0);
                for file in self.stored(outputs, live)?.files {
                    if let Some(inner) = below(&file.path, path) {
                        let InputFile { digest, bytes, executable, .. } = file;
                        all.0.insert(inner, TreeEntry { digest, bytes, executable });
                    }
                }
                folder(all)
            }
        }
    }
}

/// Returns the part of an output folder that lies at `path`.
fn part(written: &Written, path: &RepoPath, output: &RepoPath) -> Result<Option<Hashed>, KeyError> {
    let (Some(tree), Some(inner)) = (&written.tree, below(path, output)) else { return Ok(None) };
    if let Some(TreeEntry { digest, bytes, executable }) = tree.0.get(&inner).cloned() {
        let kind = if executable { OutputKind::Executable } else { OutputKind::File };
        return Ok(Some(Hashed { digest, bytes, kind, tree: None }));
    }
    let within = tree.0.iter().filter_map(|(file, entry)| Some((below(file, &inner)?, entry)));
    let part = Tree(within.map(|(file, entry)| (file, entry.clone())).collect());
    if part.0.is_empty() { Ok(None) } else { folder(part).map(Some) }
}

fn folder(tree: Tree) -> Result<Hashed, KeyError> {
    let digest = Digest::of_json(&tree)?;
    let bytes = tree.0.values().map(|entry| entry.bytes).sum();
    Ok(Hashed { digest, bytes, kind: OutputKind::Folder, tree: Some(tree) })
}

/// Returns `path` as seen from the folder `above`, which it lies in.
pub(crate) fn below(path: &RepoPath, above: &RepoPath) -> Option<RepoPath> {
    path.as_str().strip_prefix(above.as_str())?.strip_prefix('/')?.parse().ok()
}

impl Resolved {
    fn add(&mut self, path: &RepoPath, hashed: &Hashed, from: Origin) {
        let Some(tree) = &hashed.tree else {
            self.files.push(InputFile { from, ..file_of(path, hashed) });
            return;
        };
        self.folders.push(path.clone());
        for (inner, entry) in &tree.0 {
            // Both halves are well formed, so the whole is.
            let Ok(path) = path.join(inner.as_str()) else { continue };
            let TreeEntry { digest, bytes, executable } = entry.clone();
            self.files.push(InputFile { path, digest, bytes, executable, from });
        }
    }

    /// Brings together what several inputs name; one that is in another counts once.
    pub(crate) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::default();
        for part in parts {
            all.files.extend(part.files);
            all.folders.extend(part.folders);
        }
        all.files.sort_by(|a, b| a.path.cmp(&b.path));
        all.files.dedup_by(|a, b| a.path == b.path);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::plan;
    use crate::plan::sample::{project, step};

    fn digest(text: &str) -> Digest {
        Digest::blake3(text.as_bytes())
    }

    fn known() -> Known {
        let entry = |text: &str| TreeEntry { digest: digest(text), bytes: 1, executable: false };
        let files = ["train.csv", "deep/x", "deep/y"].map(|p| (p.parse().unwrap(), entry(p)));
        let tree = Tree(files.into());
        let output = Output {
            path: "build/parts".parse().unwrap(),
            digest: Digest::of_json(&tree).unwrap(),
            bytes: 3,
            kind: OutputKind::Folder,
        };
        let split = vec![Written { output, tree: Some(Arc::new(tree)) }];
        let own = Tree(BTreeMap::from([("notes".parse().unwrap(), entry("notes"))]));
        Known {
            tree: BTreeMap::from([("build".parse().unwrap(), folder(own).unwrap())]),
            live: BTreeMap::new(),
            outputs: BTreeMap::from([("split".parse().unwrap(), split)]),
            fixed: Fixed {
                code: digest("code"),
                environment: digest("environment"),
                params: BTreeMap::new(),
                given_all: BTreeSet::new(),
                variables: BTreeMap::new(),
                seed: 0,
            },
        }
    }

    fn read(input: &str) -> Read {
        let steps = vec![step("split", &[], &["build/parts"]), step("use", &[input], &["out"])];
        plan(&project(steps), &[]).unwrap().steps[1].reads[0].clone()
    }

    #[test]
    fn a_part_of_an_output_is_that_part() {
        let known = known();
        assert_eq!(known.digest(&read("build/parts/train.csv")).unwrap(), digest("train.csv"));
        let deep = known.resolve(&read("build/parts/deep")).unwrap();
        let paths: Vec<_> = deep.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["build/parts/deep/x", "build/parts/deep/y"]);
        assert_eq!(
            known.digest(&read("build/parts/test.csv")).unwrap_err().to_string(),
            "`build/parts/test.csv` is not in `build/parts`, which step `split` wrote"
        );
    }

    #[test]
    fn a_folder_in_which_steps_write_is_all_that_is_in_it() {
        let known = known();
        let mixed = read("build");
        let resolved = known.resolve(&mixed).unwrap();
        let origins: Vec<_> = resolved.files.iter().map(|f| (f.path.as_str(), f.from)).collect();
        assert_eq!(
            origins,
            [
                ("build/notes", Origin::Tree),
                ("build/parts/deep/x", Origin::Store),
                ("build/parts/deep/y", Origin::Store),
                ("build/parts/train.csv", Origin::Store),
            ]
        );
        let mut other = known.clone();
        other.tree.clear();
        assert_ne!(known.digest(&mixed).unwrap(), other.digest(&mixed).unwrap());
    }

    #[test]
    fn what_is_not_done_has_no_key() {
        let mut known = known();
        known.outputs.clear();
        assert!(matches!(known.digest(&read("build/parts")), Err(KeyError::Early(_))));
    }

    #[test]
    fn each_part_makes_another_key() {
        type Change<'a> = &'a dyn Fn(&mut Known, &mut PlannedStep);
        let steps = vec![step("split", &[], &["build/parts"])];
        let plan = plan(&project(steps), &[]).unwrap();
        let key = |change: Change<'_>| {
            let (mut known, mut planned) = (known(), plan.steps[0].clone());
            change(&mut known, &mut planned);
            known.key(&planned).unwrap().key
        };
        let same = key(&|_, _| ());
        assert_eq!(key(&|_, planned| planned.step.cpus = 4), same, "slots change no output");
        let changes: [Change<'_>; 6] = [
            &|known, _| known.fixed.code = digest("other"),
            &|known, _| known.fixed.environment = digest("other"),
            &|known, _| known.fixed.seed = 1,
            &|_, planned| planned.step.run.push(' '),
            &|_, planned| planned.step.env.push("REGION".to_owned()),
            &|_, planned| planned.step.metrics = Some("m.json".parse().unwrap()),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            assert_ne!(key(change), same, "change {at}");
        }
    }
}
