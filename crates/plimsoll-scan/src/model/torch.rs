//! `PyTorch`'s archives (`torch/serialization.py`, `caffe2/serialize`): one pickle, and the numbers beside it;
//! and by which names an archive is one.

mod script;

pub(super) use self::script::is_foreign;

use super::content::Content;
use super::look::Look;
use super::pickle::{self, Reader};

/// What kind of archive the names of its members make it.
pub(super) struct Archive {
    /// The folder that holds `data.pkl`, with its slash.
    root: Option<String>,
    is_script: bool,
    is_keras: bool,
}

impl Archive {
    pub(super) fn of<'n>(names: &(impl Iterator<Item = &'n str> + Clone)) -> Self {
        let root = names
            .clone()
            .filter_map(|name| name.strip_suffix("data.pkl"))
            .find(|root| root.is_empty() || root.ends_with('/'))
            .map(str::to_owned);
        let is_script = root.as_ref().is_some_and(|root| {
            names.clone().any(|name| {
                name.strip_prefix(root.as_str()).is_some_and(|it| it.starts_with("code/"))
            })
        });
        let has = |wanted: &str| names.clone().any(|name| name == wanted);
        let is_keras = root.is_none() && has("config.json") && has("metadata.json");
        Self { root, is_script, is_keras }
    }

    /// Whether it is an archive of Keras 3.
    pub(super) fn is_keras(&self) -> bool {
        self.is_keras
    }

    pub(super) fn is_torch(&self) -> bool {
        self.root.is_some()
    }

    /// Whether a member is the numbers of a tensor, which nobody reads as anything else.
    pub(super) fn is_tensor(&self, name: &str) -> bool {
        let Some(root) = &self.root else { return false };
        let Some(inner) = name.strip_prefix(root.as_str()) else { return false };
        // What a module was traced with is written without its numbers.
        let folders: &[&str] = if self.is_script {
            &["data/", "constants/", "traced_inputs/"]
        } else {
            &["data/", "constants/"]
        };
        let number = folders.iter().find_map(|folder| inner.strip_prefix(folder));
        number.is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit())
        })
    }

    pub(super) fn look_at_member(&self, content: &Content, name: &str, look: &mut Look) {
        if self.is_script && self.root.as_ref().is_some_and(|root| is_code(root, name)) {
            script::look(content, look);
            return;
        }
        if self.is_torch() && is_pickle(name) {
            let reader = if self.is_script { Reader::TorchScript } else { Reader::Torch };
            let outcome = pickle::look(content, reader, look);
            if outcome == pickle::Outcome::Other {
                look.unknown("model.unreadable", "it is called a pickle and is none");
            }
            return;
        }
        if self.root.as_ref().is_some_and(|root| is_note(root, name)) && is_short_text(content) {
            return;
        }
        super::look_at(content, name, look);
    }
}

/// Whether a member is one of those in which `PyTorch` notes a number or a word: `version`, `byteorder`.
fn is_note(root: &str, name: &str) -> bool {
    const NOTES: &[&str] = &[
        "version",
        "byteorder",
        ".format_version",
        ".storage_alignment",
        ".data/version",
        ".data/serialization_id",
    ];
    name.strip_prefix(root).is_some_and(|inner| NOTES.contains(&inner))
}

/// Whether there is nothing but a word: too short for anything else.
fn is_short_text(content: &Content) -> bool {
    const LONGEST: u64 = 64;
    content.length() <= LONGEST
        && content.head(64).is_ok_and(|bytes| {
            bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace())
        })
}

/// Returns what stands behind the last dot of a name.
fn ending(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

/// Whether `PyTorch` reads a member as a pickle.
fn is_pickle(name: &str) -> bool {
    ["pkl", "debug_pkl"].contains(&ending(name))
}

fn is_code(root: &str, name: &str) -> bool {
    name.strip_prefix(root).is_some_and(|inner| inner.starts_with("code/") && ending(inner) == "py")
}

/// How files of other readers begin, long enough that numbers do not by chance.
const MARKS: &[&[u8]] = &[
    b"\x93NUMPY",
    b"PK\x03\x04",
    b"\x89HDF\r\n\x1a\n",
    b"\x1f\x8b\x08\x00",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"BZh91AY&SY",
];

/// Looks at the numbers of a tensor: as the program that they could be to somebody who loads them as a pickle.
pub(super) fn look_at_tensor(content: &Content, look: &mut Look) {
    pickle::look_for_hidden(content, look);
    // To `numpy.load` it is an array by its name in the archive.
    let head = content.head(16).unwrap_or_default();
    if MARKS.iter().any(|mark| head.starts_with(mark)) {
        super::look_at(content, "", look);
    }
}
