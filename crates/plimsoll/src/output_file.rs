//! Files that a command writes because it was asked for them.

use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::error::CommandError;

/// Writes `file`, which people named from within `folder`, and makes the folder that it lies in.
///
/// Beside it first, so that nobody reads half of it. A device is written to directly.
pub(crate) fn write(
    folder: &Path,
    file: &Path,
    bytes: impl AsRef<[u8]>,
) -> Result<(), CommandError> {
    put(&folder.join(file), bytes.as_ref()).map_err(|error| {
        CommandError::world(format!("{} could not be written: {error}", file.display()))
    })
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        return std::fs::write(path, bytes);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_its_folder_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = Path::new("reports/deep/page.html");
        for text in ["one", "another"] {
            write(folder.path(), file, text).unwrap();
            assert_eq!(std::fs::read_to_string(folder.path().join(file)).unwrap(), text);
        }
        let left = std::fs::read_dir(folder.path().join("reports/deep")).unwrap();
        assert_eq!(left.count(), 1);
        write(folder.path(), Path::new("/dev/null"), "gone").unwrap();
        let within = Path::new("reports/deep/page.html/page.html");
        let refused = write(folder.path(), within, "").unwrap_err().to_string();
        assert!(refused.starts_with("reports/deep/page.html/page.html could not be"), "{refused}");
    }
}
