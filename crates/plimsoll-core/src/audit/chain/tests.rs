use proptest::prelude::*;

use super::*;
use crate::audit::Transition;
use crate::lifecycle::samples::occasion;

fn log(entries: u64) -> Vec<Sealed> {
    let mut log: Vec<Sealed> = Vec::new();
    for sequence in 1..=entries {
        let what = Transition::Yanked { version: format!("m@{sequence}.0.0").parse().unwrap() };
        let entry = AuditEntry::new(sequence, what, &occasion("because"));
        log.push(seal(log.last().map(|last| last.digest), &entry).unwrap());
    }
    log
}

fn faults(log: &[Sealed]) -> Vec<AuditFault> {
    let mut chain = Chain::default();
    log.iter().flat_map(|sealed| chain.follow(sealed).1).collect()
}

/// Replaces the text of an entry and seals it anew, as somebody who knows how would.
fn forge(sealed: &mut Sealed) {
    sealed.text = sealed.text.replace("because", "by accident");
    sealed.digest = digest(sealed.previous, &sealed.text);
}

#[test]
fn an_untouched_log_has_no_fault() {
    let log = log(5);
    assert_eq!(faults(&log), []);
    let mut chain = Chain::default();
    for sealed in &log {
        let (entry, _) = chain.follow(sealed);
        assert_eq!(entry.unwrap().sequence, sealed.sequence);
    }
    assert_eq!((chain.last(), chain.head()), (5, log[4].digest));
}

#[test]
fn says_which_entry_was_touched() {
    let touched = |touch: fn(&mut Vec<Sealed>)| {
        let mut log = log(5);
        touch(&mut log);
        let faults = faults(&log);
        let shown = |fault: &AuditFault| fault.to_string();
        format!("- {}", faults.iter().map(shown).collect::<Vec<_>>().join("\n  "))
    };
    insta::assert_snapshot!([
        touched(|log| log[2].text = log[2].text.replace("because", "by accident")),
        touched(|log| log[2].text.push(' ')),
        touched(|log| log[2].digest = Digest::blake3(b"x")),
        touched(|log| log[2].previous = Digest::blake3(b"x")),
        touched(|log| forge(&mut log[2])),
        touched(|log| _ = log.remove(0)),
        touched(|log| _ = log.drain(1..4)),
        touched(|log| {
            let (two, three) = (log[1].sequence, log[2].sequence);
            log.swap(1, 2);
            (log[1].sequence, log[2].sequence) = (two, three);
        }),
        touched(|log| {
            // Removed, and the others moved up.
            log.remove(2);
            for (place, sealed) in (1..).zip(log) {
                sealed.sequence = place;
            }
        }),
        touched(|log| log[4].text = "{}".to_owned()),
    ].join("\n"), @r"
    - entry 3 was changed: it hashes to blake3:920fcb16, and blake3:1a935090 was recorded
    - entry 3 was changed: it hashes to blake3:4a29d524, and blake3:1a935090 was recorded
    - entry 3 was changed: it hashes to blake3:1a935090, and blake3:3ae7d805 was recorded
    - entry 3 was changed: it hashes to blake3:622ac359, and blake3:1a935090 was recorded
      entry 3 follows one with digest blake3:3ae7d805, and the one before it has blake3:74664cf1: one of the two was replaced
    - entry 4 follows one with digest blake3:1a935090, and the one before it has blake3:920fcb16: one of the two was replaced
    - entry 1 is missing
    - entries 2 to 4 are missing
    - entry 2 follows one with digest blake3:74664cf1, and the one before it has blake3:b88eb197: one of the two was replaced
      entry 3 lies in the place of entry 2: the log was reordered
      entry 3 follows one with digest blake3:b88eb197, and the one before it has blake3:1a935090: one of the two was replaced
      entry 2 lies in the place of entry 3: the log was reordered
      entry 4 follows one with digest blake3:1a935090, and the one before it has blake3:74664cf1: one of the two was replaced
    - entry 3 follows one with digest blake3:1a935090, and the one before it has blake3:74664cf1: one of the two was replaced
      entry 4 lies in the place of entry 3: the log was reordered
      entry 5 lies in the place of entry 4: the log was reordered
    - entry 5 was changed: it hashes to blake3:f68eee39, and blake3:d4824abc was recorded
      entry 5 cannot be read (missing field `schema` at line 1 column 2)
    ");
}

#[test]
fn an_entry_that_was_slipped_in_is_found() {
    let log = log(3);
    let mut slipped = log[0].clone();
    slipped.sequence = 0;
    slipped.text = slipped.text.replace(r#""sequence":1"#, r#""sequence":0"#);
    forge(&mut slipped);
    assert_eq!(
        faults(&[slipped, log[0].clone()])[0],
        AuditFault::Misplaced { sequence: 1, entry: 0 }
    );
    let twice = [log[0].clone(), log[1].clone(), log[1].clone(), log[2].clone()];
    assert_eq!(faults(&twice), [AuditFault::Misplaced { sequence: 3, entry: 2 }]);
}

#[test]
fn the_form_of_an_entry_and_its_seal_stay_what_they_are() {
    let first = &log(1)[0];
    insta::assert_snapshot!(first.text, @r#"{"at":1000,"schema":"plimsoll.audit/v1","sequence":1,"what":{"kind":"yanked","version":"m@1.0.0"},"who":"ada","why":"because"}"#);
    insta::assert_snapshot!(first.digest, @"blake3:b88eb1970ec6402ae8d15d904f8fe84dec17f6ccbd1441d62736a353fd22081d");
}

proptest! {
    #[test]
    fn no_single_byte_changes_unseen(entry in 0_usize..4, at in 0_usize..400, to in b' '..b'~') {
        let mut log = log(4);
        let mut bytes = log[entry].text.clone().into_bytes();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        log[entry].text = String::from_utf8(bytes).unwrap();
        let found = faults(&log);
        let sequence = log[entry].sequence;
        let named = |fault: &AuditFault| matches!(fault, AuditFault::Changed { sequence: it, .. } if *it == sequence);
        prop_assert!(found.iter().any(named), "{found:?}");
    }
}
