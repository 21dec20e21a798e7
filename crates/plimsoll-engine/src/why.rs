//! Why a step runs again: what differs between the key of its last success and now's.
//!
//! Pure. A key is a digest, so two of them say only that something differs; their parts say what.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use plimsoll_core::event::KeyParts;
use plimsoll_core::{Digest, RepoPath};
use serde::Serialize;
use serde_json::Value;

/// One thing that makes a step's key another one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// An input has other content, is new, or is no longer declared.
    Input {
        /// Which.
        path: RepoPath,
        /// Its digest then.
        old: Option<Digest>,
        /// Its digest now.
        new: Option<Digest>,
    },
    /// A parameter has another value, is new, or is gone.
    Parameter {
        /// Its dotted name.
        name: String,
        /// Its value then.
        old: Option<Value>,
        /// Its value now.
        new: Option<Value>,
    },
    /// The command reads differently.
    Command {
        /// Then.
        old: String,
        /// Now.
        new: String,
    },
    /// A code file has other content, is new, or is gone.
    Code {
        /// Which.
        path: RepoPath,
        /// Its digest then.
        old: Option<Digest>,
        /// Its digest now.
        new: Option<Digest>,
    },
    /// The code differs in nothing but which of its files may be executed.
    CodeModes,
    /// Python, its packages or the platform differ.
    Environment {
        /// Then.
        old: Digest,
        /// Now.
        new: Digest,
    },
    /// A variable named in `env:` has another value, was set, or was unset. Values are not shown:
    /// they may be secrets.
    Variable {
        /// Its name.
        name: String,
    },
    /// The seed differs.
    Seed {
        /// Then.
        old: u64,
        /// Now.
        new: u64,
    },
    /// An output is newly declared, or no longer.
    Output {
        /// Which.
        path: RepoPath,
        /// Which of the two.
        change: Change,
    },
    /// This version of Plimsoll makes keys in another way.
    Format {
        /// Then.
        old: u32,
        /// Now.
        new: u32,
    },
}

/// How a declaration changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// A key's parts, with the code files that its code digest stands for.
#[derive(Clone, Copy, Debug)]
pub struct Keyed<'a> {
    /// The parts.
    pub parts: &'a KeyParts,
    /// The code files, of [`plimsoll_core::event::RunStart`].
    pub code: &'a BTreeMap<RepoPath, Digest>,
}

/// Returns everything that differs between `old` and `new`; nothing where the keys are equal.
pub fn why(old: Keyed<'_>, new: Keyed<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let (was, is) = (old.parts, new.parts);
    if was.format != is.format {
        reasons.push(Reason::Format { old: was.format, new: is.format });
    }
    if was.command != is.command {
        let (old, new) = (was.command.clone(), is.command.clone());
        reasons.push(Reason::Command { old, new });
    }
    for (path, old, new) in differing(&was.inputs, &is.inputs) {
        reasons.push(Reason::Input { path, old, new });
    }
    for (name, old, new) in differing(&was.params, &is.params) {
        reasons.push(Reason::Parameter { name, old, new });
    }
    if was.code != is.code {
        let files = differing(old.code, new.code);
        if files.is_empty() {
            reasons.push(Reason::CodeModes);
        }
        let of_file = |(path, old, new)| Reason::Code { path, old, new };
        reasons.extend(files.into_iter().map(of_file));
    }
    if was.environment != is.environment {
        let (old, new) = (was.environment, is.environment);
        reasons.push(Reason::Environment { old, new });
    }
    let variables = differing(&was.env, &is.env);
    reasons.extend(variables.into_iter().map(|(name, ..)| Reason::Variable { name }));
    if was.seed != is.seed {
        reasons.push(Reason::Seed { old: was.seed, new: is.seed });
    }
    let outputs = |parts: &KeyParts| parts.outputs.iter().cloned().collect::<BTreeSet<_>>();
    let (before, now) = (outputs(was), outputs(is));
    for path in before.symmetric_difference(&now) {
        let change = if now.contains(path) { Change::Added } else { Change::Removed };
        reasons.push(Reason::Output { path: path.clone(), change });
    }
    reasons
}

/// Returns what is not the same in both, with its values.
fn differing<K: Ord + Clone, V: PartialEq + Clone>(
    old: &BTreeMap<K, V>,
    new: &BTreeMap<K, V>,
) -> Vec<(K, Option<V>, Option<V>)> {
    let keys: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    let pairs = keys.into_iter().map(|key| (key, old.get(key), new.get(key)));
    let changed = pairs.filter(|(_, old, new)| old != new);
    changed.map(|(key, old, new)| (key.clone(), old.cloned(), new.cloned())).collect()
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { path, old, new } => changed(f, "input", path, *old, *new),
            Self::Code { path, old, new } => changed(f, "code file", path, *old, *new),
            Self::Parameter { name, old: Some(old), new: Some(new) } => {
                write!(f, "parameter `{name}` changed: {old} -> {new}")
            }
            Self::Parameter { name, old: None, new: Some(new) } => {
                write!(f, "parameter `{name}` is new: {new}")
            }
            Self::Parameter { name, old, .. } => {
                let old = old.as_ref().map_or(String::new(), |old| format!(" (was {old})"));
                write!(f, "parameter `{name}` is gone{old}")
            }
            Self::Command { old, new } => write!(f, "the command changed: `{old}` -> `{new}`"),
            Self::CodeModes => f.write_str("which code files may be executed changed"),
            Self::Environment { old, new } => {
                write!(f, "the environment changed: {} -> {}", old.short(), new.short())
            }
            Self::Variable { name } => write!(f, "the variable `{name}` changed"),
            Self::Seed { old, new } => write!(f, "the seed changed: {old} -> {new}"),
            Self::Output { path, change: Change::Added } => write!(f, "output `{path}` is new"),
            Self::Output { path, .. } => write!(f, "output `{path}` is no longer declared"),
            Self::Format { old, new } => {
                write!(f, "this version of Plimsoll makes keys differently: {old} -> {new}")
            }
        }
    }
}

fn changed(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    path: &RepoPath,
    old: Option<Digest>,
    new: Option<Digest>,
) -> fmt::Result {
    match (old, new) {
        (Some(old), Some(new)) => {
            write!(f, "{what} `{path}` changed: {} -> {}", old.short(), new.short())
        }
        (None, _) => write!(f, "{what} `{path}` is new"),
        (Some(_), None) => write!(f, "{what} `{path}` is gone"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> KeyParts {
        KeyParts {
            format: 1,
            command: "python train.py".to_owned(),
            code: Digest::blake3(b"code"),
            inputs: BTreeMap::from([("build/train.csv".parse().unwrap(), Digest::blake3(b"1"))]),
            outputs: vec!["build/model.onnx".parse().unwrap()],
            params: BTreeMap::from([("train.trees".to_owned(), 300.into())]),
            environment: Digest::blake3(b"python"),
            env: BTreeMap::from([("REGION".to_owned(), None)]),
            seed: 0,
        }
    }

    fn reasons(change: impl FnOnce(&mut KeyParts)) -> Vec<String> {
        let (old, mut new) = (parts(), parts());
        change(&mut new);
        let code = |content: &[u8]| {
            BTreeMap::from([("train.py".parse().unwrap(), Digest::blake3(content))])
        };
        let (was, is) = (code(b"then"), code(b"now"));
        let found = why(Keyed { parts: &old, code: &was }, Keyed { parts: &new, code: &is });
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_keys_have_no_reason_even_where_other_code_changed() {
        assert!(reasons(|_| ()).is_empty());
    }

    #[test]
    fn every_part_of_a_key_is_named() {
        assert_eq!(
            reasons(|new| {
                new.format = 2;
                new.command = "python3 train.py".to_owned();
                new.code = Digest::blake3(b"other");
                new.inputs.insert("build/train.csv".parse().unwrap(), Digest::blake3(b"2"));
                new.inputs.insert("build/extra.csv".parse().unwrap(), Digest::blake3(b"2"));
                new.params = BTreeMap::from([("train.trees".to_owned(), 500.into())]);
                new.params.insert("train.rate".to_owned(), 0.1.into());
                new.environment = Digest::blake3(b"python 3.13");
                new.env.insert("REGION".to_owned(), Some(Digest::blake3(b"north")));
                new.seed = 7;
                new.outputs = vec!["build/model.bin".parse().unwrap()];
            }),
            [
                "this version of Plimsoll makes keys differently: 1 -> 2",
                "the command changed: `python train.py` -> `python3 train.py`",
                "input `build/extra.csv` is new",
                &format!(
                    "input `build/train.csv` changed: {} -> {}",
                    Digest::blake3(b"1").short(),
                    Digest::blake3(b"2").short()
                ),
                "parameter `train.rate` is new: 0.1",
                "parameter `train.trees` changed: 300 -> 500",
                &format!(
                    "code file `train.py` changed: {} -> {}",
                    Digest::blake3(b"then").short(),
                    Digest::blake3(b"now").short()
                ),
                &format!(
                    "the environment changed: {} -> {}",
                    Digest::blake3(b"python").short(),
                    Digest::blake3(b"python 3.13").short()
                ),
                "the variable `REGION` changed",
                "the seed changed: 0 -> 7",
                "output `build/model.bin` is new",
                "output `build/model.onnx` is no longer declared",
            ]
        );
    }
}
