//! Profiles as files, of this version and of earlier ones.

use std::path::{Path, PathBuf};

use super::*;

/// Writes a profile and reads it back.
pub(super) fn written(profile: &Profile) -> Profile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, profile.to_bytes().unwrap()).unwrap();
    assert!(Profile::is_profile(file.path()));
    Profile::read(file.path()).unwrap()
}

#[test]
fn what_was_written_is_read_back_and_damage_is_refused() {
    let profile = profiled("a,b\n1,x\n2,y\n2,y\n");
    assert!(written(&profile) == profile);
    let json = serde_json::to_string(&profile).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    for (from, to) in [
        ("profile/1", "profile/9"),
        ("\"rows\":3", "\"rows\":4"),
        ("\"empty\":0", "\"empty\":1"),
        ("\"name\":\"b\"", "\"name\":\"a\""),
        ("\"scale\":\"integer\"", "\"scale\":\"other\""),
        ("{\"format\"", "{\"more\":1,\"format\""),
    ] {
        let changed = json.replacen(from, to, 1);
        assert_ne!(changed, json, "{from}");
        fs::write(&file, zstd::encode_all(changed.as_bytes(), 1).unwrap()).unwrap();
        Profile::read(file.path()).unwrap_err();
    }
    let whole = profile.to_bytes().unwrap();
    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        Profile::read(file.path()).unwrap_err();
    }
}

#[test]
fn numbers_that_are_no_numbers_of_json_are_stored_too() {
    let mut text = "x,y,d\n".to_owned();
    for row in 0..60 {
        let x = ["-inf", "inf", "1e300", "-1e300", "2.5"][row % 5];
        writeln!(text, "{x},{},d{}", if row == 0 { "-inf" } else { "1e200" }, row % 3).unwrap();
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, text).unwrap();
    let options = Options { block: Some("d"), ..Options::default() };
    let found = profile(&Tables::file(file.path()), &options).unwrap().profile;
    let again = written(&found);
    // NaN, which sums of what is too large may be, equals nothing, so texts are compared.
    let text = |of: &Profile| serde_json::to_string(of).unwrap();
    assert_eq!(text(&again), text(&found));
    let x = again.column("x").unwrap();
    assert_eq!(x.numbers().unwrap().ends(), Some((f64::NEG_INFINITY, f64::INFINITY)));
    assert_eq!(x.numbers().unwrap().moments().variance(), None);
    let Grid::Cuts(cuts) = x.spread().unwrap().grid() else { panic!("numbers have cuts") };
    assert_eq!((cuts[0], *cuts.last().unwrap()), (f64::NEG_INFINITY, f64::INFINITY));
    let file = tempfile::NamedTempFile::new().unwrap();
    let json = serde_json::to_string(&found).unwrap();
    for (from, to) in [("\"-Infinity\"", "\"NaN\""), ("\"Infinity\"", "\"Endless\"")] {
        let changed = json.replace(from, to);
        assert_ne!(changed, json);
        fs::write(&file, zstd::encode_all(changed.as_bytes(), 1).unwrap()).unwrap();
        Profile::read(file.path()).unwrap_err();
    }
}

/// Returns the table of the fixtures: a column of each kind, blocks, a column with more values than
/// are counted one by one, rows that repeat each other.
fn sample() -> String {
    let mut text = "day,n,price,flag,town,at,code,note,mix\n".to_owned();
    for row in 0..10_600_u32 {
        // The last rows repeat the first.
        let row = row % 10_500;
        let price = if row % 11 == 0 { "NA".to_owned() } else { format!("{}.25", row % 40) };
        writeln!(
            text,
            "2024-01-{:02},{},{price},{},{},2024-01-{:02}T{:02}:30:00Z,A{:03},{},{}",
            1 + row % 28,
            u64::from(row) * 7919 % 10_501,
            row % 3 == 0,
            ["Oslo", "Rome", "Lima", "Ürümqi"][(row % 4) as usize],
            1 + row % 28,
            row % 24,
            row % 90,
            ["a short remark", "one that is somewhat longer", "?"][(row % 3) as usize],
            if row % 2 == 0 { "many".to_owned() } else { (row % 5).to_string() },
        )
        .unwrap();
    }
    text
}

fn profile_of_sample() -> Profile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, sample()).unwrap();
    let options = Options { block: Some("day"), ..Options::default() };
    profile(&Tables::file(file.path()), &options).unwrap().profile
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/table-v1.profile")
}

#[test]
fn a_profile_of_version_1_is_read_as_it_was_written() {
    let stored = Profile::read(&fixture()).unwrap();
    assert_eq!((stored.rows(), stored.blocks().unwrap().names().len()), (10_600, 28));
    assert_eq!(stored.digests().unwrap().repeated(), 100);
    let n = stored.column("n").unwrap();
    assert!(!n.numbers().unwrap().is_exact());
    assert_eq!(n.numbers().unwrap().ends(), Some((0.0, 10_500.0)));
    insta::assert_snapshot!(kinds(&stored), @"
    day: date, 0 missing
    n: identifier, 0 missing
    price: number, 965 missing
    flag: boolean, 0 missing
    town: category, 0 missing
    at: timestamp, 0 missing
    code: category, 0 missing
    note: category, 3533 missing
    mix: mixed, 0 missing
    ");
    // What is read is all there was: nothing is dropped, and nothing is filled in.
    let text = zstd::decode_all(fs::File::open(fixture()).unwrap()).unwrap();
    assert!(serde_json::to_vec(&stored).unwrap() == text);
}

#[test]
fn a_profile_of_version_1_merges_with_one_of_today() {
    let mut stored = Profile::read(&fixture()).unwrap();
    stored.merge(profile_of_sample()).unwrap();
    assert_eq!(stored.rows(), 21_200);
    assert_eq!(stored.digests().unwrap().repeated(), 10_700);
    assert_eq!(stored.blocks().unwrap().rows().iter().sum::<u64>(), 21_200);
    let town = stored.column("town").unwrap().values();
    assert_eq!(town.counts[0], ("Lima".to_owned(), 5_300));
}

#[test]
#[ignore = "writes the fixture of a new version; an old one is never written again"]
fn write_the_fixture() {
    assert_eq!(Profile::FORMAT, "plimsoll.profile/1");
    assert!(!fixture().exists());
    fs::write(fixture(), profile_of_sample().to_bytes().unwrap()).unwrap();
}
