use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;
use crate::gate::Origin;

fn digest(of: &str) -> Digest {
    Digest::blake3(of.as_bytes())
}

fn day(number: i64) -> Timestamp {
    Timestamp::from_millis(number * DAY)
}

fn said(by: &str, decision: Decision, on: i64) -> Opinion {
    Opinion {
        by: by.to_owned(),
        decision,
        comment: "looked at it".parse().unwrap(),
        at: day(on),
        expires: None,
        verdict: digest("verdict"),
        rules: digest("rules"),
        policy: None,
        validity: Validity::Valid,
        statement: digest(&format!("{by} {on}")),
    }
}

fn yes(by: &str, on: i64) -> Opinion {
    said(by, Decision::Approve, on)
}

fn no(by: &str, on: i64) -> Opinion {
    said(by, Decision::Reject, on)
}

/// Judges on day 10, where two must agree within a week and ci built it.
fn judged(opinions: &[Opinion]) -> Standing {
    let quorum = Quorum {
        count: NonZeroU32::new(2).unwrap(),
        within_days: Some(7),
        line: 3,
        from: Origin::Policy,
    };
    let makers = BTreeSet::from(["ci".to_owned()]);
    let case = Case {
        quorum: Some(&quorum),
        verdict: digest("verdict"),
        rules: digest("rules"),
        policy: None,
        makers: &makers,
        now: day(10),
    };
    judge(opinions, &case)
}

#[test]
fn people_are_counted_and_not_their_statements() {
    let standing = judged(&[yes("ben", 5), yes("ben", 6), yes("ben", 7)]);
    assert_eq!((standing.counted.len(), standing.missing()), (1, 1));
    assert!(!standing.is_enough());
    let standing = judged(&[yes("ben", 5), yes("carol", 6)]);
    assert!(standing.is_enough() && standing.missing() == 0);
}

#[test]
fn one_no_is_enough_until_the_same_person_says_yes() {
    let enough = [yes("ben", 5), yes("carol", 6)];
    let with = |more: &[Opinion]| judged(&[&enough, more].concat());
    assert!(!with(&[no("dave", 1)]).is_enough(), "however old it is");
    assert!(!with(&[no("dave", 1), yes("ben", 9)]).is_enough(), "nobody speaks for dave");
    assert!(with(&[no("dave", 1), yes("dave", 2)]).is_enough());
    assert!(!with(&[yes("dave", 2), no("dave", 2)]).is_enough(), "of one moment the no counts");
    // What was recorded first and what later does not matter, only when it was said.
    assert!(with(&[yes("dave", 2), no("dave", 1)]).is_enough());
    let ended = Validity::Ended("has left".to_owned());
    assert!(!with(&[Opinion { validity: ended, ..no("dave", 1) }]).is_enough());
    let elsewhere = Opinion { verdict: digest("another"), ..no("dave", 1) };
    assert!(!with(&[elsewhere]).is_enough(), "a no is about the bundle, whatever the verdict");
    assert!(!with(&[no("ci", 1)]).is_enough(), "who built it may well say no");
}

#[test]
fn says_why_a_yes_does_not_count() {
    let why = |opinion: Opinion| {
        let standing = judged(&[yes("ben", 5), opinion]);
        assert_eq!((standing.counted.len(), standing.missing()), (1, 1));
        let [Uncounted { by, why }] = &standing.uncounted[..] else { panic!("{standing:?}") };
        format!("{by} {why}")
    };
    let past = |by| yes(by, 5);
    insta::assert_snapshot!([
        why(yes("ci", 5)),
        why(Opinion { validity: Validity::Ended("signed with a key that ended".into()), ..past("carol") }),
        why(Opinion { verdict: digest("another"), ..past("carol") }),
        why(Opinion { rules: digest("looser"), ..past("carol") }),
        why(Opinion { policy: Some(digest("policy")), ..past("carol") }),
        why(yes("carol", 11)),
        why(Opinion { expires: Some(day(10)), ..past("carol") }),
        why(yes("carol", 3)),
    ].join("\n"), @"
    ci built or released it, and nobody approves their own work
    carol signed with a key that ended
    carol approved verdict blake3:cee450a2, and this is blake3:f3870003
    carol approved it by other rules or another policy
    carol approved it by other rules or another policy
    carol approved it in the future: one of the two clocks is wrong
    carol approved it for a time that is over
    carol approved it 7 days ago, and a yes counts less than 7
    ");
    let just = Timestamp::from_millis(day(10).as_millis() + AHEAD);
    let ahead = Opinion { at: just, expires: Some(day(11)), ..past("carol") };
    assert!(judged(&[yes("ben", 5), ahead]).is_enough());
}

#[test]
fn without_a_quorum_a_no_counts_all_the_same() {
    let makers = BTreeSet::new();
    let case = Case {
        quorum: None,
        verdict: digest("verdict"),
        rules: digest("rules"),
        policy: None,
        makers: &makers,
        now: day(10),
    };
    assert!(judge(&[], &case).is_enough());
    assert!(judge(&[yes("ben", 1)], &case).is_enough());
    assert!(!judge(&[no("ben", 1)], &case).is_enough());
}

proptest! {
    #[test]
    fn the_order_in_which_it_is_told_does_not_matter(
        words in prop::collection::vec((0_usize..4, any::<bool>(), 0_i64..9), 0..12),
        seed in any::<u64>(),
    ) {
        let names = ["ben", "carol", "dave", "ci"];
        let mut told: Vec<Opinion> = words
            .into_iter()
            .map(|(who, is_yes, on)| if is_yes { yes(names[who], on) } else { no(names[who], on) })
            .collect();
        let before = judged(&told);
        let mut state = seed;
        for place in (1..told.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            told.swap(place, usize::try_from(state >> 33).unwrap() % (place + 1));
        }
        prop_assert_eq!(judged(&told), before);
    }
}
