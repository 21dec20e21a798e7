use std::sync::LazyLock;
use std::time::Instant;

use proptest::prelude::*;

use super::super::record::{Column, Values};
use super::super::samples::{at, column, record, settings, wide};
use super::*;

/// Writes `records` to a journal of its own and returns its bytes.
fn journal_of(records: &[Record]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    make_folder(&self::folder(folder.path())).unwrap();
    let hour = Hour::of(at(0));
    let mut journal = Journal::create(folder.path(), &settings("one"), hour).unwrap();
    for record in records {
        journal.append(record).unwrap();
    }
    journal.flush().unwrap();
    fs::read(journal.path()).unwrap()
}

/// Reads a journal of these bytes: its records, how many are torn, and of how many bytes.
fn replayed(bytes: &[u8]) -> (Vec<Record>, u64, u64) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, bytes).unwrap();
    match Replay::open(file.reopen().unwrap()).unwrap() {
        Beginning::Sound(mut replay) => {
            let survey = replay.survey().unwrap();
            let records: Vec<Record> =
                std::iter::from_fn(|| replay.next().unwrap()).map(|next| next.record).collect();
            assert_eq!(survey.records, records.len() as u64);
            (records, survey.torn_records, survey.torn_bytes)
        }
        Beginning::Torn { bytes } => (Vec::new(), 0, bytes),
        Beginning::Foreign => panic!("no journal"),
    }
}

fn columns() -> impl Strategy<Value = Vec<(String, u32, u8)>> {
    prop::collection::vec(("[a-zä]{0,3}", 1..4_u32, 0..5_u8), 0..4)
}

fn filled(columns: Vec<(String, u32, u8)>, rows: u32, seed: i64) -> Vec<Column> {
    let column = |(name, width, kind): (String, u32, u8)| {
        let each = (0..i64::from(rows * width)).map(|at| seed.wrapping_mul(at + 1));
        let small = |value: i64| i16::try_from(value % 1000).unwrap();
        let values = match kind {
            0 => Values::Float32(each.map(|value| f32::from(small(value)) / 7.0).collect()),
            1 => Values::Float64(each.map(|value| f64::from(small(value)) / 7.0).collect()),
            2 => Values::Int64(each.collect()),
            3 => Values::Bool(each.map(|value| value % 2 == 0).collect()),
            _ => Values::Text(each.map(|value| value.to_string()).collect()),
        };
        Column { name: name.as_str().into(), values, width }
    };
    columns.into_iter().map(column).collect()
}

prop_compose! {
    fn records()(
        version in "[0-9.]{0,5}",
        request_id in "[a-zé-]{0,9}",
        numbers in (any::<i64>(), any::<u32>(), 0..4_u32, any::<i64>()),
        columns in (columns(), columns(), columns()),
    ) -> Record {
        let (received, latency_us, rows, seed) = numbers;
        let (inputs, context, outputs) = columns;
        Record {
            request_id,
            received_at: plimsoll_core::Timestamp::from_millis(received),
            latency_us,
            version: version.as_str().into(),
            rows,
            inputs: filled(inputs, rows, seed),
            context: filled(context, rows, seed),
            outputs: filled(outputs, rows, seed),
        }
    }
}

/// How long the head of a journal is, six records, and a journal of them.
static SIX: LazyLock<(usize, Vec<Record>, Vec<u8>)> = LazyLock::new(|| {
    let records: Vec<Record> = (0..6).map(|instant| record(instant, 0)).collect();
    let bytes = journal_of(&records);
    (journal_of(&[]).len(), records, bytes)
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_appended_is_read(records in prop::collection::vec(records(), 0..6)) {
        prop_assert_eq!(replayed(&journal_of(&records)), (records, 0, 0));
    }

    #[test]
    fn damage_takes_what_it_lies_in(place in 0..10_000_usize, flip in 1..=255_u8) {
        let (head, records, bytes) = &*SIX;
        let mut bytes = bytes.clone();
        let place = head + place % (bytes.len() - head);
        bytes[place] ^= flip;
        let (read, torn, _) = replayed(&bytes);
        // A damaged layout takes its records along.
        prop_assert!(torn >= 1);
        prop_assert!(read.iter().all(|record| records.contains(record)));
        prop_assert!(read.len() >= 5 || read.is_empty());
    }
}

#[test]
fn a_journal_that_is_cut_anywhere_has_the_records_before() {
    let records = [record(1, 1), wide("a", "1.0.0"), record(2, 2), wide("b", "1.1.0")];
    let ends: Vec<usize> =
        (0..=records.len()).map(|count| journal_of(&records[..count]).len()).collect();
    let whole = journal_of(&records);
    for cut in 0..whole.len() {
        let (read, torn, torn_bytes) = replayed(&whole[..cut]);
        let expected = ends.iter().filter(|end| **end <= cut).count().saturating_sub(1);
        assert_eq!(read, records[..expected], "cut at {cut}");
        let broken_off = (cut - ends[expected].min(cut)) as u64;
        let layouts = u64::from(torn_bytes < broken_off);
        assert!(cut < ends[0] || torn + layouts >= u64::from(broken_off > 0), "cut at {cut}");
        assert!(cut < ends[0] || torn_bytes <= broken_off, "cut at {cut}");
    }
}

#[test]
fn zeros_behind_a_journal_are_torn() {
    let mut bytes = journal_of(&[record(1, 1)]);
    bytes.extend([0; 500]);
    assert_eq!(replayed(&bytes), (vec![record(1, 1)], 1, 500));
    assert_eq!(replayed(&[0; 500]), (vec![], 0, 500));
}

#[test]
fn what_cannot_be_read_back_is_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    make_folder(&self::folder(folder.path())).unwrap();
    let mut journal = Journal::create(folder.path(), &settings("one"), Hour::of(at(0))).unwrap();
    let mut uneven = record(1, 1);
    uneven.rows = 2;
    let mut large = record(1, 1);
    large.context.push(column("note", Values::Text(vec!["x".repeat(MAX_PAYLOAD)]), 1));
    let errors = [uneven, large].map(|record| journal.append(&record).unwrap_err().to_string());
    insta::assert_snapshot!(errors.join("\n"), @r"
    column `temp` has 1 values, expected 2
    a record of 16777292 bytes is too large (at most 16777216 are recorded)
    ");
    journal.append(&record(1, 1)).unwrap();
    journal.flush().unwrap();
    let bytes = fs::read(journal.path()).unwrap();
    assert_eq!(replayed(&bytes), (vec![record(1, 1)], 0, 0));
}

#[test]
#[ignore = "measures what one record costs; run it alone and optimized"]
#[expect(clippy::print_stderr, reason = "the figure is what it is for")]
fn appending_is_cheap() {
    let folder = tempfile::tempdir().unwrap();
    make_folder(&self::folder(folder.path())).unwrap();
    let mut journal = Journal::create(folder.path(), &settings("one"), Hour::of(at(0))).unwrap();
    let mut sample = record(1, 1);
    sample.inputs =
        (0..20).map(|at| column(&format!("feature-{at}"), Values::Float32(vec![0.5]), 1)).collect();
    let count: u32 = 1_000_000;
    let before = Instant::now();
    for at in 0..count {
        journal.append(&sample).unwrap();
        if at % 30_000 == 0 {
            journal.flush().unwrap();
        }
    }
    let each = before.elapsed() / count;
    let bytes = fs::metadata(journal.path()).unwrap().len() / u64::from(count);
    eprintln!("{each:?} and {bytes} bytes a record of 20 features");
}
