//! Files that nobody wants to read, and what is said about them.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

use std::fs;

use plimsoll_data::{Options, TableSchema, validate};
use serde_json::{Value, json};

fn schema() -> TableSchema {
    TableSchema::from_value(&json!({
        "rows": { "min": 2, "max": 4 },
        "unique": [["id"]],
        "columns": {
            "id": { "type": "integer", "min": 1 },
            "temp": { "type": "number", "min": 0, "max": 1 },
            "sky": { "type": "string", "values": ["clear", "mist"] },
        },
    }))
    .unwrap()
}

/// Returns the findings of a file, one per line.
fn says(bytes: impl AsRef<[u8]>) -> String {
    says_of(bytes, &schema())
}

fn says_of(bytes: impl AsRef<[u8]>, schema: &TableSchema) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    fs::write(&path, bytes).unwrap();
    let checked = validate(&path, schema, &Options::new("data.csv", folder.path())).unwrap();
    let lines = checked.findings.iter().map(|finding| {
        let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("{}{line} {}", finding.code, finding.message)
    });
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() { "valid".to_owned() } else { lines.join("\n") }
}

#[test]
fn what_is_right_is_valid() {
    let text = "id,temp,sky\n1,0.5,clear\n2,1,mist\n";
    let variants = [
        text.to_owned(),
        text.trim_end().to_owned(),
        format!("\u{feff}{text}"),
        text.replace('\n', "\r\n"),
        text.replace(',', ";"),
        text.replace(',', "\t"),
        text.replace("clear", "\"clear\""),
        format!("{text}\n\n"),
    ];
    for variant in variants {
        assert_eq!(says(&variant), "valid", "{variant:?}");
    }
}

#[test]
fn cells_that_break_a_rule_are_counted_and_shown() {
    insta::assert_snapshot!(says("id,temp,sky\n1,9.84,clear\n2,,\"f\u{1b}og\"\n2,nan,mist\nx,-2,mist\n1,inf,\n"), @r#"
    data.type:5 column `id` holds no integer in 1 of 5 rows (20 %), for example line 5: "x"
    data.missing-values:3 column `temp` is empty in 1 of 5 rows (20 %), for example line 3
    data.not-finite:4 column `temp` is not finite in 2 of 5 rows (40 %), for example line 4: nan, line 6: inf
    data.range:5 column `temp` is below 0 in 1 of 5 rows (20 %), for example line 5: -2
    data.range:2 column `temp` is above 1 in 2 of 5 rows (40 %), for example line 2: 9.84, line 6: inf
    data.missing-values:6 column `sky` is empty in 1 of 5 rows (20 %), for example line 6
    data.values:3 column `sky` is none of "clear", "mist" in 1 of 5 rows (20 %), for example line 3: "f\u{1b}og"
    data.rows there are 5 rows, at most 4 accepted
    data.unique:4 column `id` repeats an earlier row in 2 of 5 rows (40 %), for example line 4: 2 (as in line 3), line 6: 1 (as in line 2)
    "#);
}

#[test]
fn columns_are_matched_by_name() {
    insta::assert_snapshot!(says("id,tmp,sky\n1,0.5,clear\n2,0.5,clear\n"), @"
    data.column-missing column `temp` (number) is missing; was it renamed to `tmp`?
    data.column-unknown column `tmp` is not in the schema
    ");
    insta::assert_snapshot!(says("id,temp,temp,sky,,note\n1,0.5,0.5,clear,,\n2,0.5,0.5,clear,,\n"), @"
    data.column-repeated 2 columns share the name `temp`
    data.column-unknown column 5 has no name
    data.column-unknown column `note` is not in the schema
    ");
}

#[test]
fn what_the_schema_leaves_open_is_accepted() {
    let column = |more: Value| {
        let mut rule = json!({ "type": "integer", "min": 1 });
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rule
    };
    let schema = |additional| {
        let columns = json!({
            "id": column(json!({})),
            "gap": column(json!({ "nullable": true })),
            "gone": column(json!({ "optional": true })),
        });
        let value = json!({ "columns": columns, "additional": additional });
        TableSchema::from_value(&value).unwrap()
    };
    let text = "note,gap,id\nx,,1\ny,\"\",2\n";
    assert_eq!(says_of(text, &schema(true)), "valid");
    let expected = "data.column-unknown column `note` is not in the schema";
    assert_eq!(says_of(text, &schema(false)), expected);
}

#[test]
fn a_key_is_one_in_many_rows_even_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data file.csv");
    let schema = json!({ "unique": [["a", "b"]], "columns": { "a": { "type": "integer" }, "b": { "type": "string" } } });
    let schema = TableSchema::from_value(&schema).unwrap();
    let options = Options { memory: 1, ..Options::new("data file.csv", folder.path()) };
    let row = |row: u32| format!("{},b{}\n", row / 7, row % 7);
    let text = "a,b\n".to_owned() + &(0..20_000).map(row).collect::<String>();
    fs::write(&path, &text).unwrap();
    assert_eq!(validate(&path, &schema, &options).unwrap().findings, []);
    fs::write(&path, text + "0099,b6\n2856,b7\n2857,b0\n").unwrap();
    let checked = validate(&path, &schema, &options).unwrap();
    let expected = "columns `a`, `b` repeat an earlier row in 2 of 20,003 rows (< 0.1 %), for \
                    example line 20002: 0099, b6 (as in line 701), line 20004: 2857, b0 (as in line 20001)";
    let messages: Vec<_> = checked.findings.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(messages, [expected]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left on disk");
}

#[test]
fn the_next_command_can_be_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    fs::write(&path, "id\n1\n").unwrap();
    let checked =
        validate(&path, &schema(), &Options::new("it's data.csv", folder.path())).unwrap();
    let expected = r"plimsoll data schema 'it'\''s data.csv'";
    assert_eq!(checked.findings[0].next.as_deref(), Some(expected));
}

#[test]
fn damaged_rows_are_told_apart() {
    insta::assert_snapshot!(says(b"id,temp,sky\n1,0.5\n2,0.5,cl\xe9ar\n3,0.5,cle\0ar\n\n4,0.5,\"a\"b\n5,0.5,cl\rear\n6,1,mist,\n7,0.5,mist\n"), @"
    data.ragged-row:2 3 of 8 rows (37.5 %) have another number of fields than the header, for example line 2: 2 fields, not 3, line 5: it is blank, not 3 fields, line 8: 4 fields, not 3
    data.encoding:3 1 of 8 rows (12.5 %) are not UTF-8, for example line 3: 0xe9 at byte 26
    data.encoding:4 1 of 8 rows (12.5 %) hold a NUL byte, for example line 4: byte 39
    data.syntax:6 1 of 8 rows (12.5 %) have text behind a closing quote, for example line 6; double the quotes inside
    data.syntax:7 1 of 8 rows (12.5 %) hold a carriage return without a line feed outside quotes, for example line 7; end lines with LF or CRLF
    data.rows there are 8 rows, at most 4 accepted
    ");
    insta::assert_snapshot!(says("id,temp,sky\n1,0.5,clear\n2,0."), @"data.truncated:3 the file ends in the middle of a row: line 3: the last line has 2 of 3 fields and no line end");
    insta::assert_snapshot!(says("id,temp,sky\n1,0.5,clear\n2,0.5,\"clear\n3,1,mist\n"), @"data.truncated:3 the file ends in the middle of a row: line 3: a quote is opened and never closed");
}

#[test]
fn what_is_no_table_is_never_valid() {
    insta::assert_snapshot!(says(""), @"data.empty the file is empty (0 bytes)");
    insta::assert_snapshot!(says("\n"), @"data.unreadable the file cannot be read as a table: its first line is blank; the names of the columns belong there");
    insta::assert_snapshot!(says("id,temp,sky\n"), @"data.empty there are no rows, so nothing could be checked");
    insta::assert_snapshot!(says(b"\xff\xfei\0d\0"), @"data.unreadable the file cannot be read as a table: it is UTF-16, not UTF-8; save it as UTF-8");
    insta::assert_snapshot!(says(b"\x1f\x8b\x08\0\0"), @"data.unreadable the file cannot be read as a table: it is truncated: its gzip stream ends after 0 unpacked bytes");
    insta::assert_snapshot!(says(b"\xfd7zXZ\0\0"), @"data.unreadable the file cannot be read as a table: it is compressed (xz); CSV, JSON lines, Parquet and Arrow are read");
    insta::assert_snapshot!(says(b"id\0,temp"), @"data.unreadable the file cannot be read as a table: the header holds a NUL byte, so this is no text");
    insta::assert_snapshot!(says("id,temp,sky\r1,0.5,clear\r"), @"data.unreadable the file cannot be read as a table: its lines end in a carriage return alone; end them with LF or CRLF");
    insta::assert_snapshot!(says("\"id,temp,sky\n1,2,3\n"), @"data.unreadable the file cannot be read as a table: the header opens a quote that never closes");
    insta::assert_snapshot!(says(b"PAR1"), @"data.unreadable the file cannot be read as a table: it is truncated: it begins like Parquet but has no footer");
    insta::assert_snapshot!(says(b"PAR1\xff\xff\xff\x7fPAR1"), @"data.unreadable the file cannot be read as a table: its footer claims 2,147,483,647 bytes, the file has 12");
    insta::assert_snapshot!(says(b"PAR1aaaa\x04\0\0\0PAR1"), @"data.unreadable the file cannot be read as a table: EOF: Unexpected EOF");
    insta::assert_snapshot!(says(b"PAR1 id,temp,sky and then some"), @"data.unreadable the file cannot be read as a table: it is truncated: it begins like Parquet but has no footer");
}

#[test]
fn a_row_without_end_is_given_up() {
    let endless = format!("id,temp,sky\n1,0.5,clear\n2,0.5,\"{}", "x\n".repeat(3 << 20));
    insta::assert_snapshot!(says(endless), @"data.syntax:3 the file cannot be read to its end: line 3: a quote is opened and not closed within 4,194,304 bytes");
    let wide = format!("id,temp,sky\n{}\n", ",".repeat(5 << 20));
    insta::assert_snapshot!(says(wide), @"data.syntax:2 the file cannot be read to its end: line 2: the line is longer than 4,194,304 bytes");
}
