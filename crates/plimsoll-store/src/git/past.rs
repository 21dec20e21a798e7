//! A commit of the past, brought out of a repository that is at hand or is named by its address.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{GitError, call, command, has_broken_repository, prefix, run, words};

/// The slowest transfer that is waited for, in bytes per second, and for how many seconds.
const SLOWEST: [&str; 4] = ["-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60"];

/// A commit that a repository has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCommit {
    /// The repository's own folder, `.git` or a bare one.
    repository: PathBuf,
    hash: String,
    /// Where the folder that was asked from lies in the repository, empty at its root.
    prefix: String,
    /// The folder of its working tree; a bare repository has none.
    top: Option<PathBuf>,
}

impl PastCommit {
    /// Finds the commit `hash` in the repository that `folder` lies in.
    ///
    /// # Errors
    /// There is no repository, or it does not have the commit.
    pub fn find(folder: &Path, hash: &str) -> Result<Self, GitError> {
        let asked = call(folder, ["rev-parse", "--absolute-git-dir"])?;
        if !asked.status.success() {
            return Err(if has_broken_repository(folder) {
                GitError::Refused(words(&asked))
            } else {
                GitError::NoRepository(folder.to_owned())
            });
        }
        let repository = String::from_utf8_lossy(&asked.stdout).trim_end_matches('\n').to_owned();
        let prefix = prefix(folder).trim_end_matches('/').to_owned();
        let top = call(folder, ["rev-parse", "--show-toplevel"])?;
        let line = String::from_utf8_lossy(&top.stdout).trim_end_matches('\n').to_owned();
        let top = top.status.success().then(|| PathBuf::from(line));
        let found = Self { repository: repository.into(), hash: hash.to_owned(), prefix, top };
        found.exists()?;
        Ok(found)
    }

    /// Fetches the commit `hash` from `address` into the new bare repository `into`.
    ///
    /// The commit alone where the server gives it; else branches and tags, as many servers give
    /// nothing else.
    ///
    /// # Errors
    /// The address does not answer, or does not have the commit.
    pub fn fetch(address: &str, hash: &str, into: &Path) -> Result<Self, GitError> {
        let unwritten = |source| GitError::Write { folder: into.to_owned(), source };
        fs::create_dir_all(into).map_err(unwritten)?;
        let made = call(into, ["init", "--quiet", "--bare", "."])?;
        if !made.status.success() {
            return Err(GitError::Refused(words(&made)));
        }
        let found = Self {
            repository: into.to_owned(),
            hash: hash.to_owned(),
            prefix: String::new(),
            top: None,
        };
        let fetch = |more: &[&str]| {
            let usual = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"];
            let arguments = SLOWEST.into_iter().chain(usual).chain(more.iter().copied());
            run(&mut command(into, arguments))
        };
        let alone = fetch(&["--depth=1", "--", address, hash])?;
        if !alone.status.success() {
            let all = ["--", address, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
            let fetched = fetch(&all)?;
            if !fetched.status.success() {
                let shown = without_secrets(address);
                let said = words(&fetched).replace(address, &shown);
                return Err(GitError::Refused(format!("{shown} could not be fetched: {said}")));
            }
        }
        found.exists()?;
        Ok(found)
    }

    /// Returns where the folder that was asked from lies in the repository, empty at its root.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the folder of the repository's working tree; `None` of a bare one.
    pub fn top(&self) -> Option<&Path> {
        self.top.as_deref()
    }

    /// Returns the paths of the commit's files called `name`, from the repository's root.
    pub fn files_called(&self, name: &str) -> Result<Vec<String>, GitError> {
        let listed = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", &self.hash];
        let output = run(&mut self.command(&self.repository, &listed))?;
        if !output.status.success() {
            return Err(GitError::Refused(words(&output)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let paths = text.split('\0').filter(|path| path.rsplit('/').next() == Some(name));
        Ok(paths.map(str::to_owned).collect())
    }

    /// Writes the commit's files into the new folder `to`; the index that git needs for that is
    /// written to the new file `index`. The repository keeps no trace of it.
    ///
    /// # Errors
    /// Git refuses, or the folder cannot be written.
    pub fn write_out(&self, to: &Path, index: &Path) -> Result<(), GitError> {
        let unwritten = |source| GitError::Write { folder: to.to_owned(), source };
        fs::create_dir_all(to).map_err(unwritten)?;
        let to = to.canonicalize().map_err(unwritten)?;
        for step in [&["read-tree", self.hash.as_str()][..], &["checkout-index", "--all"]] {
            let mut command = self.command(&to, step);
            let output = run(command.env("GIT_WORK_TREE", &to).env("GIT_INDEX_FILE", index))?;
            if !output.status.success() {
                return Err(GitError::Refused(words(&output)));
            }
        }
        Ok(())
    }

    fn exists(&self) -> Result<(), GitError> {
        let spelled = format!("{}^{{commit}}", self.hash);
        let found = run(&mut self.command(&self.repository, &["cat-file", "-e", &spelled]))?;
        if found.status.success() {
            return Ok(());
        }
        let said = "the repository does not have it".to_owned();
        Err(GitError::NoCommit { revision: self.hash.clone(), said })
    }

    fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = command(folder, arguments);
        command.env("GIT_DIR", &self.repository);
        command
    }
}

/// Returns an address without the user and password that may stand in it.
fn without_secrets(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Sandbox;
    use super::*;

    fn hash(sandbox: &Sandbox, revision: &str) -> String {
        let output = call(sandbox.folder(), ["rev-parse", revision]).unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn two_commits() -> Sandbox {
        let sandbox = Sandbox::new();
        sandbox.write("models/a/plimsoll.yaml", "first");
        sandbox.write("models/a/train.py", "first");
        sandbox.commit();
        sandbox.write("models/a/train.py", "second");
        sandbox.write("plimsoll.yaml", "another");
        sandbox.commit();
        sandbox
    }

    #[test]
    fn a_commit_is_written_out_and_the_repository_keeps_no_trace() {
        let sandbox = two_commits();
        let first = hash(&sandbox, "HEAD~1");
        sandbox.write("models/a/train.py", "not committed");
        let model = sandbox.folder().join("models/a");
        let found = PastCommit::find(&model, &first).unwrap();
        assert_eq!(found.prefix(), "models/a");
        assert_eq!(found.files_called("plimsoll.yaml").unwrap(), ["models/a/plimsoll.yaml"]);
        let place = tempfile::tempdir().unwrap();
        let (to, index) = (place.path().join("files"), place.path().join("index"));
        found.write_out(&to, &index).unwrap();
        assert_eq!(fs::read_to_string(to.join("models/a/train.py")).unwrap(), "first");
        assert!(!to.join("plimsoll.yaml").exists());
        assert_eq!(sandbox.state("").changed, ["models/a/train.py"]);
    }

    #[test]
    fn what_a_repository_does_not_have_is_not_found() {
        let sandbox = two_commits();
        let unknown = "4b825dc642cb6eb9a060e54bf8d69288fbee4905";
        let missing = PastCommit::find(sandbox.folder(), unknown);
        assert!(matches!(missing, Err(GitError::NoCommit { .. })), "{missing:?}");
        let nowhere = tempfile::tempdir().unwrap();
        let missing = PastCommit::find(nowhere.path(), unknown);
        assert!(matches!(missing, Err(GitError::NoRepository(_))), "{missing:?}");
        let address = sandbox.folder().display().to_string();
        let missing = PastCommit::fetch(&address, unknown, &nowhere.path().join("x"));
        assert!(matches!(missing, Err(GitError::NoCommit { .. })), "{missing:?}");
        let missing = PastCommit::fetch("/nowhere/at/all", unknown, &nowhere.path().join("y"));
        assert!(matches!(missing, Err(GitError::Refused(_))), "{missing:?}");
    }

    #[test]
    fn a_commit_that_no_branch_begins_with_is_fetched_from_an_address() {
        let sandbox = two_commits();
        let first = hash(&sandbox, "HEAD~1");
        let place = tempfile::tempdir().unwrap();
        let address = format!("file://{}", sandbox.folder().display());
        let fetched = PastCommit::fetch(&address, &first, &place.path().join("fetched")).unwrap();
        let to = place.path().join("files");
        fetched.write_out(&to, &place.path().join("index")).unwrap();
        assert_eq!(fs::read_to_string(to.join("models/a/train.py")).unwrap(), "first");
    }

    #[test]
    fn a_password_in_an_address_is_not_repeated() {
        let shown = without_secrets("https://ada:secret@example.org/a@b/c.git");
        assert_eq!(shown, "https://example.org/a@b/c.git");
        assert_eq!(without_secrets("git@example.org:a.git"), "git@example.org:a.git");
    }
}
