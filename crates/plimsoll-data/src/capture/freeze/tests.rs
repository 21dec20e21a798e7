use std::fs;

use super::super::labels::{LabelFile, Labels};
use super::super::record::{Record, Values};
use super::super::samples::{at, capture, column, read_all, record, shown};
use super::super::{Captured, join};
use super::*;
use crate::columns::{Wanted, read_columns};

fn declared(columns: &[(&str, &str)]) -> Vec<Column> {
    let column =
        |(name, kind): &(&str, &str)| Column { name: (*name).into(), kind: (*kind).into() };
    columns.iter().map(column).collect()
}

fn labelled(records: &[Record], labels: &str) -> Labelled {
    let folder = tempfile::tempdir().unwrap();
    capture(folder.path(), records);
    let path = folder.path().join("labels.csv");
    fs::write(&path, labels).unwrap();
    let file = LabelFile { path: &path, id: "instant", target: "cnt", kind: None };
    Labels::add(&folder.path().join("labels"), &file, at(1)).unwrap();
    let labels = Labels::load(&folder.path().join("labels")).unwrap();
    let captured: Captured = read_all(folder.path());
    join(&captured, &labels).unwrap()
}

fn table(bytes: &[u8]) -> RecordBatch {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, bytes).unwrap();
    read_columns(file.path(), Wanted::All).unwrap()
}

const TYPES: [(&str, &str); 8] = [
    ("instant", "integer"),
    ("dteday", "date"),
    ("temp", "number"),
    ("hr", "integer"),
    ("holiday", "boolean"),
    ("at", "timestamp"),
    ("city", "string"),
    ("other", "unknown"),
];

fn rich(instant: i64) -> Record {
    let mut rich = record(instant, 1);
    rich.inputs.push(column("holiday", Values::Float32(vec![1.0]), 1));
    rich.inputs[1] = column("hr", Values::Float32(vec![17.0]), 1);
    rich.context.push(column("at", Values::Text(vec!["2012-10-01T13:00:00Z".to_owned()]), 1));
    rich.context.push(column("other", Values::Float32(vec![0.1]), 1));
    rich
}

#[test]
fn a_dataset_has_its_own_names_and_types() {
    let mut again = rich(1);
    again.received_at = at(9);
    again.version = "1.1.0".into();
    again.inputs[0] = column("temp", Values::Float32(vec![0.25]), 1);
    let labelled = labelled(&[rich(30), rich(1), again, rich(2)], "instant,cnt\n1,16\n2,7\n30,1\n");
    let target = &declared(&[("cnt", "number")])[0];
    let first = "2012-10-01".parse().unwrap();
    let bytes = freeze(&labelled, &declared(&TYPES), target, Days::Between(first, first)).unwrap();
    insta::assert_snapshot!(shown(&table(&bytes)), @r#"
    instant (Int64): 1 | 2
    dteday (Date32): 2012-10-01 | 2012-10-01
    temp (Float64): 0.25 | 0.24
    hr (Int64): 17 | 17
    holiday (Boolean): true | true
    at (Timestamp(µs)): 2012-10-01T13:00:00 | 2012-10-01T13:00:00
    city (Utf8): - | -
    other (Float64): 0.1 | 0.1
    cnt (Float64): 16.0 | 7.0
    "#);
    let again = freeze(&labelled, &declared(&TYPES), target, Days::Between(first, first)).unwrap();
    assert!(bytes == again);
    let all = freeze(&labelled, &declared(&TYPES), target, Days::All).unwrap();
    assert_eq!(table(&all).num_rows(), 3);
}

#[test]
fn a_dataset_without_rows_has_the_same_columns() {
    let columns = declared(&TYPES[..7]);
    let target = &declared(&[("cnt", "integer")])[0];
    let empty = empty(&columns, target).unwrap();
    let none = "2000-01-01".parse().unwrap();
    let labelled = labelled(&[rich(1)], "instant,cnt\n1,16\n");
    assert!(empty == freeze(&labelled, &columns, target, Days::Between(none, none)).unwrap());
    let frozen = freeze(&labelled, &columns, target, Days::All).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let columns = |bytes: &[u8]| {
        let path = folder.path().join("live.parquet");
        fs::write(&path, bytes).unwrap();
        crate::Table::open(&path).unwrap().columns().to_vec()
    };
    assert_eq!(columns(&empty), columns(&frozen));
}

#[test]
fn what_does_not_fit_is_named() {
    let labelled = labelled(&[rich(1)], "instant,cnt\n1,16.5\n");
    let said = |columns: &[(&str, &str)], target: &str| {
        let target = &declared(&[("cnt", target)])[0];
        freeze(&labelled, &declared(columns), target, Days::All).unwrap_err().to_string()
    };
    insta::assert_snapshot!([
        said(&[("temp", "integer")], "number"),
        said(&[("dteday", "number")], "number"),
        said(&[("at", "date")], "number"),
        said(&[("temp", "boolean")], "number"),
        said(&[("hr", "date")], "number"),
        said(&[], "integer"),
    ].join("\n"), @r#"
    column `temp` has "0.24" in row `1`, which is no integer
    column `dteday` has "2012-10-01" in row `1`, which is no number
    column `at` has "2012-10-01T13:00:00Z" in row `1`, which is no date
    column `temp` has "0.24" in row `1`, which is no boolean
    column `hr` has "17" in row `1`, which is no date
    column `cnt` has "16.5" in row `1`, which is no integer
    "#);
}
