//! The `python3` that is there, and what is known of it.
//!
//! Starting it takes longer than a run in which nothing changed, so what it said is remembered,
//! with everything that the answer depends on.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use plimsoll_core::Digest;
use serde::{Deserialize, Serialize};

use super::child::{self, Unended};
use super::installer;
use super::shim;
use super::stamp::Stamp;
use super::{PrepareError, Request};

/// The version of what is remembered.
const FORMAT: u32 = 1;

/// How long an interpreter may take to say what it is. A slow disk needs a few seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Begins the line with the answer: start-up files of Python may print, too.
const MARK: &str = "plimsoll-interpreter:";

const SCRIPT: &str = r#"
import json, os, platform, site, sys
sys.path = [entry for entry in sys.path if entry]
facts = {
    "implementation": platform.python_implementation(),
    "version": platform.python_version() + getattr(sys, "abiflags", ""),
    "executable": os.path.abspath(sys.executable),
    "base": os.path.abspath(getattr(sys, "_base_executable", None) or sys.executable),
    "folders": [],
    "packages": None,
}
if sys.argv[1] == "packages":
    import importlib.metadata, re
    packages = {}
    for found in importlib.metadata.distributions():
        name, version = found.metadata["Name"], found.version
        if name and version:
            packages.setdefault(re.sub("[-_.]+", "-", name).lower(), version)
    facts["packages"] = packages
    folders = sys.path + site.getsitepackages() + [site.getusersitepackages()]
    facts["folders"] = sorted(set(folders + [os.path.join(sys.prefix, "pyvenv.cfg")]))
print("\nplimsoll-interpreter:" + json.dumps(facts))
"#;

/// Whether the packages that are installed are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packages {
    Listed,
    Ignored,
}

/// A `python3` that works.
#[derive(Debug)]
pub(super) struct Interpreter {
    facts: Facts,
    is_shim: bool,
}

/// What an interpreter says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Facts {
    implementation: String,
    version: String,
    executable: PathBuf,
    /// The interpreter itself, where `executable` is one of an environment.
    base: PathBuf,
    /// The folders and files that decide which packages there are.
    folders: Vec<PathBuf>,
    packages: Option<BTreeMap<String, String>>,
}

/// What an interpreter said, and what that depends on.
#[derive(Serialize, Deserialize)]
struct Memory {
    format: u32,
    found: Found,
    /// Files that must be as they were.
    stamps: Vec<Stamp>,
    facts: Facts,
}

/// How the interpreter is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Found {
    path: PathBuf,
    resolved: PathBuf,
    is_shim: bool,
    /// What a shim chooses by.
    choices: (Vec<Stamp>, Vec<(String, String)>),
}

impl Interpreter {
    /// Finds `python3` on PATH and what it is, starting it only where that is not known.
    pub(super) fn find(
        request: &Request<'_>,
        packages: Packages,
        cancel: &AtomicBool,
    ) -> Result<Self, PrepareError> {
        let found = Found::on_path(request)?;
        let memory = memory_of(request, &found, packages);
        if let Some(facts) = recall(&memory, &found) {
            return Ok(Self { facts, is_shim: found.is_shim });
        }
        let facts = ask(request, &found, packages, PATIENCE, cancel)?;
        let is_shim = found.is_shim;
        let stamped = [&found.path, &facts.executable, &facts.base].into_iter();
        let stamps = stamped.chain(&facts.folders).map(|path| Stamp::of(path)).collect();
        let known = Memory { format: FORMAT, found, stamps, facts };
        if let Err(error) = remember(&memory, &known) {
            tracing::debug!(path = %memory.display(), %error, "what Python said is not remembered");
        }
        Ok(Self { facts: known.facts, is_shim })
    }

    /// Returns what people call it, `CPython 3.11.7`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.facts.implementation, self.facts.version)
    }

    /// Returns the program that environments are made with.
    pub(super) fn base(&self) -> &Path {
        &self.facts.base
    }

    /// Returns the folder of the interpreter that a shim led to.
    pub(super) fn behind_shim(&self) -> Option<&Path> {
        self.facts.executable.parent().filter(|_| self.is_shim)
    }

    /// Returns the packages that it was asked to list.
    pub(super) fn packages(&self) -> BTreeMap<String, String> {
        self.facts.packages.clone().unwrap_or_default()
    }
}

impl Found {
    fn on_path(request: &Request<'_>) -> Result<Self, PrepareError> {
        let nothing = || PrepareError::NoPython { searched: request.search.len() };
        let path = program(request.search, "python3").ok_or_else(nothing)?;
        let resolved = path.canonicalize().map_err(|source| PrepareError::Io {
            path: path.clone(),
            verb: "found",
            source,
        })?;
        let is_shim = shim::is_shim(&resolved);
        let choices = if is_shim {
            shim::choices(&path, request.repository, request.variables)
        } else {
            Default::default()
        };
        Ok(Self { path, resolved, is_shim, choices })
    }
}

/// Returns the program `name` that a shell would start, in the absolute folders of `search`.
pub(super) fn program(search: &[PathBuf], name: &str) -> Option<PathBuf> {
    let is_program = |path: &PathBuf| {
        path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    };
    let folders = search.iter().filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(is_program)
}

fn memory_of(request: &Request<'_>, found: &Found, packages: Packages) -> PathBuf {
    let repository = if found.is_shim { request.repository } else { Path::new("") };
    let key = format!("{}\0{}\0{packages:?}", found.path.display(), repository.display());
    let name = Digest::blake3(key.as_bytes()).hex();
    request.environments.join("interpreters").join(format!("{}.json", &name[..32]))
}

fn recall(memory: &Path, found: &Found) -> Option<Facts> {
    let memory: Memory = serde_json::from_slice(&fs::read(memory).ok()?).ok()?;
    let holds =
        memory.format == FORMAT && memory.found == *found && memory.stamps.iter().all(Stamp::holds);
    holds.then_some(memory.facts)
}

fn remember(path: &Path, memory: &Memory) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    let file = tempfile::NamedTempFile::new_in(folder)?;
    fs::write(file.path(), serde_json::to_vec(memory)?)?;
    file.persist(path)?;
    Ok(())
}

fn ask(
    request: &Request<'_>,
    found: &Found,
    packages: Packages,
    patience: Duration,
    cancel: &AtomicBool,
) -> Result<Facts, PrepareError> {
    let broken = |problem| PrepareError::BrokenPython { interpreter: found.path.clone(), problem };
    let asked = if packages == Packages::Listed { "packages" } else { "itself" };
    let mut command = Command::new(&found.path);
    command.args(["-c", SCRIPT, asked]).current_dir(request.repository);
    installer::give_variables(&mut command, request);
    let mut answer = None;
    let mut listen = |line: &str| {
        if let Some(facts) = line.strip_prefix(MARK) {
            answer = Some(facts.to_owned());
        }
    };
    let ended = match child::run(&mut command, Some(patience), &mut listen, cancel) {
        Ok(ended) => ended,
        Err(Unended::Cancelled) => return Err(PrepareError::Cancelled),
        Err(Unended::Io(error)) if error.kind() == io::ErrorKind::TimedOut => {
            return Err(broken(format!("it did not answer within {} s", patience.as_secs())));
        }
        Err(Unended::Io(error)) => return Err(broken(error.to_string())),
    };
    let facts = answer.and_then(|answer| serde_json::from_str(&answer).ok());
    match facts {
        Some(facts) if ended.status.success() => Ok(facts),
        _ if ended.lines.is_empty() => Err(broken("it says nothing of itself".to_owned())),
        _ => Err(broken(ended.lines.join("; "))),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::{Network, Source};
    use super::*;

    #[test]
    fn an_interpreter_that_hangs_is_given_up_and_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let (python, ended) = (folder.path().join("python3"), folder.path().join("ended"));
        let script =
            format!("#!/bin/sh\ntrap 'echo > {}; exit' TERM\nsleep 60 & wait\n", ended.display());
        fs::write(&python, script).unwrap();
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
        let search = std::env::split_paths("/usr/bin:/bin").collect::<Vec<_>>();
        let request = Request {
            source: Source::System,
            repository: folder.path(),
            environments: folder.path(),
            search: &search,
            variables: &BTreeMap::new(),
            network: Network::Forbidden,
        };
        let found = Found {
            path: python.clone(),
            resolved: python.clone(),
            is_shim: false,
            choices: Default::default(),
        };
        let begun = Instant::now();
        let patience = Duration::from_secs(1);
        let never = AtomicBool::new(false);
        let error = ask(&request, &found, Packages::Ignored, patience, &never).unwrap_err();
        let said = format!("{} does not work: it did not answer within 1 s", python.display());
        assert_eq!(error.to_string(), said);
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
        assert!(ended.exists(), "it was not asked to end");
    }
}
