//! Parquet files, sound and spoilt.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    Float64Array, Int32Array, ListArray, RecordBatch, StringArray, TimestampNanosecondArray,
    UInt64Array,
};
use arrow::datatypes::{DataType, Int32Type, Schema};
use arrow::util::display::array_value_to_string;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use plimsoll_data::{
    Options, Place, Strings, Table, TableSchema, Wanted, column_as_f64, column_as_strings, propose,
    read_columns, validate,
};
use proptest::prelude::*;
use serde_json::json;

fn columns() -> Vec<(&'static str, ArrayRef)> {
    let coded: DictionaryArray<Int32Type> =
        vec![Some("clear"), None, Some("mist")].into_iter().collect();
    let money = Decimal128Array::from(vec![125, 250, 375]).with_precision_and_scale(10, 2).unwrap();
    vec![
        ("id", Arc::new(Int32Array::from(vec![1, 2, 2]))),
        ("day", Arc::new(Date32Array::from(vec![14_975, 14_976, 14_977]))),
        ("at", Arc::new(TimestampNanosecondArray::from(vec![Some(0), None, Some(1_500_000_000)]))),
        ("temp", Arc::new(Float64Array::from(vec![Some(0.5), Some(f64::NAN), Some(9.84)]))),
        ("sky", Arc::new(coded)),
        ("price", Arc::new(money)),
        ("paid", Arc::new(BooleanArray::from(vec![true, false, true]))),
        ("name", Arc::new(StringArray::from(vec!["a", "b", "c"]))),
    ]
}

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, column)| (name, column, true)),
    );
    let batch = batch.unwrap();
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(zstd).build();
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn schema() -> TableSchema {
    TableSchema::from_value(&json!({
        "unique": [["id"], ["id", "day"]],
        "columns": {
            "id": { "type": "integer", "min": 2 },
            "day": { "type": "date", "max": "2011-01-02" },
            "at": { "type": "timestamp", "max": "1970-01-01T00:00:01Z" },
            "temp": { "type": "number", "min": 0, "max": 1 },
            "sky": { "type": "string", "values": ["clear"] },
            "price": { "type": "number", "max": 3 },
            "paid": { "type": "boolean" },
            "name": { "type": "integer" },
        },
    }))
    .unwrap()
}

fn says(path: &Path, schema: &TableSchema) -> String {
    let checked =
        validate(path, schema, &Options::new("data.parquet", std::env::temp_dir())).unwrap();
    let lines = checked.findings.iter().map(|one| format!("{} {}", one.code, one.message));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_type_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    write(&path, columns());
    insta::assert_snapshot!(says(&path, &schema()), @r#"
    data.type column `name` is stored as Utf8, expected integer
    data.range column `id` is below 2 in 1 of 3 rows (33.3 %), for example row 1: 1
    data.range column `day` is above 2011-01-02 in 1 of 3 rows (33.3 %), for example row 3: 2011-01-03
    data.missing-values column `at` is empty in 1 of 3 rows (33.3 %), for example row 2
    data.range column `at` is above 1970-01-01T00:00:01Z in 1 of 3 rows (33.3 %), for example row 3: 1970-01-01T00:00:01.500
    data.not-finite column `temp` is not finite in 1 of 3 rows (33.3 %), for example row 2: NaN
    data.range column `temp` is above 1 in 1 of 3 rows (33.3 %), for example row 3: 9.84
    data.missing-values column `sky` is empty in 1 of 3 rows (33.3 %), for example row 2
    data.values column `sky` is none of "clear" in 1 of 3 rows (33.3 %), for example row 3: "mist"
    data.range column `price` is above 3 in 1 of 3 rows (33.3 %), for example row 3: 3.75
    data.unique column `id` repeats an earlier row in 1 of 3 rows (33.3 %), for example row 3: 2 (as in row 2)
    "#);
}

#[test]
fn every_type_is_proposed_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    write(&path, columns());
    let proposal = propose(&path, &Options::new("data.parquet", folder.path())).unwrap();
    insta::assert_snapshot!(proposal, @"
    # Proposed from data.parquet (3 rows, 8 columns): what holds for every row. Tighten what is known
    # better, and mark columns that give the target away with `leaks: true`.
    # Not valid yet: column `temp` is not finite in 1 of 3 rows (33.3 %), for example row 2: NaN
    rows: { min: 1 }                                              # half of 3
    columns:
      id: { type: integer, min: 0 }                               # 1 to 2
      day: { type: date }                                         # 2011-01-01 to 2011-01-03
      at: { type: timestamp, nullable: true }                     # 1970-01-01T00:00:00 to 1970-01-01T00:00:01.500, 1 empty
      temp: { type: number, min: 0 }                              # 0.5 to 9.84, 1 not finite, which is a finding
      sky: { type: string, nullable: true }                       # 2 values, 1 empty
      price: { type: number, min: 0 }                             # 1.25 to 3.75
      paid: { type: boolean }
      name: { type: string }                                      # 3 values
    additional: false
    ");
    let read = read_columns(&path, Wanted::Named(&["price", "id", "sky", "at"])).unwrap();
    assert_eq!(column_as_f64(read.column(0)).unwrap(), [Some(1.25), Some(2.5), Some(3.75)]);
    assert_eq!(column_as_f64(read.column(1)).unwrap(), [Some(1.0), Some(2.0), Some(2.0)]);
    let text = |column| column_as_strings(read.column(column)).unwrap().join_all();
    assert_eq!(text(2), "clear, -, mist");
    assert_eq!(text(3), "1970-01-01T00:00:00, -, 1970-01-01T00:00:01.500");
}

trait JoinAll {
    fn join_all(self) -> String;
}

impl JoinAll for Vec<Option<String>> {
    fn join_all(self) -> String {
        let cells: Vec<_> = self.into_iter().map(|cell| cell.unwrap_or("-".to_owned())).collect();
        cells.join(", ")
    }
}

#[test]
fn columns_without_a_type_of_ours_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)])]);
    let large: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    write(&path, vec![("list", Arc::new(list)), ("large", large)]);
    let integers = json!({ "list": { "type": "integer" }, "large": { "type": "integer" } });
    let schema = TableSchema::from_value(&json!({ "columns": integers })).unwrap();
    insta::assert_snapshot!(says(&path, &schema), @r#"
    data.type column `list` is stored as List(Int32), expected integer
    data.type column `large` holds no integer in 1 of 1 rows (100 %), for example row 1: "18446744073709551615"
    "#);
    let options = Options::new("data.parquet", folder.path());
    insta::assert_snapshot!(propose(&path, &options).unwrap_err(), @"data.parquet: column 1 (`list`) is stored as List(Int32), which is not supported");
}

#[test]
fn no_rows_are_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    write(&path, vec![("id", Arc::new(Int32Array::from(Vec::<i32>::new())))]);
    let schema = json!({ "columns": { "id": { "type": "integer" } } });
    insta::assert_snapshot!(says(&path, &TableSchema::from_value(&schema).unwrap()), @"data.empty there are no rows, so nothing could be checked");
    let nothing = RecordBatch::new_empty(Arc::new(Schema::empty()));
    let mut writer =
        ArrowWriter::try_new(File::create(&path).unwrap(), nothing.schema(), None).unwrap();
    writer.write(&nothing).unwrap();
    writer.close().unwrap();
    insta::assert_snapshot!(says(&path, &TableSchema::from_value(&schema).unwrap()), @"
    data.column-missing column `id` (integer) is missing
    data.empty there are no rows, so nothing could be checked
    ");
}

#[test]
fn pages_that_do_not_fit_are_read_in_passes_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let long = |letter: &str, bytes| -> ArrayRef {
        Arc::new(StringArray::from(vec![
            letter.repeat(bytes),
            letter.to_owned(),
            letter.to_owned(),
        ]))
    };
    let id = || -> ArrayRef { Arc::new(Int32Array::from(vec![1, 2, 1])) };
    let (a, b, c) = (long("a", 17 << 20), long("b", 17 << 20), long("c", 17 << 20));
    write(&path, vec![("a", a), ("b", b), ("id", id()), ("c", c)]);
    let letter = |letter: &str| json!({ "type": "string", "values": [letter] });
    let schema = json!({
        "rows": { "min": 4 },
        "unique": [["id"]],
        "columns": { "a": letter("a"), "b": letter("b"), "c": letter("c"), "id": { "type": "integer" } },
    });
    let schema = TableSchema::from_value(&schema).unwrap();
    insta::assert_snapshot!(says(&path, &schema), @r#"
    data.values column `a` is none of "a" in 1 of 3 rows (33.3 %), for example row 1: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"
    data.values column `b` is none of "b" in 1 of 3 rows (33.3 %), for example row 1: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…"
    data.values column `c` is none of "c" in 1 of 3 rows (33.3 %), for example row 1: "cccccccccccccccccccccccccccccccccccccccc…"
    data.rows there are 3 rows, at least 4 expected
    data.unique column `id` repeats an earlier row in 1 of 3 rows (33.3 %), for example row 3: 1 (as in row 1)
    "#);
    // Some kilobytes in the file, 49 MiB in memory.
    write(&path, vec![("a", long("a", 49 << 20)), ("id", id())]);
    assert!(fs::metadata(&path).unwrap().len() < 100_000);
    insta::assert_snapshot!(says(&path, &schema), @"
    data.column-missing column `b` (string) is missing
    data.column-missing column `c` (string) is missing
    data.unreadable the file cannot be read as a table: column `a` has pages of 51,380,244 bytes, at most 50,331,648 are read; write it with smaller pages
    ");
}

/// A file of several pages, for what is done to it below.
fn sound() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    write(&path, columns());
    fs::read(path).unwrap()
}

#[test]
fn a_truncated_file_is_never_valid() {
    let (bytes, folder) = (sound(), tempfile::tempdir().unwrap());
    let path = folder.path().join("data");
    let mut loose = schema();
    loose.columns.clear();
    loose.unique.clear();
    loose.additional = true;
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        assert_ne!(says(&path, &loose), "", "{length} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_ends_in_a_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = sound();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, bytes).unwrap();
        let options = Options::new("data", std::env::temp_dir());
        let _ = validate(file.path(), &schema(), &options);
        let _ = propose(file.path(), &options);
        let _ = read_columns(file.path(), Wanted::All);
    }

    #[test]
    fn arbitrary_bytes_never_end_in_a_panic(
        start in prop_oneof![Just(""), Just("PAR1"), Just("id,day\n"), Just("a;\"b\"\n")],
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            prop::collection::vec(prop::sample::select(&b"a1.,;\"\n\r\t \0\xe9-"[..]), 0..200),
        ],
        end in prop_oneof![Just(""), Just("\u{4}\0\0\0PAR1")],
    ) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, [start.as_bytes(), &bytes, end.as_bytes()].concat()).unwrap();
        let options = Options { memory: 1, ..Options::new("data", std::env::temp_dir()) };
        let checked = validate(file.path(), &schema(), &options).unwrap();
        prop_assert!(!checked.is_valid());
        if let Ok(proposal) = propose(file.path(), &options) {
            let checked = validate(file.path(), &proposal.schema, &options).unwrap();
            prop_assert_eq!(checked.findings, proposal.findings);
            prop_assert!(read_columns(file.path(), Wanted::All).is_ok());
        }
    }
}

/// Writes `groups` row groups of 100 rows: a number, a text of few values and one of many.
fn write_groups(path: &Path, groups: usize) {
    let row = |row: usize| [format!("city {}", row % 7), format!("{row:0>2000}")];
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(100))
        .set_dictionary_page_size_limit(10_000)
        .set_data_page_row_count_limit(10)
        .set_write_batch_size(10)
        .build();
    let rows = 0..groups * 100;
    let texts =
        |at: usize| rows.clone().map(move |of| Some(row(of)[at].clone()).filter(|_| of != 150));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(UInt64Array::from_iter_values(rows.clone().map(|row| row as u64)))),
        ("city", Arc::new(texts(0).collect::<StringArray>())),
        ("note", Arc::new(texts(1).collect::<StringArray>())),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, column)| (name, column, true)),
    );
    let batch = batch.unwrap();
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn row_groups_are_read_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    write_groups(&path, 3);
    let parts = Table::open(&path).unwrap().into_parts(&[2, 1, 0], Strings::Dictionaries).unwrap();
    assert_eq!(parts.len(), 3);
    let read = |mut part: Table| {
        let mut rows = Vec::new();
        while let Some(batch) = part.next_batch().unwrap() {
            for row in 0..batch.rows {
                let cells = batch.columns.iter().map(|cells| array_value_to_string(cells, row));
                let cells: Vec<_> = cells.map(Result::unwrap).collect();
                rows.push((batch.place(row), cells));
            }
        }
        assert_eq!(part.rows(), rows.len() as u64);
        rows
    };
    let read: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            parts.into_iter().map(|part| scope.spawn(move || read(part))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(read.len(), 300);
    for (row, (place, cells)) in read.into_iter().enumerate() {
        assert_eq!(place, Place::Row(row as u64 + 1));
        let mut expected = [format!("{row:0>2000}"), format!("city {}", row % 7), row.to_string()];
        if row == 150 {
            expected[..2].fill(String::new());
        }
        assert_eq!(cells, expected);
    }
}

#[test]
fn strings_come_as_the_dictionary_that_the_file_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    write_groups(&path, 2);
    let stored = |strings| {
        let parts = Table::open(&path).unwrap().into_parts(&[1, 2], strings).unwrap();
        let types = parts.into_iter().map(|mut part| {
            let batch = part.next_batch().unwrap().unwrap();
            batch.columns.iter().map(|cells| cells.data_type().clone()).collect::<Vec<_>>()
        });
        types.collect::<Vec<_>>()
    };
    let coded = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    // The writer gave up on a dictionary of `note`, in which each value is another one.
    assert_eq!(stored(Strings::Dictionaries), vec![[coded, DataType::Utf8]; 2]);
    assert_eq!(stored(Strings::Plain), vec![[DataType::Utf8, DataType::Utf8]; 2]);
}

#[test]
fn the_batches_of_a_part_share_its_dictionary() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let cities = (0..20_000).map(|row| Some(format!("city {}", row % 7)));
    write(&path, vec![("city", Arc::new(cities.collect::<StringArray>()))]);
    let parts = Table::open(&path).unwrap().into_parts(&[0], Strings::Dictionaries).unwrap();
    let mut part = parts.into_iter().next().unwrap();
    let mut seen = Vec::new();
    while let Some(batch) = part.next_batch().unwrap() {
        seen.push(batch.columns[0].as_any_dictionary().values().clone());
    }
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|values| values.to_data().ptr_eq(&seen[0].to_data())));
}

#[test]
fn rows_that_share_a_long_text_come_in_small_batches() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let long = "x".repeat(1 << 19);
    let text = |row: usize| if row.is_multiple_of(10) { format!("{row}") } else { long.clone() };
    write(
        &path,
        vec![("text", Arc::new((0..1000).map(|row| Some(text(row))).collect::<StringArray>()))],
    );
    let mut table = Table::open(&path).unwrap();
    let mut rows = 0;
    while let Some(batch) = table.next_batch().unwrap() {
        assert!(batch.rows <= 128, "{} rows", batch.rows);
        rows += batch.rows;
    }
    assert_eq!(rows, 1000);
}
