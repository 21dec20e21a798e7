use proptest::prelude::*;

use super::*;
use crate::lifecycle::samples::candidate;
use crate::{Digest, RunId};

/// Releases one after the other, and returns what became of each.
fn released(candidates: &[Candidate]) -> Vec<Released> {
    let mut history = Vec::new();
    for candidate in candidates {
        if let Release::New(released) = release(candidate, None, &history).unwrap() {
            history.push(*released);
        }
    }
    history
}

#[test]
fn the_number_follows_from_what_changed() {
    let history = released(&[
        candidate(11, "a", "lock", "card"),
        candidate(11, "a", "lock", "better card"),
        candidate(11, "b", "lock", "other card"),
        candidate(11, "b", "other lock", "other card"),
        candidate(12, "c", "lock", "card"),
        candidate(12, "c", "lock", "card."),
    ]);
    let told: Vec<_> = history
        .iter()
        .map(|released| format!("{} {}: {}", released.version, released.bump, released.because))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    bike-demand@1.0.0 first: bike-demand has no version yet
    bike-demand@1.0.1 patch: against bike-demand@1.0.0 only its card changed
    bike-demand@1.1.0 minor: against bike-demand@1.0.1 the model was trained again or changed
    bike-demand@1.2.0 minor: against bike-demand@1.1.0 its environment changed
    bike-demand@2.0.0 major: against bike-demand@1.2.0 the signature changed, input `input` (float [?, 11]) is now `input` (float [?, 12])
    bike-demand@2.0.1 patch: against bike-demand@2.0.0 only its card changed
    ");
    let mut repackaged = candidate(12, "c", "lock", "card.");
    repackaged.subject = Subject::of(b"packed again");
    repackaged.judgement.subject = repackaged.subject;
    let Release::New(released) = release(&repackaged, None, &history).unwrap() else { panic!() };
    assert_eq!(released.version.to_string(), "bike-demand@2.0.2");
    assert!(released.because.ends_with("it was only packaged anew"));
}

#[test]
fn the_same_content_is_the_same_version_before_any_gate() {
    let first = candidate(11, "a", "lock", "card");
    let history = released(&[first.clone(), candidate(11, "b", "lock", "card")]);
    let mut again = first.clone();
    again.judgement.answer = Answer::Block;
    again.lineage.run = RunId::from_bytes([9; 16]);
    let known = release(&again, Some(&Number::FIRST), &history).unwrap();
    assert_eq!(known, Release::Known("bike-demand@1.0.0".parse().unwrap()));
    let error = release(&first, Some(&Number::new(1, 2, 0)), &history).unwrap_err();
    insta::assert_snapshot!(error, @"this content was released as bike-demand@1.0.0 already, so it cannot be 1.2.0");
}

#[test]
fn another_number_is_refused_with_the_reason() {
    let history = released(&[candidate(11, "a", "lock", "card")]);
    let requested = |width, number: &str| {
        let candidate = candidate(width, "b", "lock", "card");
        release(&candidate, Some(&number.parse().unwrap()), &history)
    };
    assert!(requested(11, "1.1.0").is_ok());
    insta::assert_snapshot!(requested(12, "1.1.0").unwrap_err(), @"the next number is 2.0.0, not 1.1.0: against bike-demand@1.0.0 the signature changed, input `input` (float [?, 11]) is now `input` (float [?, 12])");
    for wrong in ["1.0.0", "1.0.1", "2.0.0", "1.1.0-rc.1"] {
        let error = requested(11, wrong).unwrap_err();
        assert!(matches!(error, ReleaseError::WrongNumber { .. }), "{wrong}: {error}");
    }
}

#[test]
fn nothing_is_released_that_the_gate_did_not_pass() {
    let blocked = |change: fn(&mut Candidate)| {
        let mut candidate = candidate(11, "a", "lock", "card");
        change(&mut candidate);
        release(&candidate, None, &[]).unwrap_err().to_string()
    };
    insta::assert_snapshot!([
        blocked(|candidate| candidate.judgement.answer = Answer::Block),
        blocked(|candidate| candidate.judgement.answer = Answer::Error),
        // A sum that contradicts itself is no pass.
        blocked(|candidate| candidate.judgement.failed = 2),
        blocked(|candidate| candidate.judgement.findings = 1),
        blocked(|candidate| candidate.judgement.rules = 0),
        blocked(|candidate| candidate.judgement.subject = Subject::of(b"other")),
        blocked(|candidate| candidate.judgement.run = RunId::from_bytes([9; 16])),
        blocked(|candidate| candidate.judgement.model = Digest::blake3(b"other")),
        blocked(|candidate| {
            candidate.lineage.parent = Some("bike-demand@3.0.0".parse().unwrap());
        }),
    ].join("\n"), @r"
    bike-demand sha256:bdd99553 is blocked by its gate (it says block: 0 of 4 rules and 0 findings block)
    bike-demand sha256:bdd99553 is blocked by its gate (it says error: 0 of 4 rules and 0 findings block)
    bike-demand sha256:bdd99553 is blocked by its gate (it says pass: 2 of 4 rules and 0 findings block)
    bike-demand sha256:bdd99553 is blocked by its gate (it says pass: 0 of 4 rules and 1 findings block)
    bike-demand sha256:bdd99553 is blocked by its gate (it says pass: 0 of 0 rules and 0 findings block)
    the verdict on bike-demand sha256:bdd99553 is not about it: it judged subject sha256:d9298a10, not sha256:bdd99553
    the verdict on bike-demand sha256:bdd99553 is not about it: it judged run 09090909, not 07070707
    the verdict on bike-demand sha256:bdd99553 is not about it: it judged model blake3:3f796163, not blake3:17762fdd
    bike-demand@3.0.0, which the candidate is said to follow, was never released
    ");
}

#[test]
fn a_number_follows_every_one_that_was_ever_there() {
    let mut history = released(&[candidate(11, "a", "lock", "card")]);
    let next = |history: &[Released], width| {
        release(&candidate(width, "b", "lock", "card"), None, history)
            .map(|release| release.version().number.to_string())
    };
    // Not made here, but perhaps brought from elsewhere.
    history[0].version.number = "2.0.0-rc.1".parse().unwrap();
    assert_eq!(next(&history, 11).unwrap(), "2.1.0");
    assert_eq!(next(&history, 12).unwrap(), "3.0.0");
    history[0].version.number = Number::new(u64::MAX, 7, 0);
    assert_eq!(next(&history, 11).unwrap(), format!("{}.8.0", u64::MAX));
    assert!(matches!(next(&history, 12), Err(ReleaseError::NoNumberLeft { .. })));
}

#[test]
fn a_release_has_one_stored_form() {
    let history = released(&[candidate(11, "a", "lock", "card")]);
    let stored = serde_json::to_string_pretty(&history[0]).unwrap();
    assert_eq!(serde_json::from_str::<Released>(&stored).unwrap(), history[0]);
    insta::assert_snapshot!(stored, @r#"
    {
      "schema": "plimsoll.release/v1",
      "version": "bike-demand@1.0.0",
      "bump": "first",
      "because": "bike-demand has no version yet",
      "candidate": {
        "variant": "bike-demand",
        "subject": "sha256:bdd99553b6fd42a9967f50ab648236ef22a2e65ad8f3d2b5c2e37bf801fec88e",
        "signature": {
          "inputs": [
            {
              "name": "input",
              "tensor": {
                "element": "float",
                "shape": [
                  null,
                  11
                ]
              }
            }
          ],
          "outputs": []
        },
        "contents": {
          "model": "blake3:17762fddd969a453925d65717ac3eea21320b66b54342fde15128d6caf21215f",
          "environment": "blake3:e73acfadf2de935ef6e689d57aec63e8d98e8092061fa61c9fcd1a3ce46016e2",
          "card": "blake3:bccd670673e993991bd31a5245563902bcea170b4f6e4646c8a5b2623b4c26f0"
        },
        "lineage": {
          "run": "07070707070707070707070707070707",
          "commit": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
          "data": {
            "hourly": "blake3:8e2546fcfb2b7e03701e95770622910b265738ad2fd16b0139a88a485f73f6da"
          }
        },
        "judgement": {
          "verdict": "blake3:f3870003362772416696ef31e8b7ff49705577595ab013f89cd4e8d5142d7499",
          "subject": "sha256:bdd99553b6fd42a9967f50ab648236ef22a2e65ad8f3d2b5c2e37bf801fec88e",
          "run": "07070707070707070707070707070707",
          "model": "blake3:17762fddd969a453925d65717ac3eea21320b66b54342fde15128d6caf21215f",
          "answer": "pass",
          "rules": 4,
          "failed": 0,
          "findings": 0
        }
      }
    }
    "#);
}

proptest! {
    #[test]
    fn numbers_only_grow(
        parts in prop::collection::vec((0_u64..3, 0_u8..4, 0_u8..3, 0_u8..4), 1..30)
    ) {
        let mut history: Vec<Released> = Vec::new();
        for (width, model, environment, card) in parts {
            let [model, environment, card] =
                [model, environment, card].map(|part| part.to_string());
            let candidate = candidate(width, &model, &environment, &card);
            let before = history.iter().find(|before| before.candidate.subject == candidate.subject);
            match release(&candidate, None, &history).unwrap() {
                Release::Known(version) => prop_assert_eq!(Some(version), before.map(|it| it.version.clone())),
                Release::New(released) => {
                    prop_assert!(before.is_none());
                    let highest = history.iter().max_by_key(|before| &before.version);
                    prop_assert!(highest.is_none_or(|highest| released.version > highest.version));
                    prop_assert!(!released.version.number.is_prerelease());
                    if let Some(highest) = highest {
                        let same = highest.candidate.signature == candidate.signature;
                        prop_assert_eq!(released.bump == Bump::Major, !same);
                        let same = highest.candidate.contents.model == candidate.contents.model;
                        prop_assert!(same || released.bump >= Bump::Minor);
                    }
                    history.push(*released);
                }
            }
        }
    }
}
