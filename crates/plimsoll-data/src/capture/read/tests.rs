use arrow::array::Float32Array;

use super::super::record::Values;
use super::super::samples::{at, capture, column, read_all, record, whole, writer};
use super::*;

fn ids(captured: &Captured) -> Vec<String> {
    let rows = whole(captured);
    rows[ROW_ID].as_string::<i32>().iter().flatten().map(str::to_owned).collect()
}

#[test]
fn journals_that_are_written_are_read_too() {
    let folder = tempfile::tempdir().unwrap();
    capture(folder.path(), &[record(1, 1)]);
    let mut live = writer(folder.path());
    live.append(&record(2, 2)).unwrap();
    live.tick(at(1000)).unwrap();
    let mut nothing_of_this = record(3, 3);
    nothing_of_this.context.clear();
    live.append(&nothing_of_this).unwrap();
    assert_eq!(ids(&read_all(folder.path())), ["1", "2"]);
    live.tick(at(2000)).unwrap();
    let captured = read_all(folder.path());
    assert_eq!(ids(&captured), ["1", "2", "request-3:0"]);
    assert_eq!(captured.time_missing, 1);
}

#[test]
fn days_and_versions_are_picked() {
    let folder = tempfile::tempdir().unwrap();
    let mut newer = record(50, 1);
    newer.version = "1.1.0".into();
    capture(folder.path(), &[record(1, 1), record(30, 1), newer, record(80, 1)]);
    let second: Day = "2012-10-02".parse().unwrap();
    let picked = |days, versions| ids(&read(folder.path(), days, versions).unwrap());
    assert_eq!(picked(Days::Between(second, second.plus(1)), Versions::All), ["30", "50"]);
    assert_eq!(picked(Days::All, Versions::Only(&["1.1.0"])), ["50"]);
    assert!(picked(Days::Between(second, second.plus(-1)), Versions::All).is_empty());
    let absent = read_all(&folder.path().join("absent"));
    assert_eq!((absent.rows, absent.schema.fields().len()), (0, 9));
}

#[test]
fn the_newest_answer_of_a_version_counts() {
    let folder = tempfile::tempdir().unwrap();
    let answer = |millis, version: &str, value: f32| {
        let mut record = record(1, millis);
        record.version = version.into();
        record.outputs = vec![column("cnt", Values::Float32(vec![value]), 1)];
        record
    };
    let newest = [answer(9, "1.0.0", 9.0), answer(4, "1.1.0", 4.0)];
    capture(folder.path(), &[answer(3, "1.0.0", 3.0), newest[0].clone()]);
    capture(folder.path(), &[newest[1].clone(), answer(8, "1.0.0", 8.0)]);
    let captured = read_all(folder.path());
    assert_eq!((captured.rows, captured.repeated), (2, 2));
    let rows = whole(&captured);
    let answers = rows["output:cnt"].as_any().downcast_ref::<Float32Array>().unwrap();
    assert_eq!(answers.values(), &[9.0, 4.0]);
}
