//! Arrow's IPC formats, sound and spoilt.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int8Array, Int32Array, ListArray,
    NullArray, RecordBatch, StringArray, StringViewArray, UInt64Array,
};
use arrow::datatypes::{DataType, Int32Type};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow::util::display::array_value_to_string;
use plimsoll_data::{Format, ReadError, Strings, Table, Tables};
use proptest::prelude::*;

fn batch(from: usize, rows: usize) -> RecordBatch {
    let range = from..from + rows;
    let city = |row: usize| Some(format!("city {}", row % 5)).filter(|_| !row.is_multiple_of(7));
    let skies = Arc::new(StringArray::from(vec!["clear", "mist"]));
    let sky = |row: usize| Some(i8::try_from(row % 3).unwrap()).filter(|sky| *sky < 2);
    let coded = DictionaryArray::new(range.clone().map(sky).collect::<Int8Array>(), skies);
    let lists = range.clone().map(|row| Some(vec![Some(i32::try_from(row).unwrap())]));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(UInt64Array::from_iter_values(range.clone().map(|row| row as u64)))),
        ("city", Arc::new(range.clone().map(city).collect::<StringArray>())),
        ("view", Arc::new(range.clone().map(city).collect::<StringViewArray>())),
        ("sky", Arc::new(coded)),
        ("list", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists))),
        ("none", Arc::new(NullArray::new(rows))),
        ("ok", Arc::new(range.clone().map(|row| Some(row % 2 == 0)).collect::<BooleanArray>())),
        ("x", Arc::new(range.map(|row| (row % 4 > 1).then_some(0.5)).collect::<Float64Array>())),
    ];
    let columns = columns.into_iter().map(|(name, column)| (name, column, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn write(batches: &[RecordBatch], packed: Option<CompressionType>, is_file: bool) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(packed).unwrap();
    let (mut bytes, schema) = (Vec::new(), batches[0].schema());
    if is_file {
        let mut writer = FileWriter::try_new_with_options(&mut bytes, &schema, options).unwrap();
        for batch in batches {
            writer.write(batch).unwrap();
        }
        writer.finish().unwrap();
    } else {
        let mut writer = StreamWriter::try_new_with_options(&mut bytes, &schema, options).unwrap();
        for batch in batches {
            writer.write(batch).unwrap();
        }
        writer.finish().unwrap();
    }
    bytes
}

fn open(bytes: &[u8]) -> Result<Table, ReadError> {
    Tables::stream("-", Cursor::new(bytes.to_vec()), &std::env::temp_dir()).open()
}

/// Returns every row as text, or why there is an end.
fn rows(table: &mut Table) -> Result<Vec<String>, ReadError> {
    let mut rows = Vec::new();
    while let Some(batch) = table.next_batch()? {
        for row in 0..batch.rows {
            let cells = batch.columns.iter().map(|cells| array_value_to_string(cells, row));
            let cells: Result<Vec<_>, _> = cells.collect();
            rows.push(format!("{}: {}", batch.place(row), cells.unwrap().join(" | ")));
        }
    }
    Ok(rows)
}

#[test]
fn files_and_streams_are_read_packed_or_not() {
    let batches = [batch(0, 10_000), batch(10_000, 3), batch(10_003, 0), batch(10_003, 20)];
    let packings = [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)];
    let mut first = Vec::new();
    for (packed, is_file) in packings.into_iter().flat_map(|of| [(of, true), (of, false)]) {
        let bytes = write(&batches, packed, is_file);
        let mut table = open(&bytes).unwrap();
        assert_eq!(table.format(), Format::Arrow);
        let read = rows(&mut table).unwrap();
        assert_eq!(table.rows(), 10_023);
        if first.is_empty() {
            insta::assert_snapshot!(read[..3].join("\n"), @r"
    row 1: 0 |  |  | clear | [0] |  | true | 
    row 2: 1 | city 1 | city 1 | mist | [1] |  | false | 
    row 3: 2 | city 2 | city 2 |  | [2] |  | true | 0.5
    ");
            first.clone_from(&read);
        }
        assert_eq!(read, first);
        let zipped = zstd::stream::encode_all(&bytes[..], 1).unwrap();
        assert_eq!(rows(&mut open(&zipped).unwrap()).unwrap(), first);
    }
    assert_eq!(first.len(), 10_023);
    assert!(first[10_022].starts_with("row 10023: 10022 | city 2"));
}

#[test]
fn columns_come_as_they_are_asked_for() {
    let bytes = write(&[batch(0, 10)], Some(CompressionType::LZ4_FRAME), true);
    let table = open(&bytes).unwrap();
    let names: Vec<_> = table.columns().iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["id", "city", "view", "sky", "list", "none", "ok", "x"]);
    let mut parts = table.into_parts(&[3, 0], Strings::Dictionaries).unwrap();
    let batch = parts[0].next_batch().unwrap().unwrap();
    let coded = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    assert_eq!(batch.columns[0].data_type(), &coded);
    assert_eq!(array_value_to_string(&batch.columns[1], 7).unwrap(), "7");
    let mut plain = open(&bytes).unwrap();
    plain.project(&[7]);
    assert_eq!(plain.next_batch().unwrap().unwrap().columns.len(), 1);
}

#[test]
fn cells_that_share_a_long_value_come_in_small_batches() {
    let long = "x".repeat(1 << 20);
    let keys = Int32Array::from(vec![0; 5000]);
    let values = Arc::new(StringArray::from(vec![long.as_str()]));
    let coded = Arc::new(DictionaryArray::new(keys, values)) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("text", coded)]).unwrap();
    let mut table = open(&write(&[batch], None, false)).unwrap();
    assert_eq!(table.next_batch().unwrap().unwrap().rows, 8);
}

#[test]
fn a_file_that_is_cut_is_never_read_to_its_end() {
    let batches = [batch(0, 100), batch(100, 100)];
    for is_file in [true, false] {
        let bytes = write(&batches, None, is_file);
        for length in (8..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
            let Err(error) = open(&bytes[..length]).and_then(|mut table| rows(&mut table)) else {
                panic!("{length} of {} bytes were read to the end", bytes.len());
            };
            assert!(error.to_string().contains("truncated"), "{length}: {error}");
        }
    }
}

#[test]
fn what_is_claimed_is_not_believed() {
    let refused = |bytes: &[u8]| {
        let error = open(bytes).and_then(|mut table| rows(&mut table)).unwrap_err().to_string();
        error.strip_prefix("- cannot be read as a table: ").unwrap().to_owned()
    };
    let stream = write(&[batch(0, 100)], None, false);
    let mut long = stream.clone();
    long[4..8].copy_from_slice(&i32::MAX.to_le_bytes());
    insta::assert_snapshot!(refused(&long), @"a message is described in 2,147,483,647 bytes, at most 16,777,216 are read");
    insta::assert_snapshot!(refused(b"\xff\xff\xff\xff\x10\0\0\0aaaaaaaaaaaaaaaa"), @"the description of a message is damaged");
    insta::assert_snapshot!(refused(b"\xff\xff\xff\xff\0\0\0\0"), @"it has no schema");
    insta::assert_snapshot!(refused(b"ARROW1\0\0\xff\xff\xff\xff\0\0\0\0"), @"it is truncated: it does not end like Arrow (`ARROW1`)");
    let packed = write(&[batch(0, 5000)], Some(CompressionType::LZ4_FRAME), false);
    let mut bomb = packed.clone();
    // The first buffer that is packed says how long it is unpacked: 40,000 bytes of numbers.
    let claim = 40_000_u64.to_le_bytes();
    let at = packed.windows(8).position(|bytes| bytes == claim).unwrap();
    bomb[at..at + 8].copy_from_slice(&(1_u64 << 40).to_le_bytes());
    insta::assert_snapshot!(refused(&bomb), @"after 0 rows: a record batch takes 1,099,511,841,619 bytes, at most 268,435,456 are read; write it with fewer rows in each batch");
    let mut file = write(&[batch(0, 100)], None, true);
    let end = file.len() - 10;
    file[end..end + 4].copy_from_slice(&i32::MAX.to_le_bytes());
    insta::assert_snapshot!(refused(&file), @"its footer claims 2,147,483,647 bytes, the file has 7738");
    file[end..end + 4].copy_from_slice(&8_i32.to_le_bytes());
    insta::assert_snapshot!(refused(&file), @"its footer is damaged");
}

#[test]
fn dictionaries_may_grow() {
    let dictionary = |values: Vec<&str>, keys: Vec<i32>| {
        let values = Arc::new(StringArray::from(values));
        let coded = Arc::new(DictionaryArray::new(Int32Array::from(keys), values)) as ArrayRef;
        RecordBatch::try_from_iter([("sky", coded)]).unwrap()
    };
    let options = IpcWriteOptions::default()
        .with_dictionary_handling(arrow::ipc::writer::DictionaryHandling::Delta);
    let batches =
        [dictionary(vec!["clear"], vec![0, 0]), dictionary(vec!["clear", "mist"], vec![1, 0])];
    let mut bytes = Vec::new();
    let schema = batches[0].schema();
    let mut writer = StreamWriter::try_new_with_options(&mut bytes, &schema, options).unwrap();
    for batch in &batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    drop(writer);
    let read = rows(&mut open(&bytes).unwrap()).unwrap();
    assert_eq!(read, ["row 1: clear", "row 2: clear", "row 3: mist", "row 4: clear"]);
}

proptest! {
    #[test]
    fn no_damage_ends_in_a_panic(
        at in 8_usize..3000,
        bytes in prop::collection::vec(any::<u8>(), 1..8),
        packed in prop::sample::select(vec![None, Some(CompressionType::LZ4_FRAME)]),
        is_file in any::<bool>(),
    ) {
        let mut file = write(&[batch(0, 50), batch(50, 50)], packed, is_file);
        let at = at % (file.len() - bytes.len());
        file[at..at + bytes.len()].copy_from_slice(&bytes);
        if let Ok(mut table) = open(&file) {
            let _ = rows(&mut table);
        }
    }
}
