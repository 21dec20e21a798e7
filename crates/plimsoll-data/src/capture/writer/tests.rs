use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::super::samples::{at, read_all, record, settings, writer};
use super::*;

const HOUR: i64 = 3_600_000;

#[test]
fn an_hour_that_is_over_becomes_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    writer.append(&record(1, 1)).unwrap();
    writer.tick(at(HOUR)).unwrap();
    writer.append(&record(2, HOUR)).unwrap();
    let patience = Instant::now();
    while !folder.path().join("2012-10-01T13.parquet").exists() {
        assert!(patience.elapsed() < Duration::from_secs(20));
        writer.tick(at(HOUR + 1000)).unwrap();
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(read_all(folder.path()).rows, 2);
    // A clock that is set back is no reason to lose anything.
    writer.tick(at(0)).unwrap();
    writer.append(&record(3, 2)).unwrap();
    writer.close().unwrap();
    assert_eq!(read_all(folder.path()).rows, 3);
    assert!(folder.path().join("2012-10-01T14.parquet").exists());
}

#[test]
fn who_reads_while_many_write_sees_every_row_once() {
    let folder = tempfile::tempdir().unwrap();
    let (processes, rounds, each) = (3, 4, 20);
    let serve = |process: i64| {
        for round in 0..rounds {
            let name = format!("server-{process}");
            let mut writer = Writer::open(folder.path(), settings(&name), at(0)).unwrap().0;
            for row in 0..each {
                let instant = (process * rounds + round) * each + row;
                writer.append(&record(instant, 1)).unwrap();
            }
            writer.tick(at(1)).unwrap();
            writer.close().unwrap();
        }
    };
    thread::scope(|scope| {
        let servers: Vec<_> =
            (0..processes).map(|process| scope.spawn(move || serve(process))).collect();
        let mut before = 0;
        while servers.iter().any(|server| !server.is_finished()) {
            let captured = read_all(folder.path());
            assert_eq!(captured.repeated, 0);
            assert!(captured.rows >= before, "{} after {before}", captured.rows);
            before = captured.rows;
        }
    });
    let captured = read_all(folder.path());
    let expected = u64::try_from(processes * rounds * each).unwrap();
    assert_eq!((captured.rows, captured.repeated), (expected, 0));
}

#[test]
fn an_instance_is_part_of_a_files_name() {
    let folder = tempfile::tempdir().unwrap();
    for instance in ["", "../one", "a b"] {
        let error = Writer::open(folder.path(), settings(instance), at(0)).unwrap_err();
        assert!(matches!(error, OpenCapturesError::Instance(_)), "{error}");
    }
}

#[test]
fn what_was_flushed_survives_kill_9() {
    for killed_after in [1, 2, 5] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "capture::writer::tests::child_records", "--ignored", "--nocapture"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines.map(Result::unwrap).filter(|line| line.starts_with("flushed "));
        let said = said.take(killed_after).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let flushed: u64 = said.strip_prefix("flushed ").unwrap().parse().unwrap();
        let place = folder.path().join("captures");
        let all = || {
            let captured = read_all(&place);
            captured.rows + captured.repeated
        };
        let live = all();
        let (_, recovered) = Writer::open(&place, settings("two"), at(0)).unwrap();
        assert_eq!((recovered.journals, recovered.records), (1, live));
        assert!(recovered.records >= flushed, "{recovered:?}, {flushed} were flushed");
        assert_eq!(all(), recovered.rows);
    }
}

#[test]
#[ignore = "is killed by the test above, which starts it"]
#[expect(clippy::print_stdout, reason = "says to the test above what is safe")]
fn child_records() {
    let mut writer = writer(Path::new("captures"));
    for instant in 0..1_000_000_u32 {
        writer.append(&record(i64::from(instant % 600), 1)).unwrap();
        let mut other = record(1, 1);
        other.request_id = instant.to_string();
        other.context.clear();
        writer.append(&other).unwrap();
        if instant % 1000 == 999 {
            writer.tick(at(i64::from(instant))).unwrap();
            println!("\nflushed {}", 2 * (instant + 1));
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "whoever reads the output sees that it was skipped")]
fn a_full_disk_is_told_and_gets_over_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut probe = Command::new("unshare");
    probe.args(["-rm", "mount", "-t", "tmpfs", "tmpfs"]).arg(folder.path());
    if !probe.output().is_ok_and(|probe| probe.status.success()) {
        eprintln!("skipped: this system lets nobody mount a small file system (unshare -rm)");
        return;
    }
    let script = "mount -t tmpfs -o size=1m tmpfs \"$1\" && cd \"$1\" && \
        exec \"$2\" --exact capture::writer::tests::child_fills_the_disk --ignored --nocapture";
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", script, "sh"]).arg(folder.path());
    let output = command.arg(std::env::current_exe().unwrap()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
#[ignore = "runs inside a small file system, started by the test above"]
fn child_fills_the_disk() {
    let folder = Path::new("captures");
    let mut writer = writer(folder);
    writer.append(&record(0, 0)).unwrap();
    writer.tick(at(1)).unwrap();
    let free = |leave: usize| {
        let room = rustix::fs::statvfs(".").unwrap();
        let room = usize::try_from(room.f_bavail * room.f_bsize).unwrap();
        fs::write("filler", vec![1; room.saturating_sub(leave)]).unwrap();
    };
    free(8192);
    let mut recorded: u64 = 1;
    let mut distinct = |count: u64, writer: &mut Writer| {
        for _ in 0..count {
            let mut record = record(1, 1);
            record.request_id = recorded.to_string();
            record.context.clear();
            writer.append(&record).unwrap();
            recorded += 1;
        }
        recorded
    };
    distinct(1000, &mut writer);
    let error = writer.tick(at(2)).unwrap_err();
    assert_eq!(error.waiting(), 1000);
    // What is on the disk ends in the middle of a record, and is read up to there.
    assert!((1..1001).contains(&read_all(folder).rows));
    assert!(writer.tick(at(HOUR)).is_err());
    distinct(1000, &mut writer);
    assert_eq!(writer.tick(at(3)).unwrap_err().waiting(), 2000);
    fs::remove_file("filler").unwrap();
    let recorded = distinct(10, &mut writer);
    writer.tick(at(4)).unwrap();
    assert_eq!(read_all(folder).rows, recorded);

    // There is no room for the Parquet file: the journal stays, and is brought in later.
    free(0);
    let error = writer.close().unwrap_err();
    assert!(matches!(error, FlushError::Settle { .. }), "{error}");
    assert_eq!(read_all(folder).rows, recorded);
    fs::remove_file("filler").unwrap();
    let (mut writer, recovered) = Writer::open(folder, settings("two"), at(5)).unwrap();
    assert_eq!((recovered.rows, recovered.torn_records), (recorded, 0));

    // More than waits in memory is refused, and nothing that was taken is lost.
    free(0);
    let mut large = record(2, 2);
    large.request_id = "x".repeat(1 << 20);
    large.context.clear();
    let refused = (0..40).filter(|_| writer.append(&large).is_err()).count();
    assert!((1..20).contains(&refused), "{refused}");
    let error = writer.append(&large).unwrap_err();
    assert!(matches!(error, AppendError::Full { waiting: 10.., .. }), "{error}");
}
