use std::os::unix::fs::PermissionsExt;

use super::super::record::Values;
use super::super::samples::{at, capture, column, read_all, record, settings, shown, wide, writer};
use super::super::writer::Writer;
use super::*;

fn named(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn an_hour_is_one_file_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("captures/bike-demand");
    capture(&place, &[record(1, 1), wide("a", "1.1.0")]);
    assert_eq!(named(&place), ["2012-10-01T13.parquet", "journal"]);
    assert_eq!(named(&place.join("journal")), ["lock"]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.join("2012-10-01T13.parquet")), 0o600);
    assert_eq!([mode(&place), mode(&place.join("journal"))], [0o700, 0o700]);
    let captured = read_all(&place);
    assert_eq!((captured.rows, captured.repeated, captured.time_missing), (3, 0, 2));
    insta::assert_snapshot!(shown(&captured.table().unwrap()), @r#"
    request-id (Utf8): request-1 | a | a
    row-id (Utf8): 1 | a:0 | a:1
    event-time (Timestamp(ms, "+00:00")): 2012-10-01T00:00:00Z | 2012-10-01T13:00:00.007Z | 2012-10-01T13:00:00.007Z
    event-day (Date32): 2012-10-01 | 2012-10-01 | 2012-10-01
    event-time-missing (Boolean): false | true | true
    received-at (Timestamp(ms, "+00:00")): 2012-10-01T13:00:00.001Z | 2012-10-01T13:00:00.007Z | 2012-10-01T13:00:00.007Z
    model (Utf8): bike-demand | bike-demand | bike-demand
    version (Utf8): 1.0.0 | 1.1.0 | 1.1.0
    latency-us (UInt32): 250 | 1000 | 1000
    input:hr (Int64): 1 | - | -
    input:pair (List(Float64)): - | [1.0, 2.0] | [3.0, 4.5]
    input:single (Float32): - | 0.1 | -0.0
    input:temp (Float32): 0.24 | - | -
    context:dteday (Utf8): 2012-10-01 | - | -
    context:instant (Int64): 1 | - | -
    context:truth (Boolean): - | true | false
    context:whole (Int64): - | -9223372036854775808 | 9223372036854775807
    context:words (Utf8): - | ä | none
    output:cnt (Float32): 16.5 | - | -
    output:scores (List(Float32)): - | [0.25, 0.75] | [0.5, 0.5]
    "#);
}

#[test]
fn what_a_second_process_records_joins_the_file() {
    let folder = tempfile::tempdir().unwrap();
    capture(folder.path(), &[record(1, 1)]);
    let mut other = record(2, 2);
    other.version = "1.1.0".into();
    // The newer version takes other types, has a column more and one less.
    other.inputs = vec![
        column("temp", Values::Float64(vec![0.5]), 1),
        column("hr", Values::Float32(vec![2.5]), 1),
        column("hum", Values::Bool(vec![true]), 1),
    ];
    other.outputs = vec![column("cnt", Values::Float32(vec![1.0, 2.0]), 2)];
    capture(folder.path(), &[other]);
    assert_eq!(named(folder.path()), ["2012-10-01T13.parquet", "journal"]);
    let rows = read_all(folder.path()).table().unwrap();
    let schema = rows.schema();
    let wanted = ["row-id", "version", "input:hr", "input:hum", "input:temp", "output:cnt"];
    let wanted = wanted.map(|name| schema.index_of(name).unwrap());
    insta::assert_snapshot!(shown(&rows.project(&wanted).unwrap()), @r"
    row-id (Utf8): 1 | 2
    version (Utf8): 1.0.0 | 1.1.0
    input:hr (Float64): 1.0 | 2.5
    input:hum (Boolean): - | true
    input:temp (Float64): 0.24 | 0.5
    output:cnt (List(Float32)): [16.5] | [1.0, 2.0]
    ");
}

#[test]
fn nothing_is_doubled_after_an_end_between_naming_and_removing() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = writer(folder.path());
    before.append(&record(1, 1)).unwrap();
    before.tick(at(1000)).unwrap();
    let journal = files(&journal::folder(folder.path()), SUFFIX).unwrap().remove(0);
    let bytes = fs::read(&journal).unwrap();
    before.close().unwrap();
    fs::write(&journal, &bytes).unwrap();
    let all = || {
        let captured = read_all(folder.path());
        (captured.rows, captured.repeated)
    };
    assert_eq!(all(), (1, 0));
    fs::write(folder.path().join(".broken-off.tmp"), "PAR1").unwrap();
    let (_, recovered) = Writer::open(folder.path(), settings("two"), at(5000)).unwrap();
    assert_eq!((recovered.journals, recovered.records), (1, 0));
    assert!(!journal.exists());
    assert_eq!(named(folder.path()), ["2012-10-01T13.parquet", "journal"]);
    assert_eq!(all(), (1, 0));
    // A journal that has the name of one before is another all the same.
    capture(folder.path(), &[record(2, 2)]);
    assert_eq!(all(), (2, 0));
}

#[test]
fn what_another_process_writes_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = writer(folder.path());
    one.append(&record(1, 1)).unwrap();
    one.tick(at(1000)).unwrap();
    let (two, recovered) = Writer::open(folder.path(), settings("one"), at(2000)).unwrap();
    assert_eq!(recovered, Recovered::default());
    assert_eq!(read_all(folder.path()).rows, 1);
    two.close().unwrap();
    one.append(&record(2, 2)).unwrap();
    one.close().unwrap();
    let captured = read_all(folder.path());
    assert_eq!((captured.rows, captured.repeated), (2, 0));
}

#[test]
fn what_a_process_left_behind_is_brought_in_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut killed = writer(folder.path());
    killed.append(&record(1, 1)).unwrap();
    killed.append(&record(2, 2)).unwrap();
    killed.tick(at(1000)).unwrap();
    drop(killed);
    let journals = journal::folder(folder.path());
    let path = files(&journals, SUFFIX).unwrap().remove(0);
    let length = fs::metadata(&path).unwrap().len();
    OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 3).unwrap();
    fs::write(journals.join("2012-10-01T12-old.journal"), b"PLIMJRNL\x09\0\0\0later").unwrap();
    fs::write(journals.join("2012-10-01T12-cut.journal"), b"PLIM").unwrap();
    assert_eq!(read_all(folder.path()).rows, 1);
    let (_, recovered) = Writer::open(folder.path(), settings("one"), at(5000)).unwrap();
    assert_eq!((recovered.journals, recovered.records, recovered.rows), (3, 1, 1));
    assert_eq!((recovered.torn_records, recovered.last), (1, Some(at(1))));
    assert_eq!(recovered.unreadable, [journals.join("2012-10-01T12-old.journal")]);
    let captured = read_all(folder.path());
    assert_eq!((captured.rows, captured.unreadable.len()), (1, 1));
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("2012-10-01T13.parquet");
    capture(folder.path(), &[record(1, 1)]);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let mut later = Writer::open(folder.path(), settings("one"), at(3_600_000)).unwrap().0;
    later.append(&record(2, 3_600_000)).unwrap();
    later.close().unwrap();
    let error =
        super::super::read(folder.path(), super::super::Days::All, super::super::Versions::All);
    let said = error.unwrap_err().to_string();
    assert!(said.contains("2012-10-01T13.parquet is damaged"), "{said}");
    // Its hour stays in journals until somebody has looked at it.
    let mut again = writer(folder.path());
    again.append(&record(3, 3)).unwrap();
    again.close().unwrap();
    let journals = || files(&journal::folder(folder.path()), SUFFIX).unwrap().len();
    assert_eq!(journals(), 1);
    let (again, recovered) = Writer::open(folder.path(), settings("one"), at(0)).unwrap();
    assert_eq!(recovered.unreadable, std::slice::from_ref(&path));
    assert_eq!((recovered.journals, recovered.records, journals()), (1, 0, 2));
    fs::write(&path, &whole).unwrap();
    again.close().unwrap();
    assert_eq!((journals(), read_all(folder.path()).rows), (0, 3));
}

#[test]
#[ignore = "measures what an hour costs; run it alone and optimized"]
#[expect(clippy::print_stderr, reason = "the figure is what it is for")]
fn an_hour_becomes_parquet_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    for instant in 0..1_000_000 {
        let mut record = record(instant % 600, instant / 1000);
        record.request_id = format!("request-{instant}");
        record.inputs.extend(
            (0..20).map(|at| column(&format!("feature-{at}"), Values::Float32(vec![0.5]), 1)),
        );
        writer.append(&record).unwrap();
    }
    let before = std::time::Instant::now();
    writer.close().unwrap();
    eprintln!("1,000,000 records in {:?}", before.elapsed());
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    eprintln!(
        "{peak}, {} bytes",
        fs::metadata(folder.path().join("2012-10-01T13.parquet")).unwrap().len()
    );
}
