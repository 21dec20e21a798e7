//! What git knows of a folder, asked of the program `git`.
//!
//! No program and no repository are answers, not errors: a run works without git.

mod past;

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub use past::PastCommit;

/// The state of the repository that a folder lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitState {
    /// The commit that is checked out; `None` before the first.
    pub hash: Option<String>,
    /// The branch; `None` where HEAD is detached.
    pub branch: Option<String>,
    /// Tracked files below the folder that differ from the commit, relative to the folder.
    pub changed: Vec<String>,
    /// Files below the folder that are not tracked, relative to the folder: those that git ignores
    /// too, but not what lies in folders that it ignores as a whole.
    pub untracked: Vec<String>,
}

/// Git did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// The program could not be started.
    #[error("`git` could not be started")]
    Start(#[source] io::Error),
    /// There is no program, and it is needed.
    #[error("`git` is not installed")]
    NoProgram,
    /// The folder is in no repository, and one is needed.
    #[error("{} is in no git repository", .0.display())]
    NoRepository(PathBuf),
    /// It refused.
    #[error("git refused: {0}")]
    Refused(String),
    /// There is no such commit.
    #[error("git knows no commit `{revision}` ({said})")]
    NoCommit {
        /// What was asked for.
        revision: String,
        /// Git's own words.
        said: String,
    },
    /// The checkout could not be written.
    #[error("the commit could not be checked out to {}", folder.display())]
    Write {
        /// Where.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A commit's files in a folder of their own; removed when dropped.
#[derive(Debug)]
pub struct Checkout {
    files: tempfile::TempDir,
    below: PathBuf,
    hash: String,
}

impl Checkout {
    /// Returns the folder that corresponds to the one that was asked from.
    pub fn folder(&self) -> PathBuf {
        self.files.path().join(&self.below)
    }

    /// Returns the commit's full hash.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// Returns the state of the repository that `folder` lies in; `None` without program or repository.
///
/// One call of git: a no-op run must not wait for three.
pub fn state(folder: &Path) -> Result<Option<GitState>, GitError> {
    let what = ["--branch", "--untracked-files=all", "--ignored=matching"];
    let arguments = ["status", "--porcelain=v2", "-z"].into_iter().chain(what).chain(["--", "."]);
    let output = match call(folder, arguments) {
        Ok(output) => output,
        Err(GitError::NoProgram) => return Ok(None),
        Err(error) => return Err(error),
    };
    if output.status.success() {
        let prefix = prefix(folder);
        return Ok(Some(parse(&String::from_utf8_lossy(&output.stdout), &prefix)));
    }
    let said = words(&output);
    if said.contains("not a git repository") && !has_broken_repository(folder) {
        return Ok(None);
    }
    Err(GitError::Refused(said))
}

/// Tells, where git found no repository for `folder`, whether there is one that it cannot read.
fn has_broken_repository(folder: &Path) -> bool {
    let Ok(folder) = std::path::absolute(folder) else { return false };
    let Some(top) = folder.ancestors().find(|above| above.join(".git").symlink_metadata().is_ok())
    else {
        return false;
    };
    // From here no ceiling and no mount point keeps git from seeing one that is whole.
    let asked = call(top, ["rev-parse", "--git-dir"]);
    asked.is_ok_and(|output| !output.status.success())
}

/// Writes the files of `revision` into a new folder below `place`.
///
/// The user's repository keeps no trace: an index of its own is read from the commit and written
/// out, so neither a worktree nor a branch is recorded.
pub fn checkout(folder: &Path, revision: &str, place: &Path) -> Result<Checkout, GitError> {
    let spelled = format!("{revision}^{{commit}}");
    let found = call(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", &spelled])?;
    let hash = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    if !found.status.success() || hash.is_empty() {
        let known = call(folder, ["rev-parse", "--show-toplevel"])?;
        if !known.status.success() {
            if has_broken_repository(folder) {
                return Err(GitError::Refused(words(&known)));
            }
            return Err(GitError::NoRepository(folder.to_owned()));
        }
        let said = words(&found);
        let said = if said.is_empty() { "a shallow clone may lack it".to_owned() } else { said };
        return Err(GitError::NoCommit { revision: revision.to_owned(), said });
    }
    let unwritten = |source| GitError::Write { folder: place.to_owned(), source };
    std::fs::create_dir_all(place).map_err(unwritten)?;
    let files = tempfile::Builder::new().prefix("rev-").tempdir_in(place).map_err(unwritten)?;
    let index = tempfile::Builder::new().prefix("index-").tempdir_in(place).map_err(unwritten)?;
    let index = index.path().join("index");
    let top = call(folder, ["rev-parse", "--show-toplevel"])?;
    let top = PathBuf::from(String::from_utf8_lossy(&top.stdout).trim_end_matches('\n'));
    let below = PathBuf::from(prefix(folder));
    let mut target = files.path().as_os_str().to_owned();
    target.push("/");
    let mut prefix_argument = std::ffi::OsString::from("--prefix=");
    prefix_argument.push(&target);
    let steps: [&[&OsStr]; 2] = [
        &[OsStr::new("read-tree"), OsStr::new(&hash)],
        &[OsStr::new("checkout-index"), OsStr::new("--all"), &prefix_argument],
    ];
    for step in steps {
        let mut command = command(&top, step.iter());
        command.env("GIT_INDEX_FILE", &index);
        let output = run(&mut command)?;
        if !output.status.success() {
            return Err(GitError::Refused(words(&output)));
        }
    }
    Ok(Checkout { files, below, hash })
}

/// Returns the bytes of the file `path`, as seen from `folder`, at `commit`; `None` where the commit
/// has no such file.
pub fn file_at(folder: &Path, commit: &str, path: &str) -> Result<Option<Vec<u8>>, GitError> {
    let spelled = format!("{commit}^{{commit}}");
    let found = call(folder, ["cat-file", "-e", &spelled])?;
    if !found.status.success() {
        let said = "the repository does not have it (any more)".to_owned();
        return Err(GitError::NoCommit { revision: commit.to_owned(), said });
    }
    let shown = call(folder, ["cat-file", "blob", &format!("{commit}:./{path}")])?;
    Ok(shown.status.success().then_some(shown.stdout))
}

/// Returns the folder's path from the repository's root, empty at the root or where git says none.
fn prefix(folder: &Path) -> String {
    // The root is told from the folder alone, so that the usual case needs no second call.
    if folder.join(".git").exists() {
        return String::new();
    }
    let output = call(folder, ["rev-parse", "--show-prefix"]);
    let output = output.ok().filter(|output| output.status.success());
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().trim_end_matches('\n').to_owned()
}

fn parse(text: &str, prefix: &str) -> GitState {
    let mut state =
        GitState { hash: None, branch: None, changed: Vec::new(), untracked: Vec::new() };
    let inside = |path: &str| path.strip_prefix(prefix).unwrap_or(path).to_owned();
    let mut records = text.split('\0');
    while let Some(record) = records.next() {
        if let Some(hash) = record.strip_prefix("# branch.oid ") {
            state.hash = (hash != "(initial)").then(|| hash.to_owned());
        } else if let Some(branch) = record.strip_prefix("# branch.head ") {
            state.branch = (branch != "(detached)").then(|| branch.to_owned());
        } else if let Some(path) = record.strip_prefix("? ") {
            state.untracked.push(inside(path));
        } else if let Some(path) = record.strip_prefix("! ") {
            if !path.ends_with('/') {
                state.untracked.push(inside(path));
            }
        } else if record.starts_with("1 ") {
            state.changed.extend(record.splitn(9, ' ').nth(8).map(inside));
        } else if record.starts_with("2 ") {
            state.changed.extend(record.splitn(10, ' ').nth(9).map(inside));
            // The old name of a renamed file is a record of its own.
            records.next();
        } else if record.starts_with("u ") {
            state.changed.extend(record.splitn(11, ' ').nth(10).map(inside));
        }
    }
    state
}

fn call<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
    folder: &Path,
    arguments: I,
) -> Result<Output, GitError> {
    run(&mut command(folder, arguments))
}

fn command<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(folder: &Path, arguments: I) -> Command {
    let mut command = Command::new("git");
    command
        .args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        // Messages are looked at; looking must not write to the repository.
        .env("LC_ALL", "C")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        // A hook that calls Plimsoll sets these for its own repository.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE");
    command
}

fn run(command: &mut Command) -> Result<Output, GitError> {
    command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => GitError::NoProgram,
        _ => GitError::Start(error),
    })
}

fn words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(5);
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) struct Sandbox(tempfile::TempDir);

    impl Sandbox {
        pub(super) fn new() -> Self {
            let sandbox = Self(tempfile::tempdir().unwrap());
            sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
            sandbox
        }

        fn git(&self, arguments: &[&str]) {
            let output = Command::new("git")
                .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
                .args(["-c", "commit.gpgsign=false"])
                .args(arguments)
                .current_dir(self.0.path())
                .output()
                .unwrap();
            assert!(output.status.success(), "{arguments:?}: {output:?}");
        }

        pub(super) fn folder(&self) -> &Path {
            self.0.path()
        }

        pub(super) fn write(&self, path: &str, text: &str) {
            let path = self.0.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }

        pub(super) fn commit(&self) {
            self.git(&["add", "--all"]);
            self.git(&["commit", "--quiet", "--message", "x"]);
        }

        pub(super) fn state(&self, folder: &str) -> GitState {
            state(&self.0.path().join(folder)).unwrap().unwrap()
        }
    }

    #[test]
    fn a_folder_without_repository_has_no_state() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(state(folder.path()).unwrap(), None);
        let asked = checkout(folder.path(), "HEAD", folder.path());
        assert!(matches!(asked, Err(GitError::NoRepository(_))));
    }

    #[test]
    fn tells_commit_branch_changes_and_what_is_untracked() {
        let sandbox = Sandbox::new();
        assert_eq!((sandbox.state("").hash, sandbox.state("").branch), (None, Some("main".into())));
        sandbox.write("model/train.py", "1");
        sandbox.write("model/old.py", "a file that is long enough to be seen as renamed");
        sandbox.write("elsewhere.txt", "1");
        sandbox.commit();
        let clean = sandbox.state("model");
        assert!(clean.hash.is_some() && clean.changed.is_empty() && clean.untracked.is_empty());
        sandbox.write("model/train.py", "2");
        sandbox.write("model/new file.py", "1");
        sandbox.write("elsewhere.txt", "2");
        sandbox.git(&["mv", "model/old.py", "model/renamed.py"]);
        let state = sandbox.state("model");
        assert_eq!(state.changed, ["renamed.py", "train.py"]);
        assert_eq!(state.untracked, ["new file.py"]);
        sandbox.git(&["checkout", "--quiet", "--detach"]);
        assert_eq!(sandbox.state("").branch, None);
    }

    #[test]
    fn a_repository_that_git_cannot_read_is_not_taken_for_none() {
        let sandbox = Sandbox::new();
        sandbox.write("model/train.py", "1");
        sandbox.commit();
        sandbox.write(".git/HEAD", "garbage");
        let model = sandbox.0.path().join("model");
        for folder in [sandbox.0.path(), &model] {
            let error = state(folder).unwrap_err();
            let GitError::Refused(said) = &error else { panic!("{error:?}") };
            assert!(said.contains("not a git repository"), "{said}");
            let error = checkout(folder, "HEAD", folder).unwrap_err();
            assert!(matches!(error, GitError::Refused(_)), "{error:?}");
        }
    }

    #[test]
    fn files_that_git_ignores_are_untracked_and_ignored_folders_are_left_out() {
        let sandbox = Sandbox::new();
        sandbox.write(".gitignore", "secret.py\n.venv/\n");
        sandbox.write("model/train.py", "1");
        sandbox.commit();
        sandbox.write("model/secret.py", "1");
        sandbox.write("model/.venv/lib/site.py", "1");
        assert_eq!(sandbox.state("model").untracked, ["secret.py"]);
        assert_eq!(sandbox.state("").untracked, ["model/secret.py"]);
        assert!(sandbox.state("").changed.is_empty());
    }

    #[test]
    fn a_checkout_has_the_commits_files_and_leaves_no_trace() {
        let sandbox = Sandbox::new();
        sandbox.write("model/train.py", "first");
        sandbox.commit();
        sandbox.write("model/train.py", "second");
        sandbox.commit();
        sandbox.write("model/train.py", "not committed");
        let place = tempfile::tempdir().unwrap();
        let model = sandbox.0.path().join("model");
        let checkout_of = |revision: &str| checkout(&model, revision, place.path());
        let first = checkout_of("HEAD~1").unwrap();
        assert_eq!(std::fs::read_to_string(first.folder().join("train.py")).unwrap(), "first");
        assert_eq!(first.hash().len(), 40);
        assert_eq!(sandbox.state("model").changed, ["train.py"]);
        let folder = first.folder();
        drop(first);
        assert!(!folder.exists());
        for bad in ["HEAD~9", "none", "--help"] {
            assert!(matches!(checkout_of(bad), Err(GitError::NoCommit { .. })), "{bad}");
        }
    }
}
