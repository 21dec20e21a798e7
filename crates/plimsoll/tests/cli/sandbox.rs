//! A clean folder and home, and the binary in them.

use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder with a repository in `repo` and a home in `home`; removed at the end.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
    home: PathBuf,
}

/// What a call of the binary left behind.
pub(crate) struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("repo")).unwrap();
        let home = folder.path().join("home");
        Self { folder, home }
    }

    /// Lets environments, which take long to install, outlive the sandbox and serve every test.
    pub(crate) fn share_environments(&self) {
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("environments");
        fs::create_dir_all(&shared).unwrap();
        fs::create_dir_all(&self.home).unwrap();
        std::os::unix::fs::symlink(shared, self.home.join("environments")).unwrap();
    }

    pub(crate) fn repo(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Writes a file of the repository, folders included.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.repo().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.repo().join(path)).unwrap()
    }

    /// Replaces the one occurrence of `from` in a file of the repository.
    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {path}");
        self.write(path, &text.replace(from, to));
    }

    /// Returns the binary as a command with nothing of the caller's environment but `PATH`.
    pub(crate) fn command<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
        &self,
        arguments: I,
    ) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command
            .args(arguments)
            .current_dir(self.repo())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder.path())
            .env("PLIMSOLL_ACTOR", "ada")
            .env("PLIMSOLL_HOME", &self.home)
            .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
            .stdin(Stdio::null());
        // Installers ask for these on machines behind a proxy or with a mirror.
        for (name, value) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            let wanted =
                ["PIP_", "UV_", "SSL_", "http", "HTTP", "no_proxy", "NO_PROXY", "REQUESTS_"];
            if wanted.iter().any(|prefix| name_text.starts_with(prefix)) {
                command.env(name, value);
            }
        }
        command
    }

    /// Calls the binary and waits for its end.
    pub(crate) fn plimsoll<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
        &self,
        arguments: I,
    ) -> Ended {
        self.ended(&self.command(arguments).output().unwrap())
    }

    /// Calls git in the repository, with a person's name and nothing of the machine's configuration.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
            .args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(self.repo())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn ended(&self, output: &Output) -> Ended {
        let text = |bytes: &[u8]| self.steady(&String::from_utf8_lossy(bytes));
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        Ended { code: output.status.code(), stdout, stderr }
    }

    /// Replaces what differs from call to call: paths, ids, digests, times.
    fn steady(&self, text: &str) -> String {
        let text = text.replace(&*self.repo().to_string_lossy(), "REPO");
        let text = text.replace(&*self.home.to_string_lossy(), "HOME");
        shorten(&text)
    }
}

/// Writes `RUN` for runs of eight or more hexadecimal digits that hold a digit.
fn shorten(text: &str) -> String {
    let mut steady = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(start);
        let length = from.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(from.len());
        let (word, after) = from.split_at(length);
        steady.push_str(before);
        let alone = !before.ends_with(|c: char| c.is_alphanumeric() || c == '.')
            && !after.starts_with(|c: char| c.is_alphanumeric());
        let id = matches!(word.len(), 8 | 32 | 64) && word.chars().any(|c| c.is_ascii_digit());
        steady.push_str(if alone && id { "ID" } else { word });
        rest = after;
    }
    steady.push_str(rest);
    steady
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = self.code.map_or("killed".to_owned(), |code| code.to_string());
        let mut text = format!("exit code: {code}\n");
        if !self.stdout.is_empty() {
            _ = write!(text, "--- stdout\n{}", self.stdout);
        }
        if !self.stderr.is_empty() {
            _ = write!(text, "--- stderr\n{}", self.stderr);
        }
        f.write_str(&text)
    }
}
