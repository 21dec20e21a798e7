//! What a file is, by its first bytes; its name is a hint.

use std::path::Path;

/// What the name of a file says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    None,
    Parquet,
    /// Text of which no more is said.
    Text,
    Tabs,
    Json,
    Arrow,
}

impl Hint {
    /// Reads the end of the name at the end of `path`, behind which that of a compression may be.
    pub(super) fn of(path: &Path) -> Self {
        let is_packed = path.extension().is_some_and(|last| {
            ["gz", "zst", "zstd"].iter().any(|name| last.eq_ignore_ascii_case(name))
        });
        let stem = if is_packed { path.file_stem().map(Path::new) } else { Some(path) };
        let extension = stem.and_then(Path::extension).unwrap_or_default().to_ascii_lowercase();
        match extension.to_str() {
            Some("parquet" | "pq") => Self::Parquet,
            Some("arrow" | "arrows" | "feather" | "ipc") => Self::Arrow,
            Some("csv") => Self::Text,
            Some("tsv" | "tab") => Self::Tabs,
            Some("json" | "jsonl" | "ndjson") => Self::Json,
            _ => Self::None,
        }
    }
}

/// Tells by its name whether a file in a folder holds data.
pub(crate) fn is_data(path: &Path) -> bool {
    Hint::of(path) != Hint::None
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Csv,
    Json,
    Parquet,
    ArrowFile,
    ArrowStream,
}

/// What is read.
const READ: &str = "CSV, JSON lines, Parquet and Arrow";

/// What begins like this is no table that is read.
const OTHERS: [(&[u8], &str); 12] = [
    (b"\x1f\x8b", "compressed twice (gzip)"),
    (b"\x28\xb5\x2f\xfd", "compressed twice (zstd)"),
    (b"PK\x03\x04", "a ZIP archive (or a workbook)"),
    (b"BZh", "compressed (bzip2)"),
    (b"\xfd7zXZ\0", "compressed (xz)"),
    (b"\x04\x22\x4d\x18", "compressed (lz4)"),
    (b"FEA1", "a Feather file of version 1"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"SQLite format 3\0", "a SQLite database"),
];

/// Tells what begins with `head`, or why it is not read.
pub(super) fn kind(head: &[u8], hint: Hint) -> Result<Kind, String> {
    if head.starts_with(b"PAR1") {
        return Ok(Kind::Parquet);
    }
    if head.starts_with(b"PARE") {
        return Err("it is encrypted".to_owned());
    }
    if head.starts_with(b"ARROW1") {
        return Ok(Kind::ArrowFile);
    }
    if head.starts_with(b"\xff\xff\xff\xff") {
        return Ok(Kind::ArrowStream);
    }
    if let Some((_, what)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(format!("it is {what}; {READ} are read"));
    }
    if hint == Hint::Parquet {
        return Err("it is named Parquet but does not begin like it (`PAR1`)".to_owned());
    }
    if hint == Hint::Arrow {
        return Err("it is named Arrow but does not begin like it (`ARROW1`)".to_owned());
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match (text.trim_ascii_start().first(), hint) {
        (Some(b'['), Hint::Json) => {
            Err("it is an array of JSON; write an object on each line (JSON lines)".to_owned())
        }
        (_, Hint::Json) | (Some(b'{'), Hint::None) => Ok(Kind::Json),
        _ => Ok(Kind::Csv),
    }
}
