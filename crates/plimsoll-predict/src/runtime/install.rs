//! Fetching the pinned library from the package index, with the pip or uv that is there.

use std::env::consts::{ARCH, OS};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use plimsoll_core::Digest;
use zip::ZipArchive;

use super::accepted::{self, Build, PINNED};
use super::find::{Library, Origin, cached, entries};
use super::hash::{self, Memory};

/// Larger members are not unpacked; the library has 33 MB at most.
const LARGEST_MEMBER: u64 = 256 << 20;

/// ONNX Runtime could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// There is no wheel for this machine.
    #[error("no build of ONNX Runtime {PINNED} is known for {OS} on {ARCH}")]
    NoBuild,
    /// There is no program that could fetch it.
    #[error(
        "neither `python3` with pip, nor `pip`, nor `uv` is on the PATH to fetch ONNX Runtime with"
    )]
    NoProgram,
    /// The programs did not fetch it.
    #[error("ONNX Runtime {PINNED} could not be fetched: {said}")]
    Fetch {
        /// What each program said last.
        said: String,
    },
    /// The wheel is not what it should be.
    #[error("{} is no wheel of ONNX Runtime: {reason}", wheel.display())]
    Wheel {
        /// The file.
        wheel: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The library is not the one that is accepted.
    #[error(
        "the fetched library hashes to {found}, not to sha256:{expected} of ONNX Runtime {PINNED}; \
         it was deleted"
    )]
    Digest {
        /// What it hashes to.
        found: Digest,
        /// What it should hash to.
        expected: &'static str,
    },
    /// The cache cannot be written.
    #[error("the cache folder {} cannot be written: {error}", path.display())]
    Cache {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl InstallError {
    /// Returns what to do.
    pub fn next(&self) -> &'static str {
        match self {
            Self::NoBuild => "name a library of your own with `--onnxruntime PATH`",
            Self::NoProgram => {
                "install pip (on Debian `apt-get install python3-pip`), or name a library with \
                 `--onnxruntime PATH`"
            }
            Self::Fetch { .. } => {
                "run `plimsoll runtime install` once the package index answers, or name a library \
                 with `--onnxruntime PATH`"
            }
            Self::Wheel { .. } | Self::Digest { .. } => {
                "check which package index pip is set to (`pip config list`)"
            }
            Self::Cache { .. } => "make the folder writable, or set `XDG_CACHE_HOME` to another",
        }
    }
}

/// Returns the folder of a cache that libraries lie in.
pub(super) fn folder(cache: &Path) -> PathBuf {
    cache.join("onnxruntime")
}

/// Puts the pinned library into the cache, unless it is there. Several at once fetch it once.
///
/// # Errors
/// It cannot be fetched, is not the accepted one, or the cache cannot be written.
pub fn install(cache: &Path, programs: &[PathBuf]) -> Result<Library, InstallError> {
    let build = accepted::pinned().ok_or(InstallError::NoBuild)?;
    let folder = folder(cache);
    let unwritable = |error| InstallError::Cache { path: folder.clone(), error };
    fs::create_dir_all(&folder).map_err(unwritable)?;
    // Released when the file is closed, even by `kill -9`.
    let lock = File::create(folder.join("install.lock")).map_err(unwritable)?;
    lock.lock().map_err(unwritable)?;
    let there = cached(&mut Memory::open(&folder), cache, &mut Vec::new());
    if let Some(library) = there.filter(|library| library.build() == Some(build)) {
        return Ok(library);
    }

    let temporary = tempfile::Builder::new().prefix(".fetch-").tempdir_in(&folder);
    let temporary = temporary.map_err(unwritable)?;
    let fetched = fetch(build, programs, temporary.path())?;
    let unpacked = temporary.path().join("unpacked");
    fs::create_dir(&unpacked).map_err(unwritable)?;
    let digest = match &fetched {
        Fetched::Wheel(wheel) => unpack(wheel, build, &unpacked)?,
        Fetched::Package(package) => copy(package, build, &unpacked).map_err(unwritable)?,
    };
    if digest.hex() != build.sha256 {
        return Err(InstallError::Digest { found: digest, expected: build.sha256 });
    }
    let target = folder.join(build.version);
    let publish = || {
        if target.exists() {
            fs::rename(&target, temporary.path().join("damaged"))?;
        }
        fs::rename(&unpacked, &target)?;
        File::open(&folder)?.sync_all()
    };
    publish().map_err(unwritable)?;
    Ok(Library { path: target.join(build.file), digest, origin: Origin::Fetched })
}

/// What a program left behind.
enum Fetched {
    /// A wheel, from pip.
    Wheel(PathBuf),
    /// The folder `onnxruntime` of an unpacked package, from uv.
    Package(PathBuf),
}

/// Has the first program that can do it fetch the wheel.
fn fetch(build: &Build, programs: &[PathBuf], into: &Path) -> Result<Fetched, InstallError> {
    let find = |names: &[&str]| {
        let paths = names.iter().flat_map(|name| programs.iter().map(move |dir| dir.join(name)));
        paths.into_iter().find(|path| path.is_file())
    };
    let wanted = format!("onnxruntime=={}", build.version);
    // The library is the same for every Python, so that the one here need not be supported.
    let mut said = Vec::new();
    let python = find(&["python3", "python"]).map(|program| (program, vec!["-m", "pip"]));
    let pip = find(&["pip3", "pip"]).map(|program| (program, vec![]));
    for (program, first) in [python, pip].into_iter().flatten() {
        let mut arguments: Vec<OsString> = first.into_iter().map(OsString::from).collect();
        arguments.extend(["download", "--no-deps", "--only-binary=:all:"].map(OsString::from));
        arguments.extend(["--disable-pip-version-check", "--no-input"].map(OsString::from));
        arguments.extend(["--implementation", "cp"].map(OsString::from));
        arguments.extend(["--python-version", "3.12", "--platform"].map(OsString::from));
        arguments.extend([build.platform, "--dest"].map(OsString::from));
        arguments.extend([into.into(), wanted.clone().into()]);
        let answer = run(&program, &arguments);
        let wheel = entries(into, "onnxruntime-").into_iter().find(|path| path.is_file());
        match (answer, wheel) {
            (Ok(()), Some(wheel)) => return Ok(Fetched::Wheel(wheel)),
            (Ok(()), None) => said.push(format!("{} left no wheel", program.display())),
            (Err(words), _) => {
                let no_pip = words.contains("No module named pip");
                said.push(format!("{}: {words}", program.display()));
                // Where pip ran and was refused, the other name of it would be refused as well.
                if !no_pip {
                    break;
                }
            }
        }
    }
    if let Some(uv) = find(&["uv"]) {
        let target = into.join("target");
        let platform = build.platform.strip_prefix("manylinux_2_28_");
        let platform =
            platform.map_or_else(|| "macos".to_owned(), |arch| format!("{arch}-manylinux_2_28"));
        let mut arguments: Vec<OsString> = ["pip", "install", "--no-deps"].map(Into::into).into();
        arguments.extend(["--only-binary", ":all:", "--python-version", "3.12"].map(Into::into));
        arguments.extend(["--python-platform".into(), platform.into()]);
        arguments.extend(["--target".into(), target.clone().into(), wanted.into()]);
        match run(&uv, &arguments) {
            Ok(()) => return Ok(Fetched::Package(target.join("onnxruntime"))),
            Err(words) => said.push(format!("{}: {words}", uv.display())),
        }
    }
    if said.is_empty() {
        return Err(InstallError::NoProgram);
    }
    Err(InstallError::Fetch { said: said.join("; ") })
}

/// Runs a program to its end; what it said last is the error.
fn run(program: &Path, arguments: &[OsString]) -> Result<(), String> {
    let answer = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let answer = answer.map_err(|error| error.to_string())?;
    if answer.status.success() {
        return Ok(());
    }
    let said = [answer.stdout, answer.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(3)..].join(" | ");
    if last.is_empty() { Err(answer.status.to_string()) } else { Err(last) }
}

/// Unpacks the library and its licences, and returns the library's digest.
fn unpack(wheel: &Path, build: &Build, into: &Path) -> Result<Digest, InstallError> {
    let wrong = |error: &dyn std::fmt::Display| InstallError::Wheel {
        wheel: wheel.to_owned(),
        reason: error.to_string(),
    };
    let file = File::open(wheel).map_err(|error| wrong(&error))?;
    let mut archive = ZipArchive::new(file).map_err(|error| wrong(&error))?;
    for (member, name) in members(build) {
        let member = archive
            .by_name(&format!("onnxruntime/{member}"))
            .map_err(|error| wrong(&format!("`onnxruntime/{member}`: {error}")))?;
        write(member.take(LARGEST_MEMBER), &into.join(name)).map_err(|error| wrong(&error))?;
    }
    let library = File::open(into.join(build.file)).map_err(|error| wrong(&error))?;
    hash::hash(library).map_err(|error| wrong(&error))
}

/// Copies the same files out of an unpacked package.
fn copy(package: &Path, build: &Build, into: &Path) -> io::Result<Digest> {
    for (member, name) in members(build) {
        let file = File::open(package.join(member))?;
        write(file.take(LARGEST_MEMBER), &into.join(name))?;
    }
    hash::hash(File::open(into.join(build.file))?)
}

/// Returns what is taken out of the package, and its name in the cache.
fn members(build: &Build) -> [(String, &str); 3] {
    [
        (format!("capi/{}", build.file), build.file),
        ("LICENSE".to_owned(), "LICENSE"),
        ("ThirdPartyNotices.txt".to_owned(), "ThirdPartyNotices.txt"),
    ]
}

fn write(mut content: impl Read, path: &Path) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    io::copy(&mut content, &mut file)?;
    file.flush()?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn program(folder: &Path, name: &str, script: &str) {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn what_cannot_be_fetched_says_why() {
        if accepted::pinned().is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let programs = [folder.path().join("bin")];
        fs::create_dir(&programs[0]).unwrap();
        let nothing = install(&cache, &programs).unwrap_err();
        assert!(matches!(nothing, InstallError::NoProgram), "{nothing}");

        program(&programs[0], "python3", "echo /bin/python3: No module named pip >&2; exit 1");
        program(&programs[0], "uv", "echo error: no route to host >&2; exit 2");
        let refused = install(&cache, &programs).unwrap_err().to_string();
        assert!(refused.contains("No module named pip"), "{refused}");
        assert!(refused.contains("uv: error: no route to host"), "{refused}");
        assert_eq!(entries(&cache.join("onnxruntime"), ".fetch-"), Vec::<PathBuf>::new());
    }

    #[test]
    fn another_library_is_not_installed() {
        let Some(build) = accepted::pinned() else { return };
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let programs = [folder.path().to_owned()];
        let wheel = folder.path().join("made.whl");
        let mut zip = zip::ZipWriter::new(File::create(&wheel).unwrap());
        for (member, _) in members(build) {
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(format!("onnxruntime/{member}"), options).unwrap();
            zip.write_all(b"not what it says").unwrap();
        }
        zip.finish().unwrap();
        let script = format!(
            "while [ \"$1\" != --dest ]; do shift; done; /bin/cp {} \"$2/onnxruntime-1.whl\"",
            wheel.display()
        );
        program(folder.path(), "pip", &script);
        let error = install(&cache, &programs).unwrap_err();
        assert!(matches!(error, InstallError::Digest { .. }), "{error}");
        assert!(!cache.join("onnxruntime").join(build.version).exists());
    }
}
