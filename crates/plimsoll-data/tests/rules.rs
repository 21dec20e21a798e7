//! What each rule of a schema finds, in text and in Parquet of several row groups.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

use std::fs::{self, File};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::Int32Type;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use plimsoll_core::{Severity, Timestamp};
use plimsoll_data::{Checked, Options, TableSchema, validate};
use serde_json::{Value, json};

/// 2012-01-03T00:00:00Z
const CLOCK: i64 = 1_325_548_800_000;

fn options(folder: &Path) -> Options {
    Options {
        clock: Some(Timestamp::from_millis(CLOCK)),
        base: folder.to_owned(),
        ..Options::new("data.csv", std::env::temp_dir())
    }
}

fn checked(text: &str, schema: &Value) -> Checked {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    fs::write(&path, text).unwrap();
    let schema = TableSchema::from_value(schema).unwrap();
    validate(&path, &schema, &options(folder.path())).unwrap()
}

fn lines(checked: &Checked) -> String {
    assert_eq!(checked.findings.len(), checked.affected.len());
    let line = |finding: &plimsoll_core::Finding| {
        format!("{} {} {}", finding.severity, finding.code, finding.message)
    };
    checked.findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn found(text: &str, schema: &Value) -> String {
    lines(&checked(text, schema))
}

#[test]
fn texts_are_held_against_pattern_length_and_values() {
    let schema = json!({ "columns": {
        "mail": { "type": "string", "pattern": r"[a-z]+@[a-z.]+", "length": { "min": 5, "max": 9 } },
        "sky": { "type": "string", "values": ["clear", "mist"] },
    }});
    let text = "mail,sky\na@b.cd,clear\nä@b.c,mist\na@b,fog\na@b.cdefgh,\n";
    insta::assert_snapshot!(found(text, &schema), @r#"
    error data.pattern column `mail` does not match `[a-z]+@[a-z.]+` in 1 of 4 rows (25 %), for example line 3: "ä@b.c"
    error data.length column `mail` has fewer than 5 characters in 1 of 4 rows (25 %), for example line 4: "a@b"
    error data.length column `mail` has more than 9 characters in 1 of 4 rows (25 %), for example line 5: "a@b.cdefgh"
    error data.missing-values column `sky` is empty in 1 of 4 rows (25 %), for example line 5
    error data.values column `sky` is none of "clear", "mist" in 1 of 4 rows (25 %), for example line 4: "fog"
    "#);
}

#[test]
fn values_of_every_type_are_listed() {
    let schema = json!({ "columns": {
        "n": { "type": "number", "values": [0, 0.5] },
        "b": { "type": "boolean", "values": [true] },
        "d": { "type": "date", "values": ["2012-01-01"] },
        "t": { "type": "timestamp", "values": ["2012-01-01T00:00:00Z"] },
        "i": { "type": "integer", "values": [1, 900] },
    }});
    let text = "n,b,d,t,i\n-0,true,2012-01-01,2012-01-01T01:00+01:00,900\n\
                0.25,false,2012-01-02,2012-01-01T01:00,2\n";
    insta::assert_snapshot!(found(text, &schema), @r"
    error data.values column `n` is none of 0, 0.5 in 1 of 2 rows (50 %), for example line 3: 0.25
    error data.values column `b` is none of true in 1 of 2 rows (50 %), for example line 3: false
    error data.values column `d` is none of 2012-01-01 in 1 of 2 rows (50 %), for example line 3: 2012-01-02
    error data.values column `t` is none of 2012-01-01T00:00:00 in 1 of 2 rows (50 %), for example line 3: 2012-01-01T01:00
    error data.values column `i` is none of 1, 900 in 1 of 2 rows (50 %), for example line 3: 2
    ");
}

#[test]
fn order_is_that_of_filled_cells_across_batches() {
    let column = |monotone: &str| {
        json!({ "columns": { "a": { "type": "integer", "monotone": monotone, "nullable": true },
                             "b": { "type": "integer" } } })
    };
    let text = "a,b\n1,0\n,0\n1,0\n3,0\n2,0\n";
    insta::assert_snapshot!(found(text, &column("increasing")), @"error data.monotone column `a` is not increasing in 1 of 5 rows (20 %), for example line 6: 2 after 3");
    insta::assert_snapshot!(found(text, &column("strictly-increasing")), @"error data.monotone column `a` is not strictly-increasing in 2 of 5 rows (40 %), for example line 4: 1 after 1, line 6: 2 after 3");
    insta::assert_snapshot!(found(text, &column("decreasing")), @"error data.monotone column `a` is not decreasing in 1 of 5 rows (20 %), for example line 5: 3 after 1");
    assert_eq!(found("a,b\n3,0\n2,0\n2,0\n", &column("decreasing")), "");
    let many = "a,b\n".to_owned() + &numbered(0..20_000, ",0");
    assert_eq!(found(&many, &column("strictly-increasing")), "");
    assert!(found(&(many + "7,0\n"), &column("increasing")).ends_with("line 20002: 7 after 19999"));
}

#[test]
fn age_is_that_of_the_newest_value_up_to_the_present() {
    let schema = |of: &str, within: &str| json!({ "columns": { "at": { "type": of, "fresh": { "within": within } } } });
    let date = |day: &str, within: &str| {
        found(&format!("at\n2011-12-01\n{day}\n"), &schema("date", within))
    };
    assert_eq!(date("2012-01-01", "1d"), "");
    // A day that has begun in the far east is not in the future.
    assert_eq!(date("2012-01-03", "1s"), "");
    insta::assert_snapshot!(date("2011-12-31", "1d"), @"error data.fresh column `at` ends at 2011-12-31, 2 days before 2012-01-03T00:00:00; at most 1d accepted");
    insta::assert_snapshot!(date("2013-01-01", "10d"), @"error data.fresh column `at` ends at 2011-12-01, 32 days before 2012-01-03T00:00:00; at most 10d accepted");
    let moment = |at: &str| found(&format!("at\n{at}\n"), &schema("timestamp", "90m"));
    assert_eq!(moment("2012-01-02T22:30Z"), "");
    insta::assert_snapshot!(moment("2012-01-02 22:29:59"), @"error data.fresh column `at` ends at 2012-01-02T22:29:59, 1 hour 30 minutes before 2012-01-03T00:00:00; at most 90m accepted");
    insta::assert_snapshot!(moment("2012-01-04T00:00"), @"error data.not-evaluated the age of column `at` cannot be told: it has no value up to 2012-01-03T00:00:00");
}

#[test]
fn without_a_clock_nothing_is_fresh() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, "at\n2012-01-01\n").unwrap();
    let schema = TableSchema::from_value(&json!({
        "columns": { "at": { "type": "date", "fresh": { "within": "9999d" } } },
        "checks": [{ "name": "past", "expression": "at < now" }],
    }));
    let options = Options::new("data.csv", std::env::temp_dir());
    let checked = validate(file.path(), &schema.unwrap(), &options).unwrap();
    insta::assert_snapshot!(lines(&checked), @r"
    error data.not-evaluated the age of column `at` cannot be told: nobody said what time it is
    error data.not-evaluated check `past` cannot be evaluated: nobody said what time it is
    ");
    assert!(!checked.is_valid());
}

#[test]
fn exceptions_are_allowed_by_rows_and_by_share() {
    let schema = |allow: Value, severity: &str| {
        json!({ "columns": { "a": {
            "type": "integer", "max": 9, "nullable": false, "allow": allow,
            "rules": { "missing-values": { "severity": severity } },
        } } })
    };
    let text = "a\n1\n2\n30\n\"\"\n5\n6\n7\n8\n9\n9\n";
    assert_eq!(found(text, &schema(json!(1), "critical")), "");
    assert_eq!(found(text, &schema(json!("10%"), "critical")), "");
    insta::assert_snapshot!(found(text, &schema(json!(0.09), "info")), @r"
    info data.missing-values column `a` is empty in 1 of 10 rows (10 %), at most 9 % accepted, for example line 5
    error data.range column `a` is above 9 in 1 of 10 rows (10 %), at most 9 % accepted, for example line 4: 30
    ");
    insta::assert_snapshot!(found("a\nx\ny\n", &schema(json!(1), "info")), @r#"error data.type column `a` holds no integer in 2 of 2 rows (100 %), at most 1 row accepted, for example line 2: "x", line 3: "y""#);
}

#[test]
fn severity_decides_whether_a_table_is_valid() {
    let schema = json!({
        "rows": { "min": 5, "severity": "warning" },
        "unique": [{ "columns": ["a"], "severity": "info" }, { "columns": ["b"], "allow": 2 }],
        "columns": {
            "a": { "type": "integer" },
            "b": { "type": "integer" },
            "gone": { "type": "integer", "severity": "warning" },
        },
    });
    let seen = checked("a,b\n1,1\n1,1\n2,1\n", &schema);
    insta::assert_snapshot!(lines(&seen), @r"
    warning data.column-missing column `gone` (integer) is missing
    warning data.rows there are 3 rows, at least 5 expected
    info data.unique column `a` repeats an earlier row in 1 of 3 rows (33.3 %), for example line 3: 1 (as in line 2)
    ");
    assert!(seen.is_valid());
}

#[test]
fn checks_judge_rows_and_say_what_they_looked_at() {
    let schema = |checks: Value| {
        json!({
            "columns": {
                "casual": { "type": "integer", "nullable": true },
                "registered": { "type": "integer" },
                "cnt": { "type": "integer" },
                "note": { "type": "string", "optional": true, "nullable": true },
            },
            "checks": checks,
        })
    };
    let text = "casual,registered,cnt\n3,13,16\n8,32,41\n,5,5\n1,9223372036854775807,2\n0,7,7\n";
    insta::assert_snapshot!(found(text, &schema(json!([
        { "name": "parts", "expression": "casual + registered == cnt", "severity": "warning" },
        { "name": "few", "expression": "cnt < 10", "allow": "50%" },
        { "name": "small", "expression": "cnt < 10", "when": "casual > 0", "allow": 1 },
        { "name": "never", "expression": "cnt < 0", "when": "registered == 0" },
        { "name": "noted", "expression": "note.startsWith('a')" },
        { "name": "noteless", "expression": "note == null" },
        { "name": "divided", "expression": "cnt > 0", "when": "cnt / (cnt - 2) > 0" },
    ]))), @r"
    error data.not-evaluated check `parts` cannot be evaluated in 1 of 5 rows (20 %), for example line 5: a result outgrows 64 bits
    warning data.check check `parts` (casual + registered == cnt) is false in 1 of 3 rows (33.3 %) (1 more with empty cells), for example line 3: casual 8, registered 32, cnt 41
    error data.check check `small` (cnt < 10) is false in 2 of 3 rows (66.7 %), at most 1 row accepted, for example line 2: cnt 16, line 3: cnt 41
    info data.check-idle check `never` judged none of 5 rows: `when` is true of none
    info data.check-idle check `noted` judged none of 5 rows: cells that it looks at are empty in all
    error data.not-evaluated check `divided` cannot be evaluated in 1 of 5 rows (20 %), for example line 5: an integer is divided by 0 in `when`
    ");
}

#[test]
fn a_rule_about_a_column_that_is_not_there_never_passes() {
    let schema = json!({
        "unique": [["a", "b"]],
        "columns": {
            "a": { "type": "integer", "severity": "info" },
            "b": { "type": "integer", "severity": "info", "unique": true },
        },
        "checks": [{ "name": "less", "expression": "a < b" }],
        "references": [{ "columns": ["b"], "file": "other.csv" }],
        "additional": true,
    });
    let seen = checked("a,c\n1,2\n", &schema);
    insta::assert_snapshot!(lines(&seen), @r"
    info data.column-missing column `b` (integer) is missing; was it renamed to `c`?
    error data.not-evaluated `a`, `b` cannot be held unique: column `b` is missing
    error data.not-evaluated `b` cannot be held unique: column `b` is missing
    error data.not-evaluated check `less` cannot be evaluated: column `b` is missing
    error data.not-evaluated `b` cannot be looked for in other.csv: column `b` is missing
    ");
    assert!(!seen.is_valid());
}

#[test]
fn what_belongs_to_training_is_not_expected_in_serving() {
    let schema = TableSchema::from_value(&json!({
        "columns": {
            "x": { "type": "number" },
            "y": { "type": "number", "environments": ["training"] },
        },
        "checks": [{ "name": "up", "expression": "y > x", "environments": ["training"] }],
    }));
    let (folder, schema) = (tempfile::tempdir().unwrap(), schema.unwrap());
    let found = |text: &str, environment: &str| {
        let path = folder.path().join("data.csv");
        fs::write(&path, text).unwrap();
        let environment = Some(environment.to_owned());
        let options = Options { environment, ..options(folder.path()) };
        validate(&path, &schema, &options).map(|checked| lines(&checked))
    };
    assert_eq!(found("x\n1\n", "serving").unwrap(), "");
    assert_eq!(found("x,y\n1,2\n", "training").unwrap(), "");
    insta::assert_snapshot!(found("x,y\n1,0\n", "serving").unwrap(), @"error data.column-unknown column `y` belongs to another environment");
    insta::assert_snapshot!(found("x\n1\n", "training").unwrap(), @r"
    error data.column-missing column `y` (number) is missing
    error data.not-evaluated check `up` cannot be evaluated: column `y` is missing
    ");
    let error = found("x\n1\n", "servin").unwrap_err().to_string();
    assert_eq!(error, "the schema has no environment `servin` (is `serving` meant?)");
}

#[test]
fn keys_are_looked_for_in_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("data.csv", "store,day\n1,2012-01-01\n2,2012-01-01\n07,2012-01-02\n,2012-01-01\n1,x\n");
    write("stores.csv", "id,open\n1,2012-01-01\n7,2012-01-02\n7,2012-01-02\n");
    write("empty.csv", "id,open\n");
    write("ragged.csv", "id,open\n1\n");
    let found = |reference: Value, memory: usize| {
        let schema = json!({
            "columns": {
                "store": { "type": "integer", "nullable": true },
                "day": { "type": "date", "rules": { "type": { "allow": 1 } } },
            },
            "references": [reference],
        });
        let schema = TableSchema::from_value(&schema).unwrap();
        let options = Options { memory, ..options(folder.path()) };
        lines(&validate(&folder.path().join("data.csv"), &schema, &options).unwrap())
    };
    let of = |file: &str, to: &str| json!({ "columns": ["store"], "file": file, "to": [to] });
    insta::assert_snapshot!(found(of("stores.csv", "id"), 64 << 20), @"error data.reference column `store` is not among `id` of stores.csv in 1 of 4 rows (25 %), for example line 3: 2");
    let both = json!({ "columns": ["store", "day"], "file": "stores.csv", "to": ["id", "open"],
                       "allow": "34%" });
    assert_eq!(found(both.clone(), 64 << 20), "");
    let strict = json!({ "columns": ["store", "day"], "file": "stores.csv", "to": ["id", "open"],
                         "severity": "warning" });
    insta::assert_snapshot!(found(strict, 64 << 20), @"warning data.reference columns `store`, `day` are not among `id`, `open` of stores.csv in 1 of 3 rows (33.3 %), for example line 3: 2, 2012-01-01");
    insta::assert_snapshot!(found(of("nowhere.csv", "id"), 64 << 20), @"error data.not-evaluated `store` cannot be looked for in nowhere.csv: it cannot be opened (No such file or directory (os error 2))");
    insta::assert_snapshot!(found(of("stores.csv", "it"), 64 << 20), @"error data.not-evaluated `store` cannot be looked for in stores.csv: it has no column `it`");
    insta::assert_snapshot!(found(of("empty.csv", "id"), 64 << 20), @"error data.not-evaluated `store` cannot be looked for in empty.csv: it has no rows");
    insta::assert_snapshot!(found(of("ragged.csv", "id"), 64 << 20), @"error data.not-evaluated `store` cannot be looked for in ragged.csv: 1 of 1 rows (100 %) have another number of fields than the header, for example line 2: 1 fields, not 2");

    // Many keys are parted, and the answer is the same.
    write("many.csv", &("id\n".to_owned() + &numbered(0..400, "")));
    write("data.csv", &("store,day\n".to_owned() + &numbered(0..800, ",2012-01-01")));
    let (whole, parted) = (found(of("many.csv", "id"), 64 << 20), found(of("many.csv", "id"), 640));
    assert!(whole.contains("in 400 of 800 rows (50 %), for example line 402: 400"), "{whole}");
    assert_eq!(counts(&parted), counts(&whole));
}

/// Returns a line for each number, with `rest` behind it.
fn numbered(numbers: Range<u32>, rest: &str) -> String {
    numbers.fold(String::new(), |lines, number| lines + &number.to_string() + rest + "\n")
}

/// Returns what was counted, without the examples.
fn counts(said: &str) -> &str {
    said.split(", for example").next().unwrap()
}

/// Writes a table in row groups of `group` rows.
fn parquet(path: &Path, rows: usize, group: usize) {
    let row = |row: usize| i64::try_from(row).unwrap();
    let id: Int64Array = (0..rows).map(|at| Some(row(if at == 50 { 7 } else { at }))).collect();
    let x: Float64Array = (0..rows)
        .map(|at| (at % 10 > 0).then_some(f64::from(u16::try_from(at).unwrap()) / 2.0))
        .collect();
    let code: StringArray = (0..rows).map(|at| Some(["a", "bb", "ccc", "ä"][at % 4])).collect();
    let sky: DictionaryArray<Int32Type> =
        (0..rows).map(|at| Some(["fog", "sun"][at % 2])).collect();
    let day: Date32Array =
        (0..rows).map(|at| Some(15_000 + i32::try_from(at / 3).unwrap())).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(id)),
        ("x", Arc::new(x)),
        ("code", Arc::new(code)),
        ("sky", Arc::new(sky)),
        ("day", Arc::new(day)),
    ];
    let columns = columns.into_iter().map(|(name, column)| (name, column, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn row_groups_that_are_read_at_the_same_time_say_what_one_says() {
    let schema = json!({
        "rows": { "max": 99 },
        "unique": [["id"], ["code", "sky", "day"]],
        "columns": {
            "id": { "type": "integer", "monotone": "strictly-increasing", "max": 95 },
            "x": { "type": "number", "max": 48 },
            "code": { "type": "string", "values": ["a", "bb", "ccc"], "length": { "max": 2 },
                      "pattern": "[a-z]+", "monotone": null },
            "sky": { "type": "string", "values": ["sun"] },
            "day": { "type": "date", "monotone": "increasing", "fresh": { "within": "1d" } },
        },
        "checks": [
            { "name": "half", "expression": "x * 2.0 == double(id)" },
            { "name": "sunny", "expression": "sky == 'sun' || code != 'ä'" },
        ],
        "references": [{ "columns": ["sky"], "file": "skies.csv" }],
    });
    let mut schema = schema;
    schema["columns"]["code"].as_object_mut().unwrap().remove("monotone");
    let schema = TableSchema::from_value(&schema).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("skies.csv"), "sky\nfog\n").unwrap();
    let path = folder.path().join("data.parquet");
    let said = |group: usize| {
        parquet(&path, 100, group);
        lines(&validate(&path, &schema, &options(folder.path())).unwrap())
    };
    let whole = said(1000);
    insta::assert_snapshot!(whole, @r#"
    error data.range column `id` is above 95 in 4 of 100 rows (4 %), for example row 97: 96, row 98: 97, row 99: 98, row 100: 99
    error data.monotone column `id` is not strictly-increasing in 1 of 100 rows (1 %), for example row 51: 7 after 49
    error data.missing-values column `x` is empty in 10 of 100 rows (10 %), for example row 1, row 11, row 21, row 31, row 41
    error data.range column `x` is above 48 in 3 of 100 rows (3 %), for example row 98: 48.5, row 99: 49.0, row 100: 49.5
    error data.values column `code` is none of "a", "bb", "ccc" in 25 of 100 rows (25 %), for example row 4: "ä", row 8: "ä", row 12: "ä", row 16: "ä", row 20: "ä"
    error data.pattern column `code` does not match `[a-z]+` in 25 of 100 rows (25 %), for example row 4: "ä", row 8: "ä", row 12: "ä", row 16: "ä", row 20: "ä"
    error data.length column `code` has more than 2 characters in 25 of 100 rows (25 %), for example row 3: "ccc", row 7: "ccc", row 11: "ccc", row 15: "ccc", row 19: "ccc"
    error data.values column `sky` is none of "sun" in 50 of 100 rows (50 %), for example row 1: "fog", row 3: "fog", row 5: "fog", row 7: "fog", row 9: "fog"
    error data.fresh column `day` ends at 2011-02-28, 308 days before 2012-01-03T00:00:00; at most 1d accepted
    error data.rows there are 100 rows, at most 99 accepted
    error data.unique column `id` repeats an earlier row in 1 of 100 rows (1 %), for example row 51: 7 (as in row 8)
    error data.reference column `sky` is not among `sky` of skies.csv in 50 of 100 rows (50 %), for example row 2: sun, row 4: sun, row 6: sun, row 8: sun, row 10: sun
    "#);
    for group in [1, 7, 33, 50] {
        assert_eq!(said(group), whole, "{group} rows a group");
    }
}

#[test]
fn as_many_rows_are_shown_as_are_asked_for() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, "a\n1\n2\n3\n").unwrap();
    let schema = json!({ "columns": { "a": { "type": "integer", "max": 0 } } });
    let schema = TableSchema::from_value(&schema).unwrap();
    for examples in [0, 2, 9] {
        let options = Options { examples, ..options(Path::new("")) };
        let seen = validate(file.path(), &schema, &options).unwrap();
        let affected = seen.affected[0].as_ref().unwrap();
        assert_eq!((affected.count, affected.of), (3, 3));
        assert_eq!(affected.examples.len(), examples.min(3));
        assert_eq!(seen.findings[0].message.contains("for example"), examples > 0);
        assert_eq!(seen.findings[0].severity, Severity::Error);
    }
}
