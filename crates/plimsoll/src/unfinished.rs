//! Files that processes left behind which ended before they were done with them.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::ports;

/// How old such a file is that nobody works on any more.
const ABANDONED: Duration = Duration::from_hours(24);

/// Returns the present, as files have it.
pub(crate) fn now() -> SystemTime {
    let millis = ports::now().as_millis();
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

/// Removes the files of a folder whose names begin with `prefix` and that nobody works on any more.
///
/// What cannot be removed is no reason to fail.
pub(crate) fn sweep(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_one = entry.file_name().as_encoded_bytes().starts_with(prefix.as_bytes());
        let changed = entry.metadata().and_then(|found| found.modified());
        let age = changed.ok().and_then(|changed| now().duration_since(changed).ok());
        if is_one && age.is_some_and(|age| age > ABANDONED) {
            _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn only_what_was_left_behind_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let long_ago = now() - 2 * ABANDONED;
        for (name, changed) in [(".part-a", long_ago), (".part-b", now()), ("part", long_ago)] {
            File::create(folder.path().join(name)).unwrap().set_modified(changed).unwrap();
        }
        sweep(folder.path(), ".part-");
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".part-b", "part"]);
    }
}
