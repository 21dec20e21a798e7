//! Several files as one table, compressed ones, and streams.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use arrow::util::display::array_value_to_string;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use plimsoll_data::{Format, Options, Strings, Table, TableSchema, Tables, propose, validate};
use serde_json::json;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(text, 1).unwrap()
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let columns = columns.into_iter().map(|(name, column)| (name, column, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// Returns each row with its place, then what was wrong.
fn read(mut table: Table) -> String {
    let mut lines = Vec::new();
    while let Some(batch) = table.next_batch().unwrap() {
        for row in 0..batch.rows {
            let cells = batch.columns.iter().map(|cells| array_value_to_string(cells, row));
            let cells: Result<Vec<_>, _> = cells.collect();
            lines.push(format!("{}: {}", batch.place(row), cells.unwrap().join(" | ")));
        }
    }
    lines.push(format!("{} rows", table.rows()));
    for finding in table.damage() {
        let place = (finding.path.unwrap_or_default(), finding.line.unwrap_or_default());
        lines.push(format!("{} {}:{} {}", finding.code, place.0, place.1, finding.message));
    }
    lines.join("\n")
}

fn find(folder: &Path, names: &[&str]) -> Tables {
    Tables::find(names, folder, folder).unwrap()
}

#[test]
fn compressed_text_is_read_like_text() {
    let text = b"a,b\n1,x\n2,y\n";
    let expected = "line 2: 1 | x\nline 3: 2 | y\n2 rows";
    let halves = [gzip(&text[..7]), gzip(&text[7..])].concat();
    for bytes in [text.to_vec(), gzip(text), zstd(text), halves] {
        let folder = folder(&[("data", &bytes)]);
        let tables = find(folder.path(), &["data"]);
        assert_eq!(read(tables.open().unwrap()), expected);
        assert_eq!(read(tables.open().unwrap()), expected, "again");
        let stream = Tables::stream("-", Cursor::new(bytes.clone()), folder.path());
        let first = stream.open().unwrap();
        assert_eq!(read(stream.open().unwrap()), expected);
        assert_eq!(read(first), expected);
        let once = Tables::stream("-", Cursor::new(bytes), Path::new("/gone")).read_once();
        assert_eq!(read(once.open().unwrap()), expected);
    }
}

#[test]
fn parquet_is_unpacked_and_streamed_into_a_file() {
    let bytes = parquet(vec![("a", Arc::new(Int32Array::from(vec![7, 8])))]);
    let folder = folder(&[("data.parquet.gz", &gzip(&bytes))]);
    let expected = "row 1: 7\nrow 2: 8\n2 rows";
    assert_eq!(read(find(folder.path(), &["data.parquet.gz"]).open().unwrap()), expected);
    let stream = Tables::stream("-", Cursor::new(bytes.clone()), folder.path());
    assert_eq!(read(stream.open().unwrap()), expected);
    assert_eq!(read(stream.open().unwrap()), expected);
    let once = Tables::stream("-", Cursor::new(bytes), folder.path()).read_once();
    assert_eq!(read(once.open().unwrap()), expected);
}

#[test]
fn a_compressed_file_that_is_cut_is_an_error_behind_its_rows() {
    let mut text = b"a\n".to_vec();
    (0..200_000_u32).for_each(|row| writeln!(text, "{}", row.wrapping_mul(2_654_435_761)).unwrap());
    for packed in [gzip(&text), zstd(&text)] {
        let folder = folder(&[("data.csv.gz", &packed[..packed.len() / 2])]);
        let mut table = Table::open(&folder.path().join("data.csv.gz")).unwrap();
        let mut rows = 0;
        let error = loop {
            match table.next_batch() {
                Ok(Some(batch)) => rows += batch.rows,
                Ok(None) => panic!("the end was reached after {rows} rows"),
                Err(error) => break error.to_string(),
            }
        };
        assert!(rows > 50_000, "{rows}");
        assert!(error.contains("it is truncated: its "), "{error}");
    }
}

#[test]
fn columns_are_those_of_the_first_file_in_any_order() {
    let folder = folder(&[
        ("1.csv", b"a,b\n1,x\n,y\n"),
        ("2.csv.gz", &gzip(b"b;a\nz;3\n;4\n")),
        ("3.tsv", b"b\ta\nu\t5\n"),
    ]);
    let expected = "line 2 of 1.csv: 1 | x\nline 3 of 1.csv:  | y\nline 2 of 2.csv.gz: 3 | z\n\
                    line 3 of 2.csv.gz: 4 | \nline 2 of 3.tsv: 5 | u\n5 rows";
    let tables = find(folder.path(), &["1.csv", "2*", "3.tsv"]);
    assert_eq!(read(tables.open().unwrap()), expected);
    assert_eq!(read(tables.open().unwrap()), expected, "again");
    let mut projected = tables.open().unwrap();
    projected.project(&[1]);
    let batch = projected.next_batch().unwrap().unwrap();
    assert_eq!((batch.columns.len(), batch.first), (1, 0));
    assert_eq!(projected.next_batch().unwrap().unwrap().first, 2);
    let parts = tables.open().unwrap().into_parts(&[0], Strings::Plain).unwrap();
    let parts: Vec<_> = parts.into_iter().map(read).collect();
    assert_eq!(parts[2], "line 2 of 3.tsv: 5\n1 rows");
}

#[test]
fn columns_that_differ_are_told_and_never_guessed() {
    let folder = folder(&[
        ("1.csv", b"a,b\n1,x\n"),
        ("2.csv", b"a\n2\n"),
        ("3.csv", b"a,b,c\n3,y,z\n"),
        ("4.csv", b"a,b\n4\n5,w\n"),
    ]);
    insta::assert_snapshot!(read(find(folder.path(), &["*.csv"]).open().unwrap()), @r"
    line 2 of 1.csv: 1 | x
    line 2 of 3.csv: 3 | y
    line 3 of 4.csv: 5 | w
    4 rows
    data.column-missing 2.csv:0 column `b` of 1.csv is missing in 1 of 4 files (2.csv), whose rows are left out
    data.column-unknown 3.csv:0 column `c` is in 1 of 4 files (3.csv), and not in 1.csv
    data.ragged-row 4.csv:2 1 of 4 rows (25 %) have another number of fields than the header, for example line 2 of 4.csv: 1 fields, not 2
    ");
    let parts = find(folder.path(), &["*.csv"]).open().unwrap();
    let parts = parts.into_parts(&[0, 1], Strings::Plain).unwrap();
    let damage: Vec<usize> = parts.iter().map(|part| part.damage().len()).collect();
    assert_eq!(damage, [2, 0, 0], "said once");
}

#[test]
fn types_are_brought_together_where_nothing_is_lost() {
    let text = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
    let folder = folder(&[
        ("1.parquet", &parquet(vec![("a", Arc::new(Int32Array::from(vec![1]))), ("b", text("x"))])),
        (
            "2.parquet",
            &parquet(vec![("b", text("y")), ("a", Arc::new(Int64Array::from(vec![1 << 40])))]),
        ),
        (
            "3.parquet",
            &parquet(vec![("a", Arc::new(Float64Array::from(vec![0.5]))), ("b", text("z"))]),
        ),
    ]);
    let tables = find(folder.path(), &["*.parquet"]);
    insta::assert_snapshot!(read(tables.open().unwrap()), @r"
    row 1 of 1.parquet: 1 | x
    row 1 of 2.parquet: 1099511627776 | y
    2 rows
    data.type 3.parquet:0 column `a` is stored as Float64 in 1 of 3 files (3.parquet), whose rows are left out, and as Int64 in 1.parquet
    ");
    let table = tables.open().unwrap();
    assert_eq!(
        (table.format(), &table.columns()[0].data_type),
        (Format::Parquet, &DataType::Int64)
    );
    let parts = tables.open().unwrap().into_parts(&[1, 0], Strings::Dictionaries).unwrap();
    let parts: Vec<_> = parts.into_iter().map(read).collect();
    assert_eq!(parts[1], "row 1 of 2.parquet: y | 1099511627776\n1 rows");
}

#[test]
fn several_files_are_validated_as_one() {
    let folder = folder(&[
        ("1.csv", b"id,sky\n1,clear\n2,mist\n"),
        ("2.csv", b"sky,id\nfog,3\nclear,1\n"),
        ("3.csv", b"id\n4\n"),
        ("4.csv.gz", &gzip(b"id,sky\n5,clear\n")[..20]),
    ]);
    let schema = TableSchema::from_value(&json!({
        "rows": { "min": 20 },
        "unique": [["id"]],
        "columns": {
            "id": { "type": "integer" },
            "sky": { "type": "string", "values": ["clear", "mist"] },
        },
    }));
    let schema = schema.unwrap();
    let says = |names: &[&str]| {
        let options = Options::new("data", folder.path());
        let checked = validate(find(folder.path(), names), &schema, &options).unwrap();
        let said = checked.findings.into_iter().map(|one| {
            let (path, line) = (one.path.unwrap(), one.line.unwrap_or_default());
            format!("{} {path}:{line} {}", one.code, one.message)
        });
        said.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(says(&["1.csv", "2.csv"]), @r#"
    data.values 2.csv:2 column `sky` is none of "clear", "mist" in 1 of 4 rows (25 %), for example line 2 of 2.csv: "fog"
    data.rows data:0 there are 4 rows, at least 20 expected
    data.unique 2.csv:3 column `id` repeats an earlier row in 1 of 4 rows (25 %), for example line 3 of 2.csv: 1 (as in line 2 of 1.csv)
    "#);
    insta::assert_snapshot!(says(&["1.csv", "3.csv"]), @"data.column-missing 3.csv:0 column `sky` of 1.csv is missing in 1 of 2 files (3.csv), whose rows are left out");
    insta::assert_snapshot!(says(&["1.csv", "4.csv.gz"]), @"data.unreadable 4.csv.gz:0 the file cannot be read as a table: it is truncated: its gzip stream ends after 9 unpacked bytes");
    assert_eq!(
        propose(find(folder.path(), &["1.csv", "2.csv"]), &Options::new("data", folder.path()))
            .unwrap()
            .rows,
        4
    );
}

#[test]
fn forms_are_not_mixed() {
    let bytes = parquet(vec![("a", Arc::new(Int32Array::from(vec![7])))]);
    let folder = folder(&[("1.csv", b"a\n1\n"), ("2.parquet", &bytes)]);
    let error = find(folder.path(), &["."]).open().map(|_| ()).unwrap_err().to_string();
    let error = error.replace(&*folder.path().to_string_lossy(), "FOLDER");
    insta::assert_snapshot!(error, @"FOLDER/./2.parquet cannot be read as a table: it is Parquet, and ./1.csv is CSV; files of one table have one form");
    File::create(folder.path().join("1.csv")).unwrap();
    assert!(
        find(folder.path(), &["."])
            .open()
            .map(|_| ())
            .unwrap_err()
            .to_string()
            .contains("is empty")
    );
}
