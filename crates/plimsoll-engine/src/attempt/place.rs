//! Putting outputs into the working tree, whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use plimsoll_core::RepoPath;

/// How often a place is tried that other runs write to at the same time.
const TRIES: u32 = 100;

/// The folder in a repository for what can be rebuilt.
const FOLDER: &str = ".plimsoll";

/// Returns the folder `name` in the repository's own folder, made if need be and hidden from git.
pub(crate) fn private(root: &Path, name: &str) -> io::Result<PathBuf> {
    let folder = root.join(FOLDER);
    let inner = folder.join(name);
    if !inner.is_dir() {
        fs::create_dir_all(&inner)?;
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            fs::write(ignore, "*\n")?;
        }
    }
    Ok(inner)
}

/// Moves the file or folder `new` to `path` in the repository, in place of what is there.
pub(crate) fn place(root: &Path, path: &RepoPath, new: &Path) -> io::Result<()> {
    let target = path.below(root);
    refuse_outside(root, path)?;
    fs::create_dir_all(target.parent().unwrap_or(root))?;
    let old = target.symlink_metadata().ok();
    let is_folder = fs::symlink_metadata(new)?.is_dir();
    if !old.is_some_and(|old| old.is_dir() || is_folder) {
        // A file in place of a file or of nothing: one step.
        return shift(new, &target);
    }
    let mut tries = 0;
    loop {
        let aside = tempfile::tempdir_in(private(root, "replaced")?)?;
        let kept = aside.path().join("old");
        match fs::rename(&target, &kept) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        tries += 1;
        match shift(new, &target) {
            // Another run was quicker to put its own here.
            Err(error) if is_taken(&error) && tries < TRIES => {}
            Err(error) => {
                // The old content is better than none; the first error is the one to tell.
                _ = fs::rename(&kept, &target);
                return Err(error);
            }
            Ok(()) => return Ok(()),
        }
    }
}

fn is_taken(error: &io::Error) -> bool {
    let kinds = [
        io::ErrorKind::DirectoryNotEmpty,
        io::ErrorKind::AlreadyExists,
        io::ErrorKind::IsADirectory,
        io::ErrorKind::NotADirectory,
    ];
    kinds.contains(&error.kind())
}

/// Refuses a path whose folder a link leads out of the repository, or into what no step may touch.
pub(super) fn refuse_outside(root: &Path, path: &RepoPath) -> io::Result<()> {
    let target = path.below(root);
    let folder = target.parent().unwrap_or(root);
    let there = folder.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok());
    let real = there.unwrap_or(root).canonicalize()?;
    let inner = real.strip_prefix(root.canonicalize()?).ok();
    if inner.is_some_and(|inner| !inner.starts_with(".git") && !inner.starts_with(FOLDER)) {
        return Ok(());
    }
    let message = format!("a link leads to {}, where no step may write", real.display());
    Err(io::Error::other(message))
}

/// Moves `new` to `target`: renames, or copies beside the target and renames where the two are on different file systems.
pub(super) fn shift(new: &Path, target: &Path) -> io::Result<()> {
    match fs::rename(new, target) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {}
        other => return other,
    }
    let beside = tempfile::Builder::new()
        .prefix(".plimsoll-")
        .tempdir_in(target.parent().unwrap_or(Path::new(".")))?;
    let copy = beside.path().join("new");
    copy_all(new, &copy)?;
    fs::rename(copy, target)
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    if !fs::metadata(from)?.is_dir() {
        return fs::copy(from, to).map(|_| ());
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn path(text: &str) -> RepoPath {
        text.parse().unwrap()
    }

    #[test]
    fn files_and_folders_take_each_others_place() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let new = || {
            let new = private(root, "incoming").unwrap().join("new");
            fs::write(&new, "file").unwrap();
            new
        };
        let folder = || {
            let new = private(root, "incoming").unwrap().join("folder");
            fs::create_dir(&new).unwrap();
            fs::write(new.join("inner"), "inner").unwrap();
            new
        };
        let out = path("build/out");
        place(root, &out, &new()).unwrap();
        place(root, &out, &new()).unwrap();
        assert_eq!(fs::read(root.join("build/out")).unwrap(), b"file");
        place(root, &out, &folder()).unwrap();
        fs::write(root.join("build/out/stale"), "").unwrap();
        place(root, &out, &folder()).unwrap();
        assert_eq!(fs::read_dir(root.join("build/out")).unwrap().count(), 1);
        place(root, &out, &new()).unwrap();
        assert_eq!(fs::read(root.join("build/out")).unwrap(), b"file");
        assert_eq!(fs::read_dir(root.join(".plimsoll/replaced")).unwrap().count(), 0);
        assert_eq!(fs::read(root.join(".plimsoll/.gitignore")).unwrap(), b"*\n");
    }

    #[test]
    fn a_link_is_replaced_and_never_followed_out() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("precious"), "precious").unwrap();
        symlink(outside.path().join("precious"), root.path().join("out")).unwrap();
        symlink(outside.path(), root.path().join("build")).unwrap();
        let new = private(root.path(), "incoming").unwrap().join("new");
        fs::write(&new, "file").unwrap();
        let error = place(root.path(), &path("build/deep/out"), &new).unwrap_err();
        assert!(error.to_string().contains("where no step may write"), "{error}");
        place(root.path(), &path("out"), &new).unwrap();
        assert_eq!(fs::read(outside.path().join("precious")).unwrap(), b"precious");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    }
}
