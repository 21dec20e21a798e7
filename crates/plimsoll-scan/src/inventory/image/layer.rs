//! One layer: what of it is kept, what it removes, and what it covers of those below.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{self, BufReader, Read};

use sha2::{Digest as _, Sha256};

use super::budget::Budget;
use super::manifest::LayerBlob;
use super::system::{Want, wanted};
use super::tar::{Entry, EntryKind, Tar};
use super::unpack::{Hashing, unpacked};
use crate::inventory::binary::{Build, MOST_OF_BINARY, builds_of};
use crate::inventory::error::Problem;
use crate::inventory::files::Kept;

/// What stands in front of the name of a file that a layer removes.
const WHITEOUT: &str = ".wh.";

/// The name that says that a folder starts anew.
const OPAQUE: &str = ".wh..wh..opq";

/// How many bytes tell what kind of ELF file one is.
const ELF_HEAD: u64 = 20;

/// What is kept at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A file.
    File(Kept),
    /// Another name of the file at a path.
    Hard(String),
    /// A symbolic link, as it is written.
    Link(String),
}

/// What a layer changes.
#[derive(Debug, Default)]
pub(super) struct Layer {
    /// What is kept, by path.
    pub(super) items: BTreeMap<String, Item>,
    /// What is removed of the layers below, with all that is in it.
    pub(super) removed: BTreeSet<String>,
    /// Folders of which nothing of the layers below is left.
    pub(super) opaque: BTreeSet<String>,
    covered: HashSet<[u8; 16]>,
}

impl Layer {
    /// Tells whether the layer has something at a path that takes the place of a file.
    pub(super) fn covers_file(&self, path: &str) -> bool {
        self.covered.contains(&key(path, true)) || self.covered.contains(&key(path, false))
    }

    /// Tells whether the layer has something at a path that takes the place of a folder.
    pub(super) fn covers_folder(&self, path: &str) -> bool {
        self.covered.contains(&key(path, false))
    }
}

/// A path in little room: a layer may have millions, of which only their being there matters. The hash
/// is one that nobody finds a second path for.
fn key(path: &str, is_folder: bool) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update([u8::from(is_folder)]);
    hash.update(path);
    let mut key = [0; 16];
    key.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    key
}

/// Reads a layer, and checks that it is what its names say.
///
/// # Errors
/// It is no tar, plain or packed; it is damaged; an entry leads out of it; it is larger than what is read.
pub(super) fn read_layer(
    blob: &mut dyn Read,
    expected: &LayerBlob,
    is_lowest: bool,
    budget: &Budget,
) -> Result<Layer, Problem> {
    let mut packed = Hashing::new(blob);
    let read = read_packed(&mut packed, expected, is_lowest, budget);
    // A damaged blob is rarely a sound tar: that it is damaged is what a person has to know.
    let rest = io::copy(&mut packed, &mut io::sink());
    let (found, bytes) = packed.finish();
    if let (Ok(_), Some(digest)) = (&rest, expected.digest.as_ref().filter(|it| **it != found)) {
        return Err(Problem::Damaged { expected: digest.clone(), found });
    }
    let layer = read?;
    rest.map_err(Problem::Unreadable)?;
    match expected.size {
        Some(size) if size != bytes => {
            let message =
                format!("the layer {} has {bytes} bytes (expected {size})", expected.name);
            Err(Problem::form(None, message))
        }
        _ => Ok(layer),
    }
}

fn read_packed(
    packed: &mut Hashing<&mut dyn Read>,
    expected: &LayerBlob,
    is_lowest: bool,
    budget: &Budget,
) -> Result<Layer, Problem> {
    let reader = unpacked(BufReader::new(packed))?;
    let Some(digest) = &expected.unpacked else { return read_entries(reader, is_lowest, budget) };
    let mut hashing = Hashing::new(reader);
    let layer = read_entries(&mut hashing, is_lowest, budget)?;
    let (found, _) = hashing.finish();
    if *digest == found {
        return Ok(layer);
    }
    Err(Problem::Damaged { expected: digest.clone(), found })
}

fn read_entries(reader: impl Read, is_lowest: bool, budget: &Budget) -> Result<Layer, Problem> {
    let mut tar = Tar::new(reader, budget);
    let mut layer = Layer::default();
    while let Some(entry) = tar.next()? {
        take(&mut layer, entry, &mut tar, is_lowest, budget)?;
    }
    let mut rest = tar.rest();
    io::copy(&mut rest, &mut io::sink()).map_err(|error| budget.problem(error))?;
    Ok(layer)
}

fn take<R: Read>(
    layer: &mut Layer,
    entry: Entry,
    tar: &mut Tar<'_, R>,
    is_lowest: bool,
    budget: &Budget,
) -> Result<(), Problem> {
    let (folder, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
    if name == OPAQUE {
        budget.keep(folder.len())?;
        layer.opaque.insert(folder.to_owned());
        return Ok(());
    }
    if let Some(name) = name.strip_prefix(WHITEOUT) {
        // Names that start with two of them are notes of the file system, and no files.
        if !name.is_empty() && !name.starts_with(WHITEOUT) {
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            budget.keep(path.len())?;
            layer.removed.insert(path);
        }
        return Ok(());
    }
    let is_folder = entry.kind == EntryKind::Folder;
    if !is_lowest {
        // Some unpack both in turn, some only what stays, and different files are left of those below.
        if layer.covered.contains(&key(&entry.path, !is_folder)) {
            let message = format!(
                "`{}` is a file and a folder in one layer, which no tool writes",
                entry.path
            );
            return Err(Problem::form(None, message));
        }
        layer.covered.insert(key(&entry.path, is_folder));
    }
    // The last of several entries of a path is the one that stays.
    layer.items.remove(&entry.path);
    if !is_folder {
        let inside = format!("{}/", entry.path);
        let covered = layer.items.range(inside.clone()..);
        let covered: Vec<String> = covered
            .take_while(|(path, _)| path.starts_with(&inside))
            .map(|it| it.0.clone())
            .collect();
        for path in covered {
            layer.items.remove(&path);
        }
    }
    if let Some(item) = kept(&entry, tar)? {
        let size = match &item {
            Item::File(kept) => kept.size(),
            Item::Hard(target) | Item::Link(target) => target.len(),
        };
        budget.keep(entry.path.len() + size)?;
        layer.items.insert(entry.path, item);
    }
    Ok(())
}

/// Returns what is to be kept of an entry.
fn kept<R: Read>(entry: &Entry, tar: &mut Tar<'_, R>) -> Result<Option<Item>, Problem> {
    let want = wanted(&entry.path);
    Ok(match (&entry.kind, want) {
        // Any path may lead through any link.
        (EntryKind::Symbolic(target), _) => Some(Item::Link(target.clone())),
        (EntryKind::Hard(target), Some(Want::Whole(_))) => Some(Item::Hard(target.clone())),
        (EntryKind::File, Some(Want::Named(why))) => Some(Item::File(Kept::Named(why))),
        (EntryKind::File, Some(Want::Whole(_))) if entry.is_sparse => {
            Some(Item::File(Kept::Named("it is stored sparsely, which is not read")))
        }
        (EntryKind::File, Some(Want::Whole(limit))) if entry.size > limit => {
            Some(Item::File(Kept::Named("it is larger than what is read")))
        }
        (EntryKind::File, Some(Want::Whole(_))) => {
            Some(Item::File(Kept::Whole(tar.read(entry.size)?)))
        }
        (EntryKind::File, None) if entry.may_run => program(entry, tar)?.map(Item::File),
        _ => None,
    })
}

/// Returns what a program says it was built from.
fn program<R: Read>(entry: &Entry, tar: &mut Tar<'_, R>) -> Result<Option<Kept>, Problem> {
    if entry.size < ELF_HEAD {
        return Ok(None);
    }
    let mut bytes = tar.read(ELF_HEAD)?;
    if !is_program(&bytes, &entry.path) {
        return Ok(None);
    }
    if entry.is_sparse || entry.size > MOST_OF_BINARY {
        return Ok(Some(Kept::Named("it is a program that is larger than what is read")));
    }
    // Grown by doubling, it would take twice as much for a moment.
    bytes.reserve_exact(usize::try_from(entry.size).unwrap_or(0));
    tar.read_onto(&mut bytes, entry.size - ELF_HEAD)?;
    let builds = builds_of(&bytes).unwrap_or_else(|_| {
        vec![Build::Unreadable("it is a program whose tables lie outside of it")]
    });
    Ok((!builds.is_empty()).then_some(Kept::Built(builds)))
}

/// Tells a program from a library by the type in its header: one that may lie anywhere is either.
fn is_program(head: &[u8], path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_library = name.split('.').skip(1).any(|part| part == "so");
    let kind = head.get(16..18).map(|kind| kind.iter().copied().max());
    head.starts_with(b"\x7fELF")
        && match kind {
            Some(Some(2)) => true,
            Some(Some(3)) => !is_library,
            _ => false,
        }
}
