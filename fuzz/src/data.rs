//! Tables, what their schemas say, and what is stored of them.

use std::fmt::Write;
use std::fs;
use std::io::Cursor;
use std::num::NonZeroUsize;
use std::path::Path;

use arrow::array::{Array, ArrayRef};
use plimsoll_core::Timestamp;
use plimsoll_data::drift::{self, Given, drift};
use plimsoll_data::integrity::{self, Demand, Reference, Roles};
use plimsoll_data::profile::{self, Profile};
use plimsoll_data::schema::SchemaError;
use plimsoll_data::{
    Checked, Field, Format, Options, Strings, TableSchema, Tables, Wanted, code, propose,
    read_columns, validate,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How many cells of a table are looked at: a small file may have any number.
const MOST_CELLS: usize = 1 << 18;

/// How many columns, cells and bytes of cells a small table has at most.
const SMALL: [usize; 3] = [40, 1 << 12, 1 << 16];

/// How a file of zstd begins.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// How a file of gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

thread_local! {
    /// Where this thread puts the bytes, over those from before.
    static FOLDER: TempDir = tempfile::tempdir().unwrap();
}

/// CSV.
pub fn csv(bytes: &[u8]) {
    table("table.csv", bytes);
}

/// An object of JSON on each line.
pub fn json_lines(bytes: &[u8]) {
    table("table.jsonl", bytes);
}

/// Parquet.
pub fn parquet(bytes: &[u8]) {
    table("table.parquet", bytes);
}

/// Arrow's formats of files and of streams.
pub fn arrow(bytes: &[u8]) {
    table("table.arrow", bytes);
}

/// CSV in gzip.
pub fn gzip_csv(bytes: &[u8]) {
    packed("table.csv.gz", bytes);
}

/// CSV in zstd.
pub fn zstd_csv(bytes: &[u8]) {
    packed("table.csv.zst", bytes);
}

/// A data schema in YAML.
pub fn schema(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    // The reader of plimsoll-config, which a schema comes through, takes no aliases either.
    let options = serde_saphyr::options! { budget: serde_saphyr::budget! { max_aliases: 0 } };
    let read = serde_saphyr::from_str_with_options::<Value>(text, options);
    let Ok(value) = read else { return };
    match TableSchema::from_value(&value) {
        Ok(schema) => {
            for environment in schema.environments.names() {
                assert_eq!(held(GAPS, &schema, Some(environment)).rows, 6);
            }
        }
        Err(SchemaError(mistakes)) => {
            assert!(!mistakes.is_empty());
            for mistake in &mistakes {
                let Some(within) = &mistake.within else { continue };
                let key = |key: &String| format!("/{}", key.replace('~', "~0").replace('/', "~1"));
                let meant = value.pointer(&mistake.at.iter().map(key).collect::<String>());
                let length = meant.and_then(Value::as_str).map(|text| text.chars().count());
                assert!(length.is_some_and(|length| within.start <= length), "{mistake:?}");
            }
        }
    }
}

/// An expression of a rule about rows.
pub fn expression(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    // Behind a comment the closing bracket needs a line of its own.
    let (no, slow) = (format!("!(\n{text}\n)"), format!("[(\n{text}\n)].all(q, q)"));
    let of = |checks: &[(&str, &str)]| {
        let check = |(name, text): &(&str, &str)| json!({ "name": name, "expression": text });
        let checks: Vec<Value> = checks.iter().map(check).collect();
        TableSchema::from_value(&json!({ "columns": columns(), "checks": checks }))
    };
    let Ok(alone) = of(&[("yes", text)]) else { return };
    held(GAPS, &alone, None);
    if let Ok(both) = of(&[("yes", text), ("no", &no)]) {
        let checked = held(GAPS, &both, None);
        let [yes, no] = ["yes", "no"].map(|name| Said::of(&checked, name));
        assert_eq!(yes.unevaluated, no.unevaluated, "{checked:?}");
        let judged = yes.judged.or(no.judged).unwrap_or(0);
        assert_eq!(yes.broken + no.broken, judged, "{checked:?}");
    }
    // Row by row, where no cell is empty, it is as with whole columns.
    if let Ok(both) = of(&[("yes", text), ("slow", &slow)]) {
        let checked = held(FILLED, &both, None);
        let [yes, slow] = ["yes", "slow"].map(|name| Said::of(&checked, name));
        assert_eq!(yes, slow, "{checked:?}");
    }
}

/// A stored profile, or the JSON in one.
pub fn profile(bytes: &[u8]) {
    let packed;
    let stored = if bytes.starts_with(&ZSTD) {
        bytes
    } else {
        packed = in_zstd(bytes);
        &packed
    };
    let Some(profile) = in_file("table.profile", stored, |path, _| Profile::read(path).ok()) else {
        return;
    };
    look_at(&profile);
    profile.to_bytes().unwrap();
    let mut twice = profile.clone();
    twice.merge(profile.clone()).unwrap();
    assert_eq!(twice.rows(), 2 * profile.rows());
    look_at(&twice);
    let options = drift::Options { threads: NonZeroUsize::MIN, ..drift::Options::default() };
    let sides = [profile, twice].map(|side| Given::profiled("side", side));
    _ = drift(&sides[0], &sides[1], &options);
    _ = drift(&sides[1], &sides[0], &options);
}

/// Stored digests of training data.
pub fn digests(bytes: &[u8]) {
    compared(bytes);
    if let Some(mended) = mended(bytes) {
        compared(&mended);
    }
}

/// A table that has cells of all types, some of them empty.
const GAPS: &str = "a,b,x,y,s,t,p,day,at
1,3,0.5,0.5,abc,b,true,2012-02-29,2012-02-29T13:30:00.25Z
2,0,2,1,äb,ä,false,1970-01-01,1970-01-01T00:00:00
9223372036854775807,-1,-1e300,-0,z,zz,true,1969-12-31,2024-12-31T23:59:59Z
-9223372036854775808,,,1e300,,\"\u{1f600} \"\"q\"\"\",,9999-12-31,
,,,,,,,,
7,7,7,7.5,7,2011-01-01,false,0001-01-01,0001-01-01T00:00:00Z
";

/// The same without rows in which a cell is empty.
const FILLED: &str = "a,b,x,y,s,t,p,day,at
1,3,0.5,0.5,abc,b,true,2012-02-29,2012-02-29T13:30:00.25Z
2,0,2,1,äb,ä,false,1970-01-01,1970-01-01T00:00:00
9223372036854775807,-1,-1e300,-0,z,zz,true,1969-12-31,2024-12-31T23:59:59Z
7,7,7,7.5,7,2011-01-01,false,0001-01-01,0001-01-01T00:00:00Z
";

/// What those tables look like.
fn columns() -> Value {
    let of = |kind: &str| json!({ "type": kind, "nullable": true });
    json!({
        "a": of("integer"), "b": of("integer"), "x": of("number"), "y": of("number"),
        "s": of("string"), "t": of("string"), "p": of("boolean"), "day": of("date"),
        "at": of("timestamp"),
    })
}

/// What is said of a rule about rows.
#[derive(Debug, Default, PartialEq)]
struct Said {
    broken: u64,
    unevaluated: u64,
    /// How many rows were judged, where it is said.
    judged: Option<u64>,
}

impl Said {
    fn of(checked: &Checked, name: &str) -> Self {
        let mut said = Self::default();
        for (finding, affected) in checked.findings.iter().zip(&checked.affected) {
            let Some(affected) = affected else { continue };
            if finding.subject.as_deref() != Some(name) {
                continue;
            }
            if finding.code == code::CHECK {
                (said.broken, said.judged) = (affected.count, Some(affected.of));
            } else if finding.code == code::NOT_EVALUATED {
                said.unevaluated = affected.count;
            }
        }
        said
    }
}

/// Holds a table against a schema.
fn held(table: &str, schema: &TableSchema, environment: Option<&str>) -> Checked {
    in_file("held.csv", table.as_bytes(), |path, folder| {
        let options = Options {
            environment: environment.map(str::to_owned),
            clock: Some(Timestamp::from_millis(1_350_000_000_000)),
            base: folder.to_owned(),
            ..Options::new("table.csv", folder)
        };
        let checked = validate(path, schema, &options).unwrap();
        assert_eq!(checked.findings.len(), checked.affected.len());
        checked
    })
}

/// Hands on the path of a file that holds `bytes`, and the folder that it is in.
fn in_file<T>(name: &str, bytes: &[u8], take: impl FnOnce(&Path, &Path) -> T) -> T {
    FOLDER.with(|folder| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        take(&path, folder.path())
    })
}

/// Compresses bytes, at less cost than the stream does that profiles are written with.
fn in_zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, 1).unwrap()
}

/// Reads a table, and does what is done with tables where it is small.
fn table(name: &str, bytes: &[u8]) {
    in_file(name, bytes, |path, folder| {
        let [read, of_stream] = read(bytes, path, folder);
        // Content decides, so that any name may be that of a compressed table.
        let is_packed = bytes.starts_with(&ZSTD) || bytes.starts_with(&GZIP);
        assert!(
            read == of_stream || is_packed && are_broken(&[&read, &of_stream]),
            "a stream is read as a file is"
        );
        if read.end != End::Rest && read.is_small() {
            describe(&Tables::file(path), &read, path, folder);
        }
    });
}

/// Reads a compressed table.
fn packed(name: &str, bytes: &[u8]) {
    in_file(name, bytes, |path, folder| {
        let both = read(bytes, path, folder);
        assert!(
            both[0] == both[1] || are_broken(&[&both[0], &both[1]]),
            "a stream is read as a file is"
        );
    });
}

/// Whether all were refused: how much is unpacked before damage, which is said, depends on how many bytes
/// come at once.
fn are_broken(reads: &[&Read]) -> bool {
    reads.iter().all(|read| matches!(read.end, End::Error(_)))
}

/// Reads a table from a file and from a stream.
fn read(bytes: &[u8], path: &Path, folder: &Path) -> [Read; 2] {
    let stream = Cursor::new(bytes.to_vec());
    let stream = Tables::stream(&path.display().to_string(), stream, folder);
    [Tables::file(path), stream].map(|tables| Read::of(&tables))
}

/// How reading ended.
#[derive(Debug, PartialEq)]
enum End {
    /// At the end.
    Whole,
    /// There is more than is looked at.
    Rest,
    /// It cannot be read, or not on.
    Error(String),
}

/// What was read.
#[derive(PartialEq)]
struct Read {
    format: Option<Format>,
    columns: Vec<Field>,
    batches: Vec<Vec<ArrayRef>>,
    /// How many sound rows there are.
    rows: usize,
    /// What was wrong, in words.
    damage: String,
    end: End,
}

impl Read {
    fn of(tables: &Tables) -> Self {
        let mut read = Self {
            format: None,
            columns: Vec::new(),
            batches: Vec::new(),
            rows: 0,
            damage: String::new(),
            end: End::Whole,
        };
        if let Err(error) = read.fill(tables) {
            read.end = End::Error(error.to_string());
        }
        read
    }

    fn fill(&mut self, tables: &Tables) -> Result<(), plimsoll_data::ReadError> {
        let mut table = tables.open()?;
        self.format = Some(table.format());
        self.columns = table.columns().to_vec();
        let every: Vec<usize> = (0..self.columns.len()).collect();
        let passes = table.passes(&[], &every)?;
        assert_eq!(passes.concat().len(), every.len());
        let mut line = 0;
        while let Some(batch) = table.next_batch()? {
            assert_eq!(batch.first, self.rows as u64);
            assert_eq!(batch.columns.len(), self.columns.len());
            for cells in &batch.columns {
                assert_eq!(cells.len(), batch.rows);
            }
            for row in 0..batch.rows {
                let place = batch.place(row);
                let next = place.line().or(place.row()).unwrap();
                assert!(line < next, "rows come in order");
                line = next;
            }
            self.rows += batch.rows;
            self.batches.push(batch.columns);
            if self.cells() > MOST_CELLS {
                self.end = End::Rest;
                break;
            }
        }
        for finding in table.damage() {
            writeln!(self.damage, "{} {}", finding.code, finding.message).unwrap();
        }
        let is_sound = self.damage.is_empty() && self.end == End::Whole;
        assert!(self.rows as u64 <= table.rows());
        assert!(!is_sound || self.rows as u64 == table.rows());
        Ok(())
    }

    fn cells(&self) -> usize {
        self.rows * self.columns.len().max(1)
    }

    fn is_small(&self) -> bool {
        // Of what was allocated for cells, more or less may be in use.
        let of_cells =
            |cells: &ArrayRef| cells.to_data().get_slice_memory_size().unwrap_or(SMALL[2] + 1);
        let bytes = self.batches.iter().flatten().map(of_cells);
        let sizes = [self.columns.len(), self.cells(), bytes.sum()];
        sizes.iter().zip(SMALL).all(|(size, most)| *size <= most)
    }
}

/// Holds what else is said of a table against what was read of it.
fn describe(tables: &Tables, read: &Read, path: &Path, folder: &Path) {
    let rows = read.rows as u64;
    let is_whole = read.end == End::Whole;
    let is_sound = is_whole && read.damage.is_empty();
    let options = profile::Options { threads: NonZeroUsize::MIN, ..profile::Options::default() };
    if let Ok(found) = profile::profile(tables, &options) {
        assert!(is_whole);
        assert_eq!(found.profile.rows(), rows);
        assert_eq!(found.damage.is_empty(), is_sound);
        look_at(&found.profile);
    }
    if let Ok(table) = tables.open() {
        let every: Vec<usize> = (0..read.columns.len()).collect();
        let parts = table.into_parts(&every, Strings::Dictionaries);
        let mut left = rows;
        for mut part in parts.into_iter().flatten() {
            while let Ok(Some(batch)) = part.next_batch() {
                left = left.saturating_sub(batch.rows as u64);
            }
        }
        assert!(!is_whole || left == 0, "parts have the rows of the whole");
    }
    if let Ok(columns) = read_columns(path, Wanted::All) {
        assert!(is_sound);
        assert_eq!(columns.num_rows(), read.rows);
    }
    let options = Options::new("table", folder);
    if let Ok(proposal) = propose(tables, &options) {
        assert!(is_sound);
        let yaml = proposal.to_string();
        let value: Value = serde_saphyr::from_str(&yaml).unwrap();
        let schema = TableSchema::from_value(&value).unwrap();
        assert!(schema == proposal.schema, "{yaml}");
        let checked = validate(tables, &schema, &options).unwrap();
        assert_eq!(checked.findings, proposal.findings, "{yaml}");
        assert_eq!(checked.rows, rows);
    }
    let mut options = integrity::Options::new("table", folder);
    let mut names = read.columns.iter().map(|field| field.name.clone());
    options.roles = Roles {
        index: names.next().into_iter().collect(),
        label: names.next(),
        time: names.next(),
        ..Roles::default()
    };
    let demand = Demand::default();
    let Ok((checked, kept)) = integrity::check_and_keep(tables, &options, &demand, None) else {
        return;
    };
    assert!(checked.rows >= rows);
    if let Some(reference) = kept {
        assert!(is_sound);
        integrity::check(tables, &options, &demand, Some(&reference)).unwrap();
    }
}

/// Reads a profile as it would be stored, and calls for all that can be known from one.
fn look_at(profile: &Profile) {
    let json = serde_json::to_string(profile).unwrap();
    let bytes = in_zstd(json.as_bytes());
    let again = in_file("again.profile", &bytes, |path, _| Profile::read(path).unwrap());
    assert!(serde_json::to_string(&again).unwrap() == json, "it is read as it was written");
    serde_json::to_string(&profile.summary()).unwrap();
    profile.associations();
    for (at, column) in profile.columns().iter().enumerate() {
        profile.target(column.name());
        profile.correlation(0, at);
        column.distinct();
        column.values();
        for numbers in column.numbers().into_iter().chain(column.all_numbers()) {
            numbers.frequent();
            numbers.tails(1);
            numbers.quantile(0.5);
        }
        if let Some(instants) = column.instants() {
            instants.days();
            instants.gaps();
        }
    }
}

/// Compares a table with digests of others.
fn compared(bytes: &[u8]) {
    let reference = in_file("train.digests", bytes, |path, _| Reference::read(path));
    let Ok(reference) = reference else { return };
    in_file("people.csv", PEOPLE.as_bytes(), |path, folder| {
        let mut options = integrity::Options::new("people.csv", folder);
        options.roles = Roles {
            index: vec!["id".to_owned()],
            label: Some("left".to_owned()),
            time: Some("day".to_owned()),
            ..Roles::default()
        };
        let tables = Tables::file(path);
        let checked = integrity::check(&tables, &options, &Demand::default(), Some(&reference));
        // Digests whose checksum is right may still be none, which is said.
        if let Ok(checked) = checked {
            assert_eq!(checked.rows, 3);
        }
    });
}

/// A table like the one that the seeds are digests of.
const PEOPLE: &str = "id,day,age,city,left
p1,2024-01-01,20,Oslo,no
p2,2024-02-01,21,Rome,yes
p3,2025-03-01,22,Bonn,perhaps
";

/// Puts lengths and a checksum right, so that what is behind them is read.
fn mended(bytes: &[u8]) -> Option<Vec<u8>> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
    let mut header: Value = serde_json::from_slice(line).ok()?;
    let whole = rest.len() as u64;
    let first = match header.get_mut("index").and_then(|index| index.get_mut("digests")) {
        None => whole,
        Some(second) => {
            *second.get_mut("bytes")? = whole.div_ceil(2).into();
            whole / 2
        }
    };
    *header.get_mut("digests")?.get_mut("bytes")? = first.into();
    *header.get_mut("crc32")? = crc32fast::hash(rest).into();
    let mut mended = serde_json::to_vec(&header).ok()?;
    mended.push(b'\n');
    mended.extend(rest);
    Some(mended)
}
