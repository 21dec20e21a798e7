use arrow::array::Float32Array;

use super::super::labels::Labels;
use super::super::record::Values;
use super::super::samples::{at, capture, column, read_all, record, settings, shown, writer};
use super::*;

fn ids(captured: &Captured) -> Vec<String> {
    let rows = captured.table().unwrap();
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
    let rows = captured.table().unwrap();
    let answers = rows["output:cnt"].as_any().downcast_ref::<Float32Array>().unwrap();
    assert_eq!(answers.values(), &[9.0, 4.0]);
}

#[test]
fn files_of_version_1_are_read() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folder = tempfile::tempdir().unwrap();
    let labels = folder.path().join("labels");
    for folder in [journal::folder(folder.path()), labels.clone()] {
        std::fs::create_dir(folder).unwrap();
    }
    let put = |name: &str, place: &str| {
        std::fs::copy(fixtures.join(name), folder.path().join(place)).unwrap();
    };
    put("captures-v1.journal", "journal/2012-10-01T13-one.journal");
    put("captures-v1.parquet", "2012-10-01T13.parquet");
    put("labels-v1.parquet", "labels/000066.parquet");
    let captured = read_all(folder.path());
    assert_eq!((captured.rows, captured.repeated, captured.torn_records), (8, 0, 0));
    let before = shown(&captured.table().unwrap());
    insta::assert_snapshot!(before, @r#"
    request-id (Utf8): request-2 | b | b | request-31 | request-1 | a | a | request-30
    row-id (Utf8): 2 | b:0 | b:1 | 31 | 1 | a:0 | a:1 | 30
    event-time (Timestamp(ms, "+00:00")): 2012-10-01T00:00:00Z | 2012-10-01T13:00:00.007Z | 2012-10-01T13:00:00.007Z | 2012-10-02T00:00:00Z | 2012-10-01T00:00:00Z | 2012-10-01T13:00:00.007Z | 2012-10-01T13:00:00.007Z | 2012-10-02T00:00:00Z
    event-day (Date32): 2012-10-01 | 2012-10-01 | 2012-10-01 | 2012-10-02 | 2012-10-01 | 2012-10-01 | 2012-10-01 | 2012-10-02
    event-time-missing (Boolean): false | true | true | false | false | true | true | false
    received-at (Timestamp(ms, "+00:00")): 2012-10-01T13:00:00.001Z | 2012-10-01T13:00:00.007Z | 2012-10-01T13:00:00.007Z | 2012-10-01T13:00:00.002Z | 2012-10-01T13:00:00.001Z | 2012-10-01T13:00:00.007Z | 2012-10-01T13:00:00.007Z | 2012-10-01T13:00:00.002Z
    model (Utf8): bike-demand | bike-demand | bike-demand | bike-demand | bike-demand | bike-demand | bike-demand | bike-demand
    version (Utf8): 1.0.0 | 1.1.0 | 1.1.0 | 1.0.0 | 1.0.0 | 1.1.0 | 1.1.0 | 1.0.0
    latency-us (UInt32): 250 | 1000 | 1000 | 250 | 250 | 1000 | 1000 | 250
    input:hr (Int64): 2 | - | - | 7 | 1 | - | - | 6
    input:pair (List(Float64)): - | [1.0, 2.0] | [3.0, 4.5] | - | - | [1.0, 2.0] | [3.0, 4.5] | -
    input:single (Float32): - | 0.1 | -0.0 | - | - | 0.1 | -0.0 | -
    input:temp (Float32): 0.24 | - | - | 0.24 | 0.24 | - | - | 0.24
    context:dteday (Utf8): 2012-10-01 | - | - | 2012-10-02 | 2012-10-01 | - | - | 2012-10-02
    context:instant (Int64): 2 | - | - | 31 | 1 | - | - | 30
    context:truth (Boolean): - | true | false | - | - | true | false | -
    context:whole (Int64): - | -9223372036854775808 | 9223372036854775807 | - | - | -9223372036854775808 | 9223372036854775807 | -
    context:words (Utf8): - | ä | none | - | - | ä | none | -
    output:cnt (Float32): 16.5 | - | - | 16.5 | 16.5 | - | - | 16.5
    output:scores (List(Float32)): - | [0.25, 0.75] | [0.5, 0.5] | - | - | [0.25, 0.75] | [0.5, 0.5] | -
    "#);
    // The journal joins the file, and nothing else changes.
    super::super::Writer::open(folder.path(), settings("two"), at(5000)).unwrap();
    assert!(!folder.path().join("journal/2012-10-01T13-one.journal").exists());
    assert_eq!(shown(&read_all(folder.path()).table().unwrap()), before);

    let labels = Labels::load(&labels).unwrap();
    let label = |id: &str| labels.get(id).map_or("none".to_owned(), ToString::to_string);
    let read = ["1", "2", "3", "4", "5", "6", "7", "8", "9"].map(label);
    assert_eq!(read, ["16", "40.5", "true", "false", "dog", "3", "3", "60", "none"]);
}
