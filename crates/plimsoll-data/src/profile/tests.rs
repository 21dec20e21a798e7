//! Profiles of small files, and what must hold for every profile.

mod sketched;
mod stored;

use std::fmt::Write;
use std::fs;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;

use self::stored::written;
use super::*;
use crate::tables::Tables;

fn profiled(text: &str) -> Profile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, text).unwrap();
    let found = profile(&Tables::file(file.path()), &Options::default()).unwrap();
    assert_eq!(found.damage, []);
    found.profile
}

/// Returns a file of Parquet with row groups of so many rows.
fn parquet(columns: Vec<(&str, ArrayRef)>, group: usize) -> tempfile::NamedTempFile {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let mut writer =
        ArrowWriter::try_new(file.reopen().unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

fn of_file(file: &tempfile::NamedTempFile, threads: usize) -> Profile {
    let threads = NonZeroUsize::new(threads).unwrap();
    let options = Options { threads, ..Options::default() };
    profile(&Tables::file(file.path()), &options).unwrap().profile
}

fn kinds(profile: &Profile) -> String {
    let said = |column: &Column| {
        let unparsed = column.unparsed();
        let rest = if unparsed > 0 { format!(" but {unparsed}") } else { String::new() };
        format!("{}: {}{rest}, {} missing", column.name(), column.kind(), column.missing())
    };
    profile.columns().iter().map(said).collect::<Vec<_>>().join("\n")
}

#[test]
fn kinds_of_columns_are_told_apart() {
    let mut text = "id,age,share,day,at,flag,city,code,note,json,mix,none,typo\n".to_owned();
    for row in 0..100 {
        let age = if row % 10 == 0 { "NA".to_owned() } else { (20 + row % 50).to_string() };
        let typo = if row == 7 { "1O".to_owned() } else { row.to_string() };
        let mix = if row % 3 == 0 { "many".to_owned() } else { (row % 3).to_string() };
        writeln!(text,
            "u-{row:04},{age},{}.5,2024-01-{:02},2024-01-01T{:02}:00:00Z,{},{},{:05},{},{},{mix},?,{typo}",
            row % 7,
            1 + row % 28,
            row % 24,
            row % 2 == 0,
            ["Oslo", "Rome", "Lima"][row % 3],
            row * 997 % 30_000,
            format_args!("a long remark about row {row} that nobody else would have written"),
            format_args!("\"{{\"\"a\"\": {row}}}\""),
        ).unwrap();
    }
    let profile = profiled(&text);
    insta::assert_snapshot!(kinds(&profile), @"
    id: identifier, 0 missing
    age: integer, 10 missing
    share: number, 0 missing
    day: date, 0 missing
    at: timestamp, 0 missing
    flag: boolean, 0 missing
    city: category, 0 missing
    code: identifier, 0 missing
    note: text, 0 missing
    json: json, 0 missing
    mix: mixed, 0 missing
    none: empty, 100 missing
    typo: integer but 1, 0 missing
    ");
    let age = profile.column("age").unwrap();
    assert_eq!(age.spelled().get("NA"), Some(&10));
    assert_eq!((age.filled(), age.rows()), (90, 100));
}

#[test]
fn numbers_are_summed_up() {
    let profile = profiled("x\n1\n2\n2\n\n10\n-inf\n");
    let column = profile.column("x").unwrap();
    let numbers = column.numbers().unwrap();
    assert_eq!((column.rows(), column.missing(), numbers.count()), (6, 1, 5));
    assert_eq!(numbers.ends(), Some((f64::NEG_INFINITY, 10.0)));
    assert_eq!(numbers.quantile(0.5), Some(2.0));
    assert_eq!((numbers.moments().count(), numbers.moments().mean()), (4, Some(3.75)));
    assert_eq!(numbers.frequent()[0], (2.0, 2));
    assert!(numbers.is_exact() && numbers.rank_error() <= 0.0);
    let [low, high] = numbers.tails(2).unwrap();
    assert_eq!((low, high), (Tail { limit: 1.0, beyond: 1 }, Tail { limit: 2.0, beyond: 1 }));
}

#[test]
fn nothing_and_missing_values_have_no_statistics() {
    let profile = profiled("a,b\n");
    assert_eq!((profile.rows(), profile.column("a").unwrap().kind()), (0, Kind::Empty));
    let profile = profiled("a,b\n1,?\n2,\n");
    let b = profile.column("b").unwrap();
    assert_eq!((b.kind(), b.missing(), b.empty()), (Kind::Empty, 2, 1));
    assert_eq!(b.numbers(), None);
}

#[test]
fn integers_of_all_64_bits_are_told_apart() {
    let large: Vec<i64> = (0..20_000).map(|row| i64::MAX - row).collect();
    let file = parquet(vec![("id", Arc::new(Int64Array::from(large)) as ArrayRef)], 1 << 20);
    let profile = of_file(&file, 1);
    let column = profile.column("id").unwrap();
    assert_eq!(column.kind(), Kind::Identifier);
    let off = column.distinct().abs_diff(20_000);
    assert!(off < 600, "{off}");
    assert!(column.trend().is_falling());
}

#[test]
fn a_file_and_its_rows_in_another_form_look_alike() {
    let numbers: Vec<Option<f64>> =
        (0..500).map(|row| (row % 7 > 0).then(|| f64::from(row % 40) / 4.0)).collect();
    let words: Vec<Option<&str>> =
        (0..500).map(|row| (row % 11 > 0).then(|| ["a", "b", "?"][row % 3])).collect();
    let mut text = "n,w\n".to_owned();
    for (number, word) in numbers.iter().zip(&words) {
        writeln!(
            text,
            "{},{}",
            number.map_or_else(String::new, |n| n.to_string()),
            word.unwrap_or_default()
        )
        .unwrap();
    }
    let a = profiled(&text);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("n", Arc::new(Float64Array::from(numbers))),
        ("w", Arc::new(StringArray::from(words))),
    ];
    let b = of_file(&parquet(columns, 100), 2);
    assert_eq!(a.rows(), b.rows());
    let of = |profile: &Profile, name: &str| profile.column(name).unwrap().clone();
    let numbers = [of(&a, "n"), of(&b, "n")];
    let items = numbers.each_ref().map(|column| column.numbers().unwrap().items());
    assert_eq!(items[0], items[1]);
    let counts = numbers.map(|column| (column.missing(), column.distinct()));
    assert_eq!(counts[0], counts[1]);
    let words =
        [of(&a, "w"), of(&b, "w")].map(|column| (column.values(), column.spelled().clone()));
    assert_eq!(words[0], words[1]);
    let repeated = |profile: &Profile| profile.digests().unwrap().repeated();
    assert_eq!(repeated(&a), repeated(&b));
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let numbers: Vec<f64> = (0..60_000).map(|row| f64::from(row * 7919 % 60_013)).collect();
    let words: Vec<String> = (0..60_000).map(|row| format!("w{}", row * 31 % 20_011)).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("n", Arc::new(Float64Array::from(numbers))),
        ("w", Arc::new(StringArray::from(words))),
    ];
    let file = parquet(columns, 7_000);
    let bytes = |threads| of_file(&file, threads).to_bytes().unwrap();
    assert!(bytes(1) == bytes(3));
}

#[test]
fn blocks_are_counted_at_quantiles_and_values() {
    let mut text = "at,n,w\n".to_owned();
    for row in 0..480 {
        let hour = row % 24;
        writeln!(
            text,
            "2024-01-{:02}T{hour:02}:30:00,{},{}",
            1 + row / 24,
            row * 3,
            ["x", "y"][row % 2]
        )
        .unwrap();
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, &text).unwrap();
    let options = Options { block: Some("at"), ..Options::default() };
    let found = profile(&Tables::file(file.path()), &options).unwrap().profile;
    let blocks = found.blocks().unwrap();
    assert_eq!((blocks.names().len(), blocks.rows()), (20, [24; 20].as_slice()));
    assert_eq!((blocks.names()[0].as_str(), blocks.column()), ("2024-01-01", "at"));
    let n = found.column("n").unwrap().spread().unwrap();
    let Grid::Cuts(cuts) = n.grid() else { panic!("numbers have cuts") };
    assert_eq!((cuts.len(), cuts[0], cuts[7]), (15, 87.0, 717.0));
    // The first day has the rows 0 to 23, the second has six of the first cell.
    assert_eq!(n.blocks().next().unwrap()[..2], [24, 0]);
    assert_eq!(n.blocks().nth(1).unwrap()[..2], [6, 18]);
    let w = found.column("w").unwrap().spread().unwrap();
    assert_eq!(w.grid(), &Grid::Values(vec!["x".into(), "y".into()]));
    assert!(w.blocks().all(|counts| counts == [12, 12, 0, 0]));
    assert!(written(&found) == found);
    // Two halves of the days merge to what the whole has, but for the places of the cuts.
    let mut merged = found.clone();
    merged.merge(found).unwrap();
    assert_eq!(merged.blocks().unwrap().rows(), [48; 20]);
    let n = merged.column("n").unwrap().spread().unwrap();
    assert_eq!(n.blocks().next().unwrap()[..2], [48, 0]);
}

#[test]
fn other_columns_do_not_merge() {
    let mut profile = profiled("a,b\n1,2\n");
    let error = profile.merge(profiled("a,c\n1,2\n")).unwrap_err();
    assert_eq!(error.to_string(), "only one of the profiles has the column `b`");
    profile.merge(profiled("b,a\n3,4\n")).unwrap();
    assert_eq!(profile.column("b").unwrap().numbers().unwrap().items(), [(2.0, 1), (3.0, 1)]);
}

/// Returns a table with every kind of cell, from numbers that say which.
fn table(rows: &[(u8, u32)]) -> String {
    let mut text = "n,w,d\n".to_owned();
    for (kind, value) in rows {
        let number = match kind {
            0 => String::new(),
            1 => "NA".to_owned(),
            2 => format!("{}.25", value % 1000),
            _ => (value % 300).to_string(),
        };
        let day = if *kind == 3 { String::new() } else { format!("2020-02-{:02}", 1 + value % 29) };
        writeln!(text, "{number},w{},{day}", value % 90).unwrap();
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn parts_merge_to_the_whole(
        rows in prop::collection::vec((0..9_u8, any::<u32>()), 1..400),
        at in 0..100_usize,
    ) {
        let cut = rows.len() * at / 100;
        let whole = profiled(&table(&rows));
        let mut merged = profiled(&table(&rows[..cut]));
        merged.merge(profiled(&table(&rows[cut..]))).unwrap();
        prop_assert_eq!(whole.rows(), merged.rows());
        for (a, b) in whole.columns().iter().zip(merged.columns()) {
            prop_assert_eq!((a.kind(), a.missing(), a.spelled()), (b.kind(), b.missing(), b.spelled()));
            prop_assert_eq!((a.distinct(), a.values()), (b.distinct(), b.values()));
            prop_assert_eq!(a.trend(), b.trend());
            let items = |of: &Column| of.numbers().map(Numbers::items);
            prop_assert_eq!(items(a), items(b));
        }
        let repeated = |of: &Profile| of.digests().unwrap().repeated();
        prop_assert_eq!(repeated(&whole), repeated(&merged));
        prop_assert!(written(&merged) == merged);
    }
}
