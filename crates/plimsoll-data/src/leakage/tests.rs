use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};

use crate::integrity::digest::spread;
use crate::integrity::samples::{Sample, label};
use crate::integrity::{Outcome, ReadDigestsError, Reference, Roles, is_digests};

fn roles() -> Roles {
    Roles { index: vec!["id".to_owned()], time: Some("day".to_owned()), ..label("y") }
}

/// Rows from `from` on, a day each, whose label goes with `x`.
fn rows(from: u32, rows: u32) -> Sample {
    Sample::rows("id,day,x,city,y", rows, move |at| {
        let (at, noise) = (from + at, spread(u64::from(from + at)) % 100);
        let day = format!("20{:02}-{:02}-{:02}", 10 + at / 336, 1 + at / 28 % 12, 1 + at % 28);
        let city = ["Bonn", "Ulm"][(noise % 2) as usize];
        format!("{at},{day},{noise}.{at:04},{city},{}", ["no", "yes"][usize::from(noise > 60)])
    })
}

#[test]
fn rows_of_their_own_pass_every_comparison() {
    let checked = rows(600, 300).check(&roles(), Some(&rows(0, 600).reference(&roles())));
    assert_eq!(checked.codes(), ["leakage.feature-label"]);
    for code in [
        "leakage.row-overlap",
        "leakage.index-overlap",
        "leakage.time-overlap",
        "split.new-category",
        "split.new-label",
        "split.size",
        "split.feature-label-change",
    ] {
        assert_eq!(checked.of(code), Outcome::Pass, "{code}");
    }
}

#[test]
fn shared_rows_identifiers_and_days_are_errors_with_their_lines() {
    let checked = rows(550, 300).check(&roles(), Some(&rows(0, 600).reference(&roles())));
    let message = checked.message("leakage.row-overlap");
    assert!(message.starts_with("50 of 300 rows (16.7 %) are in the training data as well, by 3 columns, at most 1 % accepted; of the training data 0 of 600 rows (0 %) have a twin there, for example line 2, line 3, "), "{message}");
    assert!(
        checked
            .message("leakage.index-overlap")
            .starts_with("50 of 300 rows (16.7 %) have an identifier (`id`)")
    );
    assert!(
        checked
            .message("leakage.time-overlap")
            .contains("the end of the training data (2011-10-12)"),
        "{}",
        checked.message("leakage.time-overlap")
    );
    assert_eq!(checked.outcome(), Outcome::Block);
}

#[test]
fn a_case_is_no_new_one_under_another_label_or_number() {
    let train = Sample::rows("id,x,y", 200, |at| format!("{at},{at}.5,a"));
    let roles = Roles { index: vec!["id".to_owned()], ..label("y") };
    let test = Sample::rows("y,x,id", 100, |at| format!("b,{at}.50,{}", 1000 + at));
    let checked = test.check(&roles, Some(&train.reference(&roles)));
    assert_eq!(checked.of("leakage.row-overlap"), Outcome::Block);
    assert_eq!(checked.of("leakage.index-overlap"), Outcome::Pass);
    assert_eq!(
        checked.message("split.new-label"),
        "label `y` holds a class that the training data never had in 100 of 100 rows (100 %): \"b\" (100)"
    );
}

#[test]
fn rows_that_training_repeats_itself_are_shared_by_chance() {
    let draw = |seed: u64| {
        move |at: u32| {
            let noise = spread(seed + u64::from(at));
            format!("{},{},{}", noise % 3, noise / 3 % 3, noise / 9 % 4)
        }
    };
    let train = Sample::rows("a,b,c", 500, draw(1)).reference(&Roles::default());
    let checked = Sample::rows("a,b,c", 200, draw(9000)).check(&Roles::default(), Some(&train));
    assert_eq!(checked.of("leakage.row-overlap"), Outcome::Warning);
    assert!(
        checked
            .message("leakage.row-overlap")
            .contains("rows drawn from the same source would share as many")
    );
}

#[test]
fn what_training_never_had_is_found_when_it_is_more_than_chance() {
    let table = |rows: u32, new: u32| {
        Sample::rows("kind,word", rows, move |at| {
            let kind = if at < new { "instant" } else { ["card", "cash"][(at % 2) as usize] };
            format!("{kind},w{}", spread(u64::from(at * 7 + rows)) % 400)
        })
    };
    let train = table(2000, 0).reference(&Roles::default());
    let found = table(1000, 60).check(&Roles::default(), Some(&train));
    let message = found.message("split.new-category");
    assert!(message.starts_with("column `kind` holds a category that the training data never had in 60 of 1,000 rows (6 %), at most 1 % beyond chance accepted (p ") && message.ends_with(": \"instant\" (60)"), "{message}");
    // A few rows of rare words are to be expected.
    assert_eq!(
        table(1000, 3).check(&Roles::default(), Some(&train)).of("split.new-category"),
        Outcome::Pass
    );
}

#[test]
fn a_category_that_became_thousands_of_values_is_found() {
    let kinds = Sample::rows("kind", 2000, |at| format!("k{}", at % 12));
    let train = kinds.reference(&Roles::default());
    let ids = Sample::rows("kind", 12_000, |at| format!("id{at}"));
    let checked = ids.check(&Roles::default(), Some(&train));
    let message = checked.message("split.new-category");
    assert!(message.starts_with("column `kind` holds more than "), "{message}");
    assert!(message.ends_with("values, of which the training data had 12"), "{message}");
}

#[test]
fn a_relation_that_turned_is_found() {
    let table = |turned: bool| {
        Sample::rows("x,kind,noise,y", 600, move |at| {
            let noise = spread(u64::from(at) + 5000 * u64::from(turned));
            let (x, other) = (noise % 100, noise / 100 % 100);
            let yes = (x + other / 2 > 75) != turned;
            let kind = if yes == turned { "plus" } else { "minus" };
            let kind = if (noise / 10_000).is_multiple_of(3) { "plus" } else { kind };
            format!("{x},{kind},{},{}", noise / 30_000 % 50, ["no", "yes"][usize::from(yes)])
        })
    };
    let train = table(false).reference(&label("y"));
    let checked = table(true).check(&label("y"), Some(&train));
    let subjects: Vec<_> = checked
        .found("split.feature-label-change")
        .iter()
        .map(|found| found.subject.clone().unwrap())
        .collect();
    assert_eq!(subjects, ["x", "kind"]);
    let same = table(false).check(&label("y"), Some(&train));
    assert_eq!(same.of("split.feature-label-change"), Outcome::Pass);
    let number =
        Sample::rows("x,y", 50, |at| format!("{at},{at}")).check(&label("y"), Some(&train));
    assert_eq!(number.of("split.feature-label-change"), Outcome::Error);
}

#[test]
fn a_class_that_no_drawn_row_has_is_no_error() {
    // One of 120,000 rows, and 50,000 are drawn.
    let rare = |rows: u32, yes: u32| {
        Sample::rows("x,y", rows, move |at| {
            format!("{},{}", spread(u64::from(at)) % 100, ["no", "yes"][usize::from(at == yes)])
        })
    };
    let of = |yes| {
        let train = rare(120_000, yes).reference(&label("y"));
        rare(300, 3).check(&label("y"), Some(&train)).of("split.feature-label-change")
    };
    let outcomes = [77, 78, 79, 80].map(of);
    assert!(outcomes.contains(&Outcome::NotApplicable), "all of them are drawn: {outcomes:?}");
    assert!(!outcomes.contains(&Outcome::Error), "{outcomes:?}");
}

#[test]
fn columns_that_tell_the_label_are_found_and_unique_ones_are_not() {
    let table = Sample::rows("id,secret,name,x,y", 600, |at| {
        let noise = spread(u64::from(at)) % 1000;
        format!("{at},{}.5,name{at},{},{noise}", noise * noise, spread(noise + 7) % 90)
    });
    let index = |label_of: &str| Roles { index: vec!["id".to_owned()], ..label(label_of) };
    let checked = table.check(&index("y"), None);
    assert!(
        checked
            .message("leakage.feature-label")
            .starts_with("`secret` alone tells the label `y` (squared Spearman correlation 1.000")
    );
    assert_eq!(checked.of("leakage.identifier-label"), Outcome::Pass);
    let sorted =
        Sample::rows("id,y", 400, |at| format!("{at},{}", if at < 200 { "a" } else { "b" }));
    assert!(
        sorted
            .check(&index("y"), None)
            .message("leakage.identifier-label")
            .starts_with("`id` alone tells the label `y` (AUC 1.000")
    );
}

#[test]
fn sizes_are_compared() {
    let train = rows(0, 300).reference(&Roles::default());
    assert_eq!(
        rows(900, 400).check(&Roles::default(), Some(&train)).message("split.size"),
        "there are 400 rows, 1.3 times the 300 of the training data, at most 1 times accepted: were the two files exchanged?"
    );
    assert_eq!(
        rows(900, 20).check(&Roles::default(), Some(&train)).of("split.size"),
        Outcome::Warning
    );
}

#[test]
fn digests_that_were_written_say_what_the_data_say() {
    let (train, test) = (rows(0, 600), rows(550, 300));
    let file = tempfile::NamedTempFile::new().unwrap();
    train.kept(&roles()).write(file.path()).unwrap();
    assert!(is_digests(file.path()) && !is_digests(train.path()));
    let read = Reference::read(file.path()).unwrap();
    let (by_data, by_digests) =
        (test.check(&roles(), Some(&train.reference(&roles()))), test.check(&roles(), Some(&read)));
    assert_eq!(by_data, by_digests);
    let written = String::from_utf8_lossy(&fs::read(file.path()).unwrap()).into_owned();
    assert!(!written.contains("Bonn"), "{written}");
    // Roles that the digests do not have cannot be compared.
    let plain = train.kept(&Roles::default());
    let checked = test.check(&roles(), Some(&plain));
    for code in ["leakage.index-overlap", "leakage.time-overlap", "split.new-label"] {
        assert_eq!(checked.of(code), Outcome::Error, "{code}");
    }
}

#[test]
fn damaged_digests_are_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    rows(0, 200).kept(&roles()).write(file.path()).unwrap();
    let whole = fs::read(file.path()).unwrap();
    let error = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        Reference::read(file.path()).unwrap_err()
    };
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert!(error(&flipped).to_string().ends_with("its checksum is another"));
    assert!(matches!(error(&whole[..whole.len() - 3]), ReadDigestsError::Damaged { .. }));
    assert!(matches!(error(b"id,x\n1,2\n"), ReadDigestsError::Damaged { .. }));
    // The checksum is of what follows the first line, which anybody can write.
    let line = whole.iter().position(|byte| *byte == b'\n').unwrap();
    let altered = |place: &str, value: &str| {
        let mut header: serde_json::Value = serde_json::from_slice(&whole[..line]).unwrap();
        *header.pointer_mut(place).unwrap() = serde_json::from_str(value).unwrap();
        [header.to_string().as_bytes(), &whole[line..]].concat()
    };
    for (place, value, said) in [
        ("/rows", "7", "a column has more values than there are rows"),
        ("/values/city", r#"{"1": 18446744073709551615, "2": 1}"#, "a column has more values"),
        ("/twins", "201", "its numbers of rows cannot be"),
        ("/rows", "18446744073709551615", "its numbers of rows cannot be"),
        ("/relations/features/x/correlation", "1.5", "a feature goes with the label"),
    ] {
        let told = error(&altered(place, value)).to_string();
        assert!(told.contains(said), "{told}");
    }
    let later =
        String::from_utf8_lossy(&whole).replacen("digests/v1", "digests/v2", 1).into_bytes();
    assert!(matches!(error(&later), ReadDigestsError::Version { .. }));
}

#[test]
fn digests_of_version_1_are_read() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/digests");
    let reference = Reference::read(format!("{fixtures}/people-v1.digests").as_ref()).unwrap();
    let people = Sample::csv(&fs::read_to_string(format!("{fixtures}/people.csv")).unwrap());
    let roles =
        Roles { index: vec!["id".to_owned()], time: Some("day".to_owned()), ..label("left") };
    let checked = people.check(&roles, Some(&reference));
    for code in ["leakage.row-overlap", "leakage.index-overlap", "leakage.time-overlap"] {
        assert_eq!(checked.says(code), "60 of 60 rows (100 %)", "{code}");
    }
}

#[test]
fn text_and_parquet_of_the_same_rows_agree() {
    let text = Sample::rows("id,x,city", 50, |at| {
        if at == 7 { format!("{at},, Bonn ") } else { format!("{at},{at}.50,Bonn") }
    });
    let numbers = |at: i64| if at == 7 { None } else { Some(at as f64 + 0.5) };
    let batch = RecordBatch::try_from_iter([
        ("city", Arc::new(StringArray::from(vec!["Bonn"; 50])) as ArrayRef),
        ("x", Arc::new((0..50).map(numbers).collect::<Float64Array>()) as ArrayRef),
        ("id", Arc::new((0..50).map(Some).collect::<Int64Array>()) as ArrayRef),
    ]);
    let reference = Sample::parquet(&batch.unwrap()).reference(&Roles::default());
    let checked = text.check(&Roles::default(), Some(&reference));
    assert_eq!(checked.says("leakage.row-overlap"), "50 of 50 rows (100 %)");
}
