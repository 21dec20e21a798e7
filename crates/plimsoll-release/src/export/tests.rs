use std::io::Cursor;

use plimsoll_core::audit::{AuditEntry, Occasion, Sealed, Transition, seal};
use plimsoll_core::{Digest, Timestamp};
use serde_json::json;

use super::*;
use crate::checkpoint::Checkpoint;
use crate::key::SigningKey;
use crate::role::Role;
use crate::samples;
use crate::trust::Trust;

fn log(entries: u64, why: &str) -> Vec<Sealed> {
    let mut log: Vec<Sealed> = Vec::new();
    let occasion = Occasion {
        at: Timestamp::from_millis(1000),
        who: "ada".parse().unwrap(),
        why: why.parse().unwrap(),
        evidence: None,
    };
    for sequence in 1..=entries {
        let what = Transition::Yanked { version: format!("m@{sequence}.0.0").parse().unwrap() };
        let entry = AuditEntry::new(sequence, what, &occasion);
        log.push(seal(log.last().map(|last| last.digest), &entry).unwrap());
    }
    log
}

fn signed(log: &[Sealed], sequence: u64, key: &SigningKey) -> serde_json::Value {
    let head = log[usize::try_from(sequence).unwrap() - 1].digest;
    let at = Timestamp::from_millis(1_780_272_000_000);
    let (role, builder) = (Role::Release, samples::builder());
    let checkpoint = Checkpoint { role, builder, log: log[0].digest, sequence, head, at };
    serde_json::from_slice(&checkpoint.seal(key).unwrap().to_json().unwrap()).unwrap()
}

fn trust() -> Trust {
    let key = samples::key().public().to_pem().unwrap();
    let key = json!({"name": "ci", "key": key, "roles": ["release"]});
    Trust::from_json(json!({"version": 1, "keys": [key]}), 0).unwrap()
}

/// Exports a log with checkpoints behind some of its entries.
fn exported(log: &[Sealed], checkpoints: &[u64], key: &SigningKey) -> String {
    let keys = ExportedKey::of(&trust());
    let mut export =
        Export::begin(Vec::new(), log[0].digest, "2026-06-01T00:00:00Z".into(), keys).unwrap();
    for sealed in log {
        export.entry(sealed).unwrap();
        if checkpoints.contains(&sealed.sequence) {
            export.checkpoint(sealed.sequence, signed(log, sealed.sequence, key)).unwrap();
        }
    }
    String::from_utf8(export.finish().unwrap().0).unwrap()
}

fn whole() -> String {
    exported(&log(6, "because"), &[3, 5], &samples::key())
}

fn checked(text: &str, known: &[Known]) -> Checked {
    verify(Cursor::new(text.as_bytes()), &trust(), known).unwrap()
}

fn told(text: &str, known: &[Known]) -> String {
    let faults = checked(text, known).faults;
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Returns the lines of the whole export after a change of them.
fn changed(change: impl FnOnce(&mut Vec<String>)) -> String {
    let mut lines: Vec<String> = whole().lines().map(str::to_owned).collect();
    change(&mut lines);
    lines.join("\n") + "\n"
}

fn known(sequence: u64) -> Known {
    let log = log(9, "because");
    let head = log[usize::try_from(sequence).unwrap() - 1].digest;
    Known { log: log[0].digest, sequence, head }
}

#[test]
fn an_untouched_export_verifies_and_says_up_to_where_it_is_signed() {
    let checked = checked(&whole(), &[known(2), known(6)]);
    assert!(checked.faults.is_empty(), "{:?}", checked.faults);
    assert_eq!((checked.entries, checked.checkpoints, checked.signed), (6, 2, 5));
    assert_eq!(checked.head, log(6, "because")[5].digest);
    assert_eq!(checked.signers.into_iter().collect::<Vec<_>>(), ["ci"]);
    assert_eq!(log_of(Cursor::new(whole())).unwrap(), log(1, "because")[0].digest);
}

#[test]
fn names_whatever_was_touched() {
    // Lines: 0 start, 1-3 entries, 4 checkpoint, 5-6 entries, 7 checkpoint, 8 entry, 9 end.
    let cases: [(&str, String, &str); 12] = [
        ("an edit", changed(|l| l[2] = l[2].replace("because", "by luck")), "entry 2 was changed"),
        ("a blank", changed(|l| l[2] = l[2].replace("\":\"", "\": \"")), "line 3 is not as"),
        ("entries swapped", changed(|l| l.swap(1, 2)), "lies in the place of entry"),
        ("an entry gone", changed(|l| _ = l.remove(5)), "entry 4 is missing"),
        ("checkpoints swapped", changed(|l| l.swap(4, 7)), "checkpoints were swapped"),
        ("a checkpoint moved", changed(|l| l.swap(4, 5)), "checkpoints were swapped"),
        ("a checkpoint gone", changed(|l| _ = l.remove(4)), "6 entries and 1 checkpoints"),
        ("the end gone", changed(|l| _ = l.pop()), "without its last line"),
        ("half a line", whole()[..whole().len() - 30].to_owned(), "without its last line"),
        ("more behind", whole() + "{}\n", "line 11 is not as Plimsoll writes it"),
        ("twice", whole() + &whole(), "the file begins again"),
        (
            "another start",
            changed(|l| l[0] = l[0].replacen("blake3:", "blake3:0", 1)),
            "is no audit log",
        ),
    ];
    for (what, text, said) in cases {
        let told = match verify(Cursor::new(text.as_bytes()), &trust(), &[]) {
            Ok(checked) => {
                assert_eq!(checked.found, checked.faults.len() as u64, "{what}");
                checked.faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
            Err(error) => error.to_string(),
        };
        assert!(told.contains(said), "{what}: {told}");
    }
}

#[test]
fn a_log_that_was_rewritten_and_sealed_anew_is_found_by_its_checkpoints() {
    let (honest, forged) = (log(6, "because"), log(6, "by luck"));
    // The old checkpoints on the new log.
    let mut lines: Vec<String> =
        exported(&forged, &[], &samples::key()).lines().map(str::to_owned).collect();
    let own = exported(&honest, &[3], &samples::key());
    let checkpoint = own.lines().nth(4).unwrap().to_owned();
    lines.insert(4, checkpoint);
    let last = lines.len() - 1;
    lines[last] = lines[last].replace("\"checkpoints\":0", "\"checkpoints\":1");
    let text = lines.join("\n") + "\n";
    let said = told(&text, &[]);
    assert!(said.contains("a checkpoint of entry 3 is one of another log"), "{said}");
    assert!(said.contains("no checkpoint that is trusted here vouches"), "{said}");
    // Rewritten from the second entry on.
    let mut tail = honest[..1].to_vec();
    for sealed in &forged[1..] {
        let entry = sealed.entry().unwrap();
        tail.push(seal(tail.last().map(|last| last.digest), &entry).unwrap());
    }
    let mut export = Export::begin(Vec::new(), tail[0].digest, "now".into(), Vec::new()).unwrap();
    for sealed in &tail {
        export.entry(sealed).unwrap();
        if sealed.sequence == 3 {
            export.checkpoint(3, signed(&honest, 3, &samples::key())).unwrap();
        }
    }
    let text = String::from_utf8(export.finish().unwrap().0).unwrap();
    let said = told(&text, &[]);
    assert!(said.contains("the log was rewritten up to there"), "{said}");
    // By a key that nobody trusts.
    let stranger = SigningKey::from_random([8; 32]).unwrap();
    let said = told(&exported(&forged, &[6], &stranger), &[]);
    assert!(said.contains("which the trust file does not name"), "{said}");
    assert!(said.contains("no checkpoint that is trusted here vouches"), "{said}");
}

#[test]
fn a_log_that_was_cut_back_is_found_by_what_is_known_elsewhere() {
    let cut = exported(&log(4, "because"), &[3], &samples::key());
    // By itself it is a whole log that was shorter once. That is what nobody can tell from it.
    assert_eq!(told(&cut, &[]), "");
    let said = told(&cut, &[known(5)]);
    insta::assert_snapshot!(said, @"the log ends with entry 4, and a checkpoint of entry 5 is known: its end was cut off");
    let other = Known { head: Digest::blake3(b"x"), ..known(3) };
    assert!(told(&cut, &[other]).contains("the log was rewritten up to there"));
    let elsewhere = Known { log: Digest::blake3(b"x"), ..known(5) };
    assert!(told(&cut, &[elsewhere]).contains("is one of another log"));
}

#[test]
fn a_log_of_any_length_is_verified_line_by_line_and_long_lines_are_refused() {
    let long = exported(&log(3000, "because"), &[3000], &samples::key());
    let checked = checked(&long.replace("because", "by luck"), &[]);
    assert_eq!((checked.faults.len(), checked.entries), (Checked::SHOWN, 3000));
    assert!(checked.found >= 3000, "{}", checked.found);
    let line = "x".repeat(usize::try_from(LONGEST).unwrap() + 1);
    let error = verify(Cursor::new(whole() + &line), &trust(), &[]).unwrap_err();
    assert!(matches!(error, ReadExportError::TooLong { line: 11 }), "{error}");
    for bad in ["", "{}\n", "\u{0}\n", "{\"line\":\"start\"}\n"] {
        let error = verify(Cursor::new(bad), &trust(), &[]).unwrap_err();
        assert!(matches!(error, ReadExportError::Form), "{error}");
    }
}
