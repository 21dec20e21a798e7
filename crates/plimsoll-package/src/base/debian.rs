//! Which Debian package a file is of, and what is said of that package.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::MakeBaseError;

const INFO: &str = "var/lib/dpkg/info";
const STATUS: &str = "var/lib/dpkg/status";

/// The largest list, status and copyright that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What is not said in an image: which files are configuration matters to dpkg only.
const LEFT_OUT: [&str; 2] = ["Conffiles", "Status"];

/// The database of the packages of a system, or of none.
pub(super) struct Database {
    root: PathBuf,
    status: String,
}

/// A package that a file of a base is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// What dpkg says of it.
    pub(super) stanza: String,
    /// Under which terms it comes.
    pub(super) copyright: Vec<u8>,
}

impl Package {
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// Returns where scanners look for what it is, and people for its terms.
    pub(super) fn places(&self) -> (String, String) {
        let name = &self.name;
        (format!("var/lib/dpkg/status.d/{name}"), format!("usr/share/doc/{name}/copyright"))
    }
}

impl Database {
    /// Opens the database below `root`; a system of another kind has none.
    pub(super) fn open(root: &Path) -> Result<Self, MakeBaseError> {
        let path = root.join(STATUS);
        let status = match read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(MakeBaseError::Unreadable { path, source }),
        };
        Ok(Self { root: root.to_owned(), status })
    }

    /// Returns the package whose list has one of `paths`, different names of one file.
    pub(super) fn owner(&self, paths: &[&Path]) -> Result<Option<Package>, MakeBaseError> {
        let folder = self.root.join(INFO);
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| MakeBaseError::Unreadable { path, source }
        };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(unreadable(&folder)(source)),
        };
        // Lists name files as they were before `/lib` became a link.
        let mut wanted: Vec<String> = Vec::new();
        for path in paths {
            let path = format!("/{}", path.display());
            wanted.extend(path.strip_prefix("/usr").map(str::to_owned));
            wanted.push(path);
        }
        let mut lists: Vec<PathBuf> = Vec::new();
        for entry in entries {
            let path = entry.map_err(unreadable(&folder))?.path();
            if path.extension().is_some_and(|extension| extension == "list") {
                lists.push(path);
            }
        }
        lists.sort();
        for list in lists {
            let bytes = read(&list).map_err(unreadable(&list))?;
            let text = String::from_utf8_lossy(&bytes);
            if text.lines().any(|line| wanted.iter().any(|path| path == line)) {
                let name = list.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                return self.package(&name);
            }
        }
        Ok(None)
    }

    /// Returns what is said of the package with the list `name`, `libc6:amd64`.
    fn package(&self, name: &str) -> Result<Option<Package>, MakeBaseError> {
        let (name, architecture) = name.split_once(':').unwrap_or((name, ""));
        let is_wanted = |stanza: &&str| {
            field(stanza, "Package") == Some(name)
                && (architecture.is_empty() || field(stanza, "Architecture") == Some(architecture))
        };
        let Some(stanza) = self.status.split("\n\n").find(is_wanted) else { return Ok(None) };
        let Some(version) = field(stanza, "Version") else { return Ok(None) };
        let path = self.root.join(format!("usr/share/doc/{name}/copyright"));
        let copyright = match read(&path) {
            Ok(bytes) => bytes,
            // Some images leave the documents out.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(MakeBaseError::Unreadable { path, source }),
        };
        Ok(Some(Package {
            name: name.to_owned(),
            version: version.to_owned(),
            stanza: kept(stanza),
            copyright,
        }))
    }
}

fn field<'s>(stanza: &'s str, name: &str) -> Option<&'s str> {
    stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
}

/// Returns a stanza without what is left out, and as installed: readers ask for that.
fn kept(stanza: &str) -> String {
    let mut text = String::new();
    let mut is_kept = true;
    for line in stanza.lines().filter(|line| !line.is_empty()) {
        if !line.starts_with([' ', '\t']) {
            is_kept = !LEFT_OUT
                .iter()
                .any(|name| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')));
        }
        if is_kept {
            text.push_str(line);
            text.push('\n');
            if line.starts_with("Package:") {
                text.push_str("Status: install ok installed\n");
            }
        }
    }
    text
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    use io::Read as _;
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("it has more than {LARGEST} bytes")));
    }
    Ok(bytes)
}
