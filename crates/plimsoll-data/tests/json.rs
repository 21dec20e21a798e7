//! JSON lines, sound and spoilt.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

use std::fs;
use std::io::Cursor;

use arrow::util::display::array_value_to_string;
use plimsoll_data::{
    Format, Options, Table, TableSchema, Tables, Wanted, propose, read_columns, validate,
};
use serde_json::json;

fn table(text: &[u8]) -> Table {
    let stream = Cursor::new(text.to_vec());
    Tables::stream("-", stream, &std::env::temp_dir()).open().unwrap()
}

fn refused(text: &[u8]) -> String {
    let stream = Cursor::new(text.to_vec());
    Tables::stream("-", stream, &std::env::temp_dir()).open().map(|_| ()).unwrap_err().to_string()
}

/// Returns the columns, each row with its place and what its cells are, then what was wrong.
fn read(mut table: Table) -> String {
    let names: Vec<_> = table.columns().iter().map(|field| field.name.clone()).collect();
    let mut lines = vec![names.join(" | ")];
    while let Some(batch) = table.next_batch().unwrap() {
        for row in 0..batch.rows {
            let cells = batch.columns.iter().enumerate().map(|(at, cells)| {
                let text = array_value_to_string(cells, row).unwrap();
                let kind = batch.kind(at, row).unwrap();
                if cells.is_null(row) { "empty".to_owned() } else { format!("{text} ({kind})") }
            });
            let cells: Vec<_> = cells.collect();
            lines.push(format!("{}: {}", batch.place(row), cells.join(" | ")));
        }
    }
    lines.push(format!("{} rows", table.rows()));
    for finding in table.damage() {
        let line = finding.line.unwrap_or_default();
        lines.push(format!("{}:{line} {}", finding.code, finding.message));
    }
    lines.join("\n")
}

#[test]
fn keys_are_columns_wherever_they_stand() {
    let text = b"\xef\xbb\xbf{\"id\": 1, \"sky\": \"cl\\u00e9ar \\\"a\\\"\"}\r\n\n\
                 {\"sky\":null,\"more\":{\"a\": [1, \"x\"]},\"id\":\"2\"}\n\
                 {}\n  {\"\\u0069d\":-1.50e3,\"more\":true,\"sky\":\"\"}";
    let table = table(text);
    assert_eq!(table.format(), Format::Json);
    insta::assert_snapshot!(read(table), @r#"
    id | sky | more
    line 1: 1 (number) | cléar "a" (string) | empty
    line 3: 2 (string) | empty | {"a": [1, "x"]} (object or array)
    line 4: empty | empty | empty
    line 5: -1.50e3 (number) |  (string) | true (boolean)
    4 rows
    "#);
}

#[test]
fn columns_that_are_not_wanted_are_not_read() {
    let mut table = table(b"{\"a\":1,\"b\":2,\"c\":3}\n{\"c\":4}\n");
    table.project(&[2, 0]);
    let batch = table.next_batch().unwrap().unwrap();
    assert_eq!(batch.columns[0].len(), 2);
    assert_eq!(array_value_to_string(&batch.columns[0], 1).unwrap(), "4");
    assert!(batch.columns[1].is_null(1));
}

#[test]
fn damaged_lines_are_told_apart() {
    let lines: [&[u8]; 12] = [
        b"{\"a\":1,\"b\":2}",
        b"{\"a\":1,\"a\":1}",
        b"[1,2]",
        b"{\"a\":1,\"b\":2",
        b"{\"a\":01}",
        b"{\"a\":\"\xe9\"}",
        b"{\"a\":\"\\ud83d\"}",
        b"{\"a\":1e999}",
        b"a,b",
        b"{\"a\":\"\t\"}",
        b"{\"a\":1} {\"a\":2}",
        b"{\"a\":3",
    ];
    let deep = [b"{\"a\":", "[".repeat(200).as_bytes(), "]".repeat(200).as_bytes(), b"}"].concat();
    let text = [lines[..11].join(&b'\n'), deep, lines[11].to_vec()].join(&b'\n');
    insta::assert_snapshot!(read(table(&text)), @r"
    a | b
    line 1: 1 (number) | 2 (number)
    13 rows
    data.encoding:6 1 of 13 rows (7.7 %) are not UTF-8, for example line 6: 0xe9 at byte 62
    data.truncated:13 the file ends in the middle of a row: line 13: the last line has no line end (a comma or `}` expected at byte 7)
    data.syntax:4 6 of 13 rows (46.2 %) are no JSON, for example line 4: a comma or `}` expected at byte 13, line 5: a comma or `}` expected at byte 7, line 7: a whole character (two halves) expected at byte 7, line 9: a value expected at byte 1, line 10: an escape like `\n` expected at byte 7
    data.syntax:3 1 of 13 rows (7.7 %) are no objects of JSON, for example line 3
    data.syntax:2 1 of 13 rows (7.7 %) have a key twice, for example line 2: `a`
    data.syntax:12 1 of 13 rows (7.7 %) have more values in each other than are read, for example line 12
    data.syntax:8 1 of 13 rows (7.7 %) have a number that does not fit in 64 bits, for example line 8
    ");
}

#[test]
fn a_key_that_comes_late_is_never_dropped() {
    let mut text = "{\"a\":1}\n".repeat(8192);
    text += "{\"a\":2}\n{\"a\":3,\"late\":1}\n{\"b\":4}\n{\"a\":5}\n";
    let mut table = table(text.as_bytes());
    let mut rows = 0;
    while let Some(batch) = table.next_batch().unwrap() {
        rows += batch.rows;
    }
    assert_eq!((rows, table.rows()), (8194, 8196));
    let said: Vec<_> = table.damage().into_iter().map(|one| one.message).collect();
    insta::assert_snapshot!(said.join("\n"), @"2 of 8,196 rows (< 0.1 %) have a key that none of the first rows has, for example line 8194: `late`, line 8195: `b`; the keys of the first 8,192 rows are the columns");
}

#[test]
fn what_is_no_json_lines_is_refused() {
    insta::assert_snapshot!(refused(b"{\n  \"a\": 1\n}\n"), @"- cannot be read as a table: line 1 is no object of JSON (a key in quotes expected at byte 2); one is expected on each line (JSON lines)");
    insta::assert_snapshot!(refused(b"{}\n{}\n"), @"- cannot be read as a table: its objects have no keys");
    insta::assert_snapshot!(refused(&[b"{\"a\":\"".to_vec(), vec![b'x'; 5 << 20]].concat()), @"- cannot be read as a table: line 1 is longer than 4194304 bytes");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.json");
    for (text, expected) in [
        ("[{\"a\":1}]", "it is an array of JSON; write an object on each line (JSON lines)"),
        ("\n\n", "there is nothing but blank lines"),
    ] {
        fs::write(&path, text).unwrap();
        let error = Table::open(&path).map(|_| ()).unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }
    let path = folder.path().join("data.csv");
    fs::write(&path, "{a},b\n1,2\n").unwrap();
    assert_eq!(Table::open(&path).unwrap().format(), Format::Csv);
}

#[test]
fn a_line_that_is_too_long_ends_reading() {
    let text = [b"{\"a\":1}\n{\"a\":\"".to_vec(), vec![b'x'; 5 << 20], b"\"}\n".to_vec()].concat();
    insta::assert_snapshot!(read(table(&text)), @r"
    a
    line 1: 1 (number)
    2 rows
    data.syntax:2 the file cannot be read to its end: line 2: the line is longer than 4,194,304 bytes
    ");
}

#[test]
fn text_is_no_number_and_a_number_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.jsonl");
    let text = "{\"id\":1,\"name\":\"a\",\"ok\":true,\"day\":\"2011-01-01\"}\n\
                {\"id\":\"1\",\"name\":2,\"ok\":\"true\",\"day\":20110101}\n\
                {\"id\":3,\"name\":[\"c\"],\"ok\":null,\"day\":\"2011-01-03\"}\n\
                {\"id\":1,\"name\":\"1\",\"ok\":false,\"day\":\"2011-01-04\"}\n";
    fs::write(&path, text).unwrap();
    let schema = TableSchema::from_value(&json!({
        "unique": [["id"]],
        "columns": {
            "id": { "type": "integer" },
            "name": { "type": "string" },
            "ok": { "type": "boolean" },
            "day": { "type": "date" },
        },
    }));
    let checked = validate(&path, &schema.unwrap(), &Options::new("data", folder.path())).unwrap();
    let said: Vec<_> = checked.findings.into_iter().map(|one| one.message).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    column `id` holds no integer in 1 of 4 rows (25 %), for example line 2: "1"
    column `name` holds no string in 2 of 4 rows (50 %), for example line 2: 2, line 3: ["c"]
    column `ok` holds no boolean in 1 of 4 rows (25 %), for example line 2: "true"
    column `ok` is empty in 1 of 4 rows (25 %), for example line 3
    column `day` holds no date in 1 of 4 rows (25 %), for example line 2: 20110101
    column `id` repeats an earlier row in 1 of 4 rows (25 %), for example line 4: 1 (as in line 1)
    "#);
    let error = propose(&path, &Options::new("data", folder.path())).unwrap_err().to_string();
    assert_eq!(error, "data: column 1 (`id`) holds nested values, or values of several kinds");
}

#[test]
fn types_are_proposed_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.jsonl");
    let text = "{\"id\":1,\"code\":\"07\",\"ok\":true,\"at\":\"2011-01-01T10:00\",\"x\":1.5}\n\
                {\"id\":2,\"code\":\"08\",\"ok\":false,\"at\":\"2011-01-02T10:00\",\"x\":2}\n";
    fs::write(&path, text).unwrap();
    let proposal = propose(&path, &Options::new("data", folder.path())).unwrap();
    assert_eq!(proposal.findings, []);
    insta::assert_snapshot!(proposal.to_string(), @r"
    # Proposed from data (2 rows, 5 columns): what holds for every row. Tighten what is known
    # better, and mark columns that give the target away with `leaks: true`.
    rows: { min: 1 }                                              # half of 2
    unique: [[id]]
    columns:
      id: { type: integer, min: 0 }                               # 1 to 2
      code: { type: string }                                      # 2 values
      ok: { type: boolean }
      at: { type: timestamp }                                     # 2011-01-01T10:00:00 to 2011-01-02T10:00:00
      x: { type: number, min: 0 }                                 # 1.5 to 2
    additional: false
    ");
    let read = read_columns(&path, Wanted::All).unwrap();
    let types: Vec<_> =
        read.columns().iter().map(|column| column.data_type().to_string()).collect();
    assert_eq!(types, ["Int64", "Utf8", "Boolean", "Timestamp(µs)", "Float64"]);
}

#[test]
fn several_files_have_the_keys_of_all() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("1.jsonl"), "{\"a\":1}\n").unwrap();
    fs::write(folder.path().join("2.jsonl"), "{\"b\":2}\n{\"a\":3}\n").unwrap();
    let tables = Tables::find(&["."], folder.path(), folder.path()).unwrap();
    let first = read(tables.open().unwrap());
    insta::assert_snapshot!(first, @r"
    a | b
    line 1 of ./1.jsonl: 1 (number) | empty
    line 1 of ./2.jsonl: empty | 2 (number)
    line 2 of ./2.jsonl: 3 (number) | empty
    3 rows
    ");
    assert_eq!(read(tables.open().unwrap()), first, "again");
}
