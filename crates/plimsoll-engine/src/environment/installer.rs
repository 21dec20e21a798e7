//! Making an environment: uv where it is there and knows the user's index, else venv and pip.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::AtomicBool;

use super::advice::advice;
use super::build::Lock;
use super::child::{self, Unended};
use super::interpreter::{self, Interpreter};
use super::{Network, PrepareError, Request};

/// Settings of pip without which an index is not reached. uv does not read them.
const PIP_SETTINGS: [&str; 8] = [
    "index-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "trusted-host",
    "cert",
    "client-cert",
    "proxy",
];

/// Variables by which a user has told uv where packages are.
const UV_VARIABLES: [&str; 7] = [
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_NO_INDEX",
    "UV_CONFIG_FILE",
];

/// Variables that would lead an installer to another place, or to other packages.
const MISLEADING: [&str; 17] = [
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_USER",
    "PIP_PYTHON",
    "PIP_DRY_RUN",
    "PIP_CONSTRAINT",
    "PIP_REQUIREMENT",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "UV_PROJECT_ENVIRONMENT",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_TARGET",
    "UV_PREFIX",
];

/// What installs packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Installer {
    Uv(PathBuf),
    Pip,
}

impl Installer {
    pub(super) fn choose(request: &Request<'_>) -> Self {
        match interpreter::program(request.search, "uv") {
            Some(uv) if knows_uv(request) || !needs_pip(request) => Self::Uv(uv),
            _ => Self::Pip,
        }
    }

    /// Makes the environment of `lock` in `folder`, which is not there yet.
    pub(super) fn install(
        &self,
        request: &Request<'_>,
        lock: &Lock<'_>,
        interpreter: &Interpreter,
        folder: &Path,
        progress: &mut dyn FnMut(&str),
        cancel: &AtomicBool,
    ) -> Result<(), PrepareError> {
        let mut step = |shown: &str, command: &mut Command| {
            command.current_dir(request.environments);
            give_variables(command, request);
            run(request, lock, shown, command, progress, cancel)
        };
        let python = folder.join("bin/python");
        let requirements = folder.join("requirements.lock");
        let is_offline = request.network == Network::Forbidden;
        match self {
            Self::Uv(uv) => {
                let mut command = Command::new(uv);
                command.args(["venv", "--no-project", "--color", "never", "--python"]);
                command.arg(interpreter.base()).arg(folder);
                step("uv venv", command.args(is_offline.then_some("--offline")))?;
                place(&requirements, lock)?;
                let mut command = Command::new(uv);
                command.args(["pip", "install", "--require-hashes", "--color", "never"]);
                command.args(is_offline.then_some("--offline"));
                command.arg("--python").arg(python).arg("--requirement").arg(requirements);
                step("uv pip install --require-hashes", &mut command)
            }
            Self::Pip => {
                let mut command = Command::new(interpreter.base());
                step("python3 -m venv", command.args(["-m", "venv"]).arg(folder))?;
                place(&requirements, lock)?;
                let mut command = Command::new(python);
                command.args(["-m", "pip", "install", "--require-hashes", "--no-input"]);
                command.args(["--disable-pip-version-check", "--progress-bar", "off"]);
                command.args(is_offline.then_some("--no-index"));
                command.arg("--requirement").arg(requirements);
                step("pip install --require-hashes", &mut command)
            }
        }
    }
}

/// Gives `command` the user's variables, without those that would mislead Python or an installer, and
/// without Plimsoll's own: among them are keys, and what is installed may run code of its own.
pub(super) fn give_variables(command: &mut Command, request: &Request<'_>) {
    command.env_clear();
    command.envs(request.variables.iter().filter(|(name, _)| is_given(name)));
    // pip.conf may ask for the user's folder, which an environment does not have.
    command.env("PIP_USER", "0");
    if let Ok(path) = std::env::join_paths(request.search) {
        command.env("PATH", path);
    }
}

fn is_given(name: &str) -> bool {
    let misleads = name.starts_with("PYTHON") || MISLEADING.contains(&name);
    !misleads && !name.starts_with("PLIMSOLL_")
}

fn place(requirements: &Path, lock: &Lock<'_>) -> Result<(), PrepareError> {
    fs::write(requirements, lock.bytes).map_err(|source| PrepareError::Io {
        path: requirements.to_owned(),
        verb: "written",
        source,
    })
}

fn run(
    request: &Request<'_>,
    lock: &Lock<'_>,
    shown: &str,
    command: &mut Command,
    progress: &mut dyn FnMut(&str),
    cancel: &AtomicBool,
) -> Result<(), PrepareError> {
    let ended = match child::run(command, None, progress, cancel) {
        Ok(ended) => ended,
        Err(Unended::Cancelled) => return Err(PrepareError::Cancelled),
        Err(Unended::Io(source)) => {
            let path = PathBuf::from(command.get_program());
            return Err(PrepareError::Io { path, verb: "started", source });
        }
    };
    if ended.status.success() {
        return Ok(());
    }
    let (cause, advice) = advice(&ended.lines, request.network);
    Err(PrepareError::Install {
        path: lock.path.clone(),
        command: shown.to_owned(),
        end: end(ended.status),
        cause,
        advice,
        lines: ended.lines,
    })
}

fn end(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended without saying how".to_owned(),
    }
}

/// Tells whether the user has told uv where packages are.
fn knows_uv(request: &Request<'_>) -> bool {
    UV_VARIABLES.iter().any(|name| request.variables.contains_key(*name))
        || configuration(request, "uv/uv.toml").iter().any(|path| path.exists())
}

/// Tells whether the user has told pip something that uv would not know.
fn needs_pip(request: &Request<'_>) -> bool {
    let variable = |setting: &str| format!("PIP_{}", setting.replace('-', "_").to_uppercase());
    if PIP_SETTINGS.iter().any(|name| request.variables.contains_key(&variable(name))) {
        return true;
    }
    let mut files = configuration(request, "pip/pip.conf");
    files.push(PathBuf::from("/etc/pip.conf"));
    files.extend(request.variables.get("PIP_CONFIG_FILE").map(PathBuf::from));
    let home = request.variables.get("HOME").map(Path::new);
    files.extend(home.map(|home| home.join(".pip/pip.conf")));
    files.extend(home.map(|home| home.join("Library/Application Support/pip/pip.conf")));
    let is_setting = |line: &str| {
        let name = line.split(['=', ':']).next().unwrap_or_default().trim().replace('_', "-");
        PIP_SETTINGS.contains(&name.as_str())
    };
    let texts = files.iter().filter_map(|path| fs::read_to_string(path).ok());
    texts.into_iter().any(|text| text.lines().any(is_setting))
}

/// Returns where configuration called `name` may lie.
fn configuration(request: &Request<'_>, name: &str) -> Vec<PathBuf> {
    let variable = |name| request.variables.get(name).filter(|value| !value.is_empty());
    let mut folders = vec![PathBuf::from("/etc"), PathBuf::from("/etc/xdg")];
    folders.extend(variable("XDG_CONFIG_HOME").map(PathBuf::from));
    folders.extend(variable("HOME").map(|home| Path::new(home).join(".config")));
    if let Some(several) = variable("XDG_CONFIG_DIRS") {
        folders.extend(std::env::split_paths(several));
    }
    folders.into_iter().map(|folder| folder.join(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installer_gets_what_it_needs_and_no_key() {
        for name in ["PATH", "HOME", "PIP_INDEX_URL", "UV_CACHE_DIR", "HTTPS_PROXY"] {
            assert!(is_given(name), "{name}");
        }
        for name in ["PLIMSOLL_SIGNING_KEY", "PLIMSOLL_IDENTITY", "PYTHONPATH"] {
            assert!(!is_given(name), "{name}");
        }
    }
}
