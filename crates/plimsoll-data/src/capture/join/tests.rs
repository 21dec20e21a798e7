use std::fs;
use std::path::Path;

use super::super::labels::LabelFile;
use super::super::record::{Record, Values};
use super::super::samples::{at, capture, column, read_all, record, shown, writer};
use super::*;

fn label(folder: &Path, text: &str) -> Labels {
    let path = folder.join("labels.csv");
    fs::write(&path, text).unwrap();
    let file = LabelFile { path: &path, id: "instant", target: "cnt", kind: None };
    Labels::add(&folder.join("labels"), &file, at(1)).unwrap();
    Labels::load(&folder.join("labels")).unwrap()
}

fn newer(instant: i64) -> Record {
    let mut newer = record(instant, 9);
    newer.version = "1.1.0".into();
    newer.context.push(column("city", Values::Text(vec!["Rome".to_owned()]), 1));
    newer
}

#[test]
fn days_are_counted_and_rows_are_ordered() {
    let folder = tempfile::tempdir().unwrap();
    let records =
        [record(25, 1), record(9, 1), record(10, 1), newer(9), record(30, 1), record(50, 1)];
    capture(folder.path(), &records);
    let labels = label(folder.path(), "instant,cnt\n9,16\n10,40.5\n25,1\n99,2\n");
    let joined = join(&read_all(folder.path()), &labels).unwrap();
    let days: Vec<_> = joined
        .days
        .iter()
        .map(|(day, count)| format!("{day} {}/{}", count.labelled, count.predictions))
        .collect();
    assert_eq!(days, ["2012-10-01 3/3", "2012-10-02 1/2", "2012-10-03 0/1"]);
    assert_eq!(joined.unmatched, 1);
    let day = |text: &str| text.parse::<Day>().unwrap();
    assert_eq!(joined.newest_complete(day("2012-10-31")), Some(day("2012-10-01")));
    assert_eq!(joined.newest_complete(day("2012-09-30")), None);
    insta::assert_snapshot!(shown(&joined.rows), @r#"
    capture:request-id (Utf8): request-9 | request-9 | request-10 | request-25
    capture:row-id (Utf8): 9 | 9 | 10 | 25
    capture:event-time (Timestamp(ms, "+00:00")): 2012-10-01T00:00:00Z | 2012-10-01T00:00:00Z | 2012-10-01T00:00:00Z | 2012-10-02T00:00:00Z
    capture:event-day (Date32): 2012-10-01 | 2012-10-01 | 2012-10-01 | 2012-10-02
    capture:event-time-missing (Boolean): false | false | false | false
    capture:received-at (Timestamp(ms, "+00:00")): 2012-10-01T13:00:00.001Z | 2012-10-01T13:00:00.009Z | 2012-10-01T13:00:00.001Z | 2012-10-01T13:00:00.001Z
    capture:model (Utf8): bike-demand | bike-demand | bike-demand | bike-demand
    capture:version (Utf8): 1.0.0 | 1.1.0 | 1.0.0 | 1.0.0
    capture:latency-us (UInt32): 250 | 250 | 250 | 250
    hr (Int64): 9 | 9 | 10 | 1
    temp (Float32): 0.24 | 0.24 | 0.24 | 0.24
    city (Utf8): - | Rome | - | -
    dteday (Utf8): 2012-10-01 | 2012-10-01 | 2012-10-01 | 2012-10-02
    instant (Int64): 9 | 9 | 10 | 25
    output:cnt (Float32): 16.5 | 16.5 | 16.5 | 16.5
    label (Float64): 16.0 | 16.0 | 40.5 | 1.0
    "#);
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    let records: Vec<Record> =
        (0..60).flat_map(|instant| [record(instant, 1), newer(instant)]).collect();
    let labels = |folder: &Path| label(folder, "instant,cnt\n9,16\n10,40.5\n25,1\n");
    let together = tempfile::tempdir().unwrap();
    capture(together.path(), &records);
    let apart = tempfile::tempdir().unwrap();
    let mut backwards: Vec<Record> = records.clone();
    backwards.reverse();
    capture(apart.path(), &backwards[40..]);
    capture(apart.path(), &backwards[20..40]);
    let mut live = writer(apart.path());
    for record in &backwards[..20] {
        live.append(record).unwrap();
    }
    live.tick(at(1)).unwrap();
    let bytes = |folder: &Path| {
        let joined = join(&read_all(folder), &labels(folder)).unwrap();
        joined.to_parquet().unwrap()
    };
    assert_eq!(bytes(together.path()), bytes(apart.path()));
}

#[test]
fn names_that_are_taken_are_told() {
    for name in ["label", "output:x", "capture:x"] {
        let folder = tempfile::tempdir().unwrap();
        let mut taken = record(1, 1);
        taken.inputs.push(column(name, Values::Bool(vec![true]), 1));
        capture(folder.path(), &[taken]);
        let error = join(&read_all(folder.path()), &Labels::default()).unwrap_err();
        assert!(error.to_string().starts_with(&format!("column `{name}` ")), "{error}");
    }
    // Other names that captures have themselves are free.
    let folder = tempfile::tempdir().unwrap();
    let mut free = record(1, 1);
    free.context.push(column("version", Values::Text(vec!["of a car".to_owned()]), 1));
    free.context.push(column("temp", Values::Text(vec!["hidden".to_owned()]), 1));
    capture(folder.path(), &[free]);
    let labels = label(folder.path(), "instant,cnt\n1,true\n");
    let rows = join(&read_all(folder.path()), &labels).unwrap().rows;
    assert_eq!(rows["version"].as_string::<i32>().value(0), "of a car");
    assert!(rows["temp"].as_string_opt::<i32>().is_none());
    assert!(rows[LABEL].as_boolean().value(0));
}

#[test]
fn nothing_joined_is_a_table_too() {
    let captured = read_all(Path::new("absent"));
    let joined = join(&captured, &Labels::default()).unwrap();
    assert_eq!((joined.rows.num_rows(), joined.days.len()), (0, 0));
    assert!(!joined.to_parquet().unwrap().is_empty());
}
