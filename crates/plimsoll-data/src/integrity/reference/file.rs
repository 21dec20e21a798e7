//! A reference as a file: a line of JSON that says what is in it, then the digests.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{IndexSet, Reference, TimeOf, ValuesOf};
use crate::integrity::coded::CodedSet;
use crate::integrity::relation::{Relation, Relations};

/// The name and version of the format.
const SCHEMA: &str = "plimsoll.data-digests/v1";

/// How every such file begins, so that it is told from data.
const BEGINNING: &[u8] = b"{\"schema\":\"plimsoll.data-digests/";

/// More rows are not counted exactly where numbers are floats.
const MOST_ROWS: u64 = 1 << 53;

/// The longest first line, in bytes.
const LONGEST: u64 = 256 << 20;

/// Digests of training data cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadDigestsError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It was written by a version that knows more.
    #[error("{} has the format {schema}, this version reads {SCHEMA}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        schema: String,
    },
    /// It is not what was written.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Digests of training data cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write digests to {}", path.display())]
pub struct WriteDigestsError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Header {
    schema: String,
    rows: u64,
    twins: u64,
    columns: Vec<String>,
    digests: SetHeader,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    index: Option<IndexHeader>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<TimeOf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    values: BTreeMap<String, ValuesOf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    relations: Option<Relations>,
    /// The checksum of all that follows the line.
    crc32: u32,
}

impl Header {
    /// Tells what in it cannot be, whoever wrote it: later sums count on it.
    fn flaw(&self) -> Option<&'static str> {
        if self.rows > MOST_ROWS || self.twins > self.rows {
            return Some("its numbers of rows cannot be");
        }
        let sum =
            |values: &ValuesOf| values.0.values().try_fold(0_u64, |sum, n| sum.checked_add(*n));
        let fits = |values| sum(values).is_some_and(|sum| sum <= self.rows);
        if !self.values.values().all(fits) {
            return Some("a column has more values than there are rows");
        }
        let relations = self.relations.iter().flat_map(|relations| relations.features.values());
        let is_sound = |relation: &Relation| {
            let means = relation.means.values().all(|mean| mean.is_finite());
            (-1.0..=1.0).contains(&relation.correlation) && relation.rows <= self.rows && means
        };
        if !{ relations }.all(is_sound) {
            return Some("a feature goes with the label as nothing can");
        }
        None
    }
}

/// What is read of the first line of any version.
#[derive(Deserialize)]
struct Schema {
    schema: String,
}

/// A set of digests behind the line.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SetHeader {
    count: u64,
    bits: u32,
    bytes: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct IndexHeader {
    columns: Vec<String>,
    digests: SetHeader,
}

impl SetHeader {
    fn of(set: &CodedSet) -> Self {
        Self { count: set.count, bits: set.bits, bytes: set.bytes }
    }
}

/// Tells whether the file at `path` holds digests rather than data.
pub fn is_digests(path: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(BEGINNING.len() as u64).read_to_end(&mut beginning));
    read.is_ok() && beginning == BEGINNING
}

impl Reference {
    /// Writes it to the file at `path`, which is replaced whole.
    pub fn write(&self, path: &Path) -> Result<(), WriteDigestsError> {
        let failed = |source| WriteDigestsError { path: path.to_owned(), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file =
            tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
        self.write_to(file.as_file_mut()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    fn write_to(&self, file: &mut File) -> io::Result<()> {
        let sets = [Some(&self.rows_set), self.index.as_ref().map(|index| &index.set)];
        let mut checksum = crc32fast::Hasher::new();
        for set in sets.into_iter().flatten() {
            pieces(set, |piece| {
                checksum.update(piece);
                Ok(())
            })?;
        }
        let header = Header {
            schema: SCHEMA.to_owned(),
            rows: self.rows,
            twins: self.twins,
            columns: self.columns.clone(),
            digests: SetHeader::of(&self.rows_set),
            index: self.index.as_ref().map(|index| IndexHeader {
                columns: index.columns.clone(),
                digests: SetHeader::of(&index.set),
            }),
            time: self.time.clone(),
            label: self.label.clone(),
            values: self.values.clone(),
            relations: self.relations.clone(),
            crc32: checksum.finalize(),
        };
        let mut out = io::BufWriter::new(file);
        serde_json::to_writer(&mut out, &header)?;
        out.write_all(b"\n")?;
        for set in sets.into_iter().flatten() {
            pieces(set, |piece| out.write_all(piece))?;
        }
        out.flush()
    }

    /// Reads the file at `path`.
    pub fn read(path: &Path) -> Result<Self, ReadDigestsError> {
        let failed = |source| ReadDigestsError::Io { path: path.to_owned(), source };
        let damaged = |reason: &str| ReadDigestsError::Damaged {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let mut reader = BufReader::new(File::open(path).map_err(failed)?);
        let mut line = Vec::new();
        reader.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(failed)?;
        if line.last() != Some(&b'\n') {
            return Err(damaged("its first line does not end"));
        }
        let schema: Schema =
            serde_json::from_slice(&line).map_err(|error| damaged(&error.to_string()))?;
        if schema.schema != SCHEMA {
            return Err(ReadDigestsError::Version { path: path.to_owned(), schema: schema.schema });
        }
        let header: Header =
            serde_json::from_slice(&line).map_err(|error| damaged(&error.to_string()))?;
        if let Some(flaw) = header.flaw() {
            return Err(damaged(flaw));
        }
        let mut at = line.len() as u64;
        let mut set = |header: SetHeader| -> Result<CodedSet, ReadDigestsError> {
            let SetHeader { count, bits, bytes } = header;
            if !(1..=64).contains(&bits) {
                return Err(damaged("its digests have no length"));
            }
            let file = File::open(path).map_err(failed)?;
            let from = at;
            at = at.checked_add(bytes).ok_or_else(|| damaged("it claims to be endless"))?;
            Ok(CodedSet { file, at: from, bytes, count, bits })
        };
        let rows_set = set(header.digests)?;
        let index = match header.index {
            Some(IndexHeader { columns, digests }) => {
                Some(IndexSet { columns, set: set(digests)? })
            }
            None => None,
        };
        let mut file = reader.into_inner();
        let length = file.seek(SeekFrom::End(0)).map_err(failed)?;
        if length != at {
            return Err(damaged(&format!("it has {length} bytes, {at} are expected")));
        }
        let mut checksum = crc32fast::Hasher::new();
        for set in [Some(&rows_set), index.as_ref().map(|index| &index.set)].into_iter().flatten() {
            let sum = |piece: &[u8]| {
                checksum.update(piece);
                Ok(())
            };
            pieces(set, sum).map_err(failed)?;
        }
        if checksum.finalize() != header.crc32 {
            return Err(damaged("its checksum is another"));
        }
        Ok(Self {
            rows: header.rows,
            twins: header.twins,
            columns: header.columns,
            rows_set,
            index,
            time: header.time,
            label: header.label,
            values: header.values,
            relations: header.relations,
        })
    }
}

/// Hands the bytes of a set on, piece by piece.
fn pieces(set: &CodedSet, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    use std::os::unix::fs::FileExt;

    let mut piece = vec![0; 1 << 16];
    let mut read = 0;
    while read < set.bytes {
        let length = usize::try_from(set.bytes - read).unwrap_or(usize::MAX).min(piece.len());
        set.file.read_exact_at(&mut piece[..length], set.at + read)?;
        take(&piece[..length])?;
        read += length as u64;
    }
    Ok(())
}
